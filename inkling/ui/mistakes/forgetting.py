"""How it learned: when a run learned and forgot digits and single images."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.analysis import forgetting
from inkling.analysis.forgetting import (
    FORGOTTEN,
    NEVER_LEARNED,
    RELEARNED,
    RETAINED,
    LearningHistory,
)
from inkling.charts.mistakes import changes_chart, digits_over_time_chart, image_history_chart
from inkling.charts.number_format import percent
from inkling.data.image_ref import ImageRef, with_article
from inkling.data.unseen_images import UnseenImages, all_test_images, unseen_images
from inkling.lessons.content import section
from inkling.runs.run import Run, RunInfo
from inkling.runs.run_file import RunError
from inkling.server.models import Model
from inkling.ui import services, session_keys, visitor
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid, picture_url
from inkling.ui.markdown import escape_markdown
from inkling.ui.mistakes import test_set_notice
from inkling.ui.widgets import image_address
from inkling.ui.widgets.address import read_choice, write_choice
from inkling.ui.widgets.chart import chart
from inkling.ui.widgets.image_announcement import announce_image
from nn.training import LabelledImages

VALIDATION, TEST = "Validation images", "Test images"
OFTEN_FORGOTTEN, WRONG_AT_END, NEVER_RIGHT = (
    "Most often forgotten",
    "Wrong at the end",
    "Never correct",
)
MAX_SHOWN = 96  # digits in the grid
GRID_HEIGHT = 240  # pixels; they scroll in it, so that the open one stays in sight
MAX_OFFERED = 5  # runs

FORGETTING_CLASSES = {
    RETAINED: ("Learned for good", "once correct, correct at every later snapshot."),
    RELEARNED: ("Relearned", "correct at the end, but forgotten at least once before."),
    FORGOTTEN: ("Forgotten", "wrong at the end, but correct before."),
    NEVER_LEARNED: ("Never learned", "wrong at every snapshot."),
}
DIGITS = section("help/mistakes", "When each digit was learned")
CHANGES = section("help/mistakes", "Learned and forgotten")
EVENTS = section("help/mistakes", "Forgetting events")

_IMAGES = "biography_images"
_KIND = "biography_kind"
_OPENED = "biography_opened_"  # and run, data and images: ImageRef


def show(model: Model, data: str) -> None:
    """Draw the view.

    Parameters
    ----------
    model : Model
        A kept run; other models have no snapshots.
    data : {"mnist", "builtin"}
        Data set of the images.
    """
    run = _open_run(model)
    if run is None or len(_trained_steps(run)) < 2:
        _offer_runs(model)
        return
    _history_view(run, data)


def _open_run(model: Model) -> Run | None:
    """Return the kept run of a model, or None."""
    try:
        return services.open_run(model.id)
    except RunError:
        return None


def _trained_steps(run: Run) -> list[int]:
    return [snapshot.step for snapshot in run.snapshots if snapshot.step > 0]


def _offer_runs(model: Model) -> None:
    """Draw why there is no history, and buttons that choose a run."""
    runs = [info for info in services.finished_runs() if info.finite and info.id != model.id]
    choose = "choose one" if runs else "there are none yet"
    st.info(
        f"{escape_markdown(model.name)} has no snapshots of its weights, so its history is "
        f"unknown. Runs that were trained here have snapshots: {choose}."
    )
    own = [info for info in runs if info.visitor_id == visitor.visitor_id()]
    for info in [*own, *(info for info in runs if info not in own)][:MAX_OFFERED]:
        st.button(
            _run_label(info), key=f"biography_of_{info.id}", on_click=_choose_run, args=(info.id,)
        )
    if not runs:
        st.markdown("A run with the standard settings takes a few seconds.")
        st.page_link("pages/train.py", label="**Train a network**")


def _run_label(info: RunInfo) -> str:
    return f"{escape_markdown(info.name)} · {info.config.architecture.summary}"


def _choose_run(run_id: str) -> None:
    st.session_state[session_keys.MODEL] = run_id


class HistoryView(NamedTuple):
    """Learning history of validation or test images in a run."""

    run: Run
    images: UnseenImages
    history: LearningHistory

    @property
    def epochs(self) -> list[float]:
        """Epoch of each snapshot."""
        info = self.run.info
        return [step * info.epochs / max(1, info.steps) for step in self.history.steps]

    def image_ref(self, column: int) -> ImageRef:
        """Return the reference to the image of a column."""
        return self.images.ref(int(self.history.indices[column]))


@st.fragment
def _history_view(run: Run, data: str) -> None:
    """Draw the learning history of a run's images."""
    dataset = services.datasets().get(data)
    unseen = unseen_images(run.info.config, data, dataset)
    split = TEST
    if unseen.learned:
        st.caption("This run has no validation images: it learned from all training images.")
    else:
        read_choice("images", _IMAGES, {"": VALIDATION, "test": TEST})
        split = st.segmented_control(
            "Measured on",
            [VALIDATION, TEST],
            default=VALIDATION,
            required=True,
            key=_IMAGES,
            persist_state="session",
        )
        write_choice("images", _IMAGES, "test" if split == TEST else None)
    images = all_test_images(data, dataset) if split == TEST else unseen
    view = HistoryView(run, images, _history(run.info.id, data, split, run, images.examples))
    epochs, count = view.epochs, len(view.history.indices)
    total = len(images.examples.labels)
    selection = f" of {total:,}, evenly chosen" if count < total else ""
    st.caption(
        f"{count:,} {split.lower()}{selection}, read with the network as it was at "
        f"{len(epochs)} snapshots, from epoch {forgetting.format_epoch(epochs[0])} to epoch "
        f"{forgetting.format_epoch(epochs[-1])}."
    )
    left, right = st.columns(2, gap="large")
    with left:
        _digits(view.history, epochs)
    with right:
        _class_counts(view.history, epochs)
    left, right = st.columns(2, gap="large")
    with left:
        column = _choose_image(view)
    with right:
        if column is not None:
            _image_history(view, column)
    if split == TEST:
        test_set_notice.show()


