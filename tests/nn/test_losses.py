"""Losses: known values, derivatives, and confident errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.activations import OUTPUT_ACTIVATIONS, Sigmoid, Softmax
from nn.losses import LOSSES, Loss, MeanSquaredError, SoftmaxCrossEntropy, one_hot, usual_loss

TRUE_GRADIENTS = [
    (loss, output)
    for loss, kind in LOSSES.items()
    for output in kind.outputs
    if not OUTPUT_ACTIVATIONS[output].historical
]


def test_one_hot() -> None:
    Y = one_hot(np.array([2, 0], np.uint8), 3, np.float32)
    np.testing.assert_array_equal(Y, np.array([[0, 0, 1], [1, 0, 0]], np.float32), strict=True)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (SoftmaxCrossEntropy(), (np.log(2) + np.log(4)) / 2),  # p of the right class: 1/2, 1/4
        # Row 1: 0.25 + 0.25 + 0; row 2: 0.0625 + 0.5625 + 0; half of each, then the mean.
        (MeanSquaredError(), (0.5 / 2 + 1.125 / 2) / 2),
    ],
    ids=["cross-entropy", "mean-squared-error"],
)
def test_known_values(loss: Loss, expected: float) -> None:
    A = np.array([[0.5, 0.5, 0.0], [0.75, 0.25, 0.0]])
    assert loss.value(A, np.array([0, 1])) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_perfect_prediction_has_zero_loss(name: str) -> None:
    labels = np.arange(10)
    assert LOSSES[name]().value(np.eye(10), labels) == 0


@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_is_a_mean_over_the_batch(name: str, rng: np.random.Generator) -> None:
    loss = LOSSES[name]()
    A, labels = Softmax().forward(rng.normal(size=(6, 10))), rng.integers(10, size=6)
    each = [loss.value(A[k : k + 1], labels[k : k + 1]) for k in range(6)]
    assert loss.value(A, labels) == pytest.approx(np.mean(each), rel=1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_terms_of_an_image_add_up_to_its_loss(name: str, rng: np.random.Generator) -> None:
    loss = LOSSES[name]()
    A, labels = Softmax().forward(rng.normal(size=(6, 10))), rng.integers(10, size=6)
    terms = loss.terms(A, labels)
    assert terms.shape == A.shape
    assert terms.sum() / len(A) == pytest.approx(loss.value(A, labels), rel=1e-12)


@pytest.mark.parametrize("output", OUTPUT_ACTIVATIONS)
def test_usual_loss_of_an_output(output: str) -> None:
    expected = "cross-entropy" if output == "softmax" else "mean-squared-error"
    assert usual_loss(output) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cross-entropy", np.log(10)),
        ("mean-squared-error", (0.9**2 + 9 * 0.1**2) / 2),
    ],
)
def test_loss_of_uniform_prediction(name: str, expected: float) -> None:
    assert LOSSES[name]().at_chance(10) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("loss_name", "output_name"), TRUE_GRADIENTS)
def test_delta_is_the_derivative_by_the_logits(
    loss_name: str, output_name: str, rng: np.random.Generator
) -> None:
    output = OUTPUT_ACTIVATIONS[output_name]()
    loss = LOSSES[loss_name](output)
    Z, labels, epsilon = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1]), 1e-6
    loss.forward(Z.copy(), labels)
    before = loss.A.copy()
    delta = loss.backward()
    for place in np.ndindex(*Z.shape):
        nudge = np.zeros_like(Z)
        nudge[place] = epsilon
        above = loss.value(output.apply(Z + nudge), labels)
        below = loss.value(output.apply(Z - nudge), labels)
        assert delta[place] == pytest.approx((above - below) / (2 * epsilon), abs=1e-9)
    np.testing.assert_array_equal(loss.A, before)


def test_saturated_sigmoid_has_zero_gradient() -> None:
    """The reason why experiment A does not learn: the error is 1, the slope 0."""
    loss = MeanSquaredError(Sigmoid())
    loss.forward(np.array([[-1000.0, 1000.0]]), np.array([0]))
    assert not loss.backward().any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_confident_error_has_large_finite_loss(
    dtype: type[np.floating],
) -> None:
    loss = SoftmaxCrossEntropy()
    assert 80 < loss.forward(np.array([[1000, 0]], dtype), np.array([1])) < 1000
    np.testing.assert_array_equal(loss.backward(), [[1, -1]])


@pytest.mark.parametrize(("dtype", "most"), [(np.float32, 87.34), (np.float64, 708.4)])
def test_cross_entropy_is_capped_by_the_smallest_normal_number(dtype: type, most: float) -> None:
    A: np.ndarray = np.array([[1, 0]], dtype)
    assert SoftmaxCrossEntropy().value(A, np.array([1])) == pytest.approx(most, rel=1e-4)


@given(st.floats(0, 1, width=32))
def test_cross_entropy_decreases_with_true_class_probability(p: float) -> None:
    def cost(share: float) -> float:
        return SoftmaxCrossEntropy().value(np.array([[share, 1 - share]]), np.array([0]))

    assert 0 <= cost(p) < np.inf
    assert cost(p) >= cost((p + 1) / 2)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_names_known_outputs(name: str) -> None:
    assert LOSSES[name].outputs
    assert set(LOSSES[name].outputs) <= set(OUTPUT_ACTIVATIONS)
