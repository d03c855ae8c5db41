"""Programs for development: the app driver for browser tests, and fuzzing."""
