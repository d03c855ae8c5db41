"""The Train page, run by Streamlit's own test harness."""

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from nn import recipes

RunUntil = Callable[[Callable[[], object]], None]


def button(app: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(b for b in app.button if b.label == label)


def labels(app: AppTest) -> list[str]:
    return [widget.label for widget in (*app.slider, *app.select_slider)]


def charts(app: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def test_the_app_opens_on_train_and_says_what_to_do(app: AppTest) -> None:
    app.run()
    assert not app.exception
    assert app.title[0].value == "Train"
    assert "Press **Start**" in app.info[0].value
    assert not button(app, "Start").disabled
    assert button(app, "Stop").disabled


def test_a_run_goes_to_its_end_and_says_its_result(app: AppTest, run_until: RunUntil) -> None:
    app.run()
    button(app, "Start").click().run()
    run_until(lambda: app.success)
    assert "Done: it reads" in app.success[0].value
    assert "500 test images" in app.success[0].value
    cost, accuracy = charts(app)
    epochs = [point for trace in cost["data"] for point in trace["x"]]
    assert max(epochs) == 2
    assert len(accuracy["data"]) == 2
    assert not button(app, "Start").disabled


def test_the_recipe_fills_in_the_form(app: AppTest) -> None:
    app.run()
    app.selectbox(key="recipe").set_value("experiment-a-16-16").run()
    assert not app.exception
    assert app.slider(key="form_first").value == 16
    assert app.slider(key="form_second").value == 16
    assert app.slider(key="form_epochs").value == 100
    assert app.select_slider(key="form_learning_rate").value == 0.6
    assert app.selectbox(key="form_loss").value == "mean-squared-error"
    assert app.selectbox(key="form_training_size").value == "All"


def test_every_recipe_is_a_form_that_can_be_started(app: AppTest) -> None:
    app.run()
    for name in recipes:
        app.selectbox(key="recipe").set_value(name).run()
        assert not app.exception
        assert not app.error or name.startswith("experiment-a"), name


def test_changed_settings_reach_the_run_and_its_name(app: AppTest, run_until: RunUntil) -> None:
    app.run()
    app.slider(key="form_first").set_value(8)
    app.slider(key="form_epochs").set_value(1).run()
    button(app, "Start").click().run()
    run_until(lambda: app.success)
    button(app, "Start").click().run()
    run_until(lambda: app.success and len(app.selectbox(key="shown_run").options) == 2)
    name = app.selectbox(key="shown_run").options[0]
    assert "fast-97, other hidden sizes, epochs" in name


def test_what_cannot_be_trained_is_said_beside_the_form(app: AppTest) -> None:
    app.run()
    app.selectbox(key="form_training_size").set_value(30_000).run()
    assert not app.exception
    assert "training_size" in app.error[0].value
    assert button(app, "Start").disabled


def test_stop_ends_the_run_and_keeps_it(app: AppTest, run_until: RunUntil) -> None:
    app.run()
    app.slider(key="form_epochs").set_value(100).run()
    button(app, "Start").click().run()
    run_until(lambda: app.session_state["shown_records"] > 0)
    button(app, "Stop").click().run()
    run_until(lambda: app.success)
    assert "Stopped: it reads" in app.success[0].value


def test_settings_are_kept_while_another_page_is_visited(app: AppTest) -> None:
    app.run()
    app.slider(key="form_first").set_value(32).run()
    app.switch_page("pages/draw.py").run()
    app.switch_page("pages/train.py").run()
    assert not app.exception
    assert app.slider(key="form_first").value == 32


def test_a_second_visitor_sees_nothing_of_the_first(app: AppTest, run_until: RunUntil) -> None:
    app.run()
    button(app, "Start").click().run()
    run_until(lambda: app.success)
    other = AppTest.from_file(app._script_path, default_timeout=30).run()
    assert not other.exception
    assert "Press **Start**" in other.info[0].value


def test_it_learns_from_the_built_in_digits_and_says_how_well_it_reads_the_others(
    app: AppTest, run_until: RunUntil
) -> None:
    app.run()
    app.selectbox(key="form_data").set_value("builtin").run()
    app.slider(key="form_epochs").set_value(1).run()
    button(app, "Start").click().run()
    run_until(lambda: app.success)
    assert "Of the test images of the other set, small: " in app.success[0].value


def test_a_distortion_is_shown_and_reaches_the_run(app: AppTest, run_until: RunUntil) -> None:
    app.run()
    before = len(app.get("image"))
    app.selectbox(key="form_augmentation").set_value("affine").run()
    app.slider(key="form_epochs").set_value(1).run()
    assert not app.exception
    assert len(app.get("image")) > before
    button(app, "Start").click().run()
    run_until(lambda: app.success)
    button(app, "Start").click().run()
    run_until(lambda: app.success and len(app.selectbox(key="shown_run").options) == 2)
    assert "other augmentation" in app.selectbox(key="shown_run").options[0]


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_every_recipe_learns_from_the_built_in_digits(
    app: AppTest, run_until: RunUntil
) -> None:
    app.run()
    assert not app.exception
    assert "form_data" not in [box.key for box in app.selectbox]
    for name in recipes:
        app.selectbox(key="recipe").set_value(name).run()
        assert not app.exception
    app.selectbox(key="recipe").set_value("fast-97").run()
    button(app, "Start").click().run()
    run_until(lambda: app.success)
    assert "other set" not in app.success[0].value
