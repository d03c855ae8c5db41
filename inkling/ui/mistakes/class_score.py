"""A pupil's best round of Beat the network, which the class's board shows."""

from contextlib import suppress

import streamlit as st

from inkling.classroom.lesson import LessonError
from inkling.classroom.score import Score
from inkling.server.classroom import has_teacher
from inkling.ui import services, visitor
from inkling.ui.markdown import escape_markdown


def keep(score: Score) -> None:
    """Keep a round for the board if the visitor has joined the class; for callbacks."""
    if has_teacher() and not visitor.is_teacher():
        with suppress(LessonError, OSError):
            services.class_files().keep_score(visitor.visitor_id(), score)


def show_notice() -> None:
    """Draw that the class sees this pupil's best round."""
    if not has_teacher() or visitor.is_teacher():
        return
    files, pupil = services.class_files(), visitor.visitor_id()
    if name := files.name(pupil):
        best = files.score(pupil)
        so_far = f": {best.pupil} of {best.digits} so far" if best else ""
        st.caption(
            f"The board shows the class your best round, as {escape_markdown(name)}{so_far}."
        )
