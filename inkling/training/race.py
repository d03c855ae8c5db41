"""A race between two batch sizes: the same network and images, on one core, turn by turn.

Two cores may differ in speed, so one process computes both sides. The side that had less time so
far has the next turn, and each counts only the time that it computed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from data_loader import Dataset, Split
from inkling.training.background_job import Computation
from inkling.training.session import RunControls
from nn import TrainConfig, Trainer, recipes
from nn.training import HasTrainTest, evaluate

AS_PUBLISHED: TrainConfig = recipes["experiment-a-16-16"]
"""Experiment A's network, which learns nothing at either speed."""

CORRECTED: TrainConfig = replace(
    AS_PUBLISHED, initialization="xavier", initial_scale=1.0, input_scale=1 / 255
)
"""The same with scaled pixels and larger weights: it learns, given enough steps."""

SECONDS = 6.0
LIMIT = 15.0
BATCH_SIZES = (1, 10_000)
_TURN = 0.05  # seconds
_COST_IMAGES = 1_000  # training images, the same for both


@dataclass(frozen=True, kw_only=True)
class Standing:
    """State of one side of a race.

    Attributes
    ----------
    batch_size : int
        Images that it learns from in one step.
    steps, images : int
        Made, and learned from, so far.
    seconds : float
        Of computing, so far.
    cost : float
        On the same training images as the other side's.
    """

    batch_size: int
    steps: int
    images: int
    seconds: float
    cost: float

    @property
    def name(self) -> str:
        """Name on the screen."""
        return "One at a time" if self.batch_size == 1 else f"{self.batch_size:,} at once"

    @property
    def images_per_second(self) -> float:
        """Training images a second; 0 at first."""
        return self.images / self.seconds if self.seconds else 0.0


Standings = tuple[Standing, Standing]
"""Small batches first."""


@dataclass(frozen=True, kw_only=True)
class RaceRequest:
    """Request to run a race.

    Attributes
    ----------
    config : TrainConfig
        Its batch size and epochs do not matter.
    seconds : float
        Computing time of both sides together.
    limit : float
        Maximum duration in seconds, on a core that others use, too.
    batch_sizes : (int, int)
    clock : callable
        Returns seconds of computing by this thread, not counting what others hold up.
    """

    config: TrainConfig
    seconds: float = SECONDS
    limit: float = LIMIT
    batch_sizes: tuple[int, int] = BATCH_SIZES
    clock: Callable[[], float] = time.thread_time


class Race(Computation):
    """Two runs of one config with two batch sizes; stopped after the turn that it is at.

    Parameters
    ----------
    config : TrainConfig
    dataset : Dataset
    visitor_id : str
    settings
        Of the `RaceRequest`.

    Attributes
    ----------
    history : tuple of Standings
        After every turn. Replaced, never changed.
    """

    def __init__(
        self, config: TrainConfig, dataset: Dataset, visitor_id: str, **settings: Any
    ) -> None:
        request = RaceRequest(config=config, **settings)
        super().__init__("race", visitor_id, run_race, request, dataset)
        self.history: tuple[Standings, ...] = ()
        self._seconds = request.seconds

    @property
    def standings(self) -> Standings | None:
        """State of both sides; None before the first turns."""
        return self.history[-1] if self.history else None

    @property
    def progress(self) -> float:
        """Share of its time that is over, from 0 to 1; 0 while it waits for a core."""
        if self.finished:
            return 1.0
        spent = sum(side.seconds for side in self.standings or ())
        return min(1.0, spent / self._seconds)

    def _keep_message(self, message: Standings) -> None:
        self.history = (*self.history, message)


def run_race(
    request: RaceRequest,
    dataset: HasTrainTest,
    read_controls: Callable[[], RunControls],
    emit: Callable[[Standings], None],
) -> None:
    """Run a race and emit the standings after every turn; the `Task` of a `Race`."""
    first, second = (
        _Side(request.config, dataset, size, request.clock) for size in request.batch_sizes
    )
    ends = time.monotonic() + request.limit
    while first.seconds + second.seconds < request.seconds and time.monotonic() < ends:
        side = first if first.seconds <= second.seconds else second
        if read_controls().stop or side.trainer.finished:
            break
        side.take_turn()
        if first.standing and second.standing:
            emit((first.standing, second.standing))


class _Side:
    """One of the two networks, and its computing time."""

    def __init__(
        self,
        config: TrainConfig,
        dataset: HasTrainTest,
        batch_size: int,
        clock: Callable[[], float],
    ) -> None:
        # As many epochs as a config may have: on few images, large batches are soon through one
        config = replace(config, batch_size=batch_size, epochs=1_000)
        self.trainer = Trainer(config, dataset)
        self.seconds = 0.0
        self.standing: Standing | None = None
        self._images = 0
        self._clock = clock
        examples = self.trainer.examples
        self._cost_images = Split(examples.images[:_COST_IMAGES], examples.labels[:_COST_IMAGES])

    def take_turn(self) -> None:
        """Make steps, at least one, until the turn is over; then evaluate the cost."""
        began = now = self._clock()
        while now - began < _TURN and not self.trainer.finished:
            self._images += self.trainer.step().size
            now = self._clock()
        self.seconds += now - began
        # The evaluation does not count as computing time.
        cost, _ = evaluate(self.trainer.network, self._cost_images, self.trainer.loss)
        assert cost is not None
        self.standing = Standing(
            batch_size=self.trainer.config.batch_size,
            steps=self.trainer.step_count,
            images=self._images,
            seconds=self.seconds,
            cost=cost,
        )


def outcome(race: Race) -> int | None:
    """Index of the option of `failures.RACE` that came true; None before the first turns."""
    if race.standings is None:
        return None
    return sum(_times_as_fast(race.standings) >= times for times in (2, 10, 100))


def result(race: Race) -> str:
    """Return two sentences on the speed and the cost of both sides."""
    if race.standings is None:
        return "The race was stopped before it started."
    small, large = race.standings
    times = _times_as_fast(race.standings)
    return (
        f"{small.name}, the network learns from {small.images_per_second:,.0f} images a second; "
        f"{large.name}, from {large.images_per_second:,.0f}, {times:,.0f} times as many. In "
        f"{small.seconds:.1f} seconds of computing the first made {small.steps:,} steps, down to a "
        f"cost of {small.cost:.3f}, and the second {large.steps:,}, down to {large.cost:.3f}."
    )


def _times_as_fast(standings: Standings) -> float:
    small, large = standings
    return large.images_per_second / small.images_per_second
