"""Mistakes page: what a network reads wrongly, and why, in five views."""

import streamlit as st

from inkling.lessons.content import section
from inkling.ui import frame, session_keys
from inkling.ui.mistakes import (
    calibration,
    forgetting,
    layout,
    model_comparison,
    quiz,
    summary,
    triage,
)
from inkling.ui.widgets import data_choice, image_address, network_choice, page_header
from inkling.ui.widgets.view_choice import PARAMETER, choose_view

TRIAGE, TWO_MODELS, FORGETTING = "All mistakes", "Two networks", "How it learned"
CALIBRATION = "How sure it is"
VIEWS = {
    TRIAGE: triage.show,
    TWO_MODELS: model_comparison.show,
    FORGETTING: forgetting.show,
    CALIBRATION: calibration.show,
    quiz.TITLE: quiz.show,
}
NAMES = {
    "triage": TRIAGE,
    "two-models": TWO_MODELS,
    "biography": FORGETTING,
    "calibration": CALIBRATION,
    "quiz": quiz.TITLE,
}
ABOUT = section("help/mistakes", "Views")


def show() -> None:
    """Draw the choice of a network and of a view, and the view."""
    if image_address.names_image():
        st.query_params.pop(PARAMETER, None)
        st.session_state[session_keys.MISTAKES_VIEW] = TRIAGE
    with page_header.title_row("Mistakes"):
        view = choose_view(
            "View",
            NAMES,
            session_keys.MISTAKES_VIEW,
            ABOUT,
            on_change=st.query_params.clear,  # those of the former view
        )
        model = network_choice.choose_network()
    with page_header.choice_row():
        headline = st.container(
            key="mistakes_headline", horizontal=True, vertical_alignment="center"
        )
        data = data_choice.choose_dataset()
    data_choice.load_dataset(data)
    with headline:
        summary.show(model, data)
    VIEWS[view](model, data)


frame.inside_frame()
layout.load_style()
show()
