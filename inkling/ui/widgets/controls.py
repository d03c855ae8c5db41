"""Choice of a view and of a model, upload of a model, and rows of digits."""

import hashlib
from collections.abc import Callable
from typing import Literal

import numpy as np
import streamlit as st

from inkling.runs.run_file import MAX_NAME, clean_text
from inkling.server.limits import LimitError
from inkling.server.models import Model, model_of
from inkling.ui import model_choice, services, session_keys, visitor
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.markdown import escape_markdown
from nn import ModelError, Network
from nn.storage import MAX_BYTES, model_from_bytes


def choose_view(
    label: str,
    views: list[str],
    key: str,
    tooltip: str,
    *,
    on_change: Callable[[], None] | None = None,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> str:
    """Draw the choice of a page's view, the first one by default; return the chosen one."""
    return st.pills(
        label,
        views,
        default=views[0],
        required=True,
        wrap=True,  # two lines on a phone
        key=key,
        persist_state="session",
        on_change=on_change,
        label_visibility=label_visibility,
        help=tooltip,
    )


def choose_model() -> Model:
    """Draw the choice of a model; return the chosen one."""
    model = model_choice.chosen_model()
    labels = {model.id: model.label for model in model_choice.available_models()}
    # Without this, a browser that comes from another page with this box shows the first option.
    st.session_state[session_keys.MODEL] = model.id
    st.selectbox(
        "Model that answers",
        list(labels),
        key=session_keys.MODEL,
        format_func=lambda key: labels.get(key, "?"),
        persist_state="session",
        help="The kept runs, the models you loaded, and one that comes with Inkling. A new run is "
        "chosen at once.",
    )
    return model


def load_model() -> None:
    """Draw the upload of a model's file; add and choose the model, or draw why it is rejected."""
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
    if any(model.id == model_id for model in model_choice.available_models()):
        return
    try:
        services.limits().check_upload(len(data))
        network = model_from_bytes(data)
    except (ModelError, LimitError) as error:
        st.error(escape_markdown(str(error)))
        return
    name = clean_text(file.name, MAX_NAME) or "model"
    services.uploads().add(visitor.visitor_id(), model_of(network, model_id, name))
    st.session_state[session_keys.MODEL] = model_id
    st.rerun()


def digit_row(images: np.ndarray, captions: list[str], width: int) -> None:
    """Draw images (n, 28, 28) uint8 side by side, each with its caption."""
    with st.container(horizontal=True, gap="small"):
        for image, caption in zip(images, captions, strict=True):
            st.image(picture_url(image, 4), caption=caption, width=width, alt="a digit")


def answer_row(network: Network, images: np.ndarray, labels: np.ndarray, width: int) -> None:
    """Draw images side by side, each with a network's answer and whether that is correct."""
    answers = network.predict_proba(images).argmax(axis=1)
    digit_row(
        images,
        [
            f":green[**{answer}** ✓]" if answer == label else f":red[**{answer}** ✗]"
            for answer, label in zip(answers, labels, strict=True)
        ],
        width,
    )
