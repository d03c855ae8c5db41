"""The first mistakes of a finished run: test images that its network reads wrongly."""

import numpy as np
import streamlit as st

from inkling.data.image_ref import ImageRef, with_article
from inkling.runs.run import Run
from inkling.ui import services
from inkling.ui.components.digit_grid import GridCell, digit_grid
from inkling.ui.widgets import network_choice

SHOWN = 12

_OPENED = "run_mistake_opened"  # index of the test image that was clicked


def show(run: Run) -> None:
    """Draw the first mistakes; a click opens one on the Mistakes page."""
    data = "mnist" if run.info.config.data == "both" else run.info.config.data
    test = services.datasets().get(data).test
    answers = services.answers_to_test_images(data, run.info.id, run.network).argmax(axis=1)
    wrong = np.flatnonzero(answers != test.labels)
    if len(wrong) == 0:
        st.markdown("**No mistakes** on the test images.")
        return
    first = wrong[:SHOWN]
    count = f"the first {len(first)} of {len(wrong):,}" if len(wrong) > SHOWN else str(len(wrong))
    st.markdown(f"**Mistakes** on the test images, {count}")

    def open_mistake(index: int) -> None:
        network_choice.choose(run.info.id)
        st.session_state[_OPENED] = index

    digit_grid(
        test.images[first],
        [
            GridCell(
                index,
                f"{ImageRef(data, 'test', index).name}: {with_article(label)}, the network "
                f"answers {answer}",
                str(answer),
            )
            for index, label, answer in zip(
                first.tolist(), test.labels[first].tolist(), answers[first].tolist(), strict=True
            )
        ],
        label="Mistakes of this run",
        key=f"run_mistakes_{run.info.id}",
        on_pick=open_mistake,
    )
    opened = st.session_state.pop(_OPENED, None)
    if opened is not None:
        ref = ImageRef(data, "test", opened)
        st.switch_page("pages/mistakes.py", query_params=ref.to_query(services.datasets()))
