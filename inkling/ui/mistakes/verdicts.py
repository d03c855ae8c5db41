"""Verdict controls: give, remove, save and export the visitor's verdicts."""

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st

from data_loader import Dataset
from inkling.analysis.verdicts import Verdict, Verdicts, verdicts_as_csv
from inkling.data.image_ref import ImageRef
from inkling.lessons.content import section
from inkling.ui import services
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import image_address

SIGNS = {Verdict.LABEL: "?", Verdict.AMBIGUOUS: "≈", Verdict.NETWORK: "✗"}
NAMES = {
    Verdict.LABEL: "Label in doubt",
    Verdict.AMBIGUOUS: "Ambiguous",
    Verdict.NETWORK: "Network",
}
HELP = section("help/mistakes", "Verdicts")
_FILE = "verdicts.json"
_UNSAVED = "mistakes_unsaved_verdicts"
_PROBLEM = "mistakes_verdicts_problem"
_LAST_MARKED = "mistakes_last_judged"  # ImageRef
_KEY = "mistakes_verdict_"  # and the data set's name and an index


def verdicts() -> Verdicts:
    """Return this visitor's verdicts on all data sets."""
    if _UNSAVED in st.session_state:  # writing the file failed
        unsaved: Verdicts = st.session_state[_UNSAVED]
        return unsaved
    return Verdicts.read(services.read_visitor_file(_FILE))


def choose_verdict(ref: ImageRef, wrong: np.ndarray, on_marked: Callable[[ImageRef], None]) -> None:
    """Draw the controls that give or remove a verdict on a test image, with counters.

    Parameters
    ----------
    ref : ImageRef
    wrong : ndarray, (k,) int
        The network's mistakes, whose verdicts are counted.
    on_marked : callable
        Called with the image after a verdict was given, before the script runs again.
    """
    name = services.datasets().label(ref.data)
    key = f"{_KEY}{name}_{ref.index}"
    found = verdicts().of(name)
    st.session_state[key] = found.get(ref.index)
    counts = Counter(found[index] for index in wrong.tolist() if index in found)

    def mark() -> None:
        verdict = st.session_state[key]
        _save(verdicts().with_verdict(name, ref.index, verdict))
        st.session_state[_LAST_MARKED] = ref
        if verdict is not None:
            on_marked(ref)

    with st.container(key="mistakes_verdict", gap="xsmall"):
        st.pills(
            f"What went wrong? {counts.total():,} of {len(wrong):,} judged",
            list(Verdict),
            format_func=lambda verdict: f"{with_sign(verdict)} · {counts[verdict]:,}",
            key=key,
            on_change=mark,
            wrap=True,
            help=HELP,
        )
        _back_button(ref)
    if problem := st.session_state.get(_PROBLEM):
        st.warning(problem)


def _back_button(ref: ImageRef) -> None:
    """Draw a button that opens the image that got the last verdict in this session."""
    last: ImageRef = st.session_state.get(_LAST_MARKED, ref)
    verdict = verdicts().of(services.datasets().label(last.data)).get(last.index)
    if last.data == ref.data and last != ref and verdict is not None:
        st.button(
            f"Back to image {last.index:,} ({SIGNS[verdict]})",
            type="tertiary",
            on_click=image_address.open_image,
            args=(last,),
            help="The image that you judged last. Open it to change your verdict.",
        )


def export_controls(dataset: Dataset, P: np.ndarray) -> None:
    """Draw buttons that download the verdicts on a data set, and remove them.

    Parameters
    ----------
    dataset : Dataset
    P : ndarray, (n, 10)
        The network's probabilities for its test images.
    """
    found = verdicts().of(dataset.name)
    reason = None if found else "You have not judged any image yet."
    with st.popover("Your verdicts", disabled=not found, help=reason):
        st.markdown(_summary(found))
        st.caption("Saved for you on the computer that runs Inkling, until you delete them.")
        with st.container(horizontal=True):
            st.download_button(
                "Download verdicts",
                lambda: verdicts_as_csv(
                    found, dataset.test.labels, P, has_votes=dataset.name == "MNIST"
                ),
                file_name="verdicts.csv",
                mime="text/csv",
                on_click="ignore",
                help="Index, label, this network's answer and confidence, your verdict, and what "
                "five people said where they were asked.",
            )
            st.button(
                "Delete all",
                on_click=lambda: _save(verdicts().without(dataset.name)),
                help=(
                    f"Deletes your verdicts on {escape_markdown(dataset.name)}. You cannot "
                    "undo this."
                ),
            )


def with_sign(verdict: Verdict) -> str:
    """Return a verdict's sign and name."""
    return f"{SIGNS[verdict]} {NAMES[verdict]}"


def _summary(found: Mapping[int, Verdict]) -> str:
    """Return the number of verdicts of each kind."""
    given = list(found.values())
    kinds = [f"{with_sign(kind)} {given.count(kind):,}" for kind in Verdict if kind in given]
    return f"**{len(given):,} {'verdict' if len(given) == 1 else 'verdicts'}**: {', '.join(kinds)}."


def _save(changed: Verdicts) -> None:
    problem = services.write_visitor_file(_FILE, changed.to_bytes())
    st.session_state[_PROBLEM] = problem
    if problem:
        st.session_state[_UNSAVED] = changed
    else:
        st.session_state.pop(_UNSAVED, None)
