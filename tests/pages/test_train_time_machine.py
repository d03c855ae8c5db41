"""Time machine in AppTest, on trained runs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from digits.drawing import drawing_to_image
from inkling.data import datasets
from inkling.data.canvas_state import add_stroke
from inkling.data.strokes import Stroke
from inkling.runs.run import Run, RunIdentity, new_id
from inkling.runs.snapshots import Snapshot
from inkling.training.job import TrainingJob
from inkling.training.runner import JobRunner
from inkling.ui import services, session_keys
from nn import TrainConfig
from nn.metrics import accuracy
from nn.training import train_validation_split
from tests.pages.driver import pictures, press, text

SCRIPT = """
import streamlit as st
from inkling.ui.train import time_machine
from inkling.data.unseen_images import validation_or_test_images
run, dataset = st.session_state["run"], st.session_state["dataset"]
time_machine.show(run, validation_or_test_images(run.info.config, "mnist", dataset))
"""
CONFIG = TrainConfig(hidden_sizes=(12,), validation_size=100, batch_size=50, epochs=2)

Open = Callable[[Run], AppTest]


def trained(dataset: Dataset, **changes: object) -> Run:
    """Return a small run with snapshots as the app takes them."""
    identity = RunIdentity(id=new_id(), name="a run", visitor_id="somebody", created=1.0)
    job = TrainingJob(replace(CONFIG, **changes), dataset, identity)  # type: ignore[arg-type]
    JobRunner(lambda run, data: None).run(job)
    assert job.run is not None
    return job.run


@pytest.fixture(scope="module")
def run(tiny: Dataset) -> Run:
    return trained(tiny)


@pytest.fixture
def machine(tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Function that opens the time machine of a run."""
    st.cache_resource.clear()
    monkeypatch.setattr(datasets, "load_mnist", lambda folder, progress: tiny)
    services.datasets().find_mnist()
    (tmp_path / "pages").mkdir()
    for page in ("draw", "explore"):
        (tmp_path / "pages" / f"{page}.py").write_text("")
    (tmp_path / "app.py").write_text(SCRIPT)

    def show(run: Run, dataset: Dataset = tiny) -> AppTest:
        app = AppTest.from_file(str(tmp_path / "app.py"), default_timeout=30)
        app.session_state["run"], app.session_state["dataset"] = run, dataset
        return app.run()

    yield show
    st.cache_resource.clear()


def move(app: AppTest, place: int) -> AppTest:
    return app.select_slider[0].set_value(place).run()


def place(app: AppTest) -> int:
    return int(str(app.select_slider[0].value))


def metric(app: AppTest, label: str) -> str:
    return next(metric.value for metric in app.metric if label in metric.label)


def weights(app: AppTest) -> str:
    """Return the weight image, as a data URL."""
    return str(next(picture.url for picture in pictures(app) if "weights" in picture.alt))


def accuracy_at(run: Run, dataset: Dataset, place: int) -> str:
    _, held_back = train_validation_split(dataset, run.info.config)
    P = run.network_at(run.snapshots[place]).predict_proba(held_back.images)
    return f"{accuracy(P, held_back.labels):.2%}"


def test_slider_selects_a_snapshot(machine: Open, run: Run, tiny: Dataset) -> None:
    app = machine(run)
    last = len(run.snapshots) - 1
    assert last > 3
    assert place(app) == 0
    before = accuracy_at(run, tiny, 0), weights(app)
    assert metric(app, "100 validation images") == before[0]
    move(app, last)
    after = accuracy_at(run, tiny, last), weights(app)
    assert metric(app, "100 validation images") == after[0]
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_slider_labels_are_epoch_and_batch(machine: Open, run: Run) -> None:
    labels = machine(run).select_slider[0].options
    assert labels[0] == "before training"
    assert labels[1] == "epoch 0.10, batch 1"
    assert labels[-1] == "epoch 2.00, batch 20"


def test_play_advances_by_one_snapshot_and_stops_at_the_last(machine: Open, run: Run) -> None:
    app = press(machine(run), "Play")
    last = len(run.snapshots) - 1
    assert [place(app), *(place(app.run()) for _ in range(last - 1))] == [*range(1, last + 1)]
    assert app.button(key="time_play").label == "Play"
    assert place(app.run()) == last


