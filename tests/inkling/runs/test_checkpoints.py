"""Checkpoints: interrupted runs are detected, and resuming them changes no weight."""

import errno
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_loader import Dataset, Split
from inkling.runs import checkpoints as checkpoints_module
from inkling.runs.checkpoint_file import Checkpoint, checkpoint_bytes, checkpoint_from_bytes
from inkling.runs.checkpoints import Checkpoints
from inkling.runs.run import Event, Run, RunIdentity, new_id
from inkling.runs.run_file import RunError
from inkling.runs.store import RunStore
from inkling.server.limits import LimitError
from inkling.training.job import Status, TrainingJob
from inkling.training.queue import JobQueue
from inkling.training.runner import JobRunner
from nn import TrainConfig
from nn.optimizers import OPTIMIZERS
from tests.killed_server import ServerKilled, run_until_killed
from tests.same_run import assert_same_run
from tests.saving import append_to
from tests.waiting import until

ROOT = Path(__file__).parents[3]
ANN, BOB = "a" * 32, "b" * 32
SHORT = TrainConfig(hidden_sizes=(8,), epochs=3, batch_size=50, validation_size=100)  # 30 batches


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "not" / "there" / "yet"


def identity(visitor_id: str = ANN, **changes: Any) -> RunIdentity:
    return replace(
        RunIdentity(id=new_id(), name="mine", visitor_id=visitor_id, created=1e9), **changes
    )


def with_eta_change(job: TrainingJob, eta: float, record: int) -> Callable[[], bool]:
    """Return an `abandoned` callback that sets eta when the job has `record` records."""

    def abandoned() -> bool:
        if len(job.history) == record:
            job.set_learning_rate(eta)
        return False

    return abandoned


def trained(config: TrainConfig, dataset: Dataset) -> Run:
    """Return an uninterrupted run whose eta is set after its third record."""
    job, saved = TrainingJob(config, dataset, identity()), list[Run]()
    JobRunner(append_to(saved)).run(job, with_eta_change(job, 0.03, 3))
    return saved[0]


def trained_without_changes(config: TrainConfig, dataset: Dataset) -> Run:
    """Return an uninterrupted run."""
    job, saved = TrainingJob(config, dataset, identity()), list[Run]()
    JobRunner(append_to(saved)).run(job)
    return saved[0]


def interrupted(
    folder: Path, config: TrainConfig, dataset: Dataset, last: int, **about: Any
) -> str:
    """Interrupt a run after `last` batches; return its id."""
    job = TrainingJob(config, dataset, identity(**about))
    run_until_killed(job, folder, last, with_eta_change(job, 0.03, 3))
    return job.id


def resumed_run(folder: Path, run_id: str, dataset: Dataset) -> Run:
    """Resume an interrupted run in another queue; return the finished run."""
    saved: list[Run] = []
    checkpoints = Checkpoints(folder)
    queue = JobQueue(append_to(saved), workers=1, checkpoints=checkpoints)
    found = checkpoints.acquire(run_id)
    checkpoints.release(run_id)
    changes_eta = len(found.history) < 3  # the first server was killed before that
    if changes_eta:
        job = TrainingJob.from_checkpoint(found, dataset)
        JobRunner(append_to(saved), checkpoints).run(job, with_eta_change(job, 0.03, 3))
    else:
        job = queue.resume_interrupted(run_id, dataset)
        until(lambda: not job.active)
    assert job.status is Status.DONE, job.error
    return saved[0]


# Resuming.


KILLED_AFTER = {  # batch: what its checkpoint holds that no other does; an epoch has 10 batches
    0: "initial-weights-only",
    1: "sums-of-an-unfinished-record",
    7: "records-before-eta-changes",
    10: "all-of-an-epoch-order-used",
    13: "part-of-an-epoch-order-and-an-eta-event",
    29: "all-but-the-last-batch",
}


@pytest.mark.parametrize(
    ("optimizer", "last"),
    [
        *(pytest.param("adam", last, id=name) for last, name in KILLED_AFTER.items()),
        *(pytest.param(name, 13, id=f"state-of-{name}") for name in OPTIMIZERS if name != "adam"),
    ],
)
def test_resumed_run_equals_uninterrupted_run(
    folder: Path, tiny: Dataset, optimizer: str, last: int
) -> None:
    config = replace(SHORT, optimizer=optimizer, learning_rate=0.01)
    run_id = interrupted(folder, config, tiny, last)
    run = resumed_run(folder, run_id, tiny)
    assert run.info.id == run_id
    assert run.info.visitor_id == ANN
    assert run.events == (Event(8, 0.03),)
    assert_same_run(run, trained(config, tiny))


