"""Entry point: IDX files, plain or gzipped."""

import gzip
import math
import random
import struct
from pathlib import Path

import numpy as np

from digits.idx import IdxError, read_idx
from tools.fuzz.checks import check_sentence
from tools.fuzz.entrypoint import MIB, Entrypoint
from tools.fuzz.generators import gzipped_zeros, mutate_bytes, pickled_array


def _idx(*shape: int, content: bytes | None = None) -> bytes:
    header = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)
    return header + (bytes(math.prod(shape)) if content is None else content)


_VALID_FILES = [_idx(3, 4, 5), _idx(7), _idx(1), _idx(2, 2, 2, 2), _idx(4, 785)]

_VALID_FILES += [gzip.compress(content, mtime=0) for content in _VALID_FILES]

_VALID_FILES += [
    gzip.compress(_VALID_FILES[0][:9], mtime=0) + gzip.compress(_VALID_FILES[0][9:], mtime=0)
]


def generate(rng: random.Random) -> bytes:
    """Return an IDX file, plain or gzipped, that was mutated before or after compression."""
    content = mutate_bytes(rng, rng.choice(_VALID_FILES))
    if rng.random() < 0.3:
        shape = [
            rng.choice([0, 1, 28, 2**16, 2**31, 2**32 - 1]) for _ in range(rng.randrange(1, 6))
        ]
        content = _idx(*shape, content=rng.randbytes(rng.randrange(64)))
    return gzip.compress(content, 1, mtime=0) if rng.random() < 0.3 else content


def exercise(content: bytes, folder: Path) -> bool:
    """Read an IDX file: a read-only uint8 array of bounded size, or an `IdxError`."""
    path = folder / "upload.idx"
    path.write_bytes(content)
    try:
        array = read_idx(path)
    except IdxError as error:
        check_sentence(error, str(path))
        return False
    assert array.dtype == np.uint8
    assert 0 < array.size <= 1100 * len(content)
    assert not array.flags.writeable
    return True


def attacks() -> dict[str, bytes]:
    """Return decompression bombs and files whose header contradicts their content."""
    return {
        "4 GiB declared, none there": _idx(2**16, 2**16, content=b""),
        "64 dimensions, the product has 617 digits": _idx(*[2**32 - 1] * 64, content=b"x"),
        "64 dimensions, one of them 0": _idx(*[2**32 - 1] * 63, 0, content=b"x"),
        "gzip bomb, 512 MiB declared": gzip.compress(_idx(512, 1024, 1024, content=b""))
        + gzipped_zeros(512 * MIB),
        "100 MiB in 100 KiB, declared and there": gzip.compress(_idx(100, 1024, 1024, content=b""))
        + gzipped_zeros(100 * MIB),
        "gzip bomb behind a small file": gzip.compress(_VALID_FILES[0]) + gzipped_zeros(512 * MIB),
        "a hundred thousand empty members": gzip.compress(_VALID_FILES[0][:4])
        + gzip.compress(b"") * 10**5,
        "a name of a mebibyte in the gzip header": b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * MIB,
        "gzip in gzip": gzip.compress(gzip.compress(_VALID_FILES[0])),
        "a pickled array": pickled_array(),
        "empty": b"",
    }


ENTRYPOINT = Entrypoint("IDX files", generate, exercise, attacks, 3 * 256 * MIB)
