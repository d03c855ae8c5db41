"""Views of the Draw page in AppTest."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Toggle

from data_loader import Dataset
from digits.drawing import drawing_to_image
from inkling.analysis.drawing_steps import STEPS
from inkling.server.models import Model, model_of
from inkling.training.queue import JobQueue
from inkling.ui import model_choice, services, session_keys
from inkling.ui.draw.second_opinion import comparison_text
from inkling.ui.draw.user_drawings import FILE_NAME
from nn import TrainConfig, Trainer, mlp
from tests.pages.driver import pictures, press, run_until, text

SCRIPT = """
import streamlit as st
from inkling.ui import services, visitor
from inkling.ui.draw import fine_tuning, preparation, second_opinion, user_drawings

session = st.session_state
visitor.visitor_id()
for other in session["others"]:
    services.uploads().add(visitor.visitor_id(), other)
if session["view"] == "why":
    preparation.show(session["read_by"], session["rgba"], session["image"])
elif session["view"] == "second":
    second_opinion.show(session["read_by"], session["image"])
else:
    user_drawings.show_labelling(session["image"])
    fine_tuning.show(session["read_by"], session["image"])
"""

DETAILS = "Show what each step does"

Open = Callable[..., AppTest]


def sheet(*corners: tuple[int, int]) -> np.ndarray:
    """Draw a line along some points on a canvas."""
    canvas = Image.new("RGBA", (330, 330))
    ImageDraw.Draw(canvas).line(corners, (28, 36, 48, 255), 20)
    return np.asarray(canvas)


SEVEN = sheet((60, 60), (150, 60), (90, 200))
BAR = sheet((160, 60), (160, 250))


@pytest.fixture(scope="module")
def model(small: Dataset) -> Model:
    trainer = Trainer(TrainConfig(hidden_sizes=(32,), epochs=3), small)
    while not trainer.finished:
        trainer.step()
    return model_of(trainer.network, "mine", "My *model*")


@pytest.fixture(scope="module")
def spoiled() -> Model:
    network = mlp((784, 12, 10))
    network.theta[:] = np.nan
    return model_of(network, "spoiled", "spoiled")


@pytest.fixture
def view(app: AppTest, model: Model, tmp_path: Path) -> Open:
    """Open a view with a drawing, on a server that has found its digits."""
    app.run()
    (tmp_path / "view.py").write_text(SCRIPT)

    def show(
        name: str,
        rgba: np.ndarray | None = SEVEN,
        model: Model = model,
        others: list[Model] | None = None,
    ) -> AppTest:
        page = AppTest.from_file(str(tmp_path / "view.py"), default_timeout=30)
        values = {
            "view": name,
            "rgba": rgba,
            "image": None if rgba is None else drawing_to_image(rgba),
            "read_by": model,
            "others": others or [],
        }
        for key, value in values.items():
            page.session_state[key] = value
        return page.run()

    return show


def draw(page: AppTest, rgba: np.ndarray) -> AppTest:
    page.session_state["image"] = drawing_to_image(rgba)
    return page.run()


def pressable(page: AppTest) -> list[str]:
    """Return the labels of the buttons that can be pressed."""
    return [button.label for button in page.button if not button.disabled]


def step_toggle(page: AppTest, label: str) -> Toggle:
    return next(toggle for toggle in page.toggle if toggle.label == label)


def switch(page: AppTest, label: str) -> AppTest:
    toggle = step_toggle(page, label)
    toggle.set_value(not toggle.value)
    return page.run()


# Why this answer?


def test_each_step_has_a_picture_and_its_effect(view: Open) -> None:
    page = view("why")
    assert all(step.why in text(page) for step in STEPS)
    assert "Without this step alone" not in text(page)
    page = switch(page, DETAILS)
    assert len([p for p in pictures(page) if "the drawing after" in p.alt]) == len(STEPS)
    shown = text(page)
    assert "of 330 × 330 pixels" in shown
    assert "to 20 pixels" in shown
    assert shown.count("Without this step alone") == len(STEPS)


def test_switched_off_steps_are_named_above_the_changed_answer(view: Open) -> None:
    page = switch(switch(view("why"), "Crop"), DETAILS)
    assert "**Without crop**" in text(page)
    assert "**With all five steps**" in text(page)
    assert "Left out: all 330 × 330 pixels" in text(page)
    page = switch(page, "Scale")
    assert "**Without crop and scale**" in text(page)
    page = press(page, "Turn all on")
    assert all(step_toggle(page, step.title).value for step in STEPS)
    assert "With all five steps" not in text(page)
    page = press(page, "Turn all off")
    assert not any(step_toggle(page, step.title).value for step in STEPS)
    assert "**With none of the steps**" in text(page)


def test_nearest_training_images_have_their_labels(view: Open, small: Dataset) -> None:
    page = view("why")
    images = small.train.images.astype(float) - page.session_state["image"]
    nearest = np.square(images).sum(axis=(1, 2)).argsort()[:8]
    captions = [p.caption for p in pictures(page)]
    for label in small.train.labels[nearest]:
        assert f"a {label}" in captions
    assert "Of the 10,000 training images of small, these 8 are the nearest" in text(page)


def test_light_drawing_is_empty_without_the_ink_step(view: Open) -> None:
    light = SEVEN.copy()
    light[..., :3] = 255
    page = switch(view("why", light), DETAILS)
    assert "Without this step alone: nothing to read" in text(page)
    assert "has nothing dark" in text(switch(page, "Ink"))


@pytest.mark.parametrize("name", ["why", "second", "teach"])
def test_view_without_drawing_shows_a_hint(view: Open, spoiled: Model, name: str) -> None:
    page = view(name, None, others=[spoiled])
    assert "Draw a digit" in text(page)


@pytest.mark.parametrize("name", ["why", "second", "teach"])
def test_overflowed_model_shows_a_warning(view: Open, spoiled: Model, name: str) -> None:
    page = view(name, model=spoiled)
    assert "overflowed" in page.warning[0].value
    if name == "teach":
        page = press(page, "3")
        assert "1 drawing." in text(page)
        assert "Fine-tune a copy" not in pressable(page)


# A second network


def test_second_model_answers_beside_the_first(view: Open, model: Model, spoiled: Model) -> None:
    page = view("second", others=[spoiled])
    box = page.selectbox[0]
    assert any("Built-in network" in option for option in box.options)
    assert not any("My" in option for option in box.options), "it is the first model"
    box.set_value("pretrained")
    page = page.run()
    drawn = page.session_state["image"][None]
    answers = [
        which.network.predict_proba(drawn)[0] for which in (model, model_choice.pretrained())
    ]
    assert comparison_text(*answers) in text(page)
    assert rf"**Built\-in network**: {answers[1].argmax()}" in text(page)
    assert r"**My \*model\***" in text(page)


def test_comparison_text_names_largest_difference() -> None:
    one, other = np.full(10, 0.02), np.full(10, 0.02)
    one[7], one[1] = 0.74, 0.1
    other[7], other[1] = 0.11, 0.84
    assert comparison_text(one, other) == (
        "**They disagree**: 7 or 1? They differ most about the 1: 10% here, 84% there."
    )
    other[7], other[1] = 0.84, 0.01
    assert comparison_text(one, other) == (
        "Both answer **7**. They differ most about the 7: 74% here, 84% there."
    )
    assert (
        comparison_text(one, one)
        == "Both answer **7**. No probability differs by a percentage point."
    )


# Teach it


def teach(page: AppTest, rgba: np.ndarray, label: int) -> AppTest:
    return press(draw(page, rgba), str(label))


def drawings_file(tmp_path: Path) -> Path | None:
    """Return the file of the visitor's drawings, if there is one; a test has one visitor."""
    return next((tmp_path / "runs").rglob(FILE_NAME), None)


