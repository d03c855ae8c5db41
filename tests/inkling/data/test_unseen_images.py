"""Images that a network has not learned from, if there are any."""

import numpy as np
import pytest

from data_loader import Dataset, Split, join
from inkling.data.image_ref import ImageRef
from inkling.data.unseen_images import (
    FEWEST,
    all_test_images,
    unseen_images,
    validation_or_test_images,
)
from nn import TrainConfig
from nn.training import train_validation_split


def config(data: str = "mnist", held_back: int = 5_000) -> TrainConfig:
    return TrainConfig(data=data, validation_size=held_back)


def test_images_are_those_that_the_model_held_back(small: Dataset) -> None:
    unseen = unseen_images(config(held_back=5_000), "mnist", small)
    assert unseen.learned is False
    assert np.array_equal(
        unseen.examples.images, train_validation_split(small, config(held_back=5_000))[1].images
    )


def test_at_most_the_default_number_is_taken(small: Dataset) -> None:
    twice = join(extra=small, main=small)
    unseen = unseen_images(config(held_back=6_000), "mnist", twice)
    assert unseen.learned is False
    assert np.array_equal(unseen.examples.labels, small.train.labels[-5_000:])


def test_fewer_held_back_images_are_all_taken(small: Dataset) -> None:
    unseen = unseen_images(config(held_back=FEWEST), "mnist", small)
    assert unseen.learned is False
    assert np.array_equal(unseen.examples.images, small.train.images[-FEWEST:])


@pytest.mark.parametrize("held_back", [0, FEWEST - 1])
def test_too_few_held_back_images_count_as_learned(small: Dataset, held_back: int) -> None:
    unseen = unseen_images(config(held_back=held_back), "mnist", small)
    assert unseen.learned is True
    assert len(unseen.examples.labels) == 5_000


def test_run_on_small_data_set_holds_back_fewer_images(tiny: Dataset) -> None:
    unseen = unseen_images(config(), "mnist", tiny)
    assert unseen.learned is False
    assert np.array_equal(unseen.examples.labels, tiny.train.labels[-120:])


def test_other_data_set_is_not_learned(small: Dataset) -> None:
    assert unseen_images(config("mnist", 0), "builtin", small).learned is False


def test_model_of_both_data_sets_held_back_only_mnist(small: Dataset, tiny: Dataset) -> None:
    assert unseen_images(config("both"), "mnist", small).learned is False
    assert unseen_images(config("both"), "builtin", small).learned is True
    last = train_validation_split(join(extra=tiny, main=small), config("both", 5_000))[1]
    assert np.array_equal(
        unseen_images(config("both", 5_000), "mnist", small).examples.images, last.images
    )


def test_learned_is_none_without_config(small: Dataset) -> None:
    assert unseen_images(None, "mnist", small).learned is None


def test_validation_images_are_the_last_5000_or_a_fifth(tiny: Dataset, small: Dataset) -> None:
    assert np.array_equal(
        unseen_images(None, "mnist", small).examples.images, small.train.images[-5000:]
    )
    assert np.array_equal(
        unseen_images(None, "mnist", tiny).examples.labels, tiny.train.labels[480:]
    )
    many = np.zeros(10_500, np.uint8)
    images = np.zeros((10_500, 28, 28), np.uint8)
    large = Dataset("large", "", Split(images, many), tiny.test)
    assert len(unseen_images(None, "mnist", large).examples.labels) == 5_000


@pytest.mark.parametrize("held_back", [100, 6_000])
def test_all_images_that_a_run_holds_back_can_be_had(small: Dataset, held_back: int) -> None:
    twice = join(extra=small, main=small)
    unseen = validation_or_test_images(config(held_back=held_back), "mnist", twice)
    assert unseen.noun == "validation"
    assert np.array_equal(unseen.examples.images, twice.train.images[-held_back:])


def test_a_run_without_validation_images_has_the_test_images(small: Dataset) -> None:
    unseen = validation_or_test_images(config(held_back=0), "mnist", small)
    assert unseen.noun == "test"
    assert unseen.examples is small.test


def test_references_name_the_same_images(small: Dataset) -> None:
    unseen = unseen_images(config(held_back=600), "mnist", small)
    ref = unseen.ref(7)
    assert ref == ImageRef("mnist", "train", len(small.train.labels) - 600 + 7)
    assert np.array_equal(small.train.images[ref.index], unseen.examples.images[7])
    assert all_test_images("builtin", small).ref(3) == ImageRef("builtin", "test", 3)


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        (config(), "5,000 training images that this network did not learn from."),
        (
            config(held_back=0),
            "The last 5,000 training images. This network learned from",
        ),
        (None, "5,000 training images that are validation images of runs. This network may"),
    ],
)
def test_note_says_whether_the_network_learned_from_them(
    small: Dataset, settings: TrainConfig | None, note: str
) -> None:
    assert unseen_images(settings, "mnist", small).note.startswith(note)
    assert all_test_images("mnist", small).noun == "test"
    assert unseen_images(settings, "mnist", small).noun == "validation"
