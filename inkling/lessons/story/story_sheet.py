"""Page to print at the end of the story: what a visitor predicted, saw and measured."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

_STYLE = """
body { font: 11pt/1.4 Georgia, serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }
section { break-inside: avoid; border-top: 1px solid #999; }
h2 { font-size: 1.1rem; margin: 0.75rem 0 0.25rem; }
p, ul { margin: 0.25rem 0; }
"""


class SheetRow(NamedTuple):
    """What a visitor did in a chapter.

    Attributes
    ----------
    title, prediction : str
        Of the chapter, and what was to be predicted.
    predicted, note : str
        The visitor's prediction and description; empty if there is none.
    figures : tuple of str
        Numbers of the visitor's result, with their names.
    """

    title: str
    prediction: str
    predicted: str
    note: str
    figures: tuple[str, ...]


def story_sheet(rows: Sequence[SheetRow]) -> bytes:
    """Return an HTML page, which needs no other file."""
    body = "".join(map(_row_html, rows))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>My story</title>'
        f"<style>{_STYLE}</style><h1>How a network learned to read digits</h1>{body}</html>"
    ).encode()


def _row_html(row: SheetRow) -> str:
    parts = [f"<h2>{escape(row.title)}</h2>"]
    if row.predicted:
        parts.append(f"<p>{escape(row.prediction)} <b>I predicted:</b> {escape(row.predicted)}</p>")
    if row.note:
        parts.append(f"<p><b>I saw:</b> {escape(row.note)}</p>")
    items = "".join(f"<li>{escape(figure)}</li>" for figure in row.figures)
    return f"<section>{''.join(parts)}<ul>{items}</ul></section>"
