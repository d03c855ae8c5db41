"""Settings of glibc's allocator."""

import ctypes
import sys

import pytest

from deploy.memory import return_free_memory

MIB = 2**20


def test_malloc_is_configured_to_return_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[int, int] = {}

    class Glibc:
        @staticmethod
        def mallopt(what: int, value: int) -> int:
            options[what] = value
            return 1

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: Glibc)
    return_free_memory()
    assert options == {-8: 2, -3: MIB, -1: MIB}


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_other_c_libraries_are_not_configured(
    monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    asked = []
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: asked.append(name))
    return_free_memory()
    assert asked == ([None] if platform == "linux" else [])
