"""A time limit on the header of a request, which uvicorn does not have."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0
"""Within which the header of a request has to arrive, from the first byte or the connection on."""


def limit_header_time(protocol: type[H11Protocol], seconds: float = HEADER_SECONDS) -> None:
    """Change a protocol class so that it closes connections whose request's header is late.

    `streamlit run` chooses the class itself, so it cannot be replaced by a derived one.

    Parameters
    ----------
    protocol : type of H11Protocol
    seconds : float
    """
    connection_made, data_received = protocol.connection_made, protocol.data_received
    connection_lost = protocol.connection_lost
    timers: dict[H11Protocol, asyncio.TimerHandle] = {}

    def start(self: H11Protocol) -> None:
        timers[self] = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def stop(self: H11Protocol) -> None:
        if timer := timers.pop(self, None):
            timer.cancel()

    def made(self: H11Protocol, transport: Any) -> None:
        connection_made(self, transport)
        start(self)

    def received(self: H11Protocol, data: bytes) -> None:
        data_received(self, data)
        if self.conn.their_state is not h11.IDLE:  # the header is complete
            stop(self)
        elif self not in timers:
            start(self)

    def lost(self: H11Protocol, exc: Exception | None) -> None:
        stop(self)
        connection_lost(self, exc)

    for name, method in (
        ("connection_made", made),
        ("data_received", received),
        ("connection_lost", lost),
    ):
        setattr(protocol, name, method)
