"""Middleware of `deploy/guards.py` on a stub app."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.guards import (
    BodyLimit,
    ClosedPaths,
    SameOrigin,
    SecurityHeaders,
    TooLargeError,
    content_security_policy,
    inline_scripts,
)
from inkling.server.limits import Limits
from tests.running import run
from tools.app_driver import ROOT

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
    app: ASGIApp,
    parts: Iterable[bytes] = (b"",),
    kind: str = "http",
    path: str = "/_stcore/upload_file/session/file",
    scheme: str | None = None,
    method: str = "PUT",
    **headers: str,
) -> Answer:
    """Send a request with its body in parts, as uvicorn does; status 101 is an open websocket."""
    sent: list[Message] = []
    taken = 0
    scope = {
        "type": kind,
        "scheme": scheme or ("ws" if kind == "websocket" else "http"),
        "method": method,
        "path": path,
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
        "extensions": {"websocket.http.response": {}} if kind == "websocket" else {},
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
        with suppress(BrokenAppError):
            await app(scope, source.__anext__, send)

    run(go())
    start, *bodies = sent
    if start["type"] == "websocket.accept":
        return Answer(101, {}, b"", taken)
    if start["type"] == "websocket.close":
        return Answer(403, {}, b"", taken)
    heads = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], heads, b"".join(part["body"] for part in bodies), taken)


class BrokenAppError(Exception):
    """An error that an app does not handle."""


def parts(size: int) -> Iterable[bytes]:
    """Yield a body of this many bytes in parts, as a server passes it on."""
    whole, rest = divmod(size, FRAMING)
    yield from [b"x" * FRAMING] * whole
    yield b"x" * rest


@pytest.mark.parametrize("size", [0, 1, MIB, MIB + FRAMING])
def test_body_within_limit_is_delivered(size: int) -> None:
    answer = request(BodyLimit(Reader(), 1), parts(size), content_length=str(size))
    assert (answer.status, answer.body) == (200, str(size).encode())


def test_too_large_content_length_is_refused_unread() -> None:
    app = Reader()
    size = MIB + FRAMING + 1
    answer = request(BodyLimit(app, 1), parts(size), content_length=str(size))
    assert (answer.status, answer.taken, app.calls) == (413, 0, 0)
    assert answer.body == b"This server takes files of at most 1 MiB."
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("announced", [{}, {"content_length": "5"}])
def test_body_exceeding_limit_is_refused_while_reading(announced: dict[str, str]) -> None:
    answer = request(BodyLimit(Reader(), 1), parts(50 * MIB), **announced)
    assert answer.status == 413
    assert answer.taken <= MIB + 2 * FRAMING


@pytest.mark.parametrize("length", ["-1", "1e3", "", "٣", "1, 1"])
def test_non_numeric_content_length_is_refused(length: str) -> None:
    assert request(BodyLimit(Reader(), 1), content_length=length).status == 400


def test_very_long_content_length_is_too_large() -> None:
    assert request(BodyLimit(Reader(), 1), content_length="9" * 5_000).status == 413


def test_started_response_is_aborted_instead_of_restarted() -> None:
    async def hasty(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await receive()

    with pytest.raises(TooLargeError):
        request(BodyLimit(hasty, 1), parts(3 * MIB))


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


def test_streamlit_takes_the_form_around_the_largest_file() -> None:
    assert Limits().upload_mib + 1 == st.get_option("server.maxUploadSize")


@pytest.mark.parametrize("announced", [{}, {"content_length": str(17 * 1024)}])
def test_large_body_is_for_uploads_only(announced: dict[str, str]) -> None:
    answer = request(BodyLimit(Reader(), 1), parts(17 * 1024), path="/train", **announced)
    assert answer.status == 413
    assert answer.body == b"This address takes at most 16 KiB."


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/_stcore/metrics", 404),
        ("/_stcore/metrics/", 404),
        ("/inkling/_stcore/metrics", 404),
        ("/_stcore/health", 200),
        ("/", 200),
    ],
)
def test_closed_path_does_not_exist(path: str, status: int) -> None:
    assert request(ClosedPaths(Reader(), ["/_stcore/metrics"]), path=path).status == status


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise BrokenAppError


async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.close", "code": 1008})


@pytest.mark.parametrize(
    ("app", "kind", "content_length", "status"),
    [
        (Reader(), "http", 5, 200),
        (BodyLimit(Reader(), 1), "http", 2 * MIB, 413),
        (ClosedPaths(Reader(), ["/file"]), "http", 0, 404),
        (broken, "http", 0, 500),
        (broken, "websocket", 0, 500),
        (refusing, "websocket", 0, 403),
    ],
)
def test_every_response_has_security_headers(
    app: ASGIApp, kind: str, content_length: int, status: int
) -> None:
    guarded = SecurityHeaders(app, page="")
    answer = request(guarded, parts(content_length), kind, content_length=str(content_length))
    assert answer.status == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_proxy_adds_the_same_headers_to_its_own_answers() -> None:
    answer = request(SecurityHeaders(Reader(), page=""))
    conf = (ROOT / "deploy/nginx.conf").read_text()
    added = re.findall(r"^( *)add_header (\S+) \S+ always;$", conf, re.MULTILINE)
    assert {name.lower() for _, name in added} >= answer.headers.keys()
    # A block with an add_header of its own would not inherit the others.
    assert {indent for indent, _ in added} == {"    "}
    assert len(added) == conf.count("add_header ")


def test_error_of_the_app_reaches_the_server() -> None:
    async def ask() -> None:
        async def receive() -> Message:
            return {"type": "http.request"}

        async def send(message: Message) -> None:
            pass

        with pytest.raises(BrokenAppError):
            await SecurityHeaders(broken, page="")({"type": "http", "headers": []}, receive, send)

    run(ask())


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


@pytest.mark.parametrize(
    ("scheme", "headers"),
    [("wss", {}), ("ws", {"x_forwarded_proto": "https"})],
)
def test_unencrypted_page_may_not_open_an_encrypted_websocket(
    scheme: str, headers: dict[str, str]
) -> None:
    def status(origin: str) -> int:
        app = SameOrigin(Reader())
        return request(
            app, (), "websocket", scheme=scheme, origin=origin, host="class.example", **headers
        ).status

    assert status("http://class.example") == 403
    assert status("https://class.example") == 101