@pytest.mark.parametrize(
    "changes",
    [
        {"augmentation": "affine-elastic"},
        {"sampling": "with-replacement"},
        {"filters": (3, 4), "hidden_sizes": ()},
        {"filters": (4,), "kernel_size": 3, "shrink": "pool", "augmentation": "affine"},
        {"dtype": "float64", "hidden_sizes": ()},
        {"shuffled_labels": True, "batch_size": 7},
        {"validation_size": 0, "test_each_epoch": True},
        {"update_order": "layer-by-layer", "optimizer": "sgd"},
        {"averaging": 0.6, "optimizer": "adam"},
    ],
)
def test_resumed_run_equals_uninterrupted_run_for_other_settings(
    folder: Path, tiny: Dataset, changes: dict[str, Any]
) -> None:
    config = replace(SHORT, **changes)
    assert_same_run(
        resumed_run(folder, interrupted(folder, config, tiny, 14), tiny), trained(config, tiny)
    )


def test_run_may_be_interrupted_repeatedly(folder: Path, tiny: Dataset) -> None:
    run_id = interrupted(folder, SHORT, tiny, 9)
    for last in (12, 12, 20):
        found = Checkpoints(folder).acquire(run_id)
        job = TrainingJob.from_checkpoint(found, tiny)
        run_until_killed(job, folder, last)
    assert_same_run(resumed_run(folder, run_id, tiny), trained(SHORT, tiny))


def test_run_stopped_right_after_resuming_equals_its_checkpoint(
    folder: Path, tiny: Dataset
) -> None:
    saved: list[Run] = []
    found = Checkpoints(folder).acquire(interrupted(folder, SHORT, tiny, 13))
    job = TrainingJob.from_checkpoint(found, tiny)
    job.stop()
    JobRunner(append_to(saved), Checkpoints(folder)).run(job)
    (run,) = saved
    assert run.info.steps == 13
    uninterrupted = TrainingJob(SHORT, tiny, identity())
    other: list[Run] = []

    def stop_there() -> bool:
        if len(uninterrupted.history) == 3:
            uninterrupted.set_learning_rate(0.03)
        return False

    class Watched(Checkpoints):
        def write(self, checkpoint: Checkpoint) -> None:
            if checkpoint.info.step_count == 12:  # the batch that comes next is the last
                uninterrupted.stop()

    JobRunner(append_to(other), Watched(folder, interval=0, share=1e9)).run(
        uninterrupted, stop_there
    )
    assert_same_run(run, other[0])


def test_interrupted_lists_identity_config_and_progress(folder: Path, tiny: Dataset) -> None:
    run_id = interrupted(folder, SHORT, tiny, 15, name="first", group="story")
    other = interrupted(folder, SHORT, tiny, 5, created=2e9)
    interrupted(folder, SHORT, tiny, 5, visitor_id=BOB)
    checkpoints = Checkpoints(folder)
    newest, info = checkpoints.interrupted(ANN)
    assert newest.identity.id == other
    assert (info.identity.id, info.identity.name, info.identity.group) == (run_id, "first", "story")
    assert info.epoch == 1.5
    assert info.config == SHORT
    assert (info.fingerprint.name, info.fingerprint.training_size) == ("tiny", 500)
    assert len(checkpoints.interrupted(BOB)) == 1
    assert checkpoints.interrupted("c" * 32) == []


def others(dataset: Dataset, **changes: Split) -> Dataset:
    parts = {"train": dataset.train, "test": dataset.test} | changes
    return Dataset("others", "", **parts)


def test_other_dataset_is_refused_with_a_message_and_the_checkpoint_stays(
    folder: Path, tiny: Dataset
) -> None:
    run_id = interrupted(folder, SHORT, tiny, 15)
    checkpoints = Checkpoints(folder)
    queue = JobQueue(lambda run, data: None, workers=1, checkpoints=checkpoints)
    fewer = others(tiny, train=Split(tiny.train.images[:90], tiny.train.labels[:90]))
    turned = others(tiny, train=Split(tiny.train.images[:, ::-1].copy(), tiny.train.labels))
    for dataset, why in ((fewer, "too few"), (turned, "different")):
        with pytest.raises(RunError, match=f"500 images of tiny.* of others, are {why}.*Nothing"):
            queue.resume_interrupted(run_id, dataset)
        assert len(checkpoints.interrupted(ANN)) == 1
    renamed = Dataset("elsewhere", "", tiny.train, tiny.test)
    until_ended(queue.resume_interrupted(run_id, renamed))


