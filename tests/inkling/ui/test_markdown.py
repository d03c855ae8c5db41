"""Text from people stays what it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.ui.markdown import JOINER, escape_markdown


@pytest.mark.parametrize(
    "text",
    ["**bold**", "[a](http://b)", "<img src=x>", ":red[x]", "$x$", "`code`", "# title", "1. one"],
)
def test_every_sign_that_markdown_reads_is_escaped(text: str) -> None:
    assert not re.search(r"(?<!\\)[*\[\]()<>:$`#.!_~|&]", escape_markdown(text))


@pytest.mark.parametrize(
    "text",
    ["https://a.b/c", "www.a.b", "me@a.b", ":material/home:", "a -> b", "a -- b"],
)
def test_what_is_found_in_the_text_after_markdown_is_broken(text: str) -> None:
    unescaped = re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", escape_markdown(text))
    assert unescaped != text
    assert unescaped.replace(JOINER, "") == text


def test_no_line_makes_a_heading_or_code() -> None:
    heading, code = escape_markdown("a\n===").replace(JOINER, ""), escape_markdown("a\n\n    b")
    assert heading == "a\n\\==="
    assert code == "a\n\n\u00a0\u00a0\u00a0\u00a0b"


@given(st.text())
def test_nothing_else_that_can_be_seen_is_changed(text: str) -> None:
    unescaped = re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", escape_markdown(text))
    spaces = re.compile("[ \t\u00a0]")
    assert spaces.sub(" ", unescaped).replace(JOINER, "") == spaces.sub(" ", text).replace(
        JOINER, ""
    )
