"""Initialisers: how spread the weights are, and that the generator decides everything."""

import numpy as np
import pytest

from nn.initializers import INITIALIZERS

NAMES = list(INITIALIZERS)
FAN_IN, FAN_OUT = 400, 100


@pytest.mark.parametrize("name", NAMES)
def test_weights_have_a_row_per_input_and_a_column_per_unit(name: str) -> None:
    W = INITIALIZERS[name].draw(np.random.default_rng(0), 7, 3, 1.0)
    assert W.shape == (7, 3)
    assert W.dtype == np.float64


@pytest.mark.parametrize("name", NAMES)
def test_initial_weights_depend_only_on_generator(name: str) -> None:
    def draw(seed: int) -> np.ndarray:
        return INITIALIZERS[name].draw(np.random.default_rng(seed), 7, 3, 1.0)

    np.testing.assert_array_equal(draw(1), draw(1))
    assert not np.array_equal(draw(1), draw(2))


@pytest.mark.parametrize("scale", [1.0, 0.01])
@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("he", 2 / 400),
        ("xavier", 2 / 500),
        ("normal", 1),
    ],
)
def test_variance(name: str, variance: float, scale: float, rng: np.random.Generator) -> None:
    W = INITIALIZERS[name].draw(rng, FAN_IN, FAN_OUT, scale)
    # 40,000 draws: the standard error of the variance is 0.7 %, that of the mean 0.5 % of a sigma.
    assert W.var() == pytest.approx(variance * scale**2, rel=0.03)
    assert abs(W.mean()) < 0.02 * W.std()


@pytest.mark.parametrize("name", NAMES)
def test_a_scale_of_zero_gives_zeros(name: str, rng: np.random.Generator) -> None:
    assert not INITIALIZERS[name].draw(rng, 5, 4, 0.0).any()
