"""Time machine: the snapshots of a finished run, selected by a slider or played in order.

Each snapshot is drawn as weight images of the first layer, a confusion matrix, and the prediction
for a chosen digit, with its feature maps. What is computed of a snapshot is cached in a compact
form.
"""

from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.analysis.hidden_layers import outgoing_weights, unit_counts
from inkling.analysis.unit_importance import weight_images
from inkling.charts.number_format import percent
from inkling.charts.weight_images import opaque_weight, strongest_units, weight_image
from inkling.data.image_ref import ImageRef, with_article
from inkling.data.unseen_images import UnseenImages
from inkling.lessons.content import section
from inkling.runs.run import Run
from inkling.ui.components.confusion_grid import confusion_grid
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.widgets import image_address, overflow
from inkling.ui.widgets.digit_picker import DRAWING, PickedImage, number_box
from inkling.ui.widgets.drawn_digit import drawn_digit
from nn import Network
from nn.diagnosis import is_finite
from nn.metrics import confusion_matrix
from nn.training import LabelledImages

PLAY_SECONDS = 0.5  # between two snapshots while playing
MAX_UNITS = 64
READOUT_HEIGHT = 112  # pixels
HARD_IMAGES = 100
ANY, HARD_ONE = "Any", "A hard one"

SNAPSHOTS = (
    "The run saved its weights along the way: often at first, when most changes, then less "
    "and less often."
)
PRECISION = (
    "Snapshots keep three digits of each weight, so the last one may differ slightly from "
    "the run's result."
)

_STRONGEST = "Those with the largest outgoing weights at the end. "

_SNAPSHOT = "time_at_"  # and a run's id: index of the snapshot shown
_PLAYING = "time_playing"  # id of the run that is played
_SKIP_ADVANCE = "time_held"  # set when a widget was used: this rerun is no tick of the player
_SOURCE = "time_source"
_HARD_RANK = "time_hard_place"
_INDEX = "time_number"


class SnapshotView(NamedTuple):
    """Computed view of a snapshot.

    Attributes
    ----------
    finite : bool
        Whether its weights and outputs are finite.
    weights : str
        Image of its weights, as a data URL.
    counts : ndarray, (10, 10) int64
        Confusion matrix; zeros if it is not finite.
    """

    finite: bool
    weights: str
    counts: np.ndarray


class FeatureMaps(NamedTuple):
    """Picture of a convolution's feature maps of an image.

    Attributes
    ----------
    picture : str
        A data URL.
    shown, filters : int
        Number of maps on it, and of all.
    side : int
        Rows of each map.
    """

    picture: str
    shown: int
    filters: int
    side: int


def show(run: Run, unseen: UnseenImages) -> None:
    """Draw the time machine of a finished run; at most one on a page.

    Parameters
    ----------
    run : Run
    unseen : UnseenImages
        Images that the run does not learn from.
    """
    if len(run.snapshots) < 2:
        st.info("This run has no snapshots, so the time machine has nothing to show.")
        return
    playing = _is_playing(run)
    st.fragment(_show_snapshot, run_every=PLAY_SECONDS if playing else None)(run, unseen, playing)


def _is_playing(run: Run) -> bool:
    return bool(st.session_state.get(_PLAYING) == run.info.id)


