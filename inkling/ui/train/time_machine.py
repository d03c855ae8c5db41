"""The time machine: a finished run, moved through from its first weights to its last.

Three things change with the slider: the weights of the first layer as pictures, the confusion
matrix, and the answer to a digit that the visitor chose. What has been computed of a snapshot is
kept for a while, as small as it can be, so that playing it again is only drawing.
"""

from typing import NamedTuple

import numpy as np
import streamlit as st

from data_loader import Dataset
from inkling.charts.number_format import percent
from inkling.charts.weight_images import opaque_weight, strongest_units, weight_image
from inkling.data.held_out import unseen_images
from inkling.lessons.content import section
from inkling.runs.run import Run
from inkling.ui.components.confusion_grid import confusion_grid
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.widgets import overflow
from inkling.ui.widgets.digit_picker import number_box
from inkling.ui.widgets.drawn_digit import drawn_digit
from nn import Network
from nn.diagnosis import is_finite
from nn.metrics import confusion_matrix
from nn.training import LabelledImages

BEAT = 0.5  # seconds between two snapshots while it plays
MOST_UNITS = 64
READOUT_HEIGHT = 112  # pixels
HARD = 100  # images that can be stepped through
ANY, HARD_ONE, DRAWING = "Any", "A hard one", "Your drawing"

MOMENT = (
    "The run kept its weights along the way: often at first, when most changes, and ever more "
    "seldom."
)
PRECISION = (
    "Snapshots keep three digits of each weight, so the last one may differ from the run's result "
    "by an image or two."
)

_AT = "time_at_"  # and the id of a run: which of its snapshots is shown
_PLAYING = "time_playing"  # the id of the run that is played
_HELD = "time_held"  # a widget was used while it plays: this time it does not move on
_SOURCE = "time_source"
_HARD_PLACE = "time_hard_place"
_NUMBER = "time_number"


class Moment(NamedTuple):
    """What there is to see of a run at a snapshot.

    Attributes
    ----------
    finite : bool
        Whether its weights and its answers are numbers.
    weights : str
        The picture of its weights, as a data URL.
    counts : ndarray, (10, 10) int64
        The confusion matrix; zeros where it has no answers.
    """

    finite: bool
    weights: str
    counts: np.ndarray


class Choice(NamedTuple):
    """A digit to be read: its image (28, 28) uint8, and its label if it has one."""

    image: np.ndarray
    label: int | None


def show(run: Run, dataset: Dataset) -> None:
    """Draw the time machine of a finished run; one of them on a page.

    Parameters
    ----------
    run : Run
    dataset : Dataset
        The one it learned from.
    """
    if len(run.snapshots) < 2:
        st.info("This run kept no snapshots, so there is nothing to move through.")
        return
    playing = _plays(run)
    st.fragment(_machine, run_every=BEAT if playing else None)(run, dataset, playing)


def _plays(run: Run) -> bool:
    return bool(st.session_state.get(_PLAYING) == run.info.id)


def _machine(run: Run, dataset: Dataset, drawn_playing: bool) -> None:
    """Draw all of it; while it plays, the next snapshot each time."""
    if _plays(run) != drawn_playing:
        st.rerun()  # the whole page: only then does a fragment get or lose its beat
    held = st.session_state.pop(_HELD, False)
    if drawn_playing and not held:
        _advance(run)
    index = _controls(run)
    noun, images = unseen_images(dataset, run.info.config)
    moment = _moment(run.info.id, index, dataset.source, run, images)
    readout, answered = st.columns(2, gap="medium", vertical_alignment="center")
    with readout:
        _accuracy(moment, noun)
    left, right = st.columns(2, gap="medium")
    with left:
        _weights(run, moment)
    with right:
        _confusions(moment, noun)
    left, right = st.columns(2, gap="medium")
    with left:
        choice = _choose_digit(run, dataset, noun, images)
    P = None
    if choice is not None and moment.finite:
        P = run.network_at(run.snapshots[index]).predict_proba(choice.image[None])[0]
        if not np.isfinite(P).all():  # a drawing has more ink than any of the images
            P = None
    with right:
        st.markdown("**Probability of each digit**")
        probability_bars(P, key="time_bars")
    with answered:
        _answer(choice, P)


def _advance(run: Run) -> None:
    """Move on to the next snapshot; at the last one, stop."""
    last = len(run.snapshots) - 1
    key = _AT + run.info.id
    st.session_state[key] = min(last, st.session_state.get(key, 0) + 1)
    if st.session_state[key] == last:
        st.session_state[_PLAYING] = None
        st.rerun()


def _hold() -> None:
    """Note that the visitor did something, and that it was not the beat that came."""
    st.session_state[_HELD] = True


def _controls(run: Run) -> int:
    """Draw the slider and the buttons; return the place of the snapshot that is chosen."""
    key, last = _AT + run.info.id, len(run.snapshots) - 1
    playing = _plays(run)

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
        st.button("To the start", on_click=rewind)
        return int(
            st.select_slider(
                "Moment of the training",
                range(last + 1),
                key=key,
                format_func=label,
                on_change=_hold,
                persist_state="session",
                help=MOMENT,
            )
        )


@st.cache_resource(max_entries=150, show_spinner=False)
def _moment(run_id: str, index: int, source: str, _run: Run, _images: LabelledImages) -> Moment:
    """Compute what there is to see at a snapshot; about 150 kB, shared, and read-only."""
    network = _run.network_at(_run.snapshots[index])
    units, limit = _shown_units(run_id, _run)
    P = network.predict_proba(_images.images)
    finite = is_finite(network, P)
    counts = np.zeros((10, 10), np.int64)
    if finite:
        counts = confusion_matrix(_images.labels, P.argmax(axis=1))
    counts.setflags(write=False)
    picture = weight_image(
        network.dense_layers[0].W[:, units],
        limit,
        _columns(len(units)),
    )
    return Moment(finite, picture, counts)