@st.cache_resource(max_entries=12, show_spinner="Reading the images with every snapshot…")
def _history(
    run_id: str, data: str, split: str, _run: Run, _images: LabelledImages
) -> LearningHistory:
    return forgetting.learning_history(_run, _images)


def _digits(history: LearningHistory, epochs: list[float]) -> None:
    """Draw the accuracy on each digit over time, and when it was learned."""
    accuracies = forgetting.accuracy_by_digit(history.right, history.labels)
    learned = forgetting.learned_at(accuracies)
    st.markdown("**When each digit was learned**", help=DIGITS)
    chart(
        digits_over_time_chart(accuracies, epochs, learned, st.context.theme.type == "dark"),
        config={"displayModeBar": False},
        key="biography_digits",
        alt="The accuracy on each digit at each snapshot",
    )
    st.markdown(_learned_sentence(learned, epochs))


def _learned_sentence(learned: list[int | None], epochs: list[float]) -> str:
    """Return from which epoch each digit counts as learned, in that order."""
    known = sorted({place for place in learned if place is not None})
    parts = [
        f"**{_join([digit for digit, at in enumerate(learned) if at == place])}** from epoch "
        f"{forgetting.format_epoch(epochs[place])}"
        for place in known
    ]
    never = [digit for digit, at in enumerate(learned) if at is None]
    text = f"At least 90% accuracy to the end: {'; '.join(parts)}." if parts else ""
    if not never:
        return text
    return f"{text} Not reached, or not to the end: **{_join(never)}**.".strip()


def _join(digits: list[int]) -> str:
    return ", ".join(map(str, digits))


def _class_counts(history: LearningHistory, epochs: list[float]) -> None:
    """Draw the number of images in each class, and the changes at each snapshot."""
    classes = forgetting.classify_forgetting(history.right)
    counts = [int((classes == class_).sum()) for class_ in FORGETTING_CLASSES]
    st.markdown("**What happened to the images**", help=_class_help())
    st.table(
        {
            "Group": [name for name, _ in FORGETTING_CLASSES.values()],
            "Images": [f"{count:,}" for count in counts],
            "Of all": [f"{count / len(classes):.1%}" for count in counts],
        },
        width="content",
    )
    st.markdown("**Learned and forgotten at each snapshot**", help=CHANGES)
    chart(
        changes_chart(*forgetting.count_changes(history.right), epochs),
        config={"displayModeBar": False},
        key="biography_changes",
        alt="How many images are learned, and how many are forgotten, at each snapshot",
    )


def _class_help() -> str:
    return " ".join(f"**{name}**: {explained}" for name, explained in FORGETTING_CLASSES.values())


