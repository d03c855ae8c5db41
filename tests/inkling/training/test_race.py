"""The race between two batch sizes, mostly with a simulated clock."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from data_loader import Dataset
from inkling.lessons.failure_lab import RACE
from inkling.training import race
from inkling.training.job import Status
from inkling.training.process_worker import WorkerProcesses
from inkling.training.queue import JobQueue
from inkling.training.race import AS_PUBLISHED, CORRECTED, Race, Standing
from inkling.training.session import run_in_thread
from nn import TrainConfig
from tests.child_processes import children
from tests.waiting import until

VISITOR_ID = "0" * 32


class Ticks:
    """Clock that advances by so many seconds at each call."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._count = seconds, -1

    def __call__(self) -> float:
        self._count += 1
        return self._count * self._seconds


@pytest.fixture
def processes() -> Iterator[WorkerProcesses]:
    processes = WorkerProcesses()
    yield processes
    processes.close()


def standing(batch_size: int, images: int, cost: float = 0.45) -> Standing:
    return Standing(
        batch_size=batch_size,
        steps=images // batch_size,
        images=images,
        seconds=2.0,
        cost=cost,
    )


def test_both_sides_get_equal_time_and_images(small: Dataset) -> None:
    run = Race(AS_PUBLISHED, small, VISITOR_ID, seconds=1.0, clock=Ticks(0.02))
    run.run(run_in_thread)
    assert run.finished
    assert not run.error
    assert run.standings is not None
    one, many = run.standings
    assert one.seconds == pytest.approx(many.seconds, abs=0.07)
    assert one.seconds + many.seconds == pytest.approx(1.0, abs=0.1)
    assert (one.batch_size, many.batch_size) == (1, 10_000)
    assert one.images == one.steps
    assert many.images == many.steps * 10_000, "there are no more"
    assert one.cost > 0
    assert many.cost > 0


def test_the_history_grows_turn_by_turn(small: Dataset) -> None:
    run = Race(CORRECTED, small, VISITOR_ID, seconds=1.0, clock=Ticks(0.02))
    assert not run.history
    assert run.standings is None
    assert run.progress == 0
    run.run(run_in_thread)
    spent = [sum(side.seconds for side in both) for both in run.history]
    assert len(spent) > 5
    assert spent == sorted(spent)
    assert run.progress == 1


def test_loop_learns_only_when_corrected(small: Dataset) -> None:
    costs = []
    for config in (AS_PUBLISHED, CORRECTED):
        run = Race(config, small, VISITOR_ID, seconds=5.0, batch_sizes=(1, 10), clock=Ticks(0.002))
        run.run(run_in_thread)
        one, _ = run.history[-1]
        assert one.steps > 1_000
        costs.append(one.cost)
    assert costs[0] > 0.4
    assert costs[1] < 0.2


def test_step_longer_than_a_turn_ends_the_turn(small: Dataset) -> None:
    run = Race(AS_PUBLISHED, small, VISITOR_ID, seconds=1.0, clock=Ticks(0.2))
    run.run(run_in_thread)
    one, many = run.history[-1]
    assert one.steps == many.steps > 1


def test_race_waits_for_an_idle_core(small: Dataset) -> None:
    queue = JobQueue(lambda run, data: None, workers=1)
    config = TrainConfig(hidden_sizes=(8,), epochs=1_000, validation_size=100)
    job = queue.submit(config, small, VISITOR_ID)
    until(lambda: job.history)
    run = Race(AS_PUBLISHED, small, VISITOR_ID, seconds=0.3, clock=Ticks(0.02))
    queue.submit_background(run)
    assert run.standings is None
    assert not run.finished
    queue.stop(job)
    until(lambda: run.finished)
    assert run.standings is not None


def test_stopped_race_keeps_its_standings(small: Dataset, processes: WorkerProcesses) -> None:
    for worker in (run_in_thread, processes):
        queue = JobQueue(lambda run, data: None, workers=1, worker=worker)
        run = Race(AS_PUBLISHED, small, VISITOR_ID, seconds=1e9, limit=1e9)
        queue.submit_background(run)
        until(lambda run=run: run.standings is not None)  # type: ignore[misc]
        queue.stop(run)
        until(lambda run=run: run.finished)  # type: ignore[misc]
        assert (run.status, run.error) == (Status.STOPPED, "")
        assert run.standings is not None


def test_standings_are_the_same_in_a_process(small: Dataset, processes: WorkerProcesses) -> None:
    races = [
        Race(CORRECTED, small, VISITOR_ID, seconds=2.0, batch_sizes=(1, 10), clock=Ticks(0.002))
        for _ in range(2)
    ]
    races[0].run(run_in_thread)
    races[1].run(processes)
    assert [run.error for run in races] == ["", ""]
    assert races[0].history == races[1].history
    assert len(races[0].history) > 5


def test_killed_process_becomes_an_error_message(
    small: Dataset, processes: WorkerProcesses
) -> None:
    queue = JobQueue(lambda run, data: None, workers=1, worker=processes)
    run = Race(AS_PUBLISHED, small, VISITOR_ID, seconds=1e9, limit=1e9)
    queue.submit_background(run)
    until(lambda: run.standings is not None)
    for child in children():
        child.kill()
    until(lambda: run.finished)
    assert run.status is Status.FAILED
    assert run.error == (
        "The race stopped unexpectedly, perhaps because memory ran out. Try again."
    )


def test_race_ends_at_time_limit(small: Dataset) -> None:
    run = Race(AS_PUBLISHED, small, VISITOR_ID, seconds=1e9, limit=1e9)
    run.run(run_in_thread, minutes=0)
    assert run.status is Status.STOPPED
    assert run.error == "The race was stopped: this server allows 0 minutes of computing."


def test_race_ends_at_wall_clock_limit(small: Dataset) -> None:
    run = Race(AS_PUBLISHED, small, VISITOR_ID, seconds=1e9, limit=0.0)
    run.run(run_in_thread)
    assert run.finished
    assert run.standings is None
    assert race.outcome(run) is None
    assert race.result(run)


def test_exceptions_become_error_messages(tiny: Dataset) -> None:
    too_large = replace(AS_PUBLISHED, training_size=60_000)
    run = Race(too_large, tiny, VISITOR_ID)
    run.run(run_in_thread)
    assert run.finished
    assert "ConfigError" in run.error


@pytest.mark.parametrize(
    ("times", "option"), [(0.5, 0), (1.9, 0), (2, 1), (9.9, 1), (10, 2), (54, 2), (101, 3)]
)
def test_outcome_depends_on_the_speeds(times: float, option: int, tiny: Dataset) -> None:
    run = Race(AS_PUBLISHED, tiny, VISITOR_ID)
    run.history = ((standing(1, 20_000), standing(10_000, int(20_000 * times))),)
    assert race.outcome(run) == option
    assert option < len(RACE.options)


def test_result_has_speed_and_cost_of_both_sides(tiny: Dataset) -> None:
    run = Race(AS_PUBLISHED, tiny, VISITOR_ID)
    run.history = ((standing(1, 20_000, 0.08), standing(10_000, 1_000_000, 0.44)),)
    text = race.result(run)
    assert text.startswith(
        "One at a time, the network learns from 10,000 images a second; 10,000 at"
    )
    assert "from 500,000, 50 times as many" in text
    assert "0.080" in text
    assert "0.440" in text
