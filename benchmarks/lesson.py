"""A lesson: pupils join, draw, vote, go where the teacher sends them, and train.

The teacher signs in, opens the first lesson plan and steps through it; the board is open in another
window. Everybody has a websocket of their own, as in `benchmarks.classroom`. While runs train and
wait, the server is killed (SIGKILL) and started again, and what the class had done before is
compared with what there is afterwards.

With ``--servers 2`` two servers share the folder; one of them is killed, and its pupils go to the
other, as they do behind the proxy of `deploy/nginx.conf`.
With ``--start`` all pupils press Start at once, and the seconds to their results are measured.
"""

import argparse
import asyncio
import os
import random
import re
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.app_training import server_process
from benchmarks.classroom import (
    ENTRY,
    FINAL,
    SEED,
    VISITOR_COOKIE,
    Memory,
    Notes,
    RandomVisitor,
    at_most,
    each_activity_once,
    has_mnist,
    print_answers,
    print_machine,
)
from benchmarks.visitor import Fault, Visitor
from inkling.classroom.class_files import ClassFiles
from inkling.classroom.lesson import Question
from inkling.classroom.plan_file import PlanFile
from inkling.server.teacher_token import TEACHER_COOKIE
from inkling.training.queue import available_cores
from inkling.ui.markdown import escape_markdown
from tools.app_driver import ROOT, free_port, serving

SECRET = "the secret of a measured lesson"
ARRIVALS = 15.0  # seconds over which the pupils' arrivals are spread
VOTING = (0.5, 10.0)  # seconds from seeing a question to the vote, from and to
PAUSES = (0.3, 1.5)  # seconds between two strokes, from and to
DRAWING = 30.0  # seconds
BEFORE_KILL = 4.0  # seconds after all have pressed Start
TIMEOUT = 120.0  # seconds to wait for what should appear
POLL = 0.02  # seconds
TRAIN_STEP = 4  # of the plan: all train fast-97
_COUNT = re.compile(r"(\d+) of \d+ have voted")


