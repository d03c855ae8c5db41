"""Slow-down of a training run by the app, and latency of pages while a run is active.

A run with live charts, watched in Chromium, is set beside the same run in a process of its own that
draws nothing. The two take turns, and each reports from its own record how many images a second it
processed. Chromium and everything else on the machine share its cores with the run: where these
are few, the run often waits for one. Linux keeps account of that, so a second ratio leaves this
waiting out, on both sides. The first ratio is what this machine gives; the second is what the app
itself costs where a core is free for the run.

Then a visitor, first without and then with a run going on, clicks through the pages and on digits.
The page itself takes the times, from the click to the answer: to the heading of the page that was
asked for, and to the frame in which its digits, canvas or settings are there too, which is mostly
Chromium's drawing of charts.
"""

import os
import re
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page

from tools.app_driver import chromium, serve

RECIPE = "fast-98"
EPOCHS = 100  # more than there is time for: the run is stopped
SECONDS = 25.0  # of each run
PAIRS = 5
ROUNDS = 10  # through all pages
CLICKS = 30  # on digits
IMAGES = 55_000  # an epoch's
RESULT = re.compile(r"after ([\d.,]+) epochs and ([\d.,]+)\s*s")

# Waits for a condition frame by frame: Playwright's own waiting would be part of the time.
ANSWER = """async ([find, number, done]) => {
    const all = (root, selector) => [...root.querySelectorAll('*')].flatMap(element => [
        ...(element.matches(selector) ? [element] : []),
        ...(element.shadowRoot ? all(element.shadowRoot, selector) : []),
    ]);
    const there = ([selector, text]) =>
        all(document, selector).some(element => element.textContent.includes(text));
    const from = performance.now();
    let first = 0;
    all(document, find)[number].click();
    while (!done.every(there)) {
        if (performance.now() - from > 20000) throw new Error(`never there: ${done}`);
        if (!first && there(done[0])) first = performance.now() - from;
        await new Promise(requestAnimationFrame);
    }
    await new Promise(requestAnimationFrame);
    return [first || performance.now() - from, performance.now() - from];
}"""
PAGES = {  # elements and their texts: first of a response, last of it
    "explore": [("h1", "Explore"), ("button.cell", "")],
    "draw": [("h1", "Draw"), ("canvas", "")],
    "mistakes": [("h1", "Mistakes"), ("button.cell", "")],
    "train": [("h1", "Train"), ("button", "Stop")],
}


class Rate(NamedTuple):
    """Images a second, measured and corrected for the time that the run waited for a core."""

    measured: float
    undisturbed: float


class Waits(NamedTuple):
    """Seconds that a thread has run on a core, and that it has waited for one."""

    busy: float
    waiting: float


def main() -> None:
    """Measure, and print two tables."""
    print(
        f"{RECIPE}, {SECONDS:.0f} s a run, {PAIRS} interleaved pairs; {os.cpu_count()} cores, "
        "which Chromium uses, too\n"
    )
    with serve() as address, chromium() as browser:
        throughput(browser, address)
        answers(browser, address)


def throughput(browser: Browser, address: str) -> None:
    """Print images a second in the app and without it."""
    alone, watched = [], []
    for _ in range(PAIRS):
        alone.append(without_app())
        watched.append(in_app(browser, address))
    print(f"{'images a second':28} {'alone':>7} {'in app':>7} {'ratio':>6}  lowest..highest")
    for name, kind in (("on this machine", 0), ("but for waiting for a core", 1)):
        a, b = [rate[kind] for rate in alone], [rate[kind] for rate in watched]
        ratios = sorted(y / x for x, y in zip(a, b, strict=True))
        print(
            f"{name:28} {statistics.median(a):7,.0f} {statistics.median(b):7,.0f} "
            f"{statistics.median(ratios):6.0%}  {ratios[0]:.0%}..{ratios[-1]:.0%}"
        )


