"""Decoding of uploaded picture files."""

import io
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inkling.data import picture_decoder, pictures
from inkling.data.picture_decoder import MAX_SCANS, decode
from inkling.data.pictures import MAX_BYTES, PictureError, is_small_png, read_picture
from tools.fuzz.slow_pictures import SLOW, animated_png, png_empty_chunks, png_texts


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that are started."""
    processes: list[subprocess.Popen[bytes]] = []

    class Popen(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Popen)
    return processes


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


@pytest.mark.parametrize("white", [65_535, 4_095, 300])
def test_greys_of_16_bits_keep_their_shades(white: int) -> None:
    levels = np.linspace(0, 1, 256)
    grey = np.tile(np.rint(white * levels), (9, 1)).astype(np.uint16)
    rgba = read_picture(encoded(Image.fromarray(grey), "PNG"))
    np.testing.assert_allclose(rgba[4, :, 0], 255 * levels, atol=2)
    assert not read_picture(encoded(Image.fromarray(0 * grey), "PNG"))[..., :3].any()


def test_exif_orientation_is_applied() -> None:
    picture = Image.new("L", (40, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: turned by 90 degrees
    deep = Image.fromarray(np.zeros((20, 40), np.uint16))
    assert read_picture(encoded(deep, "PNG", exif=exif)).shape[:2] == (40, 20)
    assert read_picture(encoded(picture, "JPEG", exif=exif)).shape[:2] == (40, 20)


def test_large_picture_is_reduced_to_2000_pixels() -> None:
    rgba = read_picture(encoded(Image.new("L", (4000, 1000)), "JPEG"))
    assert max(rgba.shape) <= 2000


def test_too_many_pixels_raise_picture_error_before_decoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(picture_decoder, "MAX_PIXELS_UNREDUCED", 1_000)
    with pytest.raises(PictureError, match="100 × 100 pixels"):
        decode(encoded(Image.new("L", (100, 100)), "PNG"))
    photo = encoded(Image.new("L", (100, 100)), "JPEG")  # which can be read reduced
    assert decode(photo).size == (100, 100)
    pair = [Image.new("L", (100, 100), shade) for shade in (0, 9)]  # as some phones write
    assert decode(encoded(pair[0], "MPO", save_all=True, append_images=pair[1:])).size == (100, 100)
    monkeypatch.setattr(picture_decoder, "MAX_PIXELS", 1_000)
    with pytest.raises(PictureError, match="100 × 100 pixels"):
        decode(photo)


def test_jpeg_of_many_scans_is_refused_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = encoded(Image.new("L", (16, 16)), "JPEG", progressive=True)
    scan = photo[photo.rindex(b"\xff\xda") : -2]
    scans = photo.count(b"\xff\xda")
    assert decode(photo[:-2] + scan * (MAX_SCANS - scans) + photo[-2:]).size == (16, 16)
    monkeypatch.setattr(Image.Image, "thumbnail", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(PictureError, match=f"more than {MAX_SCANS} passes"):
        decode(photo[:-2] + scan * (MAX_SCANS - scans + 1) + photo[-2:])


def test_large_file_is_refused_unread() -> None:
    with pytest.raises(PictureError, match=r"12\.1 MB, and a picture may have 12 MB"):
        read_picture(encoded(Image.new("L", (9, 9)), "PNG") + bytes(MAX_BYTES + 80_000))


def test_picture_that_takes_too_long_is_refused_and_its_process_ended(
    monkeypatch: pytest.MonkeyPatch, started: list[subprocess.Popen[bytes]]
) -> None:
    monkeypatch.setattr(pictures, "SECONDS", 0)
    with pytest.raises(PictureError, match="too much time"):
        read_picture(encoded(Image.new("L", (9, 9)), "JPEG"))
    assert [process.poll() is None for process in started] == [False]


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are Linux's")
@pytest.mark.parametrize("work", ["bytearray(2**31)", "while True: pass"])
def test_decoding_process_has_limits_of_memory_and_time(work: str) -> None:
    limits = "picture_decoder.CPU_SECONDS = 1; picture_decoder.limit_resources()"
    script = f"from inkling.data import picture_decoder; {limits}\n{work}"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True).returncode != 0


def test_drawing_is_decoded_without_a_process(started: list[subprocess.Popen[bytes]]) -> None:
    canvas = encoded(Image.new("RGBA", (990, 990)), "PNG")  # of a screen with small pixels
    assert is_small_png(canvas)
    assert read_picture(canvas).shape == (990, 990, 4)
    assert not started


@pytest.mark.parametrize("name", sorted(SLOW))
def test_picture_that_may_be_slow_is_not_taken_for_a_small_png(name: str) -> None:
    build, _ = SLOW[name]
    assert not is_small_png(build(1_200, 10_000))


def test_small_png_with_many_chunks_or_texts_is_decoded_in_a_process() -> None:
    for build in (png_texts, png_empty_chunks, animated_png):
        assert not is_small_png(build(20, 10_000))
        assert is_small_png(build(20, 100))


def test_truncated_file_raises_picture_error() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (50, 50, 3), np.uint8)
    data = encoded(Image.fromarray(noise), "PNG")
    with pytest.raises(PictureError, match="cannot be read"):
        read_picture(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"%PDF-1.4", "PDF document"),
        (b"\n%PDF-1.4", "PDF document"),
        (b"GIF89a", "GIF"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypavif", "AVIF"),
        (b'<?xml version="1.0"?><svg>', "SVG"),
        (b"PK\3\4", "cannot be read as a picture"),
        (b"", "cannot be read as a picture"),
    ],
)
def test_refusal_names_the_kind_and_what_is_read(start: bytes, kind: str) -> None:
    with pytest.raises(PictureError, match=f"{kind}.* PNG (and|or) JPEG"):
        read_picture(start + bytes(40 if start else 0))


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_picture_error(data: bytes) -> None:
    with pytest.raises(PictureError):
        read_picture(data)
