"""What speaks against a label, against figures worked out the long way."""

import numpy as np
import pytest

from inkling.analysis.label_evidence import (
    combined_evidence,
    margins,
    models_against,
    neighbours_against,
    people_against,
)


def test_near_neighbours_count_more() -> None:
    labels = np.array([3, 3, 3])
    neighbours = np.array([[3, 8], [8, 8], [3, 3]])
    distances = np.array([[1.0, 3.0], [5.0, 6.0], [1.0, 2.0]], np.float32)
    assert neighbours_against(labels, neighbours, distances) == pytest.approx([0.25, 1, 0])


def test_a_twin_among_the_neighbours_decides() -> None:
    against = neighbours_against(np.array([3]), np.array([[3, 8, 8]]), np.array([[0.0, 5.0, 5.0]]))
    assert 0 < against[0] < 0.01


def test_other_models_speak_against_a_label_by_another_digit() -> None:
    answers = np.array([[3, 8], [5, 8], [3, 8], [3, 1]])
    assert models_against(np.array([3, 8]), answers) == pytest.approx([0.25, 0.25])
    assert np.isnan(models_against(np.array([3, 8]), np.empty((0, 2), int))).all()


def test_people_speak_against_a_label_by_not_naming_it() -> None:
    shares = people_against(np.array([2130, 947, 449, 582, 5]))
    assert shares[:4] == pytest.approx([3 / 5, 1, 1 / 5, 0])
    assert np.isnan(shares[4])


def test_doubt_is_the_mean_of_what_is_known() -> None:
    nobody = np.array([np.nan, 0.8])
    assert combined_evidence(
        np.array([0.5, 0.2]), nobody, np.array([1.0, np.nan])
    ) == pytest.approx([0.75, 0.5])


def test_the_margin_is_what_the_label_lacks() -> None:
    P = np.full((2, 10), 0.01)
    P[0, [4, 9]] = 0.4, 0.52
    P[1, [0, 6]] = 0.9, 0.02
    assert margins(P, np.array([4, 6], np.uint8)) == pytest.approx([0.12, 0.88])
    assert margins(P, np.array([9, 0], np.uint8)) == pytest.approx([0, 0])
