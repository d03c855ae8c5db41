"""Pictures and models that a visitor uploads on the Draw page, in AppTest."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from inkling.data import pictures
from inkling.ui import session_keys
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


def upload(app: AppTest, data: bytes) -> AppTest:
    """Open the Draw page with a picture, and run it twice."""
    app.session_state[session_keys.INPUT_MODE] = "A picture"
    app.run()
    app.switch_page("pages/draw.py").run()
    app.file_uploader(key=session_keys.PICTURE).set_value(("digit.png", data, "image/png"))
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
    assert options[0].startswith("m.safetensors · 784-2C5S2-10 · "), "with its accuracy"


def test_uploaded_picture_is_decoded_once(app: AppTest, decoded: list[bytes]) -> None:
    picture, file = Image.new("L", (90, 90), 255), io.BytesIO()
    ImageDraw.Draw(picture).line((45, 10, 45, 80), 0, 9)
    picture.save(file, "PNG")
    upload(app, file.getvalue())
    assert not app.error
    assert decoded == [file.getvalue()]


def test_refused_picture_is_tried_once(app: AppTest, decoded: list[bytes]) -> None:
    upload(app, b"no picture")
    assert "cannot be read as a picture" in app.error[0].value
    assert decoded == [b"no picture"]