def without_app() -> Rate:
    """Train in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.app_training"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Rate(*(float(number) for number in output.split()))


def measure() -> None:
    """Train for a while, and print both rates."""
    import nn
    from data_loader import load_mnist

    dataset = load_mnist()
    before = core_waits(os.getpid())
    for record in nn.train(replace(nn.recipes[RECIPE], epochs=EPOCHS), dataset):
        if record.seconds > SECONDS:
            break
    print(*rate(record.epoch, record.seconds, before, core_waits(os.getpid())))


def in_app(browser: Browser, address: str) -> Rate:
    """Train in the app, watched on the Train page."""
    server = server_process(address)
    page = open_train_page(browser, address)
    before = core_waits(server)
    page.get_by_role("button", name="Start").click()
    page.get_by_text(f"of {EPOCHS} ·").wait_for()
    page.wait_for_timeout(SECONDS * 1_000)
    page.get_by_role("button", name="Stop").click()
    said = page.get_by_text("Stopped after").inner_text()
    result = RESULT.search(said)
    assert result is not None, said
    epochs, seconds = (float(number.replace(",", "")) for number in result.groups())
    after = core_waits(server)
    page.context.close()
    return rate(epochs, seconds, before, after)


def rate(epochs: float, seconds: float, before: dict[int, Waits], after: dict[int, Waits]) -> Rate:
    """Return a run's two rates, given what its process's threads had waited before and after."""
    spent = {
        thread: Waits(busy - before[thread].busy, waiting - before[thread].waiting)
        if thread in before
        else Waits(busy, waiting)
        for thread, (busy, waiting) in after.items()
    }
    waited = max(spent.values(), default=Waits(0.0, 0.0)).waiting  # the busiest thread trains
    return Rate(epochs * IMAGES / seconds, epochs * IMAGES / (seconds - waited))


def core_waits(process: int | None) -> dict[int, Waits]:
    """Return Linux's scheduling statistics of each thread of a process; elsewhere nothing."""
    found = {}
    for file in Path(f"/proc/{process}/task").glob("*/schedstat"):
        try:
            busy, waiting, _ = file.read_text().split()
        except OSError:  # the thread has just ended
            continue
        found[int(file.parent.name)] = Waits(int(busy) / 1e9, int(waiting) / 1e9)
    return found


def server_process(address: str) -> int | None:
    """Return the process that `serve` started for an address; None where that cannot be found."""
    option = f"--server.port={address.rpartition(':')[2]}".encode()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if option in file.read_bytes().split(b"\0"):
                return int(file.parent.name)
        except OSError:
            continue
    return None


def open_train_page(browser: Browser, address: str) -> Page:
    """Return a fresh visitor's Train page, the run set up."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/train")
    page.get_by_text("More recipes").click()
    page.get_by_role("combobox", name="Recipe").click()
    page.get_by_role("option", name=RECIPE).click()
    page.get_by_text("98% test accuracy on MNIST in five epochs").wait_for()
    page.get_by_role("slider", name="Epochs").press("End")
    page.wait_for_timeout(1_500)
    return page


def answers(browser: Browser, address: str) -> None:
    """Print how long pages and clicks on digits take."""
    page = open_train_page(browser, address)
    click_through(page, 1)  # what is loaded and computed once does not count
    print(f"\n{'':28} {'first sign':^24} {'all there':^24}")
    print(f"{'ms from the click':28} " + f"{'median':>7} {'95 %':>7} {'highest':>8} " * 2)
    for title in ("no run", "a run going on"):
        if title == "a run going on":
            page.get_by_role("button", name="Start").click()
            page.get_by_text(f"of {EPOCHS} ·").wait_for()
        for name, times in click_through(page, ROUNDS).items():
            print_times(f"{name}, {title}", times)
    page.get_by_role("button", name="Stop").click()
    page.context.close()


def click_through(page: Page, rounds: int) -> dict[str, list[list[float]]]:
    """Visit all pages in turn, and click on digits; end on the Train page."""
    times: dict[str, list[list[float]]] = {f"to {name}": [] for name in PAGES}
    times["a digit"] = []
    for _ in range(rounds):
        for name, done in PAGES.items():
            times[f"to {name}"].append(answer(page, f'a[href$="/{name}"]', 0, done))
            page.wait_for_timeout(700)
            if name == "explore":
                page.locator("button.cell").nth(100).wait_for(state="attached")
                for cell in range(3, 3 + 7 * CLICKS // ROUNDS, 7):
                    title = page.locator("button.cell").nth(cell).get_attribute("title") or ""
                    chosen = [("p", f" image {int(title.partition(', index ')[2]):,}")]
                    times["a digit"].append(answer(page, "button.cell", cell, chosen))
                    page.wait_for_timeout(400)
    return times


def answer(page: Page, find: str, number: int, done: Sequence[tuple[str, str]]) -> list[float]:
    """Click on an element; return the milliseconds to the first and to the complete response."""
    times: list[float] = page.evaluate(ANSWER, [find, number, [list(one) for one in done]])
    return times


def print_times(name: str, times: list[list[float]]) -> None:
    """Print a line of the second table."""
    line = f"{name:28} "
    for column in zip(*times, strict=True):
        ordered = sorted(column)
        at_95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        line += f"{statistics.median(ordered):7.0f} {at_95:7.0f} {ordered[-1]:8.0f} "
    print(line.rstrip())


if __name__ == "__main__":
    measure()
