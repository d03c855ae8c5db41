"""HTML page to print, which needs no other file."""

from html import escape

_STYLE = """
body { font: 11pt/1.4 Georgia, serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }
section { break-inside: avoid; border-top: 1px solid #999; }
h2 { font-size: 1.1rem; margin: 0.75rem 0 0.25rem; }
h2.part { font-size: 1.3rem; margin-top: 2rem; }
p, ul { margin: 0.25rem 0; }
ul.boxes { list-style: "\\2610\\00a0\\00a0"; }
.room { height: 4rem; }
"""


def printed_page(title: str, body: str) -> bytes:
    """Return a page.

    Parameters
    ----------
    title : str
        Plain text: the heading, and the name of the window.
    body : str
        HTML.
    """
    title = escape(title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1>{body}</html>"
    ).encode(errors="replace")


def listing(items: list[str], kind: str = "") -> str:
    """Return a list of plain texts as HTML; nothing for none."""
    if not items:
        return ""
    rows = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f'<ul class="{kind}">{rows}</ul>'


def paragraph(label: str, text: str) -> str:
    """Return a bold label and a plain text as HTML; nothing without the text."""
    return f"<p><b>{escape(label)}</b> {escape(text)}</p>" if text else ""
