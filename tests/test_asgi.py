"""Middleware of `deploy/asgi.py` on a stub app, and the contents of the container image."""

import ctypes
import gzip
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
import streamlit as st
from packaging.requirements import Requirement
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.guards import (
    SameOrigin,
    SecurityHeaders,
    TooLargeError,
    UploadLimit,
    content_security_policy,
    inline_scripts,
)
from deploy.gzipped import GzippedOnce
from deploy.memory import return_free_memory
from inkling.server.limits import Limits
from tests.running import run

ROOT = Path(__file__).parent.parent
SKIPPED = {"tests", "benchmarks", "docs", "tools", ".venv"}  # not in the image
MIB = 2**20
FRAMING = 64 * 1024


class Answer(NamedTuple):
    """A response, and how many bytes of the request's body were read for it."""

    status: int
    headers: dict[str, str]
    body: bytes
    taken: int


class Reader:
    """An app that reads a request's body and responds with its length."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += 1
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            return
        length, more = 0, True
        while more:
            message = await receive()
            length += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(length).encode()})


def request(
    app: ASGIApp, parts: Iterable[bytes] = (b"",), kind: str = "http", **headers: str
) -> Answer:
    """Send a request with its body in parts; a refused websocket counts as status 403."""
    sent: list[Message] = []
    taken = 0
    scope = {
        "type": kind,
        "method": "PUT",
        "path": "/_stcore/upload_file/session/file",
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
    }

    async def messages() -> AsyncIterator[Message]:
        nonlocal taken
        if kind == "websocket":
            yield {"type": "websocket.connect"}
        for part in parts:
            taken += len(part)
            yield {"type": "http.request", "body": part, "more_body": True}
        yield {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def go() -> None:
        source = messages()
        await app(scope, source.__anext__, send)

    run(go())
    if kind == "websocket":
        status = 101 if sent[0]["type"] == "websocket.accept" else 403
        return Answer(status, {}, b"", taken)
    start, *bodies = sent
    heads = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], heads, b"".join(part["body"] for part in bodies), taken)


def parts(size: int) -> Iterable[bytes]:
    """Yield a body of this many bytes in parts, as a server passes it on."""
    whole, rest = divmod(size, FRAMING)
    yield from [b"x" * FRAMING] * whole
    yield b"x" * rest


@pytest.mark.parametrize("size", [0, 1, MIB, MIB + FRAMING])
def test_body_within_limit_is_delivered(size: int) -> None:
    answer = request(UploadLimit(Reader(), 1), parts(size), content_length=str(size))
    assert (answer.status, answer.body) == (200, str(size).encode())


def test_too_large_content_length_is_refused_unread() -> None:
    app = Reader()
    size = MIB + FRAMING + 1
    answer = request(UploadLimit(app, 1), parts(size), content_length=str(size))
    assert (answer.status, answer.taken, app.calls) == (413, 0, 0)
    assert answer.body == b"This server takes files of at most 1 MiB."
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("announced", [{}, {"content_length": "5"}])
def test_body_exceeding_limit_is_refused_while_reading(announced: dict[str, str]) -> None:
    answer = request(UploadLimit(Reader(), 1), parts(50 * MIB), **announced)
    assert answer.status == 413
    assert answer.taken <= MIB + 2 * FRAMING


@pytest.mark.parametrize("length", ["-1", "1e3", "", "٣", "1, 1"])
def test_non_numeric_content_length_is_refused(length: str) -> None:
    assert request(UploadLimit(Reader(), 1), content_length=length).status == 400


def test_very_long_content_length_is_too_large() -> None:
    assert request(UploadLimit(Reader(), 1), content_length="9" * 5_000).status == 413


def test_started_response_is_aborted_instead_of_restarted() -> None:
    async def hasty(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await receive()

    with pytest.raises(TooLargeError):
        request(UploadLimit(hasty, 1), parts(3 * MIB))


def test_invalid_limit_stops_start_up_with_message() -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import deploy.asgi"],
        cwd=ROOT,
        env=os.environ | {"INKLING_MAX_UPLOAD_MIB": "96 MiB"},
        capture_output=True,
        text=True,
    )
    assert started.returncode == 1
    message = started.stderr.splitlines()[-1]
    assert message == "INKLING_MAX_UPLOAD_MIB: a whole number from 1 to 1,000,000, not '96 MiB'"


def test_default_limit_is_streamlits() -> None:
    assert Limits().upload_mib == st.get_option("server.maxUploadSize")


def test_responses_and_refusals_have_security_headers() -> None:
    guarded = SecurityHeaders(UploadLimit(Reader(), 1), page="")
    for size, status in ((5, 200), (2 * MIB, 413)):
        answer = request(guarded, parts(size), content_length=str(size))
        assert answer.status == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_security_header_replaces_app_header() -> None:
    async def lax(scope: Scope, receive: Receive, send: Send) -> None:
        lax_headers = [(b"x-frame-options", b"ALLOWALL")]
        await send({"type": "http.response.start", "status": 200, "headers": lax_headers})
        await send({"type": "http.response.body", "body": b""})

    assert request(SecurityHeaders(lax, page="")).headers["x-frame-options"] == "DENY"


def directives(policy: str) -> dict[str, list[str]]:
    return {words[0]: words[1:] for words in map(str.split, policy.split(";"))}


def test_csp_defaults_to_none_and_allows_no_other_host() -> None:
    policy = directives(content_security_policy([], "class.example:8501"))
    assert policy["default-src"] == ["'none'"]
    assert policy["connect-src"] == [
        "'self'",
        "ws://class.example:8501",
        "wss://class.example:8501",
    ]
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "'unsafe-eval'" not in policy["script-src"]
    sources = {source for words in policy.values() for source in words}
    assert not any("*" in source or source.startswith("http") for source in sources)


@pytest.mark.parametrize("host", ["localhost", "10.0.0.7:8501", "[::1]:8501", "a-b.example"])
def test_host_name_is_added_to_csp(host: str) -> None:
    assert f"wss://{host}" in directives(content_security_policy([], host))["connect-src"]


@pytest.mark.parametrize("host", [None, "", "a; script-src *", "a b", "*", "*.example", "a:b", "é"])
def test_invalid_host_name_is_not_added_to_csp(host: str | None) -> None:
    assert directives(content_security_policy([], host))["connect-src"] == ["'self'"]


def test_inline_script_of_streamlit_is_allowed_by_hash() -> None:
    page = (Path(st.__file__).parent / "static/index.html").read_text()
    scripts = inline_scripts(page)
    assert len(scripts) == page.count("<script") - page.count("<script type=")
    assert scripts
    known = "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="  # of "hello"
    assert f"'{known}'" in directives(content_security_policy(["hello"], None))["script-src"]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8501", "localhost:8501"),
        ("https://class.example", "class.example"),
        ("https://friend.example", "class.example"),
        (None, "class.example"),
    ],
)
def test_same_and_allowed_origins_may_open_a_websocket(origin: str | None, host: str) -> None:
    headers = {"host": host} | ({"origin": origin} if origin else {})
    guarded = SameOrigin(Reader(), allowed_origins=["https://friend.example"])
    assert request(guarded, (), "websocket", **headers).status == 101


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example", "localhost:8501"),
        ("http://localhost:3000", "localhost:8501"),
        ("http://localhost", "localhost:8501"),
        ("http://class.example.evil.example", "class.example"),
        ("http://class.example@evil.example", "class.example"),
        ("http://[", "["),
        ("null", "class.example"),
        ("null", ""),
        ("", ""),
    ],
)
def test_other_origins_may_not_open_a_websocket(origin: str, host: str) -> None:
    app = Reader()
    assert request(SameOrigin(app), (), "websocket", origin=origin, host=host).status == 403
    assert app.calls == 0


def pinned() -> dict[str, str]:
    """Return the versions that go into the image."""
    lock = (ROOT / "deploy/requirements.lock").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", lock, re.MULTILINE))


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-cluster.txt"])
def test_image_pins_every_requirement(file: str) -> None:
    lines = (ROOT / file).read_text().splitlines()
    required = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    assert required
    for requirement in required:
        assert requirement.specifier.contains(pinned()[requirement.name]), requirement


def test_image_requirements_have_hashes() -> None:
    lock = (ROOT / "deploy/requirements.lock").read_text()
    libraries = [part for part in re.split(r"\n(?=[a-z])", lock) if not part.startswith("#")]
    assert len(libraries) == len(pinned())
    assert all("--hash=sha256:" in library for library in libraries)


def test_image_contains_all_imported_modules() -> None:
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    modules = {path.stem for path in ROOT.glob("*.py")} | {
        p.parent.name for p in ROOT.glob("*/*.py")
    }
    sources = [
        path
        for path in ROOT.rglob("*.py")
        if not SKIPPED.intersection(path.relative_to(ROOT).parts)
    ]
    imports = {
        name
        for path in sources
        for name in re.findall(r"^ *(?:from|import) (\w+)", path.read_text(), re.MULTILINE)
    }
    needed = imports & modules - {"deploy"}
    assert needed
    for name in needed:
        assert f"!{name}" in allowed or f"!{name}.py" in allowed, name


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


def test_script_is_gzipped_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    compress = gzip.compress

    def noted(data: bytes, level: int) -> bytes:
        made.append(level)
        return compress(data, level)

    monkeypatch.setattr(gzip, "compress", noted)
    files = Files()
    app = GzippedOnce(files)
    for path in ["/static/a.css"] * 3:
        headers, body = fetch(app, path)
        assert headers["content-encoding"] == "gzip"
        assert headers["content-length"] == str(len(body))
        assert "accept-encoding" in headers["vary"].lower()
        assert gzip.decompress(body) == files.content
    assert files.asked == 1
    assert len(made) == 1


def test_added_headers_are_not_cached() -> None:
    app = SecurityHeaders(GzippedOnce(Files()), page="")
    first, second = (fetch(app, "/static/a.css")[0] for _ in range(2))
    assert first.raw == second.raw


@pytest.mark.parametrize("special", ["if_none_match", "if_modified_since", "range"])
def test_partial_and_conditional_requests_are_passed_to_the_app(special: str) -> None:
    files = Files()
    app = GzippedOnce(files)
    fetch(app, "/static/a.css")
    fetch(app, "/static/a.css", **{special: "something"})
    assert files.asked == 2


def test_other_paths_to_a_file_are_not_cached() -> None:
    files = Files()
    app = GzippedOnce(files)
    for _ in range(2):
        headers, body = fetch(app, "/static/./a.css")
        assert headers["content-encoding"] == "gzip"
        assert gzip.decompress(body) == files.content
    assert files.asked == 2
    assert app._responses == {}


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
    path: str, kind: str, status: int, accept: str
) -> None:
    files = Files(kind, status)
    headers, body = fetch(GzippedOnce(files), path, accept)
    assert "content-encoding" not in headers
    assert body == files.content


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
