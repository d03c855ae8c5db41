"""Data sets in memory, held-out images, uploaded pictures, canvas states and users' drawings."""