def _choose_image(view: HistoryView) -> int | None:
    """Draw a grid of images; return the column of the open one, None if there is none."""
    history = view.history
    events = forgetting.forgetting_events(history.right)
    columns = _choose_columns(history, events)
    if len(columns) == 0:
        st.markdown("No images match.")
        return None
    key = f"{_OPENED}{view.run.info.id}_{view.images.data}_{view.images.split}"
    shown = columns[:MAX_SHOWN]
    columns_of = {view.image_ref(int(column)): int(column) for column in shown}
    kept: ImageRef | None = st.session_state.get(key)
    opened = int(shown[0]) if kept is None else columns_of.get(kept, int(shown[0]))

    def select(column: int) -> None:
        st.session_state[key] = view.image_ref(column)

    with st.container(height=GRID_HEIGHT, border=False):
        digit_grid(
            view.images.examples.images[history.indices[shown]],
            [
                GridCell(
                    column,
                    f"{with_article(history.labels[column]).capitalize()}, forgotten "
                    f"{events[column]} times, answer at the end: "
                    f"{_answer_text(history.answers[-1, column])}",
                    str(events[column]),
                )
                for column in shown
            ],
            label="Images that the run forgot or never learned",
            key="biography_grid",
            on_pick=select,
            selected=opened,
            style=GridStyle(min_width=46),
        )
    more = f" The first {MAX_SHOWN} are shown." if len(columns) > MAX_SHOWN else ""
    st.caption(f"{len(columns):,} images. The number on each: how often it was forgotten.{more}")
    return opened


def _choose_columns(history: LearningHistory, events: np.ndarray) -> np.ndarray:
    """Draw the choice of a kind of images; return their columns, most forgotten first."""
    classes = forgetting.classify_forgetting(history.right)
    kinds = {
        OFTEN_FORGOTTEN: np.flatnonzero(events > 0),
        WRONG_AT_END: np.flatnonzero(classes == FORGOTTEN),
        NEVER_RIGHT: np.flatnonzero(classes == NEVER_LEARNED),
    }
    st.markdown("**Single images**", help=EVENTS)
    read_choice("kind", _KIND, {"": OFTEN_FORGOTTEN, "wrong": WRONG_AT_END, "never": NEVER_RIGHT})
    kind = st.pills(
        "Which images",
        list(kinds),
        default=OFTEN_FORGOTTEN,
        required=True,
        wrap=True,
        label_visibility="collapsed",
        key=_KIND,
        persist_state="session",
    )
    names = {WRONG_AT_END: "wrong", NEVER_RIGHT: "never"}
    write_choice("kind", _KIND, names.get(kind))
    return forgetting.rank_by_forgetting(history, kinds[kind])


def _answer_text(answer: int) -> str:
    return "no digit" if answer == forgetting.NO_ANSWER else str(answer)


def _image_history(view: HistoryView, column: int) -> None:
    """Draw one image and its prediction at each snapshot."""
    history, epochs = view.history, view.epochs
    label = int(history.labels[column])
    answers, probabilities = history.answers[:, column], history.label_probability[:, column]
    ref = view.image_ref(column)
    name = ref.name
    if ref.split == "train":
        name = f"Validation image, number {ref.index:,} of the training images"
    announce_image(ref, name=name)
    with st.container(horizontal=True, gap="medium", wrap=False):
        with st.container(width=112):
            image = ref.image(services.datasets())
            st.image(picture_url(image, 4), width=112, alt=f"a handwritten {label}")
        with st.container(gap="small"):
            st.markdown(f"**{name}**, labelled **{label}**")
            st.markdown(
                forgetting.describe_changes(
                    history.right[:, column].tolist(),
                    [f"epoch {forgetting.format_epoch(epoch)}" for epoch in epochs],
                )
            )
            st.markdown(
                f"At the end the answer is **{_answer_text(answers[-1])}**, with "
                f"{percent(float(probabilities[-1]))} for {label}."
            )
    chart(
        image_history_chart(answers, probabilities, label, epochs),
        config={"displayModeBar": False},
        key="biography_life",
        alt="The answer and the probability of the label at each snapshot",
    )
    st.caption("Above the bars: the answer, from there until it changes.")
    image_address.image_links(ref, explore="Explore this image", inside="See inside the network")
