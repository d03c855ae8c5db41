"""Inkling: watch a neural network learn to read handwritten digits.

`streamlit run app.py` serves it.
"""

import nn  # noqa: F401 - first of all: it sets the number of BLAS threads before NumPy loads
from inkling.ui import frame

frame.run()
