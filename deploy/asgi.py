"""The app for a class on a thin connection: `streamlit run deploy/asgi.py`.

It serves what `streamlit run app.py` serves, with fewer bytes and a head start:

- Streamlit's own scripts and styles go out compressed, to less than a third of their size, and its
  fonts without the characters and icons that nobody needs here.
- The browser loads what every page needs, and Draw's canvas, beside Streamlit's own scripts.
- An answer goes out at once. Streamlit opens its socket so that asyncio does not see that it is one
  for TCP, and leaves it waiting for the browser's acknowledgement, 40 ms each time.
- The thread that receives and sends waits 0.5 ms for those that draw pages, not 5 ms.
- Memory that is free goes back to the system, and so does that of sessions that were left.
- For a class it prints the addresses for pupils and teacher, who stays signed in over a reload.
- While the first visitor's browser still loads those scripts, the server already loads the app's
  modules and, if they are on disk, the digits.

It is hardened for untrusted networks: see `deploy/guards.py` and SECURITY.md.

To let other machines in, add `--server.address=0.0.0.0`.
"""

import asyncio
import gc
import socket
import sys
import threading
from asyncio import base_events
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from uvicorn.protocols.http.h11_impl import H11Protocol

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # Streamlit adds this file's folder, not the app's

from deploy.compressed import CompressedOnce  # noqa: E402
from deploy.connections import limit_header_time  # noqa: E402
from deploy.fonts import SmallFonts, make_small_fonts  # noqa: E402
from deploy.guards import BodyLimit, ClosedPaths, SameOrigin, SecurityHeaders  # noqa: E402
from deploy.memory import return_free_memory  # noqa: E402
from deploy.messages import MessageLimit  # noqa: E402
from deploy.preload import Preload, streamlit_modules  # noqa: E402
from deploy.sessions import SessionUploads, close_left_sessions  # noqa: E402
from deploy.teacher_cookie import TeacherCookie  # noqa: E402
from inkling.server.address import network_address  # noqa: E402
from inkling.server.classroom import has_teacher  # noqa: E402
from inkling.server.limits import LimitError, Limits  # noqa: E402

STREAMLITS_FILES = Path(st.__file__).parent / "static"
CANVAS = "streamlit_drawable_canvas"  # its package


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Load modules and data of the first visitor in a background thread; close left sessions."""
    threading.Thread(target=_load, name="head start", daemon=True).start()
    fonts = (STREAMLITS_FILES, ROOT, SMALL_FONTS)
    threading.Thread(target=make_small_fonts, args=fonts, name="small fonts", daemon=True).start()
    sys.setswitchinterval(0.0005)
    if has_teacher() and (host := network_address()) is not None:
        address = f"http://{host}:{st.get_option('server.port')}"
        print(f"  Pupils: {address}\n  Teacher: {address}/teacher\n", flush=True)
    closing = asyncio.create_task(
        close_left_sessions(Runtime.instance(), st.get_option("server.disconnectedSessionTTL"))
    )
    try:
        yield
    finally:
        closing.cancel()


def _load() -> None:
    import nn  # noqa: F401 - first: it sets the number of BLAS threads
    from data_loader import DataError, find_mnist
    from inkling.ui import services
    from inkling.ui.widgets import training_form  # noqa: F401

    # Errors in the data, and the download, are left to the page, which shows them.
    with suppress(DataError):
        if find_mnist() is not None:
            services.datasets().find_mnist()
    # These objects live as long as the server. Freezing them exempts them from garbage collections,
    # during which all visitors wait.
    gc.collect()
    gc.freeze()


def send_at_once(sock: socket.socket) -> None:
    """Set TCP_NODELAY on a TCP socket, so that small messages are sent without delay."""
    if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def upload_mib() -> int:
    """Return the upload limit in MiB; exit with a message if it is invalid."""
    try:
        asked = Limits.from_environment().upload_mib
    except LimitError as error:
        raise SystemExit(str(error)) from error
    # Streamlit compares its limit with the length of the whole request, the form included.
    return min(asked, st.get_option("server.maxUploadSize") - 1)


def canvas_files() -> list[str]:
    """Return the paths under which Streamlit serves the module and the style of the canvas."""
    package = find_spec(CANVAS)
    assert package is not None
    assert package.origin is not None
    folder = f"/_stcore/bidi-components/{CANVAS.replace('_', '-')}.{CANVAS}"
    files = Path(package.origin).parent.glob("frontend/build/index*")
    return [f"{folder}/{file.name}" for file in files]


def uploaded_files() -> MemoryUploadedFileManager:
    """Return Streamlit's store of uploaded files."""
    uploads = Runtime.instance().uploaded_file_mgr
    assert isinstance(uploads, MemoryUploadedFileManager)
    return uploads


base_events._set_nodelay = send_at_once  # type: ignore[attr-defined]
limit_header_time(H11Protocol)
return_free_memory()
UPLOAD_MIB = upload_mib()
SMALL_FONTS: dict[str, bytes] = {}  # by path, as they are made

app = st.App(
    ROOT / "app.py",
    middleware=[
        Middleware(SecurityHeaders, page=(STREAMLITS_FILES / "index.html").read_text("utf-8")),
        Middleware(ClosedPaths, paths=["/_stcore/metrics"]),
        Middleware(BodyLimit, upload_mib=UPLOAD_MIB),
        Middleware(SameOrigin, allowed_origins=st.get_option("server.corsAllowedOrigins")),
        Middleware(TeacherCookie),
        Middleware(MessageLimit, message=BackMsg.DESCRIPTOR),
        Middleware(SessionUploads, uploads=uploaded_files, mib=UPLOAD_MIB),
        Middleware(
            Preload,
            everywhere=streamlit_modules(STREAMLITS_FILES),
            pages={"/draw": canvas_files()},
        ),
        Middleware(SmallFonts, fonts=SMALL_FONTS),
        Middleware(CompressedOnce, root=STREAMLITS_FILES),
    ],
    lifespan=lifespan,
)
