"""Every page with a data set of one's own of twelve training images."""

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset, Split
from inkling.ui.widgets.training_form import validation_note
from nn import TrainConfig
from tests.pages.conftest import Mnist
from tests.pages.driver import open_page, text, train


@pytest.fixture(autouse=True)
def own(mnist_place: Mnist, small: Dataset) -> None:
    """A data set of twelve training and five test images stands in for MNIST."""
    mnist_place.found = Dataset(
        "own",
        "made for the test",
        Split(small.train.images[:12], small.train.labels[:12]),
        Split(small.test.images[:5], small.test.labels[:5]),
    )


def test_train_says_how_many_images_are_held_back_and_trains(app: AppTest) -> None:
    app.run()
    assert not app.error
    assert "2 of the 12 training images are set aside for validation." in [
        caption.value for caption in app.caption
    ]
    assert "It takes a few seconds" not in text(app)
    train(app)
    for page, key in (("mistakes", "mistakes_view"), ("inside", "inside_view")):
        open_page(app, page)
        for view in app.button_group(key=key).options:
            app.button_group(key=key).set_value(view).run()
            assert not app.error, view


@pytest.mark.parametrize("page", ["explore", "draw", "mistakes", "inside", "learn"])
def test_page_opens(app: AppTest, page: str) -> None:
    open_page(app, page)
    assert not app.error


@pytest.mark.parametrize(
    ("validation_size", "images", "note"),
    [
        (5_000, 60_000, None),
        (5_000, 9_999, "1,999 of the 9,999 training images are set aside for validation."),
        (5_000, 9, "1 of the 9 training images is set aside for validation."),
        (0, 60_000, "There are no validation images, so the charts have no line for them."),
    ],
)
def test_validation_note(validation_size: int, images: int, note: str | None) -> None:
    assert validation_note(TrainConfig(validation_size=validation_size), images) == note
