"""Entry point: pictures of few bytes that take long to decode."""

import io
import random
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from PIL import Image

from inkling.data.picture_decoder import MAX_SCANS, MAX_SIDE
from inkling.data.pictures import MAX_BYTES, PictureError, read_picture
from tools.fuzz.checks import check_sentence
from tools.fuzz.entrypoint import MIB, Entrypoint
from tools.fuzz.pictures import blank_png, png_chunk, with_valid_checksums

Build = Callable[[int, int], bytes]
"""Function of a side in pixels and a number of bytes, about, which returns a file."""

_JPEG_SIDE = 6_320
_OTHER_SIDE = 4_890


@lru_cache(maxsize=4)
def _jpeg(side: int, progressive: bool = False) -> bytes:
    file = io.BytesIO()
    image = Image.new("L", (side, side), 90)
    image.save(file, "JPEG", quality=20, progressive=progressive)
    return file.getvalue()


def _with_scans(data: bytes, size: int) -> bytes:
    """Return a JPEG with its last scan repeated up to a size."""
    scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + scan * max(1, (size - len(data)) // len(scan)) + data[-2:]


def progressive_scans(side: int, size: int) -> bytes:
    """Return a progressive JPEG with many scans."""
    return _with_scans(_jpeg(side, progressive=True), size)


def sequential_scans(side: int, size: int) -> bytes:
    """Return a JPEG that is not progressive, with many scans."""
    return _with_scans(_jpeg(side), size)


def allowed_scans(side: int, size: int) -> bytes:
    """Return a progressive JPEG with as many scans as are accepted."""
    data = _jpeg(side, progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + scan * (MAX_SCANS - data.count(b"\xff\xda")) + data[-2:]


def _jpeg_with(segments: bytes, side: int) -> bytes:
    data = _jpeg(side)
    return data[:2] + segments + data[2:]


def jpeg_fill_bytes(side: int, size: int) -> bytes:
    """Return a JPEG with many fill bytes before its first segment."""
    return _jpeg_with(b"\xff" * size, side)


def jpeg_exif_segments(side: int, size: int) -> bytes:
    """Return a JPEG with many segments of Exif, which Pillow appends to each other."""
    segment = b"\xff\xe1\x00\x10Exif\0\0" + bytes(8)
    return _jpeg_with(segment * (size // len(segment)), side)


def _png_with(chunks: bytes, side: int) -> bytes:
    png = blank_png(side, side, colour=0)
    before_pixels = png.index(b"IDAT") - 4
    return png[:before_pixels] + chunks + png[before_pixels:]


def png_texts(side: int, size: int) -> bytes:
    """Return a PNG with many texts, each compressed a thousandfold."""
    text = png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(MIB), 9))
    return _png_with(text * (size // len(text)), side)


def png_exif(side: int, size: int) -> bytes:
    """Return a PNG with an Exif directory whose entries all refer to the same long value."""
    entries = min(size // 24, 65_535)
    value = 12 * entries
    directory = b"".join(struct.pack(">HHII", tag, 7, value, 8) for tag in range(entries))
    exif = b"MM\0*\0\0\0\x08" + struct.pack(">H", entries) + directory + bytes(value)
    return _png_with(png_chunk(b"eXIf", exif), side)


def png_empty_chunks(side: int, size: int) -> bytes:
    """Return a PNG with many empty chunks of pixels."""
    return _png_with(png_chunk(b"IDAT", b"") * (size // 12), side)


def png_of_too_many_pixels(side: int, size: int) -> bytes:
    """Return a PNG with many more pixels than it declares."""
    packer = zlib.compressobj(9)
    first = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    png = blank_png(side, side, colour=0)
    pixels = png_chunk(b"IDAT", first + again * (size // len(again)))
    return png[: png.index(b"IDAT") - 4] + pixels + png[-12:]


def interlaced_png(side: int, size: int) -> bytes:
    """Return an interlaced PNG of 16 bits a channel."""
    png = bytearray(blank_png(side, side, depth=16, rows=side + 8))
    png[28] = 1
    return with_valid_checksums(bytes(png))


def animated_png(side: int, size: int) -> bytes:
    """Return a PNG with many frames."""
    frame = zlib.compress(bytes(side * (side + 1)), 1)
    control = struct.pack(">IIIIHHBB", side, side, 0, 0, 1, 1, 0, 0)
    count = max(1, size // (len(frame) + 62))
    frames = b"".join(
        png_chunk(b"fcTL", struct.pack(">I", 2 * k + 1) + control)
        + png_chunk(b"fdAT", struct.pack(">I", 2 * k + 2) + frame)
        for k in range(count)
    )
    first = png_chunk(b"acTL", struct.pack(">II", count + 1, 0))
    png = _png_with(first + png_chunk(b"fcTL", struct.pack(">I", 0) + control), side)
    return png[:-12] + frames + png[-12:]


def animated_webp(side: int, size: int) -> bytes:
    """Return a WebP with many frames."""
    file = io.BytesIO()
    frames = [Image.new("RGB", (side, side), colour) for colour in ("red", "blue")]
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], method=0, quality=1)
    data = file.getvalue()
    frame = data[data.rindex(b"ANMF") :]
    body = data[12:] + frame * (size // len(frame))
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def run_length_bmp(side: int, size: int) -> bytes:
    """Return a BMP of many short runs of pixels."""
    runs = b"\x01\x07" * (size // 2)
    palette = bytes(4 * 256)
    header = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(runs), 0, 0, 256, 0)
    start = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start) + header + palette + runs


SLOW: dict[str, tuple[Build, int]] = {  # with the largest side
    "JPEG of many progressive scans": (progressive_scans, _JPEG_SIDE),
    "JPEG of many sequential scans": (sequential_scans, _JPEG_SIDE),
    "JPEG of as many scans as allowed": (allowed_scans, _JPEG_SIDE),
    "JPEG with fill bytes": (jpeg_fill_bytes, _JPEG_SIDE),
    "JPEG with many Exif segments": (jpeg_exif_segments, _JPEG_SIDE),
    "PNG with compressed texts": (png_texts, _OTHER_SIDE),
    "PNG with an Exif directory": (png_exif, _OTHER_SIDE),
    "PNG with empty chunks": (png_empty_chunks, _OTHER_SIDE),
    "PNG of too many pixels": (png_of_too_many_pixels, _OTHER_SIDE),
    "interlaced PNG": (interlaced_png, _OTHER_SIDE),
    "animated PNG": (animated_png, _OTHER_SIDE),
    "animated WebP": (animated_webp, _OTHER_SIDE),
    "run-length BMP": (run_length_bmp, _OTHER_SIDE),
}


def generate(rng: random.Random) -> bytes:
    """Return a file of a random kind and size, more often a small one."""
    build, side = rng.choice(list(SLOW.values()))
    return build(int(side ** rng.random() ** 2), int(MAX_BYTES ** rng.random() ** 2))


def exercise(data: bytes, folder: Path) -> bool:
    """Decode a picture as the app does: within the limits of time and memory, or refused."""
    try:
        rgba = read_picture(data)
    except PictureError as error:
        check_sentence(error)
        return False
    assert 1 <= max(rgba.shape) <= MAX_SIDE
    return True


def attacks() -> dict[str, bytes]:
    """Return a file of each kind."""
    return {name: build(side // 8, MAX_BYTES // 8) for name, (build, side) in SLOW.items()}


ENTRYPOINT = Entrypoint("slow pictures", generate, exercise, attacks, 480 * MIB)
