"""Training runs as files: format, store, checkpoints, snapshots and access control."""
