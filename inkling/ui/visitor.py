"""Identity of the visitor: an id derived from a cookie, and whether they are the teacher."""

import hashlib
import uuid

import streamlit as st

from inkling.runs.run import is_id
from inkling.server.classroom import has_teacher
from inkling.ui import session_keys
from inkling.ui.components.visitor_cookie import write_cookie

_COOKIE_KEY = "inkling_visitor"
_COOKIE_SECONDS = 365 * 24 * 3600
_CONNECTION_KEY = "inkling_connection"  # for which the secret in the session was made


def visitor_id() -> str:
    """Return this visitor's id, 32 hexadecimal digits.

    It is a hash of the secret in the cookie, because runs contain the id of their owner and can be
    passed on.
    """
    return hashlib.sha256(_secret().encode()).hexdigest()[:32]


def remember_visitor() -> None:
    """Write the cookie."""
    write_cookie(_COOKIE_KEY, _secret(), max_age=_COOKIE_SECONDS, key="visitor_cookie")


def _secret() -> str:
    """Return the secret that identifies this visitor: the cookie, or a new one at the first visit.

    It belongs to the connection and not to the session. Streamlit lets anyone who knows the id of a
    session connect to it, and that id is in the addresses of uploads and in its log.
    """
    cookie = st.context.cookies.get(_COOKIE_KEY, "")
    if is_id(cookie):
        return cookie
    # A browser chooses a random key for each websocket, and sends no cookie with the first one.
    connection = st.context.headers.get("Sec-WebSocket-Key", "")
    if st.session_state.get(_CONNECTION_KEY) != connection:
        st.session_state[_CONNECTION_KEY] = connection
        st.session_state[_COOKIE_KEY] = uuid.uuid4().hex
    return str(st.session_state[_COOKIE_KEY])


def sign_in_teacher() -> None:
    """Make this visitor the teacher in this session."""
    st.session_state[session_keys.TEACHER] = visitor_id()


def is_teacher() -> bool:
    """Return whether this visitor has entered the teacher's secret in this session."""
    return has_teacher() and st.session_state.get(session_keys.TEACHER) == visitor_id()
