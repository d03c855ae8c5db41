"""A short lesson over the websocket, whose server is killed in its middle."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks import lesson
from benchmarks.lesson import Servers, hold
from tests.running import run


def test_class_loses_nothing_when_its_server_is_killed(
    small_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MNIST_DIR", str(small_folder))
    monkeypatch.setattr(lesson, "ARRIVALS", 0.0)
    monkeypatch.setattr(lesson, "VOTING", (0.0, 0.5))
    with ExitStack() as stack:
        servers = Servers(stack, tmp_path / "runs", 1)
        run(hold(servers, pupils=3, seconds=1))
    output = capsys.readouterr().out
    assert "a vote is on the board, 9 times" in output
    assert "lost: nothing" in output
    assert ", 1 times: " not in output
