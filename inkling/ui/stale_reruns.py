"""Reruns of fragments that a browser asks for too late, when the page has become another one.

The visitor has gone to another page: Streamlit runs the fragment as part of the page that was left.
Its answer names that page, and the browser empties the new one, which then stays empty until it is
loaded again. Such a rerun is ignored.

The page no longer has the fragment, as that of a run which has just ended: Streamlit draws nothing,
and a click in it seems lost. Then the whole page is drawn, unless the rerun came by the clock.
"""

from functools import wraps

import streamlit as st
from streamlit.errors import FragmentStorageKeyError
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.fragment import Fragment, MemoryFragmentStorage

_REQUEST = "_inkling_page_request"
"""Attribute of a session: hashes of the page it showed when a page was requested last, and of that
page."""
_CLICKED = "_inkling_clicked"
"""Attribute of the fragments of a session: the one whose widget was used last."""


def redirect() -> None:
    """Have all sessions treat these reruns so from now on."""
    request_rerun, lookup = AppSession.request_rerun, MemoryFragmentStorage.lookup
    if hasattr(request_rerun, "__wrapped__"):
        return

    @wraps(request_rerun)
    def request_current(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is not None:
            shown = session.page_script_hash
            if not client_state.fragment_id:
                setattr(session, _REQUEST, (shown, client_state.page_script_hash))
            else:
                before, requested = getattr(session, _REQUEST, ("", ""))
                current = requested if shown == before else shown  # requested: it has not begun
                # The first request of a session names no page. None has been left then.
                if requested and client_state.page_script_hash not in ("", current):
                    return
                if not client_state.is_auto_rerun:
                    setattr(session._fragment_storage, _CLICKED, client_state.fragment_id)
                    if not session.has_fragment(client_state.fragment_id):
                        client_state.fragment_id = ""
        request_rerun(session, client_state)

    @wraps(lookup)
    def lookup_or_page(fragments: MemoryFragmentStorage, fragment_id: str) -> Fragment:
        try:
            return lookup(fragments, fragment_id)
        except FragmentStorageKeyError:
            if fragment_id != getattr(fragments, _CLICKED, None):
                raise
            return st.rerun

    AppSession.request_rerun = request_current  # type: ignore[assignment, method-assign]
    MemoryFragmentStorage.lookup = lookup_or_page  # type: ignore[assignment, method-assign]
