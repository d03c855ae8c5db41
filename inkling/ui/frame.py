"""Frame of every page: navigation, loading of the data set, and the visitor's active run."""

import logging
import time
from pathlib import Path
from typing import Literal

import streamlit as st
from PIL import Image, ImageDraw
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from inkling.server.classroom import has_teacher
from inkling.server.limits import LimitError
from inkling.ui import services, session_keys, stale_reruns, theme_messages, visitor
from inkling.ui.classroom import banner
from inkling.ui.components.focus_keeper import focus_keeper
from inkling.ui.components.page_menu import page_menu
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import active_run, address, data_choice

log = logging.getLogger(__name__)

_ROOT = Path(__file__).parents[2]
_TOASTS = 3
"""Most toasts of one rerun of a fragment.

Streamlit puts toasts and styles into the same container. A fragment fills it from its beginning, so
its toasts would replace the style of the page.
"""
_STYLE_SECONDS = 0.15
"""Head start of the style at the first run of a session, while the browser loads what applies it.

Without it, the page is drawn without its style, and moves when that arrives.
"""


def navigation() -> st.Page:
    """Declare all pages and return the current one."""
    pages = [
        st.Page(_ROOT / "pages/home.py", title="Inkling", default=True, visibility="hidden"),
        st.Page(_ROOT / "pages/explore.py", title="Explore"),
        st.Page(_ROOT / "pages/train.py", title="Train"),
        st.Page(_ROOT / "pages/draw.py", title="Draw"),
        st.Page(_ROOT / "pages/mistakes.py", title="Mistakes"),
        st.Page(_ROOT / "pages/inside.py", title="Inside"),
        st.Page(_ROOT / "pages/learn.py", title="Learn"),
    ]
    if has_teacher():
        seen: Literal["visible", "hidden"] = "visible" if visitor.is_teacher() else "hidden"
        pages += [
            st.Page(_ROOT / "pages/teacher.py", title="Teacher", visibility=seen),
            st.Page(_ROOT / "pages/board.py", title="Board", url_path="class", visibility=seen),
        ]
    return st.navigation(pages, position="top")


def inside_frame() -> None:
    """Note which page is open; the first line of every page.

    If it was started without `app.py`, rerun from there: if the first request to a fresh server
    names a page, Streamlit runs that page's file alone. Declaring the pages once makes the next run
    start at `app.py`.
    """
    if not st.session_state.get(session_keys.FRAME):
        navigation()
        st.session_state[session_keys.FRAME] = True
        st.rerun()
    context = get_script_run_ctx()
    page = context and context.page_script_hash
    if st.session_state.get(session_keys.PAGE) != page:
        st.session_state[session_keys.PAGE] = page
        address.begin_visit()


def run() -> None:
    """Draw the frame and the current page in it."""
    is_first_run = not st.session_state.get(session_keys.FRAME)
    st.session_state[session_keys.FRAME] = True
    stale_reruns.redirect()
    theme_messages.keep()
    st.set_page_config(page_title="Inkling", page_icon=_icon())
    for _ in range(_TOASTS):
        st.html("<style>/* */</style>")
    st.html(Path(__file__).with_suffix(".css"))
    if is_first_run and runtime.exists():  # not in a test without a browser
        time.sleep(_STYLE_SECONDS)
    st.logo(_icon(), size="large")
    page = navigation()
    try:
        services.limits()
    except LimitError as error:
        st.error(f"This server was started with an invalid setting. {escape_markdown(str(error))}.")
        return
    # Drawn in every run: a fragment is identified by its place, which must not change.
    above = st.container()
    with above:
        page_menu()  # early: the menu can be opened while the page is drawn
        banner.show()
        active_run.show(visible=page.title != "Train")
        data_choice.ensure_dataset()
    try:
        page.run()
    except Exception:  # Streamlit's rerun and stop do not derive from it
        log.exception("a page raised an exception")
        st.error(
            "Something went wrong on this page. Everything you trained is saved. Reload "
            "the page; if that does not help, please report what you did."
        )
    visitor.remember_visitor()
    focus_keeper()


@st.cache_resource(show_spinner=False)
def _icon() -> Image.Image:
    """Return the icon of the app, the letter i; drawn here, so that no other host is needed."""
    icon = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    draw = ImageDraw.Draw(icon)
    draw.rounded_rectangle((2, 2, 61, 61), 14, fill="#1f5fbf")
    draw.rounded_rectangle((27, 26, 37, 53), 5, fill="white")
    draw.ellipse((26, 10, 38, 22), fill="white")
    return icon
