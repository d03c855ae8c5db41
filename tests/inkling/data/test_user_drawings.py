"""Labelled drawings of a visitor and their file formats."""

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
    MAX_DRAWINGS,
    NO_DRAWINGS,
    UserDrawings,
    fine_tuned_name,
    from_bytes,
    to_bytes,
    zipped_idx_files,
)


def drawings(n: int) -> UserDrawings:
    rng = np.random.default_rng(n)
    return UserDrawings(rng.integers(0, 256, (n, 28, 28), np.uint8), rng.integers(0, 10, n, "u1"))


def assert_same(one: UserDrawings, other: UserDrawings) -> None:
    np.testing.assert_array_equal(one.images, other.images, strict=True)
    np.testing.assert_array_equal(one.labels, other.labels, strict=True)


def test_new_drawing_is_appended_and_found() -> None:
    three, fourth = drawings(3), drawings(1).images[0]
    four = three.with_label(fourth, 7)
    assert (len(three), len(four)) == (3, 4)
    assert four.labels[3] == 7
    assert four.labels.dtype == four.images.dtype == np.uint8
    assert four.index_of(fourth) == 3
    assert three.index_of(fourth) is None
    assert_same(four.without(3), three)
    assert_same(
        four.without(0).without(0).without(0), UserDrawings(fourth[None], np.array([7], "u1"))
    )


def test_equal_drawing_is_relabelled() -> None:
    three = drawings(3)
    label = (int(three.labels[1]) + 1) % 10
    changed = three.with_label(three.images[1], label)
    assert len(changed) == 3
    assert changed.labels[1] == label
    assert three.labels[1] != label


def test_full_collection_only_relabels() -> None:
    full = drawings(MAX_DRAWINGS)
    assert full.is_full
    assert not drawings(MAX_DRAWINGS - 1).is_full
    with pytest.raises(ValueError, match=f"at most {MAX_DRAWINGS}"):
        full.with_label(drawings(1).images[0], 3)
    assert len(full.with_label(full.images[0], 3)) == MAX_DRAWINGS


@pytest.mark.parametrize("label", [-1, 10])
def test_label_outside_0_to_9_raises_value_error(label: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 9"):
        NO_DRAWINGS.with_label(drawings(1).images[0], label)


def test_arrays_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        drawings(2).images[0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        drawings(2).labels[0] = 1


@pytest.mark.parametrize("n", [1, 5, MAX_DRAWINGS])
def test_to_bytes_and_from_bytes_round_trip(n: int) -> None:
    assert_same(from_bytes(to_bytes(drawings(n))), drawings(n))


def test_missing_file_gives_no_drawings() -> None:
    assert len(from_bytes(None)) == 0


@pytest.mark.parametrize(
    "rows",
    [
        np.zeros((2, 784), np.uint8),
        np.zeros((2, 785, 1), np.uint8),
        np.zeros(785, np.uint8),
        np.full((2, 785), 10, np.uint8),
        np.zeros((MAX_DRAWINGS + 1, 785), np.uint8),
    ],
    ids=["no labels", "three dimensions", "one dimension", "labels above 9", "too many"],
)
def test_other_idx_shapes_give_no_drawings(rows: np.ndarray) -> None:
    assert from_bytes(idx_bytes(rows)) is NO_DRAWINGS


@given(st.binary(max_size=60) | st.integers(0, 785).map(lambda cut: to_bytes(drawings(1))[:cut]))
def test_damaged_file_gives_no_drawings(data: bytes) -> None:
    assert from_bytes(data) is NO_DRAWINGS


def test_zipped_idx_files_open_as_idx(tmp_path: Path) -> None:
    five = drawings(5)
    with zipfile.ZipFile(io.BytesIO(zipped_idx_files(five))) as archive:
        assert archive.namelist() == [user_drawings.IMAGES_NAME, user_drawings.LABELS_NAME]
        archive.extractall(tmp_path)
    images, labels = (
        read_idx(tmp_path / n) for n in (user_drawings.IMAGES_NAME, user_drawings.LABELS_NAME)
    )
    assert_same(UserDrawings(images, labels), five)
    assert zipped_idx_files(five) == zipped_idx_files(five)


def test_fine_tuned_name_has_original_and_number_of_drawings() -> None:
    assert fine_tuned_name("Ready-made", 1, set()) == "Ready-made, taught 1 drawing"
    assert fine_tuned_name("Ready-made", 5, {"Ready-made"}) == "Ready-made, taught 5 drawings"
    taken = {"Ready-made, taught 5 drawings", "Ready-made, taught 5 drawings (2)"}
    assert fine_tuned_name("Ready-made", 5, taken) == "Ready-made, taught 5 drawings (3)"
    assert fine_tuned_name("Ready-made, taught 5 drawings (2)", 6, taken) == (
        "Ready-made, taught 6 drawings"
    )
