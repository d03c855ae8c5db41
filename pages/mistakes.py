"""See what a network reads wrong: sort it out, compare two networks, look at it from more sides."""

import streamlit as st

from inkling.lessons.content import section
from inkling.ui import frame, session_keys
from inkling.ui.mistakes import calibration, forgetting, model_comparison, quiz, triage
from inkling.ui.widgets import data_choice, image_address, network_choice, page_header
from inkling.ui.widgets.view_choice import PARAMETER, choose_view

TRIAGE, TWO_MODELS, FORGETTING = "Triage", "Two models", "Biography"
CALIBRATION, QUIZ = "Calibration", "Beat the network"
VIEWS = {
    TRIAGE: triage.show,
    TWO_MODELS: model_comparison.show,
    FORGETTING: forgetting.show,
    CALIBRATION: calibration.show,
    QUIZ: quiz.show,
}
NAMES = {
    "triage": TRIAGE,
    "two-models": TWO_MODELS,
    "biography": FORGETTING,
    "calibration": CALIBRATION,
    "quiz": QUIZ,
}
ABOUT = section("help/mistakes", "Views")


def show() -> None:
    """Draw the choice of a network and of a view, and the view."""
    if image_address.names_image():
        st.query_params.pop(PARAMETER, None)
        st.session_state[session_keys.MISTAKES_VIEW] = TRIAGE
    with page_header.title_row("Mistakes"):
        view = choose_view(
            "What to look at",
            NAMES,
            session_keys.MISTAKES_VIEW,
            ABOUT,
            on_change=image_address.close_image,
        )
    with page_header.choice_row():
        model = network_choice.choose_network()
        data = data_choice.choose_dataset()
    data_choice.load_dataset(data)
    VIEWS[view](model, data)


frame.inside_frame()
show()
