"""Choice of the network that answers on Draw, Mistakes and Inside, in AppTest."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.runs.run import Run
from inkling.ui import services, session_keys
from inkling.ui.widgets.network_choice import SCOPE
from nn import TrainConfig
from nn.pretrained import accuracy_on_test_images
from tests.pages.driver import button, open_app, open_page, text

CONFIG = TrainConfig(hidden_sizes=(4,), epochs=1)
BUILTIN = f"Built-in network · {accuracy_on_test_images('conv'):.2%}"


def chooser(app: AppTest) -> str:
    """Return the label of the button that opens the choice."""
    return next(
        block.proto.popover.label
        for block in app.get("popover")
        if block.proto.popover.label.startswith("Network:")
    )


def options(app: AppTest) -> list[str]:
    """Return the names in the list of networks."""
    return [option.split(" · ")[0] for option in app.selectbox(key=session_keys.MODEL).options]


@pytest.fixture
def saved(app: AppTest, trained: Callable[..., Run], small: Dataset) -> AppTest:
    """The app with a run and a later one of a sweep."""
    app.run()
    for name, group in (("mine", ""), ("a trial", "sweep-1")):
        services.run_store().save(trained(CONFIG, small, steps=2, name=name, group=group))
    return app


@pytest.mark.parametrize("page", ["draw", "mistakes", "inside"])
def test_network_is_named_with_its_accuracy_and_scope(app: AppTest, page: str) -> None:
    open_page(app, page)
    assert chooser(app).replace("\\", "") == f"Network: **{BUILTIN}**"
    assert SCOPE in text(app)


def test_finished_runs_come_first_and_those_of_sweeps_on_request(saved: AppTest) -> None:
    open_page(saved, "draw")
    assert options(saved) == ["mine", "Built-in network", "Built-in dense network"]
    saved.toggle[0].set_value(True).run()
    assert options(saved) == ["mine", "Built-in network", "Built-in dense network", "a trial"]


def test_built_in_network_is_one_click_away_and_answers_on_all_pages(saved: AppTest) -> None:
    open_page(saved, "draw")
    mine = next(info for info in services.finished_runs() if info.name == "mine")
    saved.selectbox(key=session_keys.MODEL).set_value(mine.id).run()
    assert "mine" in chooser(saved)
    button(saved, BUILTIN).click().run()
    for page in ("draw", "mistakes", "inside"):
        open_page(saved, page)
        assert "Built" in chooser(saved)
        assert button(saved, BUILTIN).disabled, page


@pytest.mark.parametrize("page", ["draw", "mistakes", "inside"])
def test_address_names_a_network_other_than_the_newest_and_restores_it(
    saved: AppTest, page: str
) -> None:
    open_page(saved, page)
    assert "network" not in saved.query_params
    saved.selectbox(key=session_keys.MODEL).set_value("pretrained-dense").run()
    assert saved.query_params["network"] == "pretrained-dense"
    again = open_app()
    again.switch_page(f"pages/{page}.py")
    again.query_params["network"] = "pretrained-dense"
    again.run()
    assert chooser(again).startswith("Network: **Built\\-in dense network")
    again.selectbox(key=session_keys.MODEL).set_value("pretrained").run()
    assert chooser(again).startswith("Network: **Built\\-in network")


def test_unknown_network_in_the_address_is_ignored(saved: AppTest) -> None:
    saved.switch_page("pages/mistakes.py")
    saved.query_params["network"] = "<b>no such</b>"
    saved.run()
    assert chooser(saved).replace("\\", "") == f"Network: **{BUILTIN}**"
    assert "network" not in saved.query_params
