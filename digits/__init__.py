"""Images of digits, with NumPy only: read from files, made from drawings, bent into new ones."""
