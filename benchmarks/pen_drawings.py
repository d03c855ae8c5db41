"""Accuracy on pen drawings, as the Draw page prepares them.

A collection is a file of NumPy, .npz, with the arrays ``xy`` (points of all strokes, x to the right
and y down), ``stroke_offset`` and ``sample_offset`` (where each stroke begins among the points, and
each drawing among the strokes, with the end of the last), ``label`` and ``flags`` (1 a slashed
zero, 2 a crossed seven, 4 a one with flag or base). None comes with Inkling.
"""

import argparse
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.networks import add_networks, named_networks
from digits.drawing import drawing_to_image
from nn import Network

SIDE = 280  # of the canvas
WIDTHS = (8, 14, 20, 28)  # of the pen, in pixels
SIZES = (0.4, 0.9)  # smallest and largest share of the canvas's side
QUARTER = 0.25
FORMS = {"slashed zeros": 1, "crossed sevens": 2, "ones with flag or base": 4}


class PenDrawing(NamedTuple):
    """Strokes of a drawing, each (n, 2), with its label and flags."""

    strokes: list[np.ndarray]
    label: int
    flags: int


def main() -> None:
    """Print the accuracy of each network: by width of the pen, on small drawings and on forms."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks pen-drawings")
    parser.add_argument("collection", metavar="COLLECTION", help="the .npz file, or its folder")
    add_networks(parser)
    options = parser.parse_args(sys.argv[2:])
    drawings = read_collection(Path(options.collection))
    networks = named_networks(options.networks)
    labels = np.array([drawing.label for drawing in drawings])
    flags = np.array([drawing.flags for drawing in drawings])
    print(f"| % of {len(drawings):,} drawings | {' | '.join(networks)} |")
    print(f"| --- |{' --- |' * len(networks)}")
    right: list[np.ndarray] = []
    for width in WIDTHS:
        right.append(answered_right(networks, prepare(drawings, width, SIZES), labels))
        print(_row(f"pen {width}", right[-1].mean(axis=1)), flush=True)
    for width in WIDTHS:
        small = prepare(drawings, width, (QUARTER, QUARTER))
        shares = answered_right(networks, small, labels).mean(axis=1)
        print(_row(f"a quarter of the canvas, pen {width}", shares), flush=True)
    all_widths = np.mean(right, axis=0)
    for form, bit in FORMS.items():
        count = np.count_nonzero(flags & bit)
        if count:
            shares = all_widths[:, flags & bit > 0].mean(axis=1)
            print(_row(f"{count} {form}, mean of the four pens", shares))


def read_collection(path: Path) -> list[PenDrawing]:
    """Return the drawings in a file, or in the only .npz file of a folder."""
    if path.is_dir():
        (path,) = path.glob("*.npz")
    with np.load(path, allow_pickle=False) as file:
        strokes = np.split(file["xy"].astype(float), file["stroke_offset"][1:-1])
        offsets = file["sample_offset"]
        return [
            PenDrawing(strokes[start:end], int(label), int(flags))
            for start, end, label, flags in zip(
                offsets[:-1], offsets[1:], file["label"], file["flags"], strict=True
            )
        ]


def prepare(
    drawings: list[PenDrawing], width: float, sizes: tuple[float, float], seed: int = 0
) -> np.ndarray:
    """Draw each anywhere on a canvas and prepare it, (n, 28, 28) uint8.

    Parameters
    ----------
    drawings : list of PenDrawing
    width : float
        Of the pen, in pixels.
    sizes : (float, float)
        Smallest and largest share of the canvas's side that the longer side takes.
    seed : int
    """
    images = []
    for number, drawing in enumerate(drawings):
        rng = np.random.default_rng([seed, number])
        size = rng.uniform(*sizes)
        strokes = place(drawing.strokes, width, size, rng.uniform(-1, 1, 2))
        rgba = np.full((SIDE, SIDE, 4), 255, np.uint8)
        rgba[..., :3] = np.rint(255 * ink(strokes, width))[..., None]
        images.append(drawing_to_image(rgba))
    return np.array(images)


def place(
    strokes: list[np.ndarray], width: float, size: float, position: np.ndarray
) -> list[np.ndarray]:
    """Scale and move strokes onto the canvas.

    Parameters
    ----------
    strokes : list of (n, 2) ndarray
    width : float
        Of the pen, in pixels.
    size : float
        The share of the canvas's side that the longer side of the ink takes.
    position : ndarray, (2,)
        From -1, at the left or top, to 1.
    """
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = max(size * SIDE - width, 4) / max((high - low).max(), 1e-6)
    room = np.maximum(SIDE - width - scale * (high - low), 0) / 2
    centre = SIDE / 2 + position * room
    return [scale * (stroke - (low + high) / 2) + centre for stroke in strokes]


def ink(strokes: list[np.ndarray], width: float) -> np.ndarray:
    """Return what a round pen draws, (280, 280) from 0 paper to 1 ink, smooth at the outline."""
    sheet = np.zeros((SIDE, SIDE))
    reach = width / 2 + 1
    for stroke in strokes:
        ends = stroke if len(stroke) > 1 else stroke.repeat(2, axis=0)
        for start, end in pairwise(ends):
            first = np.maximum(np.floor(np.minimum(start, end) - reach), 0).astype(int)
            last = np.ceil(np.maximum(start, end) + reach).astype(int)
            part = sheet[first[1] : last[1], first[0] : last[0]]
            rows, columns = np.ogrid[: part.shape[0], : part.shape[1]]
            x, y = columns + first[0] + 0.5 - start[0], rows + first[1] + 0.5 - start[1]
            way = end - start
            along = np.clip((x * way[0] + y * way[1]) / max(way @ way, 1e-9), 0, 1)
            distance = np.hypot(x - along * way[0], y - along * way[1])
            np.maximum(part, np.clip(width / 2 + 0.5 - distance, 0, 1), out=part)
    return sheet


def answered_right(
    networks: dict[str, Network], images: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Return whether each network's answer to each image is the label, (networks, n) bool."""
    answers = [network.predict_proba(images).argmax(axis=1) for network in networks.values()]
    return np.array(answers) == labels


def _row(name: str, shares: np.ndarray) -> str:
    return f"| {name} | {' | '.join(f'{100 * share:.1f}' for share in shares)} |"
