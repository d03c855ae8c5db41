"""Experiments of the failure lab: what goes wrong in training, with a prediction to make first.

A `Failure` trains a network; the other two experiments are the gradient check of
`inkling.lessons.experiment_b_gradient` and the race of `inkling.training.race`. Which option is
true is always read off the numbers, since other data sets may give another result than MNIST.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from inkling.lessons.content import list_items, section, title
from inkling.runs.run import Run
from nn import TrainConfig, TrainRecord, recipes
from nn.diagnosis import NOT_FINITE
from nn.losses import LOSSES


@dataclass(frozen=True)
class Experiment:
    """Experiment with a prediction; its prose is the file `content/failure_lab/<key>.md`.

    Attributes
    ----------
    key : str
    """

    key: str

    @property
    def title(self) -> str:
        """Title on the page."""
        return title(self._file)

    @property
    def set_up(self) -> str:
        """What is changed, and in what."""
        return section(self._file, "Set-up")

    @property
    def question(self) -> str:
        """Question for the prediction."""
        return section(self._file, "Question")

    @property
    def options(self) -> tuple[str, ...]:
        """Answers to choose from, of which the result shows one to be true."""
        return list_items(self._file, "Options")

    @property
    def why(self) -> str:
        """Explanation of the result, in Markdown."""
        return section(self._file, "Why")

    @property
    def corrected_text(self) -> str:
        """What is changed so that the network learns."""
        return section(self._file, "The fix")

    @property
    def _file(self) -> str:
        return f"failure_lab/{self.key}"


@dataclass(frozen=True, kw_only=True)
class Failure(Experiment):
    """Experiment that trains a network.

    Attributes
    ----------
    config : TrainConfig
        Fails.
    corrected : TrainConfig
        Learns.
    outcome : callable
        Run -> position in `options` that the run shows to be true; None if it was stopped or its
        learning rate changed.
    show_gradients : bool
        Whether a chart of each layer's gradient helps to see the reason.
    """

    config: TrainConfig
    corrected: TrainConfig
    outcome: Callable[[Run], int | None]
    show_gradients: bool = False

    def result(self, run: Run) -> str:
        """Return sentences with the numbers of a run."""
        return section(self._file, "Result", **_result_values(run))


def accuracy_of(run: Run) -> float:
    """Return the accuracy by which a run is judged, from 0 to 1.

    On the validation images, if there are any: only historical recipes are judged on test images.
    """
    if run.info.validation_accuracy is not None:
        return run.info.validation_accuracy
    return run.info.test_accuracy or 0.0


def accuracy_sentence(run: Run) -> str:
    """Return a sentence with the accuracy by which a run is judged."""
    if run.info.validation_accuracy is None:
        return section("failure_lab", "Accuracy on test images", accuracy=accuracy_of(run))
    return section("failure_lab", "Accuracy on validation images", accuracy=accuracy_of(run))


def _gradient_sentence(run: Run) -> str:
    """Return a sentence that compares the last gradients of the first and the last layer."""
    norms = run.history[-1].layer_gradient_norms
    if not 0 < 2 * norms[0] < norms[-1]:
        return section("failure_lab", "Gradient keeps its size")
    return section("failure_lab", "Gradient shrinks", ratio=norms[-1] / norms[0])


def _result_values(run: Run) -> dict[str, object]:
    """Return the values for the placeholders that a section "Result" may have."""
    last = run.history[-1]
    lowest = min(run.history, key=_validation_loss)
    weights = [layer.W for layer in run.network.dense_layers]
    return {
        "accuracy_sentence": accuracy_sentence(run),
        "gradient_sentence": _gradient_sentence(run),
        "train_accuracy": last.train_accuracy,
        "epochs": last.epoch,
        "steps": run.info.steps,
        "cost": last.train_loss,
        "highest_cost": max(record.train_loss for record in run.history),
        "chance_cost": LOSSES[run.info.config.loss]().at_chance(10),
        "validation_cost": _validation_loss(last),
        "lowest_validation_cost": _validation_loss(lowest),
        "best_epoch": lowest.epoch,
        "dead_units": last.dead_share,
        "weights": sum(W.size for W in weights),
        "nonzero_weights": sum(int(np.count_nonzero(W)) for W in weights),
    }


def _validation_loss(record: TrainRecord) -> float:
    return math.inf if record.validation_loss is None else record.validation_loss


def _is_conclusive(run: Run) -> bool:
    """Whether a run went to its end or overflowed, and its learning rate was never changed."""
    return not run.events and (run.info.status == "done" or _overflowed(run))


def _overflowed(run: Run) -> bool:
    problem = run.history[-1].problem
    return problem is not None and problem.name == NOT_FINITE.name


def _by_accuracy(
    *levels: tuple[float, int], overflow: int | None = None
) -> Callable[[Run], int | None]:
    """Return a function that derives the outcome from a run's accuracy.

    Parameters
    ----------
    levels : (float, int)
        Lowest accuracy, option; the highest accuracy first, and one of 0.
    overflow : int, optional
        Option for a run whose numbers overflowed.
    """

    def outcome(run: Run) -> int | None:
        if not _is_conclusive(run):
            return None
        if overflow is not None and _overflowed(run):
            return overflow
        return next(option for lowest, option in levels if accuracy_of(run) >= lowest)

    return outcome


def _shuffled_outcome(run: Run) -> int | None:
    if not _is_conclusive(run):
        return None
    if accuracy_of(run) >= 0.2:
        return 2
    return 1 if run.history[-1].train_accuracy >= 0.9 else 0


_FAST = recipes["fast-97"]
_SMALL_LAYERS = replace(recipes["experiment-a-16-16"], epochs=20)
_DEEP = replace(_FAST, hidden_sizes=(64,) * 6, activation="sigmoid", initialization="xavier")
_SHUFFLED = replace(_FAST, training_size=1_000, epochs=40, shuffled_labels=True)
_HUNDRED = replace(_FAST, training_size=100, epochs=100)

GRADIENT_CHECK = Experiment("missing-term")
RACE = Experiment("race")

EXPERIMENTS: dict[str, Experiment] = {
    experiment.key: experiment
    for experiment in (
        Failure(
            "small-layers",
            config=_SMALL_LAYERS,
            corrected=replace(
                _SMALL_LAYERS,
                initialization="xavier",
                initial_scale=1.0,
                input_scale=1 / 255,
                batch_size=10,
                epochs=3,
            ),
            outcome=_by_accuracy((0.8, 2), (0.2, 1), (0, 0)),
            show_gradients=True,
        ),
        Failure(
            "high-eta",
            config=replace(_FAST, learning_rate=15.0),
            corrected=_FAST,
            outcome=_by_accuracy((0.9, 0), (0.2, 1), (0, 2), overflow=3),
        ),
        Failure(
            "zero-weights",
            config=replace(_FAST, initialization="normal", initial_scale=0.0),
            corrected=_FAST,
            outcome=_by_accuracy((0.9, 2), (0.2, 1), (0, 0)),
        ),
        Failure(
            "raw-pixels",
            config=replace(_FAST, input_scale=1.0),
            corrected=_FAST,
            outcome=_by_accuracy((0.95, 0), (0.2, 1), (0, 3), overflow=2),
        ),
        Failure(
            "deep-sigmoids",
            config=_DEEP,
            corrected=replace(_DEEP, activation="relu", initialization="he"),
            outcome=_by_accuracy((0.95, 0), (0.2, 1), (0, 2)),
            show_gradients=True,
        ),
        GRADIENT_CHECK,
        Failure(
            "shuffled-labels",
            config=_SHUFFLED,
            corrected=replace(_SHUFFLED, shuffled_labels=False),
            outcome=_shuffled_outcome,
        ),
        Failure(
            "hundred-images",
            config=_HUNDRED,
            corrected=replace(_HUNDRED, training_size=10_000, epochs=1),
            outcome=_by_accuracy((0.9, 2), (0.5, 1), (0, 0)),
        ),
        RACE,
    )
}
"""All experiments by key, in the order of the page."""

FAILURES: dict[str, Failure] = {
    key: experiment for key, experiment in EXPERIMENTS.items() if isinstance(experiment, Failure)
}
"""Experiments that train a network, by key."""
