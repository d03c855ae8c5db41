"""Terms of the interface and their explanations, from `content/glossary.md`."""

from inkling.lessons.content import sections

LINK = "[Glossary](learn?chapter=glossary)"
"""Link in Markdown to the glossary, for the help of a setting that a term names."""


def terms() -> dict[str, str]:
    """Return the explanations by their terms, in the order of the alphabet."""
    return dict(sorted(sections("glossary").items(), key=lambda item: item[0].lower()))
