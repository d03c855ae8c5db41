"""Draw a digit, and see what the network takes it for."""

from typing import Any

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw
from streamlit_drawable_canvas import st_canvas

from dashboard import charts, controls, frame, pictures, state
from dashboard.jobs import Status
from dashboard.models import Model
from digits.drawing import EmptyDrawing, drawing_to_image
from nn import recipes

SIDE = 330  # of the canvas; it fits a phone 375 pixels wide
INSET = 40  # of the guide frame: the canvas's own toolbar swallows strokes near the top right
SURE, LIKELY = 0.9, 0.6
TICK = 0.5


def show() -> None:
    """Draw the page."""
    st.title("Draw")
    st.markdown("Draw a digit. After each stroke the network says what it takes it for.")
    model = state.model()
    if model is None:
        no_model()
    draw_and_answer(model)
    if model is not None:
        with st.expander("Another model"):
            controls.choose_model()
            controls.load_model()


def no_model() -> None:
    """Offer the quickest way to a model; show its progress once it is under way."""
    queue = state.queue()
    active = next((job for job in queue.jobs(state.visitor()) if job.active), None)
    with st.container(border=True):
        if active is not None:
            st.fragment(watch, run_every=TICK)(active)
            return
        st.markdown("**No network has been trained yet**, so nobody answers.")
        if st.button("Train one now, in a few seconds", type="primary"):
            queue.submit(recipes["fast-97"], state.dataset(), state.visitor(), "fast-97")
            st.rerun()
        with st.expander("Or load one from a file"):
            controls.load_model()


def watch(job: Any) -> None:
    """Show how far a run is; when it has ended, draw the whole page again."""
    if not job.active:
        st.rerun()
    waiting = job.status is Status.WAITING
    st.progress(job.progress, "Waiting for a free core…" if waiting else "Training a network…")


@st.fragment
def draw_and_answer(model: Model | None) -> None:
    """Draw the canvas and the answer; a stroke redraws only these."""
    left, right = st.columns([1, 1], gap="large")
    with left:
        mode = st.segmented_control(
            "Where the digit comes from",
            ["Draw", "Picture"],
            default="Draw",
            required=True,
            key=state.INPUT_MODE,
            label_visibility="collapsed",
        )
        rgba = drawing() if mode == "Draw" else picture()
    with right:
        answer(model, rgba)


def drawing() -> np.ndarray | None:
    """Draw the canvas; return (h, w, 4) uint8 with the ink in alpha, or None if it is empty."""
    strokes = st.session_state.setdefault(state.STROKES, [])
    st.container(height=30, border=False)  # the canvas's own toolbar appears here
    generation = st.session_state.setdefault(state.CANVAS, 0)
    key = f"canvas_{generation}"
    if key not in st.session_state:  # new, or the page was left: put back what was drawn
        st.session_state[state.CANVAS_START] = strokes[-1][0] if strokes else None
    width = st.session_state.get(state.PEN_WIDTH, 20)
    canvas = st_canvas(
        height=SIDE,
        width=SIDE,
        stroke_width=width,
        stroke_color="#1c2430",
        background_image=paper(),
        initial_drawing=st.session_state[state.CANVAS_START],
        return_image_data=True,
        key=key,
    )
    fresh = not strokes or strokes[-1][0] != canvas.json_data
    if canvas.image_data is not None and fresh:
        strokes.append((canvas.json_data, canvas.image_data))
        del strokes[:-50]
    tools(strokes)
    if not strokes or not strokes[-1][0]["objects"]:
        return None
    return strokes[-1][1]


def tools(strokes: list) -> None:
    """Draw what stands below the canvas: undo, clear, and the width of the pen."""
    with st.container(horizontal=True, width=SIDE):
        undo = st.button("Undo", disabled=not strokes, width="stretch")
        clear = st.button("Clear", disabled=not strokes, width="stretch")
    st.slider(
        "Pen width",
        8,
        40,
        20,
        key=state.PEN_WIDTH,
        persist_state="session",
        width=SIDE,
        help="In pixels. The network never sees it: strokes are evened out first.",
    )
    if undo or clear:
        del strokes[-1 if undo else 0 :]
        st.session_state[state.CANVAS] += 1
        st.rerun(scope="fragment")


@st.cache_resource
def paper() -> Image.Image:
    """Return the canvas's ground: paper with a faint frame to draw in."""
    sheet = Image.new("RGB", (SIDE, SIDE), "#fdfdfb")
    corners = (INSET, INSET, SIDE - 1 - INSET, SIDE - 1 - INSET)
    ImageDraw.Draw(sheet).rounded_rectangle(corners, 12, outline="#d9dee5", width=2)
    return sheet


def picture() -> np.ndarray | None:
    """Take a picture file; return it as (h, w, 4) uint8, or None if there is none."""
    file = st.file_uploader(
        "A photo or picture of one digit",
        type=pictures.TYPES,
        key=state.PICTURE,
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


def answer(model: Model | None, rgba: np.ndarray | None) -> None:
    """Draw what the network sees, what it says, and how sure it is."""
    image = None
    if rgba is not None:
        try:
            image = drawing_to_image(rgba)
        except EmptyDrawing as error:
            st.info(str(error))
    if image is None:
        st.info("Draw a digit from 0 to 9 in the frame, as large as you like.")
    P = None if model is None or image is None else model.network.predict_proba(image[None])[0]
    seen, said = st.columns([1, 2])
    with seen:
        st.caption("What the network sees")
        st.image(
            controls.digit_picture(np.zeros((28, 28), np.uint8) if image is None else image, 5),
            width=140,
            alt="the prepared drawing, 28 by 28 pixels",
        )
    with said:
        if P is not None:
            st.metric("Answer", str(P.argmax()))
            st.markdown(in_words(P))
    st.plotly_chart(
        charts.probability_chart(np.zeros(10) if P is None else P),
        config={"displayModeBar": False},
        key="probabilities",
        alt="Ten probabilities",
    )


def in_words(P: np.ndarray) -> str:
    """Say how sure an answer is, given its ten probabilities."""
    second, first = P.argsort()[-2:]
    if P[first] >= SURE:
        return f"It is sure of that: {P[first]:.0%}."
    if P[first] >= LIKELY:
        return f"Probably: {P[first]:.0%}. But it may be a {second}: {P[second]:.0%}."
    return (
        f"It is **unsure**: a {first} ({P[first]:.0%}) or a {second} ({P[second]:.0%})? "
        "Try drawing it again."
    )


frame.inside_frame()
show()
