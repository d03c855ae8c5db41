"""Config to query parameters of a link and back: nearest recipe and fields that differ from it.

Queries are untrusted input: every value is validated.
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
        "3"}``. `config_from_query` restores the same config.
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
        Valid augmentation names, which `nn` does not define. If left out, any name is accepted.

    Raises
    ------
    ConfigError
        If the recipe is unknown, a text cannot be parsed, or a value is out of range. The message
        names the field and has a bounded length.
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
    """Return every field of a config as text that `_read` parses."""
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
    """Return the value of a field; raises ConfigError if the text cannot be parsed."""
    kind = _KINDS[name]
    if text == _NONE and kind in (int | None, str | None):
        return None
    pattern, described, read = _READERS[kind]
    # int() and float() accept more: digits of other scripts, 1_000, nan, surrounding spaces.
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
"""For each type of a field: regular expression, description for messages, and parser."""
