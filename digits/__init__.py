"""Images of digits, with NumPy only: IDX files, drawings, built-in digits, distortion."""
