"""Exports of a finished run: link, code, run file, model file, ONNX, NumPy program."""

from collections.abc import Callable
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


def show(run: Run) -> None:
    """Draw link, code and download buttons of a finished run."""
    info = run.info
    st.markdown("**A link** that opens this page with exactly these settings")
    st.code(_link(info.config), language=None, wrap_lines=True)
    st.markdown(
        "**The code of this run**: in Inkling's folder it trains exactly the same weights "
        "again on the same machine"
    )
    script = run_script(info.config, run.events, info.steps if info.status == "stopped" else None)
    st.code(script, language="python", height=CODE_HEIGHT)
    st.markdown("**To save**")
    layers = str(info.config.architecture)
    with st.container(horizontal=True):
        _download_button(
            "Download code",
            lambda: script.encode(),
            f"inkling-{layers}-run.py",
            ("Saved as a Python file. The comment at its top says how to start it."),
        )
        _download_button(
            "Download run",
            lambda: run_bytes(run),
            f"inkling-{layers}-run.safetensors",
            "Weights, settings, history and snapshots. Load the file again under Saved runs.",
        )
        if not info.finite:
            return
        _download_button(
            "Download network",
            lambda: model_bytes(run.network),
            f"inkling-{layers}.safetensors",
            "A safetensors file. Load it again on the Draw page, under Network.",
        )
        _download_button(
            "Download ONNX file",
            lambda: onnx_bytes(run.network),
            f"inkling-{layers}.onnx",
            "For other programs: it takes images (n, 28, 28) of bytes and returns ten "
            "probabilities.",
        )
        _download_button(
            "Download NumPy program",
            lambda: numpy_program(run.network).encode(),
            f"inkling_{layers.replace('-', '_')}.py",
            "A Python file with the weights in it. It needs nothing but NumPy.",
        )


def _link(config: TrainConfig) -> str:
    """Return the address that opens the Train page with a config."""
    here = urlsplit(st.context.url or "")
    address = here._replace(path="/train", query=urlencode(link_query(config)), fragment="")
    return address.geturl()


def _download_button(label: str, data: Callable[[], bytes], name: str, tooltip: str) -> None:
    """Draw a download button whose file is made when it is clicked."""
    st.download_button(
        label,
        data,
        file_name=name,
        mime="application/octet-stream",
        on_click="ignore",
        key=f"take_{name}",
        help=tooltip,
    )
