"""A client of Streamlit's websocket protocol that acts as a visitor without a browser.

Thirty Chromium pages would measure Chromium. This speaks the same protocol, protobuf messages over
a websocket, and keeps as much of the page as is needed to click on it. The files of the page are
fetched as a browser with an empty cache fetches them; nothing is laid out or painted.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import requests
import streamlit
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

ANSWER_TIMEOUT = 60.0
"""Seconds without an answer after which a visitor gives up."""

_LARGEST = 64 * 2**20  # bytes of a message that is taken
_LATER = ("PlotlyChart",)  # scripts that a page requests on demand
_POLL_SECONDS = 0.1  # seconds between two checks for due fragments
_HEARTBEAT = 10.0  # seconds: a fragment that reruns itself no more often shows nothing
_TRIGGERS = ("trigger_value", "json_trigger_value")  # they are sent once
_XSRF, _VISITOR_COOKIE = "_streamlit_xsrf", "inkling_visitor"


class Fault(Exception):
    """An error on the page, or a missing or unexpected response."""


class Shown(NamedTuple):
    """An element of the page: what it is, the fragment it belongs to, and the run that drew it."""

    element: Element
    fragment: str
    run: str
    hash: str


class Visitor:
    """One open page of the app.

    Parameters
    ----------
    address : str
        Of the server, without a slash at its end.
    note : callable
        Called after every automatic rerun of a fragment with its name, its duration in seconds, and
        the fault, empty if there was none.
    cookies : mapping of str to str, optional
        That the browser has already.

    Attributes
    ----------
    received : int
        Bytes received through the websocket.
    requests : int
        Number of requested files and reruns.
    session_id : str
        Of Streamlit's session, once a page has been opened.
    """

    def __init__(
        self,
        address: str,
        note: Callable[[str, float, str], None],
        cookies: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._address = address
        self._note = note
        self._http = requests.Session()
        self._http.trust_env = False  # no proxy on the way to this machine
        self._http.cookies.update(cookies)
        self._fetching = ThreadPoolExecutor(1)
        self._shown: dict[tuple[int, ...], Shown] = {}
        self._known: dict[str, ForwardMsg] = {}  # messages that the server need not send again
        self._values: dict[str, WidgetState] = {}
        self._pages: dict[str, str] = {}
        self._page = self._page_name = self._query = ""
        self._run, self._fragments = "", frozenset[str]()
        self._due: dict[str, tuple[float, float]] = {}  # fragments: seconds between reruns, next
        self._turn = asyncio.Lock()
        self._answered: asyncio.Future[None] | None = None
        self._faults: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._socket: ClientConnection | None = None
        self.received = self.requests = 0
        self.session_id = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def fetch_files(self) -> None:
        """Fetch the page and its scripts, with nothing in the cache.

        Raises
        ------
        Fault
            If one cannot be had.
        """
        self.requests += await self._fetch(self._fetch_files)

    async def _fetch(self, call: Callable[..., Any], *what: str) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._fetching, call, *what)

    def _fetch_files(self) -> int:
        page = self._get("/")
        named = re.findall(r'(?:src|href)="\./(static/[^"]+)"', page)
        folder = Path(streamlit.__file__).parent / "static"
        later = [
            path.relative_to(folder).as_posix()
            for name in _LATER
            for path in folder.glob(f"static/js/{name}.*.js")
        ]
        for path in (*named, *later):
            self._get(f"/{path}")
        return 1 + len(named) + len(later)

    def _get(self, path: str) -> str:
        try:
            answer = self._http.get(f"{self._address}{path}", timeout=ANSWER_TIMEOUT)
        except requests.RequestException as error:
            raise Fault(f"{path} cannot be had: {error}") from error
        if answer.status_code != requests.codes.ok:
            raise Fault(f"{path} cannot be had: {answer.status_code}")
        return answer.text if path == "/" else ""

    async def open(self, page: str, session_id: str = "", cookie: str = "") -> None:
        """Open a page by its address, such as ``"explore"``, and wait until it has been drawn.

        Parameters
        ----------
        page : str
        session_id : str
            Of a session to connect to; a new one if empty.
        cookie : str
            By which the app knows the visitor; none at the first visit.

        Raises
        ------
        Fault
            If it is not drawn, or with an error.
        """
        for path in ("/_stcore/health", "/_stcore/host-config"):
            await self._fetch(self._get, path)
        token = self._http.cookies.get(_XSRF) or "none"
        if cookie:
            self._http.cookies.set(_VISITOR_COOKIE, cookie)
        cookies = "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())
        try:
            self._socket = await connect(
                f"ws://{urlsplit(self._address).netloc}/_stcore/stream",
                origin=self._address,  # type: ignore[arg-type]
                subprotocols=[Subprotocol(s) for s in ("streamlit", token, session_id) if s],
                additional_headers={"Cookie": cookies},
                compression=None,
                max_size=_LARGEST,
                open_timeout=ANSWER_TIMEOUT,
                ping_interval=None,
                proxy=None,
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            raise Fault(f"no connection: {error}") from error
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._rerun())]
        self._page_name = page
        await self._ask()

    async def leave(self) -> None:
        """Close the page."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()
        self._http.close()
        self._fetching.shutdown(wait=False)

    def upload(self, file_id: str, data: bytes) -> int:
        """Upload a file into the session, without a widget; return the response's status."""
        answer = self._http.put(
            f"{self._address}/_stcore/upload_file/{self.session_id}/{file_id}",
            files={"file": ("file", data)},
            headers={"X-Xsrftoken": self._http.cookies.get(_XSRF) or ""},
            timeout=ANSWER_TIMEOUT,
        )
        return int(answer.status_code)

    def cookie(self, name: str) -> str:
        """Return a cookie of the browser; empty if it has none of this name."""
        return self._http.cookies.get(name) or ""

    def post(self, path: str, text: str) -> int:
        """Send a text to an address of the server; return the response's status."""
        answer = self._http.post(
            f"{self._address}{path}", data=text.encode(), timeout=ANSWER_TIMEOUT
        )
        return int(answer.status_code)

    async def send_raw(self, data: bytes) -> None:
        """Send bytes in the place of a message.

        Raises
        ------
        Fault
            If the connection is closed.
        """
        assert self._socket is not None
        try:
            await self._socket.send(data)
        except WebSocketException as error:
            raise Fault(f"the connection broke: {error}") from error

    async def go(self, page: str) -> None:
        """Follow the link to a page, such as ``"draw"``."""
        if page not in self._pages:
            raise Fault(f"there is no link to {page}")
        await self._ask(page=self._pages[page])

    async def follow(self, label: str) -> None:
        """Follow a link to a page of the app, with the settings in its address."""
        link = self.find("page_link", label).element.page_link
        await self._ask(page=link.page_script_hash, query=link.query_string)

    async def set(self, kind: str, name: str, **value: Any) -> None:
        """Set a widget, or press it, and wait for the answer.

        Parameters
        ----------
        kind, name : str
            As for `find`.
        value : Any
            A field of `WidgetState`.
        """
        shown = self.find(kind, name)
        widget = getattr(shown.element, kind)
        if getattr(widget, "disabled", False):
            raise Fault(f"{name} cannot be pressed")
        await self._ask(WidgetState(id=widget.id, **value), fragment=shown.fragment)

    async def press(self, label: str) -> None:
        """Press a button."""
        await self.set("button", label, trigger_value=True)

    async def trigger(self, name: str, event: str, value: object) -> None:
        """Trigger an event of a component, such as a click on one of the digits of a grid."""
        shown = self.find("bidi_component", name)
        state = WidgetState(
            id=f"$$STREAMLIT_INTERNAL_KEY_{shown.element.bidi_component.id}__events",
            json_trigger_value=json.dumps([{"event": event, "value": value}]),
        )
        await self._ask(state, fragment=shown.fragment)

    async def settled(self) -> None:
        """Wait until no script run of the page is active: elements arrive one by one."""
        async with self._turn:
            pass

    def has(self, kind: str, name: str) -> bool:
        """Return whether there is such an element."""
        return any(self._is(shown.element, kind, name) for shown in self._shown.values())

    def find(self, kind: str, name: str) -> Shown:
        """Return the first element of a kind with a name.

        Parameters
        ----------
        kind : str
            A field of `Element`, such as ``"button"``.
        name : str
            Its label, or its key in the app, or the beginning of that.

        Raises
        ------
        Fault
            If there is none.
        """
        for path in sorted(self._shown):
            if self._is(self._shown[path].element, kind, name):
                return self._shown[path]
        raise Fault(f"there is no {kind} {name!r}")

    @staticmethod
    def _is(element: Element, kind: str, name: str) -> bool:
        if element.WhichOneof("type") != kind:
            return False
        widget = getattr(element, kind)
        key = widget.id.split("-", 2)[-1] if hasattr(widget, "id") else ""  # $$ID-<hash>-<key>
        return getattr(widget, "label", None) == name or key.startswith(name)

    def texts(self, kind: str) -> list[str]:
        """Return the texts of all elements of a kind, from top to bottom."""
        elements = (self._shown[path].element for path in sorted(self._shown))
        return [str(getattr(e, kind).body) for e in elements if e.WhichOneof("type") == kind]

    async def _ask(
        self,
        *changed: WidgetState,
        fragment: str = "",
        again: bool = False,
        page: str = "",
        query: str = "",
    ) -> None:
        """Have the page, or a fragment of it, or another page run; wait until it has."""
        async with self._turn:
            if again and fragment not in self._due:  # removed while waiting for the lock
                return
            if page:  # only now: a run that was active until now has reported its page
                self._page, self._page_name, self._query = page, "", query
            await self._send(changed, fragment, again)
        if self._faults:
            raise Fault("; ".join(self._faults))

    async def _send(self, changed: Sequence[WidgetState], fragment: str, again: bool) -> None:
        assert self._socket is not None
        self._faults = []
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string, rerun.page_script_hash = self._query, self._page
        rerun.page_name, rerun.fragment_id, rerun.is_auto_rerun = self._page_name, fragment, again
        rerun.cached_message_hashes.extend(self._known)
        rerun.context_info.url = f"{self._address}/{self._page_name}"
        rerun.context_info.color_scheme = "light"
        for state in changed:
            self._values[state.id] = state
        rerun.widget_states.widgets.extend(self._values.values())
        for state in changed:
            if state.WhichOneof("value") in _TRIGGERS:
                del self._values[state.id]
        self._answered = asyncio.get_running_loop().create_future()
        self.requests += 1
        try:
            await self._socket.send(message.SerializeToString())
            async with asyncio.timeout(ANSWER_TIMEOUT):  # wait_for may swallow the cancellation
                await self._answered
        except TimeoutError:
            raise Fault(f"no answer within {ANSWER_TIMEOUT:.0f} s") from None
        except WebSocketException as error:
            raise Fault(f"the connection broke: {error}") from error

    async def _rerun(self) -> None:
        """Rerun fragments when their interval has passed."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            for fragment, (every, due) in list(self._due.items()):
                if fragment not in self._due or loop.time() < due:
                    continue
                began = loop.time()
                self._due[fragment] = (every, began + every)
                fault = ""
                try:
                    await self._ask(fragment=fragment, again=True)
                except Fault as error:
                    fault = str(error)
                name = "heartbeat" if every > _HEARTBEAT else "poll a run"
                self._note(name, loop.time() - began, fault)

    async def _listen(self) -> None:
        """Handle messages of the server until the connection is closed."""
        assert self._socket is not None
        try:
            async for data in self._socket:
                assert isinstance(data, bytes)
                self.received += len(data)
                self._handle(ForwardMsg.FromString(data))
        except WebSocketException as error:
            self._faults.append(f"the connection broke: {error}")
        else:
            self._faults.append("the server hung up")
        self._settle()

    def _handle(self, message: ForwardMsg) -> None:
        """Apply a message of the server, by its type."""
        if message.WhichOneof("type") == "ref_hash":
            known = ForwardMsg()
            known.CopyFrom(self._known[message.ref_hash])
            known.metadata.CopyFrom(message.metadata)
            known.metadata.cacheable = True
            message = known
        elif message.metadata.cacheable:
            self._known[message.hash] = message
        handlers: dict[str | None, Callable[[ForwardMsg], None]] = {
            "new_session": self._start_run,
            "navigation": self._set_pages,
            "delta": self._draw,
            "auto_rerun": self._schedule_rerun,
            "stop_auto_rerun": self._cancel_reruns,
            "page_info_changed": self._set_query,
            "page_not_found": lambda _: self._faults.append("there is no such page"),
            "script_finished": lambda message: self._finish(message.script_finished),
        }
        handler = handlers.get(message.WhichOneof("type"))
        if handler is not None:
            handler(message)

    def _start_run(self, message: ForwardMsg) -> None:
        self.session_id = message.new_session.initialize.session_id
        self._run = message.metadata.run.script_run_id
        self._fragments = frozenset(message.metadata.run.fragment_ids)
        if not self._fragments:
            self._due.clear()

    def _set_pages(self, message: ForwardMsg) -> None:
        self._pages = {
            page.url_pathname: page.page_script_hash for page in message.navigation.app_pages
        }
        self._page, self._page_name = message.navigation.page_script_hash, ""

    def _schedule_rerun(self, message: ForwardMsg) -> None:
        every = message.auto_rerun.interval
        due = asyncio.get_running_loop().time() + every
        self._due[message.auto_rerun.fragment_id] = (every, due)

    def _cancel_reruns(self, message: ForwardMsg) -> None:
        for fragment in message.stop_auto_rerun.fragment_ids:
            self._due.pop(fragment, None)

    def _set_query(self, message: ForwardMsg) -> None:
        self._query = message.page_info_changed.query_string

    def _draw(self, message: ForwardMsg) -> None:
        """Put an element or a container in its place."""
        path = tuple(message.metadata.delta_path)
        delta = message.delta
        if delta.WhichOneof("type") != "new_element":
            self._shown.pop(path, None)
            return
        element = delta.new_element
        hash_ = message.hash if message.metadata.cacheable else ""
        self._shown[path] = Shown(element, delta.fragment_id, self._run, hash_)
        kind = element.WhichOneof("type")
        if kind == "exception":
            self._faults.append(f"{element.exception.type}: {element.exception.message}")
        elif kind == "alert" and element.alert.format == Alert.ERROR:
            self._faults.append(f"the page says: {element.alert.body}")
        elif kind is not None and getattr(getattr(element, kind), "set_value", False):
            self._values.pop(getattr(element, kind).id, None)  # the app has set it

    def _finish(self, status: int) -> None:
        """Drop elements that the run has not drawn again, and wake the tasks that wait for it."""
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return  # the requested run comes next
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self._faults.append("the program cannot be compiled")
        self._shown = {
            path: shown
            for path, shown in self._shown.items()
            if shown.run == self._run or (self._fragments and shown.fragment not in self._fragments)
        }
        elements = [shown.element for shown in self._shown.values()]
        here = {
            getattr(getattr(element, kind), "id", "")
            for element in elements
            if (kind := element.WhichOneof("type")) is not None
        }
        self._values = {id_: state for id_, state in self._values.items() if id_ in here}
        hashes = {shown.hash for shown in self._shown.values()}
        self._known = {hash_: message for hash_, message in self._known.items() if hash_ in hashes}
        self._settle()

    def _settle(self) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)
