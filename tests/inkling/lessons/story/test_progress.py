"""Progress in the story as a file, valid or not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.lessons.story.progress import Progress

OPTIONS = {"arrays": 4, "eta": 3, "end": 0}
ID = "0123456789abcdef" * 2


def test_progress_survives_a_round_trip() -> None:
    progress = Progress("eta", {"arrays"}, {"eta": [ID, ID[::-1]]}, {"arrays": 2, "eta": 0})
    assert Progress.from_bytes(progress.to_bytes(), OPTIONS) == progress


def test_no_file_gives_empty_progress() -> None:
    assert Progress.from_bytes(None, OPTIONS) == Progress()


@pytest.mark.parametrize(
    "changed",
    [
        {"chapter": "unknown"},
        {"chapter": ["eta"]},
        {"ran": ["unknown", 3, None]},
        {"ran": "eta"},
        {"runs": {"eta": ["../../x"]}},
        {"runs": {"eta": ID}},
        {"runs": {"eta": [ID] * 100}},
        {"runs": {"unknown": [ID]}},
        {"runs": [ID]},
        {"answers": {"eta": 3}},
        {"answers": {"eta": -1}},
        {"answers": {"eta": True}},
        {"answers": {"eta": 1.0}},
        {"answers": {"unknown": 0}},
        {"answers": 7},
        {"more": 1},
    ],
)
def test_invalid_entries_are_left_out(changed: object) -> None:
    assert Progress.from_bytes(json.dumps(changed).encode(), OPTIONS) == Progress()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_data_that_is_no_json_object_gives_empty_progress(data: bytes) -> None:
    assert Progress.from_bytes(data, OPTIONS) == Progress()


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([*OPTIONS, ID]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*OPTIONS, "x"]), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["chapter", "ran", "runs", "answers"]), _ANYTHING))
def test_progress_read_from_any_json_is_valid(content: object) -> None:
    progress = Progress.from_bytes(json.dumps(content).encode(), OPTIONS)
    assert progress.chapter in {"", *OPTIONS}
    assert progress.ran <= OPTIONS.keys()
    assert all(0 <= answer < OPTIONS[key] for key, answer in progress.answers.items())
    assert Progress.from_bytes(progress.to_bytes(), OPTIONS) == progress
