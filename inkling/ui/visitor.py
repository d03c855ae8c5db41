"""Identity of the visitor: an id derived from a cookie, and whether they are the teacher."""

import time
import uuid

import streamlit as st

from inkling.runs.run import is_id
from inkling.server.classroom import has_teacher
from inkling.server.teacher_token import (
    SECONDS,
    TEACHER_COOKIE,
    Purpose,
    is_teacher_token,
    teacher_token,
)
from inkling.server.visitor_id import COOKIE, visitor_id_of
from inkling.ui import session_keys
from inkling.ui.components.teacher_cookie import teacher_cookie
from inkling.ui.components.visitor_cookie import write_cookie

_COOKIE_SECONDS = 365 * 24 * 3600
_TICKET = "teacher_ticket"  # for that cookie, and until when it is valid
_NOBODY = "nobody"  # signed out, although the connection began with the cookie
_CONNECTION_KEY = "inkling_connection"  # for which the secret in the session was made


def visitor_id() -> str:
    """Return this visitor's id, 32 hexadecimal digits."""
    return visitor_id_of(_secret())


def remember_visitor() -> None:
    """Write the cookies: the visitor's, and the teacher's after a sign-in or a sign-out."""
    write_cookie(COOKIE, _secret(), max_age=_COOKIE_SECONDS, key="visitor_cookie")
    ticket, valid_until = st.session_state.get(_TICKET, ("", 0.0))
    if time.monotonic() < valid_until:
        teacher_cookie(ticket, key="teacher_cookie")


def _secret() -> str:
    """Return the secret that identifies this visitor: the cookie, or a new one at the first visit.

    It belongs to the connection and not to the session. Streamlit lets anyone who knows the id of a
    session connect to it, and that id is in the addresses of uploads and in its log.
    """
    cookie = st.context.cookies.get(COOKIE, "")
    if is_id(cookie):
        return cookie
    # A browser chooses a random key for each websocket, and sends no cookie with the first one.
    connection = st.context.headers.get("Sec-WebSocket-Key", "")
    if st.session_state.get(_CONNECTION_KEY) != connection:
        st.session_state[_CONNECTION_KEY] = connection
        st.session_state[COOKIE] = uuid.uuid4().hex
    return str(st.session_state[COOKIE])


def sign_in_teacher() -> None:
    """Make this visitor the teacher: in this session, and in this browser for some hours."""
    st.session_state[session_keys.TEACHER] = visitor_id()
    _issue_ticket("sign in")


def sign_out_teacher() -> None:
    """Make this visitor a pupil again; for callbacks."""
    if is_teacher():
        _issue_ticket("sign out")
        st.session_state[session_keys.TEACHER] = _NOBODY


def _issue_ticket(purpose: Purpose) -> None:
    ticket = teacher_token(purpose, visitor_id())
    st.session_state[_TICKET] = ticket, time.monotonic() + SECONDS[purpose]


def is_teacher() -> bool:
    """Return whether this visitor has entered the teacher's secret in this session or browser."""
    if not has_teacher():
        return False
    teacher = st.session_state.get(session_keys.TEACHER)
    if teacher is None:
        cookie = st.context.cookies.get(TEACHER_COOKIE, "")
        return is_teacher_token(cookie, "cookie", visitor_id())
    return bool(teacher == visitor_id())
