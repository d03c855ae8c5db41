"""The answer while a digit is drawn with the mouse, in Chromium: how often, and how far behind.

The network that ships answers. The page takes the times: of each move of the pointer, of each
picture that is sent to the server, and of the first frame with a new picture of what the network
sees, which is drawn together with the answer. "Behind the pen" is from the last move before a
picture was taken to the frame with its answer; "pen-up" from the release of the pointer to the
frame with the answer to the finished stroke.
"""

import os
import statistics
import time

from playwright.sync_api import Page

from tools.app_driver import chromium, serve

STROKES = 21
STROKE_SECONDS = 2.0
MOVES_PER_SECOND = 60
LINES = (((60, 70), (250, 90)), ((70, 160), (260, 150)), ((200, 60), (120, 260)))
SEEN = 'img[alt^="the digit as the network sees it"]'
WATCH = """seen => {
    window.answers = [];
    let [moved, lifted, taken] = [0, 0, null];
    addEventListener('pointermove', () => { moved = performance.now(); }, true);
    addEventListener('pointerup', () => { lifted = performance.now(); }, true);
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (message) {
        const text = new TextDecoder('latin1').decode(message);
        const penDown = text.match(/"pen_down":(true|false)/)?.[1];
        if (penDown) taken = { penDown: penDown === 'true', moved, bytes: message.length };
        return send.call(this, message);
    };
    let last = null;
    new MutationObserver(() => {
        const image = document.querySelector(seen);
        if (!image || image.src === last) return;
        last = image.src;
        if (!taken) return;
        const { penDown, moved, bytes } = taken;
        taken = null;
        image.decode().then(() => requestAnimationFrame(() => {
            const now = performance.now();
            window.answers.push({ penDown, bytes, late: now - (penDown ? moved : lifted) });
        }));
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


def main() -> None:
    """Draw, and print the delays."""
    rates: list[float] = []
    behind: list[float] = []
    finals: list[float] = []
    sizes: list[int] = []
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    with serve() as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(60_000)
        page.goto(f"{address}/draw")
        page.locator("canvas").last.wait_for()
        page.wait_for_timeout(2_000)
        page.evaluate(WATCH, SEEN)
        for stroke in range(STROKES):
            seconds = draw_stroke(page, stroke)
            page.wait_for_timeout(2_000)
            answers = page.evaluate("window.answers.splice(0)")
            during = [answer["late"] for answer in answers if answer["penDown"]]
            rates.append(len(during) / seconds)
            behind.extend(during)
            finals.extend(answer["late"] for answer in answers if not answer["penDown"])
            sizes.extend(answer["bytes"] for answer in answers)
    print(
        f"{STROKES} strokes of {STROKE_SECONDS:.0f} s on {os.cpu_count()} cores, load average "
        f"{load} before; {len(finals)} final answers changed the picture\n\n"
        "| | median | 95th percentile | lowest | highest |\n"
        "| --- | ---: | ---: | ---: | ---: |"
    )
    for name, values in {
        "answers a second": rates,
        "behind the pen, ms": behind,
        "pen-up to the final answer, ms": finals,
        "message to the server, kB": [size / 1e3 for size in sizes],
    }.items():
        at_95 = sorted(values)[int(0.95 * len(values))]
        figures = (statistics.median(values), at_95, min(values), max(values))
        print(f"| {name} | {' | '.join(f'{figure:.1f}' for figure in figures)} |")


def draw_stroke(page: Page, number: int) -> float:
    """Draw a stroke with the mouse, every third one on an empty canvas; return its seconds."""
    if number > 0 and number % 3 == 0:
        page.get_by_test_id("stButton").get_by_role("button", name="Clear").click()
        page.wait_for_timeout(1_000)
        page.evaluate("window.answers = []")
    box = page.locator("canvas").last.bounding_box()
    assert box is not None
    (x0, y0), (x1, y1) = LINES[number % 3]
    moves = round(STROKE_SECONDS * MOVES_PER_SECOND)
    page.mouse.move(box["x"] + x0 + number, box["y"] + y0)
    page.mouse.down()
    began = time.monotonic()
    for move in range(1, moves + 1):
        share = move / moves
        x, y = x0 + (x1 - x0) * share, y0 + (y1 + number - y0) * share
        page.mouse.move(box["x"] + x, box["y"] + y)
        time.sleep(max(0.0, began + STROKE_SECONDS * share - time.monotonic()))
    seconds = time.monotonic() - began
    page.mouse.up()
    return seconds
