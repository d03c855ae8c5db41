"""Latency from the end of a stroke to the new answer on the screen, in Chromium.

A visitor draws digits stroke by stroke with the mouse, and the network that ships answers. The page
itself takes both times: when the pointer is released, and when the picture of what the network
sees, drawn together with the answer, has changed and been painted.
"""

import os
import statistics

from playwright.sync_api import Page

from tools.app_driver import chromium, serve

STROKES = 42
LINES = (((60, 70), (250, 90)), ((70, 160), (260, 150)), ((200, 60), (120, 260)))
SEEN = 'img[alt^="the digit as the network sees it"]'
WATCH = """seen => {
    window.delays = [];
    let released = null;
    addEventListener('pointerup', event => {
        const onCanvas = event.composedPath()[0].tagName === 'CANVAS';
        released = onCanvas ? performance.now() : null;
    }, true);
    new MutationObserver(() => {
        const image = document.querySelector(seen);
        if (!image || image.src === window.lastSeen) return;
        window.lastSeen = image.src;
        if (released === null) return;
        const from = released;
        released = null;
        image.decode().then(() => requestAnimationFrame(() => {
            window.delays.push(performance.now() - from);
        }));
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
    window.lastSeen = document.querySelector(seen).src;
}"""


def main() -> None:
    """Draw, and print the delays."""
    with serve() as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(60_000)
        page.goto(f"{address}/draw")
        page.locator(SEEN).wait_for()
        page.wait_for_timeout(2_000)
        page.evaluate(WATCH, SEEN)
        delays: list[float] = []
        for stroke in range(STROKES):
            draw_stroke(page, stroke)
            page.wait_for_function(f"window.delays.length > {stroke}")
        delays = page.evaluate("window.delays")
    print(f"pen-up to the new answer, {len(delays)} strokes on {os.cpu_count()} cores, ms")
    print(
        f"median {statistics.median(delays):.0f}   lowest {min(delays):.0f}   "
        f"95th percentile {sorted(delays)[int(0.95 * len(delays))]:.0f}   "
        f"highest {max(delays):.0f}"
    )


def draw_stroke(page: Page, number: int) -> None:
    """Draw a long stroke with the mouse; every third one begins a new drawing."""
    if number > 0 and number % 3 == 0:
        page.get_by_test_id("stButton").get_by_role("button", name="Clear").click()
        page.wait_for_timeout(1_000)
    box = page.locator("canvas").last.bounding_box()
    assert box is not None
    (x0, y0), (x1, y1) = LINES[number % 3]
    page.mouse.move(box["x"] + x0 + number, box["y"] + y0)
    page.mouse.down()
    page.mouse.move(box["x"] + x1, box["y"] + y1 + number, steps=8)
    page.mouse.up()
