"""Evidence against labels, against figures worked out by hand."""

import numpy as np
import pytest

from inkling.analysis.label_evidence import (
    margins,
    mean_disagreement,
    model_disagreement,
    neighbour_disagreement,
    rater_disagreement,
)


def test_near_neighbours_have_more_weight() -> None:
    labels = np.array([3, 3, 3])
    neighbours = np.array([[3, 8], [8, 8], [3, 3]])
    distances = np.array([[1.0, 3.0], [5.0, 6.0], [1.0, 2.0]], np.float32)
    assert neighbour_disagreement(labels, neighbours, distances) == pytest.approx([0.25, 1, 0])


def test_neighbour_at_distance_0_dominates() -> None:
    against = neighbour_disagreement(
        np.array([3]), np.array([[3, 8, 8]]), np.array([[0.0, 5.0, 5.0]])
    )
    assert 0 < against[0] < 0.01


def test_model_disagreement_is_the_share_of_other_predictions() -> None:
    answers = np.array([[3, 8], [5, 8], [3, 8], [3, 1]])
    assert model_disagreement(np.array([3, 8]), answers) == pytest.approx([0.25, 0.25])
    assert np.isnan(model_disagreement(np.array([3, 8]), np.empty((0, 2), int))).all()


def test_rater_disagreement_is_the_share_of_other_votes() -> None:
    shares = rater_disagreement(np.array([2130, 947, 449, 582, 5]))
    assert shares[:4] == pytest.approx([3 / 5, 1, 1 / 5, 0])
    assert np.isnan(shares[4])


def test_mean_disagreement_ignores_nan() -> None:
    nobody = np.array([np.nan, 0.8])
    assert mean_disagreement(
        np.array([0.5, 0.2]), nobody, np.array([1.0, np.nan])
    ) == pytest.approx([0.75, 0.5])


def test_margin_is_the_difference_to_the_label() -> None:
    P = np.full((2, 10), 0.01)
    P[0, [4, 9]] = 0.4, 0.52
    P[1, [0, 6]] = 0.9, 0.02
    assert margins(P, np.array([4, 6], np.uint8)) == pytest.approx([0.12, 0.88])
    assert margins(P, np.array([9, 0], np.uint8)) == pytest.approx([0, 0])
