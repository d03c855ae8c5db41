"""Steps from a drawing to the network's input, each with a switch, and the nearest images."""

import hashlib

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from digits.ink import EmptyDrawing
from inkling.analysis import drawing_steps
from inkling.analysis.drawing_steps import STEPS, DrawingStep, PreparedDrawing
from inkling.charts import style
from inkling.charts.number_format import percent
from inkling.charts.png import png_url
from inkling.data.image_ref import with_article
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

NO_DRAWING = (
    "Draw a digit or choose a picture. This view then shows the most similar training "
    "digits, and each step from your drawing to the network's input."
)
_NEIGHBOUR_COUNT = 8
_NEIGHBOUR_WIDTH = 62  # pixels: four of them side by side fit the panel
_PICTURE_WIDTH = 64
_RENDERED_SIDE = 3 * _PICTURE_WIDTH  # for fine screens
_DETAILS = "draw_step_details"


def show(model: Model, rgba: np.ndarray | None, image: np.ndarray | None) -> None:
    """Draw the nearest training images, the steps, and the answer without those switched off.

    Parameters
    ----------
    model : Model
    rgba : ndarray, (h, w, 4) uint8, or None
        The drawing or picture; None for an image of a data set, which needs no step.
    image : ndarray, (28, 28) uint8, or None
        The network's input; None where there is no ink.
    """
    if image is None:
        st.info(NO_DRAWING)
        return
    if finite_probabilities(model.network, image) is None:
        overflow.show()
        return
    st.header(
        "Most similar training digits",
        anchor=False,
        help=section("help/draw", "Nearest training digits"),
    )
    _show_nearest_images(image)
    st.header("From the sheet to 28 \u00d7 28", anchor=False)
    if rgba is None:
        st.markdown("A test image needs no step: the network sees it as it is.")
        return
    st.markdown(
        "These steps make a drawing look like one of MNIST's digits. MNIST's makers "
        "cropped, scaled and centred them; the even stroke width is Inkling's addition. "
        "Turn a step off to see its effect."
    )
    drawing = hashlib.blake2b(rgba.tobytes() + str(rgba.shape).encode()).hexdigest()
    _show_steps(model, drawing, rgba, image)


def _show_steps(model: Model, drawing: str, rgba: np.ndarray, image: np.ndarray) -> None:
    """Draw the steps with their switches, and the answer without those switched off.

    Their pictures and effects are drawn on demand: they take many times as long as the answer.
    """
    skipped = tuple(
        step.key
        for step in STEPS
        if not st.session_state.get(session_keys.DRAW_STEP + step.key, True)
    )
    changed = _prepared(drawing, skipped, rgba) if skipped else None
    detailed = st.session_state.get(_DETAILS, False)
    shown = changed or _prepared(drawing, (), rgba) if detailed else None
    for step in STEPS:
        key = session_keys.DRAW_STEP + step.key
        if shown is None:
            st.toggle(step.title, value=True, key=key, persist_state="session")
        else:
            predictions = _predictions_without_each(drawing, model.id, rgba, model.network)
            _show_step(step, key, shown, predictions[step.key])
    if skipped:
        P = model.network.predict_proba(image[None])[0]
        st.markdown(titled_answer("With all five steps", P))
        if changed is None:
            st.info(
                "Without these steps the picture has nothing dark, so the network gets no digit."
            )
        else:
            _show_answer(_skipped_title(skipped), changed, model)
    st.button(
        "Turn all on" if skipped else "Turn all off",
        on_click=_set_all_steps,
        args=(bool(skipped),),
        key="draw_switch_steps",
    )
    st.toggle(
        "Show what each step does",
        key=_DETAILS,
        persist_state="session",
        help="The drawing after each step, and the answer if only this step is left out.",
    )
    with st.expander("Why these five steps?"):
        st.markdown("\n".join(f"- **{step.title}.** {step.why}" for step in STEPS))
        # By 83 people, pen 20 of 280 pixels, 40% to 90% of the canvas and anywhere on it
        st.markdown(section("help/draw", "Accuracy without a step"))


def _set_all_steps(on: bool) -> None:
    """Set the switches of all steps."""
    for step in STEPS:
        st.session_state[session_keys.DRAW_STEP + step.key] = on


