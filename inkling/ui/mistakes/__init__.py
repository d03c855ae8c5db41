"""The views of the Mistakes page."""
