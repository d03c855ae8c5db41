"""Teach it: a visitor's drawings as examples, and a copy of the model that learns them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from data_loader import Dataset
from inkling.data.user_drawings import (
    MOST,
    NONE,
    UserDrawings,
    fine_tuned_name,
    from_bytes,
    idx_pair,
    to_bytes,
)
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.training.fine_tuning import (
    FineTuning,
    FineTuningResult,
    predicted_digits,
    rehearsal_size,
)
from inkling.ui import model_choice, services, session_keys, visitor
from inkling.ui.components.digit_grid import GridCell, GridStyle, digit_grid
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.draw.answer import titled_answer
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import data_choice, overflow
from inkling.ui.widgets.controls import digit_row
from nn.diagnosis import is_finite
from nn.storage import model_bytes

KEPT = "drawings.idx"
REHEARSE = (
    "Training images that the network knows come up again among your drawings, nine for each "
    "copy of yours. Switch it off, and it learns nothing but your drawings: see what that does to "
    "everything else that it knew."
)
COPIES = (
    "From each of your drawings come many copies, each turned, stretched, moved and bent a little: "
    "so that the network learns what makes the digit, not these pixels."
)
FORGETTING = (
    "All that a network knows is in the same weights. Each step that makes your drawings right "
    "moves them, and old answers move along: that is **forgetting**."
)
WITH, WITHOUT = "With rehearsal", "Without"
_KNEW = "This network may have learned from some of the validation images, so they flatter it here."
_TICK = 0.3  # seconds between two looks at a fine-tuning
_FORGOTTEN = 10  # validation images that are shown

_LABEL = "draw_taught_label"
_PICKED = "draw_taught_picked"
_UNKEPT = "draw_taught_unkept"  # the examples, where the disk would not take them
_PROBLEM = "draw_taught_problem"
_DROPPED = "draw_taught_dropped"  # all examples before some were dropped
_REHEARSE = "draw_rehearse"
_ATTEMPTS = "draw_attempts"
_SHOWN = "draw_shown_attempt"


@dataclass(frozen=True)
class Attempt:
    """A copy that was taught, or is being taught: of which model, and how."""

    model: Model
    name: str
    tuning: FineTuning


def examples() -> UserDrawings:
    """Return what this visitor taught so far."""
    unkept: UserDrawings | None = st.session_state.get(_UNKEPT)
    return from_bytes(services.read_visitor_file(KEPT)) if unkept is None else unkept


def show(model: Model, image: np.ndarray | None, clear: Callable[[], None] | None) -> None:
    """Draw what can be taught, the examples so far, and a copy of the model that learns them.

    Parameters
    ----------
    model : Model
        The one that answers above, of which a copy is taught.
    image : ndarray, (28, 28) uint8, or None
        What a network sees of the drawing; None where there is no ink.
    clear : callable, optional
        Empties the canvas, where there is one.
    """
    dataset = data_choice.load_dataset(services.datasets().names[0])
    taught = examples()
    left, right = st.columns([2, 3], gap="large")
    with left:
        _teach(taught, image, clear)
        _examples(taught, model)
    with right:
        _fine_tune(model, taught, image, dataset)


def _teach(
    taught: UserDrawings, image: np.ndarray | None, clear: Callable[[], None] | None
) -> None:
    """Ask what the drawing was, and take it among the examples."""
    st.subheader("What was it?", anchor=False)
    place = None if image is None else taught.place(image)
    label = st.pills("It was a …", range(10), key=_LABEL, wrap=True)
    known = place is not None and int(taught.labels[place]) == label
    with st.container(horizontal=True):
        st.button(
            "Teach it this" if place is None else "Teach it this instead",
            type="primary",
            disabled=image is None or label is None or known or (place is None and taught.full),
            on_click=_add,
            args=(image, label),
        )
        if place is not None and clear is not None:
            st.button("Clear the canvas", on_click=clear, key="draw_taught_clear")
    if image is None:
        st.caption("Draw a digit above, then say what it is.")
    elif place is not None:
        digit = taught.labels[place]
        st.caption(f"This drawing is among your examples, as a {digit}. Draw the next one.")
    elif taught.full:
        st.caption(f"There are {MOST} examples, and no more can be kept. Drop some first.")


def _add(image: np.ndarray, label: int) -> None:
    taught = examples()  # another tab may have added some
    if taught.place(image) is not None or not taught.full:
        _keep(taught.teach(image, label))
    st.session_state[_LABEL] = None
    st.session_state.pop(_DROPPED, None)


def _drop(taught: UserDrawings, rest: UserDrawings) -> None:
    _keep(rest)
    st.session_state[_DROPPED] = taught
    st.session_state.pop(_PICKED, None)


def _put_back() -> None:
    _keep(st.session_state.pop(_DROPPED))


def _keep(taught: UserDrawings) -> None:
    """Keep the examples on the disk, else in the session; note what is wrong with the disk."""
    if len(taught):
        problem = services.write_visitor_file(KEPT, to_bytes(taught))
    else:
        services.delete_visitor_file(KEPT)
        problem = (
            ""
            if services.read_visitor_file(KEPT) is None
            else "The disk would not let go of the drawings."
        )
    st.session_state[_PROBLEM] = problem
    st.session_state[_UNKEPT] = taught if problem else None


def _examples(taught: UserDrawings, model: Model) -> None:
    """Draw the examples, and what can be done with them."""
    st.subheader("Your examples", anchor=False)
    if st.session_state.get(_PROBLEM):
        st.warning(escape_markdown(st.session_state[_PROBLEM]))
    if not len(taught):
        st.markdown(
            section("help/draw", "No examples yet")
            if _DROPPED not in st.session_state
            else "All dropped."
        )
    else:
        _grid(taught, model)
    with st.container(horizontal=True):
        if len(taught):
            picked = st.session_state.get(_PICKED)
            if picked is not None and picked < len(taught):
                args = (taught, taught.drop(picked))
                st.button("Drop this one", on_click=_drop, args=args)
            st.button("Drop all", on_click=_drop, args=(taught, NONE))
            st.download_button(
                "Download as IDX",
                lambda: idx_pair(taught),
                file_name="drawings.zip",
                mime="application/zip",
                on_click="ignore",
                help="Two files, images and labels, in the format that MNIST is published in.",
            )
        if _DROPPED in st.session_state:
            st.button("Put back what was dropped", on_click=_put_back)


def _grid(taught: UserDrawings, model: Model) -> None:
    """Draw the examples as a grid, and say how many of them the model reads right."""
    counted = "1 drawing" if len(taught) == 1 else f"{len(taught)} drawings"
    names = [f"Example {k}: a {label}" for k, label in enumerate(taught.labels, 1)]
    captions = [str(label) for label in taught.labels]
    if is_finite(model.network, model.network.predict_proba(taught.images)):
        said = predicted_digits(model.network, taught.images)
        right = int(np.sum(said == taught.labels))
        counted += f". {escape_markdown(model.name)} reads **{right}** right"
        names = [f"{name}, read as {digit}" for name, digit in zip(names, said, strict=True)]
        captions = [
            str(label) if label == digit else f"{label}, not {digit}"
            for label, digit in zip(taught.labels, said, strict=True)
        ]
    st.markdown(f"{counted}.")

    def pick(place: int) -> None:
        st.session_state[_PICKED] = place

    digit_grid(
        taught.images,
        [GridCell(k, *texts) for k, texts in enumerate(zip(names, captions, strict=True))],
        label="Your examples",
        key="draw_taught_grid",
        on_pick=pick,
        selected=st.session_state.get(_PICKED),
        style=GridStyle(min_width=60),
    )


def _fine_tune(
    model: Model, taught: UserDrawings, image: np.ndarray | None, dataset: Dataset
) -> None:
    """Draw the button that teaches a copy, how that goes, and what came of it."""
    st.subheader("Fine-tune a copy", anchor=False, help=COPIES)
    st.markdown(
        f"A copy of **{escape_markdown(model.name)}** learns your examples in a few seconds. The "
        "model itself stays as it is."
    )
    attempts: dict[bool, Attempt] = st.session_state.get(_ATTEMPTS, {})
    going_on = next((a for a in attempts.values() if not a.tuning.finished), None)
    network = model.network
    finite = is_finite(network, network.predict_proba(dataset.train.images[:1]))
    with st.container(horizontal=True, vertical_alignment="center"):
        rehearse = st.toggle(
            "Rehearse", value=True, key=_REHEARSE, persist_state="session", help=REHEARSE
        )
        st.button(
            "Fine-tune a copy",
            type="primary",
            disabled=not len(taught) or not finite or going_on is not None,
            on_click=_begin,
            args=(model, taught, dataset, rehearse),
        )
    if not finite:
        overflow.show()
    elif not len(taught):
        st.info("Teach it an example first. What the copy learned then stands here.")
    if going_on is not None:
        st.button("Stop", on_click=_stop, args=(going_on.tuning,), key="draw_stop")
        st.fragment(_watch, run_every=_TICK)(going_on.tuning)
        return
    for attempt in attempts.values():
        if attempt.tuning.error:
            st.error(attempt.tuning.error)
        elif attempt.tuning.taught is None:
            st.info("It was stopped, and the copy dropped.")
    done = {
        with_old: (attempt, attempt.tuning.taught)
        for with_old, attempt in sorted(attempts.items(), reverse=True)
        if attempt.tuning.taught is not None
    }
    if done:
        copied = next(iter(done.values()))[0].model
        if copied.id != model.id:
            st.caption(f"Below is what came of a copy of {escape_markdown(copied.name)}.")
        _results(done, taught, image, dataset)


def _begin(model: Model, taught: UserDrawings, dataset: Dataset, rehearse: bool) -> None:
    """Start a fine-tuning; what was tried with the same model and examples stays to compare."""
    tuning = FineTuning(
        model.network, taught, dataset, services.queue().reserve_idle_core, rehearse=rehearse
    )
    name = fine_tuned_name(
        model.name, len(taught), {other.name for other in model_choice.available_models()}
    )
    attempts: dict[bool, Attempt] = st.session_state.get(_ATTEMPTS, {})
    alike = {
        key: attempt
        for key, attempt in attempts.items()
        if attempt.model.id == model.id and _same(attempt.tuning.drawings, taught)
    }
    st.session_state[_ATTEMPTS] = {**alike, rehearse: Attempt(model, name, tuning)}
    st.session_state[_SHOWN] = WITH if rehearse else WITHOUT
    tuning.start()


def _same(one: UserDrawings, other: UserDrawings) -> bool:
    return np.array_equal(one.images, other.images) and np.array_equal(one.labels, other.labels)


def _stop(tuning: FineTuning) -> None:
    tuning.stop()
    if not tuning.has_started:  # it waits for a core, and would have to go on waiting to end
        attempts = st.session_state[_ATTEMPTS]
        st.session_state[_ATTEMPTS] = {k: a for k, a in attempts.items() if a.tuning is not tuning}


def _watch(tuning: FineTuning) -> None:
    """Draw how far a fine-tuning is."""
    if tuning.finished:
        st.rerun()  # the whole page: the buttons change, too
    text = "Learning your drawings…" if tuning.has_started else "Waiting for a free core…"
    st.progress(tuning.progress, text)


def _results(
    done: dict[bool, tuple[Attempt, FineTuningResult]],
    taught: UserDrawings,
    image: np.ndarray | None,
    dataset: Dataset,
) -> None:
    """Draw what came of it, with a rehearsal and without, as far as both were tried."""
    names = {WITH if with_old else WITHOUT: result for with_old, result in done.items()}
    model = next(iter(done.values()))[0].model
    st.markdown(_table(names))
    if model.trained_on_validation:
        st.caption(_KNEW)
    if len(names) > 1:
        chosen = st.segmented_control(
            "Which copy to look at",
            list(names),
            default=next(iter(names)),
            required=True,
            key=_SHOWN,
        )
    else:
        chosen = next(iter(names))
    attempt, result = names[chosen]
    st.markdown(_forgetting(attempt.tuning, result, tried_both=len(names) > 1))
    if len(result.forgotten):
        _forgotten(result, dataset)
    _take_over(attempt, result)
    if not _same(attempt.tuning.drawings, taught):
        st.caption("Your examples have changed since. Fine-tune again to teach it those, too.")
    if image is not None:
        left, right = st.columns(2, gap="large")
        for column, name, network, key in (
            (left, "This drawing, before", attempt.tuning.network, "draw_before_bars"),
            (right, "After", result.network, "draw_after_bars"),
        ):
            with column:
                P = network.predict_proba(image[None])[0]
                st.markdown(titled_answer(name, P))
                probability_bars(P, key=key)


def _table(names: dict[str, tuple[Attempt, FineTuningResult]]) -> str:
    """Return a table, in Markdown, of what is read right before and after."""
    results = [result for _, result in names.values()]
    before, drawings = results[0], next(iter(names.values()))[0].tuning.drawings
    counted = "Your example" if len(drawings) == 1 else f"Your {len(drawings)} examples"
    rows = [
        ["Read right", counted, f"{len(before.labels):,} validation images"],
        ["---", "---:", "---:"],
    ]
    said = [before.drawn_before, *(result.drawn_after for result in results)]
    shares = [before.accuracy_before, *(result.accuracy_after for result in results)]
    for name, answer, share in zip(["Before", *names], said, shares, strict=True):
        rows.append([name, str(int(np.sum(answer == drawings.labels))), f"**{share:.2%}**"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _forgetting(tuning: FineTuning, result: FineTuningResult, *, tried_both: bool) -> str:
    """Say what was forgotten, what that is, and what helps."""
    lost, won = len(result.forgotten), len(result.gained)
    said = (
        f"The copy learned for {result.seconds:.1f} seconds. Of the validation images, which it "
        f"never learns from, it now reads **{lost:,}** wrong that it read right before, and "
        f"**{won:,}** right that it did not. {FORGETTING}"
    )
    if tried_both:
        return said
    if not tuning.rehearse:
        return f"{said} Switch the rehearsal on and fine-tune again: what is repeated stays."
    return (
        f"{said} The rehearsal of {rehearsal_size(tuning.dataset):,} training images holds most of "
        "it back. Switch it off and fine-tune again, to see what happens without."
    )


def _forgotten(result: FineTuningResult, dataset: Dataset) -> None:
    """Draw some of the validation images that are not read right any more."""
    places = result.forgotten[:_FORGOTTEN]
    first = len(dataset.train.labels) - len(result.labels)
    digit_row(
        dataset.train.images[first + places],
        [f"{result.labels[k]}→{result.after[k]}" for k in places],
        56,
    )
    st.caption("Forgotten, for example: what it is, and what the copy takes it for.")


def _take_over(attempt: Attempt, result: FineTuningResult) -> None:
    """Let the copy answer from now on, or be downloaded."""
    copy_id = hashlib.sha256(result.network.theta.tobytes()).hexdigest()[:16]
    among = any(model.id == copy_id for model in model_choice.available_models())
    with st.container(horizontal=True):
        st.button(
            "Let the copy answer from now on",
            disabled=among,
            on_click=_let_answer,
            args=(attempt, result, copy_id),
        )
        layers = "-".join(map(str, result.network.sizes))
        st.download_button(
            "Download the copy",
            lambda: model_bytes(result.network),
            file_name=f"inkling-{layers}-taught.safetensors",
            mime="application/octet-stream",
            on_click="ignore",
            help="A safetensors file, which can be loaded again below, under Another model.",
        )
    if among:
        st.caption(
            "It is among the models, here and on the other pages, until the app ends. Download it "
            "to keep it."
        )


def _let_answer(attempt: Attempt, result: FineTuningResult, copy_id: str) -> None:
    network = result.network
    copy = Model(
        copy_id,
        attempt.name,
        network.sizes,
        lambda: network,
        trained_on_validation=attempt.model.trained_on_validation,
    )
    services.uploads().add(visitor.visitor_id(), copy)
    st.session_state[session_keys.MODEL] = copy_id
