"""What people write comes alive nowhere: on pages, in addresses, in messages of the browser."""

import math
import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from data_loader import _set_name
from inkling.data.canvas_state import canvas_state
from inkling.ui.browser_events import get_key, parse_index, selected_points
from inkling.ui.markdown import JOINER, escape_markdown
from tests.hostile_input import WORDS, check_markdown

ALIVE = "https://evil.example www.evil.example me@evil.example :material/home: a -> b -- c"


@pytest.mark.parametrize("word", WORDS)
def test_people_s_text_is_shown_as_it_is(word: str) -> None:
    check_markdown(escape_markdown(word), word)
    check_markdown(escape_markdown(f"{word}\n{word}"), f"{word}\n{word}")


def test_what_streamlit_finds_after_markdown_is_broken_by_what_nobody_sees() -> None:
    shown = re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", escape_markdown(ALIVE))
    assert shown.replace(JOINER, "") == ALIVE
    for alive in ("https://", "www.", "me@evil", ":material", "->", "--"):
        assert alive not in shown


def test_the_check_itself_finds_what_is_alive() -> None:
    for alive in ("*a*", "a\n===", "a\n\n    b", "https\\://evil\\.example", "\\:material/home\\:"):
        with pytest.raises(AssertionError):
            check_markdown(alive, alive)


@pytest.mark.parametrize(
    "said", [None, "3", -1, 10, math.inf, math.nan, True, [], {}, 3.5, 10**400]
)
def test_a_click_on_what_is_not_there_is_none(said: Any) -> None:
    assert parse_index(said, 10) is None


def test_a_click_is_a_whole_number() -> None:
    assert parse_index(3, 10) == 3
    assert parse_index(3.0, 10) == 3
    assert get_key({"layer": 1}, "layer") == 1
    assert get_key([], "layer") is None
    chosen = {"selection": {"points": [{"x": 1}, None, 7]}}
    assert selected_points(chosen) == [{"x": 1}]
    hopeless: list[Any] = [None, [], {}, {"selection": 3}, {"selection": {"points": {}}}]
    for broken in hopeless:
        assert selected_points(broken) == []


class Silent:
    """A canvas before the first stroke."""

    json_data = None
    image_bytes = None


def test_a_canvas_that_has_sent_nothing_has_no_sketch() -> None:
    assert canvas_state(Silent()) is None


QUERIES: list[dict[str, str]] = [
    {name: word}
    for name in ("index", "split", "data", "chapter", "recipe", "seed", "hidden_sizes")
    for word in ("-1", "9" * 30, "<img src=x onerror=alert(1)>", "**a** [b](http://c)")
]


@pytest.mark.parametrize("page", ["explore", "mistakes", "train", "inside", "learn", "draw"])
def test_no_address_breaks_a_page(app: AppTest, page: str) -> None:
    app.run()
    for query in QUERIES:
        app.switch_page(f"pages/{page}.py")
        app.query_params.clear()
        for name, word in query.items():
            app.query_params[name] = word
        app.run()
        assert not app.exception, query
        said = [element.value for element in (*app.error, *app.warning, *app.markdown)]
        assert not [text for text in said if "broke off" in text], query
        assert not [text for text in said if re.search(r"(?<!\\)(<img|\[b)", text)], query


@pytest.mark.usefixtures("without_mnist")
def test_what_one_visitor_names_does_not_come_alive_on_another_s_page(
    app: AppTest, mnist_place: Any
) -> None:
    mnist_place.found = type(mnist_place.found)(f"The folder {ALIVE} cannot be opened.")
    app.run()
    said = "\n".join(markdown.value for markdown in app.markdown)
    assert escape_markdown(ALIVE) in said
    assert ALIVE not in said


@pytest.mark.usefixtures("without_mnist")
def test_a_class_cannot_look_into_the_server_s_folders(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run()
    assert "data_folder" in [box.key for box in app.text_input]
    monkeypatch.setenv("INKLING_CLASS", "1")
    app.run()
    assert "data_folder" not in [box.key for box in app.text_input]


def test_a_hostile_folder_s_name_is_cut_down(tmp_path: Path) -> None:
    assert _set_name(tmp_path / "<b>x **y** [a](b)") == "b x y a b"
    assert _set_name(tmp_path / "***") == "unnamed"
    assert len(_set_name(tmp_path / ("x" * 200))) == 80
