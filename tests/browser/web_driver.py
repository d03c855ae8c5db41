"""Pages of Chromium, Firefox and WebKitGTK behind one interface.

Playwright drives Chromium as it is, but of the other two only builds of its own. Firefox speaks
WebDriver BiDi by itself, WebKitGTK has a server for WebDriver.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, NamedTuple, TypeVar

from playwright.sync_api import Browser
from websockets.sync.client import ClientConnection, connect

from tools.app_driver import free_port

WIDTH, HEIGHT = 1280, 860
PATIENCE = 60.0
"""Seconds that a browser has to start, or to do what it is told."""

Point = tuple[float, float]
Result = TypeVar("Result")


class WebPage(NamedTuple):
    """A page of a browser.

    Attributes
    ----------
    open : callable
        Opens an address.
    evaluate : callable
        Returns the value of a JavaScript expression.
    drag : callable
        Presses the mouse at the first of some points, and releases it at the last.
    """

    open: Callable[[str], object]
    evaluate: Callable[[str], Any]
    drag: Callable[[list[Point]], object]


def find_firefox() -> str | None:
    """Return the path of a Firefox, or None if there is none."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


def has_webkit() -> bool:
    """Whether there is a WebKitGTK with its driver, and a display server without a display."""
    return all(shutil.which(program) for program in ("WebKitWebDriver", "Xvfb"))


@contextmanager
def chromium_page(browser: Browser) -> Iterator[WebPage]:
    """Open a page of a running Chromium."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    page = context.new_page()

    def drag(points: list[Point]) -> None:
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=8)
        page.mouse.up()

    yield WebPage(page.goto, page.evaluate, drag)
    context.close()


@contextmanager
def firefox_page() -> Iterator[WebPage]:
    """Start a headless Firefox; yield its page."""
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        program = [str(find_firefox()), "--headless", "--no-remote", "--profile", profile]
        with (
            _running([*program, f"--remote-debugging-port={port}"]),
            _retried(lambda: connect(f"ws://127.0.0.1:{port}/session", max_size=None)) as socket,
        ):
            yield _bidi_page(socket)


def _bidi_page(socket: ClientConnection) -> WebPage:
    """Open a session over a connection; return its page."""
    numbers = count()

    def send(method: str, **parameters: object) -> Any:
        number = next(numbers)
        socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (answer := json.loads(socket.recv(PATIENCE))).get("id") != number:
            pass  # an event
        assert answer["type"] == "success", answer
        return answer["result"]

    def evaluate(expression: str) -> Any:
        answer = send(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": context},
            awaitPromise=False,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"].get("value", "null"))

    send("session.new", capabilities={})
    context = send("browsingContext.getTree")["contexts"][0]["context"]
    viewport = {"width": WIDTH, "height": HEIGHT}
    send("browsingContext.setViewport", context=context, viewport=viewport)
    return WebPage(
        lambda url: send("browsingContext.navigate", context=context, url=url, wait="complete"),
        evaluate,
        lambda points: send("input.performActions", context=context, actions=_mouse(points)),
    )


@contextmanager
def webkit_page() -> Iterator[WebPage]:
    """Start WebKitGTK's small browser on a display of its own; yield its page."""
    port = free_port()
    with (
        _display() as display,
        _running(["WebKitWebDriver", f"--port={port}"], DISPLAY=display),
    ):

        def send(path: str, method: str = "POST", **parameters: object) -> Any:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/session{path}",
                json.dumps(parameters).encode(),
                {"Content-Type": "application/json"},
                method=method,
            )
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]

        page = f"/{_retried(lambda: send('', capabilities={}))['sessionId']}"
        send(f"{page}/window/rect", x=0, y=0, width=WIDTH, height=HEIGHT)
        yield WebPage(
            lambda url: send(f"{page}/url", url=url),
            lambda expression: send(f"{page}/execute/sync", script=f"return {expression}", args=[]),
            lambda points: send(f"{page}/actions", actions=_mouse(points)),
        )
        send(page, "DELETE")


def _mouse(points: list[Point]) -> list[dict[str, Any]]:
    """Return the W3C's actions of a mouse that is pressed at the first and released at the last."""
    moves = [
        {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 100} for x, y in points
    ]
    press, release = ({"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp"))
    return [
        {"type": "pointer", "id": "mouse", "actions": [moves[0], press, *moves[1:], release]},
    ]


@contextmanager
def _display() -> Iterator[str]:
    """Start a display server that shows nothing; yield the name of its display."""
    readable, writable = os.pipe()
    try:
        with _running(["Xvfb", "-displayfd", str(writable)], pass_fds=[writable]):
            yield f":{os.read(readable, 16).decode().strip()}"
    finally:
        os.close(readable)
        os.close(writable)


@contextmanager
def _running(
    command: list[str], pass_fds: list[int] | None = None, **environment: str
) -> Iterator[None]:
    """Run a program as long as the context lasts."""
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        pass_fds=pass_fds or [],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _retried(attempt: Callable[[], Result]) -> Result:
    """Return what an attempt returns, as soon as a program that has just started lets it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
