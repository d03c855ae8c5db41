"""The answer while a digit is drawn with the mouse, in Chromium: how often, and how far behind.

The network that answers on Draw is the app's own. All times are taken in the page, of what a person
sees: of each move of the pointer, and of the first frame in which the answer (``st-key-answer``) or
the 28 x 28 picture beside it has changed after a drawing was sent. A drawing that changes neither
is not counted. "Behind the pen" is from the last move before a drawing was sent to this frame;
"pen-up" from the release of the pointer to the frame with the answer to the finished stroke, which
is compared with the answer a second later.
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
SHOWN = 'img[alt^="the digit as the network sees it"]'
WATCH = """shown => {
    window.answers = [];
    let [moved, lifted, sent] = [0, 0, null];
    addEventListener('pointermove', () => { moved = performance.now(); }, true);
    addEventListener('pointerup', () => { lifted = performance.now(); }, true);
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (message) {
        const text = new TextDecoder('latin1').decode(message);
        const penDown = text.match(/"pen_down":(true|false)/)?.[1];
        if (penDown) {
            const since = penDown === 'true' ? moved : lifted;
            sent = { penDown: penDown === 'true', since, bytes: message.length };
        }
        return send.call(this, message);
    };
    const answer = () => document.querySelector('.st-key-answer')?.textContent;
    let last = {};
    new MutationObserver(() => {
        const image = document.querySelector(shown);
        const now = { picture: image?.src, answer: answer() };
        const isNew = image && (now.picture !== last.picture || now.answer !== last.answer);
        last = now;
        if (!isNew || !sent) return;
        const { penDown, since, bytes } = sent;
        sent = null;
        image.decode().then(() => requestAnimationFrame(() => {
            const late = performance.now() - since;
            window.answers.push({ penDown, bytes, late, answer: answer() });
        }));
    }).observe(document.body, {
        subtree: true, childList: true, attributes: true, characterData: true
    });
    window.readAnswers = () => ({ answers: window.answers.splice(0), settled: answer() });
}"""


def main() -> None:
    """Draw, and print the delays."""
    rates: list[float] = []
    behind: list[float] = []
    finals: list[float] = []
    sizes: list[int] = []
    changed = 0
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    with serve() as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(60_000)
        page.goto(f"{address}/draw")
        page.locator("canvas").last.wait_for()
        page.wait_for_timeout(2_000)
        page.evaluate(WATCH, SHOWN)
        for stroke in range(STROKES):
            seconds = draw_stroke(page, stroke)
            page.wait_for_timeout(2_000)
            answers, settled = page.evaluate("window.readAnswers()").values()
            during = [answer["late"] for answer in answers if answer["penDown"]]
            rates.append(len(during) / seconds)
            behind.extend(during)
            after = [answer for answer in answers if not answer["penDown"]]
            finals.extend(answer["late"] for answer in after)
            changed += any(answer["answer"] != settled for answer in after[-1:])
            sizes.extend(answer["bytes"] for answer in answers)
    print(
        f"{STROKES} strokes of {STROKE_SECONDS:.0f} s on {os.cpu_count()} cores, load average "
        f"{load} before; {len(finals)} final answers changed what is seen, {changed} of them "
        "changed once more\n\n"
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
        page.evaluate("window.readAnswers()")
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
