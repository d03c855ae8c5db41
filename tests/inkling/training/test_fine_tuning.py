"""Fine-tuning: drawings are learned; rehearsal prevents forgetting."""

import numpy as np
import pytest

from data_loader import Dataset, Split
from inkling.data.unseen_images import unseen_images
from inkling.data.user_drawings import UserDrawings
from inkling.training import fine_tuning
from inkling.training.fine_tuning import (
    SHARE,
    FineTuning,
    FineTuningResult,
    new_trainer,
    predicted_digits,
    rehearsal_set,
    rehearsal_size,
    with_scaled_pixels,
)
from inkling.training.process_worker import WorkerProcesses
from inkling.training.session import run_in_thread
from nn import Network, TrainConfig, Trainer, cnn, mlp

VISITOR_ID = "0" * 32


@pytest.fixture(scope="module")
def network(small: Dataset) -> Network:
    trainer = Trainer(TrainConfig(hidden_sizes=(24,), epochs=2), small)
    while not trainer.finished:
        trainer.step()
    return trainer.network


@pytest.fixture(scope="module")
def odd() -> UserDrawings:
    """Return three upright bars labelled 4, unlike each of the ten training patterns."""
    images = np.zeros((3, 28, 28), np.uint8)
    for k in range(3):
        images[k, 4:24, 8 + 4 * k : 12 + 4 * k] = 240
    return UserDrawings(images, np.full(3, 4, np.uint8))


def tuned(network: Network, odd: UserDrawings, dataset: Dataset, **how: bool) -> FineTuning:
    tuning = FineTuning(network, odd, dataset, VISITOR_ID, **how)
    assert not tuning.has_started
    assert tuning.progress == 0
    tuning.run(run_in_thread)
    assert tuning.finished
    assert tuning.error == ""
    return tuning


def test_drawings_are_learned_and_original_model_is_unchanged(
    network: Network, odd: UserDrawings, small: Dataset
) -> None:
    before = network.theta.copy()
    tuning = tuned(network, odd, small)
    np.testing.assert_array_equal(network.theta, before)
    result = tuning.result
    assert result is not None
    assert tuning.progress == 1
    assert (result.drawn_before == predicted_digits(network, odd.images)).all()
    assert not (result.drawn_before == 4).all()
    assert (result.drawn_after == 4).all()
    assert (predicted_digits(result.network, odd.images) == 4).all()
    held_back = unseen_images(None, "mnist", small).examples
    assert result.accuracy_before == np.mean(
        predicted_digits(network, held_back.images) == held_back.labels
    )
    assert result.accuracy_after > 0.95


def test_without_rehearsal_accuracy_drops(
    network: Network, odd: UserDrawings, small: Dataset
) -> None:
    kept, lost = (tuned(network, odd, small, rehearse=how).result for how in (True, False))
    assert kept is not None
    assert lost is not None
    assert (lost.drawn_after == 4).all()
    assert lost.accuracy_after < kept.accuracy_after - 0.05
    assert len(lost.forgotten) > len(kept.forgotten)
    assert (lost.before[lost.forgotten] == lost.labels[lost.forgotten]).all()
    assert (lost.after[lost.forgotten] != lost.labels[lost.forgotten]).all()


def test_lost_and_gained_images_add_up_to_accuracy_change() -> None:
    nothing = np.zeros(0, np.int64)
    result = FineTuningResult(
        mlp((784, 10)),
        labels=np.array([1, 2, 3, 4, 5]),
        before=np.array([1, 2, 0, 4, 0]),
        after=np.array([1, 0, 3, 0, 9]),
        drawn_before=nothing,
        drawn_after=nothing,
        seconds=1.0,
    )
    assert result.forgotten.tolist() == [1, 3]
    assert result.gained.tolist() == [2]
    assert (result.accuracy_before, result.accuracy_after) == (0.6, 0.4)


def test_rehearsal_excludes_validation_images(odd: UserDrawings, rng: np.random.Generator) -> None:
    n = 400  # pixels encode the image's index
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.divmod(np.arange(n), 256)
    split = Split(images, (np.arange(n) % 10).astype(np.uint8))
    dataset = Dataset("numbered", "made for the test", split, split)
    examples = rehearsal_set(odd, dataset, rng, rehearse=True)
    count = rehearsal_size(dataset)
    assert count == 320, "a fifth is held back"
    places = 256 * examples.images[:count, 0, 0].astype(int) + examples.images[:count, 0, 1]
    assert sorted(places) == list(range(320))
    np.testing.assert_array_equal(examples.labels[:count], places % 10)


