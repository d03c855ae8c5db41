"""The views of the Learn page."""