def test_play_at_the_last_snapshot_starts_at_the_first(machine: Open, run: Run) -> None:
    app = move(machine(run), len(run.snapshots) - 1)
    assert place(press(app, "Play")) == 1


def test_pause_keeps_the_snapshot(machine: Open, run: Run) -> None:
    app = press(machine(run), "Play")
    app.run()
    press(app, "Pause")
    assert place(app) == 2
    assert place(app.run()) == 2


def test_to_the_start_stops_playing_at_the_first_snapshot(machine: Open, run: Run) -> None:
    app = press(machine(run), "Play")
    press(app, "Back to start")
    assert place(app) == 0
    assert place(app.run()) == 0


def test_slider_and_digit_can_be_changed_while_playing(machine: Open, run: Run) -> None:
    app = press(machine(run), "Play")
    assert place(move(app, 3)) == 3
    app.number_input[0].set_value(5)
    assert place(app.run()) == 3
    assert place(app.run()) == 4


def test_playing_stops_when_another_run_is_shown(machine: Open, run: Run, tiny: Dataset) -> None:
    app = press(machine(run), "Play")
    app.session_state["run"] = trained(tiny, seed=1)
    assert place(app.run()) == 0
    assert place(app.run()) == 0


def test_prediction_for_an_image_changes_with_the_snapshot(
    machine: Open, run: Run, tiny: Dataset
) -> None:
    _, held_back = train_validation_split(tiny, run.info.config)
    last = len(run.snapshots) - 1
    answers = np.stack(
        [run.network_at(run.snapshots[k]).predict_proba(held_back.images) for k in (0, last)]
    ).argmax(axis=2)
    changed = int(np.flatnonzero((answers[0] != answers[1]) & (answers[1] == held_back.labels))[0])
    app = machine(run)
    app.number_input[0].set_value(changed).run()
    assert metric(app, "Answer") == str(answers[0, changed])
    assert f"the label is a {held_back.labels[changed]}" in text(app)
    move(app, last)
    assert metric(app, "Answer") == str(answers[1, changed])
    assert "✓" in text(app)
    assert "✗" not in text(app)


def test_hard_images_are_ordered_by_the_finished_networks_probability_of_the_label(
    machine: Open, tiny: Dataset
) -> None:
    run = trained(tiny, hidden_sizes=(2,))
    _, held_back = train_validation_split(tiny, run.info.config)
    P = run.network.predict_proba(held_back.images)
    order = np.argsort(P[np.arange(len(P)), held_back.labels], kind="stable")
    app = machine(run)
    app.segmented_control[0].set_value("A hard one").run()
    assert f"Validation image {order[0]}, labelled" in text(app)
    app.number_input[0].set_value(3)
    assert f"Validation image {order[2]}, labelled" in text(app.run())


def test_index_beyond_the_images_of_another_run_is_limited(
    machine: Open, run: Run, tiny: Dataset
) -> None:
    app = machine(trained(tiny, validation_size=300))
    app.number_input[0].set_value(250).run()
    app.session_state["run"] = run
    app.run()
    assert app.number_input[0].value == 99


def test_without_a_drawing_a_link_to_draw_is_shown(machine: Open, run: Run) -> None:
    app = machine(run)
    app.segmented_control[0].set_value("Your drawing").run()
    assert "There is no drawing yet." in text(app)
    assert app.get("page_link")[0].proto.label == "**Draw a digit**"
    assert metric(app, "Answer") == "?"


def test_drawing_is_predicted(machine: Open, run: Run) -> None:
    state = add_stroke(None, Stroke(54, [(400, 200), (410, 650)]))
    canvas = state.draw()
    assert canvas is not None
    app = machine(run)
    app.session_state[session_keys.STROKES] = [state]
    app.segmented_control[0].set_value("Your drawing")
    image = drawing_to_image(canvas)[None]
    for k in (0, len(run.snapshots) - 1):
        move(app, k)
        P = run.network_at(run.snapshots[k]).predict_proba(image)[0]
        assert metric(app, "Answer") == str(P.argmax())
        assert f"{P.max():.0%}" in text(app) or "over 99%" in text(app)
    assert not app.get("page_link")


