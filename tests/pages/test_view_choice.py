"""The view of a page in its address."""

import pytest
from streamlit.testing.v1 import AppTest

from inkling.exports.config_link import link_query
from nn import recipes
from tests.pages.driver import open_page


def view(app: AppTest, page: str) -> str:
    return str(app.button_group(key=f"{page}_view").value)


def in_address(app: AppTest) -> str | None:
    """Return the view that the address names; AppTest has a list or a text for it."""
    named = app.query_params.get("view")
    return named[0] if isinstance(named, list) else named


@pytest.mark.parametrize(
    ("page", "name", "title"),
    [
        ("train", "saved", "Saved runs"),
        ("mistakes", "quiz", "Beat the network"),
        ("inside", "units", "The units"),
        ("draw", "teach", "Teach it"),
    ],
)
def test_address_chooses_a_view_and_names_the_chosen_one(
    app: AppTest, page: str, name: str, title: str
) -> None:
    app.run()
    app.switch_page(f"pages/{page}.py")
    app.query_params["view"] = name
    app.run()
    assert view(app, page) == title
    assert in_address(app) == name
    first = app.button_group(key=f"{page}_view").options[0]
    app.button_group(key=f"{page}_view").set_value(first).run()
    assert in_address(app) is None
    app.button_group(key=f"{page}_view").set_value(title).run()
    assert in_address(app) == name


def test_choice_that_comes_with_an_address_of_before_is_kept(app: AppTest) -> None:
    open_page(app.run(), "mistakes", "Beat the network")
    open_page(app, "mistakes", "How sure it is")
    app.query_params["view"] = "quiz"
    app.run()
    assert view(app, "mistakes") == "How sure it is"
    assert in_address(app) == "calibration"


def test_unknown_view_in_the_address_is_ignored(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/mistakes.py")
    app.query_params["view"] = "<b>no such</b>"
    app.run()
    assert view(app, "mistakes") == "All mistakes"
    assert in_address(app) is None


def test_view_is_kept_while_another_page_is_open(app: AppTest) -> None:
    open_page(app.run(), "inside", "Break it")
    app.query_params.clear()  # as a browser does on another page
    open_page(app, "explore")
    open_page(app, "inside")
    assert view(app, "inside") == "Break it"
    assert in_address(app) == "damage"


def test_image_in_the_address_wins_over_the_view(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/mistakes.py")
    app.query_params.update({"view": "quiz", "split": "test", "index": "3"})
    app.run()
    assert view(app, "mistakes") == "All mistakes"


def test_settings_in_the_address_open_the_run_unless_it_names_a_view(app: AppTest) -> None:
    app.run()
    app.query_params.update({**link_query(recipes["fast-98"]), "view": "saved"})
    app.run()
    assert view(app, "train") == "Saved runs"
    assert not app.warning
    app.query_params.clear()
    app.query_params.update(link_query(recipes["conv-99"]))
    app.run()
    assert view(app, "train") == "One run"
    assert app.selectbox(key="recipe").value == "conv-99"
