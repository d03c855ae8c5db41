"""Look inside a network: one digit through it, what decides, what its units learned."""

import streamlit as st

from inkling.lessons.content import section
from inkling.ui import frame, services, session_keys
from inkling.ui.inside import ablation, forward_backward, saliency, unit_importance
from inkling.ui.widgets import controls, data_choice, digit_picker

ONE_DIGIT, DECISION, UNITS, BREAK = "One digit", "What decides", "The units", "Break it"
ABOUT = section("help/inside", "Views")
LEARNED = (
    "This network held fewer images back than usual, or none: it may have learned from those that "
    "it is tried on here."
)


def show() -> None:
    """Draw the choice of a network, a digit and a view, and the view."""
    data = data_choice.title_and_choice("Inside")
    st.markdown(
        "A network is a few tables of numbers. Look at them at work, until it is clear why."
    )
    dataset = services.datasets().get(data)
    left, right = st.columns([1, 2], gap="large", vertical_alignment="bottom")
    with left:
        model = controls.choose_model()
    with right:
        view = controls.choose_view(
            "What to look at", [ONE_DIGIT, DECISION, UNITS, BREAK], session_keys.INSIDE_VIEW, ABOUT
        )
    if view in (UNITS, BREAK) and model.trained_on_validation:
        st.caption(LEARNED)
    if view == UNITS:
        unit_importance.show(model, dataset)
    elif view == BREAK:
        ablation.show(model, dataset)
    else:
        with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
            picture = st.container(width=112)
            with st.container():
                digit = digit_picker.pick_digit(data, model)
            with picture:
                digit_picker.show_digit(digit)
        (forward_backward if view == ONE_DIGIT else saliency).show(model, digit, dataset)


frame.inside_frame()
show()
