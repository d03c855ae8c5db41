"""Measurements: each prints a table, and none asserts anything about time."""
