"""Entry point: requests for the teacher's cookie."""

import asyncio
import os
import random
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from starlette.types import Message, Receive, Scope, Send

from deploy.teacher_cookie import PATH, TeacherCookie
from inkling.server.teacher_token import teacher_token
from inkling.server.visitor_id import COOKIE, visitor_id_of
from tools.fuzz.entrypoint import MIB, VISITOR_ID, Entrypoint
from tools.fuzz.generators import HOSTILE_TEXTS, mutate_bytes, random_text

_CLASS = {"INKLING_CLASS": "1", "INKLING_TEACHER_SECRET": "a long enough secret"}
_STATUSES = {204, 403, 405}


class Attempt(NamedTuple):
    """A request: its method, its body, the visitor's cookie."""

    method: str
    body: bytes
    cookie: bytes


def _ticket(purpose: Any = "sign in", secret: str = VISITOR_ID) -> bytes:
    with patch.dict(os.environ, _CLASS):
        return teacher_token(purpose, visitor_id_of(secret)).encode()


def generate(rng: random.Random) -> Attempt:
    """Return a request with a changed ticket, another's ticket, or any body."""
    body = rng.choice(
        [
            lambda: mutate_bytes(rng, _ticket()),
            lambda: mutate_bytes(rng, _ticket("sign out")),
            lambda: _ticket("cookie"),
            lambda: _ticket(secret="f" * 32),
            lambda: random_text(rng).encode(errors="replace"),
            lambda: rng.randbytes(rng.randrange(300)),
        ]
    )()
    cookie = VISITOR_ID if rng.random() < 0.8 else random_text(rng)
    method = rng.choice(["POST"] * 5 + ["GET", "PUT", "DELETE", "OPTIONS"])
    return Attempt(method, body, f"{COOKIE}={cookie}".encode("latin-1", errors="replace"))


def exercise(attempt: Attempt, folder: Path) -> bool:
    """Send a request: a cookie is set for a ticket of this visitor alone."""
    messages: list[Message] = []

    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("the request went on to the app")

    async def receive() -> Message:
        return {"type": "http.request", "body": attempt.body, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "method": attempt.method,
        "path": PATH,
        "query_string": b"",
        "scheme": "http",
        "server": ("localhost", 80),
        "headers": [(b"cookie", attempt.cookie)],
    }
    with patch.dict(os.environ, _CLASS):
        asyncio.run(TeacherCookie(nothing)(scope, receive, send))
    status, headers = messages[0]["status"], dict(messages[0]["headers"])
    assert status in _STATUSES
    assert (status == 204) == (b"set-cookie" in headers)
    if status == 204:
        assert attempt.method == "POST"
        assert attempt.body in _valid_tickets(attempt.body)
    return bool(status == 204)


def _valid_tickets(body: bytes) -> set[bytes]:
    """Return the tickets of this visitor that end when a given one does."""
    expires = int(body.partition(b".")[0])
    with patch.dict(os.environ, _CLASS), patch("time.time", return_value=expires - 60):
        visitor_id = visitor_id_of(VISITOR_ID)
        return {teacher_token("sign in", visitor_id).encode(), _ticket("sign out")}


def attacks() -> dict[str, Attempt]:
    """Return each hostile text as a ticket, tickets of others, and a valid one."""
    cookie = f"{COOKIE}={VISITOR_ID}".encode()
    texts = {
        f"text {number}": Attempt("POST", text.encode(errors="replace"), cookie)
        for number, text in enumerate(HOSTILE_TEXTS)
    }
    return texts | {
        "a ticket": Attempt("POST", _ticket(), cookie),
        "another's ticket": Attempt("POST", _ticket(secret="f" * 32), cookie),
        "a cookie for a ticket": Attempt("POST", _ticket("cookie"), cookie),
        "a ticket by GET": Attempt("GET", _ticket(), cookie),
        "a ticket without a visitor": Attempt("POST", _ticket(), b""),
        "a ticket and a line": Attempt("POST", _ticket() + b"\n", cookie),
        "a ticket that never ends": Attempt("POST", b"9" * 12 + _ticket()[10:], cookie),
        "digits of another script": Attempt("POST", "١٢٣.".encode() + b"0" * 64, cookie),
    }


ENTRYPOINT = Entrypoint("teacher's cookie", generate, exercise, attacks, 48 * MIB)
