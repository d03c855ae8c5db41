"""Rendered photos of every kind are read: a small sample of `python -m benchmarks photos`."""

import numpy as np
import pytest

from benchmarks.photos import judge, prepare
from digits.builtin import draw_digits
from nn import load_pretrained
from tools.photos import KINDS, render_photos

COUNT = 12  # of each kind


@pytest.mark.parametrize("kind", KINDS)
def test_photos_are_read(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digits.builtin.THICK", 0)  # photos have thick pens of their own
    images, labels = draw_digits(200, seed=19, threads=1)
    labels, prepared = prepare(render_photos(kind, images, labels, COUNT, seed=3))
    right, sure_and_wrong = judge(load_pretrained(), prepared, labels)
    assert right >= 1 - 2 / COUNT
    assert sure_and_wrong <= 1 / COUNT


def test_photos_of_a_seed_do_not_depend_on_how_many_there_are() -> None:
    images, labels = draw_digits(20, seed=19, threads=1)
    few, many = (list(render_photos("pencil", images, labels, n, seed=1)) for n in (1, 2))
    np.testing.assert_array_equal(few[0].rgba, many[0].rgba)
    other = next(render_photos("pencil", images, labels, 1, seed=2))
    assert not np.array_equal(few[0].rgba, other.rgba)
