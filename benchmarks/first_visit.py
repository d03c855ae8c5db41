"""First visit: time from server start to a usable page, and bytes transferred.

A server is started anew for each visit, plainly and by `deploy/asgi.py`, and one page is opened
in a Chromium that has nothing in its cache. Seconds count from the start of the server's process
until it answers, and until the visitor can use the page. Bytes are those that came over the
network until it fell silent, heads of the answers and the websocket's messages among them. Files
that the operating system keeps in memory stay there: a machine that was just switched on is slower.

With ``--slow`` the line is slow, by Chromium's emulation, and the server runs already. Seconds
count from the request until Start can be pressed, and until a stroke drawn at once is answered.
"""

import base64
import os
import statistics
import sys
import time
from typing import Any, NamedTuple

from playwright.sync_api import Browser, CDPSession, Page

from tools.app_driver import chromium, serve

ENTRIES = {"plain": "app.py", "asgi": "deploy/asgi.py"}
PAGES = {  # what can be seen once the page can be used
    "": ':text("Draw your own digit")',
    "train": 'button:has-text("Start"):not([disabled])',
    "draw": "canvas >> nth=-1",
    "explore": "button.cell >> nth=0",
    "mistakes": "button.cell >> nth=0",
}
VISITS = 5
SLOW_LINE = {"latency": 100, "downloadThroughput": 375_000, "uploadThroughput": 375_000}  # bytes/s
SLOW_PAGES = ("train", "draw")
LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.longTasks.push(task.duration);
}).observe({ type: "longtask", buffered: true });
"""
SILENCE = 1.5  # seconds after which nothing more is expected


class Visit(NamedTuple):
    """Seconds until the server answered and the page was usable, and the bytes sent."""

    answered: float
    usable: float
    http: float  # bytes
    websocket: float  # bytes
    requests: float


class Meter:
    """Counts what a page of Chromium receives."""

    def __init__(self, network: CDPSession) -> None:
        self.http = self.websocket = self.requests = 0
        self.last = time.perf_counter()
        network.on("Network.requestWillBeSent", self._on_request)
        network.on("Network.loadingFinished", self._on_loaded)
        network.on("Network.webSocketFrameReceived", self._on_frame)
        network.send("Network.enable")

    def _on_request(self, event: dict[str, Any]) -> None:
        self.requests += not event["request"]["url"].startswith(("data:", "blob:"))

    def _on_loaded(self, event: dict[str, Any]) -> None:
        self.http += int(event["encodedDataLength"])
        self.last = time.perf_counter()

    def _on_frame(self, event: dict[str, Any]) -> None:
        payload, binary = event["response"]["payloadData"], event["response"]["opcode"] == 2
        self.websocket += len(base64.b64decode(payload) if binary else payload.encode())
        self.last = time.perf_counter()


class SlowVisit(NamedTuple):
    """Seconds until the page was used, the bytes until then, and its longest task in ms."""

    used: float
    http: float  # bytes
    longest_task: float


def main() -> None:
    """Visit, and print a table."""
    if "--slow" in sys.argv[2:]:
        print_slow_visits()
        return
    print(f"median of {VISITS} first visits on {os.cpu_count()} cores; a new server for each\n")
    print(
        f"{'entry':6} {'page':10} {'answers, s':>10} {'usable, s':>9}  {'lowest..highest':15} "
        f"{'HTTP, kB':>8} {'socket, kB':>10} {'requests':>8}"
    )
    with chromium() as browser:
        visits: dict[tuple[str, str], list[Visit]] = {}
        for _ in range(VISITS):  # in turn, so that a change in the machine's speed hits all
            for page in PAGES:
                for entry in ENTRIES:
                    visits.setdefault((entry, page), []).append(visit(browser, entry, page))
    for entry, page in sorted(visits, key=lambda visited: list(ENTRIES).index(visited[0])):
        found = visits[entry, page]
        middle = Visit(*(statistics.median(values) for values in zip(*found, strict=True)))
        usable = sorted(one.usable for one in found)
        print(
            f"{entry:6} /{page:9} {middle.answered:10.2f} {middle.usable:9.2f}  "
            f"{f'{usable[0]:.2f}..{usable[-1]:.2f}':15} {middle.http / 1e3:8,.0f} "
            f"{middle.websocket / 1e3:10,.0f} {middle.requests:8.0f}"
        )


def visit(browser: Browser, entry: str, path: str) -> Visit:
    """Start a server, open one page, and return the times and the bytes sent."""
    started = time.perf_counter()
    with serve(ENTRIES[entry]) as address:
        answered = time.perf_counter() - started
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(60_000)
        meter = Meter(context.new_cdp_session(page))
        page.goto(f"{address}/{path}", wait_until="commit")
        page.locator(PAGES[path]).wait_for()
        usable = time.perf_counter() - started
        while time.perf_counter() - meter.last < SILENCE:
            page.wait_for_timeout(100)
        context.close()
    return Visit(answered, usable, meter.http, meter.websocket, meter.requests)


def print_slow_visits() -> None:
    """Visit by a slow line, and print a table."""
    print(
        f"first visits at 3 Mbit/s and 100 ms, {os.cpu_count()} cores, load average "
        f"{os.getloadavg()[0]:.1f} before\n\n"
        f"{'page':8} {'used, s':>8}  {'lowest..highest':15} {'HTTP, kB':>8} {'task, ms':>8}"
    )
    with chromium() as browser, serve(ENTRIES["asgi"]) as address:
        for path in SLOW_PAGES:  # one more, so that the server has loaded what it needs
            found = [slow_visit(browser, address, path) for _ in range(VISITS + 1)][1:]
            middle = SlowVisit(*(statistics.median(values) for values in zip(*found, strict=True)))
            used = sorted(one.used for one in found)
            print(
                f"/{path:7} {middle.used:8.2f}  {f'{used[0]:.2f}..{used[-1]:.2f}':15} "
                f"{middle.http / 1e3:8,.0f} {middle.longest_task:8.0f}"
            )


def slow_visit(browser: Browser, address: str, path: str) -> SlowVisit:
    """Open a page by a slow line, with an empty cache, and use it as soon as possible."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.add_init_script(LONG_TASKS)
    network = context.new_cdp_session(page)
    meter = Meter(network)
    network.send("Network.emulateNetworkConditions", {"offline": False, **SLOW_LINE})
    began = time.perf_counter()
    page.goto(f"{address}/{path}", wait_until="commit")
    page.locator(PAGES[path]).wait_for()
    if path == "draw":
        draw_one(page)
    used = time.perf_counter() - began
    longest = page.evaluate("Math.max(0, ...window.longTasks)")
    context.close()
    return SlowVisit(used, meter.http, longest)


def draw_one(page: Page) -> None:
    """Draw a 1 on the canvas, and wait for the answer."""
    canvas = page.locator(PAGES["draw"])
    canvas.hover()  # once it stands still
    box = canvas.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2
    page.mouse.move(middle, box["y"] + 0.25 * box["height"])
    page.mouse.down()
    page.mouse.move(middle, box["y"] + 0.75 * box["height"], steps=8)
    page.mouse.up()
    page.locator('[data-testid="stMetricValue"]:has-text("1")').wait_for()
