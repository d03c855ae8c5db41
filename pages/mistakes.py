"""See what a network reads wrong: sort it out, compare two networks, look at it from more sides."""

import streamlit as st

from inkling.lessons.content import section
from inkling.ui import frame, session_keys
from inkling.ui.mistakes import calibration, forgetting, model_comparison, quiz, triage
from inkling.ui.widgets import controls, data_choice, image_address, network_choice

TRIAGE, TWO_MODELS, FORGETTING = "Triage", "Two models", "Biography"
CALIBRATION, QUIZ = "Calibration", "Beat the network"
VIEWS = {
    TRIAGE: triage.show,
    TWO_MODELS: model_comparison.show,
    FORGETTING: forgetting.show,
    CALIBRATION: calibration.show,
    QUIZ: quiz.show,
}
ABOUT = section("help/mistakes", "Views")


def show() -> None:
    """Draw the choice of a network and of a view, and the view."""
    data = data_choice.title_and_choice("Mistakes")
    st.markdown("No network reads every digit. See where this one goes wrong, and why.")
    if image_address.names_image():
        st.session_state[session_keys.MISTAKES_VIEW] = TRIAGE
    left, right = st.columns([2, 3], gap="large", vertical_alignment="bottom")
    with left:
        model = network_choice.choose_network()
    with right:
        view = controls.choose_view(
            "What to look at",
            list(VIEWS),
            session_keys.MISTAKES_VIEW,
            ABOUT,
            on_change=image_address.close_image,
        )
    VIEWS[view](model, data)


frame.inside_frame()
show()
