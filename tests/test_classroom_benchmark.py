"""Simulated visitors without a browser, on the real server."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks.classroom import (
    Memory,
    Notes,
    drawing_class,
    each_activity_once,
    lesson,
    print_answers,
    storm,
)
from benchmarks.visitor import Fault, Visitor
from inkling.runs.run_file import read_owner
from tests.running import run
from tests.waiting import until
from tools.app_driver import serve


@pytest.fixture(scope="module")
def runs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("classroom") / "runs"


@pytest.fixture(scope="module")
def address(small_folder: Path, runs_folder: Path) -> Iterator[str]:
    """Yield the URL of a server on a few thousand easily learned digits."""
    with serve(MNIST_DIR=str(small_folder), RUNS_DIR=str(runs_folder)) as url:
        yield url


def at(address: str, visit: Callable[[Visitor], Awaitable[None]]) -> None:
    """Run `visit` for a visitor who has opened Draw."""

    async def come() -> None:
        async with Visitor(address, Notes().add) as visitor:
            await visitor.open("draw")
            await visit(visitor)

    run(come())


def test_a_visitor_browses_draws_and_trains(address: str, runs_folder: Path) -> None:
    notes = Notes(runs_folder)
    run(each_activity_once(address, notes))
    assert notes.faults == {}
    assert notes.started == 1
    until(lambda: notes.finished == 1)
    assert {"arrive", "click a digit", "turn the page", "clear", "start a run"} <= set(
        notes.seconds
    )


def test_three_concurrent_visitors_have_no_fault(address: str) -> None:
    notes = Notes()
    run(lesson(address, notes, visitors=3, seconds=3, thinking=(0.0, 0.1)))
    assert notes.faults == {}
    assert len(notes.seconds["arrive"]) == 3
    assert notes.requests > 3 * len(notes.seconds["arrive"])


def test_class_draws_live_while_others_train_and_no_answer_is_lost(
    address: str, runs_folder: Path
) -> None:
    notes = Notes(runs_folder)
    notes.started = notes.finished
    run(drawing_class(address, notes, visitors=2, seconds=8, pauses=(0.0, 0.1)))
    assert notes.faults == {}
    for begun in ("live answer", "final answer", "all else after a stroke", "clear", "start a run"):
        assert any(action.startswith(begun) for action in notes.seconds), begun


def test_storm_prints_memory_and_descriptors_and_each_visitor_owns_a_run(
    address: str, runs_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(storm(address, visitors=3, after=0.0))
    table = capsys.readouterr().out
    for action in ("arrive", "start a run", "come again"):
        assert re.search(rf"^\| {action} \| 3 \|.*\| 0 \|$", table, re.M)
    for measured in ("memory, MB", "file descriptors"):
        assert re.search(rf"^\| {measured}( \| [\d,]+){{3}} \| -?\d+% \| 20% \|$", table, re.M)
    owners = {hashlib.sha256(f"{k:032x}".encode()).hexdigest()[:32] for k in range(3)}
    until(lambda: owners <= {read_owner(path) for path in runs_folder.glob("*.safetensors")})


def test_missing_element_is_a_fault(address: str) -> None:
    async def visit(visitor: Visitor) -> None:
        with pytest.raises(Fault, match="no link to attic"):
            await visitor.go("attic")
        with pytest.raises(Fault, match="no button 'Start'"):
            await visitor.press("Start")
        with pytest.raises(Fault, match="Clear cannot be pressed"):
            await visitor.press("Clear")  # nothing has been drawn

    at(address, visit)


def test_missing_page_is_a_fault(address: str) -> None:
    async def come() -> None:
        async with Visitor(address, Notes().add) as visitor:
            await visitor.open("attic")

    with pytest.raises(Fault, match="no such page"):
        run(come())


def test_stopped_server_is_a_fault() -> None:
    async def come(address: str) -> Visitor:
        visitor = Visitor(address, Notes().add)
        with pytest.raises(Fault):
            await visitor.open("draw")
        return visitor

    run(come("http://localhost:9"))


def test_wrong_answer_is_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    notes = Notes()

    async def answer() -> None:
        pass

    async def ask() -> None:
        for right in (True, False):
            with suppress(Fault):
                await notes.timed("ask", answer(), lambda right=right: right)  # type: ignore[misc]

    run(ask())
    assert notes.faults == {"ask": ["an answer that does not fit"]}
    print_answers(notes)
    assert "ask, 1 times: an answer that does not fit" in capsys.readouterr().out


def test_memory_is_measured_for_the_server_process(address: str) -> None:
    memory = Memory(address)
    assert 20e6 < memory.now() <= memory.peak
