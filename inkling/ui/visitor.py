"""Who the visitor is: an id derived from a cookie, and whether they are the teacher."""

import hashlib
import uuid

import streamlit as st

from inkling.runs.run import is_id
from inkling.server.classroom import has_teacher
from inkling.ui import session_keys
from inkling.ui.components.visitor_cookie import write_cookie

_VISITOR = "inkling_visitor"
_YEAR = 365 * 24 * 3600


def visitor_id() -> str:
    """Return this visitor's id, 32 hexadecimal digits.

    It is derived from the secret in the cookie, not the secret itself: runs carry the id of their
    owner, and anybody may be given a run.
    """
    return hashlib.sha256(_secret().encode()).hexdigest()[:32]


def remember_visitor() -> None:
    """Write the cookie; draws nothing."""
    write_cookie(_VISITOR, _secret(), max_age=_YEAR, key="visitor_cookie")


def _secret() -> str:
    """Return what tells this visitor from others: kept in the session, and in the cookie."""
    if _VISITOR not in st.session_state:
        known = st.context.cookies.get(_VISITOR, "")
        valid = is_id(known)
        st.session_state[_VISITOR] = known if valid else uuid.uuid4().hex
    return str(st.session_state[_VISITOR])


def is_teacher() -> bool:
    """Whether this visitor has given the teacher's secret in this sitting."""
    return has_teacher() and bool(st.session_state.get(session_keys.TEACHER))
