"""What a browser says was clicked, checked: a browser can be made to say anything."""

from collections.abc import Mapping
from typing import Any


def parse_index(value: Any, stop: int) -> int | None:
    """Return a whole number from 0 to below `stop`; None where the browser said anything else."""
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value < stop else None


def get_key(message: Any, name: str) -> Any:
    """Return what stands under a name in what should be a mapping; None where it does not."""
    return message.get(name) if isinstance(message, Mapping) else None


def selected_points(event: Any) -> list[Mapping[str, Any]]:
    """Return the points that were selected in a chart, as far as they are any.

    Parameters
    ----------
    event : anything
        What Streamlit has in the session for a chart with ``on_select``.
    """
    points = get_key(get_key(event, "selection"), "points")
    return [p for p in points if isinstance(p, Mapping)] if isinstance(points, list) else []
