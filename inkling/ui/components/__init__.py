"""Components that run JavaScript in the browser."""
