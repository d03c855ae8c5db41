"""Attacks on the server itself: what the network brings before a page or a reader sees it.

Each attack runs against `deploy/asgi.py`. It reports what the server should not have done, and the
growth of the server's memory is compared with the attack's limit.
"""

import asyncio
import contextlib
import random
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.class_attacks import cheat
from benchmarks.classroom import Memory, Notes
from benchmarks.lesson import SECRET
from benchmarks.visitor import Fault, Visitor
from deploy.connections import HEADER_SECONDS
from inkling.server.limits import Limits

MIB = 2**20
SESSION_TTL = 30
"""``server.disconnectedSessionTTL`` of the attacked server: Streamlit's own 120 s take long."""

CLASS = {"INKLING_CLASS": "1", "INKLING_TEACHER_SECRET": SECRET}
_PATIENCE = 6 * SESSION_TTL  # seconds until memory has to be back
_POLL_SECONDS = 0.05
_FEW = 50  # widget states in one serialized message
_SECURE = ("content-security-policy", "x-content-type-options", "x-frame-options")


@dataclass(frozen=True)
class Attack:
    """An attack on a server.

    Attributes
    ----------
    name : str
        For tables.
    make : callable
        Attack the server of an address, with a source of randomness, and with a share of the full
        number of requests or bytes, from 0 to 1; return the faults of the server.
    memory_limit : int
        Bytes by which the server's memory may be larger afterwards.
    """

    name: str
    make: Callable[[str, random.Random, float], Coroutine[Any, Any, list[str]]]
    memory_limit: int


async def first_visit(address: str) -> None:
    """Visit a server once, so that what it loads only then does not count as growth."""
    async with Visitor(address, Notes().add) as visitor:
        await visitor.fetch_files()
        await visitor.open("explore")
        await visitor.go("draw")


async def made_up_paths(address: str, chance: random.Random, share: float) -> list[str]:
    """Ask for 2,000 files that do not exist, by paths of 60 kB."""
    with requests.Session() as session:
        for number in range(round(2_000 * share)):
            name = f"{number:08}{chance.choice('abcdef') * 60_000}"
            headers = {"Accept-Encoding": "gzip"}
            session.get(f"{address}/static/{name}", headers=headers, timeout=60)
    return []


async def large_uploads(address: str, chance: random.Random, share: float) -> list[str]:
    """Upload twenty files of 90 MiB into a session, and stay."""
    data = chance.randbytes(MIB) * round(90 * share)
    async with Visitor(address, Notes().add) as visitor:
        await visitor.open("draw")
        status = {await asyncio.to_thread(visitor.upload, f"{n:032}", data) for n in range(20)}
        kept = Memory(address).now()
        await asyncio.sleep(_POLL_SECONDS)
    return [f"status {other}" for other in status - {204}] + _too_much(kept)


def _too_much(kept: int) -> list[str]:
    most = 3 * Limits().upload_mib * MIB + 512 * MIB
    return [f"{kept // MIB} MiB while the session is open"] if kept > most else []


async def largest_upload(address: str, chance: random.Random, share: float) -> list[str]:
    """Upload a file of exactly the largest size, and one that is a MiB larger."""
    most = Limits().upload_mib * MIB
    async with Visitor(address, Notes().add) as visitor:
        await visitor.open("draw")
        status = [
            await asyncio.to_thread(visitor.upload, f"{size:032}", bytes(size))
            for size in (most, most + MIB)
        ]
    return [] if status == [204, 413] else [f"status {status}"]


