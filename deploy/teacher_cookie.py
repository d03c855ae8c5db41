"""The address at which the teacher's browser exchanges a ticket for a cookie, or returns it."""

import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from inkling.server.teacher_token import SECONDS, TEACHER_COOKIE, is_teacher_token, teacher_token
from inkling.server.visitor_id import COOKIE, visitor_id_of

PATH = "/teacher-cookie"
MAX_WRONG = 10  # tickets of a visitor in `PERIOD`
PERIOD = 60  # seconds
_MAX_VISITORS = 1_000  # whose wrong tickets are counted
_MAX_BYTES = 200


class TeacherCookie:
    """Sets and deletes the cookie of the teacher's sign-in.

    Scripts cannot read the cookie (HttpOnly), and other sites do not get it (SameSite=Strict).
    A visitor who has sent ten wrong tickets is answered 429 until a minute after the first. A
    ticket is worth something to one visitor only, so others cannot keep the teacher out.

    Parameters
    ----------
    app : ASGIApp
        The wrapped application.
    clock : callable
        As `time.monotonic`.
    """

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self._wrong = _WrongTickets(clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and scope["path"] == PATH:
            response = await _exchange(Request(scope, receive), self._wrong)
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class _WrongTickets:
    """Numbers of wrong tickets by visitor, each since the first within a minute."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._counts: dict[str, tuple[float, int]] = {}  # since when and how many, oldest first

    def too_many(self, visitor_id: str) -> bool:
        """Return whether a visitor has to wait."""
        since, count = self._counts.get(visitor_id, (0.0, 0))
        return count >= MAX_WRONG and self._clock() < since + PERIOD

    def count(self, visitor_id: str) -> None:
        """Count a wrong ticket."""
        now = self._clock()
        since, count = self._counts.pop(visitor_id, (now, 0))
        if now >= since + PERIOD:
            since, count = now, 0
        self._counts[visitor_id] = since, count + 1
        if len(self._counts) > _MAX_VISITORS:
            del self._counts[next(iter(self._counts))]


async def _exchange(request: Request, wrong: _WrongTickets) -> Response:
    """Return a response with the cookie that a ticket is worth; 403 if it is worth nothing."""
    if request.method != "POST":
        return PlainTextResponse("Method Not Allowed", 405, {"Allow": "POST"})
    ticket = (await request.body())[: _MAX_BYTES + 1].decode("ascii", errors="replace")
    visitor_id = visitor_id_of(request.cookies.get(COOKIE, ""))
    if wrong.too_many(visitor_id):
        return PlainTextResponse("Too Many Requests", 429, {"Retry-After": str(PERIOD)})
    if is_teacher_token(ticket, "sign in", visitor_id):
        value, seconds = teacher_token("cookie", visitor_id), SECONDS["cookie"]
    elif is_teacher_token(ticket, "sign out", visitor_id):
        value, seconds = "", 0
    else:
        wrong.count(visitor_id)
        return PlainTextResponse("Forbidden", 403)
    encrypted = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        TEACHER_COOKIE, value, max_age=seconds, httponly=True, samesite="strict", secure=encrypted
    )
    return response
