"""Saved runs whose files lack optional fields: every view that reads runs opens them."""

import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.lessons.story.chapters import CHAPTERS
from inkling.lessons.story.progress import Progress
from inkling.runs.run import Run, new_id
from inkling.runs.run_file import RunError, run_bytes, run_from_bytes
from inkling.ui import services, session_keys
from inkling.ui.learn.chapter import GROUP
from inkling.ui.train import one_run
from nn import TrainConfig
from tests.pages.driver import open_app, open_page, result, text
from tools.fuzz.checks import check_sentence

CONFIG = TrainConfig(hidden_sizes=(4,), epochs=1, validation_size=100)
RUN, COMPLETE = "id of the run", "id of the complete run"  # placeholders in the session's values
VIEWS: dict[str, tuple[str, dict[str, object]]] = {  # page, values of the session
    **{
        name: ("train", {session_keys.RUN_DETAILS: name, session_keys.SHOWN_RUN: RUN})
        for name in (one_run.LAYERS, one_run.TIME_MACHINE, one_run.EXPORT)
    },
    "Saved runs": (
        "train",
        {
            session_keys.TRAIN_VIEW: "Saved runs",
            session_keys.GROUPED_RUNS: True,
            session_keys.COMPARED_RUNS: [RUN, COMPLETE],
        },
    ),
    **{
        name: ("mistakes", {session_keys.MISTAKES_VIEW: name, session_keys.MODEL: RUN})
        for name in ("Triage", "Two models", "Biography")
    },
    "Inside": ("inside", {session_keys.MODEL: RUN}),
    "Draw": ("draw", {session_keys.MODEL: RUN}),
}


@pytest.fixture(scope="module")
def complete(small: Dataset, trained: Callable[..., Run]) -> Run:
    """A run in which every field has a value."""
    run = trained(CONFIG, small, steps=5, name="whole", visitor_id="a" * 32, group=GROUP)
    return replace(run, info=replace(run.info, notes="a note", error="It was stopped."))


def changed_texts(texts: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield a header's texts with fields left out or null, and the name of the change."""
    yield "no owner", texts | {"owner": ""}
    yield "no events", texts | {"events": "[]"}
    parts = {part: json.loads(texts[part]) for part in ("run", "config", "result", "history")}

    def changed(**changes: dict[str, Any]) -> dict[str, str]:
        return texts | {part: json.dumps(parts[part] | new) for part, new in changes.items()}

    records = len(parts["history"]["step"])
    for part, fields in parts.items():
        for name in fields:
            others = {key: value for key, value in fields.items() if key != name}
            yield f"{part} without {name}", texts | {part: json.dumps(others)}
            nothing = [None] * records if part == "history" else None
            yield f"{part} with {name} null", changed(**{part: {name: nothing}})
    yield (
        "no accuracy",
        changed(
            result=dict.fromkeys(("validation_accuracy", "test_accuracy")),
            history=dict.fromkeys(
                ("validation_loss", "validation_accuracy", "test_accuracy"), [None] * records
            ),
        ),
    )
    yield (
        "no steps, seconds or images",
        changed(result=dict.fromkeys(("steps", "epochs", "seconds", "test_images"), 0)),
    )


def files_with_missing_fields(run: Run) -> dict[str, bytes]:
    """Return the files of a run that `changed_texts` gives, each with an id of its own."""
    data = run_bytes(run)
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    files = {}
    for change, texts in changed_texts(header["__metadata__"]):
        packed = json.dumps(header | {"__metadata__": texts}).encode()
        packed = packed.replace(run.info.id.encode(), new_id().encode())
        files[change] = struct.pack("<Q", len(packed)) + packed + data[8 + length :]
    return files


@pytest.fixture(scope="module")
def readable(complete: Run) -> dict[str, Run]:
    """The runs in those files that are accepted and differ from the complete run, by change."""
    found = {}
    for change, data in files_with_missing_fields(complete).items():
        try:
            run = run_from_bytes(data)
        except RunError:
            continue
        same = replace(complete.info, id=run.info.id) == run.info
        if not (same and run.events == complete.events and run.history == complete.history):
            found[change] = run
    return found


def test_a_file_that_lacks_a_field_is_read_or_refused_with_a_sentence(complete: Run) -> None:
    refused = 0
    for data in files_with_missing_fields(complete).values():
        try:
            run_from_bytes(data)
        except RunError as error:
            check_sentence(error)
            refused += 1
    assert refused


def test_every_accuracy_may_be_missing(readable: dict[str, Run]) -> None:
    for change in (
        "result with test_accuracy null",
        "result with validation_accuracy null",
        "history with validation_loss null",
        "history with validation_accuracy null",
        "no accuracy",
    ):
        assert change in readable


def assert_page_is_whole(app: AppTest, change: str) -> None:
    """Assert that no part of the page broke off."""
    assert not app.exception, change
    assert not [error.value for error in app.error], change


@pytest.mark.parametrize("view", VIEWS)
def test_view_opens_every_readable_run(
    app: AppTest, complete: Run, readable: dict[str, Run], view: str
) -> None:
    app.run()
    services.run_store().save(complete)
    page, values = VIEWS[view]
    for change, run in readable.items():
        services.run_store().save(run)
        ids = {RUN: run.info.id, COMPLETE: complete.info.id}
        fresh = open_app()
        fresh.session_state[session_keys.NEWEST_MODEL] = "pretrained"  # it is chosen only once
        for key, value in values.items():
            fresh.session_state[key] = shown = (
                [ids[name] for name in value]
                if isinstance(value, list)
                else (ids[RUN] if value == RUN else value)
            )
        open_page(fresh, page)
        assert_page_is_whole(fresh, change)
        assert fresh.session_state[key] == shown, "another run was shown"


def test_one_run_says_that_the_accuracy_is_unknown(app: AppTest, readable: dict[str, Run]) -> None:
    app.run()
    run = readable["result with test_accuracy null"]
    services.run_store().save(run)
    app.session_state[session_keys.SHOWN_RUN] = run.info.id
    app.run()
    assert "does not contain its test accuracy" in result(app)


@pytest.mark.parametrize(
    "key", [key for key, chapter in CHAPTERS.items() if chapter.trainings is not None]
)
def test_chapter_shows_runs_without_an_accuracy(
    app: AppTest, readable: dict[str, Run], key: str
) -> None:
    run, trainings = readable["no accuracy"], CHAPTERS[key].trainings
    assert trainings is not None
    app.run()
    ids = [new_id() for _ in trainings()]
    for run_id in ids:
        services.run_store().save(replace(run, info=replace(run.info, id=run_id)))
    app.session_state["story_progress"] = Progress(chapter=key, runs={key: ids}, notes={key: ""})
    open_page(app, "learn")
    assert_page_is_whole(app, key)
    assert CHAPTERS[key].meaning in text(app)
