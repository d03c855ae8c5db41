"""Draw page: a canvas or a picture, the answer of a network, and views that look closer."""

import streamlit as st

from inkling.lessons.content import section
from inkling.ui import frame, model_choice, session_keys
from inkling.ui.draw import fine_tuning, preparation, second_opinion
from inkling.ui.draw.answer import finite_probabilities, network_input
from inkling.ui.draw.canvas import clear_canvas, finished_drawing, show_canvas, show_canvas_controls
from inkling.ui.draw.layout import create_layout
from inkling.ui.draw.live_answer import show_live_answer
from inkling.ui.draw.picture_upload import show_picture_upload
from inkling.ui.widgets import controls, overflow

DRAWING, PICTURE = "A drawing", "A picture"
ANSWER, WHY, SECOND, TEACH = "Just the answer", "Why this answer?", "A second model", "Teach it"
PROBABILITY = (
    "The network's ten outputs. They add up to 100%, whatever it is shown: it knows nothing but "
    "digits, so a scribble gets an answer too."
)


@st.fragment
def show_widgets() -> None:
    """Draw all widgets of the page; a finished stroke redraws only these.

    All are in one fragment, since the canvas sends its value by itself once it has been loaded. If
    a widget outside the fragment changed in that moment, Streamlit would run only one of the two.
    The answer is a fragment in it, which is drawn anew alone while the pen moves.
    """
    model = model_choice.chosen_model()
    layout = create_layout()
    from_canvas = st.session_state.get(session_keys.INPUT_MODE, DRAWING) == DRAWING
    with layout.source:
        rgba = show_canvas() if from_canvas else show_picture_upload()
    image = network_input(rgba)
    P = None if image is None else finite_probabilities(model.network, image)
    show_live_answer(layout, model, image, P, finished_drawing() if from_canvas else None)
    with layout.probabilities:
        st.markdown("**Probability of each digit**", help=PROBABILITY)
    with layout.view_choice:
        view = controls.choose_view(
            "Look closer",
            [ANSWER, WHY, SECOND, TEACH],
            session_keys.DRAW_VIEW,
            section("help/draw", "Views"),
        )
    with layout.source_controls:
        if from_canvas:
            show_canvas_controls()
        st.segmented_control(
            "Where the digit comes from",
            [DRAWING, PICTURE],
            default=DRAWING,
            required=True,
            key=session_keys.INPUT_MODE,
            persist_state="session",
        )
    with layout.view:
        if image is not None and P is None:
            overflow.show()
        if view == WHY:
            preparation.show(model, rgba, image)
        elif view == SECOND:
            second_opinion.show(model, image)
        elif view == TEACH:
            fine_tuning.show(model, image, clear_canvas if from_canvas else None)
    with layout.other_model:
        choice = st.container()
        controls.load_model()  # first: it sets the choice, which is an error after the widget
        with choice:
            controls.choose_model()


frame.inside_frame()
st.title("Draw")
st.markdown("Draw a digit. While you draw, the network says what it takes it for.")
show_widgets()
