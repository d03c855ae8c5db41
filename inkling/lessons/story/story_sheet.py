"""Page to print at the end of the story: what a visitor predicted, saw and measured."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from inkling.lessons.printed_page import listing, printed_page


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
    return printed_page("How a network learned to read digits", "".join(map(_row_html, rows)))


def _row_html(row: SheetRow) -> str:
    parts = [f"<h2>{escape(row.title)}</h2>"]
    if row.predicted:
        parts.append(f"<p>{escape(row.prediction)} <b>I predicted:</b> {escape(row.predicted)}</p>")
    if row.note:
        parts.append(f"<p><b>I saw:</b> {escape(row.note)}</p>")
    parts.append(listing([*row.figures]))
    return f"<section>{''.join(parts)}</section>"