def _widgets(count: int) -> bytes:
    """Return a serialized message of so many empty widget states, two bytes each."""
    few = BackMsg()
    few.rerun_script.widget_states.widgets.extend(WidgetState() for _ in range(_FEW))
    return few.SerializeToString() * (count // _FEW)  # the parser merges what follows one another


async def dense_messages(address: str, chance: random.Random, share: float) -> list[str]:
    """Send messages of millions of fields, and a drawing of millions of lists."""
    lists = BackMsg()
    widget = lists.rerun_script.widget_states.widgets.add(id="canvas")
    widget.json_value = f"[{'[],' * 1_600_000}[]]"
    faults = []
    for name, data in (
        ("fields", _widgets(round(2_400_000 * share))),
        ("fields", _widgets(round(12_000_000 * share))),
        ("lists", lists.SerializeToString()),
    ):
        async with Visitor(address, Notes().add) as visitor:
            await visitor.open("draw")
            with contextlib.suppress(Fault):  # closed while it is sent
                await visitor.send_raw(data)
            if not await _is_closed(visitor):
                faults.append(f"a message of {len(data):,} bytes of {name} is taken")
    return faults


async def _is_closed(visitor: Visitor) -> bool:
    """Return whether the server closes a connection within a few seconds."""
    for _ in range(200):
        try:
            await visitor.send_raw(b"")
        except Fault:
            return True
        await asyncio.sleep(_POLL_SECONDS)
    return False


async def half_headers(address: str, chance: random.Random, share: float) -> list[str]:
    """Open 200 connections with half a header each."""
    place = urlsplit(address)
    sockets = [
        socket.create_connection((place.hostname or "", place.port or 80))
        for _ in range(max(1, round(200 * share)))
    ]
    for each in sockets:
        each.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        each.settimeout(3 * HEADER_SECONDS)
    still_open = await asyncio.to_thread(lambda: sum(map(_stays_open, sockets)))
    return [f"{still_open} of {len(sockets)} half headers stay open"] if still_open else []


def _stays_open(connection: socket.socket) -> bool:
    """Wait until the server closes a connection; return whether it does not."""
    with connection:
        try:
            return bool(connection.recv(1))
        except TimeoutError:
            return True
        except OSError:
            return False


async def refusals(address: str, chance: random.Random, share: float) -> list[str]:
    """Ask for what is refused, and look for the security headers of the answer."""
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
    }
    host = urlsplit(address).netloc
    foreign = upgrade | {"Origin": "http://foreign.example"}
    downgraded = upgrade | {"Origin": f"http://{host}", "X-Forwarded-Proto": "https"}
    table: list[tuple[int, str, str, bytes, dict[str, str]]] = [
        (404, "GET", "/_stcore/metrics", b"", {}),
        (404, "GET", "/_stcore/%6detrics", b"", {}),
        (404, "GET", "/_stcore/metrics?families=active_sessions", b"", {}),
        (413, "POST", "/_stcore/stream", bytes(MIB), {}),
        (403, "PUT", "/_stcore/upload_file/session/file", bytes(MIB), {}),
        (413, "PUT", "/_stcore/upload_file/session/file", b"", {"Content-Length": "1" * 17}),
        (403, "GET", "/_stcore/stream", b"", foreign),
        (403, "GET", "/_stcore/stream", b"", downgraded),
        (404, "GET", "/media/unknown", b"", {}),
        (405, "DELETE", "/", b"", {}),
    ]
    faults = []
    for status, method, path, body, headers in table:
        answer = await asyncio.to_thread(
            requests.request, method, address + path, data=body, headers=headers, timeout=60
        )
        if answer.status_code != status:
            faults.append(f"{method} {path} {headers}: {answer.status_code}, not {status}")
        if missing := [name for name in _SECURE if name not in answer.headers]:
            faults.append(f"{method} {path} {headers}: {answer.status_code} without {missing}")
    return faults


ATTACKS = (
    Attack("made-up paths", made_up_paths, 32 * MIB),
    Attack("large uploads", large_uploads, 64 * MIB),
    Attack("largest upload", largest_upload, 64 * MIB),
    Attack("dense messages", dense_messages, 64 * MIB),
    Attack("half headers", half_headers, 32 * MIB),
    Attack("refusals", refusals, 32 * MIB),
    Attack("cheating pupils", cheat, 64 * MIB),
)


def attack(address: str, each: Attack, seed: int = 0, share: float = 1.0) -> bool:
    """Attack a server, print a line, and return whether there was no fault."""
    memory = Memory(address)
    before = memory.peak = memory.now()
    with _watching(address, memory) as waits:
        faults = asyncio.run(each.make(address, random.Random(seed), share))
        after = _settled(memory, before + each.memory_limit)
    if after - before > each.memory_limit:
        faults.append(f"{(after - before) // MIB} MiB more than before")
    print(
        f"{each.name:16} {before // MIB:7,} {memory.peak // MIB:7,} {after // MIB:7,} "
        f"{each.memory_limit // MIB:6,} {1000 * max(waits):8,.0f} ms {len(faults):6}",
        flush=True,
    )
    for fault in faults:
        print(f"    {fault}", flush=True)
    return not faults


def _settled(memory: Memory, most: int) -> int:
    """Return the server's memory, as soon as it is small enough or does not become so."""
    until = time.monotonic() + _PATIENCE
    while memory.now() > most and time.monotonic() < until:
        time.sleep(1.0)
    return memory.now()


@contextlib.contextmanager
def _watching(address: str, memory: Memory) -> Iterator[list[float]]:
    """Sample the memory and how long another visitor waits, during an attack."""
    waits = [0.0]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_POLL_SECONDS):
            memory.now()
            began = time.perf_counter()
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=60).close()
            waits.append(time.perf_counter() - began)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield waits
    finally:
        ended.set()
        thread.join()


HEADER = (
    f"{'attack':16} {'before':>7} {'peak':>7} {'after':>7} {'limit':>6} "
    f"{'a wait':>11} {'faults':>6}    (MiB of the server's memory)"
)
