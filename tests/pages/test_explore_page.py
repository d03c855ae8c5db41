"""Explore page in AppTest."""

import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from tests.pages.driver import charts, open_app, open_page


@pytest.fixture
def explore(app: AppTest) -> AppTest:
    open_page(app, "explore")
    assert not app.error
    return app


def heading(app: AppTest) -> str:
    return next(m.value for m in app.markdown if m.value.startswith("**A"))


def shown(app: AppTest) -> str:
    return next(caption.value for caption in app.caption if " of " in caption.value)


def address(app: AppTest) -> dict[str, str]:
    """Return the address's parameters; AppTest has a list or a text for each."""
    query = dict(app.query_params)
    return {name: value[0] if isinstance(value, list) else value for name, value in query.items()}


def follow_link(app: AppTest, **query: str) -> AppTest:
    app.query_params.clear()
    app.query_params.update(query)
    return app.run()


def choose_digits(app: AppTest, *digits: int) -> None:
    app.button_group(key="explore_digits").set_value(list(digits)).run()


def first_with(labels: np.ndarray, digit: int) -> int:
    return int(np.flatnonzero(labels == digit)[0])


def component(app: AppTest, key: str) -> dict[str, Any]:
    found = [element.proto for element in app.get("bidi_component") if key in element.proto.id]
    return dict(json.loads(found[0].json))


def test_first_training_image_is_open_at_first(explore: AppTest, small: Dataset) -> None:
    assert explore.title[0].value == "Explore"
    assert heading(explore) == f"**A {small.train.labels[0]}** · training image 0"
    assert shown(explore) == f"1 to 120 of 10,000 · training images of {small.name}"
    assert address(explore) == {}


def test_entered_index_shows_the_image_with_its_pixels(explore: AppTest, small: Dataset) -> None:
    explore.number_input(key="index").set_value(123).run()
    assert not explore.error
    assert heading(explore).endswith("training image 123")
    (values,) = component(explore, "explore_pixels")["readout"]["values"]
    assert [int(value) for value in values] == small.train.images[123].ravel().tolist()
    assert shown(explore).startswith("121 to 240")


def test_a_filter_opens_its_first_image(explore: AppTest, small: Dataset) -> None:
    choose_digits(explore, 3)
    assert not explore.error
    first = first_with(small.train.labels, 3)
    assert heading(explore) == f"**A 3** · training image {first}"
    assert shown(explore).startswith("1 to 120 of 1,000")
    assert component(explore, "explore_grid")["selected"] == first
    explore.button_group(key="split").set_value("test").run()
    assert heading(explore) == f"**A 3** · test image {first_with(small.test.labels, 3)}"


@pytest.mark.parametrize("order", ["ink", "typical", "odd"])
def test_the_first_image_of_every_order_is_opened(explore: AppTest, order: str) -> None:
    explore.selectbox(key="explore_sort").set_value(order).run()
    assert not explore.error
    grid = component(explore, "explore_grid")
    assert grid["selected"] == grid["cells"][0]["index"] != 0
    assert shown(explore).startswith("1 to 120 of 10,000")
    assert address(explore)["order"] == order


def test_filters_image_and_page_are_in_the_address(explore: AppTest, small: Dataset) -> None:
    choose_digits(explore, 3, 8)
    explore.selectbox(key="explore_sort").set_value("odd").run()
    pagination: Any = explore.get("pagination")[0]
    pagination.set_value(2).run()
    link = address(explore)
    assert link["digits"] == "38"
    assert (link["order"], link["page"], link["split"]) == ("odd", "2", "train")
    opened, cells = heading(explore), component(explore, "explore_grid")["cells"]

    reloaded = follow_link(open_app().switch_page("pages/explore.py"), **link)
    assert heading(reloaded) == opened
    assert component(reloaded, "explore_grid")["cells"] == cells
    assert shown(reloaded).startswith("121 to 240 of 2,000")


def test_a_link_to_filters_opens_their_first_image(explore: AppTest, small: Dataset) -> None:
    follow_link(explore, split="test", digits="7")
    assert heading(explore) == f"**A 7** · test image {first_with(small.test.labels, 7)}"


@pytest.mark.parametrize(
    "query", [{"digits": "x"}, {"order": "best"}, {"page": "0"}, {"page": "1e9"}, {"digits": "٣"}]
)
def test_a_link_to_filters_that_do_not_exist_shows_all(
    explore: AppTest, query: dict[str, str]
) -> None:
    follow_link(explore, **query)
    assert not explore.error
    assert shown(explore).startswith("1 to 120 of 10,000")


def test_a_page_past_the_last_is_the_last(explore: AppTest) -> None:
    follow_link(explore, page="999")
    assert shown(explore).startswith("9,961 to 10,000")


def test_a_linked_image_that_does_not_pass_the_filters_ends_them(
    explore: AppTest, small: Dataset
) -> None:
    choose_digits(explore, 3)
    other = first_with(small.train.labels, 4)
    explore.number_input(key="index").set_value(other).run()
    assert heading(explore) == f"**A 4** · training image {other}"
    assert shown(explore).startswith("1 to 120 of 10,000")
    assert component(explore, "explore_grid")["selected"] == other
    assert "digits" not in address(explore)


def test_open_image_and_filters_stay_while_another_page_is_open(explore: AppTest) -> None:
    explore.button_group(key="split").set_value("test").run()
    explore.number_input(key="index").set_value(7).run()
    assert address(explore) == {"split": "test", "index": "7"}
    explore.switch_page("pages/draw.py")
    follow_link(explore)
    explore.switch_page("pages/explore.py").run()
    assert heading(explore).endswith("test image 7")
    choose_digits(explore, 5)
    opened = heading(explore)
    explore.switch_page("pages/draw.py")
    follow_link(explore)
    explore.switch_page("pages/explore.py").run()
    assert heading(explore) == opened
    assert address(explore)["digits"] == "5"


def test_address_of_an_unavailable_data_set_opens_no_other_image(explore: AppTest) -> None:
    follow_link(explore, data="no such", split="test", index="7")
    assert explore.warning[0].value == "This link is to a data set that is not available here."
    assert heading(explore).endswith("training image 0")


def test_mean_images_have_the_class_counts(explore: AppTest) -> None:
    cells = component(explore, "explore_means")["cells"]
    assert [cell["caption"] for cell in cells] == ["1,000"] * 10


def test_map_shows_the_images_that_pass_the_filters(explore: AppTest, small: Dataset) -> None:
    open_page(explore, "explore", "Map")
    assert not explore.error
    shown_images = component(explore, "explore_map")
    assert shown_images["labels"] == small.train.labels[:1000].tolist()
    places = np.array(shown_images["places"])
    assert places.shape == (1000, 2)
    assert places.min() >= 0
    assert places.max() <= 1
    assert shown_images["opened"]["place"] == shown_images["places"][0]

    choose_digits(explore, 3)
    filtered = component(explore, "explore_map")
    assert set(filtered["labels"]) == {3}
    first = first_with(small.train.labels, 3)
    assert filtered["opened"]["index"] == filtered["indices"][0] == first
    assert filtered["places"][0] == shown_images["places"][first]
    assert address(explore)["view"] == "map"
    assert not charts(explore)
