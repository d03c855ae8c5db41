"""Entry point: uploaded pictures."""

import io
import random
import struct
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from digits.drawing import drawing_to_image
from digits.ink import EmptyDrawing
from inkling.data.picture_decoder import MAX_SIDE, PictureError, decode
from tools.fuzz.checks import check_sentence
from tools.fuzz.entrypoint import MIB, Entrypoint
from tools.fuzz.generators import mutate_bytes, pickled_array


@lru_cache
def valid_pictures() -> list[bytes]:
    """Return small valid pictures of many formats and modes."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (40, 30, 3), np.uint8)
    drawn = np.zeros((48, 48, 4), np.uint8)
    drawn[10:38, 20:26, 3] = 255
    exif = Image.Exif()
    exif[0x112] = 6
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("Comment", "x" * 500, zip=True)
    steps = [Image.fromarray(np.roll(drawn, k, 1)) for k in range(3)]
    palette = Image.fromarray(noise).quantize(7)
    deep = (np.indices((40, 40)).sum(0) * 800).astype(np.uint16)
    pictures: list[tuple[Image.Image, str, dict[str, Any]]] = [
        (Image.fromarray(drawn), "PNG", {}),
        (Image.fromarray(drawn), "PNG", {"pnginfo": chunks}),
        (Image.fromarray(noise), "PNG", {}),
        (Image.fromarray(deep), "PNG", {}),
        (Image.fromarray(noise).convert("1"), "PNG", {}),
        (Image.fromarray(noise).convert("LA"), "PNG", {}),
        (palette, "PNG", {"transparency": 0}),
        (Image.new("L", (1, 3_000), 9), "PNG", {}),
        (Image.new("L", (3_000, 1), 9), "PNG", {"exif": exif}),
        (steps[0], "PNG", {"save_all": True, "append_images": steps[1:]}),
        (Image.fromarray(noise), "JPEG", {"exif": exif}),
        (Image.fromarray(noise), "JPEG", {"progressive": True}),
        (Image.fromarray(noise).convert("CMYK"), "JPEG", {}),
        (Image.fromarray(noise).convert("L"), "JPEG", {}),
        (Image.fromarray(drawn), "WEBP", {"lossless": True}),
        (Image.fromarray(noise), "WEBP", {"exif": exif}),
        (steps[0], "WEBP", {"save_all": True, "append_images": steps[1:]}),
        (Image.fromarray(noise), "BMP", {}),
        (palette, "BMP", {}),
        (Image.fromarray(noise).convert("1"), "BMP", {}),
        (palette, "GIF", {}),
        (Image.fromarray(noise), "TIFF", {}),
        (Image.fromarray(noise), "PPM", {}),
        (Image.fromarray(noise), "ICO", {}),
    ]
    files = []
    for image, kind, options in pictures:
        file = io.BytesIO()
        image.save(file, kind, **options)
        files.append(file.getvalue())
    return files


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def blank_png(
    width: int, height: int, colour: int = 6, depth: int = 8, rows: int | None = None
) -> bytes:
    """Return a PNG of zeros, which may hold fewer rows than it declares."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = bytes(min(MIB, 1 + -(-width * channels * depth // 8)))  # some declare 2^31 pixels
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(row) for _ in range(height if rows is None else rows))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", header),
            png_chunk(b"IDAT", packed + packer.flush()),
            png_chunk(b"IEND", b""),
        ]
    )


def with_valid_checksums(data: bytes) -> bytes:
    """Return a mutated PNG with the checksums of its chunks recomputed."""
    out, at = bytearray(data[:8]), 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 12 + length > len(data):
            break
        out += png_chunk(data[at + 4 : at + 8], data[at + 8 : at + 8 + length])
        at += 12 + length
    return bytes(out + data[at:])


def generate(rng: random.Random) -> bytes:
    """Return a mutated picture; half of the PNGs have valid checksums."""
    data = mutate_bytes(rng, rng.choice(valid_pictures()))
    if data.startswith(b"\x89PNG") and rng.random() < 0.5:
        data = with_valid_checksums(data)
    if rng.random() < 0.02:
        data = blank_png(rng.choice([1, 7, 2**16, 2**31]), rng.choice([1, 9, 2**16, 2**31]), rows=3)
    return data


def exercise(data: bytes, folder: Path) -> bool:
    """Decode a picture and prepare it as a drawing: RGBA of bounded size, or a `PictureError`.

    In this process, whose memory is measured; `slow_pictures` starts one for each, as the app does.
    """
    try:
        rgba = np.asarray(decode(data))
    except PictureError as error:
        check_sentence(error)
        return False
    assert rgba.dtype == np.uint8
    assert rgba.ndim == 3
    assert rgba.shape[2] == 4
    assert 1 <= max(rgba.shape) <= MAX_SIDE
    check_drawing(rgba)
    return True


def check_drawing(rgba: np.ndarray) -> None:
    """Fail unless an RGBA picture becomes a 28 x 28 image or raises `EmptyDrawing`."""
    try:
        image = drawing_to_image(rgba)
    except EmptyDrawing as error:
        check_sentence(error)
    else:
        assert image.shape == (28, 28)
        assert image.dtype == np.uint8


def attacks() -> dict[str, bytes]:
    """Return decompression bombs, and a valid picture of each kind."""
    packer = zlib.compressobj(9)
    blocks = [packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)]
    text_bomb = blocks[0] + blocks[1] * 199
    plain_png = blank_png(9, 9)
    before_data = plain_png.index(b"IDAT") - 4
    file = io.BytesIO()
    large_webp = Image.new("RGB", (6_000, 3_999))
    large_webp.save(file, "WEBP", lossless=True, method=0, quality=0)
    return {
        "PNG of 40 million pixels in 150 KB": blank_png(8_000, 5_000),
        "PNG of 24 million pixels": blank_png(6_000, 3_999),
        "PNG of 24 million pixels of 16 bits": blank_png(6_000, 3_999, depth=16),
        "WebP of 24 million pixels in a few bytes": file.getvalue(),
        "PNG that declares 2^31 x 2^31": blank_png(2**31 - 1, 2**31 - 1, rows=1),
        "PNG of 1 x 100,000": blank_png(1, 100_000, colour=0),
        "PNG of 24,000,000 x 1": blank_png(24_000_000, 1, colour=0),
        "PNG with 200 MiB of text in a chunk": plain_png[:before_data]
        + png_chunk(b"zTXt", b"a\0\0" + text_bomb)
        + plain_png[before_data:],
        "PNG with a colour profile of 200 MiB": plain_png[:before_data]
        + png_chunk(b"iCCP", b"a\0\0" + text_bomb)
        + plain_png[before_data:],
        "PNG with 20,000 chunks of text": plain_png[:before_data]
        + png_chunk(b"tEXt", b"a\0b") * 20_000
        + plain_png[before_data:],
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%true) (r) file\n",
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "a pickled array": pickled_array(),
        **{f"picture {k}": data for k, data in enumerate(valid_pictures())},
    }


ENTRYPOINT = Entrypoint("uploaded pictures", generate, exercise, attacks, 480 * MIB)
