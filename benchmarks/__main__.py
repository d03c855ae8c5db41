"""`python -m benchmarks NAME` runs one benchmark."""

import importlib
import sys

BENCHMARKS = {
    "builtin": "digits drawn by a program: their speed, and what they teach",
    "distortion": "images a second that are turned, stretched and bent",
    "training": "an epoch of training against its matrix products alone",
    "peers": "the same training by PyTorch, scikit-learn, JAX and Keras",
    "drawing": "from pen-up on the canvas to the new answer on the screen, in Chromium",
    "first-visit": "from the start of the server to a page that can be used, and the bytes",
    "teaching": "what a model learns from a few drawings, and what it forgets",
    "laboratory": "what jobs, kept runs, sweeps and exports cost",
    "app-training": "what the app costs a run, and how soon pages answer while one goes on",
}


def main() -> int:
    """Run the benchmark named on the command line; return the exit code."""
    if len(sys.argv) != 2 or sys.argv[1] not in BENCHMARKS:
        print("python -m benchmarks NAME, where NAME is one of")
        for name, what in BENCHMARKS.items():
            print(f"  {name:12} {what}")
        return 2
    importlib.import_module(f"benchmarks.{sys.argv[1].replace('-', '_')}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