def _show_snapshot(run: Run, unseen: UnseenImages, drawn_playing: bool) -> None:
    """Draw the selected snapshot; while the run is played, the next one at each tick."""
    if _is_playing(run) != drawn_playing:
        st.rerun()  # the whole page: only then does a fragment change its `run_every`
    skip = st.session_state.pop(_SKIP_ADVANCE, False)
    if drawn_playing and not skip:
        _advance(run)
    index = _show_controls(run)
    view = _snapshot_view(run.info.id, index, unseen.ref(0), run, unseen.examples)
    accuracy, prediction = st.columns(2, gap="medium", vertical_alignment="center")
    with accuracy:
        _show_accuracy(view, unseen.noun)
    left, right = st.columns(2, gap="medium")
    with left:
        _show_weights(run, view)
    with right:
        _show_confusions(view, unseen.noun)
    left, right = st.columns(2, gap="medium")
    with left:
        digit = _choose_digit(run, unseen)
    P = None
    if digit is not None and view.finite:
        P = run.network_at(run.snapshots[index]).predict_proba(digit.image[None])[0]
        if not np.isfinite(P).all():  # a drawing may have more ink than any image
            P = None
    with right:
        st.markdown("**Probability of each digit**")
        probability_bars(P, key="time_bars")
    if digit is not None and P is not None and run.network.filters:
        _show_feature_maps(run, index, digit.image)
    with prediction:
        _show_prediction(digit, P)


def _advance(run: Run) -> None:
    """Select the next snapshot; stop playing at the last one."""
    last = len(run.snapshots) - 1
    key = _SNAPSHOT + run.info.id
    st.session_state[key] = min(last, st.session_state.get(key, 0) + 1)
    if st.session_state[key] == last:
        st.session_state[_PLAYING] = None
        st.rerun()


def _skip_advance() -> None:
    """Mark this rerun as caused by a widget, so that the snapshot stays selected."""
    st.session_state[_SKIP_ADVANCE] = True


def _show_controls(run: Run) -> int:
    """Draw the slider and the buttons; return the index of the selected snapshot."""
    key, last = _SNAPSHOT + run.info.id, len(run.snapshots) - 1
    playing = _is_playing(run)

    def play() -> None:
        st.session_state[_PLAYING] = None if playing else run.info.id
        if not playing and st.session_state[key] == last:
            st.session_state[key] = 0

    def rewind() -> None:
        st.session_state[_PLAYING] = None
        st.session_state[key] = 0

    epochs_a_step = run.info.epochs / max(1, run.info.steps)

    def label(index: int) -> str:
        step = run.snapshots[index].step
        if step == 0:
            return "before training"
        return f"epoch {step * epochs_a_step:.2f}, batch {step:,}"

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Pause" if playing else "Play",
            key="time_play",
            type="primary",
            on_click=play,
            width=96,
        )
        st.button("Back to start", on_click=rewind)
        return int(
            st.select_slider(
                "Point in training",
                range(last + 1),
                key=key,
                format_func=label,
                on_change=_skip_advance,
                persist_state="session",
                help=SNAPSHOTS,
            )
        )


@st.cache_resource(max_entries=150, show_spinner=False)
def _snapshot_view(
    run_id: str, index: int, first: ImageRef, _run: Run, _images: LabelledImages
) -> SnapshotView:
    """Return the view of a snapshot, about 150 kB, shared and read-only."""
    network = _run.network_at(_run.snapshots[index])
    units, limit = _shown_units(run_id, _run)
    P = network.predict_proba(_images.images)
    finite = is_finite(network, P)
    counts = np.zeros((10, 10), np.int64)
    if finite:
        counts = confusion_matrix(_images.labels, P.argmax(axis=1))
    counts.setflags(write=False)
    picture = weight_image(weight_images(network, 0)[:, units], limit, _columns(len(units)))
    return SnapshotView(finite, picture, counts)


@st.cache_resource(max_entries=32, show_spinner=False)
def _shown_units(run_id: str, _run: Run) -> tuple[np.ndarray, float]:
    """Return the units or filters of the first layer that are drawn, and the opaque weight."""
    network = _run.network
    if unit_counts(network):
        units = strongest_units(outgoing_weights(network, 0), MAX_UNITS)
    else:
        units = np.arange(network.sizes[-1])
    units.setflags(write=False)
    at_each = (weight_images(_run.network_at(s), 0)[:, units] for s in _run.snapshots)
    return units, opaque_weight(at_each)


