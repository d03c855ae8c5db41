"""Stale reruns of fragments, over the protocol that browsers speak."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.errors import FragmentStorageKeyError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.fragment import MemoryFragmentStorage

from benchmarks.visitor import Visitor
from inkling.ui import stale_reruns
from tests.running import run
from tools.app_driver import serve


class _Reader(Visitor):
    """A visitor that keeps the hashes of the pages the server began to draw."""

    def __init__(self, address: str) -> None:
        super().__init__(address, lambda *_: None)
        self.begun: list[str] = []
        self.first_element = asyncio.Event()

    def _start_run(self, message: ForwardMsg) -> None:
        self.begun.append(message.new_session.page_script_hash)
        self.first_element.clear()
        super()._start_run(message)

    def _draw(self, message: ForwardMsg) -> None:
        self.first_element.set()
        super()._draw(message)

    async def rerun_fragment(self, fragment: str, page: str, by_clock: bool = True) -> None:
        message = BackMsg()
        message.rerun_script.fragment_id = fragment
        message.rerun_script.page_script_hash = page
        message.rerun_script.is_auto_rerun = by_clock
        await self.send_raw(message.SerializeToString())


@pytest.mark.parametrize("page_has_begun", [False, True])
def test_fragment_of_the_page_that_was_left_does_not_bring_it_back(
    small_folder: Path, page_has_begun: bool
) -> None:
    async def visit(address: str) -> None:
        async with _Reader(address) as visitor:
            await visitor.open("explore")
            left, heartbeat = visitor.begun[-1], next(iter(visitor._due))
            visitor.begun.clear()
            visitor.first_element.clear()
            going, requests = asyncio.create_task(visitor.go("mistakes")), visitor.requests
            while visitor.requests == requests:
                await asyncio.sleep(0)
            if page_has_begun:
                await visitor.first_element.wait()
            await visitor.rerun_fragment(heartbeat, left)
            assert not going.done()
            await going
            await visitor.go("draw")  # after this nothing can follow that was asked for before
            assert visitor.begun
            assert left not in visitor.begun
            await visitor.go("explore")
            await visitor.rerun_fragment(next(iter(visitor._due)), left)
            async with asyncio.timeout(10):
                while visitor.begun.count(left) < 2:  # the page, then its fragment
                    await asyncio.sleep(0.01)

    with serve(MNIST_DIR=str(small_folder)) as address:
        run(visit(address))


@pytest.mark.parametrize(("by_clock", "is_redrawn"), [(False, True), (True, False)])
def test_click_in_a_fragment_that_is_gone_draws_the_page(
    by_clock: bool, is_redrawn: bool, small_folder: Path
) -> None:
    async def visit(address: str) -> None:
        async with _Reader(address) as visitor:
            await visitor.open("explore")
            page = visitor.begun[-1]
            visitor.begun.clear()
            visitor.first_element.clear()
            await visitor.rerun_fragment("gone", page, by_clock)
            if is_redrawn:
                async with asyncio.timeout(10):
                    await visitor.first_element.wait()
            await visitor.go("draw")  # after this nothing can follow that was asked for before
            assert (page in visitor.begun) is is_redrawn

    with serve(MNIST_DIR=str(small_folder)) as address:
        run(visit(address))


def test_click_in_a_fragment_that_goes_meanwhile_draws_the_page() -> None:
    stale_reruns.redirect()
    session: Any = SimpleNamespace(
        page_script_hash="", _fragment_storage=MemoryFragmentStorage(), has_fragment=lambda _: True
    )
    with pytest.raises(AttributeError):  # of what stands for a session, after the click was noted
        AppSession.request_rerun(session, ClientState(fragment_id="clicked"))
    assert session._fragment_storage.lookup("clicked") is st.rerun
    with pytest.raises(FragmentStorageKeyError):
        session._fragment_storage.lookup("by the clock")


@pytest.mark.parametrize("first_request_was_seen", [False, True])
def test_fragments_of_the_first_page_of_a_session_are_not_ignored(
    first_request_was_seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streamlit names the script of the app as the page for the first seconds."""
    requested: list[str] = []
    monkeypatch.setattr(
        AppSession, "request_rerun", lambda _, state: requested.append(state.fragment_id)
    )
    monkeypatch.setattr(MemoryFragmentStorage, "lookup", MemoryFragmentStorage.lookup)
    stale_reruns.redirect()
    session: Any = SimpleNamespace(
        page_script_hash="", _fragment_storage=SimpleNamespace(), has_fragment=lambda _: True
    )
    if first_request_was_seen:
        AppSession.request_rerun(session, ClientState())
        requested.clear()
    session.page_script_hash = "app"
    AppSession.request_rerun(session, ClientState(fragment_id="one", page_script_hash="home"))
    AppSession.request_rerun(session, ClientState(page_script_hash="draw"))
    AppSession.request_rerun(session, ClientState(fragment_id="two", page_script_hash="home"))
    assert requested == ["one", ""]
