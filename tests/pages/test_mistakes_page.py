"""The Mistakes page, run by Streamlit's own test harness."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset, Split

RunUntil = Callable[[Callable[[], object]], None]
WRONG = (3, 17, 28)  # images of `small` with a 3, 7 and 8 that are given another label
LABEL = 5


@pytest.fixture
def small(small: Dataset) -> Dataset:
    """The data set, with three labels of test images that no network will guess."""
    labels = small.test.labels.copy()
    labels[list(WRONG)] = LABEL
    return Dataset(small.name, small.source, small.train, Split(small.test.images, labels))


def texts(app: AppTest) -> str:
    return "\n".join(markdown.value for markdown in app.markdown)


def train_and_open(app: AppTest, run_until: RunUntil) -> None:
    app.run()
    next(b for b in app.button if b.label == "Start").click().run()
    run_until(lambda: app.success)
    app.switch_page("pages/mistakes.py").run()
    assert not app.exception
    assert not app.error


def test_before_anything_is_trained_the_ready_made_network_answers(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/mistakes.py").run()
    assert not app.exception
    assert not app.error
    assert app.title[0].value == "Mistakes"
    assert app.selectbox(key="model").options == ["Ready-made · 784-512-256-128-10"]
    assert "of 500 test images right" in texts(app)


def test_the_other_data_set_can_be_tested_on(app: AppTest, run_until: RunUntil) -> None:
    train_and_open(app, run_until)
    app.button_group(key="data").set_value("Built-in digits").run()
    assert not app.error
    assert "of 500 test images right" in texts(app)
    assert app.query_params["data"] == "Built-in digits"
    app.button_group(key="data").set_value("small").run()
    assert "data" not in app.query_params


def test_it_says_how_many_are_right_and_opens_the_most_confident_mistake(
    app: AppTest, run_until: RunUntil
) -> None:
    train_and_open(app, run_until)
    assert "It reads 497 of 500 test images right: **99.40%**" in texts(app)
    assert "**3 mistakes**, the most confident first" in texts(app)
    assert f"True label **{LABEL}**, the network says" in texts(app)
    assert len(app.get("plotly_chart")) == 1
    assert "Five people" not in texts(app)  # nobody has looked at these images


def test_the_two_filters_choose_mistakes(app: AppTest, run_until: RunUntil) -> None:
    train_and_open(app, run_until)
    app.selectbox(key="mistakes_true").set_value(LABEL)
    app.selectbox(key="mistakes_says").set_value(7).run()
    assert not app.exception
    assert "**1 mistake** (true digit 5, network says 7)" in texts(app)
    assert "True label **5**, the network says **7**" in texts(app)


def test_where_there_are_no_mistakes_it_says_so(app: AppTest, run_until: RunUntil) -> None:
    train_and_open(app, run_until)
    app.selectbox(key="mistakes_true").set_value(1).run()
    assert not app.exception
    assert app.info[0].value == "There are no mistakes of this kind (true digit 1)."


def test_the_address_opens_an_image(app: AppTest, run_until: RunUntil) -> None:
    train_and_open(app, run_until)
    app.query_params["index"] = str(WRONG[1])
    app.run()
    assert "True label **5**, the network says **7**" in texts(app)
    app.query_params["index"] = "2"
    app.run()
    assert "The network reads it right: **2**" in texts(app)


@pytest.mark.parametrize("index", ["500", "-1", "seven", "", "9" * 5000, "²"])
def test_an_address_that_names_no_image_is_answered_in_words(
    app: AppTest, run_until: RunUntil, index: str
) -> None:
    train_and_open(app, run_until)
    app.query_params["index"] = index
    app.run()
    assert not app.exception
    assert not app.error
    assert "numbered 0 to 499" in app.warning[0].value


def test_the_filters_are_kept_while_another_page_is_visited(
    app: AppTest, run_until: RunUntil
) -> None:
    train_and_open(app, run_until)
    app.selectbox(key="mistakes_true").set_value(LABEL).run()
    app.switch_page("pages/draw.py").run()
    app.switch_page("pages/mistakes.py").run()
    assert not app.exception
    assert app.selectbox(key="mistakes_true").value == LABEL


def test_a_network_whose_answers_are_no_numbers_is_named(
    app: AppTest, run_until: RunUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run()
    next(b for b in app.button if b.label == "Start").click().run()
    run_until(lambda: app.success)
    nothing = np.full((500, 10), np.nan)
    monkeypatch.setattr("nn.Network.predict_proba", lambda network, images: nothing)
    app.switch_page("pages/mistakes.py").run()
    assert not app.exception
    assert "are no numbers" in app.error[0].value
    assert not app.get("plotly_chart")
