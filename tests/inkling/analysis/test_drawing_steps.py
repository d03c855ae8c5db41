"""Steps of a drawing, and their figures."""

import re

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digits.builtin import draw_digits
from digits.drawing import drawing_to_image
from digits.ink import EmptyDrawing
from inkling.analysis.drawing_steps import STEPS, as_bytes, predictions_without_each, prepare
from nn import mlp

SEVEN = [(60, 60), (150, 60), (90, 200)]


def drawn(width: int = 20, colour: tuple[int, int, int] = (28, 36, 48)) -> np.ndarray:
    """A seven towards the upper left of a sheet of 330 x 330."""
    sheet = Image.new("RGBA", (330, 330))
    ImageDraw.Draw(sheet).line(SEVEN, (*colour, 255), width)
    return np.asarray(sheet)


def test_all_steps_give_the_image_of_drawing_to_image() -> None:
    rgba = drawn()
    np.testing.assert_array_equal(prepare(rgba).image, drawing_to_image(rgba))
    with pytest.raises(ValueError, match="read-only"):
        prepare(rgba).image[0, 0] = 1


@pytest.mark.parametrize("key", [step.key for step in STEPS])
def test_each_step_can_be_skipped(key: str) -> None:
    usual, changed = prepare(drawn()), prepare(drawn(), {key})
    assert changed.image.shape == (28, 28)
    assert changed.facts[key] != usual.facts[key]
    if key != "ink":  # on a canvas it has next to nothing to do
        assert (changed.image != usual.image).any()


def test_pictures_are_the_outputs_of_the_steps() -> None:
    prepared = prepare(drawn())
    shapes = {key: picture.shape for key, picture in prepared.pictures.items()}
    assert list(shapes) == [step.key for step in STEPS]
    assert shapes["ink"] == (330, 330)
    assert shapes["scale"] == (20, 20)
    assert shapes["centre"] == (28, 28)
    assert shapes["crop"][0] < 170 > shapes["crop"][1]
    np.testing.assert_array_equal(as_bytes(prepared.pictures["centre"]), prepared.image)


def test_facts_are_measured_on_the_drawing() -> None:
    prepared = prepare(drawn())
    height, width = prepared.pictures["crop"].shape
    assert prepared.facts["crop"] == f"{width} × {height} of 330 × 330 pixels"
    assert prepared.facts["scale"] == f"longer side from {max(height, width)} to 20 pixels"
    assert prepared.facts["ink"].endswith("% of 330 × 330 pixels")
    row, column = prepared.centre_of_mass
    assert row == pytest.approx(14, abs=0.5)
    assert column == pytest.approx(14, abs=0.5)
    assert prepared.facts["centre"].endswith(f"to {column:.1f}, {row:.1f}")
    nothing = prepare(drawn(), [step.key for step in STEPS])
    assert nothing.facts["crop"] == "all 330 × 330 pixels"
    assert nothing.centre_of_mass[0] < 12, "it stays in the upper half, where it was drawn"


@pytest.mark.parametrize("width", [10, 34])
def test_stroke_width_becomes_that_of_mnist(width: int) -> None:
    words = prepare(drawn(width)).facts["even"].split()
    before, after = float(words[1]), float(words[3])
    longer = max(prepare(drawn(width)).pictures["crop"].shape)
    assert before == pytest.approx(20 * width / longer, rel=0.25)
    assert after == pytest.approx(2.2, abs=0.35)
    assert prepare(drawn(width), ["even"]).facts["even"].startswith(f"{before:.1f} pixels")


def test_predictions_without_each_step() -> None:
    network = mlp((784, 10), rng=np.random.default_rng(2))
    answers = predictions_without_each(drawn(), network)
    assert list(answers) == [step.key for step in STEPS]
    for key, P in answers.items():
        image = prepare(drawn(), {key}).image
        np.testing.assert_array_equal(P, network.predict_proba(image[None])[0])


def test_light_ink_without_the_first_step_is_empty() -> None:
    white = drawn(colour=(255, 255, 255))
    assert predictions_without_each(white, mlp((784, 10)))["ink"] is None
    with pytest.raises(EmptyDrawing):
        prepare(white, {"ink"})
    with pytest.raises(EmptyDrawing):
        prepare(np.zeros((330, 330, 4), np.uint8))


def test_facts_of_a_picture_of_28_x_28_name_no_scaling() -> None:
    digit = draw_digits(1, threads=1)[0][0]
    prepared = prepare(np.dstack([digit, digit, digit, np.full_like(digit, 255)]))
    assert prepared.facts["crop"] == "all 28 × 28 pixels"
    assert "from" not in prepared.facts["even"]
    before, after = re.findall(r"\d+", prepared.facts["scale"])
    assert before == after
