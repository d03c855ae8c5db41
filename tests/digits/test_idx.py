"""The IDX format: round trips, and errors for everything that is not IDX."""

import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from digits.idx import (
    MAX_BYTES,
    MAX_DIMENSIONS,
    IdxError,
    idx_bytes,
    parse_idx,
    read_bytes,
    read_idx,
    write_idx,
)

byte_arrays = arrays(np.uint8, array_shapes(max_dims=4, max_side=6))


def header(*shape: int, kind: int = 0x08) -> bytes:
    return struct.pack(f">HBB{len(shape)}I", 0, kind, len(shape), *shape)


def idx(*shape: int) -> bytes:
    return header(*shape) + bytes(index % 256 for index in range(int(np.prod(shape))))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one path for all examples of a property."""
    return tmp_path_factory.mktemp("idx") / "scratch"


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(IdxError) as refused:
        read_idx(path)
    assert str(path) in str(refused.value)
    assert str(refused.value).endswith(".")
    return str(refused.value)


@given(array=byte_arrays, ending=st.sampled_from(["", ".gz"]))
def test_write_then_read_round_trip(scratch: Path, array: np.ndarray, ending: str) -> None:
    path = scratch.with_name(f"round-trip{ending}")
    write_idx(array, path)
    read = read_idx(path)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, array, strict=True)


def test_written_bytes_follow_the_specification(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    write_idx(np.array([[5, 0], [4, 1], [9, 255]], np.uint8), path)
    assert path.read_bytes() == bytes.fromhex("00000802 00000003 00000002 0500 0401 09ff")


@given(array=byte_arrays)
def test_format_then_parse_round_trip(array: np.ndarray) -> None:
    np.testing.assert_array_equal(parse_idx(idx_bytes(array), "file"), array, strict=True)


def test_gzip_is_detected_by_magic_bytes(tmp_path: Path) -> None:
    (tmp_path / "zipped").write_bytes(gzip.compress(idx(2, 3)))
    (tmp_path / "plain.gz").write_bytes(idx(2, 3))
    np.testing.assert_array_equal(read_idx(tmp_path / "zipped"), read_idx(tmp_path / "plain.gz"))


def test_concatenated_gzip_members_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "members.gz"
    path.write_bytes(gzip.compress(idx(9)[:10]) + gzip.compress(idx(9)[10:]))
    np.testing.assert_array_equal(read_idx(path), np.arange(9, dtype=np.uint8))


def test_read_bytes_is_the_unzipped_file_and_parse_idx_views_it(tmp_path: Path) -> None:
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(idx(4, 5)))
    content = read_bytes(path)
    assert content == idx(4, 5)
    assert np.shares_memory(parse_idx(content, path), np.frombuffer(content, np.uint8))


def test_the_array_is_read_only(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(idx(3))
    with pytest.raises(ValueError, match="read-only"):
        read_idx(path)[0] = 1


def test_gzip_output_is_deterministic(tmp_path: Path) -> None:
    for name in ("one.gz", "two.gz"):
        write_idx(np.arange(9, dtype=np.uint8), tmp_path / name)
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


whole_or_nearly = st.one_of(
    st.binary(max_size=100),
    st.builds(
        lambda shape, body: header(*shape) + body,
        st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 4), max_size=5),
        st.binary(max_size=100),
    ),
    byte_arrays.map(lambda array: header(*array.shape) + array.tobytes()),
)


@given(content=whole_or_nearly, data=st.data())
def test_any_bytes_give_an_array_or_an_idx_error(
    scratch: Path, content: bytes, data: st.DataObject
) -> None:
    zipped = data.draw(st.booleans(), label="zipped")
    stored = bytearray(gzip.compress(content, mtime=0) if zipped else content)
    for position in data.draw(st.lists(st.integers(0, max(0, len(stored) - 1)), max_size=2)):
        stored[position : position + 1] = data.draw(st.binary(max_size=2))
    scratch.write_bytes(stored)
    try:
        array = read_idx(scratch)
    except IdxError:
        return
    assert read_bytes(scratch) == header(*array.shape) + array.tobytes()


@given(cut=st.integers(1, 40), zipped=st.booleans())
def test_a_file_cut_anywhere_is_refused(scratch: Path, cut: int, zipped: bool) -> None:
    whole = gzip.compress(idx(4, 7)) if zipped else idx(4, 7)
    refusal(scratch, whole[:-cut])


@pytest.mark.parametrize("zipped", [False, True])
def test_bytes_after_the_end_are_refused(tmp_path: Path, zipped: bool) -> None:
    content = idx(4, 7) + b"\0"
    message = refusal(tmp_path / "file", gzip.compress(content) if zipped else content)
    assert "too long" in message
    assert "40 bytes" in message


def test_bytes_after_the_gzip_data_are_refused(tmp_path: Path) -> None:
    assert "gzip" in refusal(tmp_path / "file", gzip.compress(idx(4, 7)) + b"more")


def test_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    stored = bytearray(gzip.compress(idx(4, 7)))
    stored[-8] ^= 1  # gzip ends with four bytes of CRC-32 and four of size
    assert "damaged gzip file" in refusal(tmp_path / "file", bytes(stored))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cut short"),
        (b"\0\0\x08", "cut short"),
        (header(2, 3)[:-1], "cut short"),
        (header(2, 3), "declares 18 bytes"),
        (b"<!DOCTYPE html>", "not an IDX file: it begins with 3c 21 44 4f"),
        (header(2, kind=0x0D) + bytes(8), "type 0x0d"),
        (header(), "0 dimensions"),
        (header(*[1] * (MAX_DIMENSIONS + 1)) + b"\0", "65 dimensions"),
        (header(0, 28, 28), "holds nothing"),
        (header(3, 0), "holds nothing"),
    ],
)
def test_error_message_describes_the_fault(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refusal(tmp_path / "file", content)
    with pytest.raises(IdxError):
        parse_idx(content, "file")


def test_file_above_the_size_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digits.idx.MAX_BYTES", 35)
    assert "at most 35" in refusal(tmp_path / "file", idx(4, 7))


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        pytest.param(header(2**32 - 1, 2**32 - 1) + b"\0", "cut short", id="plain"),
        pytest.param(gzip.compress(header(2**31) + b"\0"), "cut short", id="above deflate's ratio"),
        pytest.param(
            gzip.compress(header(200 * 2**20) + np.random.default_rng(0).bytes(2**18)),
            "cut short",
            id="below deflate's ratio",
        ),
        pytest.param(
            gzip.compress(header(MAX_BYTES) + np.random.default_rng(0).bytes(2**19)),
            "too large",
            id="above the limit",
        ),
        pytest.param(gzip.compress(header(1000) + bytes(2**26)), "too long", id="bomb"),
    ],
)
def test_false_header_allocates_no_memory(tmp_path: Path, stored: bytes, words: str) -> None:
    tracemalloc.start()
    try:
        message = refusal(tmp_path / "file", stored)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert words in message
    assert peak < 4 * 2**20


@pytest.mark.parametrize(
    "array",
    [np.zeros(3), np.zeros(3, np.int8), np.zeros((), np.uint8), np.zeros((2, 0), np.uint8)],
    ids=["float", "signed", "no dimension", "empty"],
)
def test_unreadable_array_is_not_written(tmp_path: Path, array: np.ndarray) -> None:
    with pytest.raises(IdxError, match="only uint8"):
        write_idx(array, tmp_path / "file")
    assert not (tmp_path / "file").exists()
    with pytest.raises(IdxError, match="The file cannot hold"):
        idx_bytes(array)


def test_missing_file_raises_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "nothing")