@st.cache_resource(max_entries=256, show_spinner=False)
def _feature_maps(run_id: str, index: int, pixels: bytes, _run: Run) -> list[FeatureMaps]:
    """Return the feature maps of each convolution at a snapshot, of the strongest filters."""
    result = []
    maps = _maps_of(_run, index, pixels)
    for A, (filters, limit) in zip(maps, _shown_maps(run_id, pixels, _run), strict=True):
        shown = A[filters].reshape(len(filters), -1).T
        picture = weight_image(shown, limit, _columns(len(filters)))
        result.append(FeatureMaps(picture, len(filters), *A.shape[:2]))
    return result


@st.cache_resource(max_entries=32, show_spinner=False)
def _shown_maps(run_id: str, pixels: bytes, _run: Run) -> tuple[tuple[np.ndarray, float], ...]:
    """Return the filters of each convolution that are drawn, and the opaque activation."""
    filters = [
        strongest_units(outgoing_weights(_run.network, depth), MAX_UNITS)
        for depth in range(len(_run.network.filters))
    ]
    at_each = [_maps_of(_run, index, pixels) for index in range(len(_run.snapshots))]
    return tuple(
        (units, opaque_weight(maps[depth][units] for maps in at_each))
        for depth, units in enumerate(filters)
    )


def _maps_of(run: Run, index: int, pixels: bytes) -> list[np.ndarray]:
    """Return the feature maps (filters, rows, columns) of each convolution at a snapshot."""
    network = run.network_at(run.snapshots[index])
    image = np.frombuffer(pixels, np.uint8).reshape(1, -1)
    with np.errstate(over="ignore", invalid="ignore"):
        A = network.activations(network.inputs(image))
    return [maps[..., 0] for maps in A[: len(network.filters)]]


@st.cache_resource(max_entries=32, show_spinner=False)
def _hardest_images(
    run_id: str, first: ImageRef, _network: Network, _images: LabelledImages
) -> np.ndarray:
    """Return indices of the images whose label has the lowest probability at the end."""
    P = _network.predict_proba(_images.images)
    of_label = P[np.arange(len(P)), _images.labels]
    hardest = np.argsort(of_label, kind="stable")[:HARD_IMAGES]
    hardest.setflags(write=False)
    return hardest


def _columns(units: int) -> int:
    """Return the number of weight images in a row, so that the grid is about square."""
    return 5 if units == 10 else int(np.ceil(np.sqrt(units)))


def _show_accuracy(view: SnapshotView, noun: str) -> None:
    """Draw the accuracy of a snapshot, or a warning if it is not finite."""
    with st.container(
        height=READOUT_HEIGHT, border=False
    ):  # fixed, so that what is below does not move
        if not view.finite:
            overflow.show(advice="Move the slider left to see it happen.")
            return
        n = int(view.counts.sum())
        st.metric(
            f"Accuracy, {n:,} {noun} images",
            f"{np.trace(view.counts) / n:.2%}",
            help=PRECISION,
        )


def _show_weights(run: Run, view: SnapshotView) -> None:
    """Draw the weight images of the first layer."""
    network = run.network
    units, _ = _shown_units(run.info.id, run)
    shown, all_units = len(units), len(network.weighted_layers[0].b)
    noun, side = ("filter", network.kernel_size) if network.filters else ("unit", 28)
    note = ""
    if not unit_counts(network):
        title = "**Weights of the ten outputs**, 0 to 9"
    elif shown < all_units:
        title = f"**Weights of {shown} of {all_units:,} {noun}s**"
        note = _STRONGEST
    else:
        title = f"**Weights of {f'its only {noun}' if shown == 1 else f'the {shown} {noun}s'}**"
    pushed, explanation = "the unit", section("help/train", "Weights of the first layer")
    if network.filters:
        title += f", {side} × {side} each"
        pushed, explanation = "a sum", section("help/train", "Filters of the first convolution")
    st.markdown(title, help=explanation)
    st.image(
        view.weights,
        width="stretch",
        alt=f"The weights of {shown} {noun}s, {side} by {side} each: blue above 0, orange below",
    )
    st.caption(f"{note}Ink on blue pushes {pushed} up; ink on orange pushes it down.")


