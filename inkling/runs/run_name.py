"""Name of a run: the recipe that is nearest to its config, and what differs from it."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from inkling.runs.run_file import MAX_NAME
from inkling.runs.settings import SETTINGS
from nn import TrainConfig, recipes

_LONGEST = MAX_NAME - len(" #999")  # a number may be added to the name


def changed_fields(settings: Mapping[str, Any], base: TrainConfig) -> list[str]:
    """Return the fields in which settings differ from a config, in the order of `TrainConfig`.

    They are compared as a link writes them: -0.0 differs from 0.0, 1 does not from 1.0.
    """
    return [
        field.name
        for field in fields(TrainConfig)
        if SETTINGS[field.name].text(settings[field.name])
        != SETTINGS[field.name].text(getattr(base, field.name))
    ]


def changes(settings: Mapping[str, Any], base: TrainConfig) -> list[str]:
    """Return what differs from a config in words, such as ["16 units", "eta 0.5"]."""
    return [SETTINGS[field].phrase(settings[field]) for field in changed_fields(settings, base)]


def nearest_recipe(config: TrainConfig) -> str:
    """Return the name of the recipe that differs from a config in the fewest fields."""
    return min(recipes, key=lambda name: len(changed_fields(vars(config), recipes[name])))


def run_name(config: TrainConfig, recipe: str | None = None) -> str:
    """Return a recipe and what differs from it: "fast-97 with 16 units and seed 3".

    Of many changes, those that do not fit are counted.

    Parameters
    ----------
    config : TrainConfig
    recipe : str, optional
        The recipe that was changed; the nearest one if left out.
    """
    recipe = recipe or nearest_recipe(config)
    phrases = changes(vars(config), recipes[recipe])
    if not phrases:
        return recipe
    names = (f"{recipe} with {_shortened(phrases, kept)}" for kept in range(len(phrases), -1, -1))
    return next(name for name in names if len(name) <= _LONGEST)


def _shortened(phrases: Sequence[str], kept: int) -> str:
    """Return the first phrases as an enumeration that ends in the number of the others."""
    others = len(phrases) - kept
    items = [*phrases[:kept]]
    if others:
        items.append(f"{others}{' other' if kept else ''} change{'' if others == 1 else 's'}")
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]]))
