"""`python -m benchmarks NAME` runs one benchmark."""

import importlib
import sys

BENCHMARKS = {
    "builtin": "digits drawn by a program: their speed, and what they teach",
    "distortion": "images a second that are turned, stretched and bent",
    "training": "an epoch of training against its matrix products alone",
    "convolution": "an epoch of convolutional training against its matrix products, and PyTorch",
    "peers": "the same training by PyTorch, scikit-learn, JAX and Keras",
    "drawing": "answers a second during a stroke, and how far behind the pen, in Chromium",
    "first-visit": "from the start of the server to a usable page, and bytes; --slow at 3 Mbit/s",
    "story": "every measured figure of chapters and failure lab, five seeds; some 15 minutes",
    "teaching": "what a model learns from a few drawings, and what it forgets",
    "laboratory": "what jobs, saved runs, sweeps and exports cost",
    "app-training": "what the app costs a run, and how soon pages answer while one goes on",
    "corruptions": "accuracy on the 15 corruptions of MNIST-C; FILE ... names saved networks",
    "refusal": "digits and other drawings that are doubted, by kind: COLLECTION, --drawings N",
    "detector": "train the network that tells digits from other drawings; some minutes",
    "shipped": "test accuracy of the networks that ship, written beside them",
    "pen-drawings": "accuracy on a collection of pen drawings: COLLECTION, then FILE ...",
    "photos": "accuracy on rendered photos, by kind; --photos N, --seed N, --kind KIND, FILE ...",
    "perturbation": "the smallest change found that changes an answer, beside a long search",
    "classroom": "thirty visitors; --visitors N, --seconds N, --draw, --visits N, --storm, --quick",
    "lesson": "a class votes, draws, trains, a server is killed; --pupils N, --servers 2, --start",
    "faults": "what survives kill -9 and a full disk; --kills N says how often",
    "hostile": "untrusted input at every entry point, --inputs N for each, and attacks on a server",
    "properties": "every property test with 1,000 examples",
}
WITH_OPTIONS = (
    "classroom",
    "corruptions",
    "faults",
    "first-visit",
    "hostile",
    "lesson",
    "pen-drawings",
    "photos",
    "refusal",
)


def main() -> int:
    """Run the benchmark named on the command line; return the exit code."""
    name, *options = sys.argv[1:] or [""]
    if name not in BENCHMARKS or (options and name not in WITH_OPTIONS):
        print("python -m benchmarks NAME, where NAME is one of")
        for each, what in BENCHMARKS.items():
            print(f"  {each:12} {what}")
        return 2
    importlib.import_module(f"benchmarks.{name.replace('-', '_')}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
