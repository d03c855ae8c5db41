"""The table of settings: complete, consistent, and the same text back from every value."""

from dataclasses import fields
from typing import Any

import pytest

from inkling.runs.settings import (
    SETTINGS,
    SPECS,
    SettingSpec,
    visible_file_message,
    visible_message,
)
from nn import ConfigError, ModelError, TrainConfig, recipes

LISTED = [spec for spec in SPECS if spec.choices]


def in_config(spec: SettingSpec, value: object) -> TrainConfig:
    """Return a config with a value of a setting."""
    return TrainConfig(**{spec.field: value})  # type: ignore[arg-type]


def test_every_field_of_a_config_has_exactly_one_spec() -> None:
    assert sorted(spec.field for spec in SPECS) == sorted(f.name for f in fields(TrainConfig))


@pytest.mark.parametrize("spec", LISTED, ids=lambda spec: spec.field)
def test_choices_are_valid_and_distinct_in_words_and_links(spec: SettingSpec) -> None:
    for choice in spec.choices:
        assert getattr(in_config(spec, choice), spec.field) == choice
        assert spec.parse(spec.text(choice)) == choice
    for text_of in (spec.text, spec.value_label, spec.phrase):
        assert len({text_of(choice) for choice in spec.choices}) == len(spec.choices)
    assert set(spec.sweep) <= set(spec.choices)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.field)
def test_values_of_recipes_are_distinct_in_words(spec: SettingSpec) -> None:
    values = {getattr(config, spec.field) for config in recipes.values()}
    assert len({spec.phrase(value) for value in values}) == len(values)
    assert len({spec.value_label(value) for value in values}) == len(values)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.field)
def test_setting_with_a_widget_is_explained(spec: SettingSpec) -> None:
    assert bool(spec.help) == (spec.widget is not None)


def test_a_setting_depends_only_on_settings_above_it() -> None:
    above: dict[str, object] = {}
    for spec in SPECS:
        spec.applies(above)  # a KeyError otherwise
        above[spec.field] = getattr(TrainConfig(), spec.field)


@pytest.mark.parametrize(
    ("field", "value", "phrase"),
    [
        ("hidden_sizes", (16,), "16 units"),
        ("hidden_sizes", (1,), "1 unit"),
        ("hidden_sizes", (16, 8), "16-8 units"),
        ("hidden_sizes", (), "no hidden layer"),
        ("filters", (16, 48), "16-48 filters"),
        ("filters", (), "no convolution"),
        ("learning_rate", 0.5, "learning rate 0.5"),
        ("epochs", 1, "1 epoch"),
        ("epochs", 20, "20 epochs"),
        ("augmentation", None, "no distortion"),
        ("augmentation", "elastic", "elastic distortion"),
        ("training_size", None, "all training images"),
        ("training_size", 3_000, "3,000 training images"),
        ("data", "builtin", "built-in digits"),
        ("optimizer", "adam", "optimiser Adam"),
        ("input_scale", 1 / 255, "input scale 1/255"),
        ("sampling", "with-replacement", "sampling with replacement"),
        ("dtype", "float64", "float64"),
        ("shuffled_labels", True, "shuffled labels"),
    ],
)
def test_phrase_in_the_name_of_a_run(field: str, value: object, phrase: str) -> None:
    assert SETTINGS[field].phrase(value) == phrase


def test_further_values_stand_among_the_choices() -> None:
    sizes = SETTINGS["training_size"].with_choices(200, 300)
    assert sizes[:3] == (100, 200, 300)
    assert sizes[-1] is None
    assert SETTINGS["batch_size"].with_choices(20) == SETTINGS["batch_size"].choices
    activations = SETTINGS["activation"].with_choices("published-sigmoid")
    assert activations == (*SETTINGS["activation"].choices, "published-sigmoid")


def test_message_of_an_error_names_the_setting_as_the_form_does() -> None:
    with pytest.raises(ConfigError) as refused:
        TrainConfig(batch_size=0)
    message = visible_message(refused.value)
    assert message.startswith("Batch size: a whole number from 1 to 60,000")
    assert visible_message(ConfigError("too few images")) == "too few images"
    unknown = "recipe: one of 'fast-97', not 'slow'"
    assert visible_message(ConfigError(unknown)) == unknown.capitalize()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"output": "sigmoid", "loss": "cross-entropy"},
            "Output activation with loss 'cross-entropy': one of 'softmax'",
        ),
        (
            {"update_order": "layer-by-layer", "optimizer": "adam"},
            "Update order: 'layer-by-layer' works with optimiser 'sgd' only",
        ),
        ({"kernel_size": 0}, "Filter size: a whole number from 1 to 28, not 0"),
    ],
)
def test_message_of_an_error_names_every_setting_as_the_form_does(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        TrainConfig(**settings)
    assert visible_message(refused.value).startswith(message)


def test_message_about_a_file_names_its_settings_as_the_form_does() -> None:
    with pytest.raises(ConfigError) as refused:
        TrainConfig(kernel_size=0)
    error = ModelError(f"The file describes settings that cannot be used: {refused.value}.")
    assert visible_file_message(error) == str(error), "without a cause"
    error.__cause__ = refused.value
    assert "cannot be used: Filter size: a whole number" in visible_file_message(error)


@pytest.mark.parametrize("field", ["activation", "loss", "optimizer", "schedule", "initialization"])
def test_help_gives_a_formula_for_each_choice(field: str) -> None:
    spec = SETTINGS[field]
    lines = spec.help.splitlines()
    for choice in spec.choices:
        start = f"- {spec.value_label(choice)}: $"
        formula = next(line for line in lines if line.startswith(start)).removeprefix(start)
        assert formula.endswith("$")
        assert formula.count("{") == formula.count("}")