class Person:
    """A pupil or the teacher: one browser with its cookies, one open page at a time."""

    def __init__(self, notes: Notes, number: int, pauses: tuple[float, float] = PAUSES) -> None:
        self.notes, self.number, self._pauses = notes, number, pauses
        self.random = random.Random(SEED + number)
        self.cookies = {VISITOR_COOKIE: f"{number:032x}"}
        self.name = f"Pupil {number}"
        self.visitor = Visitor("", notes.add)
        self.actor = RandomVisitor(self.visitor, notes, SEED + number)

    async def open(self, address: str, page: str) -> None:
        """Leave the open page, and open one at an address."""
        await self.leave()
        self.visitor = Visitor(address, self.notes.add, self.cookies)
        self.actor = RandomVisitor(
            self.visitor, self.notes, SEED + self.number, thinking=self._pauses
        )
        await self.notes.timed("arrive", self.visitor.open(page))

    async def leave(self) -> None:
        """Close the page."""
        self.notes.requests += self.visitor.requests
        await self.visitor.leave()

    async def sees(self, what: Callable[[], bool], name: str) -> None:
        """Wait for something on the page; raises Fault, which is noted, if it does not appear."""
        until = time.monotonic() + TIMEOUT
        while not what():
            if time.monotonic() > until:
                self.notes.add(name, TIMEOUT, "it did not appear")
                raise Fault(f"{name}: it did not appear")
            await asyncio.sleep(POLL)

    def reads(self, text: str) -> bool:
        """Return whether a text is on the page."""
        return any(text in shown for shown in self.visitor.texts("markdown"))

    async def join(self) -> None:
        """Join the class."""
        await self.visitor.set("text_input", "Your name in the class", string_value=self.name)
        await self.notes.timed(
            "join the class",
            self.visitor.press("Join the class"),
            lambda: self.reads(f"In the class you are **{self.name}**"),
        )

    async def go_to_task(self, task: str) -> None:
        """Wait for a task, and follow its link."""
        await self.sees(lambda: self.reads(escape_markdown(task)), "see the task")
        await asyncio.sleep(self.random.uniform(0.0, 3.0))
        await self.notes.timed("go to the task", self.visitor.follow("**Go there**"))

    async def finish_task(self) -> None:
        """Say that the task is finished."""
        await self.notes.timed(
            "finish a task",
            self.visitor.press("I have finished"),
            lambda: self.reads(":green-badge[:material/check: finished]"),
        )

    async def draw_for(self, seconds: float) -> None:
        """Draw digits, live, on Draw."""
        until = time.monotonic() + seconds
        await self.actor.send_strokes([], "the canvas is loaded")
        while time.monotonic() < until:
            await self.actor.draw_any_digit()

    async def vote(self, question: Question, sent: list[float]) -> int:
        """Wait for a question, think, and vote; return the answer."""
        key = f"vote_{question.id}_{question.round}"
        await self.sees(lambda: self.visitor.has("radio", key), "see the question")
        await asyncio.sleep(self.random.uniform(*VOTING))
        options = list(self.visitor.find("radio", key).element.radio.options)
        choice = self.random.choice(options)
        sent.append(time.monotonic())
        await self.notes.timed(
            "vote",
            self.visitor.set("radio", key, string_value=choice),
            lambda: self.reads("Your vote is counted"),
        )
        return options.index(choice)

    async def sign_in(self) -> None:
        """Give the teacher's secret on the teacher's page, and take the cookie."""
        await self.visitor.set("text_input", "Teacher's secret", string_value=SECRET)
        await self.notes.timed("sign in", self.visitor.press("Open"))
        ticket = self.visitor.find("bidi_component", "teacher_cookie").element.bidi_component.json
        status = await asyncio.to_thread(self.visitor.post, "/teacher-cookie", ticket.strip('"'))
        if status != 204:
            self.notes.add("sign in", 0.0, f"the cookie was answered {status}")
        self.cookies[TEACHER_COOKIE] = self.visitor.cookie(TEACHER_COOKIE)

    async def press(self, label: str) -> None:
        """Press one of the teacher's buttons."""
        await self.notes.timed("a button of the teacher's", self.visitor.press(label))


async def together(actions: Iterable[Awaitable[object]]) -> None:
    """Await all actions; faults are in the notes already."""
    for result in await asyncio.gather(*actions, return_exceptions=True):
        if isinstance(result, BaseException) and not isinstance(result, Fault):
            raise result


