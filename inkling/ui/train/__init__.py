"""The views of the Train page."""
