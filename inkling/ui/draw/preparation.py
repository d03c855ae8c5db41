"""Why was my drawing read so? The steps it went through, each with a switch to leave it out."""

import hashlib

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from digits.drawing import EmptyDrawing
from inkling.analysis import drawing_steps
from inkling.analysis.drawing_steps import STEPS, DrawingStep, PreparedDrawing
from inkling.charts import style
from inkling.charts.number_format import percent
from inkling.charts.png import png_url
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui import services, session_keys
from inkling.ui.components.digit_grid import PAPER, picture_url
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.draw.answer import finite_probabilities, titled_answer
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import data_choice, overflow
from inkling.ui.widgets.controls import digit_row
from nn import Network

NOTHING = "Draw a digit above, and here is what became of it on its way to the network."
_NEIGHBOURS = 8
_CELL = 160  # pixels: two of them side by side fit a phone
_PICTURE = 150
_SHARP = 2 * _PICTURE  # for fine screens


def show(model: Model, rgba: np.ndarray | None, image: np.ndarray | None) -> None:
    """Draw the steps, what the answer becomes without some of them, and the nearest digits.

    Parameters
    ----------
    model : Model
    rgba : ndarray, (h, w, 4) uint8, or None
        What was drawn.
    image : ndarray, (28, 28) uint8, or None
        What the network sees of it; None where there is no ink.
    """
    if rgba is None or image is None:
        st.info(NOTHING)
        return
    if finite_probabilities(model.network, image) is None:
        overflow.show()
        return
    st.subheader("From the sheet to 28 x 28", anchor=False)
    st.markdown(
        "A network that learned from MNIST knows digits that went through these five steps. Switch "
        "one off, and see what the answer becomes."
    )
    drawing = hashlib.blake2b(rgba.tobytes() + str(rgba.shape).encode()).hexdigest()
    _steps(model, drawing, rgba)
    st.subheader(
        "The training digits nearest to it",
        anchor=False,
        help=section("help/draw", "Nearest training digits"),
    )
    _nearest_digits(image)


def _steps(model: Model, drawing: str, rgba: np.ndarray) -> None:
    """Draw the pictures with their switches, and the answers with and without."""
    left_out = tuple(
        step.key
        for step in STEPS
        if not st.session_state.get(session_keys.DRAW_STEP + step.key, True)
    )
    usual = _prepared(drawing, (), rgba)
    changed = _prepared(drawing, left_out, rgba)
    assert usual is not None
    alone = _alone(drawing, model.id, rgba, model.network)
    with st.container(horizontal=True, gap="small"):
        for step in STEPS:
            with st.container(width=_CELL, gap="small"):
                _step(step, changed or usual, alone[step.key])
    st.button(
        "Take all steps" if left_out else "Leave all out",
        on_click=_switch,
        args=(bool(left_out),),
        key="draw_switch_steps",
    )
    with st.expander("Why these five steps?"):
        st.markdown("\n".join(f"- **{step.title}.** {step.why}" for step in STEPS))
        # By 83 people, pen 20 of 280 pixels, 40% to 90% of the canvas and anywhere on it
        st.markdown(section("help/draw", "Accuracy without a step"))
    left, right = st.columns(2, gap="large")
    with left:
        _answer("With all five steps", usual, model, "draw_usual_bars")
    with right:
        if not left_out:
            st.info("Switch a step off, and the answer without it stands here, beside the usual.")
        elif changed is None:
            st.info("Without these steps nothing dark is left of it: the network gets no digit.")
        else:
            _answer(_without(left_out), changed, model, "draw_changed_bars")


def _switch(on: bool) -> None:
    """Switch all steps on or off."""
    for step in STEPS:
        st.session_state[session_keys.DRAW_STEP + step.key] = on


