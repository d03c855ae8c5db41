"""Explore page in AppTest."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from tests.pages.driver import charts, open_page


@pytest.fixture
def explore(app: AppTest) -> AppTest:
    open_page(app, "explore")
    assert not app.error
    return app


def heading(app: AppTest) -> str:
    return next(m.value for m in app.markdown if m.value.startswith("**A "))


def test_first_training_image_is_chosen_at_first(explore: AppTest, small: Dataset) -> None:
    assert explore.title[0].value == "Explore"
    assert heading(explore) == f"**A {small.train.labels[0]}** · training images, index 0"
    assert "1 to 120 of 10,000" in [caption.value for caption in explore.caption]


def test_entered_index_shows_the_image_with_its_pixels(explore: AppTest, small: Dataset) -> None:
    explore.number_input(key="index").set_value(123).run()
    assert not explore.error
    assert heading(explore).endswith("index 123")
    component = next(
        element.proto
        for element in explore.get("bidi_component")
        if "explore_pixels" in element.proto.id
    )
    (values,) = json.loads(component.json)["readout"]["values"]
    assert [int(value) for value in values] == small.train.images[123].ravel().tolist()


def test_grid_contains_only_chosen_digits(explore: AppTest) -> None:
    explore.button_group(key="explore_digits").set_value([3]).run()
    assert not explore.error
    assert "1 to 120 of 1,000" in [caption.value for caption in explore.caption]


@pytest.mark.parametrize("order", ["ink", "typical", "odd"])
def test_grid_is_shown_in_every_order(explore: AppTest, order: str) -> None:
    explore.selectbox(key="explore_sort").set_value(order).run()
    assert not explore.error
    assert "1 to 120 of 10,000" in [caption.value for caption in explore.caption]


def test_index_past_the_last_test_image_shows_the_last(explore: AppTest, small: Dataset) -> None:
    explore.number_input(key="index").set_value(6_999).run()
    explore.button_group(key="split").set_value("test").run()
    assert heading(explore).endswith(f"test images, index {len(small.test.labels) - 1}")


def test_chosen_image_is_in_the_address_and_stays_chosen(explore: AppTest) -> None:
    explore.number_input(key="index").set_value(7).run()
    explore.button_group(key="split").set_value("test").run()
    assert dict(explore.query_params) == {"split": "test", "index": "7"}
    explore.switch_page("pages/draw.py").run()
    explore.switch_page("pages/explore.py").run()
    assert heading(explore).endswith("test images, index 7")


def test_address_of_an_unavailable_data_set_opens_no_other_image(explore: AppTest) -> None:
    explore.query_params.update({"data": "no such", "split": "test", "index": "7"})
    explore.run()
    assert explore.warning[0].value == "This link is to a data set that is not available here."
    assert heading(explore).endswith("training images, index 0")


def test_count_chart_has_the_class_counts(explore: AppTest) -> None:
    counts = charts(explore)[0]["data"][0]["y"]
    assert counts == [700] * 10 or counts.get("bdata")
