"""Load test: thirty simulated visitors browse, draw and train, over the real websocket.

The server is started as the README describes for a class; server, trainings and visitors share one
machine. Latency is measured from the request, including a wait for a rerun of the same page, to the
end of the script run. Responses are checked: a failure is an error on the page, a wrong
response, or none.

Memory is the resident set of the server's process and its children. What all visitors share is
measured after the first ones have opened every page and trained a network on each core.

With ``--draw`` all visitors draw, while two more train one network after the other.
With ``--visits`` there are short visits instead, a few at a time; a line is fitted to the memory.
With ``--storm`` many visitors start a run, leave, and come again; the server's memory and file
descriptors before are compared with those after they have left.
"""

import argparse
import asyncio
import json
import math
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

from benchmarks.app_training import server_process
from benchmarks.visitor import Fault, Visitor
from data_loader import DataError, find_mnist
from inkling.data.strokes import CANVAS_SIDE, parse_strokes, to_canvas_object
from inkling.training.queue import available_cores
from tools.app_driver import serve

ENTRY = "deploy/asgi.py"
RECIPE = "fast-98"
SEED = 20261121
ARRIVALS = 15.0  # seconds over which arrivals are spread
THINKING = (1.0, 4.0)  # seconds between two clicks of a visitor, from and to
WATCHING = 20.0  # seconds that a visitor watches a run
MOST_REQUESTS = 2_000  # of a visitor
MOST_FAULTS = 3  # after which a visitor leaves
AFTER = 180.0  # seconds after all have left; Streamlit keeps a session for 120
SOON = 10.0  # the same, with --quick
SAMPLE = 0.25  # seconds between two samples of memory
AT_ONCE = 4  # of the short visits
WARM_UP = 200  # short visits until caches are full: Streamlit alone keeps 128 sessions
EVERY = 20  # short visits between two samples of memory
STORM = 300  # visitors
STORM_AT_ONCE = 30  # of them
STORM_RECIPE = "fast-97"
STORM_AFTER = 300.0  # seconds after all have left
STORM_GROWTH = 0.2  # of memory and descriptors that is allowed after this time
VISITOR_COOKIE = "inkling_visitor"
TRAININGS = 2  # at once, with --draw
PAUSES = (0.3, 1.5)  # seconds between two strokes of a visitor who draws all the time
SPEED = 250.0  # that a pen moves in a second
MOVES_PER_SECOND = 60
SENT_AFTER = 0.2  # seconds after which the canvas sends a stroke that was drawn live
SIDE = 330  # in which the corners of strokes are given
PEN = 54  # pixels of the canvas
FINAL = "final answer, "
"""How the names of the actions begin that answer a pen that was lifted."""

Corners = Sequence[tuple[float, float]]
"""The corners of a stroke of the pen, on a canvas of `SIDE`."""

DIGITS: tuple[tuple[Corners, ...], ...] = (
    (((165, 70), (160, 260)),),
    (((110, 110), (165, 75), (215, 120), (120, 250)), ((120, 250), (225, 250))),
    (((105, 80), (220, 85), (150, 260)), ((120, 170), (205, 165))),
    (((125, 75), (115, 165), (215, 160)), ((205, 80), (195, 260))),
    (((165, 75), (110, 165), (165, 255), (220, 165), (165, 75)),),
)


