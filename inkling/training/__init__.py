"""The training queue, jobs, worker processes, sweeps, fine-tuning and the race."""
