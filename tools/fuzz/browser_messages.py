"""Entry point: messages of the canvas and of the other components in the browser."""

import math
import random
from pathlib import Path
from typing import Any

import numpy as np

from inkling.data.canvas_state import parse_canvas_state
from inkling.data.live_drawing import parse_live_drawing
from inkling.ui.browser_events import get_key, parse_index, selected_points
from tools.fuzz.entrypoint import MIB, Entrypoint
from tools.fuzz.generators import mutate_json, random_json_value
from tools.fuzz.pictures import check_drawing

_CANVAS_OBJECTS = {
    "version": "6.0",
    "objects": [
        {
            "type": "Path",
            "path": [["M", 100, 50], ["Q", 120, 60, 130, 70], ["L", 140, 250]],
            "strokeWidth": 20,
            "stroke": "#1c2430",
        }
    ],
    "background": "",
}
_STROKES = [[20, 100, 50, 120.5, 60, 140, 250], [12, 30, 40]]


def generate(rng: random.Random) -> dict[str, Any]:
    """Return a random message in place of a drawing and a click."""
    objects = mutate_json(rng, _CANVAS_OBJECTS) if rng.random() < 0.8 else _CANVAS_OBJECTS
    strokes = mutate_json(rng, _STROKES) if rng.random() < 0.8 else _STROKES
    click = mutate_json(rng, {"selection": {"points": [{"customdata": 3, "x": 1, "y": 2}]}})
    return {
        "objects": objects,
        "strokes": strokes,
        "picked": random_json_value(rng),
        "click": click,
    }


def exercise(message: dict[str, Any], folder: Path) -> bool:
    """Read a message: a drawing that can be drawn and restored, an index in range, or None."""
    number = parse_index(message["picked"], 10)
    assert number is None or (type(number) is int and 0 <= number < 10)
    for point in selected_points(message["click"]):
        assert parse_index(point.get("customdata"), 10) in {None, *range(10)}
    assert get_key(message["picked"], "layer") is None or isinstance(message["picked"], dict)
    live = parse_live_drawing(
        {"canvas": "", "number": 0, "pen_down": True, "strokes": message["strokes"]}
    )
    if live is not None:
        for width, points in live.strokes:
            assert width > 0
            assert np.isfinite(points).all()
    state = parse_canvas_state(message["objects"])
    if state is None:
        return False
    assert isinstance(state.strokes, list)
    rgba = state.draw()
    if rgba is not None:
        check_drawing(rgba)
    return True


def attacks() -> dict[str, dict[str, Any]]:
    """Return known attacks, and a valid drawing."""
    deep: Any = []
    for _ in range(50_000):
        deep = [deep]
    good = {"objects": _CANVAS_OBJECTS, "strokes": _STROKES, "picked": None, "click": None}
    return {
        "no objects": {**good, "objects": {}},
        "a list": {**good, "objects": []},
        "objects nested deeply": {**good, "objects": {"objects": deep}},
        "a hundred megabytes of objects": {**good, "objects": {"objects": ["x" * 100 * MIB]}},
        "strokes nested deeply": {**good, "strokes": deep},
        "a million strokes": {**good, "strokes": [[20, 1, 2]] * 1_000_000},
        "a stroke of a million points": {**good, "strokes": [[20, *range(1_000_000)]]},
        "a stroke to infinity": {**good, "strokes": [[20, math.inf, math.nan]]},
        "paths that are long": {
            **good,
            "objects": {"objects": [{"strokeWidth": 200, "path": [["L", 9, 9]] * 100_000}]},
        },
        "a click on infinity": {
            **good,
            "picked": math.inf,
            "click": {"selection": {"points": [None, [], {"customdata": math.nan}]}},
        },
        "a drawing": good,
    }


ENTRYPOINT = Entrypoint("canvas and clicks", generate, exercise, attacks, 480 * MIB)
