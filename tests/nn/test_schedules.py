"""Schedules: where they start, peak and end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.schedules import SCHEDULES, WARM_UP, constant, cosine, warm_up_linear


@pytest.mark.parametrize("name", SCHEDULES)
@given(progress=st.floats(0, 1))
def test_the_factor_is_between_0_and_1(name: str, progress: float) -> None:
    assert 0 <= SCHEDULES[name].factor(progress) <= 1


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_full_rate_is_reached(name: str) -> None:
    factors = [SCHEDULES[name].factor(progress) for progress in np.linspace(0, 1, 1001)]
    assert max(factors) > 0.99


def test_constant_schedule_is_one() -> None:
    assert {constant(progress) for progress in np.linspace(0, 1, 50)} == {1.0}


def test_warm_up_linear_rises_to_its_peak_and_falls_to_zero() -> None:
    assert warm_up_linear(0) == 0
    assert warm_up_linear(WARM_UP / 2) == pytest.approx(0.5)
    assert warm_up_linear(WARM_UP) == 1
    assert warm_up_linear((1 + WARM_UP) / 2) == pytest.approx(0.5)
    assert warm_up_linear(1) == 0
    rising = [warm_up_linear(progress) for progress in np.linspace(0, WARM_UP, 20)]
    falling = [warm_up_linear(progress) for progress in np.linspace(WARM_UP, 1, 20)]
    assert np.all(np.diff(rising) > 0)
    assert np.all(np.diff(falling) < 0)


def test_cosine_falls_from_one_to_zero() -> None:
    assert cosine(0) == 1
    assert cosine(1 / 3) == pytest.approx(3 / 4)
    assert cosine(1 / 2) == pytest.approx(1 / 2)
    assert cosine(1) == 0
    assert np.all(np.diff([cosine(progress) for progress in np.linspace(0, 1, 50)]) < 0)