def until_ended(job: TrainingJob) -> None:
    until(lambda: not job.active)


def test_run_is_not_resumed_while_another_of_its_visitor_is_active(
    folder: Path, tiny: Dataset
) -> None:
    run_id = interrupted(folder, SHORT, tiny, 15)
    checkpoints = Checkpoints(folder)
    queue = JobQueue(lambda run, data: None, workers=1, checkpoints=checkpoints)
    other = queue.submit(SHORT, tiny, ANN, paused=True)
    with pytest.raises(LimitError, match="one thing at a time"):
        queue.resume_interrupted(run_id, tiny)
    assert [info.identity.id for info in checkpoints.interrupted(ANN)] == [run_id]
    queue.stop(other)
    until_ended(other)
    until_ended(queue.resume_interrupted(run_id, tiny))


# Runs that wait for a core.


def test_run_that_waited_when_its_server_was_killed_starts_later_and_is_the_same(
    folder: Path, tiny: Dataset
) -> None:
    killed = Checkpoints(folder)
    queue = JobQueue(lambda run, data: None, workers=1, checkpoints=killed)
    running = queue.submit(replace(SHORT, epochs=1_000), tiny, BOB)
    waiting = queue.submit(SHORT, tiny, ANN, "mine")
    saved = list[Run]()
    other = Checkpoints(folder)
    second = JobQueue(append_to(saved), workers=1, checkpoints=other)
    assert other.interrupted(ANN) == []  # it waits, there
    killed.release(waiting.id)  # as the operating system does
    assert [info.identity for info in other.interrupted(ANN)] == [waiting.identity]
    resumed = second.resume_interrupted(waiting.id, tiny)
    until_ended(resumed)
    assert_same_run(saved[0], trained_without_changes(SHORT, tiny))
    assert (saved[0].info.id, saved[0].info.name) == (waiting.id, "mine")
    assert other.interrupted(ANN) == []
    queue.stop(running)
    until_ended(running)


def test_waiting_run_that_is_stopped_refused_or_abandoned_leaves_nothing(
    folder: Path, tiny: Dataset
) -> None:
    now = 0.0
    queue = JobQueue(
        lambda run, data: None,
        workers=1,
        checkpoints=Checkpoints(folder, interval=1e9),
        clock=lambda: now,
        heartbeat_timeout=10.0,
    )
    running = queue.submit(replace(SHORT, epochs=1_000), tiny, BOB)
    until(lambda: running.history)
    stopped = queue.submit(SHORT, tiny, ANN)
    with pytest.raises(LimitError):
        queue.submit(SHORT, tiny, ANN, alone=True)
    queue.stop(stopped)
    assert [path.stem for path in folder.glob("*.safetensors")] == [running.id]
    abandoned = queue.submit(SHORT, tiny, ANN)
    now = 20.0
    until_ended(running)
    until_ended(abandoned)
    until(lambda: list(folder.iterdir()) == [])


# Ownership and removal.


def test_a_run_that_ended_leaves_no_checkpoint(folder: Path, tiny: Dataset) -> None:
    checkpoints = Checkpoints(folder, interval=0)
    queue = JobQueue(lambda run, data: None, workers=1, checkpoints=checkpoints)
    done = queue.submit(SHORT, tiny, ANN)
    until_ended(done)
    stopped = queue.submit(replace(SHORT, epochs=1_000), tiny, ANN)
    until(lambda: stopped.history)
    assert len(list(folder.glob("*.safetensors"))) == 1
    queue.stop(stopped)
    until_ended(stopped)
    until(lambda: list(folder.iterdir()) == [])


def test_a_run_that_failed_leaves_no_checkpoint(folder: Path, tiny: Dataset) -> None:
    job = TrainingJob(SHORT, tiny, identity())

    def broken() -> bool:
        raise MemoryError

    JobRunner(lambda run, data: None, Checkpoints(folder)).run(job, broken)
    assert job.status is Status.FAILED
    assert "not enough memory" in job.error
    assert list(folder.iterdir()) == []


