"""Driver of the app in Streamlit's test harness, shared by the tests of all pages."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

APP = Path(__file__).parents[2] / "app.py"


def open_app() -> AppTest:
    """Return a new session of the app at its Train page, not yet run."""
    return AppTest.from_file(APP, default_timeout=30).switch_page("pages/train.py")


def run_until(app: AppTest, condition: Callable[[], object]) -> None:
    """Run the script again and again, as its fragments would, until a condition is true."""
    for _ in range(300):
        app.run()
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("the condition did not become true")


def open_page(app: AppTest, name: str, view: str | None = None) -> AppTest:
    """Open a page, and one of its views."""
    app.switch_page(f"pages/{name}.py").run()
    if view is not None:
        app.button_group(key=f"{name}_view").set_value(view).run()
    return app


def button(app: AppTest, label: str) -> Button:
    """Return the first button with a label, which small print for screen readers may follow."""
    return next(b for b in app.button if _seen(b) == label)


def buttons(app: AppTest) -> list[str]:
    """Return the labels of all buttons, without small print for screen readers."""
    return [_seen(b) for b in app.button]


def _seen(button: Button) -> str:
    return button.label.partition(" :small[")[0]


def press(app: AppTest, label: str) -> AppTest:
    """Press the first button with a label."""
    return button(app, label).click().run()


def train(app: AppTest) -> None:
    """Train with the settings of the Train page, which is open, to the end."""
    press(app, "Start")
    run_until(app, lambda: result(app))


def result(app: AppTest) -> str:
    """Return what the Train page says of the run that has ended; empty while none has."""
    said = (str(element.value) for element in app.markdown)
    return next((words for words in said if words.startswith(("**Done**", "**Stopped**"))), "")


def text(app: AppTest) -> str:
    """Return the Markdown of all elements that hold text."""
    boxes = (*app.info, *app.success, *app.warning, *app.error)
    elements = (*app.header, *app.subheader, *app.markdown, *app.caption, *boxes)
    return "\n".join(str(element.value) for element in elements)


def charts(app: AppTest) -> list[dict[str, Any]]:
    """Return the Plotly figures."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def pictures(app: AppTest) -> list[Any]:
    """Return the pictures, each with `alt`, `caption` and `url`."""
    return [picture for element in app.get("image") for picture in element.proto.imgs]


def grid_cells(app: AppTest) -> list[dict[str, Any]]:
    """Return the cells of the first grid of digits."""
    components = [
        json.loads(element.proto.json)
        for element in app.get("bidi_component")
        if element.proto.json
    ]
    return next(data["cells"] for data in components if isinstance(data, dict) and "cells" in data)
