"""Models available to this visitor, and the chosen one."""

from functools import partial

import streamlit as st

from inkling.charts.accuracy_level import GUESSING, level
from inkling.runs.run import RunInfo
from inkling.runs.run_file import RunError
from inkling.server.models import Model, model_of
from inkling.ui import services, session_keys
from inkling.ui.visitor import visitor_id
from inkling.ui.widgets.address import read_choice
from nn import Network, load_pretrained, recipes
from nn.pretrained import DEFAULT, RECIPES, accuracy_on_test_images

NETWORK = "network"  # in the page's address: the id of the chosen model


def pretrained() -> Model:
    """Return the built-in network that answers by default."""
    return builtin_models()[0]


@st.cache_resource(show_spinner=False)
def builtin_models() -> tuple[Model, Model]:
    """Return the networks that ship with Inkling: the default one, and the dense one."""
    return (
        _builtin_model(DEFAULT, "pretrained", "Built-in network"),
        _builtin_model("dense", "pretrained-dense", "Built-in dense network"),
    )


def _builtin_model(file: str, model_id: str, name: str) -> Model:
    config = recipes[RECIPES[file]]
    return model_of(load_pretrained(file), model_id, name, config, accuracy_on_test_images(file))


def is_builtin(model: Model) -> bool:
    """Return whether a network ships with Inkling."""
    return any(model.id == builtin.id for builtin in builtin_models())


def available_models() -> list[Model]:
    """Return the networks that can answer, in the order of the choice.

    Finished runs come first, the newest before others, then this visitor's files and the built-in
    networks, and last the runs of sweeps and experiments. Runs whose weights overflowed are left
    out.
    """
    return _models_of(services.finished_runs())


def _guesses(info: RunInfo) -> bool:
    return info.test_accuracy is not None and level(info.test_accuracy) is GUESSING


def _models_of(infos: list[RunInfo]) -> list[Model]:
    trained = [
        Model(
            info.id,
            info.name,
            info.config.architecture,
            partial(_network, info.id),
            info.test_accuracy,
            info.config,
            info.group,
        )
        for info in infos
        if info.finite
    ]
    single = [model for model in trained if not model.group]
    grouped = [model for model in trained if model.group]
    return [*single, *services.uploads().of(visitor_id()), *builtin_models(), *grouped]


def _network(run_id: str) -> Network:
    unsaved = services.unsaved_run(run_id)
    return (
        unsaved.network
        if unsaved
        else _saved_network(run_id, services.visible_runs().stamp(run_id))
    )


@st.cache_resource(max_entries=64, show_spinner=False)  # about 1 MB each
def _saved_network(run_id: str, stamp: tuple[int, int]) -> Network:
    return services.run_store().open(run_id).network


def chosen_model() -> Model:
    """Return the chosen model; each new run of this visitor is chosen when it has ended.

    A model that the page's address names is chosen instead. Runs of sweeps and experiments, and
    those whose network only guesses, are not chosen by themselves. Must be called before the
    model's select box is drawn, because it sets its value.
    """
    infos = services.finished_runs()
    own = [info for info in infos if info.visitor_id == visitor_id() and not info.group]
    newest = next((info.id for info in own if info.finite and not _guesses(info)), pretrained().id)
    if st.session_state.get(session_keys.NEWEST_MODEL) != newest:
        st.session_state[session_keys.NEWEST_MODEL] = st.session_state[session_keys.MODEL] = newest
    by_id = {model.id: model for model in _models_of(infos)}
    read_choice(NETWORK, session_keys.MODEL, {model_id: model_id for model_id in by_id})
    chosen = by_id.get(st.session_state.get(session_keys.MODEL, newest), pretrained())
    try:
        chosen.load()
    except RunError:  # deleted meanwhile, or damaged
        return pretrained()
    return chosen
