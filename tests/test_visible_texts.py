"""Texts that a visitor sees use the app's words, and the glossary explains them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from inkling.lessons import glossary
from inkling.lessons.content import FOLDER

ROOT = Path(__file__).parent.parent
SOURCES = [
    *(ROOT / "inkling").rglob("*.py"),
    *(ROOT / "pages").glob("*.py"),
    *(ROOT / name for name in ("data_loader.py", "nn/diagnosis.py", "nn/recipes.py")),
]
PAGES = [*FOLDER.rglob("*.md"), ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
AVOIDED = {
    "again": "anew",
    "anyone who": "whoever",
    "the result": "came? of (it|this)|what becomes? of (it|them)",
    "resume": "goes? on already|taking it up|gone on with",
    "discard": "was dropped|drop it|drop them",
    "save": "(be|is|are|was|were) kept on|kept runs",
    "fix": "mended|put right",
    "validation images": "held back right|(those|images) (that are )?held back",
    "accuracy": "(are|is|images) read right|reads [^.]{0,40} right\\b|right answers",
    "label": "true (digit|label)s?",
    "mistake": "misreads? (an|the) image|whose fault|the network's fault",
    "mistakes it for": "takes? it for|takes? for which",
    "built-in digits": "digits (drawn by inkling|that inkling drew)",
    "built-in network": "that ships|ships with inkling|ready-made",
    "overflowed": "grew (past|out of)|no numbers\\b",
    "session": "sitting",
    "something went wrong": "fault of the program",
    "is not available": "could? be had",
    "×": "28 x 28",
    "learning rate": "(smaller|another|small|of|about) eta\\b",
}
"""Regular expressions of words that are not used, by those that are."""

TERMS = {
    *("Accuracy", "Answer", "Batch", "Bias", "Cost", "Epoch", "Eta", "Filter", "Label", "Mistake"),
    *("Network", "Parameters", "Prediction", "Run", "Seed", "Session", "Step", "Sweep", "Unit"),
    *("Weight", "Built-in digits", "Built-in network", "Hidden units", "Learning rate"),
    *("Overflowed", "Test images", "Training images", "Validation images", "Loss function"),
    *("Initialisation", "Optimiser", "Schedule", "Weight averaging"),
}

UNWANTED_ACTS = ("Begin", "Drop", "Forget it", "Go on", "Keep", "Remove the", "Take")
"""How no button begins: it says Start, Delete, Resume, Save or Export."""


@cache
def visible_texts() -> list[tuple[str, str]]:
    """Return each text that may be seen with the name of its file: no docstring, no comment."""
    texts = []
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in alone:
                texts.append((path.relative_to(ROOT).as_posix(), str(node.value)))
    return texts + [
        (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in PAGES
    ]


@pytest.mark.parametrize("wanted", AVOIDED)
def test_texts_use_one_word_for_one_thing(wanted: str) -> None:
    pattern = re.compile(rf"\b(?:{AVOIDED[wanted]})", re.IGNORECASE)
    found = [
        f"{file}: {match[0]}" for file, text in visible_texts() for match in pattern.finditer(text)
    ]
    assert not found, f"say “{wanted}”"


ARTICLES_BEFORE_OTHERS = {
    ("data_loader.py", "part"),  # training or test
    ("inkling/data/picture_decoder.py", "kind"),  # of a file
}
"""Names of values after an article that are no digits, which `with_article` gives theirs."""


def test_articles_of_digits_are_those_of_the_common_function() -> None:
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                for before, value in pairwise(node.values):
                    if isinstance(before, ast.Constant) and re.search(
                        r"\b[Aa]n? \**$", str(before.value)
                    ):
                        assert isinstance(value, ast.FormattedValue)
                        found.add((path.relative_to(ROOT).as_posix(), ast.unparse(value.value)))
    assert found - {("inkling/data/image_ref.py", "digit")} == ARTICLES_BEFORE_OTHERS


def button_labels() -> Iterator[str]:
    """Return the labels of buttons that are literals."""
    for path in (ROOT / "inkling" / "ui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="button" | "download_button" | "popover"),
                    args=[ast.Constant(value=str(label)), *_],
                ):
                    yield label


def test_buttons_use_the_common_verbs() -> None:
    labels = [*button_labels()]
    assert len(labels) > 40
    assert [label for label in labels if label.startswith(UNWANTED_ACTS)] == []


def test_glossary_explains_the_terms_of_the_interface() -> None:
    assert set(glossary.terms()) >= TERMS


FIELDS = ("radio", "text_input", "text_area", "number_input", "slider", "selectbox", "checkbox")


def test_labels_of_fields_hold_no_markdown() -> None:
    """Screen readers read a label as it is written, with its asterisks."""
    labels = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr=attr), args=[label, *_]) if attr in FIELDS:
                    labels[f"{path.name}:{node.lineno}"] = ast.unparse(label)
    assert len(labels) > 40
    assert [
        place for place, label in labels.items() if re.search(r"\*|escape_markdown", label)
    ] == []
