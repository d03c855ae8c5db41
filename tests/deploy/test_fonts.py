"""Smaller copies of Streamlit's fonts: what they keep, and that they are sent."""

from io import BytesIO
from pathlib import Path

import pytest
import streamlit as st
from fontTools.ttLib import TTFont
from starlette.types import Receive, Scope, Send

from deploy import fonts
from deploy.fonts import (
    ICONS,
    TEXT,
    SmallFonts,
    cached_small_font,
    icon_glyphs,
    make_small_fonts,
    names,
    small_font,
)
from tests.deploy.test_compressed import Files, fetch

ROOT = Path(st.__file__).parent / "static"
PROJECT = Path(__file__).parents[2]


def font_file(name: str) -> Path:
    """Return the file of one of Streamlit's fonts."""
    (file,) = ROOT.glob(f"static/media/{name}*.woff2")
    return file


@pytest.mark.parametrize("name", TEXT)
def test_text_font_keeps_the_characters_of_the_app_and_loses_half_its_bytes(name: str) -> None:
    whole = font_file(name).read_bytes()
    made = small_font(whole)
    assert len(made) < len(whole) / 2
    before, after = (TTFont(BytesIO(font)).getBestCmap() for font in (whole, made))
    assert {ord(character) for character in "Añß7–…²→−≈ηθ✓"} & before.keys() <= after.keys()
    assert set(after) <= set(fonts.CHARACTERS)
    assert "wght" in [axis.axisTag for axis in TTFont(BytesIO(made))["fvar"].axes]


def test_icon_font_keeps_the_icons_that_are_named() -> None:
    made = small_font(font_file(ICONS).read_bytes(), ["undo", "keyboard_arrow_right", "no_such"])
    assert icon_glyphs(TTFont(BytesIO(made))).keys() == {"undo", "keyboard_arrow_right"}
    assert len(made) < 20_000


def test_names_of_icons_are_found_in_scripts_and_texts(tmp_path: Path) -> None:
    script, module = tmp_path / "script.js", tmp_path / "module.py"
    script.write_text('e.icon="more_vert";f(`:material/check:`)')
    module.write_text('st.button("Undo", icon=":material/undo:")')
    assert {"more_vert", "check", "undo"} <= names([script, module])


def test_fonts_are_made_in_processes_and_sent_in_place_of_streamlits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fonts, "TEXT", TEXT[:1])
    monkeypatch.setenv("INKLING_CACHE", str(tmp_path))
    small: dict[str, bytes] = {}
    make_small_fonts(ROOT, PROJECT, small)
    assert len(small) == 2
    path = f"/static/media/{font_file(ICONS).name}"
    icons = icon_glyphs(TTFont(BytesIO(small[path])))
    assert {"undo", "draw", "close", "keyboard_arrow_down", "more_vert"} <= icons.keys()
    app = Files()
    headers, body = fetch(SmallFonts(app, small), path)
    assert body == small[path]
    assert headers["content-type"] == "font/woff2"
    assert "immutable" in headers["cache-control"]
    assert app.asked == 0
    assert fetch(SmallFonts(app, small), "/static/other.css")[1] == app.content


def test_small_font_is_made_once_for_a_font_and_its_icons(tmp_path: Path) -> None:
    font, cache = font_file(ICONS), tmp_path / "cache"
    made = cached_small_font(font, ["undo"], cache)
    (copy,) = cache.iterdir()
    assert copy.read_bytes() == made
    copy.write_bytes(b"from the cache")
    assert cached_small_font(font, ["undo"], cache) == b"from the cache"
    other = cached_small_font(font, ["undo", "redo"], cache)
    assert icon_glyphs(TTFont(BytesIO(other))).keys() == {"undo", "redo"}
    assert [file.read_bytes() for file in cache.iterdir()] == [other]


def test_small_font_is_made_without_a_cache(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    made = cached_small_font(font_file(ICONS), ["undo"], tmp_path / "cache")
    assert icon_glyphs(TTFont(BytesIO(made))).keys() == {"undo"}


def test_font_that_cannot_be_read_is_sent_whole(tmp_path: Path) -> None:
    file = tmp_path / f"static/media/{ICONS}.1234.woff2"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"not a font")
    small: dict[str, bytes] = {}
    make_small_fonts(tmp_path, PROJECT, small)
    assert small == {}


def test_fonts_made_later_are_sent_from_then_on() -> None:
    small: dict[str, bytes] = {}

    async def whole(scope: Scope, receive: Receive, send: Send) -> None:
        await Files("font/woff2")(scope, receive, send)

    app = SmallFonts(whole, small)
    assert fetch(app, "/static/media/font.woff2")[1] == Files().content
    small["/static/media/font.woff2"] = b"small"
    assert fetch(app, "/static/media/font.woff2")[1] == b"small"
