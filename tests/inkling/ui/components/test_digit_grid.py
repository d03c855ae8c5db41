"""The images behind the digit grid."""

import base64
import io

import numpy as np
from PIL import Image

from inkling.ui.components.digit_grid import PAPER, contact_sheet, picture_url


def decoded(url: str) -> np.ndarray:
    kind, data = url.split(";base64,")
    assert kind == "data:image/png"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_contact_sheet_places_images_row_by_row_and_fills_with_zeros() -> None:
    images = np.stack([np.full((28, 28), value, np.uint8) for value in (10, 20, 30)])
    sheet = contact_sheet(images, 2)
    assert sheet.shape == (56, 56)
    assert (sheet[:28, :28] == 10).all()
    assert (sheet[:28, 28:] == 20).all()
    assert (sheet[28:, :28] == 30).all()
    assert (sheet[28:, 28:] == 0).all()


def test_picture_url_is_dark_ink_on_light_paper_enlarged_without_blur() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[3, 4] = 255
    picture = decoded(picture_url(image, 3))
    assert picture.shape == (84, 84)
    assert (picture[9:12, 12:15] == 0).all()
    assert np.count_nonzero(picture == PAPER) == 84 * 84 - 9
