"""Images that a network has not learned from: the last training images, held back from training.

They are used to measure, calibrate and choose. Test images are not, since fitting to them would
make test results look better than they are.
"""

from typing import NamedTuple

from data_loader import Split
from inkling.data.image_ref import ImageRef
from nn import TrainConfig
from nn.training import HasTrainTest, LabelledImages, train_validation_split, validation_count

FEWEST = 500  # images, to tell a share of one in a hundred from none


class UnseenImages(NamedTuple):
    """Images that a network has not learned from, or the usual ones if it left too few.

    Attributes
    ----------
    data : {"mnist", "builtin"}
        Name of the data set.
    split : {"train", "test"}
    start : int
        Index of the first in the split.
    examples : LabelledImages
        The last images of the split.
    learned : bool or None
        Whether the network learned from some of them; None if unknown.
    """

    data: str
    split: str
    start: int
    examples: LabelledImages
    learned: bool | None

    def ref(self, place: int) -> ImageRef:
        """Return the reference to the image at a place, from 0."""
        return ImageRef(self.data, self.split, self.start + place)

    @property
    def noun(self) -> str:
        """Either "validation" or "test"."""
        return "test" if self.split == "test" else "validation"

    @property
    def note(self) -> str:
        """What they are, in a sentence or two."""
        count = f"{len(self.examples.labels):,} {self.split.replace('train', 'training')} images"
        if self.learned is None:
            return (
                f"{count} that are validation images of runs. This network may have learned "
                "from some of them; if so, it does better here than elsewhere."
            )
        if self.learned:
            return (
                f"The last {count}. This network learned from some or all of them, so its "
                "accuracy is higher here than elsewhere."
            )
        return f"{count} that this network did not learn from."


def unseen_images(
    config: TrainConfig | None,
    data: str,
    dataset: HasTrainTest,
    fewest: int = FEWEST,
    most: int | None = None,
) -> UnseenImages:
    """Return validation images of a data set that a network has not learned from.

    Parameters
    ----------
    config : TrainConfig or None
        How the network was trained; None if unknown.
    data : {"mnist", "builtin"}
        Name of the data set.
    dataset : HasTrainTest
    fewest : int
        If the network left fewer images than these, and than runs do by default, the usual ones
        are returned, and `UnseenImages.learned` is True.
    most : int, optional
        By default as many as runs hold back by default, of MNIST 5,000: a fine-tuned network may
        have learned from others.
    """
    train = dataset.train
    usual = len(train_validation_split(dataset, TrainConfig())[1].labels)

    def last(count: int, learned: bool | None) -> UnseenImages:
        start = len(train.labels) - count
        examples = Split(train.images[start:], train.labels[start:])
        return UnseenImages(data, "train", start, examples, learned)

    if config is None:
        return last(usual, None)
    if config.data not in (data, "both"):
        return last(usual, False)
    held_back = validation_count(config, len(train.labels))
    if config.data == "both":  # the last images, which are held back, are MNIST's
        held_back = 0 if data == "builtin" else config.validation_size
    if held_back >= min(usual, fewest):
        return last(min(held_back, usual if most is None else most), False)
    return last(usual, True)


def validation_or_test_images(
    config: TrainConfig, data: str, dataset: HasTrainTest
) -> UnseenImages:
    """Return all images that a run holds back, however many; the test images if it holds none."""
    unseen = unseen_images(config, data, dataset, fewest=1, most=len(dataset.train.labels))
    return all_test_images(data, dataset) if unseen.learned else unseen


def all_test_images(data: str, dataset: HasTrainTest) -> UnseenImages:
    """Return the test images of a data set, which no network learns from."""
    return UnseenImages(data, "test", 0, dataset.test, False)
