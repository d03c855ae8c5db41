"""What surrounds every page: navigation, the data set, and the visitor's heartbeat."""

import logging
from pathlib import Path

import streamlit as st
from PIL import Image, ImageDraw

from inkling.server.classroom import has_teacher
from inkling.server.limits import LimitError
from inkling.ui import services, session_keys, visitor
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import data_choice

log = logging.getLogger(__name__)

_ROOT = Path(__file__).parents[2]
_BEAT = 20  # seconds between two signs of life from an open page


def navigation() -> st.Page:
    """Declare all pages and return the one that is asked for."""
    pages = [
        # The default page has no address but "/": it leads on, so that every page has its own.
        st.Page(_first_page, title="Inkling", default=True, visibility="hidden"),
        st.Page(_ROOT / "pages/explore.py", title="Explore"),
        st.Page(_ROOT / "pages/train.py", title="Train"),
        st.Page(_ROOT / "pages/draw.py", title="Draw"),
        st.Page(_ROOT / "pages/mistakes.py", title="Mistakes"),
        st.Page(_ROOT / "pages/inside.py", title="Inside"),
        st.Page(_ROOT / "pages/learn.py", title="Learn"),
    ]
    if has_teacher():
        pages.append(st.Page(_ROOT / "pages/teacher.py", title="Class"))
    return st.navigation(pages, position="top")


def _first_page() -> None:
    st.switch_page(_ROOT / "pages/train.py")


def inside_frame() -> None:
    """Go back into the frame, if a page was started without it; the first line of every page.

    Where the first request to a fresh server names a page, Streamlit runs that page's file by
    itself. Declaring the pages once makes the next run start at `app.py`.
    """
    if not st.session_state.get(session_keys.FRAME):
        navigation()
        st.session_state[session_keys.FRAME] = True
        st.rerun()


def run() -> None:
    """Draw the frame, and in it the page that is asked for."""
    st.session_state[session_keys.FRAME] = True
    st.set_page_config(page_title="Inkling", page_icon=_icon(), layout="wide")
    st.logo(_icon(), size="large")
    page = navigation()
    try:
        services.limits()
    except LimitError as error:
        st.error(
            f"This server was started with a setting that cannot be. {escape_markdown(str(error))}."
        )
        return
    # Drawn in every run: a fragment is known by its place on the page, which must not change.
    above = st.container()
    with above:
        data_choice.ensure_dataset()
    try:
        page.run()
    except Exception:  # a rerun or a stop of the script is none of these
        log.exception("a page broke off")
        st.error(
            "This page broke off by a fault of the program; what you trained is kept. "
            "Reload it, and if that does not help, please report what you did."
        )
    _heartbeat()
    visitor.remember_visitor()


@st.fragment(run_every=_BEAT)
def _heartbeat() -> None:
    """Keep this visitor's training going as long as a page is open."""
    services.queue().heartbeat(visitor.visitor_id())


@st.cache_resource(show_spinner=False)
def _icon() -> Image.Image:
    """Return the app's sign, an i in ink: drawn here, so that no other host is asked for it."""
    icon = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    draw = ImageDraw.Draw(icon)
    draw.rounded_rectangle((2, 2, 61, 61), 14, fill="#1f5fbf")
    draw.rounded_rectangle((27, 26, 37, 53), 5, fill="white")
    draw.ellipse((26, 10, 38, 22), fill="white")
    return icon
