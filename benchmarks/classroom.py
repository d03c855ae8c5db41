"""A class at one server: thirty visitors browse, draw and train, over the real websocket.

A server of its own is started the way that the README names for a class, and everything happens on
this machine: server, trainings and visitors share its cores. Milliseconds count from the moment a
visitor asks, a wait for a rerun of the same page included, until the script that answers has ended.
What is answered is looked at: a failure is an error on the page, an answer that does not fit, or
none.

Memory is what the server's process and its children hold (resident set). What all visitors share
is there once the first ones have seen every page, and trained a network on each core; the rest is
the class's.

With ``--visits`` short visits come one after another instead, a few at a time, and what memory does
meanwhile is fitted by a line.
"""

import argparse
import asyncio
import base64
import io
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import streamlit
from PIL import Image, ImageDraw

from benchmarks.app_training import server_process
from benchmarks.visitor import Fault, Visitor
from data_loader import DataError, find_mnist
from inkling.training.queue import available_cores
from tools.app_driver import serve

ENTRY = "deploy/asgi.py"
RECIPE = "fast-98"
SEED = 20261121
ARRIVALS = 15.0  # seconds in which a class arrives
THINKING = (1.0, 4.0)  # seconds between two clicks of a visitor, from and to
WATCHING = 20.0  # seconds that a visitor looks at a run before doing something else
MOST_REQUESTS = 2_000  # of a visitor
MOST_FAULTS = 3  # after which a visitor leaves
AFTER = 180.0  # seconds after all have left; Streamlit keeps a session for 120
SOON = 10.0  # the same, with --quick
SAMPLE = 0.25  # seconds between two looks at the memory
AT_ONCE = 4  # of the short visits
WARM_UP = 200  # short visits until caches are full: Streamlit alone keeps 128 sessions
EVERY = 20  # short visits between two looks at the memory
SIDE = 330  # of the canvas

Stroke = Sequence[tuple[int, int]]
"""The corners of a stroke of the pen, in pixels."""

DIGITS: tuple[tuple[Stroke, ...], ...] = (
    (((165, 70), (160, 260)),),
    (((110, 110), (165, 75), (215, 120), (120, 250)), ((120, 250), (225, 250))),
    (((105, 80), (220, 85), (150, 260)), ((120, 170), (205, 165))),
    (((125, 75), (115, 165), (215, 160)), ((205, 80), (195, 260))),
    (((165, 75), (110, 165), (165, 255), (220, 165), (165, 75)),),
)


class Notes:
    """What visitors did, how soon they were answered, and what went wrong.

    Attributes
    ----------
    seconds : dict of str to list of float
        Of each action.
    faults : dict of str to list of str
        What went wrong in each action.
    started : int
        Trainings.
    requests : int
        Files and reruns that were asked for.
    kept : Path or None
        Where the server keeps runs that have ended; tells whether any goes on.
    """

    def __init__(self, kept: Path | None = None) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.faults: dict[str, list[str]] = defaultdict(list)
        self.started = self.requests = 0
        self.kept = kept

    def add(self, action: str, seconds: float, fault: str = "") -> None:
        """Note an action and what was wrong with it, if anything was."""
        self.seconds[action].append(seconds)
        if fault:
            self.faults[action].append(fault)

    async def timed(
        self, action: str, doing: Awaitable[None], right: Callable[[], bool] = lambda: True
    ) -> None:
        """Wait for an answer, note how long that takes, and whether it is right.

        Raises
        ------
        Fault
            If it is not, or there is none.
        """
        began = time.perf_counter()
        fault = ""
        try:
            await doing
            if not right():
                fault = "an answer that does not fit"
        except Fault as error:
            fault = str(error)
        self.add(action, time.perf_counter() - began, fault)
        if fault:
            raise Fault(fault)

    @property
    def finished(self) -> int:
        """Trainings that have ended and are kept."""
        return len(list(self.kept.glob("*.safetensors"))) if self.kept else 0


