"""A config as the query of a link, and back: the nearest recipe, and what differs from it.

Anybody can write a link, so nothing in a query is believed before it has been checked.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from reprlib import repr as short
from typing import Any

from nn import ConfigError, TrainConfig, recipes

_RECIPE = "recipe"
_NONE = "none"  # no hidden layer, or None
_KINDS: dict[str, Any] = {field.name: field.type for field in fields(TrainConfig)}
_LONGEST = 100  # characters; more than any value has


def link_query(config: TrainConfig) -> dict[str, str]:
    """Return a config as the query parameters of a link.

    Returns
    -------
    dict of str to str
        The nearest recipe, and each field that differs from it: ``{"recipe": "fast-97", "seed":
        "3"}``. `config_from_query` makes the same config of it.
    """
    texts = _texts(config)
    differing = {
        name: {field: text for field, text in texts.items() if text != usual[field]}
        for name, usual in ((name, _texts(recipe)) for name, recipe in recipes.items())
    }
    nearest = min(differing, key=lambda name: len(differing[name]))
    return {_RECIPE: nearest} | differing[nearest]


def config_from_query(
    query: Mapping[str, str], augmentations: Collection[str] | None = None
) -> TrainConfig | None:
    """Return the config that a link's query parameters describe; None if they describe none.

    Parameters
    ----------
    query : mapping of str to str
        As from `link_query`. Fields that are left out are as in the recipe, or, where no recipe is
        named, at their defaults. Names that are no fields are ignored.
    augmentations : collection of str, optional
        The augmentations that there are: `nn` does not know them. Left out, any name is taken.

    Raises
    ------
    ConfigError
        If there is no such recipe, a text cannot be read, or a value is out of range. The message
        names the field, and is short whatever stands in the query.
    """
    given = {name: query[name] for name in (_RECIPE, *_KINDS) if name in query}
    if not given:
        return None
    for name, text in given.items():
        if not isinstance(text, str) or len(text) > _LONGEST:
            raise ConfigError(f"{name}: a text of up to {_LONGEST} characters, not {short(text)}")
    base = TrainConfig()
    if _RECIPE in given:
        recipe = given.pop(_RECIPE)
        if recipe not in recipes:
            names = ", ".join(map(repr, recipes))
            raise ConfigError(f"{_RECIPE}: one of {names}, not {short(recipe)}")
        base = recipes[recipe]
    config = TrainConfig(**vars(base) | {name: _read(name, text) for name, text in given.items()})
    if augmentations is not None and config.augmentation not in (None, *augmentations):
        names = ", ".join(map(repr, augmentations))
        raise ConfigError(
            f"augmentation: one of {names} or {_NONE!r}, not {short(config.augmentation)}"
        )
    return config


def _texts(config: TrainConfig) -> dict[str, str]:
    """Return every field of a config as text that `_read` understands."""
    return {name: _text(getattr(config, name), kind) for name, kind in _KINDS.items()}


def _text(value: Any, kind: Any) -> str:
    if value is None:
        return _NONE
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or _NONE
    if kind is float:  # also where the config holds 1 for 1.0
        return repr(float(value))
    return str(value).lower() if kind is bool else str(value)


def _read(name: str, text: str) -> Any:
    """Return the value of a field; raises ConfigError if the text is none of its kind."""
    kind = _KINDS[name]
    if text == _NONE and kind in (int | None, str | None):
        return None
    pattern, described, read = _READERS[kind]
    # Python's own readers take more: digits of other scripts, 1_000, nan, spaces around a number.
    if not re.fullmatch(pattern, text):
        raise ConfigError(f"{name}: {described}, not {short(text)}")
    return read(text)


def _sizes(text: str) -> tuple[int, ...]:
    return () if text == _NONE else tuple(int(size) for size in text.split("-"))


_WHOLE = (r"-?[0-9]+", "a whole number", int)
_NAME = (r"(?s).*", "a name", str)
_READERS: dict[Any, tuple[str, str, Callable[[str], Any]]] = {
    tuple[int, ...]: (rf"{_NONE}|[0-9]+(-[0-9]+)*", f"sizes as in '128-64', or '{_NONE}'", _sizes),
    int: _WHOLE,
    int | None: _WHOLE,
    float: (r"-?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?", "a number", float),
    bool: (r"true|false", "'true' or 'false'", lambda text: text == "true"),
    str: _NAME,
    str | None: _NAME,
}
"""For each type of a field: what its texts look like, in words too, and what reads them."""