def _show_step(
    step: DrawingStep, key: str, prepared: PreparedDrawing, without: np.ndarray | None
) -> None:
    """Draw the picture, the switch and the effect of one step.

    Parameters
    ----------
    step : DrawingStep
    key : str
        Of its switch.
    prepared : PreparedDrawing
    without : ndarray, (10,), or None
        The network's output if only this step is left out; None if nothing is left to read.
    """
    centre = prepared.centre_of_mass if step.key == "centre" else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(
            _square_png(prepared.pictures[step.key], centre),
            width=_PICTURE_WIDTH,
            alt=f"the drawing after the step “{step.title}”",
        )
        with st.container(gap=None):
            taken = st.toggle(step.title, value=True, key=key, persist_state="session")
            fact = prepared.facts[step.key]
            answer = "nothing to read"
            if without is not None:
                answer = f"**{without.argmax()}**, {percent(without.max())}"
            st.caption(
                f"{fact[0].upper() + fact[1:] if taken else f'Left out: {fact}'}. "
                f"Without this step alone: {answer}"
            )


def _show_answer(title: str, prepared: PreparedDrawing, model: Model) -> None:
    """Draw the network's input and answer for a prepared drawing."""
    P = model.network.predict_proba(prepared.image[None])[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(
            picture_url(prepared.image, 8),
            width=_PICTURE_WIDTH,
            alt=f"28 by 28 pixels, {title.lower()}",
        )
        with st.container():
            st.markdown(titled_answer(title, P))
    probability_bars(P, key="draw_changed_bars")


def _skipped_title(skipped: tuple[str, ...]) -> str:
    """Return the title of an answer without some steps."""
    titles = [step.title.lower() for step in STEPS if step.key in skipped]
    if len(titles) == len(STEPS):
        return "With none of the steps"
    *first, last = titles
    return f"Without {', '.join(first)} and {last}" if first else f"Without {last}"


def _show_nearest_images(image: np.ndarray) -> None:
    """Draw the training images nearest to an image, and count their labels."""
    data = services.datasets().names[0]
    train = data_choice.load_dataset(data).train
    found, distances = services.neighbours(data).nearest(image, _NEIGHBOUR_COUNT)
    labels = train.labels[found]
    digit_row(train.images[found], [with_article(label) for label in labels], _NEIGHBOUR_WIDTH)
    counts = np.bincount(labels, minlength=10)
    commonest = int(counts.argmax())
    count_text = "all" if counts[commonest] == len(found) else str(counts[commonest])
    st.caption(
        f"Of the {len(train.labels):,} training images of "
        f"{escape_markdown(services.datasets().label(data))}, these {len(found)} "
        f"are the nearest: {count_text} of them {_label_text(counts[commonest], commonest)}. "
        f"Their distances are {distances[0]:.1f} to {distances[-1]:.1f}, where 1 is one pixel "
        "changed from paper to full ink."
    )


def _label_text(count: int, digit: int) -> str:
    return f"is {with_article(digit)}" if count == 1 else f"are {digit}s"


@st.cache_resource(max_entries=64, show_spinner=False)
def _prepared(drawing: str, skipped: tuple[str, ...], _rgba: np.ndarray) -> PreparedDrawing | None:
    try:
        return drawing_steps.prepare(_rgba, skipped)
    except EmptyDrawing:
        return None


@st.cache_resource(max_entries=64, show_spinner="Leaving out each step…")
def _predictions_without_each(
    drawing: str, model_id: str, _rgba: np.ndarray, _network: Network
) -> dict[str, np.ndarray | None]:
    return drawing_steps.predictions_without_each(_rgba, _network)


def _square_png(picture: np.ndarray, centre: tuple[float, float] | None) -> str:
    """Return a picture scaled to fit a transparent square.

    Parameters
    ----------
    picture : ndarray, (h, w) float32, 0 paper .. 1 ink
    centre : (float, float), optional
        Row and column of a cross to draw.

    Returns
    -------
    str
        A PNG as a data URL.
    """
    shades = (PAPER * (1 - np.clip(picture, 0, 1))).round().astype(np.uint8)
    height, width = picture.shape
    scale = _RENDERED_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    resampling = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
    drawn = Image.fromarray(shades).resize(size, resampling).convert("RGBA")
    if centre is not None:
        y, x = ((position + 0.5) * scale for position in centre)
        pen = ImageDraw.Draw(drawn)
        for ends in ([(x, y - 14), (x, y + 14)], [(x - 14, y), (x + 14, y)]):
            pen.line(ends, fill=style.HIGHLIGHT, width=5)
    square = Image.new("RGBA", (_RENDERED_SIDE, _RENDERED_SIDE))
    square.paste(drawn, ((_RENDERED_SIDE - size[0]) // 2, (_RENDERED_SIDE - size[1]) // 2))
    return png_url(square)
