"""The IDX file format, in which MNIST and its relatives are published.

An IDX file is a header and then the numbers, one after the other, last dimension fastest. The
header is two zero bytes, one byte that names the type of the numbers, one byte that gives the
number of dimensions, and the size of each dimension as four bytes, the highest first. The training
images of MNIST begin with ``00 00 08 03  00 00 ea 60  00 00 00 1c  00 00 00 1c``: unsigned bytes
in three dimensions, 60 000 x 28 x 28. A file may be gzipped as a whole.
"""

import gzip
import math
import os
import reprlib
import struct
import zlib
from io import BufferedIOBase
from pathlib import Path

import numpy as np

UNSIGNED_BYTE = 0x08  # the one type of number that is read and written here
MAX_DIMENSIONS = 64  # NumPy's own limit
MAX_BYTES = 256 * 2**20  # the largest content that is read; MNIST's largest file has 45 MiB
GZIP_MAGIC = b"\x1f\x8b"
GZIP_MAX_RATIO = 1032  # deflate encodes at best 258 bytes in 2 bits
CHUNK = 2**20


class IdxError(ValueError):
    """A file, or an array to be written, is not IDX data of unsigned bytes."""


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """Read an IDX file, gzipped or not.

    Parameters
    ----------
    path : str or path-like
        The file. Whether it is gzipped is detected by its first bytes, not its name.

    Returns
    -------
    np.ndarray
        uint8, in the shape that the header gives; read-only.

    Raises
    ------
    IdxError
        If the file is not whole, valid IDX data of unsigned bytes, or is larger than `MAX_BYTES`.
    OSError
        If the file cannot be opened or read.
    """
    return parse_idx(read_bytes(path), path)


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Read the content of an IDX file, unzipped, with its header.

    The header is checked before the rest is read, and a header that promises more than the file
    can hold is refused: memory is bounded by the file's actual size, not by its header.

    Parameters
    ----------
    path : str or path-like
        The file, gzipped or not.

    Returns
    -------
    bytes
        The header and all the numbers: exactly as many bytes as the header declares.

    Raises
    ------
    IdxError, OSError
        As `read_idx`.
    """
    with open(path, "rb") as file:
        room = os.fstat(file.fileno()).st_size
        stream: BufferedIOBase = file
        if file.peek(2).startswith(GZIP_MAGIC):
            room *= GZIP_MAX_RATIO
            stream = gzip.GzipFile(fileobj=file)
        try:
            start = _read_up_to(stream, 4 + 4 * MAX_DIMENSIONS)
            shape, header_size = _parse_header(start, path)
            declared = header_size + math.prod(shape)
            if declared > room:
                raise IdxError(
                    f"{path} is cut short, or its header is wrong: it declares {_number(declared)} "
                    f"bytes of content and cannot hold more than {room:,}."
                )
            if declared > MAX_BYTES:
                raise IdxError(
                    f"{path} is too large: it declares {_number(declared)} bytes of content, "
                    f"and at most {MAX_BYTES:,} are read."
                )
            # One byte more than declared: it is not there, and looking for it makes gzip compare
            # its checksum.
            content = start + _read_up_to(stream, declared + 1 - len(start))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise IdxError(f"{path} is a damaged gzip file.") from error
    _check_size(content, declared, path)
    return content


def parse_idx(content: bytes, path: str | os.PathLike[str]) -> np.ndarray:
    """Turn the content of an IDX file into an array, without copying it.

    Parameters
    ----------
    content : bytes
        The unzipped file, with its header.
    path : str or path-like
        Its origin, for the error message.

    Returns
    -------
    np.ndarray
        uint8, in the shape that the header gives; a read-only view of `content`.

    Raises
    ------
    IdxError
        If `content` is not whole, valid IDX data of unsigned bytes.
    """
    shape, header_size = _parse_header(content, path)
    _check_size(content, header_size + math.prod(shape), path)
    return np.frombuffer(content, np.uint8, offset=header_size).reshape(shape)


def idx_bytes(array: np.ndarray, path: str | os.PathLike[str] = "The file") -> bytes:
    """Return the content of an IDX file that holds an array, with its header.

    Parameters
    ----------
    array : np.ndarray
        uint8, with at least one dimension and at least one element.
    path : str or path-like
        Where it goes to, for the error message.

    Raises
    ------
    IdxError
        If the array is of another type or empty.
    """
    if array.dtype != np.uint8 or array.ndim == 0 or array.size == 0:
        raise IdxError(
            f"{path} cannot hold an array of {array.dtype} in the shape {array.shape}: "
            "only uint8 with at least one element is written."
        )
    header = struct.pack(f">HBB{array.ndim}I", 0, UNSIGNED_BYTE, array.ndim, *array.shape)
    return header + array.tobytes()


def write_idx(array: np.ndarray, path: str | os.PathLike[str]) -> None:
    """Write an array as an IDX file, gzipped if the name ends in ``.gz``.

    Parameters
    ----------
    array : np.ndarray
        uint8, with at least one dimension and at least one element.
    path : str or path-like
        The file; one that exists is replaced.

    Raises
    ------
    IdxError
        If the array is of another type or empty.
    OSError
        If the file cannot be written.
    """
    content = idx_bytes(array, path)
    if os.fspath(path).endswith(".gz"):
        content = gzip.compress(content, mtime=0)  # no date: the same array, the same file
    Path(path).write_bytes(content)


def _parse_header(content: bytes, path: str | os.PathLike[str]) -> tuple[tuple[int, ...], int]:
    """Return the shape that an IDX header declares, as Python ints, and the header's size."""
    if len(content) < 4:
        raise IdxError(f"{path} is cut short: it ends within its header.")
    if content[:2] != b"\0\0":
        raise IdxError(f"{path} is not an IDX file: it begins with {content[:4].hex(' ')}.")
    kind, dimensions = content[2], content[3]
    if kind != UNSIGNED_BYTE:
        raise IdxError(
            f"{path} holds numbers of type 0x{kind:02x}; only unsigned bytes (0x08) are read."
        )
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise IdxError(f"{path} declares {dimensions} dimensions; 1 to {MAX_DIMENSIONS} are read.")
    header_size = 4 + 4 * dimensions
    if len(content) < header_size:
        raise IdxError(f"{path} is cut short: it ends within its header.")
    shape = struct.unpack_from(f">{dimensions}I", content, offset=4)
    if 0 in shape:
        raise IdxError(f"{path} holds nothing: it declares the shape {reprlib.repr(shape)}.")
    return shape, header_size


def _check_size(content: bytes, declared: int, path: str | os.PathLike[str]) -> None:
    if len(content) < declared:
        raise IdxError(
            f"{path} is cut short: {len(content):,} of {_number(declared)} bytes of content are "
            "there."
        )
    if len(content) > declared:
        raise IdxError(f"{path} is too long: its content should end after {declared:,} bytes.")


def _number(count: int) -> str:
    """Return a number as text of bounded length: 64 dimensions may declare one of 617 digits."""
    return f"{count:,}" if count < 10**15 else f"more than {10**15:,}"


def _read_up_to(stream: BufferedIOBase, count: int) -> bytes:
    """Read `count` bytes, or as many as there are.

    ``stream.read(count)`` would allocate memory for all of them before checking that they exist.
    """
    chunks = []
    while count > 0 and (chunk := stream.read(min(count, CHUNK))):
        chunks.append(chunk)
        count -= len(chunk)
    return b"".join(chunks)
