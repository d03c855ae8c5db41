"""Entry point: query parameters of a link."""

import random
from pathlib import Path

from digits.augment import AUGMENTATIONS
from inkling.exports.config_link import config_from_query, link_query
from inkling.exports.run_script import run_script
from inkling.server.limits import Limits
from inkling.ui.markdown import escape_markdown
from nn import ConfigError, TrainConfig
from tools.fuzz.checks import check_markdown, check_script, check_sentence
from tools.fuzz.entrypoint import MIB, Entrypoint
from tools.fuzz.generators import HOSTILE_TEXTS, random_text

HOSTILE_VALUES = [
    "",
    "x" * 100_000,
    "1e400",
    "9" * 330,
    "-1",
    "7.0",
    "nan",
    "inf",
    "\u0661\u0662",
    "\u202e7\u200b",
    "<img src=x onerror=alert(1)>",
    "**a** [b](http://c)",
    "../../etc/passwd",
    "7\0",
    '{"a": [1]}',
    "test",
]
"""Values of a query parameter, valid at most for another one."""


def generate(rng: random.Random) -> dict[str, str]:
    """Return a mutated query of a link."""
    names = ["recipe", "chapter", "index", "split", "data", *TrainConfig.__dataclass_fields__]
    query = link_query(TrainConfig(seed=rng.randrange(9), hidden_sizes=(64,) * rng.randrange(3)))
    if rng.random() < 0.3:
        query["augmentation"] = rng.choice([*AUGMENTATIONS, "none", random_text(rng)])
    for _ in range(rng.randrange(4)):
        good = ["1", "0.5", "64-32", "none", "true", "relu", "adam", "mnist", "1e3", "-1", "1" * 90]
        query[rng.choice(names)] = rng.choice(good) if rng.random() < 0.5 else random_text(rng)
    return query


def exercise(query: dict[str, str], folder: Path) -> bool:
    """Read a link: a config that gives the same link again, or a `ConfigError`."""
    try:
        config = config_from_query(query, AUGMENTATIONS)
        if config is not None:
            Limits().check(config)
    except ConfigError as error:
        check_sentence(error)
        check_markdown(escape_markdown(str(error)), str(error))
        return False
    if config is None:
        return False
    assert config_from_query(link_query(config), AUGMENTATIONS) == config
    check_script(run_script(config, ()), config)
    return True


def attacks() -> dict[str, dict[str, str]]:
    """Return known attacks, and each hostile text in each field."""
    fields = TrainConfig.__dataclass_fields__
    return {
        "nothing": {},
        "all at once": dict.fromkeys(fields, "<script>"),
        "a megabyte": {"recipe": "x" * MIB},
        "digits of another script": {"seed": "\u0661"},
        "a number too long for Python": {"seed": "9" * 5_000},
        "a hundred layers": {"hidden_sizes": "-".join(["1"] * 50)},
        "a billion units": {"hidden_sizes": "999999999"},
        **{
            f"{field}: {word[:12]!r}": {field: word}
            for field in fields
            for word in [*HOSTILE_TEXTS, *HOSTILE_VALUES]
        },
    }


ENTRYPOINT = Entrypoint("links", generate, exercise, attacks, 32 * MIB)
