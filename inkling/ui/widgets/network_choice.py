"""Choice of the network that answers on Draw, Mistakes and Inside; upload of a network's file."""

import hashlib

import streamlit as st

from inkling.runs.run_file import MAX_NAME, clean_text
from inkling.runs.settings import visible_file_message
from inkling.server.limits import LimitError
from inkling.server.models import Model, model_of
from inkling.ui import model_choice, services, session_keys, visitor
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets.address import write_choice
from nn import ModelError
from nn.storage import MAX_BYTES, model_from_bytes

SCOPE = "This network answers on **Draw**, **Mistakes** and **Inside**."
_ALL_RUNS = "network_choice_all_runs"  # runs of sweeps and experiments are listed, too
_BUILTIN = "network_choice_"  # and the id of a built-in network


def choose_network() -> Model:
    """Draw a button that names the network and opens the choice; return the chosen network."""
    model = model_choice.chosen_model()
    newest = st.session_state[session_keys.NEWEST_MODEL]
    write_choice(model_choice.NETWORK, session_keys.MODEL, None if model.id == newest else model.id)
    with st.popover(f"Network: **{escape_markdown(title(model))}**"):
        st.caption(SCOPE)
        listed = st.container()
        _load_network()  # first: it sets the choice, which is an error after the widget
        with listed:
            _show_list(model)
    return model


def ask_builtin_network() -> None:
    """Draw a button that lets the built-in network answer; where another one is chosen."""
    builtin = model_choice.pretrained()
    if st.button(
        "Ask the built-in network",
        key="ask_builtin_network",
        on_click=choose,
        args=(builtin.id,),
        help="It then answers on Draw, Mistakes and Inside.",
    ):
        st.rerun()  # the choice is not in the fragment of the answer


def choose(model_id: str) -> None:
    """Let a network answer from now on; for callbacks."""
    st.session_state[session_keys.MODEL] = model_id


def title(model: Model) -> str:
    """Return a network's name and the share of test images that it reads correctly."""
    share = "" if model.test_accuracy is None else f" · {model.test_accuracy:.2%}"
    return f"{model.name}{share}"


def listed_networks(chosen: str | None) -> list[Model]:
    """Return the networks to choose from.

    Runs of sweeps and experiments are among them if the visitor has them listed.

    Parameters
    ----------
    chosen : str or None
        Id of a network that is always among them.
    """
    all_runs = st.session_state.get(_ALL_RUNS, False)
    return [
        other
        for other in model_choice.available_models()
        if all_runs or not other.group or other.id == chosen
    ]


def _show_list(model: Model) -> None:
    """Draw the finished runs, files and built-in networks."""
    grouped = sum(bool(other.group) for other in model_choice.available_models())
    labels = {other.id: other.label for other in listed_networks(model.id)}
    # Without this, a browser that comes from another page with this box shows the first option.
    st.session_state[session_keys.MODEL] = model.id
    st.selectbox(
        "Network",
        list(labels),
        key=session_keys.MODEL,
        format_func=lambda key: labels.get(key, "?"),
        persist_state="session",
        help="Finished runs, the newest first, networks from files, and the built-in ones. "
        "A new run is selected as soon as it ends. The percentage is the accuracy on the "
        "test images.",
    )
    st.caption(f"Its layers: {model.architecture.description}.")
    with st.container(horizontal=True):
        for builtin in model_choice.builtin_models():
            st.button(
                title(builtin),
                key=_BUILTIN + builtin.id,
                disabled=builtin.id == model.id,
                on_click=choose,
                args=(builtin.id,),
                help=builtin.architecture.description,
            )
    if grouped:
        st.toggle(
            f"List {grouped} runs of sweeps and experiments",
            key=_ALL_RUNS,
            persist_state="session",
        )


def _load_network() -> None:
    """Draw the upload of a network's file; add and choose it, or draw why it is rejected."""
    file = st.file_uploader(
        "Load a network from a file",
        type="safetensors",
        max_upload_size=MAX_BYTES // 2**20,
        key="model_file",
        help="A .safetensors file downloaded from Inkling, such as the weights of a run.",
    )
    if file is None:
        return
    data = file.getvalue()
    model_id = hashlib.sha256(data).hexdigest()[:16]
    if any(model.id == model_id for model in model_choice.available_models()):
        return
    try:
        services.limits().check_upload(len(data))
        network = model_from_bytes(data)
    except (ModelError, LimitError) as error:
        st.error(escape_markdown(visible_file_message(error)))
        return
    name = clean_text(file.name, MAX_NAME) or "network"
    share = services.measured_accuracy(model_id, network)
    model = model_of(network, model_id, name, test_accuracy=share)
    services.uploads().add(visitor.visitor_id(), model)
    choose(model_id)
    st.rerun()
