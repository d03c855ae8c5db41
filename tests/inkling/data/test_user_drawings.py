"""What a visitor taught: added, relabelled, dropped, kept, and taken away."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digits.idx import idx_bytes, read_idx
from inkling.data import user_drawings
from inkling.data.user_drawings import (
    MOST,
    NONE,
    UserDrawings,
    fine_tuned_name,
    from_bytes,
    idx_pair,
    to_bytes,
)


def drawings(n: int) -> UserDrawings:
    rng = np.random.default_rng(n)
    return UserDrawings(rng.integers(0, 256, (n, 28, 28), np.uint8), rng.integers(0, 10, n, "u1"))


def assert_same(one: UserDrawings, other: UserDrawings) -> None:
    np.testing.assert_array_equal(one.images, other.images, strict=True)
    np.testing.assert_array_equal(one.labels, other.labels, strict=True)


def test_a_drawing_is_added_at_the_end_and_found_again() -> None:
    three, fourth = drawings(3), drawings(1).images[0]
    four = three.teach(fourth, 7)
    assert (len(three), len(four)) == (3, 4)
    assert four.labels[3] == 7
    assert four.labels.dtype == four.images.dtype == np.uint8
    assert four.place(fourth) == 3
    assert three.place(fourth) is None
    assert_same(four.drop(3), three)
    assert_same(four.drop(0).drop(0).drop(0), UserDrawings(fourth[None], np.array([7], "u1")))


def test_the_same_drawing_gets_a_new_label() -> None:
    three = drawings(3)
    label = (int(three.labels[1]) + 1) % 10
    changed = three.teach(three.images[1], label)
    assert len(changed) == 3
    assert changed.labels[1] == label
    assert three.labels[1] != label


def test_there_is_an_end_to_it() -> None:
    full = drawings(MOST)
    assert full.full
    assert not drawings(MOST - 1).full
    with pytest.raises(ValueError, match=f"at most {MOST}"):
        full.teach(drawings(1).images[0], 3)
    assert len(full.teach(full.images[0], 3)) == MOST


@pytest.mark.parametrize("label", [-1, 10])
def test_only_digits_are_taught(label: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 9"):
        NONE.teach(drawings(1).images[0], label)


def test_nobody_changes_them() -> None:
    with pytest.raises(ValueError, match="read-only"):
        drawings(2).images[0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        drawings(2).labels[0] = 1


@pytest.mark.parametrize("n", [1, 5, MOST])
def test_what_is_kept_is_read_back(n: int) -> None:
    assert_same(from_bytes(to_bytes(drawings(n))), drawings(n))


def test_where_nothing_is_kept_there_are_none() -> None:
    assert len(from_bytes(None)) == 0


@pytest.mark.parametrize(
    "rows",
    [
        np.zeros((2, 784), np.uint8),
        np.zeros((2, 785, 1), np.uint8),
        np.zeros(785, np.uint8),
        np.full((2, 785), 10, np.uint8),
        np.zeros((MOST + 1, 785), np.uint8),
    ],
    ids=["no labels", "three dimensions", "one dimension", "labels above 9", "too many"],
)
def test_other_data_are_passed_over(rows: np.ndarray) -> None:
    assert from_bytes(idx_bytes(rows)) is NONE


@given(st.binary(max_size=60) | st.integers(0, 785).map(lambda cut: to_bytes(drawings(1))[:cut]))
def test_damaged_data_are_passed_over(data: bytes) -> None:
    assert from_bytes(data) is NONE


def test_the_pair_is_read_as_mnist_is(tmp_path: Path) -> None:
    five = drawings(5)
    with zipfile.ZipFile(io.BytesIO(idx_pair(five))) as archive:
        assert archive.namelist() == [user_drawings.IMAGES_NAME, user_drawings.LABELS_NAME]
        archive.extractall(tmp_path)
    images, labels = (
        read_idx(tmp_path / n) for n in (user_drawings.IMAGES_NAME, user_drawings.LABELS_NAME)
    )
    assert_same(UserDrawings(images, labels), five)
    assert idx_pair(five) == idx_pair(five)


def test_a_copy_is_named_after_its_model_and_what_it_was_taught() -> None:
    assert fine_tuned_name("Ready-made", 1, set()) == "Ready-made, taught 1 drawing"
    assert fine_tuned_name("Ready-made", 5, {"Ready-made"}) == "Ready-made, taught 5 drawings"
    taken = {"Ready-made, taught 5 drawings", "Ready-made, taught 5 drawings (2)"}
    assert fine_tuned_name("Ready-made", 5, taken) == "Ready-made, taught 5 drawings (3)"
    assert fine_tuned_name("Ready-made, taught 5 drawings (2)", 6, taken) == (
        "Ready-made, taught 6 drawings"
    )
