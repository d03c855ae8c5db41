"""Decoding of a picture file, in this process or in one of its own.

``python -m inkling.data.picture_decoder`` reads a file from its standard input and writes the
picture to its standard output. The system limits its time and memory, since Pillow needs minutes or
gigabytes for some small files.
"""

import io
import os
import re
import struct
import sys
from contextlib import suppress
from typing import cast

from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
SECONDS = 20  # of a clock
CPU_SECONDS = 5  # of a core
REFUSED = 3  # exit code; the message is in the standard output
MAX_SIDE = 2_000
MAX_PIXELS = 64_000_000  # phones have up to 50 million
MAX_PIXELS_UNREDUCED = 24_000_000  # of formats that cannot be decoded at a reduced size
MAX_SCANS = 200  # cameras and programs write 1 to 20
_MEMORY = 2**30  # bytes
_NICE = 10  # pages come first
_START_OF_SCAN = b"\xff\xda"
_OTHER_KINDS = re.compile(
    rb"(?P<GIF>^GIF8)|(?P<TIFF>^(?:II\*\0|MM\0\*))|(?P<AVIF>^....ftypavi)"
    rb"|(?P<HEIC>^....ftyp(?:hei|hev|mif1|msf1))|(?P<PDF>%PDF-)|(?P<SVG><svg)",
    re.DOTALL,
)
_SIGNED = 1_024  # first bytes of a file, which show its kind
_HEADER = struct.Struct(">II")  # height and width, before the pixels


class PictureError(ValueError):
    """Unreadable or too large picture file; the message is a sentence for the screen."""


def decode(data: bytes) -> Image.Image:
    """Decode a picture and turn it upright by its EXIF orientation.

    Parameters
    ----------
    data : bytes
        A PNG, JPEG, WebP or BMP file.

    Returns
    -------
    Image
        Of mode RGBA; neither side longer than 2000 pixels.

    Raises
    ------
    PictureError
        As `inkling.data.pictures.read_picture`.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            is_jpeg = picture.format in ("JPEG", "MPO")  # MPO: several, as some phones write
            # Each scan of a progressive JPEG goes over the whole picture again.
            if is_jpeg and data.count(_START_OF_SCAN) > MAX_SCANS:
                raise PictureError(
                    f"The picture is stored in more than {MAX_SCANS} passes, which takes very long "
                    "to read. Save it as a PNG file and try again."
                )
            most = MAX_PIXELS if is_jpeg else MAX_PIXELS_UNREDUCED
            if picture.width * picture.height > most:
                raise PictureError(
                    f"The picture has {picture.width} × {picture.height} pixels, more than "
                    f"{most // 10**6} million. Make it smaller and try again."
                )
            picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
            reduced = in_eight_bits(picture)
            # Reduced before it is turned, since turning copies the picture
            reduced.thumbnail((MAX_SIDE, MAX_SIDE))
            return ImageOps.exif_transpose(reduced).convert("RGBA")
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError("The picture has too many pixels. Make it smaller.") from error
    # Pillow's decoders raise almost anything on damaged files.
    except Exception as error:
        raise PictureError(_refusal(data)) from error


def _refusal(data: bytes) -> str:
    """Return why a file that no decoder reads is refused, and what to do."""
    found = _OTHER_KINDS.search(data[:_SIGNED])
    if found is None:
        return (
            "This file cannot be read as a picture: it is damaged or of another kind. Choose a PNG "
            "or JPEG file."
        )
    kind = found.lastgroup
    if kind == "PDF":
        return (
            "This is a PDF document, and Inkling reads PNG and JPEG pictures. Save the page as a "
            "picture, then choose that."
        )
    return (
        f"This picture is a {kind} file, and Inkling reads PNG and JPEG. Save it as a PNG or JPEG "
        "file, then choose that."
    )


def in_eight_bits(picture: Image.Image) -> Image.Image:
    """Return a picture whose greys fit into 8 bits, the lightest of 16 bits as white.

    Pillow's own conversion of 16-bit greys makes all but the darkest 255 white. The lightest is
    the picture's own, since cameras and scanners may use 10 or 12 of the 16 bits.
    """
    if not picture.mode.startswith("I"):
        return picture
    grey = picture.convert("I")
    _, white = cast("tuple[int, int]", grey.getextrema())
    eight_bits = grey.point(lambda value: value * 255 / max(white, 1)).convert("L")
    eight_bits.info = picture.info  # with the orientation
    return eight_bits


def pack(picture: Image.Image) -> bytes:
    """Return an RGBA picture as bytes for `unpack`."""
    return _HEADER.pack(picture.height, picture.width) + picture.tobytes()


def unpack(data: bytes) -> tuple[tuple[int, int, int], bytes]:
    """Return the shape (h, w, 4) of a picture and its pixels."""
    return (*_HEADER.unpack_from(data), 4), data[_HEADER.size :]


def limit_resources() -> None:
    """Limit the processor time and memory of this process, where the system can do that."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def main() -> None:
    """Decode the file in the standard input."""
    limit_resources()
    try:
        sys.stdout.buffer.write(pack(decode(sys.stdin.buffer.read())))
    except PictureError as error:
        sys.stdout.write(str(error))
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
