"""Middleware that compresses Streamlit's scripts and styles once each and serves them from memory.

This sends a third of the bytes by gzip, and a seventh less than that by Brotli, which browsers take
over HTTPS and from their own machine. Compressing all takes a core 0.4 and 2 s, and a class of
visitors arrives at once. Streamlit compresses everything else itself and leaves these files to a
proxy.
"""

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FOLDER = "static"
_CONTENT_TYPES = ("text/", "application/javascript")
_COMPRESS: dict[str, Callable[[bytes], bytes]] = {  # the first that a browser takes is sent
    "br": partial(brotli.compress, quality=9),
    "gzip": partial(gzip.compress, compresslevel=6),
}
_SPECIAL = {"if-none-match", "if-modified-since", "range"}  # partial and conditional requests


@dataclass(frozen=True)
class _Response:
    """The start message of a response and its compressed body."""

    start: Message
    body: bytes


class CompressedOnce:
    """Compresses text files under ``/static/`` and caches the responses by path and encoding.

    Only files that exist are cached, so the cache cannot outgrow the folder: Streamlit answers
    every other path with its page.

    Parameters
    ----------
    app : ASGIApp
        The wrapped application.
    root : Path
        The folder of the installed Streamlit that holds ``static``. Its files do not change while
        the server runs.
    """

    def __init__(self, app: ASGIApp, root: Path) -> None:
        self.app = app
        self._files = frozenset(
            f"/{path.relative_to(root).as_posix()}"
            for path in (root / _FOLDER).rglob("*")
            if path.is_file()
        )
        self._responses: dict[tuple[str, str], _Response] = {}  # by path and encoding

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        encoding = self._encoding(scope)
        if encoding is None:
            await self.app(scope, receive, send)
            return
        key = (scope["path"], encoding)
        if key in self._responses and _SPECIAL.isdisjoint(Headers(scope=scope)):
            await _send(self._responses[key], send)
            return
        start: Message | None = None  # sent after compression, which changes its headers
        parts: list[bytes] = []

        async def send_compressed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_text(message):
                start = message
            elif start is None or message["type"] != "http.response.body":
                await send(message)
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    self._responses[key] = await _compress(start, b"".join(parts), encoding)
                    await _send(self._responses[key], send)

        await self.app(scope, receive, send_compressed)

    def _encoding(self, scope: Scope) -> str | None:
        """Return the encoding of the response, or None if it stays as it is."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in self._files:
            return None
        accepted = Headers(scope=scope).get("Accept-Encoding", "").lower()
        names = {name.partition(";")[0].strip() for name in accepted.split(",")}
        return next((encoding for encoding in _COMPRESS if encoding in names), None)


async def _compress(start: Message, body: bytes, encoding: str) -> _Response:
    compressed = await asyncio.to_thread(_COMPRESS[encoding], body)
    headers = MutableHeaders(scope=start)
    headers["Content-Encoding"] = encoding
    headers["Content-Length"] = str(len(compressed))
    headers.add_vary_header("Accept-Encoding")
    return _Response(start, compressed)


async def _send(response: _Response, send: Send) -> None:
    # A copy: outer middleware may add headers to it.
    await send({**response.start, "headers": list(response.start["headers"])})
    await send({"type": "http.response.body", "body": response.body})


def _is_text(start: Message) -> bool:
    """Return whether a response is a complete text file that is not compressed yet."""
    headers = Headers(raw=start["headers"])
    return (
        start["status"] == 200
        and headers.get("Content-Type", "").startswith(_CONTENT_TYPES)
        and "Content-Encoding" not in headers
    )
