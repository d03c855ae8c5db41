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
    """Return the secret that identifies this visitor, from the session or the cookie."""
    if _COOKIE_KEY not in st.session_state:
        cookie = st.context.cookies.get(_COOKIE_KEY, "")
        st.session_state[_COOKIE_KEY] = cookie if is_id(cookie) else uuid.uuid4().hex
    return str(st.session_state[_COOKIE_KEY])


def is_teacher() -> bool:
    """Return whether this visitor has entered the teacher's secret in this session."""
    return has_teacher() and bool(st.session_state.get(session_keys.IS_TEACHER))
