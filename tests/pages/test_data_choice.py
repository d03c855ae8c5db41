"""Which digits a page is about, where MNIST is there and where it is not."""

import pytest
from streamlit.testing.v1 import AppTest


def said(app: AppTest) -> str:
    return "\n".join(markdown.value for markdown in app.markdown)


def test_with_mnist_nothing_is_said_and_there_is_a_choice(app: AppTest) -> None:
    app.run()
    assert "Drawn by Inkling itself" not in said(app)
    app.switch_page("pages/explore.py").run()
    assert app.button_group(key="data").options == ["small", "Built-in digits"]
    app.button_group(key="data").set_value("Built-in digits").run()
    assert not app.error
    assert "Look through **Built\\-in digits**" in said(app)


def test_the_choice_is_kept_while_another_page_is_visited(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/explore.py").run()
    app.button_group(key="data").set_value("Built-in digits").run()
    app.switch_page("pages/train.py").run()
    app.switch_page("pages/mistakes.py").run()
    assert app.button_group(key="data").value == "Built-in digits"


def test_an_address_names_a_data_set(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/explore.py")
    app.query_params["data"] = "Built-in digits"
    app.run()
    assert "Look through **Built\\-in digits**" in said(app)
    app.query_params["data"] = "<b>no such</b>"
    app.run()
    assert not app.exception
    assert not app.error


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_the_app_says_so_and_every_page_works(app: AppTest) -> None:
    app.run()
    assert "Drawn by Inkling itself" in said(app)
    assert "There is no network\\." in said(app)
    for page in ("explore", "train", "draw", "mistakes"):
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        assert not app.error
        assert "data" not in [group.key for group in app.get("button_group")]


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_an_address_may_name_the_built_in_digits(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/explore.py")
    app.query_params["data"] = "Built-in digits"
    app.run()
    assert not app.exception
    assert not app.error
