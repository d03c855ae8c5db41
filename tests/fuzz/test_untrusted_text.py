"""Untrusted text is never interpreted as markup: on pages, in addresses, in browser messages."""

import math
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from data_loader import _set_name
from inkling.data.canvas_state import parse_canvas_state
from inkling.ui.browser_events import get_key, parse_index, selected_points
from inkling.ui.markdown import JOINER, escape_markdown
from tools.fuzz.checks import check_markdown
from tools.fuzz.generators import HOSTILE_TEXTS

STREAMLIT_SYNTAX = (
    "https://evil.example www.evil.example me@evil.example :material/home: a -> b -- c"
)


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_escaped_text_is_shown_literally(text: str) -> None:
    check_markdown(escape_markdown(text), text)
    check_markdown(escape_markdown(f"{text}\n{text}"), f"{text}\n{text}")


def test_streamlit_syntax_is_broken_by_an_invisible_joiner() -> None:
    shown = re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", escape_markdown(STREAMLIT_SYNTAX))
    assert shown.replace(JOINER, "") == STREAMLIT_SYNTAX
    for pattern in ("https://", "www.", "me@evil", ":material", "->", "--"):
        assert pattern not in shown


def test_check_markdown_finds_unescaped_syntax() -> None:
    for pattern in (
        "*a*",
        "a\n===",
        "a\n\n    b",
        "https\\://evil\\.example",
        "\\:material/home\\:",
    ):
        with pytest.raises(AssertionError):
            check_markdown(pattern, pattern)


@pytest.mark.parametrize(
    "value", [None, "3", -1, 10, math.inf, math.nan, True, [], {}, 3.5, 10**400]
)
def test_an_index_out_of_range_is_none(value: Any) -> None:
    assert parse_index(value, 10) is None


def test_valid_browser_events_are_parsed() -> None:
    assert parse_index(3, 10) == 3
    assert parse_index(3.0, 10) == 3
    assert get_key({"layer": 1}, "layer") == 1
    assert get_key([], "layer") is None
    event = {"selection": {"points": [{"x": 1}, None, 7]}}
    assert selected_points(event) == [{"x": 1}]
    malformed: list[Any] = [None, [], {}, {"selection": 3}, {"selection": {"points": {}}}]
    for broken in malformed:
        assert selected_points(broken) == []


class EmptyCanvas:
    """Canvas before the first stroke."""

    json_data = None
    image_bytes = None


def test_a_canvas_without_data_has_no_state() -> None:
    assert parse_canvas_state(EmptyCanvas()) is None


WORDS = ("-1", "9" * 30, "<img src=x onerror=alert(1)>", "**a** [b](http://c)")
QUERIES = {  # each parameter that a page reads, with what it needs to be read
    "explore": [{"split": ""}, {"split": "test", "index": ""}, {"data": ""}],
    "mistakes": [{"index": ""}, {"data": ""}],
    "inside": [{"split": "", "index": "1"}, {"split": "test", "index": ""}],
    "train": [{"recipe": ""}, {"seed": ""}, {"hidden_sizes": ""}],
    "learn": [{"chapter": ""}],
}
IMAGE_WORDS = st.one_of(
    st.sampled_from([*WORDS, "9" * 330, "1e400", "nan", "7", "test", "train", "Built-in digits"]),
    st.floats().map(str),
    st.text(max_size=20),
)


@pytest.mark.parametrize("page", QUERIES)
def test_pages_open_with_invalid_query_parameters(app: AppTest, page: str) -> None:
    app.run()
    for word, names in product(WORDS, QUERIES[page]):
        query = {name: value or word for name, value in names.items()}
        app.switch_page(f"pages/{page}.py")
        app.query_params.clear()
        app.query_params.update(query)
        app.run()
        assert not app.exception, query
        texts = [element.value for element in (*app.error, *app.warning, *app.markdown)]
        assert not [text for text in texts if "broke off" in text], query
        assert not [text for text in texts if re.search(r"(?<!\\)(<img|\[b)", text)], query


@pytest.mark.parametrize("page", ["explore", "mistakes", "inside"])
def test_pages_open_with_any_image_in_the_address(app: AppTest, page: str) -> None:
    app.run()
    app.switch_page(f"pages/{page}.py").run()

    @settings(max_examples=15)
    @example({"split": "test", "index": "1e400"})
    @example({"split": "test", "index": "9" * 330})
    @given(st.dictionaries(st.sampled_from(["data", "split", "index"]), IMAGE_WORDS, min_size=1))
    def check(query: dict[str, str]) -> None:
        app.query_params.clear()
        for name, word in query.items():
            app.query_params[name] = word
        app.run()
        assert not app.exception
        assert not app.error
        assert app.title[0].value == page.capitalize()

    check()


@pytest.mark.usefixtures("without_mnist")
def test_a_path_in_an_error_message_is_escaped(app: AppTest, mnist_place: Any) -> None:
    mnist_place.found = type(mnist_place.found)(f"The folder {STREAMLIT_SYNTAX} cannot be opened.")
    app.run()
    shown = "\n".join(markdown.value for markdown in app.markdown)
    assert escape_markdown(STREAMLIT_SYNTAX) in shown
    assert STREAMLIT_SYNTAX not in shown


@pytest.mark.usefixtures("without_mnist")
def test_the_folder_field_is_hidden_in_class_mode(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run()
    assert "data_folder" in [box.key for box in app.text_input]
    monkeypatch.setenv("INKLING_CLASS", "1")
    app.run()
    assert "data_folder" not in [box.key for box in app.text_input]


def test_set_names_are_stripped_and_truncated(tmp_path: Path) -> None:
    assert _set_name(tmp_path / "<b>x **y** [a](b)") == "b x y a b"
    assert _set_name(tmp_path / "***") == "unnamed"
    assert len(_set_name(tmp_path / ("x" * 200))) == 80
