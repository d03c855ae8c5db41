"""What decides: saliency maps of a digit, and the minimal perturbation of its prediction."""

import numpy as np
import streamlit as st
from PIL import Image

from inkling.analysis.saliency import (
    INK,
    Attribution,
    Perturbation,
    gradient_times_input,
    minimal_perturbation,
    occlusion,
    predict_unconverted,
)
from inkling.charts import style
from inkling.charts.number_format import percent
from inkling.charts.png import png_url
from inkling.data.image_ref import with_article
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.widgets import overflow
from inkling.ui.widgets.digit_picker import PickedImage
from nn import Network
from nn.diagnosis import is_finite

PREDICTED = "The answer"
SIZES = (3, 5, 7, 9)
SHADES = {"Paper": 0, "Grey": 128}
MAX_STRENGTH = 150  # percent of the perturbation

GRADIENT = section("help/inside", "Gradient times input")
OCCLUSION = section("help/inside", "Occlusion")
PERTURBATION = section("help/inside", "The smallest nudge")
_WIDTH = 280  # pixels of a picture with much to see
_SMALL = 160  # two of them side by side fit a phone
_SCALE = 20  # of the heatmaps: screen pixels a side of each pixel, for fine screens

_DIGIT = "inside_explained"
_SIDE = "inside_patch_side"
_SHADE = "inside_patch_shade"
_STRENGTH = "inside_nudge_strength"


@st.fragment
def show(model: Model, digit: PickedImage | None) -> None:
    """Draw saliency maps and minimal perturbation of a digit.

    Parameters
    ----------
    model : Model
    digit : PickedImage or None
    """
    if digit is None:
        st.info("Choose a digit to see what decides how the network reads it.")
        return
    network = model.network
    P = network.predict_proba(digit.image[None])[0]
    if not is_finite(network, P):
        overflow.show()
        return
    answer = int(P.argmax())
    explained = _choose_digit(answer, P)
    left, middle, right = st.columns(3, gap="large")
    with left:
        _gradient_view(model, network, digit.image, explained, answer)
    with middle:
        _occlusion_view(model, network, digit.image, explained)
    with right:
        st.markdown("**Probability of each digit**")
        probability_bars(P, key="inside_decision_bars")
    st.header("The smallest nudge found that changes the answer", help=PERTURBATION)
    _perturbation_view(model, network, digit.image)


def _choose_digit(answer: int, P: np.ndarray) -> int:
    """Draw the prediction and the choice of a digit to explain; return that digit."""
    st.markdown(
        f"The network answers **{answer}**, {percent(P[answer])}. Which pixels count for "
        "that, and which against?"
    )
    chosen = st.pills(
        "Explain",
        [PREDICTED, *range(10)],
        default=PREDICTED,
        required=True,
        key=_DIGIT,
        persist_state="session",
        wrap=True,
        help="The answer, or another digit: why not a 7?",
    )
    return answer if chosen == PREDICTED else int(chosen)


def _gradient_view(
    model: Model, network: Network, image: np.ndarray, digit: int, answer: int
) -> None:
    """Draw gradient times input."""
    attribution = _attribution(model.id, image.tobytes(), digit, network)
    st.markdown("**For and against** :small[gradient times input]", help=GRADIENT)
    st.image(
        _over_digit(attribution.values, image),
        width=_WIDTH,
        alt=f"The digit's outline; blue pixels speak for {with_article(digit)}, orange ones "
        "against it",
    )
    is_answer = attribution.contrast == answer
    contrast = "which is its answer" if is_answer else "which comes next"
    st.caption(
        "An estimate of what each pixel contributes: blue speaks for "
        f"{with_article(digit)}, orange for {with_article(attribution.contrast)}, "
        f"{contrast}."
    )


def _occlusion_view(model: Model, network: Network, image: np.ndarray, digit: int) -> None:
    """Draw the occlusion map, and the choice of size and shade of its square."""
    st.markdown("**Covered part by part** :small[occlusion]", help=OCCLUSION)
    picture = st.container()
    with st.container(horizontal=True):
        side = st.segmented_control(
            "Square, pixels",
            SIZES,
            default=5,
            required=True,
            key=_SIDE,
            persist_state="session",
        )
        shade = st.segmented_control(
            "Covered with",
            list(SHADES),
            default="Paper",
            required=True,
            key=_SHADE,
            persist_state="session",
        )
    occlusion_map = _occlusion_map(model.id, image.tobytes(), digit, side, SHADES[shade], network)
    with picture:
        st.image(
            _over_digit(occlusion_map, image),
            width=_WIDTH,
            alt="The digit's outline; blue where covering it makes "
            f"{with_article(digit)} less probable",
        )
        st.caption(_describe_occlusion(occlusion_map, digit))


def _describe_occlusion(occlusion_map: np.ndarray, digit: int) -> str:
    """Return how covering parts of the image changes the probability of a digit."""
    less, more = 100 * float(occlusion_map.max()), -100 * float(occlusion_map.min())
    if max(less, more) < 0.1:
        return f"Wherever the square lies, the probability of {with_article(digit)} hardly changes."
    changes = [
        f"Where the picture is {colour}, covering makes {with_article(digit)} {word} probable, by "
        f"up to {points:.1f} percentage points."
        for colour, word, points in (("blue", "less", less), ("orange", "more", more))
        if points >= 0.1
    ]
    return " ".join(changes)