class Pupil:
    """A visitor who does what people do, at random, and reads the answers.

    Parameters
    ----------
    visitor : Visitor
    notes : Notes
    seed : int
    thinking : (float, float)
        Seconds between two clicks, from and to.
    """

    def __init__(
        self, visitor: Visitor, notes: Notes, seed: int, thinking: tuple[float, float] = THINKING
    ) -> None:
        self.visitor, self.notes = visitor, notes
        self._random = random.Random(seed)
        self._thinking = thinking

    async def arrive(self) -> None:
        """Open the app on its Explore page."""
        await self.notes.timed("fetch the files", self.visitor.fetch_files())
        await self.notes.timed("arrive", self.visitor.open("explore"), self._is_on("explore"))

    async def think(self) -> None:
        """Do nothing for a while."""
        await asyncio.sleep(self._random.uniform(*self._thinking))

    async def anything(self) -> None:
        """Do one thing or another, for a while."""
        doings = (self.browse, self.draw, self.train, self.look_elsewhere)
        await self._random.choices(doings, weights=(3, 4, 3, 2))[0]()

    async def go(self, page: str) -> None:
        """Turn to another page."""
        await self.notes.timed(f"open {page.title()}", self.visitor.go(page), self._is_on(page))
        await self.think()

    def _is_on(self, page: str) -> Callable[[], bool]:
        return lambda: page.title() in self.visitor.texts("heading")

    async def browse(self) -> None:
        """Click on digits on Explore, and turn the page of the grid."""
        await self.go("explore")
        for click in range(self._random.randint(3, 6)):
            if click % 3 == 2:
                await self._turn_page()
            else:
                await self.click_digit()
            await self.think()

    async def click_digit(self) -> None:
        """Click on one of the digits of the grid."""
        grid = self.visitor.find("bidi_component", "explore_grid").element.bidi_component
        index = self._random.choice(json.loads(grid.json)["cells"])["index"]
        await self.notes.timed(
            "click a digit",
            self.visitor.trigger("explore_grid", "picked", index),
            lambda: any(f", index {index:,}" in text for text in self.visitor.texts("markdown")),
        )

    async def _turn_page(self) -> None:
        pages = self.visitor.find("pagination", "explore_page").element.pagination.num_pages
        page = self._random.randint(1, pages)
        await self.notes.timed(
            "turn the page",
            self.visitor.set("pagination", "explore_page", int_value=page),
            lambda: any(
                text.startswith(f"{120 * (page - 1) + 1:,} to ")
                for text in self.visitor.texts("markdown")
            ),
        )

    async def draw(self) -> None:
        """Draw two digits, stroke by stroke."""
        await self.go("draw")
        await self.send_strokes([], "the canvas is loaded")
        for digit in self._random.sample(DIGITS, 2):
            for strokes in range(1, len(digit) + 1):
                going_on = self.notes.started > self.notes.finished
                action = "a stroke, runs go on" if going_on else "a stroke, no run"
                await self.send_strokes(digit[:strokes], action)
                await self.think()
            await self.notes.timed(
                "clear", self.visitor.press("Clear"), lambda: self._answer() == "?"
            )
            await self.think()

    async def send_strokes(self, strokes: Sequence[Stroke], action: str) -> None:
        """Let the canvas send these strokes, and read the answer."""
        state = canvas_state(strokes, self._random)
        await self.notes.timed(
            action,
            self.visitor.set("bidi_component", "canvas_", json_value=state),
            lambda: self._answer().isdigit() or not strokes,
        )

    def _answer(self) -> str:
        return str(self.visitor.find("metric", "Answer").element.metric.body)

    async def train(self) -> None:
        """Start a run, or turn back to the one that goes on, and watch it for a while."""
        visitor = self.visitor
        await self.go("train")
        if not visitor.has("button", "Pause"):
            await self.notes.timed(
                "choose a recipe", visitor.set("selectbox", "Recipe", string_value=RECIPE)
            )
            self.notes.started += 1
            await self.notes.timed("start a run", visitor.press("Start"))
        until = time.monotonic() + WATCHING
        while visitor.has("button", "Pause") and time.monotonic() < until:
            await asyncio.sleep(SAMPLE)
        if visitor.has("button", "Pause"):
            return
        await visitor.settled()
        if not any(text.startswith("**Done: it reads") for text in visitor.texts("alert")):
            self.notes.add("see the result", 0.0, "the page does not say what came of a run")

    async def look_elsewhere(self) -> None:
        """Look at the mistakes, and into the network."""
        await self.go("mistakes")
        await self.go("inside")