def test_drawings_have_their_share_including_undistorted_copies(
    odd: UserDrawings, small: Dataset, rng: np.random.Generator
) -> None:
    with_old = rehearsal_set(odd, small, rng, rehearse=True)
    alone = rehearsal_set(odd, small, rng, rehearse=False)
    count = rehearsal_size(small)
    assert count == 5_000
    copies = len(with_old.labels) - count
    assert copies / len(with_old.labels) == pytest.approx(SHARE, abs=0.01)
    assert len(alone.labels) == copies
    assert set(alone.labels) == {4}
    np.testing.assert_array_equal(alone.images[:3], odd.images)
    assert (alone.images[3:] != odd.images[np.arange(3, copies) % 3]).any(axis=(1, 2)).all()


def test_more_drawings_than_their_share_are_all_learned(
    small: Dataset, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fine_tuning, "REHEARSED", 90)
    many = UserDrawings(small.test.images[:50], small.test.labels[:50])
    examples = rehearsal_set(many, small, rng, rehearse=True)
    assert len(examples.labels) == 90 + 50
    np.testing.assert_array_equal(examples.images[90:], many.images)


def test_the_same_seed_gives_the_same_copy(
    network: Network, odd: UserDrawings, small: Dataset
) -> None:
    one, other, third = (new_trainer(network, odd, small, seed=seed) for seed in (0, 0, 1))
    for trainer in (one, other, third):
        for _ in range(3):
            trainer.step()
    np.testing.assert_array_equal(one.network.theta, other.network.theta)
    assert (one.network.theta != third.network.theta).any()


@pytest.mark.parametrize(
    ("output", "loss", "filters"),
    [
        ("sigmoid", "mean-squared-error", ()),
        ("softmax", "mean-squared-error", ()),
        ("sigmoid", "mean-squared-error", (6,)),
    ],
)
def test_every_kind_of_network_can_be_fine_tuned(
    odd: UserDrawings, small: Dataset, output: str, loss: str, filters: tuple[int, ...]
) -> None:
    config = TrainConfig(
        filters=filters,
        hidden_sizes=(24,),
        activation="sigmoid",
        output=output,
        loss=loss,
        input_scale=1.0,
        epochs=3,
    )
    trainer = Trainer(config, small)
    while not trainer.finished:
        trainer.step()
    result = tuned(trainer.network, odd, small).result
    assert result is not None
    assert (result.drawn_after == 4).sum() > (result.drawn_before == 4).sum()


@pytest.mark.parametrize("filters", [(), (3, 4)])
def test_scaling_the_pixels_changes_no_answer(small: Dataset, filters: tuple[int, ...]) -> None:
    network = cnn(filters, (784, 12, 10), input_scale=1.0, rng=np.random.default_rng(3))
    network.theta[:] *= 0.01
    copy = with_scaled_pixels(network)
    assert copy.input_scale == pytest.approx(1 / 255)
    images = small.test.images[:50]
    np.testing.assert_allclose(
        copy.predict_proba(images), network.predict_proba(images), rtol=1e-3, atol=1e-6
    )
    same = with_scaled_pixels(mlp((784, 10)))
    np.testing.assert_array_equal(same.theta, mlp((784, 10)).theta)


def test_stopped_fine_tuning_drops_the_copy(
    network: Network, odd: UserDrawings, small: Dataset
) -> None:
    tuning = FineTuning(network, odd, small, VISITOR_ID)
    tuning.stop()
    tuning.run(run_in_thread)
    assert tuning.finished
    assert tuning.result is None
    assert tuning.error == ""
    assert tuning.progress < 1


@pytest.mark.parametrize("convolutional", [False, True])
def test_copy_from_worker_process_is_bit_identical(
    network: Network, odd: UserDrawings, small: Dataset, convolutional: bool
) -> None:
    if convolutional:
        network = cnn((3,), (784, 10), kernel_size=4, shrink="pool")
    processes = WorkerProcesses()
    tuning = FineTuning(network, odd, small, VISITOR_ID)
    tuning.run(processes)
    processes.close()
    result, expected = tuning.result, tuned(network, odd, small).result
    assert result is not None, tuning.error
    assert expected is not None
    assert tuning.progress == 1
    np.testing.assert_array_equal(result.network.theta, expected.network.theta)
    for name in ("labels", "before", "after", "drawn_before", "drawn_after"):
        np.testing.assert_array_equal(getattr(result, name), getattr(expected, name))
    result.network.theta[:] = 0
    assert not result.network.dense_layers[0].W.any(), "still a view of theta"


def test_overflow_of_the_copy_is_reported_as_error(
    network: Network, odd: UserDrawings, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled = network.copy()
    spoiled.theta[0] = np.nan
    tuning = FineTuning(spoiled, odd, small, VISITOR_ID)
    tuning.run(run_in_thread)
    assert tuning.result is None
    assert "overflowed" in tuning.error


def test_exception_becomes_an_error_message(odd: UserDrawings, small: Dataset) -> None:
    tuning = FineTuning(mlp((784, 3)), odd, small, VISITOR_ID)
    tuning.run(run_in_thread)
    assert tuning.finished
    assert "ConfigError" in tuning.error
