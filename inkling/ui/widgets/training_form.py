"""Training form: widgets for the fields of a TrainConfig."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from digits.augment import augmentation
from inkling.lessons.content import section
from inkling.runs.run_file import MAX_NAME
from inkling.ui import services, session_keys
from inkling.ui.components.digit_grid import contact_sheet, picture_url
from inkling.ui.widgets import data_choice
from nn import ConfigError, TrainConfig, recipes
from nn.activations import HIDDEN_ACTIVATIONS
from nn.initializers import INITIALIZERS
from nn.losses import LOSSES
from nn.optimizers import OPTIMIZERS
from nn.recipes import summaries
from nn.schedules import SCHEDULES
from nn.training import HasTrainTest, train_validation_split, validation_count

ETAS = [
    *(0.0001, 0.0002, 0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075),
    *(0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75),
    *(1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 20.0, 50.0, 100.0),
]
BATCH_SIZES = [1, 5, 10, 20, 50, 100, 200, 250, 500, 1_000, 2_000, 5_000, 10_000, 60_000]
ALL = "All"  # in place of None, which a select box takes for no selection
TRAINING_SIZES = [100, 300, 1_000, 3_000, 10_000, 30_000]
NONE = "none"  # in place of None, as above
AUGMENTATION_LABELS = {
    NONE: "None",
    "affine": "Turn, stretch and shift",
    "elastic": "Bend",
    "affine-elastic": "All of these",
}
PREVIEWS = 8
FIELD_NAMES = {"hidden_sizes": "hidden size", "learning_rate": "eta"}  # in a run's name

DEFAULT_RECIPE = "fast-97"
NO_RECIPE = "other settings"  # in the list of recipes for the settings of a run or a link


def training_form(front: DeltaGenerator, folded: DeltaGenerator) -> TrainConfig | None:
    """Draw the form; return the config, or None after drawing why it is invalid.

    Fields without a widget are those of the chosen recipe, or of the settings set by
    `use_settings`.

    Parameters
    ----------
    front, folded : DeltaGenerator
        Containers of the main settings and of the expander with the others.
    """
    if session_keys.RECIPE not in st.session_state:
        st.session_state[session_keys.RECIPE] = DEFAULT_RECIPE
        _fill_widgets()
    base = _base_config()

    values: dict[str, Any] = {}
    with front:
        st.selectbox(
            "Recipe",
            [NO_RECIPE, *recipes]
            if st.session_state[session_keys.RECIPE] == NO_RECIPE
            else list(recipes),
            key=session_keys.RECIPE,
            on_change=_fill_widgets,
            persist_state="session",
            help="Settings with a known result. Choose one, then change what you like.",
        )
        st.caption(
            summaries.get(st.session_state[session_keys.RECIPE], "Those of a run or a link") + "."
        )
        first = st.slider(
            "Hidden size",
            **_unit_range("first", minimum=4),
            **_persistent("first"),
            help="Units in the hidden layer. Each looks at all 784 pixels; more of them can tell "
            "more shapes apart, and take longer.",
        )
        values["epochs"] = st.slider(
            "Epochs",
            1,
            max(100, st.session_state[_key("epochs")]),
            **_persistent("epochs"),
            help="How often the network sees every training image.",
        )
        values["learning_rate"] = st.select_slider(
            "Eta (learning rate)",
            with_value(ETAS, st.session_state[_key("learning_rate")]),
            **_persistent("learning_rate"),
            format_func=lambda eta: f"{eta:g}",
            help=section("help/train", "Learning rate"),
        )
    with folded, st.expander("More settings"):
        second = st.slider(
            "Second hidden layer",
            **_unit_range("second", minimum=0),
            **_persistent("second"),
            help="Units in a second hidden layer; 0 for none.",
        )
        deeper = base.hidden_sizes[2:]
        if deeper:
            st.caption(f"The recipe has further layers: {', '.join(map(str, deeper))}.")
        values |= _more_settings(base)
    values["hidden_sizes"] = tuple(size for size in (first, second, *deeper) if size)
    dataset = data_choice.load_dataset(values["data"])
    with front:
        config = _checked(base, values, dataset)
        note = None if config is None else validation_note(config, len(dataset.train.labels))
        if note is not None:
            st.caption(note)
    return config


def validation_note(config: TrainConfig, images: int) -> str | None:
    """Return how many of so many training images are held back, None if as many as usual."""
    count = validation_count(config, images)
    if count == TrainConfig.validation_size:
        return None
    if count == 0:
        return "No images are held back for validation, so the charts have no line for them."
    are = "is" if count == 1 else "are"
    return f"{count:,} of the {images:,} training images {are} held back for validation."


def _more_settings(base: TrainConfig) -> dict[str, Any]:
    """Draw the settings in the expander; return their values by field."""
    values: dict[str, Any] = {}

    def choose(
        field: str, label: str, options: list[Any], label_of: Callable[[Any], str], tooltip: str
    ) -> None:
        values[field] = st.selectbox(
            label,
            options,
            format_func=label_of,
            **_persistent(field),
            help=tooltip,
        )

    datasets = services.datasets()
    if len(datasets.names) > 1:
        choose(
            "data",
            "Digits to learn from",
            list(datasets.names),
            datasets.label,
            f"{data_choice.BUILTIN} Learn from one set and see on the Mistakes page how well that "
            "does on the other.",
        )
    else:
        values["data"] = base.data
    choose(
        "augmentation",
        "Distort the images",
        list(AUGMENTATION_LABELS),
        AUGMENTATION_LABELS.__getitem__,
        "Change every image a little each time it is learned from, as if somebody else had written "
        "it (augmentation). It takes more epochs and gives better answers to new digits.",
    )
    if values["augmentation"] != NONE:
        _show_augmentation(values["data"], values["augmentation"])
    values["batch_size"] = st.select_slider(
        "Batch size",
        with_value(BATCH_SIZES, st.session_state[_key("batch_size")]),
        **_persistent("batch_size"),
        format_func=lambda size: f"{size:,}",
        help="Images that are learned from in one step.",
    )
    activations = [
        name
        for name, activation in HIDDEN_ACTIVATIONS.items()
        if not activation.historical or name == base.activation
    ]
    choose(
        "activation",
        "Activation",
        activations,
        lambda name: HIDDEN_ACTIVATIONS[name].label,
        "What a hidden unit makes of its weighted sum.",
    )
    choose(
        "loss",
        "Loss",
        list(LOSSES),
        lambda name: LOSSES[name].label,
        "How wrong answers are counted; the cost is its mean.",
    )
    choose(
        "optimizer",
        "Optimiser",
        list(OPTIMIZERS),
        lambda name: OPTIMIZERS[name].label,
        "How the gradient becomes a step. Adam wants a small eta, about 0.001.",
    )
    choose(
        "schedule",
        "Schedule",
        list(SCHEDULES),
        lambda name: SCHEDULES[name].label,
        "How eta changes while the run goes on.",
    )
    choose(
        "initialization",
        "Initialisation",
        list(INITIALIZERS),
        lambda name: INITIALIZERS[name].label,
        "How the random weights at the start are spread.",
    )
    if values["initialization"] == "normal":
        values["initial_scale"] = st.number_input(
            "s, the spread of the first weights",
            min_value=0.0,
            max_value=100.0,
            step=0.01,
            format="%g",
            **_persistent("initial_scale"),
            help="Standard deviation; 0 makes all weights zero.",
        )
    choose(
        "training_size",
        "Training images",
        [*with_value(TRAINING_SIZES, base.training_size or TRAINING_SIZES[0]), ALL],
        lambda size: size if size == ALL else f"{size:,}",
        "How many images the network learns from. Those held back for validation are never "
        "among them.",
    )
    values["seed"] = st.number_input(
        "Seed",
        min_value=0,
        max_value=2**32 - 1,
        step=1,
        **_persistent("seed"),
        help="Where the random numbers begin: the same seed gives the same run.",
    )
    st.toggle(
        "Begin paused",
        key=session_keys.BEGIN_PAUSED,
        persist_state="session",
        help="The run waits before its first batch, so that you can take one batch at a time.",
    )
    return values


def _show_augmentation(data: str, name: str) -> None:
    """Draw a digit and distorted copies of it."""
    distort = augmentation(name)
    assert distort is not None
    digit = data_choice.load_dataset(data).train.images[:1]
    changed = distort(digit.repeat(PREVIEWS, axis=0), np.random.default_rng(0))
    st.caption("A digit, and what the network may see instead of it:")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(picture_url(digit[0], 2), width=48, alt="the digit as it is")
        st.markdown("→", width="content")
        sheet = contact_sheet(changed, PREVIEWS // 2)
        st.image(picture_url(sheet, 2), width=24 * PREVIEWS, alt="the digit distorted in many ways")


def _checked(
    base: TrainConfig, values: dict[str, Any], dataset: HasTrainTest
) -> TrainConfig | None:
    """Return the base config with the values, or None after drawing why they are invalid."""
    if base.output not in LOSSES[values["loss"]].outputs:
        values["output"] = LOSSES[values["loss"]].outputs[0]
    if values["optimizer"] != "sgd":
        values["update_order"] = "together"
    if values["initialization"] != "normal":
        unchanged = values["initialization"] == base.initialization
        values["initial_scale"] = base.initial_scale if unchanged else 1.0
    if values["training_size"] == ALL:
        values["training_size"] = None
    if values["augmentation"] == NONE:
        values["augmentation"] = None
    try:
        config = replace(base, **values)
        services.limits().check(config)
        train_validation_split(dataset, config)
    except ConfigError as error:
        st.error(str(error))
        return None
    return config


def use_settings(config: TrainConfig) -> None:
    """Fill the form with a config; must be called before the form is drawn."""
    recipe = next((name for name in recipes if _recipe(name) == config), NO_RECIPE)
    st.session_state[session_keys.RECIPE] = recipe
    st.session_state[session_keys.OTHER_SETTINGS] = data_choice.with_available_data(config)
    _fill_widgets()


def _base_config() -> TrainConfig:
    """Return the config that the form was filled with last."""
    name = st.session_state[session_keys.RECIPE]
    return st.session_state[session_keys.OTHER_SETTINGS] if name == NO_RECIPE else _recipe(name)


def _recipe(name: str) -> TrainConfig:
    return data_choice.with_available_data(recipes[name])


def _fill_widgets() -> None:
    """Set the values of the form's widgets to those of the base config."""
    config = _base_config()
    first, second = (*config.hidden_sizes, 0, 0)[:2]
    st.session_state[_key("first")], st.session_state[_key("second")] = first, second
    for field in fields(TrainConfig):
        st.session_state[_key(field.name)] = getattr(config, field.name)
    st.session_state[_key("training_size")] = config.training_size or ALL
    st.session_state[_key("augmentation")] = config.augmentation or NONE
    if config.initialization != "normal":
        st.session_state[_key("initial_scale")] = 0.01


