"""Gradient check of experiment B, on MNIST where it is found."""

from dataclasses import replace

import numpy as np
import pytest

from data_loader import Dataset
from inkling.lessons.experiment_b_gradient import (
    CheckedLayer,
    check_experiment_b,
    check_outcome,
    check_result,
)
from nn import recipes

Checked = tuple[CheckedLayer, ...]


@pytest.fixture(scope="module")
def checked(found_mnist: Dataset | None, small: Dataset) -> Checked:
    return check_experiment_b(found_mnist or small)


def test_published_gradient_is_far_from_the_numerical_one(
    checked: Checked,
) -> None:
    assert len(checked) == 2
    for layer in checked:
        assert layer.published.relative_error > 0.5
    assert check_outcome(checked) == 2


def test_complete_gradient_equals_the_numerical_one(checked: Checked) -> None:
    for layer in checked:
        assert np.linalg.norm(layer.complete.numerical) > 1e-4, "nothing would be compared"
        assert layer.complete.relative_error < 1e-6
        np.testing.assert_array_equal(layer.complete.numerical, layer.published.numerical)
    assert "agree to 7 digits" in check_result(checked) or "8 digits" in check_result(checked)


def test_outcome_depends_on_the_layer_with_the_larger_error(
    checked: Checked,
) -> None:
    first, second = checked
    right = replace(first, published=first.complete)
    almost = replace(second, published=replace(second.published, relative_error=0.05))
    assert check_outcome((right, replace(second, published=second.complete))) == 0
    assert check_outcome((right, almost)) == 1
    assert check_outcome((right, second)) == 2


def test_largest_returns_the_weights_with_the_largest_gradients(
    checked: Checked,
) -> None:
    layer = checked[0]
    shown = layer.largest(3)
    sizes = np.abs(layer.complete.numerical)
    assert sorted(sizes[shown], reverse=True) == list(sizes[shown])
    assert sizes[shown].max() == sizes.max()


def test_checked_weights_are_those_of_the_two_layers_of_experiment_b(
    checked: Checked,
) -> None:
    parameters = 784 * 100 + 100 + 100 * 10 + 10
    assert recipes["experiment-b"].sizes == (784, 100, 10)
    first, second = (layer.published.indices for layer in checked)
    assert first.max() < 784 * 100
    assert second.min() >= 784 * 100 + 100
    assert second.max() < parameters - 10