class Notes:
    """Latencies and faults of the visitors' actions.

    Attributes
    ----------
    seconds : dict of str to list of float
        Latencies of each action.
    faults : dict of str to list of str
        Error messages of each action.
    started : int
        Number of trainings.
    requests : int
        Number of requested files and reruns.
    runs_folder : Path or None
        Folder of the server's saved runs, by which finished trainings are counted.
    """

    def __init__(self, runs_folder: Path | None = None) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.faults: dict[str, list[str]] = defaultdict(list)
        self.started = self.requests = 0
        self.runs_folder = runs_folder

    def add(self, action: str, seconds: float, fault: str = "") -> None:
        """Record an action's latency, and its fault if there was one."""
        self.seconds[action].append(seconds)
        if fault:
            self.faults[action].append(fault)

    async def timed(
        self, action: str, doing: Awaitable[None], right: Callable[[], bool] = lambda: True
    ) -> None:
        """Await an action and record its latency and whether `right()` holds afterwards.

        Raises
        ------
        Fault
            If the response is wrong or missing.
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
        """Number of finished, saved trainings."""
        return len(list(self.runs_folder.glob("*.safetensors"))) if self.runs_folder else 0


class RandomVisitor:
    """A visitor who performs random actions and checks the responses.

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
        self._paused_until = 0.0

    async def arrive(self) -> None:
        """Open the app on its Explore page."""
        await self.notes.timed("fetch the files", self.visitor.fetch_files())
        await self.notes.timed("arrive", self.visitor.open("explore"), self._is_on("explore"))

    async def think(self) -> None:
        """Wait for a random time."""
        await asyncio.sleep(self._random.uniform(*self._thinking))

    async def random_activity(self) -> None:
        """Perform a random activity."""
        activities = (self.browse, self.draw, self.train, self.open_other_pages)
        await self._random.choices(activities, weights=(3, 4, 3, 2))[0]()

    async def go(self, page: str) -> None:
        """Open another page."""
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
            lambda: any(f" image {index:,}" in text for text in self.visitor.texts("markdown")),
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
            await self.draw_digit(digit)

    async def draw_digit(self, digit: Sequence[Corners]) -> None:
        """Draw a digit as a person does, with some variation, and clear the canvas."""
        strokes = [vary(corners, self._random) for corners in digit]
        for count in range(1, len(strokes) + 1):
            await self._draw_last(strokes[:count])
            await self.think()
        await self.notes.timed("clear", self.visitor.press("Clear"), lambda: self._answer() == "?")
        await self.think()

    async def _draw_last(self, strokes: Sequence[Corners]) -> None:
        """Draw the last of these strokes, and send it as a browser does: one request at a time."""
        active = self.notes.started > self.notes.finished
        runs = "runs active" if active else "no run active"
        points = along(strokes[-1])
        began = time.monotonic()
        while (count := round(MOVES_PER_SECOND * (time.monotonic() - began))) < len(points):
            if count > 0 and time.monotonic() >= self._paused_until:
                live = [*strokes[:-1], points[:count]]
                await self._send_live(live, f"live answer, {runs}", pen_down=True)
                self._paused_until = time.monotonic() + self._reader()["pause"] / 1000
            await asyncio.sleep(1 / MOVES_PER_SECOND)
        lifted = began + len(points) / MOVES_PER_SECOND
        await self._send_live([*strokes[:-1], points], f"{FINAL}{runs}", pen_down=False)
        self.notes.add(f"pen lifted to {FINAL}{runs}", time.monotonic() - lifted)
        await asyncio.sleep(max(0.0, lifted + SENT_AFTER - time.monotonic()))
        await self.send_strokes(strokes, f"all else after a stroke, {runs}")

    async def _send_live(self, strokes: Sequence[Corners], action: str, pen_down: bool) -> None:
        """Send strokes before the canvas sends them, and check that they are answered."""
        reader = self._reader()
        drawing = {
            "canvas": reader["canvas"],
            "number": reader["answered"] + 1,
            "pen_down": pen_down,
            "strokes": [to_message(stroke) for stroke in strokes],
        }
        await self.notes.timed(
            action,
            self.visitor.trigger("live_reader", "drawing", drawing),
            lambda: self._answer().isdigit() and self._reader()["answered"] == drawing["number"],
        )

    def _reader(self) -> dict[str, Any]:
        """Return what the app tells the component that follows the pen."""
        reader = self.visitor.find("bidi_component", "live_reader").element.bidi_component
        told: dict[str, Any] = json.loads(reader.json)
        return told

    async def send_strokes(self, strokes: Sequence[Corners], action: str) -> None:
        """Send the canvas state of these strokes, and check the answer."""
        await self.notes.timed(
            action,
            self.visitor.set("bidi_component", "canvas_", json_value=canvas_state(strokes)),
            lambda: self._answer().isdigit() or not strokes,
        )

    def _answer(self) -> str:
        return str(self.visitor.find("metric", "Answer").element.metric.body)

    async def train(self) -> None:
        """Start a run, or return to the active one, and watch it for a while."""
        visitor = self.visitor
        await self.go("train")
        if not visitor.has("button", "Pause"):
            await self.start_run(RECIPE)
        until = time.monotonic() + WATCHING
        while visitor.has("button", "Pause") and time.monotonic() < until:
            await asyncio.sleep(SAMPLE)
        if visitor.has("button", "Pause"):
            return
        await visitor.settled()
        if not any(text.startswith("**Done**") for text in visitor.texts("markdown")):
            self.notes.add("see the result", 0.0, "the page does not say what came of a run")

    async def train_on(self) -> None:
        """Start a run where none is active, on the page Train, and look at it for a moment."""
        if not self.visitor.has("button", "Pause"):
            await self.start_run(RECIPE)
        await asyncio.sleep(SAMPLE)

    async def draw_any_digit(self) -> None:
        """Draw one of the digits, on the page Draw."""
        await self.draw_digit(self._random.choice(DIGITS))

    async def start_run(self, recipe: str) -> None:
        """Start a run on the page Train, which is open."""
        await self.notes.timed(
            "choose a recipe", self.visitor.set("selectbox", "Recipe", string_value=recipe)
        )
        self.notes.started += 1
        await self.notes.timed("start a run", self.visitor.press("Start"))

    async def open_other_pages(self) -> None:
        """Open the pages Mistakes and Inside."""
        await self.go("mistakes")
        await self.go("inside")


