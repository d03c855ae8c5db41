"""Smaller copies of Streamlit's fonts, which are most of the bytes of a first visit.

The text fonts keep Latin letters, Greek and the signs of mathematics; the browser draws every other
character with a font of its system. The icon font keeps the icons that Streamlit's scripts or the
app may name. The first start of a server makes the copies, in a process that takes a core some five
seconds, and the whole fonts are sent until then; later starts find them in the cache folder.
"""

import hashlib
import logging
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, MutableMapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

log = logging.getLogger(__name__)

ICONS = "MaterialSymbols-Rounded"
TEXT = ("SourceSansVF-Upright", "SourceSerifVariable-Roman", "SourceSansVF-Italic")
CHARACTERS = [
    *range(0x20, 0x7F),  # ASCII
    *range(0xA0, 0x180),  # Latin-1 and Latin Extended-A
    *range(0x391, 0x3CA),  # Greek
    *range(0x2010, 0x2040),  # dashes, quotes, dots
    *range(0x2070, 0x20C0),  # superscripts, subscripts, currencies
    *range(0x2190, 0x2194),  # arrows
    *range(0x2200, 0x2270),  # mathematics
    *range(0x2713, 0x2719),  # ticks and crosses
]
_ICON_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
# Names in quotes, in scripts, and between colons, in texts. Those of the icons are among them.
_NAME = re.compile(rf"(?<=[\"'`:/])[{_ICON_LETTERS}]+(?=[\"'`:/])")
# The name of a font's file contains a hash of its content.
_HEADERS = {"Cache-Control": "public, immutable, max-age=31536000"}


class SmallFonts:
    """Answers requests for fonts of which there is a smaller copy.

    Parameters
    ----------
    app : ASGIApp
        The wrapped application.
    fonts : mapping from str to bytes
        WOFF2 files by path; it may be filled while the server runs.
    """

    def __init__(self, app: ASGIApp, fonts: Mapping[str, bytes]) -> None:
        self.app = app
        self._fonts = fonts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        app: ASGIApp = self.app
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in self._fonts:
            app = Response(self._fonts[scope["path"]], media_type="font/woff2", headers=_HEADERS)
        await app(scope, receive, send)


def make_small_fonts(root: Path, sources: Path, fonts: MutableMapping[str, bytes]) -> None:
    """Make smaller copies of Streamlit's fonts, each in a process of its own.

    Parameters
    ----------
    root : Path
        The folder of the installed Streamlit that holds ``static``.
    sources : Path
        The project's folder: the app's modules, which name icons.
    fonts : mutable mapping from str to bytes
        Where the copies are put, by path, one after the other.
    """
    for name in (ICONS, *TEXT):
        for file in root.glob(f"static/media/{name}*.woff2"):
            command = [sys.executable, "-m", "deploy.fonts", str(file), str(root)]
            made = subprocess.run(command, cwd=sources, capture_output=True, check=False)
            if made.returncode == 0:
                fonts[f"/{file.relative_to(root).as_posix()}"] = made.stdout
            else:
                log.warning("%s is sent whole: %s", file.name, made.stderr.decode())


def small_font(font: bytes, icons: Collection[str] | None = None) -> bytes:
    """Return a font without the characters, or the icons, that the app does not use.

    Parameters
    ----------
    font : bytes
        A WOFF2 file.
    icons : collection of str, optional
        Names of the icons to keep, of an icon font, which draws a name as one picture.

    Returns
    -------
    bytes
        A WOFF2 file.
    """
    # Only the process that makes fonts needs these, and they take memory.
    from fontTools.subset import Options, Subsetter, load_font, save_font

    options = Options(flavor="woff2", hinting=False, layout_closure=icons is None)
    loaded = load_font(BytesIO(font), options)
    subsetter = Subsetter(options)
    if icons is None:
        subsetter.populate(unicodes=CHARACTERS)
    else:
        named = icon_glyphs(loaded)
        glyphs = [named[icon] for icon in icons if icon in named]
        subsetter.populate(glyphs=glyphs, text=_ICON_LETTERS)
    subsetter.subset(loaded)
    made = BytesIO()
    save_font(loaded, made, options)
    return made.getvalue()


def icon_glyphs(font: "TTFont") -> dict[str, str]:
    """Return the glyph of each icon by its name: the letters that a ligature replaces."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    tables = [
        getattr(table, "ExtSubTable", table)
        for lookup in font["GSUB"].table.LookupList.Lookup
        for table in lookup.SubTable
    ]
    return {
        "".join(letters[glyph] for glyph in (first, *ligature.Component)): ligature.LigGlyph
        for table in tables
        for first, ligatures in getattr(table, "ligatures", {}).items()
        for ligature in ligatures
    }


def names(files: Iterable[Path]) -> set[str]:
    """Return all names in quotes or between colons in some files, those of icons among them."""
    return {name for file in files for name in _NAME.findall(file.read_text("utf-8"))}


def cached_small_font(font: Path, icons: Collection[str] | None, cache: Path) -> bytes:
    """Return `small_font` of a file, from the cache folder if it was made before.

    Parameters
    ----------
    font : Path
        A WOFF2 file.
    icons : collection of str or None
        As in `small_font`.
    cache : Path
        The cache folder. A copy that another font or other icons have made superfluous is removed.

    Returns
    -------
    bytes
        A WOFF2 file.
    """
    from nn.storage import write_atomically  # with NumPy, which the server loads later

    whole = font.read_bytes()
    kept = CHARACTERS if icons is None else sorted(icons)
    key = hashlib.sha256(whole + repr(kept).encode()).hexdigest()[:16]
    name = font.name.split(".")[0]
    copy = cache / f"font-{name}-{key}.woff2"
    with suppress(OSError):
        return copy.read_bytes()
    made = small_font(whole, icons)
    with suppress(OSError):  # without a cache it is made again next time
        cache.mkdir(parents=True, exist_ok=True)
        for older in cache.glob(f"font-{name}-*.woff2"):
            older.unlink(missing_ok=True)
        write_atomically(copy, made)
    return made


def main() -> None:
    """Write a smaller copy of the font that the first argument names to standard output."""
    from data_loader import cache_folder  # with NumPy, which the server loads later

    if hasattr(os, "nice"):
        os.nice(10)  # the first visitor comes first
    font, root = map(Path, sys.argv[1:])
    icons = None
    if font.name.startswith(ICONS):
        modules = [Path("app.py"), *Path("pages").rglob("*.py"), *Path("inkling").rglob("*.py")]
        icons = names([*root.glob("static/js/*.js"), *modules])
    sys.stdout.buffer.write(cached_small_font(font, icons, cache_folder()))


if __name__ == "__main__":
    main()
