"""Decoding of uploaded picture files."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inkling.data import pictures
from inkling.data.pictures import PictureError, read_picture


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_every_format_decodes_to_the_same_picture(kind: str) -> None:
    picture = Image.new("RGB", (60, 40), (200, 30, 30))
    rgba = read_picture(encoded(picture, kind))
    assert rgba.shape == (40, 60, 4)
    assert rgba.dtype == np.uint8
    np.testing.assert_allclose(rgba[20, 30], [200, 30, 30, 255], atol=4)


def test_alpha_channel_is_preserved() -> None:
    picture = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert not read_picture(encoded(picture, "PNG"))[..., 3].any()


def test_exif_orientation_is_applied() -> None:
    picture = Image.new("L", (40, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: turned by 90 degrees
    assert read_picture(encoded(picture, "JPEG", exif=exif)).shape[:2] == (40, 20)


def test_large_picture_is_reduced_to_2000_pixels() -> None:
    rgba = read_picture(encoded(Image.new("L", (4000, 1000)), "JPEG"))
    assert max(rgba.shape) <= 2000


def test_too_many_pixels_raise_picture_error_before_decoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pictures, "_MAX_PIXELS_UNREDUCED", 1_000)
    with pytest.raises(PictureError, match="100 x 100 pixels"):
        read_picture(encoded(Image.new("L", (100, 100)), "PNG"))
    photo = encoded(Image.new("L", (100, 100)), "JPEG")  # which can be read reduced
    assert read_picture(photo).shape == (100, 100, 4)
    monkeypatch.setattr(pictures, "_MAX_PIXELS", 1_000)
    with pytest.raises(PictureError, match="100 x 100 pixels"):
        read_picture(photo)


def test_truncated_file_raises_picture_error() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (50, 50, 3), np.uint8)
    data = encoded(Image.fromarray(noise), "PNG")
    with pytest.raises(PictureError, match="cannot be read"):
        read_picture(data[: len(data) // 2])


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_picture_error(data: bytes) -> None:
    with pytest.raises(PictureError):
        read_picture(data)
