"""Bounds of what a session keeps, on Streamlit's store of uploads."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from deploy import sessions
from deploy.sessions import MAX_FILES, SessionUploads, close_left_sessions
from tests.running import run

MIB = 2**20


class Endpoint:
    """An app that keeps a file of a given size for each PUT, and counts the concurrent ones."""

    def __init__(self, size: int) -> None:
        self.files = MemoryUploadedFileManager("/_stcore/upload_file")
        self.size, self.active, self.most_active = size, 0, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.active += 1
        self.most_active = max(self.most_active, self.active)
        await asyncio.sleep(0)
        *_, session_id, file_id = scope["path"].split("/")
        record = UploadedFileRec(file_id, "a file", "", bytes(self.size))
        self.files.add_file(session_id, record)
        self.active -= 1

    def kept(self, session_id: str) -> list[str]:
        return list(self.files.file_storage[session_id])


def upload(endpoint: Endpoint, *names: str, mib: int = 4) -> None:
    """Upload files at once, each called SESSION/FILE."""
    app = SessionUploads(endpoint, lambda: endpoint.files, mib)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        pass

    def put(name: str) -> Any:
        scope = {"type": "http", "method": "PUT", "path": f"/_stcore/upload_file/{name}"}
        return app(scope, receive, send)

    async def go() -> None:
        await asyncio.gather(*map(put, names))

    run(go())


def test_session_keeps_the_newest_files_that_fit() -> None:
    endpoint = Endpoint(MIB)
    upload(endpoint, *(f"one/{number}" for number in range(20)))
    assert endpoint.kept("one") == ["16", "17", "18", "19"]


def test_session_keeps_few_small_files() -> None:
    endpoint = Endpoint(0)
    upload(endpoint, *(f"one/{number}" for number in range(20)))
    assert endpoint.kept("one") == [str(number) for number in range(20 - MAX_FILES, 20)]


def test_largest_file_replaces_all_others() -> None:
    endpoint = Endpoint(MIB)
    upload(endpoint, "one/1", "one/2")
    endpoint.size = 4 * MIB
    upload(endpoint, "one/3")
    assert endpoint.kept("one") == ["3"]


def test_sessions_do_not_share_the_bound() -> None:
    endpoint = Endpoint(4 * MIB)
    upload(endpoint, "one/1", "two/1", "three/1")
    assert [endpoint.kept(name) for name in ("one", "two", "three")] == [["1"]] * 3


def test_uploads_of_a_session_are_read_one_after_another() -> None:
    endpoint = Endpoint(0)
    upload(endpoint, *(f"one/{number}" for number in range(10)))
    assert endpoint.most_active == 1
    upload(endpoint, *(f"{number}/file" for number in range(10)))
    assert endpoint.most_active == 10


class Stop(BaseException):
    """Ends the endless loop."""


def closed(monkeypatch: pytest.MonkeyPatch, *looks: tuple[float, dict[str, bool]]) -> list[str]:
    """Return the sessions that are closed, given time and connected sessions at each look."""
    found: list[str] = []
    times = iter(looks)
    current: tuple[float, dict[str, bool]] = (0.0, {})

    async def sleep(seconds: float) -> None:
        nonlocal current
        current = next(times, None) or _stop()

    def list_sessions() -> list[SimpleNamespace]:
        return [
            SimpleNamespace(
                session=SimpleNamespace(id=name), client=object() if connected else None
            )
            for name, connected in current[1].items()
            if name not in found
        ]

    runtime: Any = SimpleNamespace(
        _session_mgr=SimpleNamespace(list_sessions=list_sessions), close_session=found.append
    )
    monkeypatch.setattr(sessions, "asyncio", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(sessions, "time", SimpleNamespace(monotonic=lambda: current[0]))

    async def go() -> None:
        with pytest.raises(Stop):
            await close_left_sessions(runtime, kept=120, every=10)

    run(go())
    return found


def _stop() -> tuple[float, dict[str, bool]]:
    raise Stop


def test_session_is_closed_some_time_after_it_was_left(monkeypatch: pytest.MonkeyPatch) -> None:
    left = {"here": True, "left": False}
    assert closed(monkeypatch, (0, left), (80, left)) == []
    assert closed(monkeypatch, (0, left), (80, left), (90, left)) == ["left"]


def test_session_that_comes_back_is_not_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = ((0, {"one": False}), (80, {"one": True}), (90, {"one": False}), (100, {"one": False}))
    assert closed(monkeypatch, *looks) == []
