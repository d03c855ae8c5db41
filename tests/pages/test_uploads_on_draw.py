"""Pictures and models that a visitor uploads on the Draw page, in AppTest."""

import io
import re

import numpy as np
import pytest
import streamlit as st
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from inkling.data import pictures
from inkling.ui import session_keys
from inkling.ui.draw import picture_upload
from nn import cnn
from nn.storage import model_bytes


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The files that are decoded."""
    files = []

    def read_picture(data: bytes) -> np.ndarray:
        files.append(data)
        return read(data)

    read = pictures.read_picture
    monkeypatch.setattr(pictures, "read_picture", read_picture)
    return files


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def one_and_seven() -> bytes:
    """A large 1 at the left and a smaller 7 at the right, black on white."""
    picture = Image.new("L", (400, 300), 255)
    pen = ImageDraw.Draw(picture)
    pen.line((100, 40, 100, 260), 0, 16)
    pen.line((270, 100, 340, 100, 300, 200), 0, 12)
    return png(picture)


def visible_text(app: AppTest) -> str:
    return " ".join(str(element.value) for element in [*app.markdown, *app.caption])


def upload(app: AppTest, data: bytes, name: str = "digit.png") -> AppTest:
    """Open the Draw page with a picture, and run it twice."""
    app.session_state[session_keys.INPUT_MODE] = "A picture"
    app.run()
    app.switch_page("pages/draw.py").run()
    app.file_uploader(key=session_keys.PICTURE).set_value((name, data, "image/png"))
    app.run()
    app.run()
    assert not app.exception
    return app


def test_a_model_with_convolutions_can_be_chosen(app: AppTest) -> None:
    app.switch_page("pages/draw.py").run()
    model = model_bytes(cnn((2,), (784, 10)))
    app.file_uploader(key="model_file").set_value(("m.safetensors", model, "application/x"))
    app.run()
    assert not app.exception
    assert not app.error
    options = app.selectbox(key=session_keys.MODEL).options
    assert re.fullmatch(r"m\.safetensors · [0-9.]+% · 2 filters", options[0])


def test_uploaded_picture_is_decoded_once(app: AppTest, decoded: list[bytes]) -> None:
    picture, file = Image.new("L", (90, 90), 255), io.BytesIO()
    ImageDraw.Draw(picture).line((45, 10, 45, 80), 0, 9)
    picture.save(file, "PNG")
    upload(app, file.getvalue())
    assert not app.error
    assert decoded == [file.getvalue()]


def test_answer_to_the_former_picture_is_gone_while_the_next_one_is_read(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(app, one_and_seven())
    assert app.metric[0].value != "?"
    monkeypatch.setattr(picture_upload, "read", st.stop)  # the page as it is until then
    upload(app, png(Image.new("L", (90, 90), 255)))
    assert app.metric[0].value == "?"
    assert picture_upload.READING in visible_text(app)
    assert "Choose a picture" not in visible_text(app)


def test_refused_picture_is_tried_once(app: AppTest, decoded: list[bytes]) -> None:
    upload(app, b"no picture")
    assert "cannot be read as a picture" in app.error[0].value
    assert decoded == [b"no picture"]


@pytest.mark.parametrize("ending", ["jfif", "JPG", "bin", "pdf"])
def test_picture_may_have_any_ending(app: AppTest, ending: str) -> None:
    file = io.BytesIO()
    Image.open(io.BytesIO(one_and_seven())).save(file, "JPEG")
    upload(app, file.getvalue(), f"digit.{ending}")
    assert not app.error


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.7", "Save the page as a picture"),
        (b"GIF89a", "is a GIF file"),
        (b"", "PNG or JPEG"),
    ],
)
def test_refused_file_replaces_the_picture_by_a_sentence(
    app: AppTest, data: bytes, sentence: str
) -> None:
    upload(app, one_and_seven())
    upload(app, data, "digit")
    assert sentence in app.error[0].value
    assert app.metric[0].value == "?"
    assert not app.slider


def test_picture_without_ink_is_named_as_such(app: AppTest) -> None:
    app.session_state[session_keys.INPUT_MODE] = "A picture"
    app.switch_page("pages/draw.py").run()
    assert "Choose a picture of one digit" in visible_text(app)
    upload(app, png(Image.new("L", (90, 90), 255)))
    shown = visible_text(app)
    assert "no ink in the picture" in shown
    assert "Move the frame so that it is around the digit" in shown
    assert "in the frame" not in shown


def test_frame_is_around_the_digit_and_can_be_moved_and_reset(app: AppTest) -> None:
    upload(app, png(Image.open(io.BytesIO(one_and_seven())).crop((200, 0, 400, 300))))
    across, down = app.slider
    assert across.value == pytest.approx((29, 76), abs=4)
    assert down.value == pytest.approx((28, 72), abs=4)
    assert app.metric[0].value == "7"
    assert app.button(key="reset_frame").disabled

    upload(app, one_and_seven())
    across, down = app.slider
    found = (across.value, down.value)
    down.set_value((5, 95))
    across.set_value((5, 45)).run()
    assert app.metric[0].value == "1"
    app.slider[0].set_value((60, 95)).run()
    assert app.metric[0].value == "7"
    assert "Only what is inside the frame is read" in visible_text(app)
    app.button(key="reset_frame").click().run()
    assert (app.slider[0].value, app.slider[1].value) == found


@pytest.mark.parametrize(
    "size", [(20_000, 1), (600, 1), (500, 1), (1600, 3), (2000, 4), (1, 600), (2, 900), (1, 1)]
)
@pytest.mark.parametrize("inked", [False, True])
def test_picture_may_have_any_shape(app: AppTest, size: tuple[int, int], *, inked: bool) -> None:
    picture = Image.new("L", size, 255)
    if inked:
        picture.paste(0, (size[0] // 3, size[1] // 3, size[0] // 2 + 1, size[1] // 2 + 1))
    upload(app, png(picture))
    assert not app.error


@pytest.mark.parametrize("sides", [(0, 0), (100, 100), (50, 50)])
def test_frame_without_room_is_no_error(app: AppTest, sides: tuple[int, int]) -> None:
    upload(app, one_and_seven())
    app.slider[0].set_value(sides)
    app.slider[1].set_value(sides).run()
    assert not app.exception
    assert "no ink" in visible_text(app)
