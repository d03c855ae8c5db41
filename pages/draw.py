"""Draw a digit, and see what the network takes it for."""

import io
from functools import partial

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw
from streamlit_drawable_canvas import st_canvas

from digits.drawing import EmptyDrawing, drawing_to_image
from inkling.charts.number_format import percent
from inkling.data import pictures
from inkling.data.canvas_state import CanvasState, canvas_state
from inkling.ui import frame, model_choice, session_keys
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.draw import fine_tuning, preparation, second_opinion
from inkling.ui.widgets import controls, overflow
from nn.diagnosis import is_finite

SIDE = 330  # of the canvas; it fits a phone 375 pixels wide
INSET = 40  # of the guide frame: the canvas's own toolbar swallows strokes near the top right
SENTENCE_HEIGHT = 78  # three lines, which the longest takes on a phone
MAX_UNDO = 50
MAX_PICTURE = 5  # MiB
SURE, LIKELY = 0.9, 0.6
DRAWING, PICTURE = "A drawing", "A picture"
ANSWER, WHY, SECOND, TEACH = "Just the answer", "Why this answer?", "A second model", "Teach it"
EMPTY = "Draw a digit from 0 to 9 in the frame."
FURTHER = (
    "**Why this answer?** The steps from your drawing to what the network sees, each of which can "
    "be left out, and the training digits nearest to it. **A second model** reads the same "
    "drawing. **Teach it**: say what the digit was, and a copy of the model learns it in seconds."
)
PROBABILITY = (
    "The network's ten outputs. They add up to 100%, whatever it is shown: it knows nothing but "
    "digits, so a scribble gets an answer too."
)


def show() -> None:
    """Draw the page."""
    st.title("Draw")
    st.markdown("Draw a digit. After each stroke the network says what it takes it for.")
    draw_and_answer()


@st.fragment
def draw_and_answer() -> None:
    """Draw all widgets of the page; a stroke redraws only these.

    All of them, for the canvas speaks up by itself when it has been loaded. Were another widget
    outside this fragment to change in that moment, Streamlit would run only one of the two.
    """
    model = model_choice.chosen_model()
    above = st.container()  # the answer stands above the canvas, so that a phone shows both
    left, right = st.columns([2, 3], gap="large")
    by_hand = st.session_state.get(session_keys.INPUT_MODE, DRAWING) == DRAWING
    with left:
        rgba = drawing() if by_hand else picture()
        below = st.container()
    image = prepared(rgba)
    P = None
    if image is not None:
        P = model.network.predict_proba(image[None])[0]
        if not is_finite(model.network, P):
            P = None
            overflow.show()
    with above:
        answer(image, P)
    with right:
        st.markdown("**Probability of each digit**", help=PROBABILITY)
        probability_bars(P)
        view = controls.choose_view(
            "Look closer", [ANSWER, WHY, SECOND, TEACH], session_keys.DRAW_VIEW, FURTHER
        )
    with below:  # drawn last: the answer goes first
        if by_hand:
            tools()
        st.segmented_control(
            "Where the digit comes from",
            [DRAWING, PICTURE],
            default=DRAWING,
            required=True,
            key=session_keys.INPUT_MODE,
            persist_state="session",
        )
    with st.container():
        if view == WHY:
            preparation.show(model, rgba, image)
        elif view == SECOND:
            second_opinion.show(model, image)
        elif view == TEACH:
            fine_tuning.show(model, image, partial(go_back, []) if by_hand else None)
    with st.expander("Another model"):
        choice = st.container()
        controls.load_model()  # first: it may choose, which the box no longer takes once drawn
        with choice:
            controls.choose_model()


def prepared(rgba: np.ndarray | None) -> np.ndarray | None:
    """Return what the network sees of a drawing, (28, 28) uint8, or None where there is no ink."""
    if rgba is None:
        return None
    try:
        return drawing_to_image(rgba)
    except EmptyDrawing:
        return None


