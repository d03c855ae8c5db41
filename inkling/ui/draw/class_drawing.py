"""A pupil's drawing for the class's board, when the teacher asks for a digit."""

import numpy as np
import streamlit as st

from inkling.classroom.lesson import LessonError
from inkling.data.image_ref import with_article
from inkling.server.classroom import has_teacher
from inkling.ui import services, visitor
from inkling.ui.markdown import escape_markdown


def show(image: np.ndarray | None) -> None:
    """Draw the button that sends a drawing to the board, if the class draws a digit now.

    Parameters
    ----------
    image : ndarray, (28, 28) uint8, or None
        The network's input; None where there is no ink.
    """
    if not has_teacher() or visitor.is_teacher():
        return
    files, pupil = services.class_files(), visitor.visitor_id()
    digit = files.lesson().drawn_digit
    if digit is None or not files.name(pupil):
        return
    sent = files.drawing(pupil, digit)

    def send() -> None:
        try:
            files.send_drawing(pupil, digit, np.asarray(image))
        except LessonError as error:
            st.toast(escape_markdown(str(error)))
        except OSError:
            st.toast("The drawing could not be saved. Tell your teacher.")

    with st.container(horizontal=True, vertical_alignment="center", key="draw_send"):
        if image is not None and sent is not None and np.array_equal(image, sent):
            st.markdown(":green-badge[:material/check: on the board]", width="content")
        else:
            st.button("Send to the board", type="primary", disabled=image is None, on_click=send)
        st.caption(
            f"The class draws {with_article(digit)}. All see your drawing, without your name.",
            width="stretch",
        )
