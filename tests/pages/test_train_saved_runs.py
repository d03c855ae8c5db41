"""Saved runs in AppTest: search, list, rename, delete, compare."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.runs.run import Run, new_id
from inkling.runs.run_file import run_bytes
from inkling.runs.store import RunStore
from nn import TrainConfig
from tests.pages.driver import press, text

CONFIG = TrainConfig(hidden_sizes=(8,), epochs=1, validation_size=100)


@pytest.fixture(scope="module")
def run(small: Dataset, trained: Callable[..., Run]) -> Run:
    return trained(CONFIG, small, steps=5)


@pytest.fixture
def store(app: AppTest, tmp_path: Path) -> RunStore:
    """Store of the app's runs."""
    return RunStore(tmp_path / "runs")


def save_copies(store: RunStore, run: Run, *names: str, **changes: object) -> list[str]:
    """Save copies of a run, the newest first; return their ids."""
    ids = []
    for k, name in enumerate(names):
        info = replace(run.info, id=new_id(), name=name, created=1e9 - k, **changes)  # type: ignore[arg-type]
        store.save(replace(run, info=info))
        ids.append(info.id)
    return ids


def open_view(app: AppTest) -> AppTest:
    app.run()
    return app.button_group(key="train_view").set_value("Saved runs").run()


def names(app: AppTest) -> list[str]:
    return [box.value.split("**")[1] for box in app.markdown if "hidden unit" in box.value]


def test_without_runs_a_hint_is_shown(app: AppTest) -> None:
    open_view(app)
    assert "No run is saved yet" in app.info[0].value


def test_runs_of_all_visitors_are_listed(app: AppTest, store: RunStore, run: Run) -> None:
    save_copies(store, run, "ann's", visitor_id="ann")
    save_copies(store, run, "bob's", visitor_id="bob")
    open_view(app)
    assert set(names(app)) == {"ann's", "bob's"}
    assert "8 hidden units" in text(app)


def test_markdown_in_names_is_escaped(app: AppTest, store: RunStore, run: Run) -> None:
    save_copies(store, run, "[click](http://bad) <b>x</b>")
    open_view(app)
    assert "[click]" not in text(app)
    assert "\\[click\\]" in text(app)
    assert "\\<b\\>" in text(app)


def test_search_matches_names_notes_and_settings(app: AppTest, store: RunStore, run: Run) -> None:
    save_copies(store, run, "apple", notes="first try")
    save_copies(store, run, "pear", config=replace(run.info.config, activation="tanh"))
    open_view(app)
    for words, found in (
        ("apple", ["apple"]),
        ("first TRY", ["apple"]),
        ("activation tanh", ["pear"]),
        ("784-8", ["apple", "pear"]),
        ("nothing", []),
    ):
        app.text_input(key="run_search").set_value(words).run()
        assert sorted(names(app)) == found
    assert "No runs match" in app.info[0].value


def test_runs_of_sweeps_are_listed_only_with_the_toggle(
    app: AppTest, store: RunStore, run: Run
) -> None:
    save_copies(store, run, "own")
    save_copies(store, run, "part", group="sweep-1")
    open_view(app)
    assert names(app) == ["own"]
    app.toggle(key="run_parts").set_value(True).run()
    assert sorted(names(app)) == ["own", "part"]


def test_name_and_notes_can_be_changed(app: AppTest, store: RunStore, run: Run) -> None:
    save_copies(store, run, "old")
    open_view(app)
    next(box for box in app.text_input if box.label == "Name").set_value("new")
    app.text_area[0].set_value("why *not*")
    press(app, "Save")
    assert names(app) == ["new"]
    assert "why \\*not\\*" in text(app)


def test_undo_restores_a_deleted_run(app: AppTest, store: RunStore, run: Run) -> None:
    save_copies(store, run, "mine")
    open_view(app)
    press(app, "Delete")
    assert names(app) == []
    assert store.runs() == []
    press(app, "Undo")
    assert names(app) == ["mine"]


def test_undo_without_room_says_so_and_can_be_repeated(
    app: AppTest, store: RunStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_MAX_RUNS_MIB", "1")
    (run_id,) = save_copies(store, run, "mine")
    open_view(app)
    press(app, "Delete")
    with (store.folder / f"{run_id}.deleted").open("ab") as file:
        file.truncate(2 * 2**20)
    press(app, "Undo")
    assert "your runs fill the 1 MiB that each visitor has. Delete" in app.toast[0].value
    assert store.runs() == []
    with (store.folder / f"{run_id}.deleted").open("ab") as file:
        file.truncate(len(run_bytes(run)))
    press(app, "Undo")
    assert [info.id for info in store.runs()] == [run_id]


def test_up_to_six_runs_are_compared_with_a_table_of_differences(
    app: AppTest, store: RunStore, run: Run
) -> None:
    ids = save_copies(store, run, *"abcdefg")
    other = save_copies(
        store, run, "z", config=replace(run.info.config, learning_rate=0.3, epochs=9)
    )[0]
    open_view(app)
    for run_id in (ids[0], other):
        app.checkbox(key=f"compare_{run_id}").check().run()
    assert len(app.get("plotly_chart")) == 2
    table = app.table[0].value
    assert list(table["Learning rate"]) == ["0.15", "0.3"]
    assert list(table["Epochs"]) == ["1", "9"]
    assert "Hidden size" not in table
    for run_id in ids[1:5]:
        app.checkbox(key=f"compare_{run_id}").check().run()
    assert app.checkbox(key=f"compare_{ids[6]}").disabled
    assert not app.checkbox(key=f"compare_{ids[0]}").disabled
    press(app, "Clear selection")
    assert not app.get("plotly_chart")
    assert not any(box.value for box in app.checkbox)


def test_damaged_run_is_marked_and_can_be_deleted(app: AppTest, store: RunStore, run: Run) -> None:
    save_copies(store, run, "intact")
    damaged = new_id()
    (store.folder / f"{damaged}.safetensors").write_bytes(b"half a run")
    open_view(app)
    assert names(app) == ["intact"]
    assert ":red[**Damaged**]" in text(app)
    app.button(key=f"delete_{damaged}").click().run()
    assert names(app) == ["intact"]
    assert ":red[**Damaged**]" not in text(app)


def test_run_damaged_behind_its_header_shows_an_error_when_opened(
    app: AppTest, store: RunStore, run: Run
) -> None:
    (run_id,) = save_copies(store, run, "mine")
    path = store.folder / f"{run_id}.safetensors"
    path.write_bytes(path.read_bytes().replace(b"train_loss", b"train_lost"))
    open_view(app)
    press(app, "Open")
    assert "history cannot be read" in app.error[0].value


def test_long_list_has_pages(app: AppTest, store: RunStore, run: Run) -> None:
    save_copies(store, run, *(f"run {k}" for k in range(13)))
    open_view(app)
    assert len(names(app)) == 10
