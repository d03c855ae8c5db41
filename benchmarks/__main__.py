"""`python -m benchmarks NAME` runs one benchmark."""

import importlib
import sys

BENCHMARKS = {
    "training": "an epoch of training against its matrix products alone",
    "drawing": "from pen-up on the canvas to the new answer on the screen, in Chromium",
}


def main() -> int:
    """Run the benchmark named on the command line; return the exit code."""
    if len(sys.argv) != 2 or sys.argv[1] not in BENCHMARKS:
        print("python -m benchmarks NAME, where NAME is one of")
        for name, what in BENCHMARKS.items():
            print(f"  {name:12} {what}")
        return 2
    importlib.import_module(f"benchmarks.{sys.argv[1]}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
