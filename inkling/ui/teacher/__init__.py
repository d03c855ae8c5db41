"""The views of the teacher's page."""
