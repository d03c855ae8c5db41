"""Widgets that pages share, and what they are turned into."""

import hashlib
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.models import Model
from nn import ConfigError, ModelError, TrainConfig, recipes
from nn.activations import HIDDEN_ACTIVATIONS
from nn.losses import LOSSES
from nn.optimizers import OPTIMIZERS
from nn.recipes import summaries
from nn.storage import MAX_BYTES, model_bytes, model_from_bytes
from nn.training import Dataset, split

ETAS = [
    *(0.0001, 0.0002, 0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075),
    *(0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75),
    *(1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 20.0, 50.0, 100.0),
]
BATCH_SIZES = [1, 5, 10, 20, 50, 100, 200, 250, 500, 1_000, 2_000, 5_000, 10_000, 60_000]
TRAINING_SIZES = [100, 300, 1_000, 3_000, 10_000, 30_000, None]
SCHEDULE_LABELS = {
    "constant": "Constant",
    "warm-up-linear": "Warm-up, then down to 0",
    "cosine": "Cosine",
}
INITIALIZATION_LABELS = {"he": "He", "xavier": "Xavier", "normal": "Normal(0, s)"}

START = "fast-97"
PAPER = 240


def training_form(dataset: Dataset) -> TrainConfig | None:
    """Draw the settings of a training run and return them, or None if they cannot be trained.

    What is wrong is said below the widgets. Settings that have no widget come from the recipe
    that was chosen last.
    """
    if state.RECIPE not in st.session_state:
        st.session_state[state.RECIPE] = START
    base = recipes[st.session_state[state.RECIPE]]
    if _key("epochs") not in st.session_state:
        _fill_in()

    st.selectbox(
        "Recipe",
        list(recipes),
        key=state.RECIPE,
        on_change=_fill_in,
        persist_state="session",
        help="Settings with a known result. Choose one, then change what you like.",
    )
    st.caption(summaries[st.session_state[state.RECIPE]] + ".")
    values: dict[str, Any] = {}
    first = st.slider(
        "Hidden size",
        4,
        512,
        step=4,
        key=_key("first"),
        persist_state="session",
        help="Units in the hidden layer. Each looks at all 784 pixels; more units can tell more "
        "shapes apart, and take longer.",
    )
    values["epochs"] = st.slider(
        "Epochs",
        1,
        100,
        key=_key("epochs"),
        persist_state="session",
        help="How often the network sees every training image.",
    )
    values["learning_rate"] = st.select_slider(
        "Eta (learning rate)",
        _with(ETAS, st.session_state[_key("learning_rate")]),
        key=_key("learning_rate"),
        persist_state="session",
        format_func=lambda eta: f"{eta:g}",
        help="How far each step goes down the slope of the cost. Too small: it learns slowly. "
        "Too large: it jumps about, or breaks.",
    )
    with st.expander("More settings"):
        second = st.slider(
            "Second hidden layer",
            0,
            512,
            step=4,
            key=_key("second"),
            persist_state="session",
            help="Units in a second hidden layer; 0 for none.",
        )
        values |= _more_settings(base)
    values["hidden_sizes"] = (first, second) if second else (first,)
    return _checked(base, values, dataset)


def _more_settings(base: TrainConfig) -> dict[str, Any]:
    """Draw the settings that are folded away; return their fields and values."""
    values: dict[str, Any] = {}

    def choose(
        field: str, label: str, options: list[Any], name: Callable[[Any], str], explained: str
    ) -> None:
        values[field] = st.selectbox(
            label,
            options,
            key=_key(field),
            format_func=name,
            persist_state="session",
            help=explained,
        )

    values["batch_size"] = st.select_slider(
        "Batch size",
        _with(BATCH_SIZES, st.session_state[_key("batch_size")]),
        key=_key("batch_size"),
        persist_state="session",
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
        list(SCHEDULE_LABELS),
        SCHEDULE_LABELS.__getitem__,
        "How eta changes while the run goes on.",
    )
    choose(
        "initialization",
        "Initialisation",
        list(INITIALIZATION_LABELS),
        INITIALIZATION_LABELS.__getitem__,
        "How the random weights at the start are spread.",
    )
    if values["initialization"] == "normal":
        values["initial_scale"] = st.number_input(
            "s, the spread of the first weights",
            min_value=0.0,
            max_value=100.0,
            step=0.01,
            format="%g",
            key=_key("initial_scale"),
            persist_state="session",
            help="Standard deviation; 0 makes all weights zero.",
        )
    choose(
        "training_size",
        "Training images",
        _with(TRAINING_SIZES, st.session_state[_key("training_size")]),
        lambda size: "All" if size is None else f"{size:,}",
        "How many images the network learns from. Those held back for validation are never "
        "among them.",
    )
    values["seed"] = st.number_input(
        "Seed",
        min_value=0,
        max_value=2**32 - 1,
        step=1,
        key=_key("seed"),
        persist_state="session",
        help="Where the random numbers begin: the same seed gives the same run.",
    )
    return values


