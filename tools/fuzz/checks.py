"""Checks of what the program shows or writes for an untrusted input."""

import ast
import csv
import io
import re

from inkling.ui.markdown import JOINER
from nn import ConfigError, TrainConfig

MAX_SENTENCE_LENGTH = 400  # characters, without text copied from the input


def check_sentence(error: Exception, named: str = "") -> None:
    """Fail unless an error's message is a short sentence for users.

    Parameters
    ----------
    error : Exception
    named : str
        Text of the input, such as a path, that the message may repeat at any length.
    """
    text = str(error).replace(named, "It") if named else str(error)
    assert 10 < len(text) <= MAX_SENTENCE_LENGTH, text[:1_000]
    field = isinstance(error, ConfigError) and re.match(r"[A-Za-z_]+( with loss '.*')?: ", text)
    assert field or (text[0].isupper() and text.endswith(".")), text
    assert not re.search(
        r"Traceback| at 0x|\(b['\"]|(?<![\w\\])b['\"]\\x|/tmp/|site-packages", text
    ), text


def check_script(source: str, config: TrainConfig) -> None:
    """Fail unless a script is valid Python and its only TrainConfig equals the given one."""
    tree = ast.parse(source)
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "TrainConfig"
    ]
    assert len(calls) == 1
    named = {str(word.arg): ast.literal_eval(word.value) for word in calls[0].keywords}
    assert TrainConfig(**named) == config
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    assert imported == {"data_loader"}


_MARKDOWN_CHARACTERS = r"\`*_{}[]()#+-.!|<>$~:&"

_STREAMLIT_SYNTAX = re.compile(
    r"https?://|www\.|[-.\w+]@[-\w]+\.|:[a-z]+/\w+:|:streamlit:|<->|->|<-|--|[<>~!]=", re.IGNORECASE
)


def check_markdown(shown: str, original: str) -> None:
    """Fail if Markdown, or Streamlit's own syntax, would be interpreted in an escaped text.

    Parameters
    ----------
    shown : str
        Result of `escape_markdown`.
    original : str
    """
    assert not re.search(rf"(?<!\\)(\\\\)*[{re.escape(_MARKDOWN_CHARACTERS[1:])}]", shown), shown
    assert (len(shown) - len(shown.rstrip("\\"))) % 2 == 0, "it would escape what follows"
    for line in re.split(r"[\r\n]", shown):
        assert not re.match(r"[ \t=]", line), f"a heading or code begins with {line[:20]!r}"
    unescaped = re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", shown)
    assert not _STREAMLIT_SYNTAX.search(unescaped), unescaped
    invisible = unescaped.replace(JOINER, "").replace("\u00a0", " ")
    seen = original.replace(JOINER, "").replace("\u00a0", " ").replace("\t", " ")
    assert invisible.replace("\t", " ") == seen, "it is not shown as it is"


def check_table(table: str) -> None:
    """Fail if a spreadsheet would interpret a cell of a CSV table as a formula."""
    for row in csv.reader(io.StringIO(table)):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))], row
