"""The race between two batch sizes, mostly with a simulated clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from itertools import count

import pytest

from data_loader import Dataset
from inkling.lessons.failure_lab import RACE
from inkling.training import race
from inkling.training.queue import JobQueue
from inkling.training.race import AS_PUBLISHED, MENDED, Race, Standing


def ticking(seconds: float) -> Callable[[], float]:
    """Return a clock that advances by so many seconds at each call."""
    ticks = count()
    return lambda: next(ticks) * seconds


def standing(batch_size: int, images: int, cost: float = 0.45) -> Standing:
    return Standing(
        batch_size=batch_size,
        steps=images // batch_size,
        images=images,
        seconds=2.0,
        cost=cost,
    )


def test_both_sides_get_equal_time_and_images(small: Dataset) -> None:
    run = Race(AS_PUBLISHED, small, nullcontext, seconds=1.0, clock=ticking(0.02))
    run.run()
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
    run = Race(MENDED, small, nullcontext, seconds=1.0, clock=ticking(0.02))
    assert not run.history
    assert run.standings is None
    assert run.progress == 0
    run.run()
    spent = [sum(side.seconds for side in both) for both in run.history]
    assert len(spent) > 5
    assert spent == sorted(spent)
    assert run.progress == 1


def test_loop_learns_only_when_corrected(small: Dataset) -> None:
    costs = []
    for config in (AS_PUBLISHED, MENDED):
        run = Race(
            config, small, nullcontext, seconds=5.0, batch_sizes=(1, 10), clock=ticking(0.002)
        )
        run.run()
        one, _ = run.history[-1]
        assert one.steps > 1_000
        costs.append(one.cost)
    assert costs[0] > 0.4
    assert costs[1] < 0.2


def test_step_longer_than_a_turn_ends_the_turn(small: Dataset) -> None:
    run = Race(AS_PUBLISHED, small, nullcontext, seconds=1.0, clock=ticking(0.2))
    run.run()
    one, many = run.history[-1]
    assert one.steps == many.steps > 1


def test_race_holds_a_core_while_running(small: Dataset) -> None:
    held: list[bool] = []

    @contextmanager
    def core() -> Iterator[None]:
        held.append(True)
        assert run.standings is None
        yield
        assert run.standings is not None
        held.append(False)

    run = Race(AS_PUBLISHED, small, core, seconds=0.3, clock=ticking(0.02))
    run.run()
    assert not run.error
    assert held == [True, False]


def test_race_runs_in_thread_on_idle_core(small: Dataset) -> None:
    queue = JobQueue(lambda run: None, workers=1)
    run = Race(AS_PUBLISHED, small, queue.reserve_idle_core, seconds=0.3, clock=ticking(0.02))
    with queue.reserve_idle_core():  # already reserved
        run.start()
        assert run.standings is None
        assert not run.finished
    run.thread.join(30)
    assert run.finished
    assert run.standings is not None


def test_stopped_race_keeps_its_standings(small: Dataset) -> None:
    run = Race(AS_PUBLISHED, small, nullcontext, seconds=1e9, limit=1e9)
    run.start()
    while run.standings is None:
        assert not run.finished
    run.stop()
    run.thread.join(30)
    assert run.finished
    assert run.standings is not None


def test_race_ends_at_wall_clock_limit(small: Dataset) -> None:
    run = Race(AS_PUBLISHED, small, nullcontext, seconds=1e9, limit=0.0)
    run.run()
    assert run.finished
    assert run.standings is None
    assert race.outcome(run) is None
    assert race.result(run)


def test_exceptions_become_error_messages(tiny: Dataset) -> None:
    too_large = replace(AS_PUBLISHED, training_size=60_000)
    run = Race(too_large, tiny, nullcontext)
    run.run()
    assert run.finished
    assert "ConfigError" in run.error


@pytest.mark.parametrize(
    ("times", "option"), [(0.5, 0), (1.9, 0), (2, 1), (9.9, 1), (10, 2), (54, 2), (101, 3)]
)
def test_outcome_depends_on_the_speeds(times: float, option: int, tiny: Dataset) -> None:
    run = Race(AS_PUBLISHED, tiny, nullcontext)
    run.history = ((standing(1, 20_000), standing(10_000, int(20_000 * times))),)
    assert race.outcome(run) == option
    assert option < len(RACE.options)


def test_result_has_speed_and_cost_of_both_sides(tiny: Dataset) -> None:
    run = Race(AS_PUBLISHED, tiny, nullcontext)
    run.history = ((standing(1, 20_000, 0.08), standing(10_000, 1_000_000, 0.44)),)
    text = race.result(run)
    assert text.startswith(
        "One at a time, the network learns from 10,000 images a second; 10,000 at"
    )
    assert "from 500,000, 50 times as many" in text
    assert "0.080" in text
    assert "0.440" in text
