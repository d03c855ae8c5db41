"""What can be taken away from a run: a link, the code, and the network in four formats."""

from urllib.parse import urlencode, urlsplit

import streamlit as st

from inkling.exports.config_link import link_query
from inkling.exports.numpy_program import numpy_program
from inkling.exports.onnx_model import onnx_bytes
from inkling.exports.run_script import run_script
from inkling.runs.run import Run
from inkling.runs.run_file import run_bytes
from nn import TrainConfig
from nn.storage import model_bytes

CODE_HEIGHT = 360


def take_away(run: Run) -> None:
    """Draw links, code and downloads of a finished run."""
    info = run.info
    st.markdown("**A link** that opens this page with exactly these settings")
    st.code(link(info.config), language=None, wrap_lines=True)
    st.markdown(
        "**The code of this run**: started in the project's folder, it gives the same weights, "
        "to the last bit on the same machine"
    )
    script = run_script(info.config, run.events, info.steps if info.status == "stopped" else None)
    st.code(script, language="python", height=CODE_HEIGHT)
    st.markdown("**To keep**")
    layers = "-".join(map(str, info.config.sizes))
    with st.container(horizontal=True):
        download(
            "The code", lambda: script.encode(), f"inkling-{layers}-run.py", "A Python script."
        )
        download(
            "The whole run",
            lambda: run_bytes(run),
            f"inkling-{layers}-run.safetensors",
            "Weights, settings, history and snapshots: it can be loaded again among the kept runs.",
        )
        if not info.finite:
            return
        download(
            "The model",
            lambda: model_bytes(run.network),
            f"inkling-{layers}.safetensors",
            "The weights as a safetensors file, which can be loaded again on the Draw page.",
        )
        download(
            "As ONNX",
            lambda: onnx_bytes(run.network),
            f"inkling-{layers}.onnx",
            "For other programs: it takes images (n, 28, 28) of bytes and gives ten probabilities.",
        )
        download(
            "As one NumPy file",
            lambda: numpy_program(run.network).encode(),
            f"inkling_{layers.replace('-', '_')}.py",
            "A Python file with the weights in it, which predicts with nothing but NumPy.",
        )


def link(config: TrainConfig) -> str:
    """Return the address that opens the Train page with a config."""
    here = urlsplit(st.context.url or "")
    address = here._replace(path="/train", query=urlencode(link_query(config)), fragment="")
    return address.geturl()


def download(label: str, data: object, name: str, explained: str) -> None:
    """Draw a button that makes a file when it is clicked."""
    st.download_button(
        label,
        data,  # type: ignore[arg-type]
        file_name=name,
        mime="application/octet-stream",
        on_click="ignore",
        key=f"take_{name}",
        help=explained,
    )
