"""The parts of the Train page: one run, kept runs, many runs, and the failure lab."""
