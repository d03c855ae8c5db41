"""Escaped text is shown literally."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.ui.markdown import JOINER, escape_markdown, plain_label


@pytest.mark.parametrize(
    "text",
    ["**bold**", "[a](http://b)", "<img src=x>", ":red[x]", "$x$", "`code`", "# title", "1. one"],
)
def test_markdown_characters_are_escaped(text: str) -> None:
    assert not re.search(r"(?<!\\)[*\[\]()<>:$`#.!_~|&]", escape_markdown(text))


@pytest.mark.parametrize(
    "text",
    ["https://a.b/c", "www.a.b", "me@a.b", ":material/home:", "a -> b", "a -- b"],
)
def test_streamlit_syntax_is_broken_by_a_joiner(text: str) -> None:
    unescaped = re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", escape_markdown(text))
    assert unescaped != text
    assert unescaped.replace(JOINER, "") == text


def test_line_starts_make_no_heading_or_code() -> None:
    heading, code = escape_markdown("a\n===").replace(JOINER, ""), escape_markdown("a\n\n    b")
    assert heading == "a\n\\==="
    assert code == "a\n\n\u00a0\u00a0\u00a0\u00a0b"


@given(st.text())
def test_visible_text_is_unchanged(text: str) -> None:
    unescaped = re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", escape_markdown(text))
    spaces = re.compile("[ \t\u00a0]")
    assert spaces.sub(" ", unescaped).replace(JOINER, "") == spaces.sub(" ", text).replace(
        JOINER, ""
    )


def test_labels_that_are_not_shown_hold_no_image_link_or_tag() -> None:
    text = "![x](https://a.b/c.png) [y](https://a.b) <img src=z> 0.15 · *fast*"
    assert not set("[]<>") & set(plain_label(text))
    assert plain_label("128 units, η = 0.15") == "128 units, η = 0.15"
