"""Validation of values sent by a browser, which are untrusted."""

from collections.abc import Mapping
from typing import Any


def parse_index(value: Any, stop: int) -> int | None:
    """Return an integer from 0 to `stop` - 1; None if the value is anything else."""
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value < stop else None


def get_key(message: Any, name: str) -> Any:
    """Return the value of a key; None if it is missing or `message` is not a mapping."""
    return message.get(name) if isinstance(message, Mapping) else None


def selected_points(event: Any) -> list[Mapping[str, Any]]:
    """Return the selected points of a chart; other values are left out.

    Parameters
    ----------
    event : Any
        Session value of a chart with ``on_select``.
    """
    points = get_key(get_key(event, "selection"), "points")
    return [p for p in points if isinstance(p, Mapping)] if isinstance(points, list) else []