def test_drawing_is_labelled_relabelled_removed_and_restored(view: Open, tmp_path: Path) -> None:
    page = view("teach")
    assert "No examples yet" in text(page)
    page = view("teach", None)
    assert not any(digit in pressable(page) for digit in "0123456789")
    page = teach(page, SEVEN, 7)
    assert "This drawing is among your examples, as a 7" in text(page)
    assert drawings_file(tmp_path) is not None
    page = teach(page, SEVEN, 1)
    assert "as a 1" in text(page)
    assert "1 drawing" in text(page)
    page = teach(page, BAR, 1)
    assert "2 drawings" in text(page)
    page = press(page, "Delete all")
    assert drawings_file(tmp_path) is None
    assert "All deleted." in text(page)
    page = press(page, "Undo delete")
    assert "2 drawings" in text(page)
    page.session_state["draw_taught_picked"] = 0
    page = press(page.run(), "Delete this one")
    assert "1 drawing" in text(page)
    assert "among your examples, as a 1" in text(page), "the bar remains"


def test_drawings_are_loaded_unless_the_file_is_damaged(view: Open, tmp_path: Path) -> None:
    page = teach(view("teach"), SEVEN, 7)
    file = drawings_file(tmp_path)
    assert file is not None
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    assert "No examples yet" in text(page.run())
    file.write_bytes(whole)
    assert "1 drawing" in text(page.run())


