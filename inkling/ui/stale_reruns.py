"""Reruns of fragments that a browser asks for after its visitor has gone to another page.

Streamlit runs such a fragment as part of the page that was left. Its answer names that page, and
the browser empties the new one, which then stays empty until it is loaded again.
"""

from functools import wraps

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

_REQUEST = "_inkling_page_request"
"""Attribute of a session: hashes of the page it showed when a page was requested last, and of that
page."""


def ignore() -> None:
    """Have all sessions ignore these reruns from now on."""
    request_rerun = AppSession.request_rerun
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
        request_rerun(session, client_state)

    AppSession.request_rerun = request_current  # type: ignore[assignment, method-assign]