def canvas_state(strokes: Sequence[Stroke], chance: random.Random) -> str:
    """Return what the canvas sends after some strokes, a little different each time.

    Parameters
    ----------
    strokes : sequence of Stroke
    chance : Random
    """
    sheet = Image.new("RGBA", (SIDE, SIDE))
    pen = ImageDraw.Draw(sheet)
    objects = []
    for corners in strokes:
        moved = [(x + chance.uniform(-8, 8), y + chance.uniform(-8, 8)) for x, y in corners]
        pen.line(moved, (28, 36, 48, 255), 20, joint="curve")
        points = [
            (x0 + (x1 - x0) * k / 12, y0 + (y1 - y0) * k / 12)
            for (x0, y0), (x1, y1) in pairwise(moved)
            for k in range(12)
        ]
        path = [["Q", x, y, x + 1, y + 1] for x, y in points]
        objects.append({"type": "Path", "strokeWidth": 20, "stroke": "#1c2430", "path": path})
    file = io.BytesIO()
    sheet.save(file, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return json.dumps(
        {"drawing": {"raw": {"objects": objects}, "data": url}, "backgroundFit": None}
    )


class Memory:
    """What a server's process and its children hold, in bytes, and the cores that are at work.

    Parameters
    ----------
    address : str

    Attributes
    ----------
    peak : int
        The most that was seen.
    """

    def __init__(self, address: str) -> None:
        self._process = psutil.Process(server_process(address))
        self.peak = 0
        self._since = self._spent()

    def now(self) -> int:
        """Return what is held now."""
        held = 0
        for process in (self._process, *self._process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                held += process.memory_info().rss
        self.peak = max(self.peak, held)
        return held

    def cores(self) -> dict[str, float]:
        """Return how many cores server, visitors and all else kept busy since the last call."""
        since, self._since = self._since, self._spent()
        clock, server, visitors, all_ = (
            after - before for before, after in zip(since, self._since, strict=True)
        )
        busy = {"server": server, "visitors": visitors, "all else": all_ - server - visitors}
        return {who: seconds / clock for who, seconds in busy.items()}

    def _spent(self) -> tuple[float, float, float, float]:
        """Return the time, and seconds that server, visitors and the whole machine computed."""
        times = [process.cpu_times() for process in (self._process, psutil.Process())]
        server, visitors = (spent.user + spent.system for spent in times)
        machine = psutil.cpu_times()
        return time.monotonic(), server, visitors, sum(machine) - machine.idle - _waiting(machine)

    async def watch(self) -> None:
        """Look again and again, for the peak."""
        while True:
            self.now()
            await asyncio.sleep(SAMPLE)


def _waiting(machine: Any) -> float:
    """Return the seconds that cores waited for a disk, and those that are counted twice."""
    return sum(getattr(machine, kind, 0.0) for kind in ("iowait", "guest", "guest_nice"))


def main() -> None:
    """Hold the class, or have the short visits, and print what came of it."""
    asked = parser().parse_args(sys.argv[2:])
    after = SOON if asked.quick else AFTER
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "runs"
        with served(asked.entry, kept) as address:
            print_machine(asked.entry)
            if asked.visits:
                asyncio.run(short_visits(address, asked.visits, after))
            else:
                asyncio.run(hold(address, kept, asked.visitors, asked.seconds, after))


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    found = argparse.ArgumentParser(prog="python -m benchmarks classroom")
    found.add_argument("--visitors", type=at_most(200), default=30, metavar="N")
    found.add_argument("--seconds", type=at_most(3_600), default=180, help="of the lesson")
    found.add_argument("--visits", type=at_most(5_000), default=0, help="short ones, instead")
    found.add_argument("--quick", action="store_true", help=f"wait {SOON:.0f} s at the end")
    found.add_argument("--entry", default=ENTRY, help=f"what is served, {ENTRY} if left out")
    return found


def at_most(most: int) -> Callable[[str], int]:
    """Return what reads a whole number from 1 to a bound."""

    def read(text: str) -> int:
        number = int(text)
        if not 1 <= number <= most:
            raise argparse.ArgumentTypeError(f"a number from 1 to {most:,}")
        return number

    return read


@contextmanager
def served(entry: str, kept: Path) -> Iterator[str]:
    """Start the app on MNIST, or where that is not at hand, on the built-in digits."""
    environment = {"RUNS_DIR": str(kept)}
    if not has_mnist():  # nothing is fetched from elsewhere: the way out is closed
        environment |= dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    with serve(entry, **environment) as address:
        yield address


def has_mnist() -> bool:
    """Return whether MNIST is on this machine."""
    with suppress(DataError):
        return find_mnist() is not None
    return False


def print_machine(entry: str) -> None:
    """Print what this is measured on."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(
        f"{os.cpu_count()} cores, load average {load} before; Python {platform.python_version()}, "
        f"Streamlit {streamlit.__version__}; {entry}, "
        f"{'MNIST' if has_mnist() else 'built-in digits'}; visitors on the same machine\n",
        flush=True,
    )


async def hold(address: str, kept: Path, visitors: int, seconds: float, after: float) -> None:
    """Hold a lesson, and print two tables."""
    memory = Memory(address)
    started = memory.now()
    await asyncio.gather(*(everything(address, Notes()) for _ in range(available_cores())))
    shared = memory.peak = memory.now()
    notes = Notes(kept)
    notes.started = notes.finished
    before = notes.finished
    watching = asyncio.create_task(memory.watch())
    memory.cores()
    began = time.monotonic()
    await lesson(address, notes, visitors, seconds)
    took, cores = time.monotonic() - began, memory.cores()
    at_the_end, finished = memory.now(), notes.finished
    await asyncio.sleep(after)
    watching.cancel()
    left = memory.now()
    print_answers(notes)
    print(
        f"\n{visitors} visitors, {took:.0f} s, {notes.requests:,} requests; trainings begun "
        f"{notes.started - before}, finished {finished - before} by the end of the lesson, "
        f"{notes.finished - before} in the end\n"
        f"cores at work: {', '.join(f'{who} {many:.2f}' for who, many in cores.items())}\n"
    )
    print("| server's memory | MB |\n| --- | ---: |")
    for when, held in {
        "as it starts": started,
        "shared: after the first visitors saw everything": shared,
        "at the peak": memory.peak,
        "as the last one leaves": at_the_end,
        f"{after:.0f} s later": left,
        "a visitor, at the peak beside what is shared": (memory.peak - shared) / visitors,
    }.items():
        print(f"| {when} | {held / 1e6:,.1f} |")


async def everything(address: str, notes: Notes) -> None:
    """Let a visitor do each thing once, in haste."""
    async with Visitor(address, notes.add) as visitor:
        pupil = Pupil(visitor, notes, SEED, thinking=(0.0, 0.0))
        await pupil.arrive()
        await pupil.browse()
        await pupil.draw()
        await pupil.train()
        await pupil.look_elsewhere()
    notes.requests += visitor.requests


async def lesson(
    address: str,
    notes: Notes,
    visitors: int,
    seconds: float,
    thinking: tuple[float, float] = THINKING,
) -> None:
    """Let visitors come, do what they like until the time is up, and leave.

    Parameters
    ----------
    address : str
    notes : Notes
        What becomes of it.
    visitors : int
    seconds : float
        From the first arrival on.
    thinking : (float, float)
        Seconds between two clicks of a visitor, from and to.
    """
    until = time.monotonic() + seconds

    async def attend(number: int) -> None:
        await asyncio.sleep(min(ARRIVALS, seconds / 4) * number / visitors)
        faults = 0
        async with Visitor(address, notes.add) as visitor:
            pupil = Pupil(visitor, notes, SEED + number, thinking)
            with suppress(Fault):  # noted
                await pupil.arrive()
                while time.monotonic() < until and visitor.requests < MOST_REQUESTS:
                    await pupil.think()
                    try:
                        await pupil.anything()
                    except Fault:  # noted
                        faults += 1
                        if faults == MOST_FAULTS:
                            break
        notes.requests += visitor.requests

    await asyncio.gather(*(attend(number) for number in range(visitors)))


def print_answers(notes: Notes) -> None:
    """Print a line for each action, and then what went wrong."""
    print("| action | times | p50, ms | p95, ms | highest | failures |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for action, seconds in notes.seconds.items():
        ordered = sorted(1e3 * one for one in seconds)
        at_95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        print(
            f"| {action} | {len(ordered):,} | {statistics.median(ordered):,.0f} | {at_95:,.0f} "
            f"| {ordered[-1]:,.0f} | {len(notes.faults.get(action, []))} |"
        )
    for action, faults in notes.faults.items():
        for fault in sorted(set(faults)):
            print(f"\n{action}, {faults.count(fault)} times: {fault}")


async def short_visits(address: str, visits: int, after: float) -> None:
    """Have short visits, and print what the server holds after every hundred of them."""
    memory = Memory(address)
    notes = Notes()
    await everything(address, notes)
    print("| visits | server's memory, MB |\n| ---: | ---: |")
    held = [(0, memory.now())]
    print(f"| 0 | {held[0][1] / 1e6:,.1f} |", flush=True)
    for done in range(0, visits, EVERY):
        now = range(done, min(done + EVERY, visits))
        doors = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(short_visit(address, notes, number, doors) for number in now))
        held.append((now[-1] + 1, memory.now()))
        if held[-1][0] % 100 == 0:
            print(f"| {held[-1][0]} | {held[-1][1] / 1e6:,.1f} |", flush=True)
    await asyncio.sleep(after)
    print(f"| {after:.0f} s later | {memory.now() / 1e6:,.1f} |\n")
    counts, sizes = np.array([pair for pair in held if pair[0] >= min(WARM_UP, visits // 2)]).T
    growth = np.polyfit(counts, sizes, 1)[0]
    print(f"From visit {counts[0]} on it grows by {growth / 1e3:,.1f} kB a visit.\n")
    print_answers(notes)


async def short_visit(address: str, notes: Notes, number: int, doors: asyncio.Semaphore) -> None:
    """Come, click on a digit, draw one, and leave; wait at the door while there is a crowd."""
    async with doors, Visitor(address, notes.add) as visitor:
        pupil = Pupil(visitor, notes, SEED + number, thinking=(0.0, 0.0))
        with suppress(Fault):  # noted
            await notes.timed("arrive", visitor.open("explore"))
            await pupil.click_digit()
            await pupil.go("draw")
            await pupil.send_strokes(DIGITS[number % len(DIGITS)], "a stroke")
    notes.requests += visitor.requests