def test_write_error_is_shown_and_drawings_stay_in_session(
    view: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "write_visitor_file", lambda name, data: "The disk is full.")
    page = teach(view("teach"), SEVEN, 7)
    assert r"The disk is full\." in text(page)
    assert "1 drawing" in text(page)


def fine_tune(page: AppTest) -> AppTest:
    page = press(page, "Fine-tune a copy")
    run_until(page, lambda: "Fine-tune a copy" in pressable(page))
    return page


def test_copies_with_and_without_rehearsal_are_compared_and_one_is_chosen(
    view: Open, model: Model
) -> None:
    page = teach(view("teach"), SEVEN, 4)
    assert "Fine-tune a copy" in pressable(page)
    page = fine_tune(teach(page, BAR, 4))
    assert "| Before | 0 |" in text(page) or "| Before | 1 |" in text(page)
    assert "| With rehearsal | 2 |" in text(page)
    assert "5,000 training images were rehearsed" in text(page)
    assert "This network may have learned from some of them" in text(page)
    assert "that is **forgetting**" in text(page)
    page = fine_tune(switch(page, "Rehearse"))
    assert "| With rehearsal | 2 |" in text(page)
    assert "| Without | 2 |" in text(page)
    assert "Forgotten, for example" in text(page)
    before = model.network.theta.copy()
    page = press(page, "Use this copy")
    names = [other.name for other in _of_visitor(page)]
    assert names == ["My *model*, taught 2 drawings"]
    assert page.session_state[session_keys.MODEL] == _of_visitor(page)[0].id
    np.testing.assert_array_equal(model.network.theta, before)
    assert "You can now choose it on every page" in text(page)
    assert "This is the result of" not in text(page)
    page.session_state["read_by"] = model_choice.pretrained()
    assert r"This is the result of a copy of My \*model\*" in text(page.run())
    page = teach(page, SEVEN, 3)
    assert "Your examples have changed" in text(page)


def _of_visitor(page: AppTest) -> list[Model]:
    secret = page.session_state["inkling_visitor"]
    return services.uploads().of(hashlib.sha256(secret.encode()).hexdigest()[:32])


def test_fine_tuning_can_be_stopped(view: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        JobQueue, "submit_background", lambda self, job, alone: None
    )  # no idle core
    page = press(teach(view("teach"), SEVEN, 7), "Fine-tune a copy")
    assert "Fine-tune a copy" not in pressable(page)
    page = press(page, "Stop")
    assert "Fine-tune a copy" in pressable(page)
    assert "Stop" not in pressable(page)


def test_refused_fine_tuning_shows_why_and_can_be_started_later(
    view: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = teach(view("teach"), SEVEN, 7)
    with monkeypatch.context() as patch:
        patch.setattr(services.queue(), "_background", [object()] * 200)
        page = press(page, "Fine-tune a copy")
    assert [error.value for error in page.error] == [
        "200 runs are already waiting, which is the limit. Try again when some have ended."
    ]
    assert "Fine-tune a copy" in pressable(page)
    page = fine_tune(page)
    assert not page.error
    assert "| With rehearsal | 1 |" in text(page)


def test_fine_tuning_uses_built_in_digits_without_mnist(without_mnist: None, view: Open) -> None:
    assert "training images of Built" in text(view("why"))
    page = fine_tune(teach(view("teach"), SEVEN, 4))
    assert "| With rehearsal | 1 |" in text(page)