def test_overflowed_weights_show_a_warning(machine: Open, run: Run) -> None:
    broken = np.full_like(run.snapshots[-1].theta, np.nan)
    network = run.network.copy()
    network.theta[:] = np.nan
    first = run.snapshots[0]
    overflowed = replace(
        run,
        info=replace(run.info, id=new_id(), finite=False),
        network=network,
        snapshots=(first, Snapshot(20, broken)),
    )
    app = machine(overflowed)
    assert not app.warning
    app.segmented_control[0].set_value("A hard one")
    move(app, 1)
    assert "overflowed" in app.warning[0].value
    assert metric(app, "Answer") == "?"
    assert not [metric for metric in app.metric if "Accuracy" in metric.label]
    move(app, 0)
    assert not app.warning


def test_overflowed_outputs_show_a_warning(machine: Open, tiny: Dataset) -> None:
    run = trained(tiny, hidden_sizes=(16,) * 8)
    largest = np.full_like(run.snapshots[-1].theta, np.finfo(np.float16).max)
    largest[-5:] *= -1
    app = move(machine(replace(run, snapshots=(run.snapshots[0], Snapshot(20, largest)))), 1)
    assert "overflowed" in app.warning[0].value
    assert weights(app)


def test_without_hidden_layers_weights_of_the_outputs_are_drawn(
    machine: Open, tiny: Dataset
) -> None:
    run = trained(tiny, hidden_sizes=())
    app = machine(run)
    assert "Weights of the ten outputs" in text(app)
    before = weights(app)
    move(app, len(run.snapshots) - 1)
    assert weights(app) != before
    assert metric(app, "Accuracy") == accuracy_at(run, tiny, len(run.snapshots) - 1)


def test_filters_and_feature_maps_of_a_convolutional_network_change_with_the_snapshot(
    machine: Open, tiny: Dataset
) -> None:
    run = trained(tiny, filters=(4, 5))
    app = machine(run)
    assert "Weights of the 4 filters**, 5 × 5 each" in text(app)
    assert "Convolution 1: 4 feature maps**, 12 × 12 each" in text(app)
    assert "Convolution 2: 5 feature maps**, 4 × 4 each" in text(app)

    def maps() -> set[str]:
        return {picture.url for picture in pictures(app) if "feature maps" in picture.alt}

    first, filters = maps(), weights(app)
    move(app, len(run.snapshots) - 1)
    assert weights(app) != filters
    assert len(first) == 2
    assert not first & maps()
    last = maps()
    app.number_input[0].set_value(7).run()
    assert not last & maps()


def test_at_most_64_strongest_filters_are_drawn(machine: Open, tiny: Dataset) -> None:
    app = machine(trained(tiny, filters=(70,), kernel_size=3, hidden_sizes=()))
    assert "Weights of 64 of 70 filters" in text(app)
    assert "Convolution 1: 64 of 70 feature maps" in text(app)


def test_at_most_64_strongest_units_are_drawn(machine: Open, tiny: Dataset) -> None:
    app = machine(trained(tiny, hidden_sizes=(80, 20)))
    assert "Weights of 64 of 80 units" in text(app)
    assert "largest outgoing weights" in text(app)


def test_run_without_validation_images_uses_the_test_images(machine: Open, tiny: Dataset) -> None:
    run = trained(tiny, validation_size=0)
    app = move(machine(run), 2)
    P = run.network_at(run.snapshots[2]).predict_proba(tiny.test.images)
    assert metric(app, "200 test images") == f"{accuracy(P, tiny.test.labels):.2%}"
    assert "Test image 0, labelled" in text(app)


def test_run_without_snapshots_shows_a_note(machine: Open, run: Run) -> None:
    app = machine(replace(run, snapshots=run.snapshots[-1:]))
    assert "has no snapshots" in app.info[0].value
    assert not app.select_slider
