"""Untrusted text is never interpreted as markup: on pages, in addresses, in browser messages."""

import math
import re
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.runtime.state.query_params_proxy import QueryParamsProxy
from streamlit.testing.v1 import AppTest

from data_loader import _set_name
from inkling.data.canvas_state import parse_canvas_state
from inkling.runs.settings import SETTINGS
from inkling.ui.browser_events import get_key, parse_index, selected_points
from inkling.ui.markdown import JOINER, escape_markdown
from tools.fuzz.checks import check_markdown
from tools.fuzz.generators import HOSTILE_TEXTS
from tools.fuzz.links import HOSTILE_VALUES

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


def test_a_canvas_without_data_has_no_state() -> None:
    assert parse_canvas_state(None) is None


PAGES = ("explore", "train", "draw", "mistakes", "inside", "learn")
IMAGE_PAGES = ("explore", "mistakes", "inside")
IMAGE_WORDS = st.one_of(
    st.sampled_from([*HOSTILE_VALUES, "7", "train", "Built-in digits"]),
    st.floats().map(str),
    st.text(max_size=20),
)


class RecordingQuery(dict[str, str]):
    """Query parameters that record which of them are read."""

    read: ClassVar[set[str]] = set()

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)


def parameters_read(app: AppTest, page: str) -> list[str]:
    """Return the names of the query parameters that a page reads."""
    to_dict = QueryParamsProxy.to_dict

    def recorded(name: str) -> Any:
        method = getattr(QueryParamsProxy, name)

        def call(query: QueryParamsProxy, parameter: str, *rest: Any) -> Any:
            RecordingQuery.read.add(parameter)
            return method(query, parameter, *rest)

        return call

    RecordingQuery.read = set()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("get", "pop", "__getitem__", "__contains__"):
            patch.setattr(QueryParamsProxy, name, recorded(name))
        patch.setattr(QueryParamsProxy, "to_dict", lambda query: RecordingQuery(to_dict(query)))
        for query in ({}, {"split": "test", "index": "7"}):
            open_with_query(app, page, query)
    return sorted(RecordingQuery.read)


def open_with_query(app: AppTest, page: str, query: dict[str, Any]) -> None:
    """Open a page by an address with query parameters; assert that it is whole."""
    app.switch_page(f"pages/{page}.py")
    app.query_params.clear()
    app.query_params.update(query)
    app.run()
    shown = {name: str(value)[:40] for name, value in query.items()}
    assert not app.exception, shown
    assert not app.error, shown
    assert app.title, shown
    texts = [element.value for element in (*app.warning, *app.markdown)]
    assert not [text for text in texts if re.search(r"(?<!\\)(<img|\[b)", text)], shown


def test_query_parameters_of_pages_are_recorded(app: AppTest) -> None:
    app.run()
    explore = ["data", "digits", "index", "order", "page", "split", "view"]
    assert parameters_read(app, "explore") == explore
    assert {"recipe", *SETTINGS} <= set(parameters_read(app, "train"))
    assert parameters_read(app, "learn") == ["chapter", "term"]


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_with_hostile_query_parameters(app: AppTest, page: str) -> None:
    app.run()
    names = parameters_read(app, page)
    values: list[Any] = [*HOSTILE_VALUES, ["1", "2"]]  # the last one is a repeated parameter
    for name, value in product(names, values):
        companion = {"split": "test"} if page in IMAGE_PAGES and name == "index" else {}
        open_with_query(app, page, companion | {name: value})


@pytest.mark.parametrize("page", IMAGE_PAGES)
def test_pages_open_with_any_image_in_the_address(app: AppTest, page: str) -> None:
    app.run()
    app.switch_page(f"pages/{page}.py").run()

    @settings(max_examples=15)
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