class Lesson:
    """A lesson with its teacher, its board and its pupils.

    Parameters
    ----------
    addresses : sequence of str
        Of the servers; pupils are spread over them.
    runs_folder : Path
    pupils : int
    """

    def __init__(self, addresses: Sequence[str], runs_folder: Path, pupils: int) -> None:
        self.addresses, self.runs_folder = list(addresses), runs_folder
        self.notes = Notes(runs_folder)
        self.files = ClassFiles(runs_folder / "class")
        self.plan = PlanFile(runs_folder / "class")
        self.teacher = Person(self.notes, 10_001)
        self.board = Person(self.notes, 10_001)
        self.pupils = [Person(self.notes, number) for number in range(1, pupils + 1)]
        self.on_board: list[float] = []  # seconds from a vote to the board
        self.lost: list[str] = []
        self._others: set[str] = set()  # runs that are not the pupils'

    def address_of(self, person: Person) -> str:
        """Return the address of a person's server."""
        return self.addresses[person.number % len(self.addresses)]

    async def begin(self) -> None:
        """Sign in, open the board and the plan, and let the class in."""
        await self.teacher.open(self.addresses[0], "teacher")
        await self.teacher.sign_in()
        self.board.cookies = self.teacher.cookies
        await self.board.open(self.addresses[-1], "class")
        await self.teacher.press("Open the plan")

        async def arrive(pupil: Person) -> None:
            await asyncio.sleep(ARRIVALS * pupil.number / len(self.pupils))
            await pupil.open(self.address_of(pupil), "explore")
            await pupil.visitor.fetch_files()
            await pupil.join()

        await together(map(arrive, self.pupils))

    async def next_step(self) -> None:
        """Give the class the next step of the plan."""
        await self.teacher.press("Next step")

    @property
    def question(self) -> Question:
        """The question that the class has."""
        question = self.files.lesson().question
        assert question is not None
        return question

    async def vote(self, voters: Sequence[Person]) -> None:
        """Have pupils vote, and measure how soon the board counts them."""
        question, sent = self.question, list[float]()
        before = sum(self.files.votes(question)[-1])
        await self.board.sees(lambda: self._counted() == before, "the board shows a question")
        watching = asyncio.create_task(self._watch(before, len(voters)))
        await together(pupil.vote(question, sent) for pupil in voters)
        seen = await watching
        self.on_board += [at - voted for voted, at in zip(sorted(sent), seen, strict=False)]
        if missing := len(voters) - len(seen):
            self.lost.append(f"{missing} votes never reached the board")

    def _counted(self) -> int:
        """Return the number of votes that the board shows."""
        found = [_COUNT.match(text) for text in self.board.visitor.texts("markdown")]
        return next((int(match[1]) for match in found if match), -1)

    async def _watch(self, before: int, count: int) -> list[float]:
        """Return the time at which the board has counted each of some more votes."""
        seen, until = list[float](), time.monotonic() + TIMEOUT
        while len(seen) < count and time.monotonic() < until:
            seen += [time.monotonic()] * (self._counted() - before - len(seen))
            await asyncio.sleep(POLL)
        return seen

    async def draw_and_vote_twice(self, seconds: float) -> None:
        """Draw for a while, then answer the question of this step, and again."""
        await self.next_step()
        task = self.task()

        async def work(pupil: Person) -> None:
            await pupil.go_to_task(task)
            await pupil.draw_for(seconds)
            await pupil.finish_task()

        await together(map(work, self.pupils))
        await self.vote(self.pupils)
        await self.teacher.press("End the vote")
        await self.teacher.press("Ask again")
        await self.vote(self.pupils)
        await self.teacher.press("End the vote")
        await self.teacher.press("Show the votes")

    def task(self) -> str:
        """Return the words of the task that the class has."""
        task = self.files.lesson().task
        assert task is not None
        return task.text

    async def go_to_next_place(self) -> None:
        """Send everyone to the place of the next step."""
        await self.next_step()
        task = self.task()

        async def work(pupil: Person) -> None:
            await pupil.go_to_task(task)
            await pupil.finish_task()

        await together(map(work, self.pupils))

    async def start_all(self) -> None:
        """Have every pupil start a run at once."""
        self._others = self._kept_runs()

        async def start(pupil: Person) -> None:
            await pupil.notes.timed("start a run", pupil.visitor.press("Start"))

        await together(map(start, self.pupils))

    def state(self) -> dict[str, object]:
        """Return what a class must not lose."""
        open_plan, lesson = self.plan.read(), self.files.lesson()
        asked = [each for each in self.files.asked() if isinstance(each, Question)]
        return {
            "names": self.files.names(),
            "step": open_plan and (open_plan.id, open_plan.number),
            "lesson": lesson,
            "votes": {each.id: self.files.votes(each) for each in asked},
            "finished": lesson.task and self.files.finished(lesson.task.id),
        }

    async def come_again(self, before: dict[str, object]) -> None:
        """Connect again after the server has died, and compare what there is."""
        for what, value in self.state().items():
            if value != before[what]:
                self.lost.append(f"{what}: {before[what]} before, {value} afterwards")
        await self.teacher.open(self.addresses[0], "teacher")
        if not self.teacher.visitor.has("button", "Next step"):
            self.lost.append("the teacher's sign-in or the plan")
        await self.board.open(self.addresses[-1], "class")

        async def resume(pupil: Person) -> None:
            await pupil.open(self.address_of(pupil), "train")
            if not pupil.reads(f"In the class you are **{pupil.name}**"):
                self.lost.append(f"the name of {pupil.name}")
            if pupil.visitor.has("button", "go_on_"):
                await pupil.notes.timed("resume a run", pupil.visitor.press("go_on_"))

        await together(map(resume, self.pupils))

    async def wait_for_runs(self, seconds: float) -> float:
        """Wait until all runs are saved; return how long that took.

        A run that has not ended by then is lost only if it has no checkpoint either.
        """
        began = time.monotonic()
        while self.notes.finished < len(self.pupils) and time.monotonic() < began + seconds:
            await asyncio.sleep(0.2)
        if missing := len(self.pupils) - len(self._kept_runs() - self._others):
            self.lost.append(f"{missing} of {len(self.pupils)} runs")
        return time.monotonic() - began

    def _kept_runs(self) -> set[str]:
        """Return the ids of all runs that are saved or have a checkpoint."""
        folders = (self.runs_folder, self.runs_folder / "checkpoints")
        return {path.stem for folder in folders for path in folder.glob("*.safetensors")}

    async def end(self) -> None:
        """Close all pages."""
        await asyncio.gather(*(one.leave() for one in (self.teacher, self.board, *self.pupils)))