def answer(image: np.ndarray | None, P: np.ndarray | None) -> None:
    """Draw what the network says, how sure it is, and what it sees."""
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=112):
            st.image(
                picture_url(np.zeros((28, 28), np.uint8) if image is None else image, 4),
                caption="What it sees",
                width=112,
                alt="the digit as the network sees it, 28 by 28 pixels",
            )
        with st.container(gap=None):
            st.metric("Answer", "?" if P is None else str(P.argmax()), label_visibility="collapsed")
            with st.container(height=SENTENCE_HEIGHT, border=False):  # or the canvas would move
                st.markdown(EMPTY if P is None else in_words(P))


def drawing() -> np.ndarray | None:
    """Draw the canvas; return (h, w, 4) uint8 with the ink in alpha, or None if it is empty."""
    strokes = st.session_state.setdefault(session_keys.STROKES, [])
    st.container(height=30, border=False)  # the canvas's own toolbar appears here
    key = f"canvas_{st.session_state.setdefault(session_keys.CANVAS_GENERATION, 0)}"
    if key not in st.session_state:  # new, or the page was left: put back what was drawn
        st.session_state[session_keys.CANVAS_START] = strokes[-1].objects if strokes else None
    canvas = st_canvas(
        height=SIDE,
        width=SIDE,
        stroke_width=st.session_state.get(session_keys.PEN_WIDTH, 20),
        stroke_color="#1c2430",
        background_image=paper(),
        initial_drawing=st.session_state[session_keys.CANVAS_START],
        return_image_data=True,
        key=key,
    )
    last = strokes[-1] if strokes else None
    sketch = canvas_state(canvas, last)
    if sketch is not None and sketch is not last:
        strokes.append(sketch)
        del strokes[:-MAX_UNDO]
    if not strokes or not strokes[-1].objects["objects"]:
        return None
    return pictures.read_picture(strokes[-1].png)


def tools() -> None:
    """Draw what stands below the canvas: undo, clear, and the width of the pen."""
    strokes = st.session_state[session_keys.STROKES]
    with st.container(horizontal=True, width=SIDE):
        for label, kept in (("Undo", strokes[:-1]), ("Clear", [])):
            st.button(label, disabled=not strokes, width="stretch", on_click=go_back, args=(kept,))
    st.slider(
        "Pen width",
        8,
        40,
        20,
        key=session_keys.PEN_WIDTH,
        persist_state="session",
        width=SIDE,
        help="In pixels. The network never sees it: strokes are evened out first.",
    )


def go_back(strokes: list[CanvasState]) -> None:
    """Put a new canvas in the place of the old one, with what was there after these strokes."""
    st.session_state[session_keys.STROKES] = strokes
    st.session_state[session_keys.CANVAS_GENERATION] += 1


@st.cache_resource
def paper() -> bytes:
    """Return the canvas's ground, a PNG: paper with a faint frame to draw in."""
    sheet = Image.new("RGB", (SIDE, SIDE), "#fdfdfb")
    corners = (INSET, INSET, SIDE - 1 - INSET, SIDE - 1 - INSET)
    ImageDraw.Draw(sheet).rounded_rectangle(corners, 12, outline="#d9dee5", width=2)
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def picture() -> np.ndarray | None:
    """Take a picture file; return it as (h, w, 4) uint8, or None if there is none."""
    file = st.file_uploader(
        "A photo or picture of one digit",
        type=pictures.TYPES,
        max_upload_size=MAX_PICTURE,
        key=session_keys.PICTURE,
        help="One dark digit on light paper, or light on dark, without anything else.",
    )
    if file is None:
        return None
    try:
        rgba = pictures.read_picture(file.getvalue())
    except pictures.PictureError as error:
        st.error(str(error))
        return None
    st.image(rgba, width=SIDE, alt="the uploaded picture")
    return rgba


def in_words(P: np.ndarray) -> str:
    """Say how sure an answer is, given its ten probabilities."""
    second, first = P.argsort()[-2:]
    if P[first] >= SURE:
        return f"It is sure: {percent(P[first])}."
    if P[first] >= LIKELY:
        return f"Probably: {percent(P[first])}. Or {second}: {percent(P[second])}."
    return (
        f"**Unsure**: {first} ({percent(P[first])}) "
        f"or {second} ({percent(P[second])})? Draw it again."
    )


frame.inside_frame()
show()
