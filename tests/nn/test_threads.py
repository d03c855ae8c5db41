"""One BLAS thread, in whatever order modules import NumPy; each case in its own process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import nn

WORK = "np.ones((300, 300)) @ np.ones((300, 300))"
ASK = """
import json, threadpoolctl
print(json.dumps([
    pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"
]))
"""


def blas_threads(program: str) -> list[int]:
    """Run a program in which two threads are available; return the threads of each BLAS."""
    environment = {key: value for key, value in os.environ.items() if "THREADS" not in key}
    answer = subprocess.run(
        [sys.executable, "-c", program + ASK],
        cwd=Path(nn.__file__).parents[1],
        env=environment | {"OPENBLAS_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)


@pytest.mark.parametrize(
    "program",
    [
        f"import nn; import numpy as np; {WORK}",
        f"import numpy as np; import nn; {WORK}",
        f"import numpy as np; {WORK}; import nn; {WORK}",
        f"from nn.network import Network; import numpy as np; {WORK}",
    ],
    ids=["nn first", "numpy first", "numpy busy first", "a module of nn first"],
)
def test_blas_has_one_thread(program: str) -> None:
    if not blas_threads("import numpy"):
        pytest.skip("this NumPy has a BLAS that threadpoolctl does not know")
    assert set(blas_threads(program)) == {1}


def test_blas_has_more_threads_without_nn() -> None:
    """Otherwise the tests above could not fail."""
    threads = blas_threads(f"import numpy as np; {WORK}")
    if not threads or os.cpu_count() == 1:
        pytest.skip("there is nothing to limit here")
    assert max(threads) > 1
