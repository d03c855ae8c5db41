"""Images that a model has not learned from: the last training images, held back from training.

They are used to calibrate and choose. Test images are not, since fitting to them would make test
results look better than they are.
"""

from typing import NamedTuple

from data_loader import Split
from nn import TrainConfig
from nn.training import HasTrainTest, LabelledImages, train_validation_split, validation_count

FEWEST = 500  # images, to tell a share of one in a hundred from none


class HeldOutImages(NamedTuple):
    """Validation images for a model.

    Attributes
    ----------
    examples : LabelledImages
        The last training images of a set, at most as many as runs hold back by default.
    learned : bool or None
        Whether the model learned from them; None if unknown.
    """

    examples: LabelledImages
    learned: bool | None


def unseen_images(dataset: HasTrainTest, config: TrainConfig) -> tuple[str, LabelledImages]:
    """Return images of a run's data set that it does not learn from.

    Returns
    -------
    name : {"validation", "test"}
    images : LabelledImages
        Those that the run holds back; the test images if it holds none back.

    Raises
    ------
    ConfigError
        If the data set is too small for the config.
    """
    _, held_back = train_validation_split(dataset, config)
    return ("validation", held_back) if len(held_back.labels) else ("test", dataset.test)


def held_out_images(dataset: HasTrainTest, data: str, config: TrainConfig | None) -> HeldOutImages:
    """Return validation images that a model did not learn from, if it left enough of them.

    Parameters
    ----------
    dataset : HasTrainTest
    data : {"mnist", "builtin"}
        Its name.
    config : TrainConfig or None
        How the model was trained; None if unknown.

    Returns
    -------
    HeldOutImages
        The usual images where the model left them out, or a part of them; the usual ones, too,
        where it learned from all or nearly all of them, and then `learned` says so.
    """
    usual = validation_images(dataset)
    if config is None:
        return HeldOutImages(usual, None)
    if config.data not in (data, "both"):
        return HeldOutImages(usual, False)
    held_back = validation_count(config, len(dataset.train.labels))
    if config.data == "both":  # the last images, which are held back, are MNIST's
        held_back = 0 if data == "builtin" else config.validation_size
    if held_back >= len(usual.labels):
        return HeldOutImages(usual, False)
    if held_back >= FEWEST:
        return HeldOutImages(Split(usual.images[-held_back:], usual.labels[-held_back:]), False)
    return HeldOutImages(usual, True)


def validation_images(dataset: HasTrainTest) -> LabelledImages:
    """Return the images that runs hold back by default, of MNIST the last 5,000 for training."""
    return train_validation_split(dataset, TrainConfig())[1]


def trained_on_validation(config: TrainConfig, dataset: HasTrainTest | None) -> bool:
    """Return whether a run learned from images that runs hold back by default.

    Parameters
    ----------
    config : TrainConfig
        Of the run.
    dataset : HasTrainTest or None
        What it learned from; None if that is not in memory.
    """
    if dataset is None:
        return config.validation_size < TrainConfig.validation_size
    images = len(dataset.train.labels)
    return validation_count(config, images) < validation_count(TrainConfig(), images)
