"""Draw page: canvas, picture or test image, a network's answer, and views that look closer."""

import numpy as np
import streamlit as st

from inkling.ui import frame, model_choice, services, session_keys
from inkling.ui.components.announcement import announcement
from inkling.ui.draw import (
    class_drawing,
    doubts,
    fine_tuning,
    picture_upload,
    preparation,
    second_opinion,
    user_drawings,
    views,
)
from inkling.ui.draw.answer import (
    NO_DRAWING,
    finite_probabilities,
    network_input,
    spoken_answer,
    unread_picture,
)
from inkling.ui.draw.canvas import finished_drawing, is_answered, show_canvas, show_canvas_controls
from inkling.ui.draw.layout import create_layout, load_style
from inkling.ui.draw.live_answer import show_live_answer
from inkling.ui.draw.test_image import is_linked, show_test_image
from inkling.ui.widgets import image_address, network_choice, overflow

DRAWING, PICTURE, TEST_IMAGE = "A drawing", "A picture", "A test image"
_SOURCES = [DRAWING, PICTURE, TEST_IMAGE]
_SLACK = 0.2  # seconds that the page may be later than an answer
_SLACK_IF_ANSWERED = 10.0  # the same, where the page follows a stroke that has its answer


@st.fragment
def show_widgets() -> None:
    """Draw all widgets of the page; a finished stroke redraws only these.

    All are in one fragment, since the canvas sends its value by itself once it has been loaded. If
    a widget outside the fragment changed in that moment, Streamlit would run only one of the two.
    The answer is a fragment in it, which is drawn anew alone while the pen moves.
    """
    with services.turns().turn(_SLACK_IF_ANSWERED if is_answered() else _SLACK):
        model = model_choice.chosen_model()
        layout = create_layout()
        if is_linked():
            st.session_state[session_keys.INPUT_MODE] = TEST_IMAGE
        with layout.source_choice:
            source = st.segmented_control(
                "Where the digit comes from",
                _SOURCES,
                default=DRAWING,
                required=True,
                key=session_keys.INPUT_MODE,
                on_change=image_address.close_image,
                persist_state="session",
                label_visibility="collapsed",
            )
        from_canvas = source == DRAWING
        rgba = None
        with layout.source:
            if source == TEST_IMAGE:
                image: np.ndarray | None = show_test_image()
            else:
                rgba = show_canvas() if from_canvas else picture_upload.show()
                image = network_input(rgba)
        P = None if image is None else finite_probabilities(model.network, image)
        drawing = finished_drawing() if from_canvas else None
        no_digit = NO_DRAWING if from_canvas else unread_picture(rgba) if image is None else ""
        is_new_picture = source == PICTURE and picture_upload.is_unread()
        if is_new_picture:
            no_digit = picture_upload.READING
        show_live_answer(layout, model, image, P, drawing, no_digit)
        with layout.announcement:
            announcement(
                spoken_answer(
                    doubts.digit_to_show(image, P), doubts.answer_sentence(model, image, P)
                ),
                key="draw_announcement",
            )
        with layout.source_controls:
            if from_canvas:
                show_canvas_controls()
                class_drawing.show(image)
            if source != TEST_IMAGE:  # which is not learned from
                user_drawings.show_labelling(image)
        with layout.panel:
            if image is not None and P is None:
                overflow.show()
            if layout.view == views.WHY:
                if from_canvas and image is not None and st.button("See it inside the network"):
                    st.session_state[session_keys.DIGIT] = None  # the drawing
                    st.switch_page("pages/inside.py")
                preparation.show(model, rgba, image)
            elif layout.view == views.SECOND:
                second_opinion.show(model, image)
            elif layout.view == views.TEACH:
                fine_tuning.show(model, image)
        with layout.network:
            network_choice.choose_network()
    if is_new_picture:  # only now, when the answer to the former one is gone
        with layout.source:
            picture_upload.read()
        st.rerun()


frame.inside_frame()
load_style()
with st.container(key="draw_title"):
    st.title("Draw", anchor=False)
show_widgets()
