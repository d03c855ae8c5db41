"""Entry point: messages of the canvas and of the other components in the browser."""

import base64
import math
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from inkling.data.canvas_state import parse_canvas_state
from inkling.data.live_picture import MAX_SIDE, parse_live_picture
from inkling.data.pictures import read_picture
from inkling.ui.browser_events import get_key, parse_index, selected_points
from tools.fuzz import pictures
from tools.fuzz.entrypoint import MIB, Entrypoint
from tools.fuzz.generators import mutate_json, random_json_value, random_text
from tools.fuzz.pictures import blank_png, check_drawing, valid_pictures

_CANVAS_OBJECTS = {
    "version": "6.0",
    "objects": [{"type": "Path", "path": [["M", 1, 2], ["L", 3, 4]], "stroke": "#1c2430"}],
    "background": "",
}


def generate(rng: random.Random) -> dict[str, Any]:
    """Return a random message in place of a drawing and a click."""
    picture = pictures.generate(rng) if rng.random() < 0.7 else rng.choice(valid_pictures())
    url: Any = "data:image/png;base64," + base64.b64encode(picture).decode()
    if rng.random() < 0.3:
        url = rng.choice(
            [
                random_text(rng),
                random_json_value(rng),
                url[: rng.randrange(40)],
                url.replace("=", "?"),
            ]
        )
    objects = mutate_json(rng, _CANVAS_OBJECTS) if rng.random() < 0.5 else _CANVAS_OBJECTS
    click = mutate_json(rng, {"selection": {"points": [{"customdata": 3, "x": 1, "y": 2}]}})
    return {"objects": objects, "url": url, "picked": random_json_value(rng), "click": click}


class _CanvasResult(SimpleNamespace):
    """Result of the canvas package for a message; the package does not validate it."""

    @property
    def image_bytes(self) -> bytes | None:
        if self.url is None:
            return None
        _, encoded = self.url.split(";base64,", 1)
        return base64.b64decode(encoded)


def exercise(message: dict[str, Any], folder: Path) -> bool:
    """Read a message: a drawing that can be decoded and restored, an index in range, or None."""
    number = parse_index(message["picked"], 10)
    assert number is None or (type(number) is int and 0 <= number < 10)
    for point in selected_points(message["click"]):
        assert parse_index(point.get("customdata"), 10) in {None, *range(10)}
    assert get_key(message["picked"], "layer") is None or isinstance(message["picked"], dict)
    live = parse_live_picture(
        {"canvas": "", "number": 0, "pen_down": True, "picture": message["url"]}
    )
    if live is not None:
        check_drawing(live.rgba)
        assert live.rgba.shape[0] * live.rgba.shape[1] <= MAX_SIDE**2
    state = parse_canvas_state(_CanvasResult(json_data=message["objects"], url=message["url"]))
    if state is None:
        return False
    assert isinstance(state.objects["objects"], list)
    check_drawing(read_picture(state.png))
    return True


def attacks() -> dict[str, dict[str, Any]]:
    """Return known attacks, and a valid drawing."""
    good = "data:image/png;base64," + base64.b64encode(valid_pictures()[0]).decode()
    deep: Any = []
    for _ in range(50_000):
        deep = [deep]
    no_click = {"picked": None, "click": None}
    return {
        "no objects": {"objects": {}, "url": good, **no_click},
        "a list": {"objects": [], "url": good, **no_click},
        "objects nested deeply": {"objects": {"objects": deep}, "url": good, **no_click},
        "a hundred megabytes of objects": {
            "objects": {"objects": ["x" * 100 * MIB]},
            "url": good,
            **no_click,
        },
        "no picture": {"objects": _CANVAS_OBJECTS, "url": "data:,", **no_click},
        "a picture that is a number": {"objects": _CANVAS_OBJECTS, "url": 7, **no_click},
        "a bomb": {
            "objects": _CANVAS_OBJECTS,
            "url": "data:;base64," + base64.b64encode(blank_png(8_000, 5_000)).decode(),
            **no_click,
        },
        "a click on infinity": {
            "objects": _CANVAS_OBJECTS,
            "url": good,
            "picked": math.inf,
            "click": {"selection": {"points": [None, [], {"customdata": math.nan}]}},
        },
        "a drawing": {"objects": _CANVAS_OBJECTS, "url": good, **no_click},
    }


ENTRYPOINT = Entrypoint("canvas and clicks", generate, exercise, attacks, 480 * MIB)