def _step(step: DrawingStep, prepared: PreparedDrawing, alone: np.ndarray | None) -> None:
    """Draw one step: its switch, its picture, and what it did."""
    key = session_keys.DRAW_STEP + step.key
    taken = st.toggle(step.title, value=True, key=key, persist_state="session")
    mass = prepared.centre_of_mass if step.key == "centre" else None
    st.image(
        _in_square(prepared.pictures[step.key], mass),
        width=_PICTURE,
        alt=f"the drawing after the step “{step.title}”",
    )
    fact = prepared.facts[step.key]
    st.caption(fact[0].upper() + fact[1:] if taken else f"Left out: {fact}")
    if alone is None:
        st.caption("Without this step alone: nothing to read")
    else:
        st.caption(f"Without this step alone: **{alone.argmax()}**, {percent(alone.max())}")


def _answer(title: str, prepared: PreparedDrawing, model: Model, key: str) -> None:
    """Draw what the network sees and says of a drawing that was prepared in some way."""
    P = model.network.predict_proba(prepared.image[None])[0]
    st.markdown(titled_answer(title, P))
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=112):
            st.image(
                picture_url(prepared.image, 8), width=112, alt=f"28 by 28 pixels, {title.lower()}"
            )
        with st.container():
            probability_bars(P, key=key)


def _without(left_out: tuple[str, ...]) -> str:
    """Name what was left out."""
    titles = [step.title.lower() for step in STEPS if step.key in left_out]
    if len(titles) == len(STEPS):
        return "With none of the steps"
    *first, last = titles
    return f"Without {', '.join(first)} and {last}" if first else f"Without {last}"


def _nearest_digits(image: np.ndarray) -> None:
    """Draw the training digits that are nearest to an image, and say what they are."""
    data = services.datasets().names[0]
    train = data_choice.load_dataset(data).train
    found, distances = services.neighbours(data).nearest(image, _NEIGHBOURS)
    labels = train.labels[found]
    digit_row(train.images[found], [f"a {label}" for label in labels], 72)
    counts = np.bincount(labels, minlength=10)
    most = int(counts.argmax())
    said = "all" if counts[most] == len(found) else str(counts[most])
    st.caption(
        f"Of the {len(train.labels):,} training images of "
        f"{escape_markdown(services.datasets().label(data))}, these {len(found)} "
        f"are the nearest: {said} of them {_are(counts[most], most)}. "
        f"Distances from {distances[0]:.1f} to {distances[-1]:.1f}."
    )


def _are(count: int, digit: int) -> str:
    return f"is a {digit}" if count == 1 else f"are {digit}s"


@st.cache_resource(max_entries=64, show_spinner=False)
def _prepared(drawing: str, left_out: tuple[str, ...], _rgba: np.ndarray) -> PreparedDrawing | None:
    try:
        return drawing_steps.prepare(_rgba, left_out)
    except EmptyDrawing:
        return None


@st.cache_resource(max_entries=64, show_spinner="Trying it without each step…")
def _alone(
    drawing: str, model_id: str, _rgba: np.ndarray, _network: Network
) -> dict[str, np.ndarray | None]:
    return drawing_steps.predictions_without_each(_rgba, _network)


def _in_square(picture: np.ndarray, mass: tuple[float, float] | None) -> str:
    """Draw a picture as large as fits into a square, crisp, with nothing around it.

    Parameters
    ----------
    picture : ndarray, (h, w) float32, 0 paper .. 1 ink
    mass : (float, float), optional
        Row and column of the cross that is drawn on it.

    Returns
    -------
    str
        A PNG as a data URL.
    """
    shades = (PAPER * (1 - np.clip(picture, 0, 1))).round().astype(np.uint8)
    height, width = picture.shape
    scale = _SHARP / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
    drawn = Image.fromarray(shades).resize(size, how).convert("RGBA")
    if mass is not None:
        y, x = ((place + 0.5) * scale for place in mass)
        pen = ImageDraw.Draw(drawn)
        for ends in ([(x, y - 14), (x, y + 14)], [(x - 14, y), (x + 14, y)]):
            pen.line(ends, fill=style.HIGHLIGHT, width=5)
    square = Image.new("RGBA", (_SHARP, _SHARP))
    square.paste(drawn, ((_SHARP - size[0]) // 2, (_SHARP - size[1]) // 2))
    return png_url(square)