@st.cache_resource(max_entries=32, show_spinner=False)
def _shown_units(run_id: str, _run: Run) -> tuple[np.ndarray, float]:
    """Return the units of the first layer that are drawn, and the weight that has full colour."""
    layers = _run.network.dense_layers
    if len(layers) == 1:
        units = np.arange(len(layers[0].b))
    else:
        units = strongest_units(layers[1].W, MOST_UNITS)
    units.setflags(write=False)
    at_each = (_run.network_at(s).dense_layers[0].W[:, units] for s in _run.snapshots)
    return units, opaque_weight(at_each)


@st.cache_resource(max_entries=32, show_spinner=False)
def _hard_ones(run_id: str, source: str, _network: Network, _images: LabelledImages) -> np.ndarray:
    """Return the images that the finished network finds hardest, the hardest first."""
    P = _network.predict_proba(_images.images)
    of_label = P[np.arange(len(P)), _images.labels]
    hardest = np.argsort(of_label, kind="stable")[:HARD]
    hardest.setflags(write=False)
    return hardest


def _columns(units: int) -> int:
    """Return how many pictures stand in a row, so that all of them make about a square."""
    return 5 if units == 10 else int(np.ceil(np.sqrt(units)))


def _accuracy(moment: Moment, noun: str) -> None:
    """Say how many of the images it reads right; or that it can read none."""
    with st.container(height=READOUT_HEIGHT, border=False):  # or what stands below would move
        if not moment.finite:
            overflow.show(advice="Move left to see how.")
            return
        n = int(moment.counts.sum())
        st.metric(
            f"Right answers, of {n:,} {noun} images",
            f"{np.trace(moment.counts) / n:.2%}",
            help=PRECISION,
        )


def _weights(run: Run, moment: Moment) -> None:
    """Draw the weights of the first layer as pictures."""
    units, _ = _shown_units(run.info.id, run)
    shown, known = len(units), len(run.network.dense_layers[0].b)
    chosen = ""
    if len(run.network.dense_layers) == 1:
        title = "**Weights of the ten outputs**, 0 to 9"
    elif shown < known:
        title = f"**Weights of {shown} of {known:,} units**"
        chosen = "Those with the largest outgoing weights at the end. "
    else:
        title = f"**Weights of {'its only unit' if shown == 1 else f'the {shown} units'}**"
    st.markdown(title, help=section("help/train", "Weights of the first layer"))
    st.image(
        moment.weights,
        width="stretch",
        alt=f"The weights of {shown} units, 28 by 28 each: blue above 0, orange below",
    )
    st.caption(f"{chosen}Blue says yes to ink there, orange says no.")


def _confusions(moment: Moment, noun: str) -> None:
    st.markdown(
        "**Which digit it takes for which**",
        help=section("help/train", "Confusion matrix of a snapshot"),
    )
    confusion_grid(
        moment.counts,
        label=f"How many {noun} images of each digit the network takes for which digit",
        key="time_matrix",
    )
    st.caption(
        f"Rows: the true digits of {noun} images. Columns: what the network says. Blue is right, "
        "red is a mistake."
    )


def _choose_digit(run: Run, dataset: Dataset, noun: str, images: LabelledImages) -> Choice | None:
    """Let the visitor choose a digit: any image, one that is hard to read, or what they drew."""
    source = st.segmented_control(
        "Digit to be read",
        [ANY, HARD_ONE, DRAWING],
        default=ANY,
        required=True,
        key=_SOURCE,
        on_change=_hold,
        persist_state="session",
    )
    if source == DRAWING:
        image = drawn_digit()
        return None if image is None else Choice(image, None)
    if source == HARD_ONE:
        hardest = _hard_ones(run.info.id, dataset.source, run.network, images)
        asked = "1 is the hardest for the finished network"
        place = number_box(asked, 1, len(hardest), _HARD_PLACE, _hold)
        index = int(hardest[place - 1])
    else:
        last = len(images.labels) - 1
        index = number_box(f"{noun.capitalize()} image, 0 to {last:,}", 0, last, _NUMBER, _hold)
    label = int(images.labels[index])
    st.caption(f"{noun.capitalize()} image {index:,}, labelled {label}")
    return Choice(images.images[index], label)


def _answer(choice: Choice | None, P: np.ndarray | None) -> None:
    """Draw the digit, what the network says it is, and whether that is right."""
    blank = np.zeros((28, 28), np.uint8)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.container(width=READOUT_HEIGHT):
            st.image(
                picture_url(blank if choice is None else choice.image, 4),
                width=READOUT_HEIGHT,
                alt="the digit to be read",
            )
        with st.container(gap=None):
            st.metric("It says", "?" if P is None else str(P.argmax()))
            st.markdown(_verdict(choice, P))


def _verdict(choice: Choice | None, P: np.ndarray | None) -> str:
    """Say how sure an answer is, and whether it is right."""
    if choice is None:
        return "There is nothing to read."
    if P is None:
        return "It has no answer."
    sure = percent(P.max())
    if choice.label is None:
        return sure
    if P.argmax() == choice.label:
        return f":green[**✓**] {sure}"
    return f":red[**✗**] {sure}; it is a {choice.label}"
