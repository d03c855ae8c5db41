"""Text from people stays what it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.markdown import plain


@pytest.mark.parametrize(
    "text",
    ["**bold**", "[a](http://b)", "<img src=x>", ":red[x]", "$x$", "`code`", "# title", "1. one"],
)
def test_every_sign_that_markdown_reads_is_escaped(text: str) -> None:
    assert not re.search(r"(?<!\\)[*\[\]()<>:$`#.!_~|&]", plain(text))


@given(st.text())
def test_nothing_else_is_changed(text: str) -> None:
    assert re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", plain(text)) == text
