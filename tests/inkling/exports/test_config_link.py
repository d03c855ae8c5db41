"""Config links: exact round trips, and `LinkError` for every invalid query."""

from dataclasses import fields, replace
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digits.augment import AUGMENTATIONS
from inkling.exports.config_link import config_from_query, link_query
from nn import ConfigError, TrainConfig, recipes
from tests.configs import configs

NAMES = ["recipe", *(field.name for field in fields(TrainConfig))]


def followed(config: TrainConfig) -> TrainConfig | None:
    """Return the config parsed from a config's link, as part of a URL."""
    return config_from_query(dict(parse_qsl(urlencode(link_query(config)))), AUGMENTATIONS)


@given(configs())
@example(TrainConfig(hidden_sizes=(4_096,) + (1,) * 9, validation_size=0))
@example(TrainConfig(initial_bias=-0.0))
def test_link_round_trip_restores_config(config: TrainConfig) -> None:
    back = followed(config)
    assert back == config
    # Equal is not enough for floats: 0.0 == -0.0.
    assert [np.float64(back.initial_bias).tobytes(), link_query(back)] == [
        np.float64(config.initial_bias).tobytes(),
        link_query(config),
    ]


@pytest.mark.parametrize("name", recipes)
def test_recipe_link_holds_only_its_name(name: str) -> None:
    assert link_query(recipes[name]) == {"recipe": name}
    assert followed(recipes[name]) == recipes[name]


def test_the_nearest_recipe_is_named_and_what_differs_from_it() -> None:
    near = replace(recipes["experiment-b"], seed=3, hidden_sizes=(), training_size=None)
    assert link_query(near) == {"recipe": "experiment-b", "seed": "3", "hidden_sizes": "none"}
    config = replace(
        recipes["builtin"],
        hidden_sizes=(128, 64),
        augmentation=None,
        learning_rate=0.1 + 0.2,
        shuffled_labels=True,
    )
    assert link_query(config) == {
        "recipe": "builtin",
        "hidden_sizes": "128-64",
        "augmentation": "none",
        "learning_rate": "0.30000000000000004",
        "shuffled_labels": "true",
    }


def test_numbers_of_numpy_are_written_as_numbers() -> None:
    query = link_query(replace(recipes["fast-97"], learning_rate=np.float64(0.2)))
    assert query == {"recipe": "fast-97", "learning_rate": "0.2"}


@pytest.mark.parametrize("query", [{}, {"run": "5"}, {"data_set": "MNIST", "Recipe": "x", "": ""}])
def test_query_without_known_names_is_none(query: dict[str, str]) -> None:
    assert config_from_query(query) is None


def test_other_names_are_ignored() -> None:
    assert config_from_query({"recipe": "fast-98", "run": "\0"}) == recipes["fast-98"]


def test_fields_missing_from_query_have_defaults() -> None:
    assert config_from_query({"epochs": "3"}) == TrainConfig(epochs=3)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"recipe": "slow"}, "recipe: one of 'fast-97', .*, not 'slow'"),
        ({"recipe": ""}, "recipe: one of .*, not ''"),
        ({"epochs": "0"}, "epochs: a whole number from 1 to 1,000, not 0"),
        ({"epochs": "9" * 90}, "epochs: a whole number from 1 to 1,000, not 9"),
        ({"epochs": "1_0"}, "epochs: a whole number, not '1_0'"),
        ({"epochs": "\u0663"}, "epochs: a whole number, not "),
        ({"epochs": " 3"}, "epochs: a whole number, not ' 3'"),
        ({"epochs": "3\n"}, "epochs: a whole number, not "),
        ({"epochs": "none"}, "epochs: a whole number, not 'none'"),
        ({"epochs": "3" * 5_000}, "epochs: a text of up to 100 characters, not '3"),
        ({"learning_rate": "nan"}, "learning_rate: a number, not 'nan'"),
        ({"learning_rate": "inf"}, "learning_rate: a number, not 'inf'"),
        ({"learning_rate": "1e400"}, "learning_rate: a number from 1e-06 to 100, not inf"),
        ({"learning_rate": "1_0"}, "learning_rate: a number, not '1_0'"),
        ({"hidden_sizes": ""}, "hidden_sizes: sizes as in '128-64', or 'none', not ''"),
        ({"hidden_sizes": "12-"}, "hidden_sizes: sizes as in"),
        ({"hidden_sizes": "-12"}, "hidden_sizes: sizes as in"),
        ({"hidden_sizes": "4-" * 10 + "4"}, "hidden_sizes: the units of up to 10 layers"),
        ({"hidden_sizes": "4096-4096"}, "hidden_sizes: layers with up to"),
        ({"filters": "8-8-8"}, "filters: convolution 3 gets images of 4 . 4 pixels, too few"),
        ({"shuffled_labels": "True"}, "shuffled_labels: 'true' or 'false', not 'True'"),
        ({"shuffled_labels": "1"}, "shuffled_labels: 'true' or 'false', not '1'"),
        ({"data": "MNIST"}, "data: one of .*, not 'MNIST'"),
        ({"augmentation": "warp"}, "augmentation: one of 'affine', .* or 'none', not 'warp'"),
        ({"output": "sigmoid"}, "output with loss 'cross-entropy'"),
        ({"recipe": ["fast-97", "fast-98"]}, "recipe: a text of up to"),
    ],
)
def test_invalid_query_is_refused_with_message(query: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}") as refused:
        config_from_query(query, AUGMENTATIONS)
    assert len(str(refused.value)) < 300


def test_augmentation_names_are_checked_only_if_given() -> None:
    assert config_from_query({"augmentation": "warp"}) == TrainConfig(augmentation="warp")
    assert config_from_query({"augmentation": "affine"}, AUGMENTATIONS) == TrainConfig(
        augmentation="affine"
    )


NUMBERS = st.from_regex(r"[+-]?[\d_]{0,6}\.?\d{0,3}([eE][+-]?\d{1,4})?", fullmatch=True)
SIZES = st.lists(st.integers(-1, 10**9), max_size=20).map(lambda sizes: "-".join(map(str, sizes)))
VALID = configs().flatmap(lambda config: st.sampled_from(list(link_query(config).values())))
ODD = st.sampled_from(
    ["none", "None", "true", "nan", "-inf", "1e400", "1_000", "٣", "²", "0x10", "\0", "9" * 10_000]
)
TEXTS = st.text() | NUMBERS | SIZES | VALID | ODD | st.sampled_from(list(recipes))


def outcome(query: dict[str, str]) -> TrainConfig | str | None:
    """Return the config that a query holds, or the error message."""
    try:
        return config_from_query(query, AUGMENTATIONS)
    except ConfigError as error:
        return str(error)


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(), TEXTS))
def test_arbitrary_query_gives_config_or_link_error(query: dict[str, str]) -> None:
    result = outcome(query)
    if isinstance(result, TrainConfig):
        assert followed(result) == result
    elif result is None:
        assert not query.keys() & set(NAMES)
    else:
        assert result.startswith(tuple(NAMES))
        assert len(result) < 500


@given(st.sampled_from(NAMES), TEXTS)
def test_arbitrary_value_gives_config_or_link_error(name: str, text: str) -> None:
    """One field at a time: in a full query the first refusal hides the others."""
    result = outcome({name: text})
    if isinstance(result, TrainConfig):
        assert followed(result) == result
    else:
        assert result is not None
        assert result.startswith(name)
