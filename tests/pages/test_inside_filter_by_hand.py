"""A filter by hand in the place of a learned one, run by Streamlit's own test harness."""

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from inkling.analysis.filter_by_hand import (
    HAND_FILTERS,
    first_feature_maps,
    hand_filter,
    with_filter,
)
from inkling.charts.number_format import percent
from inkling.server.models import model_of
from inkling.ui.components import number_grids, pixel_map
from nn import Network, cnn
from tests.pages.driver import text
from tests.pages.test_inside_one_digit import (
    Pictures,
    all_written,
    box,
    digit,
    enter,
    pills,
    random_network,
)

SCRIPT = """
import streamlit as st
from inkling.ui.inside import filter_by_hand
filter_by_hand.show(st.session_state["model"], st.session_state["digit"])
"""


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Pictures:
    stand_in = Pictures()
    for module in (number_grids, pixel_map):
        monkeypatch.setattr(module, "_component", stand_in)
    return stand_in


def random_cnn(**settings: Any) -> Network:
    return cnn((4, 3), (784, 6, 10), **settings, rng=np.random.default_rng(3), initial_bias=0.1)


def view(network: Network, shown: Any) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=30)
    app.session_state["model"] = model_of(network, "a model", "a model")
    app.session_state["digit"] = shown
    return app.run()


def assert_shows(app: AppTest, pictures: Pictures, before: Network, after: Network, f: int) -> None:
    """Assert that the page shows a feature map and the answer of both networks."""
    image = digit().image
    maps = [first_feature_maps(network, image)[f].ravel() for network in (before, after)]
    shown = [pictures.numbers("inside_hand_map", column) for column in (0, 1)]
    assert shown == [all_written(values) for values in maps]
    P = after.predict_proba(image[None])[0]
    assert f"The network answers **{P.argmax()}**, {percent(float(P.max()))}" in text(app)


@pytest.mark.parametrize("name", HAND_FILTERS)
@pytest.mark.parametrize("shrink", ["stride", "pool"])
def test_named_filter_changes_feature_map_and_answer(
    pictures: Pictures, name: str, shrink: str
) -> None:
    network = random_cnn(shrink=shrink)
    network.theta.setflags(write=False)
    app = view(network, digit())
    assert pills(app).value == "As learned"
    enter(app, "Filter", 2)
    assert_shows(app, pictures, network, network, 2)
    pills(app).set_value(name).run()
    first = network.convolutions[0]
    weights = hand_filter(name, first.W[2, 0])
    assert pictures.numbers("inside_hand_weights") == all_written(weights.ravel())
    changed = with_filter(network, 2, weights, float(first.b[2]))
    assert_shows(app, pictures, network, changed, 2)
    enter(app, "Filter", 0)
    assert pills(app).value == "As learned"
    enter(app, "Filter", 2)
    assert pills(app).value == name
    pills(app).set_value("As learned").run()
    assert_shows(app, pictures, network, network, 2)


def test_weights_and_bias_are_edited(pictures: Pictures) -> None:
    network = random_cnn()
    app = view(network, digit())
    pictures.click(app, "inside_hand_weights", 7)
    enter(app, "Weight in row 1, column 2", 1.5)
    enter(app, "Bias", -0.25)
    assert pills(app).value is None
    weights = network.convolutions[0].W[0, 0].copy()
    weights[1, 2] = 1.5
    assert pictures.numbers("inside_hand_weights") == all_written(weights.ravel())
    assert_shows(app, pictures, network, with_filter(network, 0, weights, -0.25), 0)
    pills(app).set_value("Blur").run()
    assert box(app, "Bias").value == -0.25


@pytest.mark.parametrize("label", ["Weight in row 2, column 2", "Bias"])
def test_emptied_box_keeps_its_number(pictures: Pictures, label: str) -> None:
    network = random_cnn()
    app = view(network, digit())
    before = box(app, label).value
    assert box(app, label).label.endswith(", −100 to 100")
    assert "By hand: still as learned" in text(app)
    enter(app, label, None)
    assert box(app, label).value == before
    assert_shows(app, pictures, network, network, 0)
    enter(app, label, -100.0)
    assert box(app, label).value == -100
    assert "still as learned" not in text(app)


def test_boxes_are_new_ones_after_each_choice(pictures: Pictures) -> None:
    app = view(random_cnn(), digit())

    def ids() -> set[str]:
        return {box(app, label).id for label in ("Weight", "Bias")}

    seen = ids()
    enter(app, "Weight", 1.5)
    assert ids() == seen  # the focus stays
    for act in (
        lambda: pills(app).set_value("Blur").run(),
        lambda: pictures.click(app, "inside_hand_weights", 3),
        lambda: enter(app, "Filter", 2),
    ):
        act()
        assert not ids() & seen
        seen |= ids()


def test_weight_out_of_range_is_ignored(pictures: Pictures) -> None:
    app = view(random_cnn(), digit())
    for cell in (-1, 25):
        pictures.click(app, "inside_hand_weights", cell)
        assert box(app, "Weight in row 2, column 2")


def test_choice_fits_a_network_with_fewer_and_smaller_filters(pictures: Pictures) -> None:
    app = view(random_cnn(), digit())
    enter(app, "Filter", 3)
    pictures.click(app, "inside_hand_weights", 24)
    small = cnn((2,), (784, 10), kernel_size=2)
    app.session_state["model"] = model_of(small, "small", "small")
    app.run()
    assert box(app, "Filter").value == 1
    assert box(app, "Weight in row 1, column 1")


def test_dense_network_has_no_filters() -> None:
    app = view(random_network((784, 12, 10)), digit())
    assert "no filters" in text(app)
    assert not app.number_input


def test_without_a_digit_only_a_sentence_is_shown() -> None:
    app = view(random_cnn(), None)
    assert "Choose a digit" in text(app)
    assert not app.number_input


def test_overflowed_network_shows_a_warning() -> None:
    network = random_cnn()
    network.theta[:] = np.nan
    app = view(network, digit())
    assert "overflowed" in app.warning[0].value


def test_filter_that_makes_the_answer_overflow_is_said_so(pictures: Pictures) -> None:
    network = random_cnn()
    network.convolutions[0].W[0], network.convolutions[0].b[0] = 0, -1  # this map is always 0
    network.convolutions[1].W[:, 0] = 3e38
    app = view(network, digit())
    assert not app.warning
    enter(app, "Bias", 100.0)
    assert "so it has no answers" in app.warning[0].value
    assert "put the learned filter back" in app.warning[0].value
    pills(app).set_value("As learned").run()
    assert not app.warning
