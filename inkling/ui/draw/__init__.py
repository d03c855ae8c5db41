"""The views of the Draw page."""
