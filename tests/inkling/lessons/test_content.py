"""Markdown files of the lessons and helps, and the functions that read them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from inkling.lessons import content

ROOT = Path(__file__).parents[3]
FILES = sorted(
    path.relative_to(content.FOLDER).with_suffix("").as_posix()
    for path in content.FOLDER.rglob("*.md")
    if path.name != "README.md"
)
BY_KEY = ("chapters/", "failure_lab/", "glossary", "lessons/")  # read by key: have their own tests
CALL = r'\bsection\(\s*"([^"]+)",\s*"([^"]+)"'


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """Return a function that makes a text the file "example"."""
    monkeypatch.setattr(content, "FOLDER", tmp_path)
    content._read.cache_clear()
    return lambda text: (tmp_path / "example.md").write_text(text, encoding="utf-8")


def test_section_returns_the_text_below_its_heading(write: Callable[[str], object]) -> None:
    write("# A title\n\n## First\n\nOne.\n\nTwo.\n\n## Second part\nThree.\n")
    assert content.title("example") == "A title"
    assert content.section("example", "First") == "One.\n\nTwo."
    assert content.section("example", "Second part") == "Three."


def test_placeholders_are_filled_and_formulas_stay(write: Callable[[str], object]) -> None:
    write("# T\n\n## H\n\n{{count}} of {{ all }}, {{share:.1%}}, $\\frac{s}{S}$\n")
    text = content.section("example", "H", count="3", all=7, share=3 / 7)
    assert text == "3 of 7, 42.9%, $\\frac{s}{S}$"


def test_list_items_are_the_lines_with_a_dash(write: Callable[[str], object]) -> None:
    write("# T\n\n## H\n\n- One - two\n- Three\n")
    assert content.list_items("example", "H") == ("One - two", "Three")


def test_missing_section_is_an_error_that_names_file_and_heading(
    write: Callable[[str], object],
) -> None:
    write("# T\n\n## H\n\n{{count}}\n")
    with pytest.raises(LookupError, match=r"example\.md has no section 'X', only H"):
        content.section("example", "X")


def test_placeholder_without_value_is_an_error(write: Callable[[str], object]) -> None:
    write("# T\n\n## H\n\n{{count}}\n")
    with pytest.raises(LookupError, match=r"example\.md, 'H': no value for \{\{count\}\}"):
        content.section("example", "H")


def test_format_that_does_not_fit_is_an_error(write: Callable[[str], object]) -> None:
    write("# T\n\n## H\n\n{{count:.1%}}\n")
    with pytest.raises(ValueError, match=r"example\.md, 'H', \{\{count:\.1%\}\}: "):
        content.section("example", "H", count="3")


@pytest.mark.parametrize("text", ["", "## H\n", "# T\n\nlost\n\n## H\n", "# T\n## H\n## H\n"])
def test_file_that_would_lose_text_is_refused(text: str, write: Callable[[str], object]) -> None:
    write(text)
    with pytest.raises(ValueError, match=r"example\.md"):
        content.title("example")


@pytest.mark.parametrize("file", FILES)
def test_sections_have_text_and_well_formed_placeholders(file: str) -> None:
    assert content.title(file)
    for text in content.sections(file).values():
        assert text
        assert len(content._PLACEHOLDER.findall(text)) == text.count("{{") == text.count("}}")


def test_sections_are_those_used_by_the_code() -> None:
    in_code = {
        call
        for folder in ("inkling", "pages")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "content.py"
        for call in re.findall(CALL, path.read_text(encoding="utf-8"))
        if not call[0].startswith(BY_KEY)
    }
    in_files = {
        (file, heading)
        for file in FILES
        if not file.startswith(BY_KEY)
        for heading in content.sections(file)
        if not heading.startswith("Question ")  # read by number
    }
    assert in_code == in_files
