"""Train page in AppTest: form, active run, finished run, links."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from data_loader import Dataset
from inkling.charts.accuracy_level import level
from inkling.exports.config_link import config_from_query, link_query
from inkling.runs.run import RunInfo
from inkling.runs.store import RunStore
from inkling.training import queue as training_queue
from inkling.training.queue import JobQueue
from inkling.ui import services
from inkling.ui.train import one_run
from inkling.ui.widgets import training_form
from nn import TrainConfig, recipes
from tests.pages.driver import (
    button,
    buttons,
    charts,
    open_app,
    open_page,
    press,
    result,
    run_until,
    text,
    train,
)
from tests.waiting import until


def labels(app: AppTest) -> list[str]:
    return [widget.label for widget in (*app.slider, *app.select_slider)]


def test_default_page_is_train_with_a_hint(app: AppTest) -> None:
    app.run()
    assert app.title[0].value == "Train"
    assert "Press **Start**" in text(app)
    assert not button(app, "Start").disabled
    assert button(app, "Stop").disabled


def test_form_names_the_changes_and_goes_back_to_the_recipe(app: AppTest) -> None:
    app.run()
    assert "Changed from" not in text(app)
    app.slider(key="form_first").set_value(16)
    app.select_slider(key="form_learning_rate").set_value(0.5)
    app.selectbox(key="form_initialization").set_value("normal").run()
    assert (
        r"Changed from fast-97: 16 units, initialisation Normal\(0, s\), initial spread 0\.01, "
        r"learning rate 0\.5."
    ) in text(app)
    press(app, "Back to fast-97")
    assert "Changed from" not in text(app)
    assert "Back to fast-97" not in buttons(app)
    assert app.slider(key="form_first").value == 128
    assert app.select_slider(key="form_learning_rate").value == 0.15
    assert app.selectbox(key="form_initialization").value == "he"


def test_duration_is_promised_for_the_settings_that_were_measured_alone(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_run, "validation_count", lambda config, images: config.validation_size)
    app.run()
    assert "It takes a few seconds" in text(app)
    app.slider(key="form_first").set_value(16).run()
    assert "It takes a few seconds" not in text(app)


def test_finished_run_shows_its_result(app: AppTest) -> None:
    app.run()
    train(app)
    assert "**Done** after" in result(app)
    assert "on 500 test images" in text(app)
    cost, accuracy = charts(app)
    epochs = [point for trace in cost["data"] for point in trace["x"]]
    assert max(epochs) == 2
    assert len(accuracy["data"]) == 2
    assert not button(app, "Start").disabled


def test_result_of_a_single_epoch_is_in_the_singular(app: AppTest) -> None:
    app.run()
    app.slider(key="form_epochs").set_value(1).run()
    train(app)
    assert "after 1 epoch and" in result(app)


def test_recipe_fills_the_form(app: AppTest) -> None:
    app.run()
    app.selectbox(key="recipe").set_value("experiment-a-16-16").run()
    assert app.slider(key="form_first").value == 16
    assert app.slider(key="form_second").value == 16
    assert app.slider(key="form_epochs").value == 100
    assert app.select_slider(key="form_learning_rate").value == 0.6
    assert app.selectbox(key="form_loss").value == "mean-squared-error"
    assert app.selectbox(key="form_training_size").value == "All"


def test_form_accepts_every_recipe(app: AppTest) -> None:
    app.run()
    for name in recipes:
        app.selectbox(key="recipe").set_value(name).run()
        assert not app.error or name.startswith("experiment-a"), name
        assert "Changed from" not in text(app), name


def test_changed_settings_are_used_and_named_in_the_run(app: AppTest) -> None:
    app.run()
    app.slider(key="form_first").set_value(8)
    app.slider(key="form_epochs").set_value(1).run()
    train(app)
    press(app, "Start")
    run_until(app, lambda: result(app) and len(app.selectbox(key="shown_run").options) == 2)
    assert app.selectbox(key="shown_run").options == [
        "fast-97 with 8 units and 1 epoch #2",
        "fast-97 with 8 units and 1 epoch",
    ]


def test_convolutions_are_turned_on_with_a_number_and_fit_into_names_and_links(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run()
    number = app.button_group(key="form_convolutions")
    assert (number.options, number.value) == (["None", "1", "2", "3", "4"], 0)
    assert not [slider for slider in app.slider if "convolution" in slider.label]
    with pytest.raises(KeyError):
        app.select_slider(key="form_kernel_size")
    number.set_value(2).run()
    filters = [slider for slider in app.slider if "convolution" in slider.label]
    assert [slider.label for slider in filters] == [
        "Filters of convolution 1",
        "Filters of convolution 2",
    ]
    assert [slider.value for slider in filters] == [16, 48]
    assert r"Changed from fast-97: 16\-48 filters." in text(app)
    filters[0].set_value(4)
    filters[1].set_value(8)
    app.select_slider(key="form_kernel_size").set_value(4)
    app.selectbox(key="form_shrink").set_value("pool")
    app.slider(key="form_first").set_value(32)
    app.slider(key="form_epochs").set_value(1).run()
    assert "Changed from fast-97: 4\\-8 filters, filter size 4 \u00d7 4, max pooling" in text(app)
    train(app)
    [info] = services.run_store().runs()
    assert isinstance(info, RunInfo)
    config = replace(
        recipes["fast-97"],
        filters=(4, 8),
        kernel_size=4,
        shrink="pool",
        hidden_sizes=(32,),
        epochs=1,
    )
    assert info.config == config
    assert info.name == ("fast-97 with 4-8 filters, filter size 4 \u00d7 4 and 3 other changes")
    assert config_from_query(link_query(config)) == config
    press(app, "Back to fast-97")
    assert app.button_group(key="form_convolutions").value == 0
    assert "Changed from" not in text(app)


def test_settings_of_convolutions_do_not_outlast_them(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs: list[TrainConfig] = []
    monkeypatch.setattr(one_run, "_show_buttons", lambda config, active: configs.append(config))
    app.run()
    app.query_params.update(link_query(TrainConfig(filters=(8,), kernel_size=3, shrink="pool")))
    app.run()
    app.button_group(key="form_convolutions").set_value(0).run()
    assert configs[-1].architecture == TrainConfig().architecture


@pytest.mark.parametrize(("count", "size"), [(3, 4), (4, 2)])
def test_filters_become_small_enough_for_more_convolutions(
    app: AppTest, count: int, size: int
) -> None:
    app.run()
    app.button_group(key="form_convolutions").set_value(2).run()
    assert app.select_slider(key="form_kernel_size").value == 5
    app.button_group(key="form_convolutions").set_value(count).run()
    assert f"filter size {size} \u00d7 {size}" in text(app)
    assert f"Filter size: {size} \u00d7 {size}, the largest that fits." in text(app)
    assert f"with the other settings, {size} \u00d7 {size} is the largest possible" in text(app)
    sliders = [slider for slider in app.select_slider if slider.key == "form_kernel_size"]
    assert [slider.value for slider in sliders] == ([] if size == 2 else [size])
    assert not app.error
    assert not button(app, "Start").disabled


def test_four_convolutions_leave_no_room_for_max_pooling(app: AppTest) -> None:
    app.run()
    app.button_group(key="form_convolutions").set_value(3).run()
    shrink = app.selectbox(key="form_shrink")
    assert shrink.options == ["Stride of 2", "Max pooling"]
    shrink.set_value("pool").run()
    assert not app.error
    app.button_group(key="form_convolutions").set_value(4).run()
    assert app.selectbox(key="form_shrink").options == ["Stride of 2"]
    assert app.selectbox(key="form_shrink").value == "stride"
    assert not app.error


def test_invalid_setting_shows_an_error_and_disables_start(app: AppTest) -> None:
    app.run()
    app.selectbox(key="form_training_size").set_value(30_000).run()
    assert "at most 5,000 images" in app.error[0].value
    assert button(app, "Start").disabled


def test_stopped_run_shows_its_result(app: AppTest) -> None:
    app.run()
    app.slider(key="form_epochs").set_value(100).run()
    press(app, "Start")
    run_until(app, lambda: app.session_state["shown_records"] > 0)
    press(app, "Stop")
    run_until(app, lambda: result(app))
    assert "**Stopped** after" in result(app)


def test_settings_persist_while_another_page_is_open(app: AppTest) -> None:
    app.run()
    app.slider(key="form_first").set_value(32).run()
    open_page(app, "draw")
    open_page(app, "train")
    assert app.slider(key="form_first").value == 32


def test_second_visitor_does_not_see_the_run_of_the_first(app: AppTest) -> None:
    app.run()
    train(app)
    other = open_app().run()
    assert "Press **Start**" in text(other)


def test_run_on_built_in_digits_shows_accuracy_on_the_other_set(app: AppTest) -> None:
    app.run()
    app.selectbox(key="form_data").set_value("builtin").run()
    app.slider(key="form_epochs").set_value(1).run()
    train(app)
    assert "On the test images of small: " in text(app)


def test_distortion_is_previewed_and_used(app: AppTest) -> None:
    app.run()
    before = len(app.get("image"))
    app.selectbox(key="form_augmentation").set_value("affine").run()
    app.slider(key="form_epochs").set_value(1).run()
    assert len(app.get("image")) > before
    train(app)
    press(app, "Start")
    run_until(app, lambda: result(app) and len(app.selectbox(key="shown_run").options) == 2)
    assert "affine distortion" in app.selectbox(key="shown_run").options[0]


@pytest.mark.usefixtures("without_mnist")
def test_without_mnist_recipes_use_the_built_in_digits(app: AppTest) -> None:
    app.run()
    assert "form_data" not in [box.key for box in app.selectbox]
    for name in recipes:
        app.selectbox(key="recipe").set_value(name).run()
    app.selectbox(key="recipe").set_value("fast-97").run()
    train(app)
    assert "On the test images of" not in text(app)


def test_run_that_cannot_be_saved_is_shown_with_a_warning(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("where the folder should be")
    monkeypatch.setenv("RUNS_DIR", str(tmp_path / "file"))
    app.run()
    train(app)
    assert "could not be saved" in app.warning[0].value
    open_page(app, "draw")
    assert app.session_state["newest_model"] != "pretrained"  # the unsaved run


def test_run_that_cannot_be_saved_can_be_saved_again(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("where the folder should be")
    monkeypatch.setenv("RUNS_DIR", str(tmp_path / "file"))
    app.run()
    train(app)
    press(app, "Save again")
    assert "could not be saved" in app.warning[0].value
    (tmp_path / "file").unlink()
    press(app, "Save again")
    assert not app.warning
    assert "Save again" not in buttons(app)
    assert "**Done** after" in result(app)
    assert len(RunStore(tmp_path / "file").runs()) == 1


def test_waiting_run_shows_its_place_and_when_it_starts(
    app: AppTest, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_queue, "available_cores", lambda: 1)
    app.run()
    queue = services.queue()
    other = queue.submit(TrainConfig(hidden_sizes=(8,), epochs=1_000), small, "b" * 32)
    until(lambda: other.history)
    press(app, "Start")
    (bar,) = app.get("progress")
    assert re.fullmatch(r"Number 1 in the queue: starts in about \d+ (s|min)\.", bar.proto.text), (
        bar.proto.text
    )
    queue.stop(other)
    run_until(app, lambda: result(app))


def test_second_tab_cannot_start_a_second_run(
    app: AppTest, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run()
    visitor_id = hashlib.sha256(app.session_state["inkling_visitor"].encode()).hexdigest()[:32]
    services.queue().submit(TrainConfig(hidden_sizes=(8,)), small, visitor_id, paused=True)
    monkeypatch.setattr(JobQueue, "jobs", lambda self, visitor_id: [])  # as it was a moment ago
    press(app, "Start")
    assert "one thing at a time" in app.error[0].value


def test_saved_run_contains_visitor_id_but_not_the_cookie(app: AppTest, tmp_path: Path) -> None:
    app.run()
    train(app)
    (info,) = RunStore(tmp_path / "runs").runs()
    assert isinstance(info, RunInfo)
    assert re.fullmatch("[0-9a-f]{32}", info.visitor_id)
    files = [path.read_bytes() for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    assert any(info.visitor_id.encode() in file for file in files)
    assert not any(app.session_state["inkling_visitor"].encode() in file for file in files)


def test_pause_step_change_of_eta_and_resume(app: AppTest) -> None:
    app.run()
    app.toggle(key="begin_paused").set_value(True)
    app.slider(key="form_epochs").set_value(1).run()
    press(app, "Start")
    assert "Start" not in buttons(app)
    run_until(app, lambda: "Paused before the first batch" in app.get("progress")[0].proto.text)
    press(app, "Next batch")
    run_until(app, lambda: "Paused after batch 1 of 50" in app.get("progress")[0].proto.text)
    assert len(charts(app)[0]["data"][0]["x"]) == 1
    eta = next(s for s in app.select_slider if s.label == "Learning rate of this run")
    eta.set_value(0.02).run()
    press(app, "Next batch")
    run_until(app, lambda: "Paused after batch 2 of 50" in app.get("progress")[0].proto.text)
    press(app, "Resume")
    run_until(app, lambda: result(app))
    app.button_group(key="look_closer").set_value("Export").run()
    assert "0.02" in next(code.value for code in app.code if "Trainer" in code.value)


def test_active_run_can_be_paused_and_stopped(app: AppTest) -> None:
    app.run()
    app.slider(key="form_epochs").set_value(100).run()
    press(app, "Start")
    run_until(app, lambda: app.session_state["shown_records"] > 0)
    press(app, "Pause")
    run_until(app, lambda: "Paused after" in app.get("progress")[0].proto.text)
    assert "for the next run" not in text(app)
    app.slider(key="form_epochs").set_value(99).run()
    assert "These settings are for the next run." in text(app)
    press(app, "Stop")
    run_until(app, lambda: result(app))
    assert "**Stopped** after" in result(app)


def test_layer_charts_of_a_finished_run(app: AppTest) -> None:
    app.run()
    app.slider(key="form_second").set_value(8).run()
    train(app)
    app.button_group(key="look_closer").set_value("Layers").run()
    gradient, dead, weights = charts(app)[2:]
    assert [trace["name"] for trace in gradient["data"]] == ["Layer 1", "Layer 2", "Layer 3"]
    assert [trace["name"] for trace in dead["data"]] == ["Layer 1", "Layer 2"]
    assert len(weights["data"]) == 3


def test_saved_run_is_shown_after_a_server_restart(app: AppTest) -> None:
    app.run()
    train(app)
    st.cache_resource.clear()
    after = open_app().run()
    assert "Press **Start**" in text(after)  # another visitor, who did not open it
    after.button_group(key="train_view").set_value("Saved runs").run()
    press(after, "Open")
    assert result(after) == result(app)
    assert charts(after) == charts(app)


def test_use_its_settings_fills_the_form(app: AppTest) -> None:
    app.run()
    app.slider(key="form_first").set_value(8)
    app.slider(key="form_epochs").set_value(1).run()
    train(app)
    app.selectbox(key="recipe").set_value("fast-98").run()
    press(app, "Use these settings")
    assert app.slider(key="form_first").value == 8
    assert app.slider(key="form_epochs").value == 1
    assert app.selectbox(key="recipe").value == "fast-97"
    assert "Changed from fast-97: 8 units, 1 epoch" in text(app)


LINKED = [
    *(recipes[name] for name in recipes if recipes[name].data == "mnist"),
    TrainConfig(hidden_sizes=()),
    TrainConfig(filters=(16, 48), kernel_size=4, shrink="pool"),
    TrainConfig(filters=(3, 200, 5, 1), kernel_size=2, hidden_sizes=()),
    TrainConfig(hidden_sizes=(777, 5, 30, 8), epochs=345, learning_rate=0.1234567),
    TrainConfig(initial_scale=0.3, initial_bias=0.25, input_scale=0.01, dtype="float64"),
    TrainConfig(shuffled_labels=True, validation_size=77, training_size=1234, batch_size=77),
    TrainConfig(loss="mean-squared-error", output="sigmoid", sampling="with-replacement"),
]


def address(app: AppTest) -> dict[str, str]:
    """Return the query parameters of the page's address."""
    return {k: v if isinstance(v, str) else v[0] for k, v in app.query_params.items()}