async def hold(servers: "Servers", pupils: int, seconds: float) -> None:
    """Hold a lesson with a kill in its middle, and print what was measured."""
    lesson = Lesson(servers.addresses, servers.runs_folder, pupils)
    memory, share = Memory(servers.addresses[0]), len(servers.addresses)
    for address in servers.addresses:
        await asyncio.gather(
            *(each_activity_once(address, Notes()) for _ in range(available_cores()))
        )
    for path in servers.runs_folder.glob("*.safetensors"):
        path.unlink()
    shared = memory.peak = memory.now()
    watching = asyncio.create_task(memory.watch())
    memory.cores()
    began = time.monotonic()

    def done(what: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s: {what}", flush=True)

    await lesson.begin()
    done("all have joined")
    await lesson.draw_and_vote_twice(seconds)
    done("all have drawn and voted twice")
    for _ in range(TRAIN_STEP - 1):
        await lesson.go_to_next_place()
    done("all are on Train")
    half = len(lesson.pupils) // 2
    await lesson.vote(lesson.pupils[:half])
    await lesson.start_all()
    await asyncio.sleep(BEFORE_KILL)
    watching.cancel()
    peak, before, saved = memory.peak, lesson.state(), lesson.notes.finished
    busy = ", ".join(f"{who} {many:.2f}" for who, many in memory.cores().items())
    servers.kill()
    await lesson.end()  # the connections are broken
    lesson.addresses = await asyncio.to_thread(servers.start_again)
    done("the server was killed and has started again")
    await lesson.come_again(before)
    done("all have come again")
    await lesson.vote(lesson.pupils[half:])
    took = await lesson.wait_for_runs(max(TIMEOUT, 6.0 * pupils))
    done("all runs have ended")
    await lesson.end()
    print()
    print_answers(lesson.notes)
    print_percentiles("a vote is on the board", lesson.on_board)
    drawn = [
        second
        for action, seconds in lesson.notes.seconds.items()
        if action.startswith(("live answer", FINAL))
        for second in seconds
    ]
    print_percentiles("a drawn answer", drawn)
    print(
        f"\n{pupils} pupils on {share} servers, {time.monotonic() - began:.0f} s, "
        f"{lesson.notes.requests:,} requests; load average now {os.getloadavg()[0]:.1f}\n"
        f"memory of the first server: {shared / 1e6:,.0f} MB shared, {peak / 1e6:,.0f} at the "
        f"peak, {(peak - shared) / 1e6 / (pupils / share):.1f} a pupil\n"
        f"cores at work until the kill: {busy}\n"
        f"killed when {saved} of {pupils} runs were saved; {lesson.notes.finished} saved "
        f"{took:.0f} s after the second half had voted\nlost: {'; '.join(lesson.lost) or 'nothing'}"
    )


async def start_at_once(servers: "Servers", pupils: int) -> None:
    """Have all pupils start fast-97 at once, and print when their results are on their pages."""
    lesson = Lesson(servers.addresses, servers.runs_folder, pupils)
    await lesson.begin()
    for _ in range(TRAIN_STEP):
        await lesson.next_step()
    task = lesson.task()
    await together(pupil.go_to_task(task) for pupil in lesson.pupils)
    done: list[float] = []
    began = time.monotonic()

    async def train(pupil: Person) -> None:
        await pupil.notes.timed("start a run", pupil.visitor.press("Start"))
        await pupil.sees(lambda: pupil.reads("**Done**"), "see the result")
        done.append(time.monotonic() - began)

    await together(map(train, lesson.pupils))
    await lesson.end()
    print_answers(lesson.notes)
    print(f"\nload average now {os.getloadavg()[0]:.1f}")
    if done:
        print(
            f"{len(done)} of {pupils} see their result: the first after {min(done):.1f} s, half "
            f"of them after {statistics.median(done):.1f}, the last after {max(done):.1f}"
        )


def print_percentiles(name: str, seconds: Sequence[float]) -> None:
    """Print two percentiles of latencies."""
    if seconds:
        ordered = sorted(1e3 * one for one in seconds)
        at_95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        print(
            f"\n{name}, {len(ordered)} times: p50 {statistics.median(ordered):,.0f} ms, "
            f"p95 {at_95:,.0f} ms, at most {ordered[-1]:,.0f} ms"
        )


class Servers:
    """Servers in class mode on one folder.

    Parameters
    ----------
    stack : ExitStack
        Ends them.
    runs_folder : Path
    count : int

    Attributes
    ----------
    addresses : list of str
    """

    def __init__(self, stack: ExitStack, runs_folder: Path, count: int) -> None:
        self._stack, self.runs_folder = stack, runs_folder
        self.addresses = [self._start(free_port()) for _ in range(count)]

    def _start(self, port: int) -> str:
        return self._stack.enter_context(serve_class(port, self.runs_folder))

    def kill(self) -> None:
        """Kill the first server."""
        process = server_process(self.addresses[0])
        assert process is not None
        os.kill(process, signal.SIGKILL)

    def start_again(self) -> list[str]:
        """Start the killed server again if it was the only one; return all addresses."""
        if len(self.addresses) == 1:
            self.addresses = [self._start(int(self.addresses[0].rpartition(":")[2]))]
        else:
            self.addresses = self.addresses[1:]
        return self.addresses


@contextmanager
def serve_class(port: int, runs_folder: Path) -> Iterator[str]:
    """Serve a class at a port; yield the address."""
    command = [sys.executable, "-m", "streamlit", "run", ENTRY, f"--server.port={port}"]
    environment = os.environ | {
        "RUNS_DIR": str(runs_folder),
        "INKLING_CLASS": "1",
        "INKLING_TEACHER_SECRET": SECRET,
    }
    if not has_mnist():  # an unreachable proxy prevents downloads
        environment |= dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    with serving([*command, "--server.headless=true"], port, ROOT, environment) as address:
        yield address


def main() -> None:
    """Hold the lesson or have all start at once, and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks lesson")
    parser.add_argument("--pupils", type=at_most(200), default=30, metavar="N")
    parser.add_argument("--seconds", type=at_most(600), default=int(DRAWING), help="of drawing")
    parser.add_argument("--servers", type=at_most(2), default=1, metavar="N")
    parser.add_argument("--start", action="store_true", help="all press Start at once, instead")
    options = parser.parse_args(sys.argv[2:])
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        servers = Servers(stack, Path(folder) / "runs", options.servers)
        print_machine(ENTRY)
        if options.start:
            asyncio.run(start_at_once(servers, options.pupils))
        else:
            asyncio.run(hold(servers, options.pupils, options.seconds))
