"""Files and links that the documentation names exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "nn/pretrained/README.md"]
FOLDERS = "nn|digits|inkling|pages|deploy|benchmarks|tools|tests|docs"
_LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[\w-]+)?\)")
_PATH = re.compile(rf"`((?:{FOLDERS})/[\w./-]*\w(?:\.\w+|/)?)`")


def missing(pattern: re.Pattern[str], base: Path | None) -> list[str]:
    """Names that a pattern finds in the documentation, and that are no file or folder."""
    return [
        f"{page.relative_to(ROOT)}: {name}"
        for page in PAGES
        for name in pattern.findall(page.read_text(encoding="utf-8"))
        if not ((base or page.parent) / name).exists()
    ]


def test_relative_links_lead_to_files() -> None:
    assert missing(_LINK, base=None) == []


def test_paths_in_backticks_exist() -> None:
    assert missing(_PATH, base=ROOT) == []
