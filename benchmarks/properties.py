"""Every property test with 1,000 examples: Hypothesis's profile "long" of `tests/conftest.py`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Run the tests that Hypothesis drives; exit with 1 if a property does not hold."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--timeout", "3600"]
    command += ["-m", "hypothesis", "--hypothesis-profile", "long"]
    sys.exit(subprocess.run(command, cwd=ROOT).returncode)
