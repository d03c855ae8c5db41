"""Which images a model may be set right with: never those that it learned from, if there are."""

import numpy as np
import pytest

from data_loader import Dataset, join
from inkling.data.held_out import FEWEST, held_out_images, trained_on_validation
from nn import TrainConfig
from nn.training import train_validation_split


def config(data: str = "mnist", held_back: int = 5_000) -> TrainConfig:
    return TrainConfig(data=data, validation_size=held_back)


def test_images_are_those_that_the_model_held_back(small: Dataset) -> None:
    unseen = held_out_images(small, "mnist", config(held_back=5_000))
    assert unseen.learned is False
    assert np.array_equal(
        unseen.examples.images, train_validation_split(small, config(held_back=5_000))[1].images
    )


def test_at_most_the_default_number_is_taken(small: Dataset) -> None:
    twice = join(extra=small, main=small)
    unseen = held_out_images(twice, "mnist", config(held_back=6_000))
    assert unseen.learned is False
    assert np.array_equal(unseen.examples.labels, small.train.labels[-5_000:])


def test_fewer_held_back_images_are_all_taken(small: Dataset) -> None:
    unseen = held_out_images(small, "mnist", config(held_back=FEWEST))
    assert unseen.learned is False
    assert np.array_equal(unseen.examples.images, small.train.images[-FEWEST:])


@pytest.mark.parametrize("held_back", [0, FEWEST - 1])
def test_too_few_held_back_images_count_as_learned(small: Dataset, held_back: int) -> None:
    unseen = held_out_images(small, "mnist", config(held_back=held_back))
    assert unseen.learned is True
    assert len(unseen.examples.labels) == 5_000


def test_run_on_small_data_set_holds_back_fewer_images(tiny: Dataset) -> None:
    unseen = held_out_images(tiny, "mnist", config())
    assert unseen.learned is False
    assert np.array_equal(unseen.examples.labels, tiny.train.labels[-120:])


def test_training_on_validation_images_is_judged_by_the_size_of_the_data_set(tiny: Dataset) -> None:
    assert not trained_on_validation(config(), tiny)
    assert not trained_on_validation(config(held_back=120), tiny)
    assert trained_on_validation(config(held_back=119), tiny)
    assert trained_on_validation(config(held_back=120), None)
    assert not trained_on_validation(config(), None)


def test_other_data_set_is_not_learned(small: Dataset) -> None:
    assert held_out_images(small, "builtin", config("mnist", 0)).learned is False


def test_model_of_both_data_sets_held_back_only_mnist(small: Dataset, tiny: Dataset) -> None:
    assert held_out_images(small, "mnist", config("both")).learned is False
    assert held_out_images(small, "builtin", config("both")).learned is True
    last = train_validation_split(join(extra=tiny, main=small), config("both", 5_000))[1]
    assert np.array_equal(
        held_out_images(small, "mnist", config("both", 5_000)).examples.images, last.images
    )


def test_learned_is_none_without_config(small: Dataset) -> None:
    assert held_out_images(small, "mnist", None).learned is None
