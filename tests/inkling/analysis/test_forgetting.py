"""Learning histories: worked examples, and a run's own networks."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from data_loader import Dataset, Split
from inkling.analysis import forgetting
from inkling.analysis.forgetting import (
    FORGOTTEN,
    NEVER_LEARNED,
    NO_ANSWER,
    RELEARNED,
    RETAINED,
    LearningHistory,
)
from inkling.runs.run import Run
from inkling.runs.snapshots import Snapshot
from nn import TrainConfig

STORIES = {  # an image each, a letter a snapshot: R is right, W is wrong
    "RRRR": (RETAINED, 0),
    "WWRR": (RETAINED, 0),
    "WWWR": (RETAINED, 0),
    "RWWR": (RELEARNED, 1),
    "RWRW": (FORGOTTEN, 2),
    "WRWR": (RELEARNED, 1),
    "WRRW": (FORGOTTEN, 1),
    "WWWW": (NEVER_LEARNED, 0),
}


@pytest.fixture
def right() -> np.ndarray:
    return np.array([[letter == "R" for letter in history] for history in STORIES]).T  # (4, 8)


def test_classify_forgetting(right: np.ndarray) -> None:
    assert list(forgetting.classify_forgetting(right)) == [fate for fate, _ in STORIES.values()]


def test_forgetting_events(right: np.ndarray) -> None:
    assert list(forgetting.forgetting_events(right)) == [events for _, events in STORIES.values()]


def test_count_changes_at_each_snapshot(right: np.ndarray) -> None:
    learned, forgotten = forgetting.count_changes(right)
    assert list(learned) == [3, 2, 2, 3]
    assert list(forgotten) == [0, 2, 1, 2]
    # What was gained less what was lost is what is right.
    assert list(np.cumsum(learned - forgotten)) == list(right.sum(axis=1))


def test_accuracy_by_digit(right: np.ndarray) -> None:
    labels = np.array([0, 0, 0, 0, 7, 7, 7, 7], np.uint8)
    accuracies = forgetting.accuracy_by_digit(right, labels)
    assert accuracies.shape == (10, 4)
    assert list(accuracies[0]) == [0.5, 0.25, 0.5, 1.0]
    assert list(accuracies[7]) == [0.25, 0.5, 0.5, 0.25]
    assert np.isnan(accuracies[1]).all()


def test_learned_at_is_the_first_snapshot_that_stays_at_90_percent() -> None:
    accuracies = np.array(
        [
            [0.9, 0.95, 0.99],  # at once
            [0.95, 0.89, 0.9],  # lost once: only from the last one on
            [0.1, 0.9, 0.89],  # lost at the end
            [np.nan, np.nan, np.nan],
        ]
    )
    assert forgetting.learned_at(accuracies) == [0, 2, None, None]


@pytest.mark.parametrize(
    ("history", "description"),
    [
        ("WWW", "It was not correct at any snapshot."),
        ("RRR", "First correct at A, and correct ever since."),
        ("WRR", "First correct at B, and correct ever since."),
        ("RWR", "First correct at A, forgotten once, and correct since C."),
        ("WRW", "First correct at B, forgotten once, and wrong since C."),
        ("RWRW", "First correct at A, forgotten twice, and wrong since D."),
        ("RWRWRWW", "First correct at A, forgotten 3 times, and wrong since F."),
    ],
)
def test_describe_changes(history: str, description: str) -> None:
    assert (
        forgetting.describe_changes([letter == "R" for letter in history], "ABCDEFG") == description
    )


@pytest.mark.parametrize(
    ("epoch", "text"),
    [(0.00727, "0.007"), (0.0654, "0.07"), (0.262, "0.26"), (3.52, "3.5"), (117.2, "117")],
)
def test_format_epoch(epoch: float, text: str) -> None:
    assert forgetting.format_epoch(epoch) == text


@pytest.fixture(scope="module")
def run(tiny: Dataset, trained: Callable[..., Run]) -> Run:
    return trained(TrainConfig(hidden_sizes=(8,), validation_size=300, batch_size=20), tiny)


@pytest.fixture(scope="module")
def history(run: Run, tiny: Dataset) -> LearningHistory:
    return forgetting.learning_history(run, tiny.test)


def test_history_holds_the_predictions_of_each_snapshot(
    run: Run, tiny: Dataset, history: LearningHistory
) -> None:
    snapshots = [snapshot for snapshot in run.snapshots if snapshot.step > 0]
    assert len(snapshots) > 5
    assert list(history.steps) == [snapshot.step for snapshot in snapshots]
    labels = tiny.test.labels
    for k, snapshot in enumerate(snapshots):
        P = run.network_at(snapshot).predict_proba(tiny.test.images)
        np.testing.assert_array_equal(history.answers[k], P.argmax(axis=1))
        np.testing.assert_allclose(history.label_probability[k], P[np.arange(len(P)), labels])
    np.testing.assert_array_equal(history.right, history.answers == labels)
    assert history.right[-1].mean() > history.right[0].mean()


def test_snapshot_of_step_0_is_left_out(run: Run, tiny: Dataset, history: LearningHistory) -> None:
    first = Snapshot(0, run.snapshots[0].theta)
    from_the_start = Run(run.info, run.events, run.history, run.network, (first, *run.snapshots))
    assert list(forgetting.learning_history(from_the_start, tiny.test).steps) == list(history.steps)


def test_every_kth_of_too_many_images_is_used(run: Run, tiny: Dataset) -> None:
    images = np.repeat(tiny.test.images, 51, axis=0)
    labels = np.repeat(tiny.test.labels, 51)
    history = forgetting.learning_history(run, Split(images, labels))  # 10,200
    assert list(history.indices[:3]) == [0, 3, 6]
    assert len(history.indices) == 3_400
    np.testing.assert_array_equal(history.labels, labels[::3])


def test_float64_network_uses_half_as_many_images(run: Run, tiny: Dataset) -> None:
    images = Split(np.repeat(tiny.test.images, 25, axis=0), np.repeat(tiny.test.labels, 25))
    slow = replace(run, network=run.network.copy(np.float64))
    assert len(forgetting.learning_history(run, images).indices) == 5_000
    assert list(forgetting.learning_history(slow, images).indices) == list(range(0, 5_000, 2))


def test_overflowed_snapshot_has_no_answers(run: Run, tiny: Dataset) -> None:
    spoiled = Snapshot(run.snapshots[1].step, np.full_like(run.snapshots[1].theta, np.nan))
    snapshots = (spoiled, *run.snapshots[2:])
    history = forgetting.learning_history(
        Run(run.info, run.events, run.history, run.network, snapshots), tiny.test
    )
    assert (history.answers[0] == NO_ANSWER).all()
    assert not history.label_probability[0].any()
    assert not history.right[0].any()
    assert history.right[-1].any()


def test_rank_by_forgetting_events_then_label_probability() -> None:
    letters = ["RWRW", "RRRR", "RWRW", "WRWR"]
    answers = np.array([[7 if letter == "R" else 1 for letter in history] for history in letters]).T
    label_probability = np.full(answers.shape, 0.5, np.float32)
    label_probability[-1] = [0.4, 0.9, 0.1, 0.8]
    labels = np.full(4, 7, np.uint8)
    steps = np.arange(1, 5)
    history = LearningHistory(
        np.arange(4), labels, steps, answers.astype(np.uint8), label_probability
    )
    assert list(forgetting.rank_by_forgetting(history, np.array([0, 1, 2, 3]))) == [2, 0, 3, 1]
    assert list(forgetting.rank_by_forgetting(history, np.array([1, 3]))) == [3, 1]


def test_histories_are_read_only(history: LearningHistory) -> None:
    with pytest.raises(ValueError, match="read-only"):
        history.answers[0, 0] = 1
