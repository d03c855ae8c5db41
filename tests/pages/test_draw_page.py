"""The Draw page as a whole, in AppTest."""

import base64
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.data.live_drawing import LiveDrawing
from inkling.data.strokes import Stroke
from inkling.server.turns import PATIENCE, Turns
from inkling.ui import session_keys
from inkling.ui.components.digit_grid import picture_url
from tests.pages.driver import button, pictures, text


def stroke() -> dict[str, object]:
    """Return what the canvas sends after a stroke."""
    sheet, file = Image.new("RGBA", (880, 880)), io.BytesIO()
    ImageDraw.Draw(sheet).line((440, 170, 440, 700), (28, 36, 48, 255), 54)
    sheet.save(file, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    path = [["M", 440, 170], ["L", 440, 700]]
    objects = [{"type": "Path", "path": path, "stroke": "#1c2430", "strokeWidth": 54}]
    return {"drawing": {"raw": {"objects": objects}, "data": url}, "backgroundFit": None}


def draw(app: AppTest) -> AppTest:
    """Open the Draw page with a stroke on its canvas."""
    app.switch_page("pages/draw.py").run()
    app.session_state["canvas_0"] = stroke()
    return app.run()


def view(app: AppTest) -> object:
    return app.button_group(key=session_keys.DRAW_VIEW).value


@pytest.mark.parametrize(
    ("name", "title"),
    [("second", "A second network"), ("teach", "Teach it"), ("nonsense", "Why this answer?")],
)
def test_address_names_the_view(app: AppTest, name: str, title: str) -> None:
    app.run()
    app.query_params["view"] = name
    app.switch_page("pages/draw.py").run()
    assert view(app) == title


def test_chosen_view_is_written_to_the_address(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/draw.py").run()
    app.button_group(key=session_keys.DRAW_VIEW).set_value("A second network").run()
    assert app.query_params["view"] == "second"
    assert view(app) == "A second network"


def test_button_of_a_digit_teaches_the_drawing_and_shows_it(app: AppTest) -> None:
    app.run()
    assert button(draw(app), "1").disabled is False
    button(app, "1").click().run()
    assert view(app) == "Teach it"
    assert app.query_params["view"] == "teach"
    assert "This drawing is among your examples, as a 1" in text(app)
    assert button(app, "1").proto.type == "primary"
    button(app, "7").click().run()
    assert "as a 7" in text(app)


def test_digits_cannot_be_taught_without_a_drawing_nor_with_a_test_image(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/draw.py").run()
    assert button(app, "1").disabled
    app.button_group(key=session_keys.INPUT_MODE).set_value("A test image").run()
    assert "1" not in [b.label for b in app.button]
    assert any(p.alt.startswith("test image 0") for p in pictures(app))
    button(app, "Next image").click().run()
    assert any(p.alt.startswith("test image 1") for p in pictures(app))


def test_test_image_is_the_networks_input_as_it_is(app: AppTest, small: Dataset) -> None:
    app.run()
    app.query_params["index"] = "3"
    app.switch_page("pages/draw.py").run()
    assert "Test image 3" in text(app)
    assert "A test image needs no step" in text(app)
    seen = next(p for p in pictures(app) if p.alt.startswith("the digit as the network sees it"))
    assert seen.url == picture_url(small.test.images[3], 4)
    button(app, "Next image").click().run()
    assert app.query_params["index"] == "4"
    button(app, "Previous image").click().run()
    assert app.query_params["index"] == "3"
    app.button_group(key=session_keys.INPUT_MODE).set_value("A drawing").run()
    assert "index" not in app.query_params


def test_drawing_is_followed_through_the_network(app: AppTest) -> None:
    draw(app)
    button(app, "See it inside the network").click().run()
    labels = [popover.proto.popover.label for popover in app.get("popover")]
    assert "Digit: **Your drawing**" in labels


def test_strokes_that_the_canvas_sends_again_in_another_form_are_one_step(app: AppTest) -> None:
    draw(app)
    again: Any = stroke()
    again["drawing"]["raw"]["objects"][0]["strokeLineCap"] = "round"
    app.session_state["canvas_0"] = again
    app.run()
    button(app, "Undo").click().run()
    assert button(app, "Undo").disabled


def test_undo_after_the_canvas_was_replaced_removes_its_last_stroke(app: AppTest) -> None:
    """A drawing of the replaced canvas may arrive late, with its stroke going on."""
    draw(app)
    from inkling.ui.draw import canvas  # registers the canvas's package, which needs a server

    line = Stroke(54, [(440.0, 170.0), (440.0, 700.0)])
    kept = canvas._KeptDrawing(
        LiveDrawing("canvas_of_before", 3, True, [line, line]),
        canvas.Drawing("canvas_of_before", None),
        time.monotonic() + 60,
    )
    app.session_state[session_keys.LIVE_DRAWING] = kept
    button(app, "Undo").click().run()
    assert button(app, "Undo").disabled


@pytest.mark.parametrize("is_busy", [False, True])
def test_where_many_draw_the_answer_waits_while_the_pen_moves(
    app: AppTest, is_busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(app)
    from inkling.ui.draw import canvas  # registers the canvas's package, which needs a server

    seven = Stroke(54, [(240.0, 200.0), (640.0, 200.0), (440.0, 700.0)])
    app.session_state[session_keys.LIVE_DRAWING] = canvas._KeptDrawing(
        LiveDrawing("canvas_0", 3, True, [seven]),
        canvas.Drawing("canvas_0", app.session_state[session_keys.STROKES][-1]),
        time.monotonic() + 60,
    )
    if is_busy:
        monkeypatch.setattr(Turns, "turn", busy_turn)
    before = app.metric[0].value
    app.run()
    assert (app.metric[0].value == before) == is_busy


@contextmanager
def busy_turn(turns: Turns, slack: float = 0.0, patience: float = PATIENCE) -> Iterator[bool]:
    """In place of `Turns.turn`, where no turn comes to those who do not wait for long."""
    yield patience == PATIENCE
