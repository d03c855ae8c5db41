"""The cell colours of the animated confusion matrix."""

import numpy as np
import pytest

from inkling.charts.style import HIGHLIGHT
from inkling.ui.components.confusion_grid import cell_colours, mistake_colours


def opacity(colour: str) -> float:
    if colour.startswith("#"):
        return int(colour[-2:], 16) / 255
    return float(colour.removesuffix(")").split(",")[-1])


def test_right_answers_are_blue_mistakes_red_and_empty_cells_transparent() -> None:
    counts = np.diag(np.full(10, 50))
    counts[2, 7] = 1
    colours = cell_colours(counts)
    for label, row in enumerate(colours):
        for answer, colour in enumerate(row):
            assert colour.startswith(HIGHLIGHT if label == answer else "rgba(214, 69, 69")
            assert (opacity(colour) > 0.1) == bool(counts[label, answer])


def test_opacity_grows_with_the_share_up_to_a_maximum() -> None:
    counts = np.zeros((10, 10), int)
    counts[0, :4] = 10, 20, 30, 40
    shades = [opacity(colour) for colour in cell_colours(counts)[0][1:4]]
    assert 0 < shades[0] < shades[1] < shades[2] <= 0.6


def test_colour_depends_only_on_the_share_of_the_row() -> None:
    before, after = np.zeros((10, 10), int), np.zeros((10, 10), int)
    before[3, [3, 5, 8]] = 10, 20, 70
    after[3, [3, 5, 8]] = 75, 20, 5
    assert cell_colours(before)[3][5] == cell_colours(after)[3][5]
    before[6, 0] = 900
    assert cell_colours(before)[3][5] == cell_colours(after)[3][5]


def test_cells_of_a_matrix_of_zeros_are_transparent() -> None:
    assert {opacity(c) for row in cell_colours(np.zeros((10, 10), int)) for c in row} == {0}


def test_mistakes_are_coloured_by_square_root_beside_the_most_frequent_one() -> None:
    counts = np.diag(np.full(10, 900))
    counts[4, 9], counts[7, 2] = 25, 4
    colours = mistake_colours(counts)
    assert opacity(colours[4][9]) == 0.6
    assert opacity(colours[7][2]) == pytest.approx(0.12 + 0.48 * 0.4)
    assert opacity(colours[3][3]) == opacity(colours[9][4]) == 0


def test_a_matrix_without_mistakes_has_no_colour() -> None:
    colours = mistake_colours(np.diag(np.full(10, 50)))
    assert {opacity(colour) for row in colours for colour in row} == {0}
