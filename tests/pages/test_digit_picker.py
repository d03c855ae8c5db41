"""Digit picker in AppTest: data set, mistakes, drawing, link."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.data.image_ref import ImageRef
from inkling.server.models import model_of
from inkling.ui.widgets import digit_picker
from nn import mlp
from tests.pages.driver import press


def script() -> None:
    import streamlit as st

    from inkling.ui.widgets import digit_picker

    st.session_state["digit"] = digit_picker.pick_digit("mnist", st.session_state["model"])


@pytest.fixture
def page(app: AppTest, small: Dataset, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Page with nothing but the picker, on a server whose data set is loaded."""
    app.run()
    monkeypatch.setattr("streamlit.page_link", lambda *args, **kwargs: None)  # no other pages
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


def test_next_mistake_is_another_misclassified_image(page: AppTest, small: Dataset) -> None:
    page.run()
    network = page.session_state["model"].network
    picked: list[ImageRef] = []
    for _ in range(3):
        press(page, "Next mistake")
        found = digit(page)
        assert network.predict_proba(found.image[None]).argmax() != found.label
        assert found.ref is not None
        picked.append(found.ref)
    assert len(set(picked)) == 3
    confidence = [network.predict_proba(small.test.images[[ref.index]]).max() for ref in picked]
    assert confidence == sorted(confidence, reverse=True)


def test_network_without_mistakes_keeps_the_image(page: AppTest, small: Dataset) -> None:
    page.run()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digit_picker.services, "answers_to_test_images", lambda *_: small.test.labels)
        patch.setattr(digit_picker, "mistakes", lambda *_: np.array([], np.int64))
        press(page, "Next mistake")
    assert digit(page).name == "Test image 0"
    assert "reads all test images correctly" in page.toast[0].value


def test_without_a_drawing_a_hint_is_shown(page: AppTest) -> None:
    page.run()
    press(page, "Your drawing")
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
    press(page, "Next mistake")
    found = digit(page).ref
    assert found is not None
    assert address(page) == {"split": "test", "index": str(found.index)}
    press(page, "Your drawing")
    assert not address(page)


def test_pick_is_kept_while_the_address_names_nothing(page: AppTest) -> None:
    page.run()
    page.number_input(key="digit_index").set_value(12).run()
    page.query_params.clear()  # as a browser does on another page
    page.run()
    assert digit(page).name == "Test image 12"


def test_invalid_link_shows_a_warning_and_the_first_image(page: AppTest) -> None:
    for index in ("-1", "x", "9" * 30, "1.5", "٣"):
        page.query_params["split"] = "test"
        page.query_params["index"] = index
        page.run()
        assert digit(page).name == "Test image 0"
        assert page.warning[0].value == "No such test image: they are numbered 0 to 499."
    page.number_input(key="digit_index").set_value(3).run()
    assert digit(page).name == "Test image 3"
    assert not page.warning
