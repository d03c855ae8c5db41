"""How often drawings are taken for other things than one digit: non-digits and digits, by kind."""

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks import non_digits, pen_drawings
from data_loader import load_builtin, load_mnist
from digits.drawing import drawing_to_image
from inkling.analysis.digit_detector import Kind, kind_of


def main() -> None:
    """Print for each kind of drawing which share is taken for another thing than one digit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks refusal")
    parser.add_argument("collection", nargs="?", metavar="COLLECTION", help="pen drawings, .npz")
    parser.add_argument("--drawings", type=int, default=300, metavar="N", help="of each kind")
    options = parser.parse_args(sys.argv[2:])
    print("| drawings | number | not a digit, % | two digits, % | together, % |")
    print("| --- | --- | --- | --- | --- |")
    for kind in non_digits.KINDS:
        _print_row(kind, non_digits.images(kind, options.drawings, seed=1))
    held_back, drawn = load_mnist().train.images[-5_000:], load_builtin().test.images[-5_000:]
    _print_row("MNIST, validation images", held_back)
    enlarged = [drawing_to_image(_enlarged(image)) for image in held_back[: options.drawings]]
    _print_row("the same, enlarged and prepared as on Draw", np.array(enlarged))
    _print_row("built-in digits", drawn)
    if options.collection is None:
        return
    drawings = pen_drawings.read_collection(Path(options.collection))[: options.drawings]
    for width in pen_drawings.WIDTHS:
        for text, sizes in (
            ("", pen_drawings.SIZES),
            (", a quarter of the canvas", (pen_drawings.QUARTER, pen_drawings.QUARTER)),
        ):
            prepared = pen_drawings.prepare(drawings, width, sizes)
            _print_row(f"pen drawings, pen {width}{text}", prepared)


def _print_row(name: str, images: np.ndarray) -> None:
    kinds = Counter(kind_of(image) for image in images)
    other, two = (100 * kinds[kind] / len(images) for kind in (Kind.OTHER, Kind.TWO_DIGITS))
    print(f"| {name} | {len(images):,} | {other:.1f} | {two:.1f} | {other + two:.1f} |", flush=True)


def _enlarged(image: np.ndarray) -> np.ndarray:
    """Return an image (28, 28) ten times as large, as ink on a transparent canvas."""
    places = ((np.arange(280) + 0.5) / 10 - 0.5).clip(0, 27)
    rgba = np.zeros((280, 280, 4), np.uint8)
    rgba[..., 3] = np.rint(non_digits.interpolate(image.astype(float), places, places))
    return rgba
