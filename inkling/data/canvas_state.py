"""Validated state of the drawing canvas: the browser's messages are untrusted."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from inkling.data.strokes import Stroke, draw_objects, to_canvas_object

PICTURE_SIDE = 294  # pixels of the picture that is prepared for a network
_MAX_SIZE = 2 * 2**20  # characters of the objects; 50 states are held for undo


class CanvasState(NamedTuple):
    """Content of the canvas after a stroke.

    Attributes
    ----------
    objects : dict
        Fabric.js objects, from which the canvas is restored.
    """

    objects: dict[str, Any]

    @property
    def strokes(self) -> list[Any]:
        """Fabric.js object of each stroke."""
        found: list[Any] = self.objects["objects"]
        return found

    def draw(self) -> np.ndarray | None:
        """Return the ink in the alpha of (h, w, 4) uint8; None if there are no strokes."""
        return draw_objects(self.strokes, PICTURE_SIDE) if self.strokes else None


def parse_canvas_state(objects: Any, last: CanvasState | None = None) -> CanvasState | None:
    """Return the validated state of a canvas; None if it is empty or invalid.

    Parameters
    ----------
    objects : Any
        Fabric.js objects as ``st_canvas`` returns them.
    last : CanvasState, optional
        Previous state; returned if the strokes are unchanged.
    """
    try:
        strokes = objects["objects"]
        if strokes == (last.strokes if last else []):
            return last
        if not isinstance(strokes, list) or len(json.dumps(objects)) > _MAX_SIZE:
            return None
    except (LookupError, TypeError, ValueError, RecursionError):
        return None
    return CanvasState(objects)


def add_stroke(state: CanvasState | None, stroke: Stroke) -> CanvasState:
    """Return the state after another stroke; `state` is None where it is the first."""
    before: Sequence[Any] = state.strokes if state else []
    return CanvasState({"objects": [*before, to_canvas_object(stroke)]})


def states_after(last: CanvasState | None, state: CanvasState, most: int) -> list[CanvasState]:
    """Return the states after each stroke of `state` that `last` does not have.

    A browser that was quick, or came back, sends several strokes at once.

    Parameters
    ----------
    last : CanvasState or None
        None where `state` has the first strokes.
    state : CanvasState
    most : int
        Limit of the number of states; the first are left out.
    """
    before = len(last.strokes) if last else 0
    counts = range(max(before + 1, len(state.strokes) - most + 1), len(state.strokes))
    return [CanvasState({**state.objects, "objects": state.strokes[:k]}) for k in counts] + [state]
