"""What a session of Streamlit may keep in memory, and until when."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from weakref import WeakValueDictionary

from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

log = logging.getLogger(__name__)

MAX_FILES = 8
"""Uploaded files that a session keeps. The app has three uploaders, of one file each."""

_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+")
_EVERY = 10.0  # seconds between two looks at the sessions


class SessionUploads:
    """Keeps only the newest uploads of each session, and takes one after another.

    Parameters
    ----------
    app : ASGIApp
        The wrapped application.
    uploads : callable
        Return Streamlit's store of uploaded files.
    mib : int
        MiB of all files that a session keeps: those of the largest file.
    """

    def __init__(
        self, app: ASGIApp, uploads: Callable[[], MemoryUploadedFileManager], mib: int
    ) -> None:
        self.app = app
        self._uploads = uploads
        self._bytes = mib * 2**20
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; remove a session's oldest files after an upload."""
        found = _UPLOAD.search(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] != "PUT":
            await self.app(scope, receive, send)
            return
        session_id = found[1]
        lock = self._locks.setdefault(session_id, asyncio.Lock())
        async with lock:
            try:
                await self.app(scope, receive, send)
            finally:
                self._remove_oldest(session_id)

    def _remove_oldest(self, session_id: str) -> None:
        """Remove the files before the newest ones that are few and small enough."""
        uploads = self._uploads()
        newest_first = list(uploads.file_storage.get(session_id, {}).values())[::-1]
        size = 0
        for number, file in enumerate(newest_first):
            size += len(file.data)
            if number >= MAX_FILES or size > self._bytes:
                uploads.remove_file(session_id, file.file_id)


async def close_left_sessions(runtime: Runtime, kept: float, every: float = _EVERY) -> None:
    """Close the sessions whose visitors have left, for as long as the server runs.

    Streamlit keeps such a session, with its uploads, until *another* one is left after the time of
    ``server.disconnectedSessionTTL``, so the last visitors of a day would stay in memory.

    Parameters
    ----------
    runtime : Runtime
    kept : float
        ``server.disconnectedSessionTTL``: seconds after which Streamlit no longer lists a session
        that was left. It is closed shortly before.
    every : float
        Seconds between two looks.
    """
    left: dict[str, float] = {}  # since when, by session
    while True:
        await asyncio.sleep(every)
        now = time.monotonic()
        sessions = runtime._session_mgr.list_sessions()
        inactive = [info.session.id for info in sessions if info.client is None]
        left = {session_id: left.get(session_id, now) for session_id in inactive}
        for session_id, since in left.items():
            if now - since >= kept - 3 * every:
                try:
                    runtime.close_session(session_id)
                except Exception:
                    log.exception("a session could not be closed")
