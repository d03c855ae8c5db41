"""Activations: known values, derivatives, and extreme inputs."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nn.activations import (
    HIDDEN_ACTIVATIONS,
    OUTPUT_ACTIVATIONS,
    Activation,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from nn.historical import NormalizedSigmoid, PublishedSigmoid

ALL = sorted(
    {*HIDDEN_ACTIVATIONS.values(), *OUTPUT_ACTIVATIONS.values()}, key=lambda kind: kind.__name__
)
LN3 = np.log(3)  # exp is 3 there and the sigmoid 3/4: answers come out as fractions

rows_of_scores = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.floats(-1e300, 1e300),
)


@pytest.mark.parametrize(
    ("kind", "sums", "expected"),
    [
        (ReLU, [-1, 0, 2], [0, 0, 2]),
        (Tanh, [0, LN3, -LN3], [0, 0.8, -0.8]),  # (3 - 1/3) / (3 + 1/3)
        (Sigmoid, [0, LN3, -LN3], [1 / 2, 3 / 4, 1 / 4]),
        (PublishedSigmoid, [0, LN3, -LN3], [1 / 2, 3 / 4, 1 / 4]),
        (Softmax, [0, LN3, 0], [1 / 5, 3 / 5, 1 / 5]),
        (NormalizedSigmoid, [0, LN3], [2 / 5, 3 / 5]),  # 1/2 and 3/4, over their sum
    ],
)
def test_known_values(kind: type[Activation], sums: list[float], expected: list[float]) -> None:
    A = kind().apply(np.array([sums], float))
    np.testing.assert_allclose(A, [expected], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("kind", ALL)
def test_the_numpy_source_computes_the_same(
    kind: type[Activation], rng: np.random.Generator
) -> None:
    program: dict[str, Any] = {"np": np}
    exec(kind.numpy_source, program)
    Z = rng.normal(size=(4, 5))
    np.testing.assert_allclose(program[kind.numpy_name](Z), kind().apply(Z.copy()), rtol=1e-12)


@pytest.mark.parametrize("kind", ALL)
def test_activation_has_description_and_formulas(kind: type[Activation]) -> None:
    assert kind.label
    assert kind.description.endswith(".")
    assert "Z_{1}" in kind.formula.format(z="Z_{1}")
    assert "A_{1}" in kind.slope.format(A="A_{1}")


@pytest.mark.parametrize("kind", ALL)
def test_forward_works_in_place_and_keeps_the_dtype(
    kind: type[Activation], rng: np.random.Generator
) -> None:
    Z = rng.normal(size=(4, 5)).astype(np.float32)
    A = kind().apply(Z)
    assert A is Z
    assert A.dtype == np.float32


def derivative_error(kind: type[Activation], rng: np.random.Generator) -> float:
    """Compare `gradient` with central differences of the sum of R * f(Z)."""
    f, epsilon = kind(), 1e-6
    Z, R = rng.normal(size=(2, 3, 5))
    analytic = f.gradient(f.apply(Z.copy()), R.copy())
    numerical = np.empty_like(Z)
    for place in np.ndindex(*Z.shape):
        nudge = np.zeros_like(Z)
        nudge[place] = epsilon
        change = R * (f.apply(Z + nudge) - f.apply(Z - nudge))
        numerical[place] = change.sum() / (2 * epsilon)
    return float(np.linalg.norm(analytic - numerical) / np.linalg.norm(numerical))


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind is not NormalizedSigmoid])
def test_gradient_is_the_derivative_of_apply(
    kind: type[Activation], rng: np.random.Generator
) -> None:
    assert derivative_error(kind, rng) < 1e-8


def test_the_published_derivative_of_normalised_sigmoids_is_wrong(rng: np.random.Generator) -> None:
    assert derivative_error(NormalizedSigmoid, rng) > 0.5


@pytest.mark.parametrize("kind", ALL)
def test_gradient_does_not_modify_activations(
    kind: type[Activation], rng: np.random.Generator
) -> None:
    f = kind()
    A = f.apply(rng.normal(size=(4, 5)))
    before = A.copy()
    f.gradient(A, np.ones_like(A))
    np.testing.assert_array_equal(A, before)


@given(rows_of_scores)
def test_softmax_rows_are_probabilities_for_scores_of_any_size(Z: np.ndarray) -> None:
    A = Softmax().apply(Z.copy())
    assert A.min() >= 0
    np.testing.assert_allclose(A.sum(axis=1), 1, rtol=1e-12)


@given(
    arrays(np.float64, (3, 10), elements=st.floats(-50, 50)),
    arrays(np.float64, (3, 1), elements=st.floats(-1000, 1000)),
)
def test_softmax_is_shift_invariant(Z: np.ndarray, shift: np.ndarray) -> None:
    f = Softmax()
    np.testing.assert_allclose(f.apply(Z + shift), f.apply(Z.copy()), rtol=1e-9)


@given(arrays(np.float64, 10, elements=st.floats(-50, 50)), st.permutations(range(10)))
def test_softmax_is_permutation_equivariant(z: np.ndarray, order: list[int]) -> None:
    f = Softmax()
    np.testing.assert_allclose(
        f.apply(z[None, order]), f.apply(z[None].copy())[:, order], rtol=1e-12
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [Sigmoid, Tanh])
def test_saturated_sigmoidal_gradient_is_zero_without_warning(
    kind: type[Activation], dtype: type[np.floating]
) -> None:
    largest = np.finfo(dtype).max
    A = kind().apply(np.array([[-largest, -1000, 0, 1000, largest]], dtype))
    low, middle = (-1, 0) if kind is Tanh else (0, 0.5)
    np.testing.assert_array_equal(A, [[low, low, middle, 1, 1]])


def test_published_sigmoid_equals_sigmoid_away_from_zero() -> None:
    Z = np.linspace(-30, 30, 121)[None]
    np.testing.assert_allclose(
        PublishedSigmoid().apply(Z.copy()), Sigmoid().apply(Z.copy()), atol=1e-15
    )
    far = np.array([[-100.0]])
    assert Sigmoid().apply(far.copy()) == 0
    assert PublishedSigmoid().apply(far.copy()) > 0


def test_no_two_activations_share_a_label() -> None:
    assert len({kind.label for kind in ALL}) == len(ALL)
