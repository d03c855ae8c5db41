"""Fine-tuning of a copy of a model on the user's drawings, with and without rehearsal."""

import hashlib
from dataclasses import dataclass

import numpy as np
import streamlit as st

from data_loader import Dataset
from inkling.data.unseen_images import unseen_images
from inkling.data.user_drawings import UserDrawings, fine_tuned_name
from inkling.server.limits import LimitError
from inkling.server.models import Model
from inkling.training.fine_tuning import FineTuning, FineTuningResult, rehearsal_size
from inkling.ui import model_choice, services, visitor
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.draw.answer import titled_answer
from inkling.ui.draw.user_drawings import load_drawings, show_drawings
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import data_choice, network_choice, overflow
from inkling.ui.widgets.controls import digit_row
from nn.diagnosis import is_finite
from nn.storage import model_bytes
from nn.training import LabelledImages

REHEARSE = (
    "Mixes training images among your drawings, nine for each copy of yours. Turn "
    "rehearsal off, and the copy learns from your drawings alone: see what it then forgets."
)
COPIES = (
    "Each of your drawings becomes many, all turned, stretched, moved and bent a little. "
    "So the network learns the digit, not these pixels."
)
FORGETTING = (
    "All digits share the same weights. Each step towards your drawings changes them, and so "
    "changes old answers: that is **forgetting**."
)
WITH, WITHOUT = "With rehearsal", "Without"
_POLL_SECONDS = 0.3
_FORGOTTEN_SHOWN = 10  # validation images

_REHEARSE = "draw_rehearse"
_COPIES = "draw_attempts"
_SHOWN_COPY = "draw_shown_attempt"


@dataclass(frozen=True)
class FineTunedCopy:
    """Copy of a model that is being fine-tuned or has been.

    Attributes
    ----------
    model : Model
        The original.
    name : str
        Name of the copy.
    tuning : FineTuning
    """

    model: Model
    name: str
    tuning: FineTuning


def show(model: Model, image: np.ndarray | None) -> None:
    """Draw the user's drawings, and the fine-tuning of a copy of the model on them.

    Parameters
    ----------
    model : Model
        The original, which is left as it is.
    image : ndarray, (28, 28) uint8, or None
        The network's input; None where there is no ink.
    """
    dataset = data_choice.load_dataset(services.datasets().names[0])
    drawings = load_drawings()
    show_drawings(drawings, model, image)
    _show_fine_tuning(model, drawings, image, dataset)


def _show_fine_tuning(
    model: Model, drawings: UserDrawings, image: np.ndarray | None, dataset: Dataset
) -> None:
    """Draw the start button, and the progress or results of fine-tuning."""
    st.header("Fine-tune a copy", anchor=False, help=COPIES)
    st.markdown(
        f"A copy of **{escape_markdown(model.name)}** learns your examples, which takes "
        "some seconds to a minute. The network itself does not change."
    )
    copies: dict[bool, FineTunedCopy] = st.session_state.get(_COPIES, {})
    active = next((copy.tuning for copy in copies.values() if not copy.tuning.finished), None)
    network = model.network
    finite = is_finite(network, network.predict_proba(dataset.train.images[:1]))
    with st.container(horizontal=True, vertical_alignment="center"):
        rehearse = st.toggle(
            "Rehearse", value=True, key=_REHEARSE, persist_state="session", help=REHEARSE
        )
        st.button(
            "Fine-tune a copy",
            type="primary",
            disabled=not len(drawings) or not finite or active is not None,
            on_click=_start,
            args=(model, drawings, dataset, rehearse),
        )
    if not finite:
        overflow.show()
    elif not len(drawings):
        st.info("Add an example first. The copy's results will appear here.")
    if active is not None:
        st.button("Stop", on_click=_stop, args=(active,), key="draw_stop")
        st.fragment(_show_progress, run_every=_POLL_SECONDS)(active)
        return
    for copy in copies.values():
        if copy.tuning.error:
            st.error(copy.tuning.error)
        elif copy.tuning.result is None:
            st.info("Fine-tuning was stopped, and the copy was discarded.")
    results = {
        WITH if rehearsed else WITHOUT: (copy, copy.tuning.result)
        for rehearsed, copy in sorted(copies.items(), reverse=True)
        if copy.tuning.result is not None
    }
    if results:
        original = next(iter(results.values()))[0].model
        if original.id != model.id:
            st.caption(f"This is the result of a copy of {escape_markdown(original.name)}.")
        _show_results(results, drawings, image, dataset)


def _start(model: Model, drawings: UserDrawings, dataset: Dataset, rehearse: bool) -> None:
    """Start fine-tuning; drop copies of other models and those tuned on other drawings."""
    tuning = FineTuning(model.network, drawings, dataset, visitor.visitor_id(), rehearse=rehearse)
    try:
        services.queue().submit_background(tuning, alone=True)
    except LimitError as error:
        st.error(str(error))
        return
    name = fine_tuned_name(
        model.name, len(drawings), {other.name for other in model_choice.available_models()}
    )
    copies: dict[bool, FineTunedCopy] = st.session_state.get(_COPIES, {})
    comparable = {
        key: copy
        for key, copy in copies.items()
        if copy.model.id == model.id and _equal(copy.tuning.drawings, drawings)
    }
    st.session_state[_COPIES] = {**comparable, rehearse: FineTunedCopy(model, name, tuning)}
    st.session_state[_SHOWN_COPY] = WITH if rehearse else WITHOUT


