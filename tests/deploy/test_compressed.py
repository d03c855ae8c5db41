"""Middleware that serves Streamlit's files compressed, on a stub app."""

import gzip
from pathlib import Path

import brotli
import pytest
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy import compressed
from deploy.compressed import CompressedOnce
from deploy.guards import SecurityHeaders
from tests.running import run

DECOMPRESS = {"br": brotli.decompress, "gzip": gzip.decompress}


class Files:
    """An app that serves one file in two parts, and counts its requests."""

    def __init__(self, kind: str = "text/css", status: int = 200) -> None:
        self.kind, self.status, self.asked = kind, status, 0
        self.content = b"body { color: black }" * 100

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        headers = [(b"content-type", self.kind.encode()), (b"etag", b'"1"')]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.content[:50], "more_body": True})
        await send({"type": "http.response.body", "body": self.content[50:]})


def fetch(
    app: ASGIApp, path: str, accept: str = "gzip, br", **others: str
) -> tuple[Headers, bytes]:
    """Return the headers and the raw body of a response."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [
            (name.replace("_", "-").encode(), value.encode())
            for name, value in {"accept-encoding": accept, **others}.items()
        ],
    }

    async def ask() -> None:
        await app(scope, receive, send)

    run(ask())
    assert [message["type"] for message in messages[:2]] == [
        "http.response.start",
        "http.response.body",
    ]
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return Headers(raw=messages[0]["headers"]), body


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Folder with two static files."""
    (tmp_path / "static").mkdir()
    for name in ("a.css", "a.png"):
        (tmp_path / "static" / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, *;q=0.5", "gzip"),
        ("GZIP", "gzip"),
        ("brotli, gzip", "gzip"),
    ],
)
def test_script_is_compressed_once(
    root: Path, monkeypatch: pytest.MonkeyPatch, accept: str, encoding: str
) -> None:
    made = []
    compress = compressed._COMPRESS[encoding]

    def noted(data: bytes) -> bytes:
        made.append(encoding)
        return compress(data)

    monkeypatch.setitem(compressed._COMPRESS, encoding, noted)
    files = Files()
    app = CompressedOnce(files, root)
    for path in ["/static/a.css"] * 3:
        headers, body = fetch(app, path, accept)
        assert headers["content-encoding"] == encoding
        assert headers["content-length"] == str(len(body))
        assert "accept-encoding" in headers["vary"].lower()
        assert DECOMPRESS[encoding](body) == files.content
    assert files.asked == 1
    assert len(made) == 1


def test_each_browser_gets_what_it_can_read(root: Path) -> None:
    files = Files()
    app = CompressedOnce(files, root)
    for encoding in ("br", "gzip", "br", "gzip"):
        headers, body = fetch(app, "/static/a.css", encoding)
        assert headers["content-encoding"] == encoding
        assert DECOMPRESS[encoding](body) == files.content
    assert files.asked == 2


def test_added_headers_are_not_cached(root: Path) -> None:
    app = SecurityHeaders(CompressedOnce(Files(), root), page="")
    first, second = (fetch(app, "/static/a.css")[0] for _ in range(2))
    assert first.raw == second.raw


@pytest.mark.parametrize("special", ["if_none_match", "if_modified_since", "range"])
def test_partial_and_conditional_requests_are_passed_to_the_app(root: Path, special: str) -> None:
    files = Files()
    app = CompressedOnce(files, root)
    fetch(app, "/static/a.css")
    fetch(app, "/static/a.css", **{special: "something"})
    assert files.asked == 2


def test_only_files_that_exist_are_cached(root: Path) -> None:
    files = Files("text/html")
    app = CompressedOnce(files, root)
    for number in range(100):
        headers, body = fetch(app, f"/static/{number:08}")
        assert "content-encoding" not in headers
        assert body == files.content
    for path in ("/static/./a.css", "/static//a.css", "/static/a.css/", "/static"):
        fetch(app, path)
    assert app._responses == {}
    fetch(app, "/static/a.css")
    assert list(app._responses) == [("/static/a.css", "br")]


@pytest.mark.parametrize(
    ("path", "kind", "status", "accept"),
    [
        ("/media/a.css", "text/css", 200, "gzip"),
        ("/static/a.png", "image/png", 200, "gzip"),
        ("/static/a.css", "text/css", 404, "gzip"),
        ("/static/a.css", "text/css", 200, "identity"),
    ],
)
def test_incompressible_responses_are_unchanged(
    root: Path, path: str, kind: str, status: int, accept: str
) -> None:
    files = Files(kind, status)
    headers, body = fetch(CompressedOnce(files, root), path, accept)
    assert "content-encoding" not in headers
    assert body == files.content
