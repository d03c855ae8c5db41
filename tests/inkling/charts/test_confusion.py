"""The confusion matrix: counts, colours of mistakes, clickable points, frames."""

import numpy as np
import pytest

from inkling.charts import confusion


@pytest.fixture
def counts() -> np.ndarray:
    counts = np.diag(np.full(10, 900))
    counts[4, 9] = 25
    counts[7, 2] = 4
    return counts


def test_each_cell_has_a_clickable_point_with_its_count(counts: np.ndarray) -> None:
    points = confusion.confusion_chart(counts).data[1]
    texts = {(y, x): text for x, y, text in zip(points.x, points.y, points.text, strict=True)}
    assert len(texts) == 100
    assert texts[4, 9] == "25"
    assert texts[9, 4] == ""
    assert texts[3, 3] == "900"


def test_only_mistakes_are_coloured_by_square_root(counts: np.ndarray) -> None:
    heatmap = confusion.confusion_chart(counts).data[0]
    assert np.diag(heatmap.z).tolist() == [0] * 10
    assert heatmap.z[4, 9] == heatmap.zmax == 5
    assert heatmap.z[7, 2] == 2


def test_colour_range_is_positive_without_mistakes() -> None:
    heatmap = confusion.confusion_chart(np.diag(np.full(10, 50))).data[0]
    assert heatmap.zmax > 0
    assert not np.any(heatmap.z)


@pytest.mark.parametrize(
    ("true", "answer", "frame"),
    [
        (4, 9, (8.5, 9.5, 3.5, 4.5)),
        (4, None, (-0.5, 9.5, 3.5, 4.5)),
        (None, 9, (8.5, 9.5, -0.5, 9.5)),
    ],
)
def test_chosen_row_column_or_cell_is_framed(
    counts: np.ndarray, true: int | None, answer: int | None, frame: tuple[float, ...]
) -> None:
    (shape,) = confusion.confusion_chart(counts, true, answer).layout.shapes
    assert (shape.x0, shape.x1, shape.y0, shape.y1) == frame
    assert not confusion.confusion_chart(counts).layout.shapes
