"""Registers a component whose JavaScript and CSS are files beside its Python module."""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer


def browser_component(
    module_file: str, name: str, html: str = "", shared_style: str = ""
) -> ComponentRenderer:
    """Register a component and return the function that mounts it.

    Parameters
    ----------
    module_file : str
        ``__file__`` of its module; ``.js`` and, if there is one, ``.css`` are read from beside it.
    name : str
        Unique among all components of the app.
    html : str
        What the script finds in its parent element at first.
    shared_style : str
        Name of a ``.css`` file of several components, which comes before its own.
    """
    script = Path(module_file).with_suffix(".js")
    styles = [script.with_suffix(".css")]
    if shared_style:
        styles.insert(0, script.with_name(f"{shared_style}.css"))
    return st.components.v2.component(
        name,
        html=html or None,
        css="".join(s.read_text(encoding="utf-8") for s in styles if s.exists()) or None,
        js=script.read_text(encoding="utf-8"),
    )
