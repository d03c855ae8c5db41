"""Training: bit-for-bit repeatability, resuming, sampling, augmentation and records."""

from copy import deepcopy
from dataclasses import replace
from itertools import chain, islice, product
from typing import Any

import numpy as np
import pytest

from data_loader import Dataset, Split
from inkling.runs.snapshots import Snapshots
from nn import ConfigError, Network, TrainConfig, Trainer, TrainRecord, mlp, recipes, train
from nn.activations import HIDDEN_ACTIVATIONS
from nn.convolution import SHRINK
from nn.diagnosis import dead_shares
from nn.initializers import INITIALIZERS
from nn.losses import LOSSES
from nn.optimizers import OPTIMIZERS
from nn.schedules import SCHEDULES
from nn.training import (
    RECORDS_PER_EPOCH,
    Recorder,
    new_network,
    train_validation_split,
    validation_count,
)

SMALL = TrainConfig(hidden_sizes=(16,), validation_size=100, batch_size=64, epochs=2)
RATES = {"adam": 0.01, "sgd": 0.2}  # for the optimisers that need another than the rest
SAMPLINGS = ("shuffled", "with-replacement")


def small(**changes: Any) -> TrainConfig:
    return replace(SMALL, **changes)


def history(config: TrainConfig, dataset: Dataset) -> list[TrainRecord]:
    """Return the records without the fields that differ between equal runs."""
    return [replace(record, seconds=0, network=None) for record in train(config, dataset)]


def finish(trainer: Trainer) -> np.ndarray:
    """Take all remaining steps and return the weights."""
    while not trainer.finished:
        trainer.step()
    return trainer.network.theta


def numbered(n: int) -> Dataset:
    """Return n training images that differ: every pixel of image k is k; its label is k % 10."""
    k = np.arange(n, dtype=np.uint8)
    images = np.broadcast_to(k[:, None, None], (n, 28, 28)).copy()
    return Dataset("numbered", "", Split(images, k % 10), Split(images[:10], k[:10] % 10))


