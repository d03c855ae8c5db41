"""One BLAS thread for the whole process, whether NumPy is already imported or not.

A small network's matrix products are too short to share between threads: two threads are slower
than one inside the app, they spin while they wait, and the order in which they add changes the
last bits of a result. One thread for each run keeps runs repeatable to the bit and leaves the
other cores to other runs.

`nn/__init__.py` calls this rather than each entry point: scripts and notebooks that import `nn`
(exported run scripts, for example) are repeatable only if the limit is set before NumPy loads.
"""

import os
import sys

_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def use_one_blas_thread() -> None:
    """Limit BLAS to one thread: by the environment, and at run time if NumPy is already loaded."""
    os.environ.update(dict.fromkeys(_VARIABLES, "1"))
    if "numpy" in sys.modules:
        import threadpoolctl

        threadpoolctl.threadpool_limits(1)