def vary(corners: Corners, chance: random.Random) -> Corners:
    """Return a stroke with its corners moved a little at random."""
    return [(x + chance.uniform(-8, 8), y + chance.uniform(-8, 8)) for x, y in corners]


def along(corners: Corners) -> Corners:
    """Return the points of a stroke at which the pen is from one move to the next."""
    points = [corners[0]]
    for (x0, y0), (x1, y1) in pairwise(corners):
        steps = max(1, round(math.dist((x0, y0), (x1, y1)) * MOVES_PER_SECOND / SPEED))
        points += [
            (x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps) for k in range(1, steps + 1)
        ]
    return points


def to_message(corners: Corners) -> list[float]:
    """Return a stroke as the browser sends it while the pen moves."""
    scale = CANVAS_SIDE / SIDE
    return [PEN, *(round(scale * number, 1) for point in corners for number in point)]


def canvas_state(strokes: Sequence[Corners]) -> str:
    """Return the canvas state of some strokes."""
    parsed = parse_strokes([to_message(along(corners)) for corners in strokes]) or []
    objects = {"objects": [to_canvas_object(stroke) for stroke in parsed]}
    return json.dumps({"drawing": {"raw": objects, "data": None}, "backgroundFit": None})


class Memory:
    """Resident memory of a server's process and its children in bytes, and busy cores.

    Parameters
    ----------
    address : str

    Attributes
    ----------
    peak : int
        Largest measured value.
    """

    def __init__(self, address: str) -> None:
        self._process = psutil.Process(server_process(address))
        self.peak = 0
        self._since = self._spent()

    def now(self) -> int:
        """Return the current resident memory."""
        held = 0
        for process in (self._process, *self._process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                held += process.memory_info().rss
        self.peak = max(self.peak, held)
        return held

    def descriptors(self) -> int:
        """Return the number of open file descriptors of the server's process; Windows: handles."""
        count = self._process.num_handles if sys.platform == "win32" else self._process.num_fds
        return int(count())

    def cores(self) -> dict[str, float]:
        """Return the mean number of cores used by server, visitors and the rest since last call."""
        since, self._since = self._since, self._spent()
        clock, server, visitors, all_ = (
            after - before for before, after in zip(since, self._since, strict=True)
        )
        busy = {"server": server, "visitors": visitors, "all else": all_ - server - visitors}
        return {who: seconds / clock for who, seconds in busy.items()}

    def _spent(self) -> tuple[float, float, float, float]:
        """Return the time and the CPU seconds of server, visitors and the whole machine."""
        times = [process.cpu_times() for process in (self._process, psutil.Process())]
        server, visitors = (spent.user + spent.system for spent in times)
        machine = psutil.cpu_times()
        return time.monotonic(), server, visitors, sum(machine) - machine.idle - _waiting(machine)

    async def watch(self) -> None:
        """Sample the memory repeatedly, for the peak."""
        while True:
            self.now()
            await asyncio.sleep(SAMPLE)


def _waiting(machine: Any) -> float:
    """Return the CPU seconds spent waiting for a disk, and those that are counted twice."""
    return sum(getattr(machine, kind, 0.0) for kind in ("iowait", "guest", "guest_nice"))


def main() -> None:
    """Run the lesson, the short visits or the storm, and print the results."""
    options = parser().parse_args(sys.argv[2:])
    after = SOON if options.quick else STORM_AFTER if options.storm else AFTER
    with tempfile.TemporaryDirectory() as folder:
        runs_folder = Path(folder) / "runs"
        with serve_app(options.entry, runs_folder) as address:
            print_machine(options.entry)
            if options.storm:
                asyncio.run(storm(address, STORM, after))
            elif options.draw:
                asyncio.run(
                    measure_drawing(address, runs_folder, options.visitors, options.seconds)
                )
            elif options.visits:
                asyncio.run(short_visits(address, options.visits, after))
            else:
                asyncio.run(
                    measure_lesson(address, runs_folder, options.visitors, options.seconds, after)
                )


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    found = argparse.ArgumentParser(prog="python -m benchmarks classroom")
    found.add_argument("--visitors", type=at_most(200), default=30, metavar="N")
    found.add_argument("--seconds", type=at_most(3_600), default=180, help="of the lesson")
    found.add_argument("--draw", action="store_true", help="all visitors draw, two more train")
    found.add_argument("--visits", type=at_most(5_000), default=0, help="short ones, instead")
    found.add_argument("--storm", action="store_true", help=f"{STORM} visitors start runs, leave")
    found.add_argument("--quick", action="store_true", help=f"wait {SOON:.0f} s at the end")
    found.add_argument("--entry", default=ENTRY, help=f"what is served, {ENTRY} if left out")
    return found


def at_most(most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from 1 to a bound."""

    def read(text: str) -> int:
        number = int(text)
        if not 1 <= number <= most:
            raise argparse.ArgumentTypeError(f"a number from 1 to {most:,}")
        return number

    return read


@contextmanager
def serve_app(entry: str, runs_folder: Path, **environment: str) -> Iterator[str]:
    """Serve the app on MNIST, or if that is missing, on the built-in digits."""
    environment |= {"RUNS_DIR": str(runs_folder)}
    if not has_mnist():  # an unreachable proxy prevents downloads
        environment |= dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    with serve(entry, **environment) as address:
        yield address


def has_mnist() -> bool:
    """Return whether MNIST is on this machine."""
    with suppress(DataError):
        return find_mnist() is not None
    return False


def print_machine(entry: str) -> None:
    """Print the machine, versions and data set."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(
        f"{os.cpu_count()} cores, load average {load} before; Python {platform.python_version()}, "
        f"Streamlit {streamlit.__version__}; {entry}, "
        f"{'MNIST' if has_mnist() else 'built-in digits'}; visitors on the same machine\n",
        flush=True,
    )


async def measure_lesson(
    address: str, runs_folder: Path, visitors: int, seconds: float, after: float
) -> None:
    """Run a lesson, and print latencies and memory."""
    memory = Memory(address)
    started = memory.now()
    await asyncio.gather(*(each_activity_once(address, Notes()) for _ in range(available_cores())))
    shared = memory.peak = memory.now()
    notes = Notes(runs_folder)
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


async def measure_drawing(address: str, runs_folder: Path, visitors: int, seconds: float) -> None:
    """Have all visitors draw while others train, and print latencies."""
    memory, notes = Memory(address), Notes(runs_folder)
    await asyncio.gather(*(each_activity_once(address, Notes()) for _ in range(available_cores())))
    notes.started = notes.finished
    memory.cores()
    began = time.monotonic()
    await drawing_class(address, notes, visitors, seconds)
    took, cores = time.monotonic() - began, memory.cores()
    print_answers(notes)
    print(
        f"\n{visitors} visitors who draw and {TRAININGS} who train, {took:.0f} s, "
        f"{notes.requests:,} requests\n"
        f"cores at work: {', '.join(f'{who} {many:.2f}' for who, many in cores.items())}"
    )


async def drawing_class(
    address: str,
    notes: Notes,
    visitors: int,
    seconds: float,
    pauses: tuple[float, float] = PAUSES,
) -> None:
    """Have visitors draw one digit after the other while others train one network after the other.

    Parameters
    ----------
    address : str
    notes : Notes
        Receives latencies and faults.
    visitors : int
        Who draw.
    seconds : float
        From the first arrival on.
    pauses : (float, float)
        Seconds between two strokes of a visitor, from and to.
    """
    until = time.monotonic() + seconds

    async def attend(number: int) -> None:
        trains = number < TRAININGS
        delay = 0.0 if trains else min(ARRIVALS, seconds / 4) * number / visitors
        await asyncio.sleep(delay)
        async with Visitor(address, notes.add) as visitor:
            actor = RandomVisitor(visitor, notes, SEED + number, pauses)
            with suppress(Fault):  # recorded in notes
                await actor.arrive()
                await actor.go("train" if trains else "draw")
                act = actor.train_on if trains else actor.draw_any_digit
                await act()
                while time.monotonic() < until:
                    await act()
        notes.requests += visitor.requests

    await asyncio.gather(*(attend(number) for number in range(visitors + TRAININGS)))


async def each_activity_once(address: str, notes: Notes) -> None:
    """Perform each activity once, without pauses."""
    async with Visitor(address, notes.add) as visitor:
        actor = RandomVisitor(visitor, notes, SEED, thinking=(0.0, 0.0))
        await actor.arrive()
        await actor.browse()
        await actor.draw()
        await actor.train()
        await actor.open_other_pages()
    notes.requests += visitor.requests


async def lesson(
    address: str,
    notes: Notes,
    visitors: int,
    seconds: float,
    thinking: tuple[float, float] = THINKING,
) -> None:
    """Run visitors who arrive one after another and act at random until the time is up.

    Parameters
    ----------
    address : str
    notes : Notes
        Receives latencies and faults.
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
            actor = RandomVisitor(visitor, notes, SEED + number, thinking)
            with suppress(Fault):  # recorded in notes
                await actor.arrive()
                while time.monotonic() < until and visitor.requests < MOST_REQUESTS:
                    await actor.think()
                    try:
                        await actor.random_activity()
                    except Fault:  # recorded in notes
                        faults += 1
                        if faults == MOST_FAULTS:
                            break
        notes.requests += visitor.requests

    await asyncio.gather(*(attend(number) for number in range(visitors)))


def print_answers(notes: Notes) -> None:
    """Print a row of latencies for each action, and then the faults."""
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
    """Run short visits, and print the server's memory after every hundred of them."""
    memory = Memory(address)
    notes = Notes()
    await each_activity_once(address, notes)
    print("| visits | server's memory, MB |\n| ---: | ---: |")
    held = [(0, memory.now())]
    print(f"| 0 | {held[0][1] / 1e6:,.1f} |", flush=True)
    for done in range(0, visits, EVERY):
        now = range(done, min(done + EVERY, visits))
        slots = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(short_visit(address, notes, number, slots) for number in now))
        held.append((now[-1] + 1, memory.now()))
        if held[-1][0] % 100 == 0:
            print(f"| {held[-1][0]} | {held[-1][1] / 1e6:,.1f} |", flush=True)
    await asyncio.sleep(after)
    print(f"| {after:.0f} s later | {memory.now() / 1e6:,.1f} |\n")
    counts, sizes = np.array([pair for pair in held if pair[0] >= min(WARM_UP, visits // 2)]).T
    growth = np.polyfit(counts, sizes, 1)[0]
    print(f"From visit {counts[0]} on it grows by {growth / 1e3:,.1f} kB a visit.\n")
    print_answers(notes)


async def short_visit(address: str, notes: Notes, number: int, slots: asyncio.Semaphore) -> None:
    """Click on a digit and draw one, in a visit of its own; `slots` limits concurrent visits."""
    async with slots, Visitor(address, notes.add) as visitor:
        actor = RandomVisitor(visitor, notes, SEED + number, thinking=(0.0, 0.0))
        with suppress(Fault):  # recorded in notes
            await notes.timed("arrive", visitor.open("explore"))
            await actor.click_digit()
            await actor.go("draw")
            await actor.send_strokes(DIGITS[number % len(DIGITS)], "a stroke")
    notes.requests += visitor.requests


async def storm(address: str, visitors: int, after: float) -> None:
    """Have many visitors start a run, leave, and come again; print memory and file descriptors."""
    memory, notes = Memory(address), Notes()
    await asyncio.gather(*(each_activity_once(address, Notes()) for _ in range(available_cores())))
    before = (memory.now() / 1e6, memory.descriptors())
    watching = asyncio.create_task(memory.watch())
    slots = asyncio.Semaphore(STORM_AT_ONCE)
    for starts in (True, False):
        await asyncio.gather(
            *(storm_visit(address, notes, number, slots, starts) for number in range(visitors))
        )
    left = (memory.now() / 1e6, memory.descriptors())
    await asyncio.sleep(after)
    watching.cancel()
    later = (memory.now() / 1e6, memory.descriptors())
    print_answers(notes)
    print(f"\n{visitors} visitors, {STORM_AT_ONCE} at once; highest {memory.peak / 1e6:,.1f} MB\n")
    print(f"| | before | as the last one leaves | {after:.0f} s later | growth | at most |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, *found in zip(("memory, MB", "file descriptors"), before, left, later, strict=True):
        figures = " | ".join(f"{figure:,.0f}" for figure in found)
        print(f"| {name} | {figures} | {found[2] / found[0] - 1:.0%} | {STORM_GROWTH:.0%} |")


async def storm_visit(
    address: str, notes: Notes, number: int, slots: asyncio.Semaphore, starts: bool
) -> None:
    """Open Train as visitor `number`, and start a run or not; `slots` limits concurrent visits."""
    cookies = {VISITOR_COOKIE: f"{number:032x}"}
    async with slots, Visitor(address, notes.add, cookies) as visitor:
        actor = RandomVisitor(visitor, notes, SEED + number, thinking=(0.0, 0.0))
        with suppress(Fault):  # recorded in notes
            await notes.timed("arrive" if starts else "come again", visitor.open("train"))
            if starts:
                await actor.start_run(STORM_RECIPE)
    notes.requests += visitor.requests
