"""Recovery of runs after SIGKILL of the server, and behaviour on a full disk.

`python -m benchmarks faults --kills 100`. A server that trains without pages is killed with
SIGKILL again and again: at any moment of a training, while it writes a checkpoint, and while it
writes a finished run. Each time another one starts on the same folder and resumes the interrupted
runs. In the end every run reported as saved must open, no partial file may be listed, and every run
must have the weights and the history of the same run trained without interruption. Then the app is
killed in the same way, with Chromium as client, and runs are resumed by a click. Last, a disk is
filled.
"""

import argparse
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from benchmarks.training_server import VISITOR_ID, digits
from data_loader import Dataset
from digits.augment import augmentation
from inkling.exports.config_link import link_query
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.run import Run, RunIdentity, new_id
from inkling.runs.run_file import RunError
from inkling.runs.store import DamagedRun, RunStore
from inkling.training.job import TrainingJob
from inkling.training.runner import JobRunner
from nn import TrainConfig, Trainer, TrainRecord
from nn.storage import PART
from nn.training import Recorder
from tools.app_driver import ROOT, chromium, find_chromium

KILLS = 20
MOMENTS = ("training", "writing a checkpoint", "writing a run")
TRAINING = 3.0  # seconds after the start within which a training is hit
WRITING = 0.006  # seconds after the start of a file within which its writing is hit
OF_APP = 10  # kills of the server without pages to one of the whole app
IN_APP = TrainConfig(hidden_sizes=(256,), epochs=16, training_size=20_000, augmentation="affine")
VISIT = 12.0  # seconds of a visitor's run within which the app is hit
DISK = 16 * 2**20  # bytes of the disk that fills up


@dataclass
class Tally:
    """Output of the killed servers, and the kills and half-written files."""

    started: set[str] = field(default_factory=set)
    resumed: list[str] = field(default_factory=list)
    saved: set[str] = field(default_factory=set)
    kills: Counter[str] = field(default_factory=Counter)
    partial_files: int = 0

    def parse_line(self, line: str) -> None:
        """Record a line of the server's output."""
        word, _, run_id = line.strip().partition(" ")
        if word == "begins":
            self.started.add(run_id)
        elif word == "goes-on":
            self.resumed.append(run_id)
        elif word == "kept":
            self.saved.add(run_id)


def main() -> None:
    """Kill servers, check their runs, and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks faults")
    parser.add_argument("--kills", type=int, default=KILLS, help=f"{KILLS} if left out")
    parser.add_argument("--seed", type=int, default=0, help="of the moments; 0 if left out")
    options = parser.parse_args(sys.argv[2:])
    dataset = digits()
    rng = random.Random(options.seed)
    reference = Reference(dataset)
    print(f"{dataset.name}; kill -9 {options.kills} times, seed {options.seed}\n")
    kill_training_server(options.kills, rng, reference)
    if find_chromium() is None:
        print("The whole app: not tried, for there is no Chromium.\n")
    else:
        kill_app(max(1, options.kills // OF_APP), rng, reference)
    full_disk(dataset)


class Reference:
    """Uninterrupted runs for comparison; each is trained once."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._known: dict[object, tuple[np.ndarray, list[TrainRecord]]] = {}

    def same(self, run: Run) -> bool:
        """Return whether a run has the weights and history of the same run without interruption."""
        key = (run.info.config, run.events)
        if key not in self._known:
            self._known[key] = self._train(run)
        theta, history = self._known[key]
        course = [replace(record, seconds=0) for record in run.history]
        return np.array_equal(theta, run.network.theta) and course == history

    def _train(self, run: Run) -> tuple[np.ndarray, list[TrainRecord]]:
        config = run.info.config
        trainer = Trainer(config, self.dataset, augmentation(config.augmentation))
        recorder, history = Recorder(trainer), []
        etas = {event.step: event.learning_rate for event in run.events}
        while not recorder.finished:
            trainer.learning_rate = etas.get(trainer.step_count, trainer.learning_rate)
            if record := recorder.step():
                history.append(replace(record, seconds=0, network=None))
        return trainer.network.theta, history


