"""Identity of visitors who connect to each other's sessions on a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.classroom import Notes
from benchmarks.visitor import Visitor
from tests.running import run
from tools.app_driver import serve

SECRET = "a long enough secret"
QUESTION = ("text_input", "Teacher's secret")
TEACHER, STRANGER = "a" * 32, "b" * 32  # cookies


@pytest.fixture(scope="module")
def address(small_folder: Path) -> Iterator[str]:
    """Yield the URL of a server in class mode."""
    settings = {"INKLING_CLASS": "1", "INKLING_TEACHER_SECRET": SECRET}
    with serve(MNIST_DIR=str(small_folder), **settings) as url:
        yield url


@pytest.mark.parametrize("cookie", ["", TEACHER])
def test_session_id_does_not_make_another_visitor_the_teacher(address: str, cookie: str) -> None:
    async def asked_for_the_secret(session_id: str, cookie: str) -> bool:
        async with Visitor(address, Notes().add) as visitor:
            await visitor.open("teacher", session_id, cookie)
            assert visitor.session_id == session_id
            return visitor.has(*QUESTION)

    async def visit() -> None:
        async with Visitor(address, Notes().add) as teacher:
            await teacher.open("teacher", cookie=cookie)
            await teacher.set(*QUESTION, string_value=SECRET)
            await teacher.press("Open")
            assert not teacher.has(*QUESTION)
            session_id = teacher.session_id
        assert await asked_for_the_secret(session_id, "")
        assert await asked_for_the_secret(session_id, STRANGER)
        if cookie:
            assert not await asked_for_the_secret(session_id, cookie)

    run(visit())
