"""Middleware that tells the browser which files a page will need, with the page itself.

Otherwise the browser learns of them only as the app draws the page: on a slow line, a second later.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Streamlit's modules for the app's style and its components, which every page has
_EVERYWHERE = ("Html", "purify.es", "BidiComponent", "serialization", "recordbatch")


class Preload:
    """Adds ``Link`` headers to pages, which make the browser load modules and styles.

    Parameters
    ----------
    app : ASGIApp
        The wrapped application.
    everywhere : sequence of str
        Paths of the files that all pages need.
    pages : mapping from str to sequence of str
        Paths of more files by path of the page that needs them.
    """

    def __init__(
        self, app: ASGIApp, everywhere: Sequence[str], pages: Mapping[str, Sequence[str]]
    ) -> None:
        self.app = app
        self._everywhere = everywhere
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""

        async def send_with_links(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("Content-Type", "").startswith("text/html"):
                    for path in (*self._pages.get(scope["path"], ()), *self._everywhere):
                        headers.append("Link", _link(path))
            await send(message)

        await self.app(scope, receive, send_with_links)


def _link(path: str) -> str:
    # These must be the browser's modes for imports and for styles, or it loads the file twice.
    if path.endswith(".css"):
        return f"<{path}>; rel=preload; as=style; fetchpriority=low"
    return f"<{path}>; rel=modulepreload; crossorigin; fetchpriority=low"


def streamlit_modules(root: Path) -> list[str]:
    """Return the paths of Streamlit's modules that every page needs.

    Parameters
    ----------
    root : Path
        The folder of the installed Streamlit that holds ``static``.
    """
    files = [file for name in _EVERYWHERE for file in root.glob(f"static/js/{name}.*.js")]
    return [f"/{file.relative_to(root).as_posix()}" for file in files]
