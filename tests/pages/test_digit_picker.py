"""Digit picker in AppTest: data set, mistakes, drawing, link."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.data.image_ref import ImageRef
from inkling.server.models import model_of
from inkling.ui.widgets import digit_picker
from nn import mlp


def script() -> None:
    import streamlit as st

    from inkling.ui.widgets import digit_picker

    digit = digit_picker.pick_digit("mnist", st.session_state["model"])
    st.session_state["digit"] = digit
    digit_picker.show_digit(digit)


@pytest.fixture
def page(app: AppTest, small: Dataset) -> AppTest:
    """Page with nothing but the picker, on a server whose data set is loaded."""
    app.run()
    page = AppTest.from_function(script, default_timeout=30)
    network = mlp((784, 10), rng=np.random.default_rng(1))
    page.session_state["model"] = model_of(network, "m", "mine")
    return page


def digit(page: AppTest) -> digit_picker.PickedImage:
    found = page.session_state["digit"]
    assert isinstance(found, digit_picker.PickedImage)
    return found


def test_default_is_the_first_test_image_and_others_can_be_picked(
    page: AppTest, small: Dataset
) -> None:
    page.run()
    assert digit(page).label == small.test.labels[0]
    page.number_input(key="digit_index").set_value(7).run()
    assert (digit(page).image == small.test.images[7]).all()
    page.button_group(key="digit_split").set_value("train").run()
    assert (digit(page).image == small.train.images[7]).all()
    assert digit(page).name == "Training image 7"


def test_index_beyond_the_split_is_limited(page: AppTest, small: Dataset) -> None:
    page.run()
    page.button_group(key="digit_split").set_value("train").run()
    page.number_input(key="digit_index").set_value(6_999).run()
    page.button_group(key="digit_split").set_value("test").run()
    assert digit(page).name == "Test image 499"


def test_picked_mistake_is_misclassified(page: AppTest, small: Dataset) -> None:
    page.run()
    page.button_group(key="digit_source").set_value("A mistake").run()
    page.number_input(key="digit_mistake").set_value(3).run()
    found = digit(page)
    network = page.session_state["model"].network
    assert network.predict_proba(found.image[None]).argmax() != found.label


def test_without_a_drawing_a_hint_is_shown(page: AppTest) -> None:
    page.run()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.page_link", lambda *args, **kwargs: None)
        page.button_group(key="digit_source").set_value("Your drawing").run()
    assert page.session_state["digit"] is None
    assert "no drawing yet" in page.markdown[0].value


def address(page: AppTest) -> dict[str, str]:
    """Return the parameters of the page's address."""
    return {k: v if isinstance(v, str) else v[0] for k, v in page.query_params.items()}


def test_link_picks_an_image_and_the_address_follows_the_picks(
    page: AppTest, small: Dataset
) -> None:
    page.query_params["split"] = "train"
    page.query_params["index"] = "11"
    page.run()
    assert (digit(page).image == small.train.images[11]).all()
    assert digit(page).ref == ImageRef("mnist", "train", 11)
    page.number_input(key="digit_index").set_value(12).run()
    assert digit(page).name == "Training image 12"
    assert address(page) == {"split": "train", "index": "12"}
    page.button_group(key="digit_source").set_value("A mistake").run()
    assert not address(page)
    assert digit(page).ref is not None
    page.button_group(key="digit_source").set_value("From the data").run()
    assert digit(page).name == "Training image 12"
    assert address(page) == {"split": "train", "index": "12"}


def test_invalid_link_shows_a_warning_and_the_first_image(page: AppTest) -> None:
    for index in ("-1", "x", "9" * 30, "1.5", "٣"):
        page.query_params["split"] = "test"
        page.query_params["index"] = index
        page.run()
        assert digit(page).name == "Test image 0"
        assert page.warning[0].value == "There is no such test image: they are numbered 0 to 499."
    page.number_input(key="digit_index").set_value(3).run()
    assert digit(page).name == "Test image 3"
    assert not page.warning
