"""Shift tolerance: two networks read a digit that the visitor moves, and many moved images."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data_loader import Split
from inkling.analysis.shift_tolerance import (
    MOST,
    accuracy_by_distance,
    affordable_images,
    probabilities_by_shift,
    shift,
)
from inkling.charts.number_format import percent
from inkling.charts.shift_tolerance import accuracy_chart, answer_board
from inkling.data.image_ref import ImageRef
from inkling.data.unseen_images import UnseenImages, unseen_images
from inkling.lessons.content import section
from inkling.runs.run_file import RunError
from inkling.server.models import Model
from inkling.ui import model_choice, services
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.pixel_map import pixel_map
from inkling.ui.components.readout import Readout
from inkling.ui.inside.layout import create_pair
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import network_choice, overflow
from inkling.ui.widgets.chart import chart
from inkling.ui.widgets.digit_picker import PickedImage
from nn import Network
from nn.diagnosis import is_finite
from nn.training import LabelledImages

SAME_KIND = (
    "Both have convolutions, or both have none. Train one of the other kind on the Train page to "
    "see what convolutions are good for here."
)
_PLACES = 2 * MOST + 1

_SECOND = "inside_compared_"  # and the first model's id: id of the second model
_DOWN, _RIGHT = "inside_moved_down", "inside_moved_right"


class Reader(NamedTuple):
    """A network that reads the moved digit, and what it is called here."""

    model: Model
    network: Network
    name: str


@st.fragment
def show(model: Model, digit: PickedImage | None, data: str) -> None:
    """Draw the comparison.

    Parameters
    ----------
    model : Model
        The first network.
    digit : PickedImage or None
        The digit to move.
    data : {"mnist", "builtin"}
        Data set whose images are moved.
    """
    second = _choose_second(model)
    try:
        readers = _readers(model, second)
    except RunError as error:  # deleted since in another tab, or damaged
        st.error(escape_markdown(str(error)))
        return
    unseen = _common_images(model, second, data)
    for reader in readers:
        if not is_finite(reader.network, reader.network.predict_proba(unseen.examples.images[:1])):
            overflow.show(reader.model.name)
            return
    if digit is None:
        st.info("Choose a digit to move it here.")
    else:
        _move(readers, digit)
    _many_images(readers, unseen)


def _choose_second(model: Model) -> Model:
    """Draw the choice of the second network; return it.

    By default it is one of the other kind, and of those the one nearest in parameters.
    """
    others = {
        other.id: other
        for other in model_choice.available_models()
        if other.id != model.id and not other.group
    }
    size = model.architecture.parameters

    def distance(other: Model) -> tuple[bool, int]:
        same_kind = bool(other.architecture.filters) == bool(model.architecture.filters)
        return same_kind, abs(other.architecture.parameters - size)

    key = _SECOND + model.id
    if st.session_state.get(key) not in others:
        st.session_state[key] = min(others.values(), key=distance).id
    second = others[
        st.selectbox(
            "Compared with",
            list(others),
            key=key,
            format_func=lambda other: (
                network_choice.title(others[other]) if other in others else "?"
            ),
            persist_state="session",
            width=420,
        )
    ]
    if distance(second)[0]:
        st.caption(SAME_KIND)
    return second


def _readers(first: Model, second: Model) -> tuple[Reader, Reader]:
    """Return both networks."""
    names = [first.name, second.name]
    if names[0] == names[1]:
        names = [f"First: {first.name}", f"Second: {second.name}"]
    return Reader(first, first.network, names[0]), Reader(second, second.network, names[1])


def _common_images(first: Model, second: Model, data: str) -> UnseenImages:
    """Return images that neither network has learned from, as far as is known."""
    dataset = services.datasets().get(data)
    both = [unseen_images(model.config, data, dataset) for model in (first, second)]
    for unseen in both:
        if unseen.learned is not False:
            st.caption(unseen.note)
    return max(both, key=lambda unseen: unseen.start)


def _move(readers: tuple[Reader, Reader], digit: PickedImage) -> None:
    """Draw the moved digit with its sliders, and each network's answers at all places."""
    for key in (_DOWN, _RIGHT):
        st.session_state.setdefault(key, 0)
    st.markdown("**Move the digit**", help=section("help/inside", "Answers at each place"))
    left, right = st.columns([3, 8], gap="large")
    with right:
        answers, boards = create_pair("board_answers"), create_pair("boards")
    with left:
        down = int(
            st.slider("Down, pixels", -MOST, MOST, key=_DOWN, persist_state="session", format="%d")
        )
        across = int(st.slider("Right, pixels", -MOST, MOST, key=_RIGHT, persist_state="session"))
        st.image(
            picture_url(shift(digit.image, down, across), 8),
            width=224,
            alt=f"The digit, moved down by {down} and right by {across} pixels",
        )
    for place, reader in enumerate(readers):
        key = f"inside_shift_board_{place}"
        _board(reader, digit, (down, across), key, answers[place], boards[place])