def test_link_opens_train_with_its_settings(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    configs = []
    monkeypatch.setattr(one_run, "_show_buttons", lambda config, active: configs.append(config))
    monkeypatch.setattr(training_form, "train_validation_split", lambda dataset, config: None)
    app.run()  # a link leads to the page itself, not to "/"
    for config in LINKED:
        configs.clear()
        app.query_params.clear()
        app.query_params.update(link_query(config))
        app.run()
        app.run()
        assert configs == [config, config]
        assert (config_from_query(address(app)) or recipes["fast-97"]) == config


def test_reload_restores_the_settings(app: AppTest) -> None:
    app.run()
    assert app.select_slider(key="form_learning_rate").label == "Eta (learning rate)"
    assert not app.query_params
    app.slider(key="form_first").set_value(16).run()
    app.slider(key="form_epochs").set_value(3).run()
    assert address(app) == {"recipe": "fast-97", "hidden_sizes": "16", "epochs": "3"}
    reloaded = open_app()
    reloaded.query_params.update(address(app))
    reloaded.run()
    assert reloaded.slider(key="form_first").value == 16
    assert reloaded.slider(key="form_epochs").value == 3
    press(reloaded, "Back to fast-97")
    assert not reloaded.query_params


def test_change_that_comes_with_an_address_of_before_is_kept(app: AppTest) -> None:
    """As when a visitor moves two sliders before the browser has got the address of the first."""
    app.run()
    app.slider(key="form_first").set_value(16).run()
    before = address(app)
    app.slider(key="form_epochs").set_value(3).run()
    app.query_params.clear()
    app.query_params.update(before)
    app.slider(key="form_first").set_value(8).run()
    assert app.slider(key="form_epochs").value == 3
    assert address(app) == before | {"epochs": "3", "hidden_sizes": "8"}


def test_run_of_a_link_is_named_after_the_recipe_in_the_link(app: AppTest) -> None:
    app.run()
    app.query_params.update(recipe="fast-98", hidden_sizes="8", epochs="1")
    app.run()
    assert app.selectbox(key="recipe").value == "fast-98"
    train(app)
    [info] = services.run_store().runs()
    assert isinstance(info, RunInfo)
    assert info.name == "fast-98 with 8 units and 1 epoch"


def test_run_of_a_link_is_named_as_if_it_was_set_by_hand(app: AppTest) -> None:
    config = replace(recipes["fast-97"], hidden_sizes=(16,), seed=3)
    app.run()
    app.query_params.update(link_query(config))
    app.run()
    train(app)
    [info] = services.run_store().runs()
    assert isinstance(info, RunInfo)
    assert info.name == "fast-97 with 16 units and seed 3"


def test_settings_without_a_widget_last_until_another_recipe_is_chosen(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs: list[TrainConfig] = []
    monkeypatch.setattr(one_run, "_show_buttons", lambda config, active: configs.append(config))
    app.run()
    app.query_params["recipe"] = "fast-97"
    app.query_params["validation_size"] = "77"
    app.run()
    app.slider(key="form_epochs").set_value(3).run()
    assert configs[-1] == replace(recipes["fast-97"], validation_size=77, epochs=3)
    assert "Changed from fast-97: 77 validation images, 3 epochs" in text(app)
    press(app, "Back to fast-97")
    assert configs[-1] == recipes["fast-97"]


def test_invalid_link_shows_a_warning_and_leaves_the_form_unchanged(app: AppTest) -> None:
    app.run()
    app.query_params["recipe"] = "fast-97"
    app.query_params["epochs"] = "<b>many</b>"
    app.run()
    assert "This link cannot be used" in app.warning[0].value
    assert "<b>" not in app.warning[0].value.replace("\\<", "")
    assert app.slider(key="form_epochs").value == 2


def test_parameters_of_a_link_that_are_no_settings_are_named(app: AppTest) -> None:
    app.run()
    app.query_params.update(recipe="fast-97", epochs="3", eta="0.5", **{"<b>": "1"})
    app.run()
    [warning] = app.warning
    assert warning.value == (
        r"The link has a part that Inkling does not know ('eta' or '\<b\>'). "
        "That part was left out."
    )
    assert app.slider(key="form_epochs").value == 3
    assert address(app) == {"recipe": "fast-97", "epochs": "3"}
    app.query_params["eta"] = "0.5"
    app.run()
    assert "'eta'" in app.warning[0].value
    assert app.slider(key="form_epochs").value == 3


def test_unknown_number_of_convolutions_in_a_message_is_replaced(app: AppTest) -> None:
    app.run()
    app.session_state["form_convolutions"] = 77
    app.run()
    assert not app.error
    assert app.button_group(key="form_convolutions").value == 0


@pytest.mark.parametrize("key", ["recipe", "form_data", "form_augmentation"])
def test_unknown_choice_in_a_message_is_replaced(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    app.run()
    state = Selectbox._widget_state

    def forged(box: Selectbox[str]) -> WidgetState:
        if box.key == key:
            return WidgetState(id=box.id, string_value="")
        return state.__get__(box)

    before = app.selectbox(key=key).value
    monkeypatch.setattr(Selectbox, "_widget_state", property(forged))
    app.run()
    assert not app.error
    assert app.selectbox(key=key).value == before


def test_finished_run_shows_its_network_and_its_first_mistakes(app: AppTest) -> None:
    app.run()
    app.slider(key="form_epochs").set_value(1)
    app.select_slider(key="form_learning_rate").set_value(0.0005)
    train(app)
    [info] = services.run_store().runs()
    assert isinstance(info, RunInfo)
    assert info.test_accuracy is not None
    metric = next(each for each in app.metric if each.label == "Accuracy")
    assert metric.value == f"{info.test_accuracy:.2%}"
    assert level(info.test_accuracy).badge in text(app)
    assert "Weights of 24 of 128 hidden units" in text(app)
    assert "A 5 that the network never trains on" in text(app)
    wrong = round(500 * (1 - info.test_accuracy))
    count = f"the first 12 of {wrong}" if wrong > 12 else str(wrong)
    assert f"**Mistakes** on the test images, {count}" in text(app)


def test_rewind_opens_the_time_machine(app: AppTest) -> None:
    app.run()
    app.slider(key="form_epochs").set_value(1)
    train(app)
    assert "validation images" not in "".join(each.label for each in app.metric)
    press(app, "Open the time machine")
    assert "validation images" in "".join(each.label for each in app.metric)


def test_a_pictured_recipe_fills_the_form(app: AppTest) -> None:
    app.run()
    app.segmented_control(key="pictured_recipe").set_value("eta-too-high").run()
    assert app.select_slider(key="form_learning_rate").value == 5
    assert app.selectbox(key="recipe").value == "eta-too-high"
    app.selectbox(key="recipe").set_value("fast-98").run()
    assert app.segmented_control(key="pictured_recipe").value is None
    assert app.slider(key="form_first").value == 256


def test_settings_of_the_shown_run_are_offered_only_where_the_form_differs(app: AppTest) -> None:
    app.run()
    app.slider(key="form_epochs").set_value(1).run()
    train(app)
    assert "Use these settings" not in buttons(app)
    app.slider(key="form_first").set_value(16).run()
    press(app, "Use these settings")
    assert app.slider(key="form_first").value == 128


def test_changed_settings_are_marked_until_the_recipe_is_restored(app: AppTest) -> None:
    app.run()
    app.slider(key="form_first").set_value(16)
    app.selectbox(key="form_activation").set_value("tanh").run()
    labels = [widget.label for widget in (*app.slider, *app.selectbox)]
    assert [label for label in labels if "(changed)" in label] == [
        "Hidden size (changed)",
        "Activation (changed)",
    ]
    press(app, "Back to fast-97")
    assert not any("(changed)" in widget.label for widget in (*app.slider, *app.selectbox))


def test_filter_size_that_did_not_fit_comes_back(app: AppTest) -> None:
    app.run()
    app.button_group(key="form_convolutions").set_value(1).run()
    app.select_slider(key="form_kernel_size").set_value(11).run()
    app.button_group(key="form_convolutions").set_value(3).run()
    assert app.select_slider(key="form_kernel_size").value == 4
    assert "is the largest possible" in text(app)
    app.button_group(key="form_convolutions").set_value(1).run()
    assert app.select_slider(key="form_kernel_size").value == 11
    assert "is the largest possible" not in text(app)


def test_buttons_follow_an_active_run_that_is_not_shown(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    awaited: list[str] = []
    monkeypatch.setattr(one_run, "_await_end", awaited.append)
    app.run()
    app.slider(key="form_epochs").set_value(1).run()
    train(app)
    first = app.session_state["shown_run"]
    app.slider(key="form_epochs").set_value(100).run()
    press(app, "Start")
    active = app.session_state["shown_run"]
    app.selectbox(key="shown_run").set_value(first).run()
    assert awaited == [active]
    press(app, "Stop")
    run_until(app, lambda: "Start" in buttons(app))


def test_start_while_another_tab_has_a_run_shows_that_run(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookies = {"inkling_visitor": "c" * 32}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
    app.run()
    app.slider(key="form_epochs").set_value(1).run()
    train(app)
    other = open_app()
    other.run()
    app.slider(key="form_epochs").set_value(100).run()
    press(app, "Start")
    press(other, "Start")
    assert other.session_state["shown_run"] == app.session_state["shown_run"]
    assert "You already have an active run" in other.toast[0].value
    press(app, "Stop")
    run_until(app, lambda: "Start" in buttons(app))


def test_network_that_guesses_is_not_chosen_by_itself(app: AppTest) -> None:
    app.run()
    app.segmented_control(key="pictured_recipe").set_value("eta-too-high").run()
    train(app)
    [info] = services.run_store().runs()
    assert isinstance(info, RunInfo)
    open_page(app, "draw")
    assert app.session_state["model"] != info.id