def _checked(base: TrainConfig, values: dict[str, Any], dataset: Dataset) -> TrainConfig | None:
    """Put the values into the recipe; say what is wrong where that does not work."""
    if base.output not in LOSSES[values["loss"]].outputs:
        values["output"] = LOSSES[values["loss"]].outputs[0]
    if values["initialization"] != "normal":
        values["initial_scale"] = 1.0
    try:
        config = replace(base, **values)
        split(dataset, config)
    except ConfigError as error:
        st.error(str(error))
        return None
    return config


def _fill_in() -> None:
    """Set the form's widgets to the chosen recipe."""
    config = recipes[st.session_state[state.RECIPE]]
    first, second = (*config.hidden_sizes, 0)[:2]
    st.session_state[_key("first")], st.session_state[_key("second")] = first, second
    for field in fields(TrainConfig):
        st.session_state[_key(field.name)] = getattr(config, field.name)


def _key(field: str) -> str:
    return state.FORM + field


def _with(options: list[Any], value: Any) -> list[Any]:
    """Return the options, with a value that is not among them put in its place."""
    return options if value in options else sorted([*options, value])


def run_name(config: TrainConfig) -> str:
    """Return the recipe's name, or what sets the config apart from the one it began as."""
    for name, recipe in recipes.items():
        if recipe == config:
            return name
    base = st.session_state[state.RECIPE]
    changed = [
        f.name for f in fields(config) if getattr(config, f.name) != vars(recipes[base])[f.name]
    ]
    return f"{base}, other {', '.join(changed).replace('_', ' ')}"


def choose_model() -> Model | None:
    """Let the visitor choose among their models; return the one that answers, or None."""
    model = state.model()
    if model is None:
        return None
    labels = {model.id: model.label for model in state.models()}
    st.selectbox(
        "Model that answers",
        list(labels),
        key=state.MODEL,
        format_func=lambda key: labels.get(key, "?"),
        persist_state="session",
        help="The runs of this sitting and the models you loaded. A new one is chosen at once.",
    )
    return model


def download_model(model: Model) -> None:
    """Offer a model as a file."""
    st.download_button(
        "Download the model",
        lambda: model_bytes(model.network),
        file_name=f"inkling-{'-'.join(map(str, model.network.sizes))}.safetensors",
        mime="application/octet-stream",
        on_click="ignore",
        help="The weights as a safetensors file, which can be loaded again on the Draw page.",
    )


def load_model() -> None:
    """Take a model from a file; say what is wrong with one that is refused."""
    file = st.file_uploader(
        "Load a model from a file",
        type="safetensors",
        max_upload_size=MAX_BYTES // 2**20,
        key="model_file",
        help="One that was downloaded here.",
    )
    if file is None:
        return
    data = file.getvalue()
    model_id = hashlib.sha256(data).hexdigest()[:16]
    if any(model.id == model_id for model in state.models()):
        return
    try:
        network = model_from_bytes(data)
    except ModelError as error:
        st.error(str(error))
        return
    state.uploads().add(state.visitor(), Model(model_id, file.name, network))
    st.session_state[state.MODEL] = model_id
    st.rerun()


def digit_picture(image: np.ndarray, scale: int) -> np.ndarray:
    """Return an image as dark ink on light paper, enlarged so that its pixels stay crisp.

    Parameters
    ----------
    image : ndarray, (28, 28) uint8
        0 paper, 255 ink.
    scale : int
        Screen pixels a side of each pixel.

    Returns
    -------
    ndarray, (28 scale, 28 scale) uint8
    """
    # Paper is a little darker than a white page, or the picture would have no edge.
    shades = np.linspace(PAPER, 0, 256).astype(np.uint8)
    return np.kron(shades[image], np.ones((scale, scale), np.uint8))


def digit_row(images: np.ndarray, captions: list[str], width: int) -> None:
    """Draw digits side by side, as many a line as there is room for, each with its caption."""
    with st.container(horizontal=True, gap="small"):
        for image, caption in zip(images, captions, strict=True):
            st.image(digit_picture(image, 4), caption=caption, width=width, alt="a digit")
