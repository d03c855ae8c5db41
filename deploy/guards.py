"""Security middleware: response headers, closed paths, limits on request bodies, an origin check.

Plain ASGI middleware, independent of Streamlit and the app; `deploy/asgi.py` installs it.
"""

import base64
import hashlib
import logging
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

_UPLOADS = "/_stcore/upload_file/"
_FRAMING = 64 * 1024  # bytes that a form may add around the file
_FORWARDED = "x-forwarded-proto"  # by which a proxy says that it is reached with TLS
_OTHER_BODIES = 16 * 1024  # bytes of a request that uploads nothing

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # frame-ancestors, for old browsers
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), "
        "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), "
        "clipboard-read=(), clipboard-write=(self), fullscreen=(self)"
    ),
}


def content_security_policy(scripts: Iterable[str], host: str | None) -> str:
    """Return the content security policy for every page of the app.

    Parameters
    ----------
    scripts : iterable of str
        The inline scripts of Streamlit's page; each is allowed by its hash.
    host : str or None
        This server's name, from the Host header. Browsers before 2022 do not apply ``'self'`` to
        websockets, so those are allowed by name.
    """
    sockets = f" ws://{host} wss://{host}" if host and _HOST.fullmatch(host) else ""
    hashes = "".join(f" '{_hash(script)}'" for script in scripts)
    return "; ".join(
        [
            "default-src 'none'",
            # Streamlit turns a component's inline script into a blob, and imports that. Its
            # protobuf tries WebAssembly, for speed, and does well without.
            f"script-src 'self'{hashes} blob:",
            # Streamlit's own styles, Plotly's and the components' are made by their scripts.
            "style-src 'self' 'unsafe-inline'",
            # The app's pictures of digits are data and blobs.
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{sockets}",
            "manifest-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9A-Fa-f:]+\](:\d+)?")


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def inline_scripts(html: str) -> list[str]:
    """Return the inline scripts of a page."""
    return re.findall(r"<script>(.*?)</script>", html, re.DOTALL)


class SecurityHeaders:
    """Adds security headers to every response, errors and refused websockets included.

    Parameters
    ----------
    app : ASGIApp
        The wrapped application.
    page : str
        The HTML that the app's pages begin as.
    """

    def __init__(self, app: ASGIApp, page: str) -> None:
        self.app = app
        self._scripts = inline_scripts(page)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        policy = content_security_policy(self._scripts, Headers(scope=scope).get("host"))
        can_answer = "websocket.http.response" in scope.get("extensions", {})
        answering = False

        async def send_with_headers(message: Message) -> None:
            nonlocal answering
            if message["type"] == "websocket.close" and not answering and can_answer:
                # The server's own answer to this is a 403 without headers.
                await PlainTextResponse("Forbidden", 403)(scope, receive, send_with_headers)
                return
            answering = True
            if message["type"].endswith("http.response.start"):
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers["Content-Security-Policy"] = policy
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            if not answering:
                error = PlainTextResponse("Internal Server Error", 500)
                await error(scope, receive, send_with_headers)
            raise


class ClosedPaths:
    """Answers 404 for paths that are not for visitors.

    Parameters
    ----------
    app : ASGIApp
        The wrapped application.
    paths : iterable of str
        Ends of the closed paths.
    """

    def __init__(self, app: ASGIApp, paths: Iterable[str]) -> None:
        self.app = app
        self._paths = tuple(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        closed = scope["type"] == "http" and scope["path"].rstrip("/").endswith(self._paths)
        await (PlainTextResponse("Not Found", 404) if closed else self.app)(scope, receive, send)


class BodyLimit:
    """Refuses requests whose body is too large for their path, before it is read into memory.

    Parameters
    ----------
    app : ASGIApp
        The wrapped application.
    upload_mib : int
        MiB of the largest file that is let through.
    """

    def __init__(self, app: ASGIApp, upload_mib: int) -> None:
        self.app = app
        self._upload_mib = upload_mib

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it: 413 if its body is too large."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        uploads = _UPLOADS in scope["path"]
        most = self._upload_mib * 2**20 + _FRAMING if uploads else _OTHER_BODIES
        text = (
            f"This server takes files of at most {self._upload_mib} MiB."
            if uploads
            else f"This address takes at most {_OTHER_BODIES // 1024} KiB."
        )
        promised = Headers(scope=scope).get("content-length", "0")
        if not (promised.isascii() and promised.isdigit()):
            await _refuse(400, "The Content-Length is no number.")(scope, receive, send)
            return
        if len(promised) > 18 or int(promised) > most:
            await self._too_large(text, scope, receive, send)
            return
        received, answering = 0, False

        async def receive_so_much() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:  # without a Content-Length, or with a false one
                raise TooLargeError
            return message

        async def send_and_note(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self.app(scope, receive_so_much, send_and_note)
        except TooLargeError:
            if answering:
                raise
            await self._too_large(text, scope, receive, send)

    async def _too_large(self, text: str, scope: Scope, receive: Receive, send: Send) -> None:
        log.warning("refused the body of a request to %.80r: %s", scope["path"], text)
        await _refuse(413, text)(scope, receive, send)


def _refuse(status: int, text: str) -> PlainTextResponse:
    """Return a response to a request whose body is not read to its end."""
    return PlainTextResponse(text, status, {"Connection": "close", "Cache-Control": "no-store"})


class TooLargeError(Exception):
    """The body is larger than the limit."""


class SameOrigin:
    """Refuses websockets opened by pages of other origins.

    Streamlit does so, too, but lets pages of the visitor's own machine pass, whatever their port,
    and asks another host for this server's public address before it refuses a page. The scheme is
    compared where a connection is known to be encrypted; behind a proxy that does not say so it is
    not known.

    Parameters
    ----------
    app : ASGIApp
        The wrapped application.
    allowed_origins : iterable of str
        Allowed origins besides the server's own: ``server.corsAllowedOrigins``.
    """

    def __init__(self, app: ASGIApp, allowed_origins: Iterable[str] = ()) -> None:
        self.app = app
        self._allowed_origins = frozenset(allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through; close a websocket of a foreign page before it opens."""
        if scope["type"] == "websocket" and not self._allowed(scope):
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # the server answers 403
            return
        await self.app(scope, receive, send)

    def _allowed(self, scope: Scope) -> bool:
        """Return whether the origin is allowed; only browsers send one, and they always do."""
        headers = Headers(scope=scope)
        origin, host = headers.get("origin"), headers.get("host")
        if origin is None or origin in self._allowed_origins:
            return True
        encrypted = "https" in (
            scope.get("scheme", "ws").replace("ws", "http"),
            headers.get(_FORWARDED),
        )
        try:
            scheme, netloc, *_ = urlsplit(origin)
        except ValueError:
            scheme, netloc = "", ""
        if host and netloc == host and (scheme == "https" or not encrypted):
            return True
        log.warning("refused a websocket of %.80r: the server is called %.80r", origin, host)
        return False