class Spy:
    """An identity augmentation that records the number of each image."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def __call__(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        assert images.shape[1:] == (28, 28)
        assert images.dtype == np.uint8
        assert isinstance(rng, np.random.Generator)
        self.batches.append(images[:, 0, 0].tolist())
        return images


# Repeatability.


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_same_config_gives_bit_identical_run(tiny: Dataset, optimizer: str, sampling: str) -> None:
    config = small(optimizer=optimizer, sampling=sampling)
    first, second = history(config, tiny), history(config, tiny)
    assert first == second
    np.testing.assert_array_equal(
        finish(Trainer(config, tiny)), finish(Trainer(config, tiny)), strict=True
    )


def test_different_seed_gives_different_run(tiny: Dataset) -> None:
    assert history(small(seed=1), tiny) != history(small(seed=2), tiny)


def test_seed_determines_initial_weights_and_batch_order(tiny: Dataset) -> None:
    first, second = Trainer(small(seed=1), tiny), Trainer(small(seed=2), tiny)
    assert not np.array_equal(first.network.theta, second.network.theta)

    orders = []
    for seed in (1, 2):
        spy = Spy()
        Trainer(small(seed=seed), numbered(250), spy, network=first.network).step()
        orders.append(spy.batches[0])
    assert orders[0] != orders[1]


def test_global_random_state_is_not_used(tiny: Dataset) -> None:
    np.random.seed(1)  # noqa: NPY002
    first = history(SMALL, tiny)
    following = np.random.random()  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    assert np.random.random() == following, "it was not drawn from"  # noqa: NPY002
    assert history(SMALL, tiny) == first, "nor does it decide anything"


# Learning.


@pytest.mark.parametrize(
    ("activation", "loss", "optimizer"), list(product(HIDDEN_ACTIVATIONS, LOSSES, OPTIMIZERS))
)
def test_tiny_set_is_overfitted(tiny: Dataset, activation: str, loss: str, optimizer: str) -> None:
    config = TrainConfig(
        hidden_sizes=(32,),
        activation=activation,
        initialization="xavier",
        validation_size=100,
        loss=loss,
        optimizer=optimizer,
        learning_rate=RATES.get(optimizer, 0.1) * (5 if loss == "mean-squared-error" else 1),
        batch_size=20,
        epochs=12,
    )
    *_, last = train(config, tiny)
    assert last.train_accuracy == last.validation_accuracy == last.test_accuracy == 1


@pytest.mark.parametrize("initialization", INITIALIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_initialization_and_schedule_learns(
    tiny: Dataset, initialization: str, schedule: str
) -> None:
    scale = 0.05 if initialization == "normal" else 1.0
    config = small(initialization=initialization, initial_scale=scale, schedule=schedule, epochs=10)
    *_, last = train(config, tiny)
    assert last.validation_accuracy is not None
    assert last.validation_accuracy > 0.95


def test_new_network_matches_config() -> None:
    network = new_network(
        TrainConfig(
            hidden_sizes=(9, 8),
            activation="tanh",
            output="sigmoid",
            loss="mean-squared-error",
            initialization="normal",
            initial_scale=0.5,
            initial_bias=0.25,
            input_scale=0.125,
            dtype="float64",
        ),
        np.random.default_rng(0),
    )
    assert (network.sizes, network.activation, network.output, network.input_scale) == (
        (784, 9, 8, 10),
        "tanh",
        "sigmoid",
        0.125,
    )
    assert network.dtype == np.float64
    W, b = network.dense_layers[0].W, network.dense_layers[0].b
    assert W.std() == pytest.approx(0.5, rel=0.05)
    assert (b == 0.25).all()


def test_given_network_is_trained_further(tiny: Dataset) -> None:
    *_, last = train(small(epochs=8), tiny)
    assert last.network is not None
    theta = last.network.theta.copy()
    trainer = Trainer(small(learning_rate=0.01, schedule="constant"), tiny, network=last.network)
    assert trainer.network is last.network
    np.testing.assert_array_equal(trainer.network.theta, theta)
    assert trainer.step().right == 64, "what was learned is still there"
    assert not np.array_equal(trainer.network.theta, theta)


# Splits and sampling.


def test_validation_split_is_the_last_images(tiny: Dataset) -> None:
    for changes in ({}, {"seed": 9}, {"training_size": 50}, {"batch_size": 7}):
        training, validation = train_validation_split(tiny, small(**changes))
        np.testing.assert_array_equal(validation.images, tiny.train.images[500:])
        np.testing.assert_array_equal(validation.labels, tiny.train.labels[500:])
        n = changes.get("training_size", 500)
        np.testing.assert_array_equal(training.images, tiny.train.images[:n])
        np.testing.assert_array_equal(training.labels, tiny.train.labels[:n])


def test_split_is_a_view(tiny: Dataset) -> None:
    training, validation = train_validation_split(tiny, SMALL)
    assert np.shares_memory(training.images, tiny.train.images)
    assert np.shares_memory(validation.images, tiny.train.images)
    assert not np.shares_memory(training.images, validation.images)


def test_shuffled_labels_are_the_same_labels_in_another_order(tiny: Dataset) -> None:
    plain, held_back = train_validation_split(tiny, small(training_size=300))
    config = small(training_size=300, shuffled_labels=True)
    shuffled, still_held_back = train_validation_split(tiny, config)
    assert np.mean(shuffled.labels == plain.labels) < 0.3
    assert sorted(shuffled.labels) == sorted(plain.labels)
    assert (shuffled.images == plain.images).all()
    assert (still_held_back.labels == held_back.labels).all()
    again, _ = train_validation_split(tiny, config)
    other, _ = train_validation_split(tiny, replace(config, seed=1))
    assert (again.labels == shuffled.labels).all()
    assert (other.labels != shuffled.labels).any()


@pytest.mark.parametrize("training_size", [None, 70])
def test_each_epoch_uses_each_training_image_once_in_a_new_order(training_size: int | None) -> None:
    config = small(batch_size=32, epochs=3, validation_size=50, training_size=training_size)
    spy, n = Spy(), training_size or 150
    trainer = Trainer(config, numbered(200), spy)
    steps = -(-n // 32)
    assert (trainer.steps_per_epoch, trainer.steps) == (steps, 3 * steps)
    finish(trainer)
    assert [len(batch) for batch in spy.batches] == (
        [32] * (steps - 1) + [n - 32 * (steps - 1)]
    ) * 3
    numbers = list(chain(*spy.batches))
    epochs = [numbers[k * n : (k + 1) * n] for k in range(3)]
    for epoch in epochs:
        assert sorted(epoch) == list(range(n))
    assert epochs[0] != epochs[1] != epochs[2]


def test_sampling_with_replacement_repeats_some_images_and_no_validation_image() -> None:
    config = small(sampling="with-replacement", batch_size=32, epochs=4, validation_size=50)
    spy = Spy()
    finish(Trainer(config, numbered(200), spy))
    assert {len(batch) for batch in spy.batches} == {32}
    first_epoch = list(chain(*spy.batches[:5]))
    assert len(set(first_epoch)) < len(first_epoch)
    assert max(chain(*spy.batches)) < 150


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_batch_is_no_larger_than_the_set(sampling: str) -> None:
    spy = Spy()
    config = small(batch_size=1000, validation_size=0, epochs=1, sampling=sampling)
    trainer = Trainer(config, numbered(30), spy)
    assert trainer.step().size == 30
    assert trainer.finished
    if sampling == "shuffled":
        assert sorted(spy.batches[0]) == list(range(30))


@pytest.mark.parametrize(
    ("validation_size", "images", "held_back"),
    [
        (5_000, 60_000, 5_000),
        (5_000, 10_000, 5_000),
        (5_000, 9_999, 1_999),
        (5_000, 5_000, 1_000),
        (5_000, 300, 60),
        (5_000, 12, 2),
        (5_000, 10, 2),
        (5_000, 2, 1),
        (5_000, 1, 0),
        (100, 150, 30),
        (100, 200, 100),
        (0, 12, 0),
    ],
)
def test_a_fifth_of_a_small_data_set_is_held_back(
    validation_size: int, images: int, held_back: int
) -> None:
    assert validation_count(TrainConfig(validation_size=validation_size), images) == held_back


@pytest.mark.parametrize("images", [10, 12, 30, 100])
def test_training_and_validation_images_of_a_small_data_set_are_disjoint(images: int) -> None:
    training, validation = train_validation_split(numbered(images), TrainConfig())
    assert len(validation.labels) == images // 5
    used = np.concatenate([training.images, validation.images])[:, 0, 0]
    assert used.tolist() == list(range(images))


def test_a_training_size_above_what_is_not_held_back_is_refused_in_plain_words(
    tiny: Dataset,
) -> None:
    for changes, most in (({"training_size": 501}, 500), ({"training_size": 481}, 480)):
        config = small(validation_size=100 if most == 500 else 5_000, **changes)
        with pytest.raises(ConfigError, match=f"at most {most} images") as refused:
            Trainer(config, tiny)
        assert "_" not in str(refused.value)
        with pytest.raises(ConfigError):
            next(train(config, tiny))


# One step.


def test_sgd_steps_down_the_gradient_of_the_batch(tiny: Dataset) -> None:
    trainer = Trainer(small(optimizer="sgd", schedule="constant", learning_rate=0.25), tiny)
    before = trainer.network.theta.copy()
    trainer.step()
    np.testing.assert_allclose(
        trainer.network.theta, before - 0.25 * trainer.network.gradient, rtol=1e-6, atol=1e-8
    )


def test_input_scale_is_taken_from_the_network(tiny: Dataset) -> None:
    """A loaded network keeps its scale when it is trained further."""
    network = mlp((784, 10), input_scale=0.01)
    config = small(batch_size=500, epochs=1)
    expected = network.predict_proba(train_validation_split(tiny, config)[0].images)
    trainer = Trainer(config, tiny, network=network)
    labels = tiny.train.labels[:500]
    assert trainer.step().loss == pytest.approx(trainer.loss.value(expected, labels), rel=1e-4)


def test_step_reports_loss_before_the_update(tiny: Dataset) -> None:
    config = small(batch_size=500, epochs=1, dtype="float64")  # the batch: all training images
    trainer = Trainer(config, tiny)
    network = trainer.network.copy()
    training, _ = train_validation_split(tiny, config)
    P = network.predict_proba(training.images)
    result = trainer.step()
    assert result.loss == pytest.approx(trainer.loss.value(P, training.labels), rel=1e-12)
    assert result.right == np.sum(P.argmax(axis=1) == training.labels)
    assert result.size == 500


def test_the_learning_rate_follows_the_schedule(tiny: Dataset) -> None:
    config = small(schedule="warm-up-linear", learning_rate=0.4)
    trainer = Trainer(config, tiny)
    rates = []
    while not trainer.finished:
        rates.append(trainer.scheduled_rate)
        trainer.step()
    middles = (np.arange(trainer.steps) + 0.5) / trainer.steps
    schedule = SCHEDULES["warm-up-linear"].factor
    assert rates == pytest.approx([0.4 * schedule(progress) for progress in middles])
    assert min(rates) > 0, "no step is wasted"


def test_learning_rate_can_be_set_during_a_run(tiny: Dataset) -> None:
    trainer = Trainer(small(optimizer="sgd", schedule="constant"), tiny)
    trainer.step()
    trainer.learning_rate = 0.001
    assert trainer.scheduled_rate == 0.001
    before = trainer.network.theta.copy()
    trainer.step()
    change = trainer.network.theta - before
    np.testing.assert_allclose(change, -0.001 * trainer.network.gradient, rtol=0.01, atol=1e-7)


@pytest.mark.parametrize(("averaging", "averaged"), [(0.001, 1), (0.25, 4), (1, 16)])
def test_run_ends_with_the_mean_of_the_last_weights(
    tiny: Dataset, averaging: float, averaged: int
) -> None:
    plain, trainer = Trainer(small(), tiny), Trainer(small(averaging=averaging), tiny)
    weights = []
    while not plain.finished:
        plain.step()
        trainer.step()
        weights.append(plain.network.theta.copy())
        if not trainer.finished:
            np.testing.assert_array_equal(trainer.network.theta, weights[-1])
    mean = np.mean(weights[-averaged:], axis=0, dtype=np.float64)
    np.testing.assert_allclose(trainer.network.theta, mean, atol=1e-6)


def test_step_after_the_end_raises(tiny: Dataset) -> None:
    trainer = Trainer(small(epochs=1), tiny)
    theta = finish(trainer).copy()
    with pytest.raises(StopIteration):
        trainer.step()
    np.testing.assert_array_equal(trainer.network.theta, theta)


def test_experiment_b_updates_a_layer_before_backpropagating(tiny: Dataset) -> None:
    """One step, transcribed: the published gradients, W2 changed before layer 1 sees it."""
    trainer = Trainer(replace(recipes["experiment-b"], batch_size=50), tiny)
    W1, b1, W2, b2 = (array.copy() for array in trainer.network.parameters)
    assert W1.dtype == np.float64
    index = deepcopy(trainer.rng).integers(600, size=50)
    X = tiny.train.images[index].reshape(50, 784) / 255
    Y = np.eye(10)[tiny.train.labels[index]]
    eta = 2.0

    A1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
    S = 1 / (1 + np.exp(-(A1 @ W2 + b2)))
    A2 = S / S.sum(axis=1, keepdims=True)
    delta2 = (A2 - Y) / 50 * A2 * (1 - A2)
    old_W2 = W2
    W2, b2 = W2 - eta * A1.T @ delta2, b2 - eta * delta2.sum(axis=0)
    delta1 = delta2 @ W2.T * A1 * (1 - A1)
    W1, b1 = W1 - eta * X.T @ delta1, b1 - eta * delta1.sum(axis=0)

    trainer.step()
    for actual, expected in zip(trainer.network.parameters, (W1, b1, W2, b2), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-12)
    # The usual order backpropagates through the old W2 and gives other weights.
    usual = (delta2 @ old_W2.T * A1 * (1 - A1)).sum(axis=0)
    assert np.abs(trainer.network.dense_layers[0].db - usual).max() > 1e-9


# Saving and resuming.


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("steps", [0, 3, 8, 11], ids="after {} steps".format)
def test_restored_run_has_bit_identical_weights(
    tiny: Dataset, optimizer: str, sampling: str, steps: int
) -> None:
    # 8 steps an epoch, 16 in all, of which the last 8 are averaged
    config = small(optimizer=optimizer, sampling=sampling, averaging=0.5)
    whole = Trainer(config, tiny)
    for _ in range(steps):
        whole.step()
    state = whole.state()
    weights = finish(whole)

    resumed = Trainer(config, tiny)
    resumed.step()  # has no effect: restore replaces the state
    resumed.restore(state)
    assert resumed.step_count == steps
    np.testing.assert_array_equal(finish(resumed), weights)

    whole.restore(state)  # the state was not changed by the steps since
    np.testing.assert_array_equal(finish(whole), weights)


@pytest.mark.parametrize("shrink", SHRINK)
def test_convolutional_run_is_repeatable_and_can_be_resumed(tiny: Dataset, shrink: str) -> None:
    config = small(filters=(3, 4), shrink=shrink)
    assert history(config, tiny) == history(config, tiny)
    whole = Trainer(config, tiny)
    for _ in range(5):
        whole.step()
    state = whole.state()
    weights = finish(whole)
    resumed = Trainer(config, tiny)
    resumed.restore(state)
    np.testing.assert_array_equal(finish(resumed), weights)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("shrink", SHRINK)
def test_convolutional_network_learns(tiny: Dataset, shrink: str, activation: str) -> None:
    config = small(
        filters=(4, 8), shrink=shrink, activation=activation, epochs=8, learning_rate=0.03
    )
    *_, last = train(config, tiny)
    assert last.network is not None
    assert last.network.filters == (4, 8)
    assert last.train_accuracy > 0.9
    assert last.problem is None
    assert len(last.layer_gradient_norms) == 4
    assert len(last.layer_dead_shares) == 3
    assert last.gradient_norm == pytest.approx(np.linalg.norm(last.network.gradient))


def test_filters_that_are_off_for_every_image_are_dead(tiny: Dataset) -> None:
    network = new_network(small(filters=(4, 5)))
    network.convolutions[0].b[:3] = -1_000
    X = network.inputs(tiny.train.images[:50])
    assert dead_shares(network, X)[0] == 0.75


def test_restored_run_repeats_random_augmentation(tiny: Dataset) -> None:
    def noise(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return images ^ rng.integers(0, 64, images.shape, np.uint8)

    whole = Trainer(SMALL, tiny, noise)
    for _ in range(5):
        whole.step()
    resumed = Trainer(SMALL, tiny, noise)
    resumed.restore(whole.state())
    np.testing.assert_array_equal(finish(resumed), finish(whole))


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 8, 13])
def test_records_after_a_restored_run_are_the_same(tiny: Dataset, steps: int) -> None:
    """With or without batches since the last record, and with a record right after restoring."""
    whole = Recorder(Trainer(SMALL, tiny))
    for _ in range(steps):
        whole.step()
    state = whole.state()
    resumed, at_once = Recorder(Trainer(SMALL, tiny)), Recorder(Trainer(SMALL, tiny))
    at_once.step()  # has no effect: restore replaces the state
    for recorder in (resumed, at_once):
        recorder.restore(state)
    if state["batches"]:
        due, asked = whole.record(), at_once.record()
        assert due.seconds > 0
        assert replace(due, seconds=0, network=None) == replace(asked, seconds=0, network=None)
        whole.restore(state)
    while not whole.finished:
        expected, record = whole.step(), resumed.step()
        assert (expected is None) == (record is None)
        if expected is not None and record is not None:
            assert record.seconds > state["seconds"]
            assert replace(record, seconds=0, network=None) == replace(
                expected, seconds=0, network=None
            )
    assert resumed.finished


def test_resumed_run_has_the_same_snapshots() -> None:
    theta = np.zeros(4)
    whole, first = Snapshots(4, max_bytes=64), Snapshots(4, max_bytes=64)
    for step in range(500):
        whole.offer(step, theta)
        if step < 120:
            first.offer(step, theta)
    second = Snapshots(4, max_bytes=64, taken=first.taken, distance=first.distance)
    assert first.distance > 1
    for step in range(120, 500):
        second.offer(step, theta)
    assert [one.step for one in second.taken] == [one.step for one in whole.taken]
    assert second.distance == whole.distance


def test_manual_learning_rate_is_restored(tiny: Dataset) -> None:
    trainer = Trainer(SMALL, tiny)
    trainer.learning_rate = 0.03
    other = Trainer(SMALL, tiny)
    other.restore(trainer.state())
    assert other.learning_rate == 0.03


# Augmentation.


def test_network_is_trained_on_augmented_images(tiny: Dataset) -> None:
    def blank(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.zeros_like(images)

    plain, augmented = Trainer(SMALL, tiny), Trainer(SMALL, tiny, blank)
    plain.step()
    augmented.step()
    assert plain.network.dense_layers[0].dW.any()
    assert not augmented.network.dense_layers[0].dW.any(), "pixels of 0 give weights no gradient"


def test_augmentation_does_not_modify_dataset_or_validation_images() -> None:
    def spoil(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        images[:] = 255
        return images

    data = numbered(200)
    for _ in train(small(validation_size=50), data, spoil):
        pass
    np.testing.assert_array_equal(data.train.images, numbered(200).train.images)


def test_train_passes_augmentation_to_trainer() -> None:
    spy = Spy()
    list(train(small(epochs=1, batch_size=50, validation_size=50), numbered(200), spy))
    assert [len(batch) for batch in spy.batches] == [50, 50, 50]


# Records.


@pytest.mark.parametrize("steps", range(1, 14))
def test_an_epoch_has_four_records_or_one_per_batch_where_there_are_fewer(
    tiny: Dataset, steps: int
) -> None:
    config = small(training_size=10 * steps, batch_size=10, epochs=2)
    records = list(train(config, tiny))
    assert len(records) == 2 * min(steps, RECORDS_PER_EPOCH)
    assert [record.epoch for record in records if record.epoch == int(record.epoch)] == [1, 2]
    assert records[-1].step == 2 * steps
    assert all(record.epoch == record.step / steps for record in records)
    assert np.all(np.diff([record.step for record in records]) > 0)


def test_record_fields(tiny: Dataset) -> None:
    """Compared with a Trainer that takes the same steps."""
    trainer = Trainer(SMALL, tiny)
    training, validation = train_validation_split(tiny, SMALL)
    taken = 0
    for record in train(SMALL, tiny):
        batches = []
        while trainer.step_count < record.step:
            rate = trainer.scheduled_rate
            batches.append(trainer.step())
        taken += sum(batch.size for batch in batches)
        images = sum(batch.size for batch in batches)
        assert record.train_loss == pytest.approx(
            sum(batch.loss * batch.size for batch in batches) / images
        )
        assert record.train_accuracy == sum(batch.right for batch in batches) / images
        assert record.learning_rate == rate
        assert record.gradient_norm == pytest.approx(np.linalg.norm(trainer.network.gradient))
        P = trainer.network.predict_proba(validation.images)
        assert record.validation_accuracy == np.mean(P.argmax(axis=1) == validation.labels)
        assert 0 <= record.dead_share <= 1
        assert record.network is not None
        np.testing.assert_array_equal(record.network.theta, trainer.network.theta)
    assert taken == 2 * len(training.labels)


@pytest.mark.parametrize(
    ("loss", "output"), [(loss, output) for loss in LOSSES for output in LOSSES[loss].outputs]
)
def test_training_and_validation_loss_are_the_same_quantity(
    tiny: Dataset, loss: str, output: str
) -> None:
    config = small(loss=loss, output=output, epochs=1)
    *_, last = train(config, tiny)
    assert last.network is not None
    _, validation = train_validation_split(tiny, config)
    A = last.network.activations(last.network.inputs(validation.images))[-1]
    expected = LOSSES[loss]().value(A, validation.labels)
    assert last.validation_loss == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("each_epoch", [False, True])
def test_test_images_are_evaluated_at_the_end_or_each_epoch(
    tiny: Dataset, each_epoch: bool
) -> None:
    records = list(train(small(epochs=3, test_each_epoch=each_epoch), tiny))
    tested = [record.epoch for record in records if record.test_accuracy is not None]
    assert tested == ([1, 2, 3] if each_epoch else [3])
    last = records[-1]
    assert last.network is not None
    answers = last.network.predict_proba(tiny.test.images).argmax(axis=1)
    assert last.test_accuracy == np.mean(answers == tiny.test.labels)


def test_without_validation_images_there_are_no_validation_numbers(tiny: Dataset) -> None:
    for record in train(small(validation_size=0), tiny):
        assert record.validation_loss is None
        assert record.validation_accuracy is None


def test_train_generator_may_be_closed_early(tiny: Dataset) -> None:
    first, second = islice(train(small(epochs=1000), tiny), 2)
    assert first.step < second.step < 8
    assert second.network is not None
    second.network.predict_proba(tiny.test.images)


def test_the_last_network_stays_valid(tiny: Dataset) -> None:
    run = train(SMALL, tiny)
    *_, last = run
    assert last.network is not None
    theta = last.network.theta.copy()
    assert next(run, None) is None
    np.testing.assert_array_equal(last.network.theta, theta)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("sizes", [(32,), (32,) * 6], ids=["shallow", "deep"])
def test_failing_run_has_diagnosis_without_numpy_warnings(
    tiny: Dataset, sizes: tuple[int, ...], activation: str, optimizer: str
) -> None:
    config = small(
        hidden_sizes=sizes,
        activation=activation,
        initial_scale=10,
        optimizer=optimizer,
        learning_rate=100,
        schedule="constant",
    )
    records = list(train(config, tiny))
    names = [record.problem.name if record.problem else None for record in records]
    assert any(names)
    assert "not finite" not in names[:-1], "the run ends there"
    assert records[-1].epoch == config.epochs or names[-1] == "not finite"
    assert records[-1].test_accuracy is not None


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (mlp((784, 8, 10), output="sigmoid"), "loss"),
        (mlp((784, 8, 5)), "784 inputs and 10 outputs"),
        (mlp((4, 8, 10)), "784 inputs and 10 outputs"),
    ],
)
def test_network_not_matching_config_is_refused(
    tiny: Dataset, network: Network, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Trainer(TrainConfig(validation_size=0), tiny, network=network)


def test_the_rate_never_falls_below_zero(tiny: Dataset) -> None:
    trainer = Trainer(TrainConfig(epochs=1, validation_size=0), tiny)
    while not trainer.finished:
        assert trainer.scheduled_rate > 0
        trainer.step()
    assert trainer.scheduled_rate >= 0


def test_record_after_any_batch_does_not_change_the_run(tiny: Dataset) -> None:
    asked, plain = Recorder(Trainer(SMALL, tiny)), Recorder(Trainer(SMALL, tiny))
    records = []
    while not asked.finished:
        records.append(asked.step() or asked.record())
        plain.step()
    assert [record.step for record in records] == list(range(1, len(records) + 1))
    np.testing.assert_array_equal(asked.trainer.network.theta, plain.trainer.network.theta)


def test_layer_norms_add_up_to_the_total(tiny: Dataset) -> None:
    record = history(small(hidden_sizes=(16, 8)), tiny)[-1]
    assert len(record.layer_gradient_norms) == 3
    assert len(record.layer_dead_shares) == 2
    assert np.linalg.norm(record.layer_gradient_norms) == pytest.approx(record.gradient_norm)
    first, second = record.layer_dead_shares
    assert (16 * first + 8 * second) / 24 == pytest.approx(record.dead_share)


def test_a_network_without_hidden_layers_has_no_dead_units(tiny: Dataset) -> None:
    record = history(small(hidden_sizes=()), tiny)[-1]
    assert record.dead_share == 0
    assert record.layer_dead_shares == ()
