"""Biographies of images: by stories that can be told by hand, and against a run's own networks."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from data_loader import Dataset, Split
from inkling.analysis import forgetting
from inkling.analysis.forgetting import ANEW, FORGOTTEN, KEPT, NEVER, NONE, LearningHistory
from inkling.runs.run import Run
from inkling.runs.snapshots import Snapshot
from nn import TrainConfig

STORIES = {  # an image each, a letter a snapshot: R is right, W is wrong
    "RRRR": (KEPT, 0),
    "WWRR": (KEPT, 0),
    "WWWR": (KEPT, 0),
    "RWWR": (ANEW, 1),
    "RWRW": (FORGOTTEN, 2),
    "WRWR": (ANEW, 1),
    "WRRW": (FORGOTTEN, 1),
    "WWWW": (NEVER, 0),
}


@pytest.fixture
def right() -> np.ndarray:
    return np.array([[letter == "R" for letter in story] for story in STORIES]).T  # (4, 8)


def test_what_became_of_each_image(right: np.ndarray) -> None:
    assert list(forgetting.classify_forgetting(right)) == [fate for fate, _ in STORIES.values()]


def test_how_often_each_was_forgotten(right: np.ndarray) -> None:
    assert list(forgetting.forgetting_events(right)) == [events for _, events in STORIES.values()]


def test_what_each_snapshot_brought_and_lost(right: np.ndarray) -> None:
    learned, forgotten = forgetting.changes(right)
    assert list(learned) == [3, 2, 2, 3]
    assert list(forgotten) == [0, 2, 1, 2]
    # What was gained less what was lost is what is right.
    assert list(np.cumsum(learned - forgotten)) == list(right.sum(axis=1))


def test_the_accuracy_of_each_digit(right: np.ndarray) -> None:
    labels = np.array([0, 0, 0, 0, 7, 7, 7, 7], np.uint8)
    accuracies = forgetting.accuracy_by_digit(right, labels)
    assert accuracies.shape == (10, 4)
    assert list(accuracies[0]) == [0.5, 0.25, 0.5, 1.0]
    assert list(accuracies[7]) == [0.25, 0.5, 0.5, 0.25]
    assert np.isnan(accuracies[1]).all()


def test_a_digit_is_learned_from_where_it_stays_at_nine_in_ten() -> None:
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
    ("story", "told"),
    [
        ("WWW", "It was not read right at any snapshot."),
        ("RRR", "First read right at A, and ever since."),
        ("WRR", "First read right at B, and ever since."),
        ("RWR", "First read right at A, forgotten once, and right since C."),
        ("WRW", "First read right at B, forgotten once, and wrong since C."),
        ("RWRW", "First read right at A, forgotten twice, and wrong since D."),
        ("RWRWRWW", "First read right at A, forgotten 3 times, and wrong since F."),
    ],
)
def test_a_life_in_words(story: str, told: str) -> None:
    assert forgetting.describe_changes([letter == "R" for letter in story], "ABCDEFG") == told


@pytest.mark.parametrize(
    ("epoch", "said"),
    [(0.00727, "0.007"), (0.0654, "0.07"), (0.262, "0.26"), (3.52, "3.5"), (117.2, "117")],
)
def test_an_epoch_in_a_few_digits(epoch: float, said: str) -> None:
    assert forgetting.format_epoch(epoch) == said


@pytest.fixture(scope="module")
def run(tiny: Dataset, trained: Callable[..., Run]) -> Run:
    return trained(TrainConfig(hidden_sizes=(8,), validation_size=300, batch_size=20), tiny)


@pytest.fixture(scope="module")
def story(run: Run, tiny: Dataset) -> LearningHistory:
    return forgetting.learning_history(run, tiny.test)


def test_it_holds_what_each_snapshot_says(run: Run, tiny: Dataset, story: LearningHistory) -> None:
    snapshots = [snapshot for snapshot in run.snapshots if snapshot.step > 0]
    assert len(snapshots) > 5
    assert list(story.steps) == [snapshot.step for snapshot in snapshots]
    labels = tiny.test.labels
    for k, snapshot in enumerate(snapshots):
        P = run.network_at(snapshot).predict_proba(tiny.test.images)
        np.testing.assert_array_equal(story.answers[k], P.argmax(axis=1))
        np.testing.assert_allclose(story.sure[k], P[np.arange(len(P)), labels])
    np.testing.assert_array_equal(story.right, story.answers == labels)
    assert story.right[-1].mean() > story.right[0].mean()


def test_before_training_nothing_was_learned(
    run: Run, tiny: Dataset, story: LearningHistory
) -> None:
    first = Snapshot(0, run.snapshots[0].theta)
    from_the_start = Run(run.info, run.events, run.history, run.network, (first, *run.snapshots))
    assert list(forgetting.learning_history(from_the_start, tiny.test).steps) == list(story.steps)


def test_of_too_many_images_an_even_selection_is_followed(run: Run, tiny: Dataset) -> None:
    images = np.repeat(tiny.test.images, 51, axis=0)
    labels = np.repeat(tiny.test.labels, 51)
    story = forgetting.learning_history(run, Split(images, labels))  # 10,200
    assert list(story.indices[:3]) == [0, 3, 6]
    assert len(story.indices) == 3_400
    np.testing.assert_array_equal(story.labels, labels[::3])


def test_of_a_network_in_float64_half_as_many_are_followed(run: Run, tiny: Dataset) -> None:
    images = Split(np.repeat(tiny.test.images, 25, axis=0), np.repeat(tiny.test.labels, 25))
    slow = replace(run, network=run.network.copy(np.float64))
    assert len(forgetting.learning_history(run, images).indices) == 5_000
    assert list(forgetting.learning_history(slow, images).indices) == list(range(0, 5_000, 2))


def test_a_network_that_was_spoiled_on_the_way_has_no_answers_there(
    run: Run, tiny: Dataset
) -> None:
    spoiled = Snapshot(run.snapshots[1].step, np.full_like(run.snapshots[1].theta, np.nan))
    snapshots = (spoiled, *run.snapshots[2:])
    story = forgetting.learning_history(
        Run(run.info, run.events, run.history, run.network, snapshots), tiny.test
    )
    assert (story.answers[0] == NONE).all()
    assert not story.sure[0].any()
    assert not story.right[0].any()
    assert story.right[-1].any()


def test_the_most_forgetful_come_first_and_of_equals_the_least_sure() -> None:
    letters = ["RWRW", "RRRR", "RWRW", "WRWR"]
    answers = np.array([[7 if letter == "R" else 1 for letter in story] for story in letters]).T
    sure = np.full(answers.shape, 0.5, np.float32)
    sure[-1] = [0.4, 0.9, 0.1, 0.8]
    labels = np.full(4, 7, np.uint8)
    steps = np.arange(1, 5)
    story = LearningHistory(np.arange(4), labels, steps, answers.astype(np.uint8), sure)
    assert list(forgetting.most_forgetful(story, np.array([0, 1, 2, 3]))) == [2, 0, 3, 1]
    assert list(forgetting.most_forgetful(story, np.array([1, 3]))) == [3, 1]


def test_biographies_cannot_be_changed(story: LearningHistory) -> None:
    with pytest.raises(ValueError, match="read-only"):
        story.answers[0, 0] = 1