def _board(
    reader: Reader,
    digit: PickedImage,
    moved: tuple[int, int],
    key: str,
    answer_place: DeltaGenerator,
    board_place: DeltaGenerator,
) -> None:
    """Draw a network's answer to the moved digit, and its answers at all places."""
    P = _probabilities(reader.model.id, digit.image.tobytes(), reader.network)
    at = P[moved[0] + MOST, moved[1] + MOST]
    answer, middle = int(at.argmax()), int(P[MOST, MOST].argmax())
    right = middle if digit.label is None else digit.label
    sign = ":green[**✓**]" if answer == right else ":red[**✗**]"
    answer_place.markdown(
        f"**{escape_markdown(reader.name)}**  \n"
        f"{sign} It answers **{answer}**, {percent(at[answer])}",
        help=f"Its layers: {reader.model.architecture.description}.",
    )

    def pick(place: int) -> None:
        row, column = divmod(place, _PLACES)
        st.session_state[_DOWN], st.session_state[_RIGHT] = row - MOST, column - MOST

    answers, surest = P.argmax(axis=2), P.max(axis=2)
    down, across = np.mgrid[-MOST : MOST + 1, -MOST : MOST + 1]
    with board_place:
        pixel_map(
            _board_picture(reader.model.id, digit.image.tobytes(), right, P),
            (_PLACES, _PLACES),
            Readout(
                ("Down ", ", right ", ": answer ", ", "),
                (down.ravel(), across.ravel(), answers.ravel(), _percentages(surest).ravel()),
                "%",
                names_place=False,
            ),
            label="Answers at all places; the middle is where the digit was",
            key=key,
            chosen=(moved[0] + MOST) * _PLACES + moved[1] + MOST,
            on_pick=pick,
        )
        count = int((answers == right).sum())
        word = "correct" if digit.label is not None else f"{middle}, as in the middle"
        st.caption(f"At {count} of {answers.size} places its answer is {word}.")


def _percentages(P: np.ndarray) -> np.ndarray:
    """Return probabilities in percent, none rounded up to 100."""
    return np.minimum(100 * P, 99.9)


def _many_images(readers: tuple[Reader, Reader], unseen: UnseenImages) -> None:
    """Draw size and accuracy of both networks on many moved images."""
    count = min(affordable_images(*(r.network for r in readers)), len(unseen.examples.labels))
    examples = Split(unseen.examples.images[:count], unseen.examples.labels[:count])
    first = unseen.ref(0)
    accuracies = [_accuracies(r.model.id, first, count, r.network, examples) for r in readers]
    st.header("Many moved digits", help=section("help/inside", "Shift tolerance"))
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.caption(
            f"The accuracy is that on the first {count:,} {unseen.noun} images. The percentage in "
            "a network's name is about the 10,000 test images. Moved by 1 to 4 pixels means in "
            "each of eight directions: along the rows, the columns and both."
        )
        architectures = [reader.model.architecture for reader in readers]
        rows: dict[str, list[str]] = {
            "Layers": [a.description for a in architectures],
            "Parameters": [f"{a.parameters:,}" for a in architectures],
            "Multiplications for one image": [f"{a.multiplications:,}" for a in architectures],
        }
        for distance in range(MOST + 1):
            moved = (
                "Accuracy, not moved"
                if distance == 0
                else f"Accuracy, moved by\N{NO-BREAK SPACE}{distance}"
            )
            rows[moved] = [f"{values[distance]:.1%}" for values in accuracies]
        st.table(
            {
                "Measure": list(rows),
                **{
                    escape_markdown(reader.name): [values[place] for values in rows.values()]
                    for place, reader in enumerate(readers)
                },
            },
            width="content",
        )
    with right:
        chart(
            accuracy_chart([reader.name for reader in readers], accuracies),
            config={"displayModeBar": False},
            key="inside_shift_chart",
            alt="Accuracy of both networks against the distance by which the images are moved",
        )


@st.cache_resource(max_entries=256, show_spinner=False)
def _probabilities(model_id: str, pixels: bytes, _network: Network) -> np.ndarray:
    image = np.frombuffer(pixels, np.uint8).reshape(28, 28)
    P = probabilities_by_shift(_network, image)
    P.setflags(write=False)
    return P


@st.cache_resource(max_entries=128, show_spinner=False)
def _board_picture(model_id: str, pixels: bytes, right: int, _P: np.ndarray) -> str:
    return answer_board(_P, right)


@st.cache_resource(max_entries=32, show_spinner="Moving the images…")
def _accuracies(
    model_id: str, first: ImageRef, count: int, _network: Network, _examples: LabelledImages
) -> np.ndarray:
    accuracies = accuracy_by_distance(_network, _examples)
    accuracies.setflags(write=False)
    return accuracies