def kill_training_server(kills: int, rng: random.Random, reference: Reference) -> None:
    """Kill servers without pages, and print the state of their runs."""
    with tempfile.TemporaryDirectory() as name:
        folder, tally = Path(name), Tally()
        for k in range(kills):
            kill_one(folder, MOMENTS[k % len(MOMENTS)], rng, tally)
        left = len(Checkpoints(folder / "checkpoints").interrupted(VISITOR_ID))
        _run_to_end(folder, tally)
        store = RunStore(folder)
        found = store.runs()
        damaged = [info for info in found if isinstance(info, DamagedRun)]
        opened = _opened(store, [info.id for info in found])
        same = sum(reference.same(run) for run in opened)
        resumed = set(tally.resumed)
        never = tally.started - {run.info.id for run in opened}
        _expire_partial_files(folder)
        remains = [path for path in folder.rglob("*") if path.suffix == PART]
        moments = ", ".join(f"{tally.kills[moment]} while {moment}" for moment in MOMENTS)
        print("A server without pages")
        print_line("kills", f"{sum(tally.kills.values())}: {moments}")
        print_line("half-written files left behind", f"{tally.partial_files}")
        print_line("runs begun", f"{len(tally.started)}")
        print_line("  killed before their first checkpoint", f"{len(never)}")
        print_line("  interrupted and gone on with", f"{len(resumed)}, {len(tally.resumed)} times")
        print_line("  interrupted at the end, then gone on with", f"{left}")
        print_line("runs reported kept", f"{len(tally.saved)}")
        print_line(
            "  of these there and whole", f"{len(tally.saved & {r.info.id for r in opened})}"
        )
        print_line("runs listed", f"{len(found)}, damaged {len(damaged)}, opened {len(opened)}")
        print_line("  same weights, same course as in one piece", f"{same}")
        print_line("half-written files after an hour", f"{len(remains)}")
        print()


def kill_one(folder: Path, moment: str, rng: random.Random, tally: Tally) -> None:
    """Start a server, kill it at such a moment, and record its output."""
    with _server(folder, 1_000) as server:
        assert server.stdout is not None
        tally.parse_line(server.stdout.readline())  # it is ready
        listener = threading.Thread(target=lambda: [*map(tally.parse_line, server.stdout or ())])
        listener.start()
        before = _partial_files(folder)
        time.sleep(rng.uniform(0, TRAINING))
        if moment != "training":
            place = folder / "checkpoints" if moment == "writing a checkpoint" else folder
            while not any(path not in before for path in place.glob(f"*{PART}")):
                if server.poll() is not None:
                    raise RuntimeError("the server ended by itself")
            time.sleep(rng.uniform(0, WRITING))
        server.kill()
        server.wait()
        listener.join()
    tally.kills[moment] += 1
    tally.partial_files += len(_partial_files(folder) - before)