def _equal(one: UserDrawings, other: UserDrawings) -> bool:
    return np.array_equal(one.images, other.images) and np.array_equal(one.labels, other.labels)


def _stop(tuning: FineTuning) -> None:
    waits = not tuning.has_started
    services.queue().stop(tuning)
    if waits:
        copies = st.session_state[_COPIES]
        st.session_state[_COPIES] = {k: c for k, c in copies.items() if c.tuning is not tuning}


def _show_progress(tuning: FineTuning) -> None:
    """Draw the progress bar; at the end rerun the page."""
    if tuning.finished:
        st.rerun()  # the whole page: the buttons change, too
    text = "Learning your drawings…" if tuning.has_started else "Waiting for a free core…"
    st.progress(tuning.progress, text)


def _show_results(
    results: dict[str, tuple[FineTunedCopy, FineTuningResult]],
    drawings: UserDrawings,
    image: np.ndarray | None,
    dataset: Dataset,
) -> None:
    """Draw the results of the copies, with and without rehearsal as far as both were tuned."""
    first, judged = next(iter(results.values()))
    st.markdown(_accuracy_table(results))
    data = services.datasets().names[0]
    unseen = unseen_images(first.model.config, data, dataset, fewest=len(judged.labels))
    if unseen.learned is not False:
        st.caption(unseen.note)
    if len(results) > 1:
        shown = st.segmented_control(
            "Copy",
            list(results),
            default=next(iter(results)),
            required=True,
            key=_SHOWN_COPY,
        )
    else:
        shown = next(iter(results))
    copy, result = results[shown]
    st.markdown(_forgetting_text(copy.tuning, result, both_tuned=len(results) > 1))
    if len(result.forgotten):
        _show_forgotten(result, unseen.examples)
    _show_copy_buttons(copy, result)
    if not _equal(copy.tuning.drawings, drawings):
        st.caption("Your examples have changed. Fine-tune again to teach it all of them.")
    if image is not None:
        for title, network, key in (
            ("This drawing, before", copy.tuning.network, "draw_before_bars"),
            ("After", result.network, "draw_after_bars"),
        ):
            P = network.predict_proba(image[None])[0]
            st.markdown(titled_answer(title, P))
            probability_bars(P, key=key)


def _accuracy_table(results: dict[str, tuple[FineTunedCopy, FineTuningResult]]) -> str:
    """Return a table, in Markdown, of correct answers before and after fine-tuning."""
    first_copy, first = next(iter(results.values()))
    drawings = first_copy.tuning.drawings
    examples = "Your example" if len(drawings) == 1 else f"Your {len(drawings)} examples"
    rows = [
        ["Correct answers", examples, f"{len(first.labels):,} validation images"],
        ["---", "---:", "---:"],
    ]
    for name, predicted, accuracy in (
        ("Before", first.drawn_before, first.accuracy_before),
        *(
            (name, result.drawn_after, result.accuracy_after)
            for name, (_, result) in results.items()
        ),
    ):
        rows.append([name, str(int(np.sum(predicted == drawings.labels))), f"**{accuracy:.2%}**"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _forgetting_text(tuning: FineTuning, result: FineTuningResult, *, both_tuned: bool) -> str:
    """Return sentences about what was forgotten and how rehearsal changes that."""
    text = (
        f"The copy learned for {result.seconds:.1f} s. Of the validation images, which it "
        f"never learns from, **{len(result.forgotten):,}** are new mistakes and "
        f"**{len(result.gained):,}** are no longer mistakes. {FORGETTING}"
    )
    if both_tuned:
        return text
    if not tuning.rehearse:
        return f"{text} Turn rehearsal on and fine-tune again: what is practised is remembered."
    return (
        f"{text} {rehearsal_size(tuning.dataset):,} training images were rehearsed. Turn "
        "rehearsal off and fine-tune again to see the difference."
    )


def _show_forgotten(result: FineTuningResult, judged: LabelledImages) -> None:
    """Draw some of the validation images that only the original predicts correctly."""
    indices = result.forgotten[:_FORGOTTEN_SHOWN]
    digit_row(
        judged.images[indices],
        [f"{result.labels[k]}→{result.after[k]}" for k in indices],
        56,
    )
    st.caption("Forgotten, for example: the label, and the answer of the copy.")


def _show_copy_buttons(copy: FineTunedCopy, result: FineTuningResult) -> None:
    """Draw the buttons that choose the copy as the page's model and download it."""
    model_id = hashlib.sha256(result.network.theta.tobytes()).hexdigest()[:16]
    available = any(model.id == model_id for model in model_choice.available_models())
    with st.container(horizontal=True):
        st.button(
            "Use this copy",
            disabled=available,
            on_click=_choose_copy,
            args=(copy, result, model_id),
        )
        st.download_button(
            "Download the copy",
            lambda: model_bytes(result.network),
            file_name=f"inkling-{result.network.architecture}-taught.safetensors",
            mime="application/octet-stream",
            on_click="ignore",
            help="A safetensors file, which can be loaded again, under Network.",
        )
    if available:
        st.caption(
            "You can now choose it on every page, until the server restarts. Download it "
            "to save it."
        )


def _choose_copy(copy: FineTunedCopy, result: FineTuningResult, model_id: str) -> None:
    network = result.network
    model = Model(
        model_id,
        copy.name,
        network.architecture,
        lambda: network,
        services.measured_accuracy(model_id, network),
        copy.model.config,  # fine-tuning does not learn from validation images
    )
    services.uploads().add(visitor.visitor_id(), model)
    network_choice.choose(model_id)
