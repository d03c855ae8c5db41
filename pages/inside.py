"""Look inside a network: one digit through it, what decides, what its units learned."""

import streamlit as st

from inkling.data.unseen_images import unseen_images
from inkling.lessons.content import section
from inkling.ui import frame, services, session_keys
from inkling.ui.inside import (
    ablation,
    feature_maps,
    filter_by_hand,
    forward_backward,
    layout,
    pass_step,
    saliency,
    shift_tolerance,
    unit_importance,
)
from inkling.ui.widgets import (
    data_choice,
    digit_picker,
    network_choice,
    page_header,
)
from inkling.ui.widgets.view_choice import choose_view

ONE_DIGIT, DECISION, UNITS, BREAK = "One digit", "What decides", "The units", "Break it"
FEATURE_MAPS, FILTER, SHIFT = "Feature maps", "A filter by hand", "Move it"
NAMES = {
    "digit": ONE_DIGIT,
    "decision": DECISION,
    "units": UNITS,
    "damage": BREAK,
    "feature-maps": FEATURE_MAPS,
    "filter": FILTER,
    "move": SHIFT,
}
OF_DIGITS = {
    ONE_DIGIT: forward_backward,
    DECISION: saliency,
    FEATURE_MAPS: feature_maps,
    FILTER: filter_by_hand,
}
ABOUT = section("help/inside", "Views")


def leave_view() -> None:
    """Remove what the address names of the view that is left."""
    for name in (pass_step.PARAMETER, *ablation.PARAMETERS):
        st.query_params.pop(name, None)


def show() -> None:
    """Draw the choice of a view, a network, a digit and a data set, and the view."""
    with page_header.title_row("Inside"):
        view = choose_view("View", NAMES, session_keys.INSIDE_VIEW, ABOUT, on_change=leave_view)
        model = network_choice.choose_network()
    choices = page_header.choice_row()
    with choices:
        digit_place = st.container(width="content")
        data = data_choice.choose_dataset()
    data_choice.load_dataset(data)
    if view in (UNITS, BREAK):
        unseen = unseen_images(model.config, data, services.datasets().get(data))
        if unseen.learned is not False:
            st.caption(unseen.note)
        (unit_importance if view == UNITS else ablation).show(model, unseen)
        return
    with digit_place:
        digit = digit_picker.pick_digit(data, model)
    if view == SHIFT:
        shift_tolerance.show(model, digit, data)
    else:
        OF_DIGITS[view].show(model, digit)


frame.inside_frame()
layout.load_style()
show()