def _key(field: str) -> str:
    return session_keys.FORM_FIELD + field


def _persistent(field: str) -> dict[str, Any]:
    """Return arguments that keep a widget's value while other pages are open."""
    return {"key": _key(field), "persist_state": "session"}


def _unit_range(field: str, minimum: int) -> dict[str, Any]:
    """Return the bounds of a slider for the units of a layer, which include its value."""
    value = st.session_state[_key(field)]
    return {
        "min_value": min(minimum, value),
        "max_value": max(512, value),
        "step": 1 if value % 4 else 4,
    }


def with_value(options: list[Any], value: Any) -> list[Any]:
    """Return the options and `value`, sorted, if it is not among them."""
    return options if value in options else sorted([*options, value])


def run_name(config: TrainConfig) -> str:
    """Return the name of a recipe with this config, else the base recipe and what differs."""
    for name in recipes:
        if _recipe(name) == config:
            return name
    base = vars(_base_config())
    changed = [field for field, value in vars(config).items() if value != base[field]]
    named = [
        f"{FIELD_NAMES.get(field, field.replace('_', ' '))} {_value_text(config, field)}"
        for field in changed
    ]
    return ", ".join([st.session_state[session_keys.RECIPE], *named])[:MAX_NAME]


def _value_text(config: TrainConfig, field: str) -> str:
    value = getattr(config, field)
    if field == "hidden_sizes":
        return "-".join(map(str, value)) or "0"
    return f"{value:g}" if isinstance(value, float) else str(value)
