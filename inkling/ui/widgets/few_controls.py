"""Fewer controls on Train: asked for by the teacher of a class, or by a link."""

import streamlit as st

from inkling.server.classroom import has_teacher
from inkling.ui import services, session_keys, visitor

SHOW = "show"  # parameter of the address
FIELDS = ("hidden_sizes", "epochs", "learning_rate")
"""Settings that are always in view."""


def few_controls() -> bool:
    """Return whether Train shows this visitor few controls.

    The address `?show=few` holds for the session, `?show=all` ends it.
    """
    if st.query_params.get(SHOW) in ("few", "all"):
        st.session_state[session_keys.FEW_CONTROLS] = st.query_params[SHOW] == "few"
    by_teacher = has_teacher() and services.class_files().lesson().few_controls
    by_link = st.session_state.get(session_keys.FEW_CONTROLS, False)
    return by_link or (by_teacher and not visitor.is_teacher())
