"""Config to query parameters of a link and back: nearest recipe and fields that differ from it.

Queries are untrusted input: every value is validated.
"""

from collections.abc import Collection, Mapping

from inkling.runs.run_name import changed_fields, nearest_recipe
from inkling.runs.settings import NONE, SETTINGS
from nn import ConfigError, TrainConfig, recipes
from nn.config import truncate_repr

_RECIPE = "recipe"
_LONGEST = 100  # characters; more than any value has


def link_query(config: TrainConfig, recipe: str | None = None) -> dict[str, str]:
    """Return a config as the query parameters of a link.

    Parameters
    ----------
    config : TrainConfig
    recipe : str, optional
        The recipe that it began as; the nearest one if left out.

    Returns
    -------
    dict of str to str
        The recipe, and each field that differs from it: ``{"recipe": "fast-97", "seed": "3"}``.
        `config_from_query` restores the same config.
    """
    recipe = recipe or nearest_recipe(config)
    return {_RECIPE: recipe} | {
        field: SETTINGS[field].text(getattr(config, field))
        for field in changed_fields(vars(config), recipes[recipe])
    }


def unknown_names(query: Mapping[str, str]) -> list[str]:
    """Return the names in a link's query parameters that are no settings."""
    return [name for name in query if name != _RECIPE and name not in SETTINGS]


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
    given = {name: query[name] for name in (_RECIPE, *SETTINGS) if name in query}
    if not given:
        return None
    for name, text in given.items():
        if not isinstance(text, str) or len(text) > _LONGEST:
            raise ConfigError(
                f"{name}: a text of up to {_LONGEST} characters, not {truncate_repr(text)}"
            )
    base = TrainConfig()
    if _RECIPE in given:
        recipe = given.pop(_RECIPE)
        if recipe not in recipes:
            names = ", ".join(map(repr, recipes))
            raise ConfigError(f"{_RECIPE}: one of {names}, not {truncate_repr(recipe)}")
        base = recipes[recipe]
    values = {name: SETTINGS[name].parse(text) for name, text in given.items()}
    config = TrainConfig(**vars(base) | values)
    if augmentations is not None and config.augmentation not in (None, *augmentations):
        names = ", ".join(map(repr, augmentations))
        raise ConfigError(
            f"augmentation: one of {names} or {NONE!r}, not {truncate_repr(config.augmentation)}"
        )
    return config