def test_run_that_could_not_be_saved_is_resumable_after_restart(
    folder: Path, tiny: Dataset
) -> None:
    def full_disk(run: Run, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    checkpoints = Checkpoints(folder)
    job = TrainingJob(SHORT, tiny, identity())
    JobRunner(full_disk, checkpoints).run(job)
    assert job.run is not None
    assert Checkpoints(folder).interrupted(ANN) == []  # this server still holds its lock
    checkpoints.release(job.id)
    assert [info.identity.id for info in Checkpoints(folder).interrupted(ANN)] == [job.id]


def test_paused_run_is_checkpointed(folder: Path, tiny: Dataset) -> None:
    checkpoints = Checkpoints(folder)
    queue = JobQueue(lambda run, data: None, workers=1, checkpoints=checkpoints)
    job = queue.submit(SHORT, tiny, ANN, paused=True)
    for _ in range(2):
        queue.step(job)
        until(lambda: job.status is Status.PAUSED)
    data = (folder / f"{job.id}.safetensors").read_bytes()
    assert checkpoint_from_bytes(data).info.step_count == 2
    queue.stop(job)
    until_ended(job)


def test_checkpoint_of_a_saved_run_is_removed(folder: Path, tiny: Dataset) -> None:
    run_id = interrupted(folder, SHORT, tiny, 15)
    assert Checkpoints(folder, lambda found: found == run_id).interrupted(ANN) == []
    assert list(folder.iterdir()) == []


def test_drop_removes_only_the_given_checkpoint(folder: Path, tiny: Dataset) -> None:
    first, second = (interrupted(folder, SHORT, tiny, 15) for _ in range(2))
    checkpoints = Checkpoints(folder)
    checkpoints.drop(first)
    checkpoints.drop(first)
    assert [info.identity.id for info in checkpoints.interrupted(ANN)] == [second]
    with pytest.raises(RunError, match="was discarded"):
        checkpoints.acquire(first)


def test_checkpoint_is_acquired_once(folder: Path, tiny: Dataset, monkeypatch: Any) -> None:
    monkeypatch.setattr(checkpoints_module, "_LOCK_SECONDS", 0.01)
    run_id = interrupted(folder, SHORT, tiny, 15)
    one, other = Checkpoints(folder), Checkpoints(folder)
    found = one.acquire(run_id)
    with pytest.raises(RunError, match="already been resumed"):
        one.acquire(run_id)
    for refused in (lambda: other.acquire(run_id), lambda: other.drop(run_id)):
        with pytest.raises(RunError, match="Another server"):
            refused()
    with pytest.raises(RunError, match="Another server"):
        other.write(found)
    assert one.interrupted(ANN) == other.interrupted(ANN) == []
    one.release(run_id)
    assert len(other.interrupted(ANN)) == 1
    assert other.acquire(run_id).info.step_count == 15


def test_partial_files_expire_after_an_hour_and_checkpoints_after_a_month(
    folder: Path, tiny: Dataset
) -> None:
    run_id = interrupted(folder, SHORT, tiny, 15)
    half = folder / f"{run_id}.safetensors123.part"
    stray = folder / f"{new_id()}.lock"
    for path in (half, stray):
        path.write_bytes(b"")
    checkpoints = Checkpoints(folder)
    hour, month = time.time() - 3_700, time.time() - 31 * 24 * 3600
    assert len(checkpoints.interrupted(ANN)) == 1
    assert half.exists()
    for path in folder.iterdir():
        os.utime(path, (hour, hour))
    assert len(checkpoints.interrupted(ANN)) == 1
    assert sorted(path.suffix for path in folder.iterdir()) == [".lock", ".safetensors"]
    held = Checkpoints(folder)
    held.acquire(run_id)
    for path in folder.iterdir():
        os.utime(path, (month, month))
    assert checkpoints.interrupted(ANN) == []
    assert held.interrupted(ANN) == []
    assert (folder / f"{run_id}.safetensors").exists(), "a server has resumed it"
    held.release(run_id)
    checkpoints.interrupted(ANN)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["", "x", "../" + "a" * 29, "A" * 32, "a" * 33])
