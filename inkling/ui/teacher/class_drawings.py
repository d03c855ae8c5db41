"""The class's drawings of a digit, with their pupils' names; each can be removed."""

import streamlit as st

from inkling.ui import services, visitor
from inkling.ui.classroom import wall
from inkling.ui.markdown import escape_markdown
from inkling.ui.teacher.action import teacher_action
from inkling.ui.widgets.confirmation import confirmed_button

_REFRESH_SECONDS = 2.0
_PICKED = "class_picked_drawing"  # id of the visitor who drew it


@st.fragment(run_every=_REFRESH_SECONDS)
def show(digit: int) -> None:
    """Draw them; nothing for another visitor who connected to the teacher's session."""
    if not visitor.is_teacher():
        return
    files, drawn = services.class_files(), wall.read_wall(digit)

    def pick(place: int) -> None:
        st.session_state[_PICKED] = drawn.visitor_ids[place]

    picked = st.session_state.get(_PICKED, "")
    selected = drawn.visitor_ids.index(picked) if picked in drawn.visitor_ids else None
    st.subheader("Drawings", anchor=False)
    wall.show(digit, drawn, min_width=60, key="teacher_drawings", on_pick=pick, selected=selected)
    if selected is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"By **{escape_markdown(files.name(picked))}**", width="content")
            confirmed_button(
                "Delete drawing",
                "The drawing leaves the board. The pupil is told, and can send another one.",
                "Delete the drawing",
                key=f"delete_drawing_{picked}",
                on_click=_remove,
                args=(picked, digit),
            )


def _remove(visitor_id: str, digit: int) -> None:
    teacher_action(lambda: services.class_files().remove_drawing(visitor_id, digit))
