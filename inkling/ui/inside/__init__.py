"""The views of the Inside page."""