@contextmanager
def _server(folder: Path, number: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "benchmarks.training_server", str(folder), str(number)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server
        finally:
            server.kill()


def _run_to_end(folder: Path, tally: Tally) -> None:
    """Run a last server until all interrupted runs are finished."""
    with _server(folder, 0) as server:
        assert server.stdout is not None
        for line in server.stdout:
            tally.parse_line(line)
        if server.wait() != 0:
            raise RuntimeError("the last server failed")


def _partial_files(folder: Path) -> set[Path]:
    return set(folder.rglob(f"*{PART}"))


def _expire_partial_files(folder: Path) -> None:
    """Trigger the clean-up of files that are older than an hour."""
    for path in _partial_files(folder):
        os.utime(path, (0, 0))
    RunStore(folder).runs()
    Checkpoints(folder / "checkpoints").interrupted(VISITOR_ID)


def _opened(store: RunStore, ids: list[str]) -> list[Run]:
    """Return the runs that can be opened."""
    opened = []
    for run_id in ids:
        try:
            opened.append(store.open(run_id))
        except RunError as error:
            print(f"{run_id}: {error}")
    return opened


def kill_app(kills: int, rng: random.Random, reference: Reference) -> None:
    """Kill the app during a visitor's run, resume it by a click, and print the results."""
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder = Path(name)
        context = browser.new_context()  # with the visitor's cookie, for all servers
        page = context.new_page()
        page.set_default_timeout(120_000)
        seen = done = 0
        for _ in range(kills):
            with _app(folder) as (server, address):
                page.goto(f"{address}/train?{urlencode(link_query(IN_APP))}")
                page.get_by_role("button", name="Start", exact=True).click()
                page.get_by_text(f"of {IN_APP.epochs} ·").wait_for()
                _wait_for(lambda: any((folder / "checkpoints").glob("*.safetensors")))
                time.sleep(rng.uniform(0, VISIT))
                server.kill()
                server.wait()
            with _app(folder) as (_server_again, address):
                page.goto(f"{address}/train")
                page.get_by_text("was interrupted").wait_for()
                seen += 1
                page.get_by_role("button", name="Resume").click()
                # Until then the page may still show how another run had ended.
                _wait_for(lambda: not any((folder / "checkpoints").glob("*.safetensors")))
                page.get_by_text("Done after").wait_for()
                done += 1
        store = RunStore(folder)
        found = store.runs()
        opened = _opened(store, [info.id for info in found])
        print("The whole app, with Chromium before it")
        print_line("kills in mid-training", f"{kills}")
        print_line("interrupted runs offered after the restart", f"{seen}")
        print_line("  gone on with by a click, to the end", f"{done}")
        print_line("  same weights, same course", f"{sum(map(reference.same, opened))}")
        print()


@contextmanager
def _app(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start the app on a folder of runs; yield the process and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    with subprocess.Popen(
        [*command, "--server.headless=true", "--server.address=localhost"],
        cwd=ROOT,
        env=os.environ | {"RUNS_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            address = f"http://localhost:{port}"
            _wait_for(lambda: _answers(address))
            yield server, address
        finally:
            server.kill()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
            return True
    except OSError:
        return False


def _wait_for(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.01)


def full_disk(dataset: Dataset) -> None:
    """Fill a small disk with runs, free some space, and print the messages."""
    with tempfile.TemporaryDirectory() as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "inkling", name]
        if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode != 0:
            print("A full disk: not tried, for that takes a system that lets us mount one.")
            return
        try:
            _fill(RunStore(Path(name)), dataset)
        finally:
            subprocess.run(["umount", name], check=True)


def _fill(store: RunStore, dataset: Dataset) -> None:
    config = TrainConfig(training_size=2_500, epochs=2)

    def train() -> TrainingJob:
        identity = RunIdentity(id=new_id(), name="run", visitor_id=VISITOR_ID, created=time.time())
        job = TrainingJob(config, dataset, identity)
        JobRunner(store.save, Checkpoints(store.folder / "checkpoints", interval=0)).run(job)
        return job

    jobs = [train()]
    while jobs[-1].saved:
        jobs.append(train())
    refused = jobs.pop()
    whole = len(_opened(store, [job.id for job in jobs]))
    for job in jobs[: len(jobs) // 2]:
        (store.folder / f"{job.id}.safetensors").unlink()
    again = train()
    left = _opened(store, [info.id for info in store.runs()])
    print(f"A disk of {DISK // 2**20} MiB")
    print_line("runs until it was full", f"{len(jobs)}, of these whole {whole}")
    print_line("the next one", f"{refused.status.value}: {refused.error}")
    print_line("with half of them deleted", "the next one is kept" if again.saved else again.error)
    print_line("runs listed, whole", f"{len(store.runs())}, {len(left)}")


def print_line(what: str, found: str) -> None:
    """Print a labelled result."""
    print(f"  {what:44} {found}", flush=True)


if __name__ == "__main__":
    main()