def test_ids_outside_the_folder_are_refused(folder: Path, name: str) -> None:
    for action in (Checkpoints(folder).acquire, Checkpoints(folder).drop):
        with pytest.raises(RunError):
            action(name)


# Real processes.

BEGINNING = """
import sys, time
from pathlib import Path
import numpy as np
from inkling.runs.checkpoints import Checkpoints
from inkling.training.job import TrainingJob
from inkling.training.queue import JobQueue
from inkling.training.runner import JobRunner
from inkling.runs.run import RunIdentity, new_id
from inkling.runs.store import RunStore
from data_loader import Dataset
from nn import TrainConfig
from tests.conftest import tiny_split
rng = np.random.default_rng(7)
dataset = Dataset("tiny", "", tiny_split(rng, 600), tiny_split(rng, 200))
config = TrainConfig(hidden_sizes=(8,), epochs=1_000, batch_size=50, validation_size=100)
"""
SERVER = f"""{BEGINNING}
checkpoints = Checkpoints(Path(sys.argv[1]), interval=0.05, share=1)
queue = JobQueue(lambda run, data: None, workers=1, checkpoints=checkpoints)
job = queue.submit(config, dataset, "{ANN}")
while len(job.history) < 20:
    time.sleep(0.01)
print(job.id, flush=True)
time.sleep(600)
"""


@pytest.fixture
def server(folder: Path) -> Iterator[subprocess.Popen]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def test_run_is_listed_as_interrupted_only_after_its_server_was_killed(
    folder: Path, server: subprocess.Popen, tiny: Dataset
) -> None:
    assert server.stdout is not None
    run_id = server.stdout.readline().strip()
    checkpoints = Checkpoints(folder)
    assert (folder / f"{run_id}.safetensors").exists()
    assert checkpoints.interrupted(ANN) == []
    with pytest.raises(RunError, match="Another server"):
        checkpoints.acquire(run_id)
    server.kill()
    server.wait()
    (info,) = checkpoints.interrupted(ANN)
    assert info.identity.id == run_id
    assert info.step_count > 0
    found = checkpoints.acquire(run_id)
    config = found.info.config
    assert found.state is not None
    trainer_theta = found.state["trainer"]["theta"]
    job, saved = TrainingJob(config, tiny, identity()), list[Run]()

    class Watched(Checkpoints):
        def write(self, checkpoint: Checkpoint) -> None:
            if checkpoint.info.step_count == info.step_count:
                assert checkpoint.state is not None
                saved.append(checkpoint.state["trainer"]["theta"])
                raise ServerKilled

    with pytest.raises(ServerKilled):
        JobRunner(lambda run, data: None, Watched(folder, interval=0, share=1e9)).run(job)
    np.testing.assert_array_equal(trainer_theta, saved[0])


# Faults of the disk.


