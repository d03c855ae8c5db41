"""Pen drawings: their file, and how a benchmark draws them on the canvas."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.pen_drawings import (
    SIDE,
    PenDrawing,
    answered_right,
    ink,
    place,
    prepare,
    read_collection,
)
from nn import mlp

STICK = PenDrawing([np.array([[0.0, 0.0], [0.0, 100.0]])], 1, 0)
CROSS = PenDrawing([np.array([[0.0, 0.0], [9.0, 9.0]]), np.array([[0.0, 9.0], [9.0, 0.0]])], 8, 4)


def test_collection_is_read_stroke_by_stroke(tmp_path: Path) -> None:
    strokes = STICK.strokes + CROSS.strokes
    np.savez(
        tmp_path / "some.npz",
        xy=np.concatenate(strokes).astype(np.int16),
        stroke_offset=np.cumsum([0, *map(len, strokes)]),
        sample_offset=[0, 1, 3],
        label=[1, 8],
        flags=[0, 4],
    )
    for path in (tmp_path, tmp_path / "some.npz"):
        one, other = read_collection(path)
        assert (one.label, one.flags, other.label, other.flags) == (1, 0, 8, 4)
        assert [stroke.tolist() for stroke in other.strokes] == [
            stroke.tolist() for stroke in CROSS.strokes
        ]


@pytest.mark.parametrize("position", [(-1, -1), (0, 0), (1, 1)])
def test_ink_has_the_size_asked_for_and_stays_on_the_canvas(position: tuple[int, int]) -> None:
    sheet = ink(place(CROSS.strokes, 20, 0.5, np.array(position)), 20)
    rows, columns = np.flatnonzero(sheet.any(axis=1)), np.flatnonzero(sheet.any(axis=0))
    assert np.ptp(rows) == pytest.approx(SIDE / 2, abs=4)
    assert np.ptp(columns) == pytest.approx(SIDE / 2, abs=4)
    expected = (1 + position[0]) / 2 * SIDE / 2
    assert columns[0] == pytest.approx(expected, abs=4)


@pytest.mark.parametrize("width", [8, 28])
def test_stroke_is_as_wide_as_the_pen(width: int) -> None:
    sheet = ink(place(STICK.strokes, width, 0.9, np.zeros(2)), width)
    assert sheet[SIDE // 2].sum() == pytest.approx(width, abs=0.5)


def test_prepared_drawing_is_an_image_of_mnist_kind() -> None:
    images = prepare([STICK, CROSS], 20, (0.4, 0.9))
    assert images.shape == (2, 28, 28)
    assert images.dtype == np.uint8
    assert np.ptp(np.flatnonzero(images[0].any(axis=1))) == pytest.approx(19, abs=1)
    assert np.array_equal(images, prepare([STICK, CROSS], 20, (0.4, 0.9)))


def test_answers_are_counted_for_each_network() -> None:
    rng = np.random.default_rng(0)
    networks = {str(k): mlp((784, 10), "relu", "softmax", rng=rng) for k in range(2)}
    images = prepare([STICK, CROSS], 20, (0.4, 0.9))
    labels = networks["0"].predict_proba(images).argmax(axis=1)
    right = answered_right(networks, images, labels)
    assert right.shape == (2, 2)
    assert right[0].all()
