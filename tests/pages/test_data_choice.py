"""Choice of the data set in AppTest, with and without MNIST."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.driver import open_page, text


def test_with_mnist_there_is_a_choice_and_no_notice(app: AppTest) -> None:
    app.run()
    assert "You are using the built-in digits" not in text(app)
    open_page(app, "explore")
    assert app.button_group(key="data").options == ["small", "Built-in digits"]
    app.button_group(key="data").set_value("Built-in digits").run()
    assert not app.error
    assert "images of Built\\-in digits" in text(app)


def test_choice_persists_while_another_page_is_open(app: AppTest) -> None:
    open_page(app, "explore")
    app.button_group(key="data").set_value("Built-in digits").run()
    open_page(app, "train")
    open_page(app, "mistakes")
    assert app.button_group(key="data").value == "Built-in digits"


def test_data_set_in_the_address_is_chosen_and_an_unknown_one_ignored(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/explore.py")
    app.query_params["data"] = "Built-in digits"
    app.run()
    assert "images of Built\\-in digits" in text(app)
    app.query_params["data"] = "<b>no such</b>"
    app.run()
    assert not app.error


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_every_page_works_and_shows_the_notice(app: AppTest) -> None:
    app.run()
    assert "You are using the built-in digits" in text(app)
    assert "There is no network\\." in text(app)
    for page in ("explore", "train", "draw", "mistakes"):
        open_page(app, page)
        assert not app.error
        assert "data" not in [group.key for group in app.get("button_group")]


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_an_address_may_name_the_built_in_digits(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/explore.py")
    app.query_params.update(data="Built-in digits", split="test", index="3")
    app.run()
    assert not app.error
    assert {**app.query_params} == {"split": "test", "index": "3"}
