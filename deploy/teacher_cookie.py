"""The address at which the teacher's browser exchanges a ticket for a cookie, or returns it."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from inkling.server.teacher_token import SECONDS, TEACHER_COOKIE, is_teacher_token, teacher_token
from inkling.server.visitor_id import COOKIE, visitor_id_of

PATH = "/teacher-cookie"
_MAX_BYTES = 200


class TeacherCookie:
    """Sets and deletes the cookie of the teacher's sign-in.

    Scripts cannot read the cookie (HttpOnly), and other sites do not get it (SameSite=Strict).

    Parameters
    ----------
    app : ASGIApp
        The wrapped application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and scope["path"] == PATH:
            response = await _exchange(Request(scope, receive))
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, send)


async def _exchange(request: Request) -> Response:
    """Return a response with the cookie that a ticket is worth; 403 if it is worth nothing."""
    if request.method != "POST":
        return PlainTextResponse("Method Not Allowed", 405, {"Allow": "POST"})
    ticket = (await request.body())[: _MAX_BYTES + 1].decode("ascii", errors="replace")
    visitor_id = visitor_id_of(request.cookies.get(COOKIE, ""))
    if is_teacher_token(ticket, "sign in", visitor_id):
        value, seconds = teacher_token("cookie", visitor_id), SECONDS["cookie"]
    elif is_teacher_token(ticket, "sign out", visitor_id):
        value, seconds = "", 0
    else:
        return PlainTextResponse("Forbidden", 403)
    encrypted = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        TEACHER_COOKIE, value, max_age=seconds, httponly=True, samesite="strict", secure=encrypted
    )
    return response