def _show_feature_maps(run: Run, index: int, image: np.ndarray) -> None:
    """Draw the feature maps of the chosen digit, of each convolution."""
    maps = _feature_maps(run.info.id, index, image.tobytes(), run)
    # Two in a row; a pair of columns for each row keeps their order on a phone.
    columns = [column for _ in maps[::2] for column in st.columns(2, gap="medium")]
    for number, (column, (picture, shown, filters, side)) in enumerate(
        zip(columns, maps, strict=False), 1
    ):
        with column:
            count = f"{shown} of {filters:,}" if shown < filters else str(shown)
            st.markdown(
                f"**Convolution {number}: {count} feature maps**, {side} × {side} each",
                help=section("help/train", "Feature maps"),
            )
            st.image(
                picture,
                width="stretch",
                alt=f"{shown} feature maps of the digit, {side} by {side} each",
            )
            if shown < filters:
                st.caption(_STRONGEST)


def _show_confusions(view: SnapshotView, noun: str) -> None:
    st.markdown(
        "**Confusion matrix**",
        help=section("help/train", "Confusion matrix of a snapshot"),
    )
    confusion_grid(
        view.counts,
        label=f"Number of {noun} images for each label and answer",
        key="time_matrix",
    )
    st.caption(
        f"Rows: the labels of {noun} images. Columns: the network's answers. Blue is "
        "correct, red is a mistake."
    )


def _choose_digit(run: Run, unseen: UnseenImages) -> PickedImage | None:
    """Draw the choice of a digit: by index, by rank of difficulty, or the visitor's drawing."""
    noun, images = unseen.noun.capitalize(), unseen.examples
    source = st.segmented_control(
        "Digit to be read",
        [ANY, HARD_ONE, DRAWING],
        default=ANY,
        required=True,
        key=_SOURCE,
        on_change=_skip_advance,
        persist_state="session",
    )
    if source == DRAWING:
        image = drawn_digit()
        return None if image is None else PickedImage(image)
    if source == HARD_ONE:
        hardest = _hardest_images(run.info.id, unseen.ref(0), run.network, images)
        label_of_rank = "1 is the hardest for the finished network"
        rank = number_box(label_of_rank, 1, len(hardest), _HARD_RANK, _skip_advance)
        index = int(hardest[rank - 1])
    else:
        last = len(images.labels) - 1
        index = number_box(f"{noun} image, 0 to {last:,}", 0, last, _INDEX, _skip_advance)
    digit = PickedImage(images.images[index], int(images.labels[index]), unseen.ref(index))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{noun} image {index:,}, labelled {digit.label}", width="content")
        image_address.image_links(unseen.ref(index), explore="Explore this image")
    return digit


def _show_prediction(digit: PickedImage | None, P: np.ndarray | None) -> None:
    """Draw the chosen digit, the prediction, and whether it is correct."""
    blank = np.zeros((28, 28), np.uint8)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.container(width=READOUT_HEIGHT):
            st.image(
                picture_url(blank if digit is None else digit.image, 4),
                width=READOUT_HEIGHT,
                alt="the digit to be read",
            )
        with st.container(gap=None):
            st.metric("Answer", "?" if P is None else str(P.argmax()))
            st.markdown(_verdict(digit, P))


def _verdict(digit: PickedImage | None, P: np.ndarray | None) -> str:
    """Return Markdown with the probability of the prediction and whether it is correct."""
    if digit is None:
        return "No digit to read."
    if P is None:
        return "No answer."
    confidence = percent(P.max())
    if digit.label is None:
        return confidence
    if P.argmax() == digit.label:
        return f":green[**✓**] {confidence}"
    return f":red[**✗**] {confidence}; the label is {with_article(digit.label)}"
