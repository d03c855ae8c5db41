"""Security middleware: response headers, a limit on request bodies, and an origin check.

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

_FRAMING = 64 * 1024  # bytes that a form may add around the file

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
    """Adds security headers to every response.

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
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = content_security_policy(self._scripts, Headers(scope=scope).get("host"))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers["Content-Security-Policy"] = policy
            await send(message)

        await self.app(scope, receive, send_with_headers)


class UploadLimit:
    """Refuses requests whose body is too large, before it is read into memory.

    Parameters
    ----------
    app : ASGIApp
        The wrapped application.
    mib : int
        MiB of the largest file that is let through.
    """

    def __init__(self, app: ASGIApp, mib: int) -> None:
        self.app = app
        self._mib = mib
        self._bytes = mib * 2**20 + _FRAMING

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it: 413 if its body is too large."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        promised = Headers(scope=scope).get("content-length", "0")
        if not (promised.isascii() and promised.isdigit()):
            await self._refuse(400, "The Content-Length is no number.")(scope, receive, send)
            return
        if len(promised) > 18 or int(promised) > self._bytes:
            await self._too_large(scope, receive, send)
            return
        received, answering = 0, False

        async def receive_so_much() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._bytes:  # without a Content-Length, or with a false one
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
            await self._too_large(scope, receive, send)

    async def _too_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        log.warning("refused a request to %.80r of more than %d MiB", scope["path"], self._mib)
        text = f"This server takes files of at most {self._mib} MiB."
        await self._refuse(413, text)(scope, receive, send)

    @staticmethod
    def _refuse(status: int, text: str) -> PlainTextResponse:
        # The rest of the body is not read.
        return PlainTextResponse(text, status, {"Connection": "close", "Cache-Control": "no-store"})


class TooLargeError(Exception):
    """The body is larger than the limit."""


class SameOrigin:
    """Refuses websockets opened by pages of other origins.

    Streamlit does so, too, but lets pages of the visitor's own machine pass, whatever their port,
    and asks another host for this server's public address before it refuses a page.

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
        if scope["type"] == "websocket" and not self._allowed(Headers(scope=scope)):
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # the server answers 403
            return
        await self.app(scope, receive, send)

    def _allowed(self, headers: Headers) -> bool:
        """Return whether the origin is allowed; only browsers send one, and they always do."""
        origin, host = headers.get("origin"), headers.get("host")
        if origin is None or origin in self._allowed_origins:
            return True
        try:
            ours = bool(host) and urlsplit(origin).netloc == host
        except ValueError:
            ours = False
        if not ours:
            log.warning("refused a websocket of %.80r: the server is called %.80r", origin, host)
        return ours
