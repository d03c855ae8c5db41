"""Decoding of uploaded picture files, bounded in time and memory."""

import logging
import os
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np

from inkling.data.picture_decoder import REFUSED, SECONDS, PictureError, decode, unpack

log = logging.getLogger(__name__)

__all__ = ["MAX_BYTES", "PictureError", "is_small_png", "read_picture"]

MAX_BYTES = 12 * 10**6  # photos of phones; in units of the uploader, which counts 10^6 as 1 MB
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"RIFF", b"BM")  # PNG, JPEG, WebP, BMP
_ROOT = Path(__file__).parents[2]

# A PNG as a browser's canvas makes it
_SMALL_BYTES = 256 * 2**10
_SMALL_PIXELS = 1_000_000
_SMALL_EXTRA = 4_096  # bytes beside the pixels' own

_at_once = threading.Semaphore(os.cpu_count() or 1)  # decoding processes of the server


def read_picture(data: bytes) -> np.ndarray:
    """Decode a picture and turn it upright by its EXIF orientation.

    A small PNG is decoded here, any other picture in a process of its own that has `SECONDS`.

    Parameters
    ----------
    data : bytes
        A PNG, JPEG (also MPO), WebP or BMP file.

    Returns
    -------
    ndarray, (h, w, 4) uint8
        Red, green, blue and alpha, read-only; neither side longer than 2000 pixels.

    Raises
    ------
    PictureError
        If it is none of these, damaged, takes too long, or has more than 12 MB, more than 64
        million pixels as a JPEG, or more than 24 million as another file.
    """
    if len(data) > MAX_BYTES:
        raise PictureError(
            f"The file has {len(data) / 10**6:,.1f} MB, and a picture may have "
            f"{MAX_BYTES // 10**6} MB. Make it smaller and try again."
        )
    if is_small_png(data) or not data.startswith(_SIGNATURES):
        return np.asarray(decode(data))
    with _at_once:
        shape, pixels = unpack(_decode_in_process(data))
    return np.frombuffer(pixels, np.uint8).reshape(shape)


def is_small_png(data: bytes, most_pixels: int = _SMALL_PIXELS) -> bool:
    """Whether a file is a PNG that takes milliseconds to decode, as a browser's canvas makes them.

    It has up to a million pixels, or `most_pixels`, and little else: texts, profiles and further
    pictures of an animation may be compressed a thousandfold.
    """
    if len(data) > _SMALL_BYTES or not data.startswith(_SIGNATURES[0]):
        return False
    at, extra, pixels = 8, 0, 0
    while at + 8 <= len(data) and extra <= _SMALL_EXTRA:
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IHDR" and at + 16 <= len(data):
            width, height = struct.unpack_from(">II", data, at + 8)
            pixels = max(pixels, width * height)
        at += 12 + length
        extra += 12 + (0 if kind == b"IDAT" else length)
    return extra <= _SMALL_EXTRA and pixels <= most_pixels


def _decode_in_process(data: bytes) -> bytes:
    """Return what `picture_decoder` writes for a file; raises PictureError."""
    with suppress(subprocess.TimeoutExpired):
        process = subprocess.run(
            [sys.executable, "-m", "inkling.data.picture_decoder"],
            cwd=_ROOT,  # so that the project's modules can be imported
            input=data,
            capture_output=True,
            timeout=SECONDS,
        )
        if process.returncode == 0:
            return process.stdout
        if process.returncode == REFUSED:
            raise PictureError(process.stdout.decode())
        log.warning("a picture's process ended with %d: %s", process.returncode, process.stderr)
    raise PictureError(
        "This picture takes too much time or memory to read. Save it as a PNG file, or make it "
        "smaller, and try again."
    )