def test_run_with_unwritable_checkpoints_continues_and_reports_the_error(
    folder: Path, tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[str] = []
    full = True

    def write_atomically(path: Path, data: bytes) -> None:
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def look() -> bool:
        nonlocal full
        errors.append(job.checkpoint_error)
        full = len(job.history) < 6
        return False

    monkeypatch.setattr(checkpoints_module, "write_atomically", write_atomically)
    job = TrainingJob(SHORT, tiny, identity())
    JobRunner(lambda run, data: None, Checkpoints(folder, interval=0, share=1e9)).run(job, look)
    assert job.status is Status.DONE
    assert "No space left on device. Training continues" in errors[0]
    assert "Make room" in errors[0]
    assert errors[-1] == "", "there was room again"


def test_unwritable_folder_does_not_end_a_run(tmp_path: Path, tiny: Dataset) -> None:
    (tmp_path / "file").write_bytes(b"")
    checkpoints = Checkpoints(tmp_path / "file" / "checkpoints")
    job = TrainingJob(SHORT, tiny, identity())
    JobRunner(lambda run, data: None, checkpoints).run(job)
    assert job.status is Status.DONE
    assert "progress could not be saved" in job.checkpoint_error
    assert checkpoints.interrupted(ANN) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_file_size_limit_does_not_end_a_run(tmp_path: Path, tiny: Dataset) -> None:
    program = f"""{BEGINNING}
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
identity = RunIdentity(id=new_id(), name="a", visitor_id="{ANN}", created=1.0)
job = TrainingJob(config, dataset, identity)
store = RunStore(Path(sys.argv[1]))

def stop_soon():
    job.stop()
    return False

JobRunner(store.save, Checkpoints(store.folder / "checkpoints")).run(job, stop_soon)
print(job.status.value, "|", job.error, "|", job.checkpoint_error)
left = [path for path in store.folder.rglob("*") if path.is_file() and path.suffix != ".lock"]
print(store.runs(), left)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    summary, left = done.stdout.splitlines()
    assert summary.startswith("stopped | This run could not be saved: File too large")
    assert "progress could not be saved: File too large" in summary
    assert left == "[] []"


# Untrusted files.


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, tiny: Dataset) -> bytes:
    folder = tmp_path_factory.mktemp("checkpoint")
    run_id = interrupted(folder, replace(SHORT, optimizer="adam"), tiny, 17)
    return (folder / f"{run_id}.safetensors").read_bytes()


def parts(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return dict(safetensors.numpy.load(data)), header["__metadata__"]


def change(key: str, **values: Any) -> Callable[[dict[str, str]], None]:
    """Return a function that sets values within one of the JSON texts."""

    def apply(metadata: dict[str, str]) -> None:
        metadata[key] = json.dumps(json.loads(metadata[key]) | values)

    return apply


PLAIN = ("format", "digest")  # texts that are no JSON


def test_checkpoint_round_trip(data: bytes) -> None:
    arrays, texts = parts(data)
    again, same_texts = parts(checkpoint_bytes(checkpoint_from_bytes(data)))
    assert again.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(again[name], array, strict=True)
    assert {key: json.loads(text) for key, text in same_texts.items() if key not in PLAIN} == {
        key: json.loads(text) for key, text in texts.items() if key not in PLAIN
    }


@pytest.mark.parametrize(
    "spoil",
    [
        change("label", id="../../etc/passwd"),
        change("label", id=7),
        change("label", name=None),
        change("label", notes="x"),
        change("label", created="now"),
        change("config", epochs=0),
        change("config", hidden_sizes=[4]),
        change("config", filters=[4]),
        change("config", augmentation="upside-down"),
        change("config", optimizer="sgd"),
        change("config", batch_size=3),
        change("config", epochs=1),
        change("digits", training_size=400),
        change("digits", training_size=0),
        change("digits", digest="x"),
        change("course", step_count=18),
        change("course", step_count=-1),
        change("course", learning_rate="fast"),
        change("course", trainers_rate=1e9),
        change("course", last_rate=float("nan")),
        change("course", seconds=-1),
        change("course", distance=0.0),
        change("course", distance=3.0),
        change("course", distance=float("inf")),
        change("rng", bit_generator="MT19937"),
        change("rng", state={"state": -1, "inc": 1}),
        change("rng", state={"state": 2**128, "inc": 1}),
        change("rng", uinteger=2**32),
        change("rng", has_uint32=2),
        change("history", step=[1]),
        change("history", train_loss=None),
        lambda texts: texts.update(events='[{"step": 18, "learning_rate": 0.1}]'),
        lambda texts: texts.update(events="3"),
        lambda texts: texts.update(rng="[" * 100_000),
        lambda texts: texts.update(format="inkling-run-1"),
        lambda texts: texts.pop("label"),
        lambda texts: texts.pop("rng"),
        lambda texts: texts.pop("history"),
    ],
)
def test_invalid_checkpoint_header_is_refused(
    data: bytes, spoil: Callable[[dict[str, str]], None]
) -> None:
    arrays, texts = parts(data)
    spoil(texts)
    with pytest.raises(RunError) as refused:
        checkpoint_from_bytes(safetensors.numpy.save(arrays, texts))
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("theta", np.zeros(5, np.float32)),
        ("theta", np.zeros(6370, np.float64)),
        ("gradient", np.zeros((1, 6370), np.float32)),
        ("optimizer.mean", np.zeros(5, np.float32)),
        ("optimizer.steps", np.zeros(1, np.int64)),  # by which Adam would divide
        ("optimizer.steps", np.full(1, 16)),
        ("optimizer.velocity", np.zeros(6370, np.float32)),
        ("order", np.zeros(500, np.int64)),
        ("order", np.arange(1, 501)),
        ("order", np.arange(500, dtype=np.int32)),
        ("order", np.arange(0)),
        ("losses", np.zeros(3)),
        ("right", np.full(2, 51)),
        ("sizes", np.full(2, 0)),
        ("sizes", np.full(2, 51)),
        ("snapshots", np.zeros((3, 5), np.float16)),
        ("snapshot_steps", np.array([3, 2, 1])),
        ("extra", np.zeros(3)),
    ],
)
def test_invalid_checkpoint_arrays_are_refused(data: bytes, name: str, array: np.ndarray) -> None:
    arrays, texts = parts(data)
    assert name not in arrays or not np.array_equal(arrays[name], array)
    arrays[name] = array
    with pytest.raises(RunError):
        checkpoint_from_bytes(safetensors.numpy.save(arrays, texts))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=st.data())
def test_damaged_file_is_read_or_raises_run_error(data: bytes, chance: Any) -> None:
    spoiled = bytearray(data)
    header = 8 + int.from_bytes(data[:8], "little")
    for _ in range(chance.draw(st.integers(1, 5))):
        spoiled[chance.draw(st.integers(0, header + 200))] = chance.draw(st.integers(0, 255))
    with suppress(RunError):
        checkpoint_from_bytes(bytes(spoiled[: chance.draw(st.integers(0, len(spoiled)))]))


@given(chance=st.data())
def test_a_changed_byte_anywhere_is_refused(data: bytes, chance: Any) -> None:
    spoiled = bytearray(data)
    spoiled[chance.draw(st.integers(0, len(data) - 1))] ^= chance.draw(st.integers(1, 255))
    with pytest.raises(RunError):
        checkpoint_from_bytes(bytes(spoiled))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"inkling-checkpoint-2", b"inkling-checkpoint-1"),
        (b"inkling-checkpoint-2", b"inkling-checkpoint-3"),
        (b'"digest":', b'"digesT":'),
        (b'"theta":', b'"thetb":'),
        (b"\x00" * 8, b"\x00" * 7 + b"\x01"),
    ],
)
def test_changed_version_digest_and_array_are_refused_as_damaged(
    data: bytes, old: bytes, new: bytes
) -> None:
    with pytest.raises(RunError, match=r"is damaged.*Discard it"):
        checkpoint_from_bytes(data[:8] + data[8:].replace(old, new, 1))


def test_checkpoint_of_another_version_is_refused(data: bytes) -> None:
    arrays, texts = parts(data)
    texts.pop("digest")
    for version in (b"checkpoint-3", b"screenshot-2"):
        changed = safetensors.numpy.save(arrays, texts | {"digest": "0" * 64})
        changed = changed.replace(b"checkpoint-2", version)
        start = changed.index(b'"digest":"') + 10
        digest = hashlib.sha256(changed).hexdigest().encode()
        with pytest.raises(RunError, match="not contain a checkpoint that this version"):
            checkpoint_from_bytes(changed[:start] + digest + changed[start + 64 :])


def test_file_of_version_0_1_is_checked_by_the_shapes_of_its_arrays(data: bytes) -> None:
    arrays, texts = parts(data)
    texts.pop("digest")
    texts["format"] = "inkling-checkpoint-1"
    assert checkpoint_from_bytes(safetensors.numpy.save(arrays, texts)).info.step_count == 17
    for name in ("theta", "gradient", "order", "optimizer.mean", "losses", "snapshots"):
        other = arrays | {name: arrays[name][:-1]}
        with pytest.raises(RunError):
            checkpoint_from_bytes(safetensors.numpy.save(other, texts))


def test_upload_of_a_checkpoint_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(RunError, match="not contain a run"):
        RunStore(tmp_path).upload(data, ANN)
    assert list(tmp_path.iterdir()) == []


def test_damaged_checkpoint_is_not_listed_or_refused_with_a_message(
    folder: Path, tiny: Dataset
) -> None:
    first, second = (interrupted(folder, SHORT, tiny, 15) for _ in range(2))
    half = folder / f"{first}.safetensors"
    half.write_bytes(half.read_bytes()[:5_000])
    path = folder / f"{second}.safetensors"
    path.write_bytes(path.read_bytes().replace(b"train_loss", b"train_lost"))
    checkpoints = Checkpoints(folder)
    assert [info.identity.id for info in checkpoints.interrupted(ANN)] == [second]
    with pytest.raises(RunError, match=r"damaged.*Discard it"):
        checkpoints.acquire(second)
    assert len(checkpoints.interrupted(ANN)) == 1, "it can still be dropped"