def _perturbation_view(model: Model, network: Network, image: np.ndarray) -> None:
    """Draw the minimal perturbation, and a slider that applies it."""
    perturbation = _perturbation(model.id, image.tobytes(), network)
    if perturbation is None:
        st.info("Inkling found no change of the pixels that changes this answer.")
        return
    largest = float(np.abs(perturbation.change).max())
    st.markdown(_describe_perturbation(perturbation, image, largest))
    strength = st.slider(
        "How much of the nudge is applied",
        0,
        MAX_STRENGTH,
        0,
        format="%d%%",
        key=_STRENGTH,
        persist_state="session",
        help="At 100% the answer has just changed. Beyond, the new answer grows surer.",
    )
    perturbed = perturbation.apply(image, strength / 100)
    P = predict_unconverted(network, perturbed)
    left, right = st.columns(2, gap="large")
    with left:
        changed = int(P.argmax()) != perturbation.answer
        st.markdown(
            f"The network answers **{P.argmax()}**, {percent(P.max())}"
            + (f": no longer {perturbation.answer}." if changed else ".")
        )
        with st.container(horizontal=True, gap="small"):  # side by side on a phone, too
            st.image(
                picture_url(perturbed.round().astype(np.uint8), 14),
                caption=f"With {strength}% of the nudge",
                width=_SMALL,
                alt="the nudged digit",
            )
            st.image(
                _over_digit(perturbation.change, image),
                caption=f"The nudge, magnified {INK / largest:.0f} times",
                width=_SMALL,
                alt="What is added to each pixel: blue more ink, orange less",
            )
        st.caption("Blue adds ink, orange takes it away.")
    with right:
        st.markdown("**Probability of each digit**")
        probability_bars(P, key="inside_nudge_bars")


def _describe_perturbation(perturbation: Perturbation, image: np.ndarray, largest: float) -> str:
    """Return effect and size of a perturbation in words."""
    of_ink = perturbation.norm / max(float(np.linalg.norm(image.astype(float))), 1.0)
    return (
        f"It turns the {perturbation.answer} into **{with_article(perturbation.new_answer)}**. "
        f"Its length is **{perturbation.norm:,.0f}** levels of grey, {of_ink:.1%} of the change "
        f"that would erase the digit. No pixel changes by more than {largest:.0f} of {INK} levels."
    )


@st.cache_resource(max_entries=256, show_spinner=False)
def _attribution(model_id: str, pixels: bytes, digit: int, _network: Network) -> Attribution:
    attribution = gradient_times_input(_network, _image(pixels), digit)
    attribution.values.setflags(write=False)
    return attribution


@st.cache_resource(max_entries=256, show_spinner=False)
def _occlusion_map(
    model_id: str, pixels: bytes, digit: int, side: int, shade: int, _network: Network
) -> np.ndarray:
    occlusion_map = occlusion(_network, _image(pixels), digit, side, shade)
    occlusion_map.setflags(write=False)
    return occlusion_map


@st.cache_resource(max_entries=256, show_spinner="Looking for the smallest nudge…")
def _perturbation(model_id: str, pixels: bytes, _network: Network) -> Perturbation | None:
    perturbation = minimal_perturbation(_network, _image(pixels))
    if perturbation is not None:
        perturbation.change.setflags(write=False)
    return perturbation


def _image(pixels: bytes) -> np.ndarray:
    return np.frombuffer(pixels, np.uint8).reshape(28, 28)


def _over_digit(values: np.ndarray, image: np.ndarray) -> str:
    """Draw a heatmap with the outline of a digit on it.

    Parameters
    ----------
    values : ndarray, (28, 28)
        Blue above 0 and orange below; the value furthest from 0 has full colour.
    image : ndarray, (28, 28) uint8

    Returns
    -------
    str
        A PNG as a data URL. What is 0 is nearly transparent, to suit a light page and a dark one.
    """
    share = values / (float(np.abs(values).max()) or 1.0)
    cells = np.empty((*values.shape, 4), np.uint8)
    cells[..., :3] = np.where(share[..., None] > 0, _rgb(style.POSITIVE), _rgb(style.NEGATIVE))
    cells[..., 3] = np.abs(255 * share).round()
    side = _SCALE * len(values)
    picture = Image.new("RGBA", (side, side), (*_rgb(style.NEUTRAL), 24))
    colours = Image.fromarray(cells).resize((side, side), Image.Resampling.NEAREST)
    picture.alpha_composite(colours)
    picture.paste((*_rgb(style.NEUTRAL), 255), mask=Image.fromarray(_outline(image)))
    return png_url(picture)


def _outline(image: np.ndarray) -> np.ndarray:
    """Return where ink and paper meet, enlarged: a mask, (28 scale, 28 scale) uint8, 0 or 255."""
    ink = (image >= INK // 3).repeat(_SCALE, axis=0).repeat(_SCALE, axis=1)
    edge = np.zeros_like(ink)
    down, across = ink[1:] != ink[:-1], ink[:, 1:] != ink[:, :-1]
    for side in (slice(1, None), slice(None, -1)):  # both pixels that an edge lies between
        edge[side] |= down
        edge[:, side] |= across
    return np.where(edge, 255, 0).astype(np.uint8)


def _rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue of ``"#rrggbb"``."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue
