"""Drawings that are not digits, as the benchmark draws them."""

import numpy as np
import pytest

from benchmarks import non_digits
from benchmarks.detector import FORMS
from digits.strokes import trace


@pytest.mark.parametrize("kind", non_digits.KINDS)
def test_drawings_are_reproducible_and_have_ink(kind: str) -> None:
    first, second = non_digits.draw(kind, 2)
    assert first.shape == (280, 280, 4)
    assert first[..., 0].max() == 255
    assert not np.array_equal(first, second)
    assert np.array_equal(non_digits.draw(kind, 1)[0], first)
    assert not np.array_equal(non_digits.draw(kind, 1, seed=1)[0], first)


def test_forms_of_the_detector_are_strokes() -> None:
    for name, path in FORMS.items():
        assert np.isfinite(trace(path, 90).matrix).all(), name
