"""Decoding of uploaded picture files."""

import io

import numpy as np
from PIL import Image, ImageOps

FILE_TYPES = ["png", "jpg", "jpeg", "webp", "bmp"]
_FORMATS = ["PNG", "JPEG", "WEBP", "BMP"]
_MAX_PIXELS = 40_000_000
_MAX_PIXELS_UNREDUCED = 24_000_000  # of formats that cannot be decoded at a reduced size
_MAX_SIDE = 2_000


class PictureError(ValueError):
    """Unreadable or too large picture file; the message is a sentence for the screen."""


def read_picture(data: bytes) -> np.ndarray:
    """Decode a picture and turn it upright by its EXIF orientation.

    Parameters
    ----------
    data : bytes
        A PNG, JPEG, WebP or BMP file.

    Returns
    -------
    ndarray, (h, w, 4) uint8
        Red, green, blue and alpha; neither side longer than 2000 pixels.

    Raises
    ------
    PictureError
        If it is none of these, damaged, or has more than 40 million pixels as a JPEG, or more than
        24 million as another file.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            most = _MAX_PIXELS if picture.format == "JPEG" else _MAX_PIXELS_UNREDUCED
            if picture.width * picture.height > most:
                raise PictureError(
                    f"The picture has {picture.width} x {picture.height} pixels, more than "
                    f"{most // 10**6} million. Make it smaller and try again."
                )
            picture.draft("RGB", (_MAX_SIDE, _MAX_SIDE))
            # Reduced before it is turned, since turning copies the picture
            picture.thumbnail((_MAX_SIDE, _MAX_SIDE))
            return np.asarray(ImageOps.exif_transpose(picture).convert("RGBA"))
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError("The picture has too many pixels. Make it smaller.") from error
    # Pillow's decoders raise almost anything on damaged files.
    except Exception as error:
        raise PictureError(
            "This file cannot be read as a picture. Use a PNG or JPEG file."
        ) from error
