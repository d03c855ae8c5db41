"""Terms of the interface and their explanations, from `content/glossary.md`."""

from urllib.parse import quote

from inkling.lessons.content import sections

LINK = "[Glossary](learn?chapter=glossary)"
"""Link in Markdown to the glossary, for the help of a setting that a term names."""


def link(term: str) -> str:
    """Return a link in Markdown to the entry of a term.

    Raises
    ------
    LookupError
        If the glossary does not explain the term.
    """
    if term not in sections("glossary"):
        raise LookupError(f"glossary.md does not explain {term!r}")
    return f"[{term}](learn?chapter=glossary&term={quote(term)})"


def terms() -> dict[str, str]:
    """Return the explanations by their terms, in the order of the alphabet."""
    return dict(sorted(sections("glossary").items(), key=lambda item: item[0].lower()))
