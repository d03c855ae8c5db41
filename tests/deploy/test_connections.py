"""The time limit on the header of a request, on a uvicorn server."""

import asyncio
import socket
from contextlib import suppress

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

from deploy.connections import limit_header_time
from tests.running import run

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def limited(seconds: float) -> type[H11Protocol]:
    """Return a protocol of its own, so that the limit does not reach other tests."""

    class Protocol(H11Protocol):
        pass

    limit_header_time(Protocol, seconds)
    return Protocol


def answers(seconds: float, *parts: bytes) -> bytes:
    """Return all that a server sends until it closes the connection, given parts of requests."""
    protocol = limited(seconds)
    received = b""

    async def go() -> None:
        nonlocal received
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            config = uvicorn.Config(
                PlainTextResponse("here"), http=protocol, log_level="error", timeout_keep_alive=1
            )
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve([listening]))
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            for part in parts:
                writer.write(part)
                await asyncio.sleep(0.01)
            with suppress(ConnectionError):
                received = await asyncio.wait_for(reader.read(), timeout=60)
            writer.close()
            server.should_exit = True
            await serving

    run(go())
    return received


@pytest.mark.parametrize("parts", [(), (REQUEST[:20],), (REQUEST[:20], REQUEST[20:30])])
def test_connection_without_a_whole_header_is_closed(parts: tuple[bytes, ...]) -> None:
    assert answers(0.2, *parts) == b""


def test_half_a_header_after_a_request_is_closed() -> None:
    assert answers(1, REQUEST, REQUEST[:20]).endswith(b"here")
    assert answers(60, REQUEST + REQUEST[:20]).endswith(b"here")


def test_request_in_parts_is_answered() -> None:
    assert answers(60, REQUEST[:20], REQUEST[20:]).endswith(b"here")


def test_connection_is_kept_for_the_next_request() -> None:
    assert answers(60, REQUEST, REQUEST, REQUEST[:20], REQUEST[20:]).count(b"here") == 3
