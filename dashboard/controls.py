"""Widgets that pages share: models to choose, load and save, and digits side by side."""

import base64
import hashlib
import io

import numpy as np
import streamlit as st
from PIL import Image

from dashboard import state
from dashboard.models import Model
from nn import ModelError
from nn.storage import MAX_BYTES, model_bytes, model_from_bytes

PAPER = 240  # the grey of a picture's ground; a white page would swallow its edge


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


def digit_picture(image: np.ndarray, scale: int) -> str:
    """Return an image as dark ink on light paper, enlarged so that its pixels stay crisp.

    Parameters
    ----------
    image : ndarray, (28, 28) uint8
        0 paper, 255 ink.
    scale : int
        Screen pixels a side of each pixel.

    Returns
    -------
    str
        A PNG as a data URL, for `st.image`: nobody has to ask for it or keep it.
    """
    shades = np.linspace(PAPER, 0, 256).astype(np.uint8)
    enlarged = np.kron(shades[image], np.ones((scale, scale), np.uint8))
    file = io.BytesIO()
    Image.fromarray(enlarged).save(file, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def digit_row(images: np.ndarray, captions: list[str], width: int) -> None:
    """Draw digits side by side, as many a line as there is room for, each with its caption."""
    with st.container(horizontal=True, gap="small"):
        for image, caption in zip(images, captions, strict=True):
            st.image(digit_picture(image, 4), caption=caption, width=width, alt="a digit")
