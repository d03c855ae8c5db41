"""Middleware that refuses websocket messages of too many parts, and malformed JSON in them.

A parsed protobuf message takes up to two hundred times the memory of its bytes: an empty nested
message is two bytes on the wire. So does the JSON of a component, where a list is three. JSON that
cannot be parsed makes Streamlit draw an error and log a traceback.
"""

import json
import logging
from functools import lru_cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

log = logging.getLogger(__name__)

MAX_FIELDS = 10_000
"""Fields of a message. The pages of the app send some hundred."""

MAX_LISTS = 50_000
"""Lists and objects in the JSON of a message. The largest drawing taken has fewer points."""

MAX_DEPTH = 32
"""Lists and objects inside one another in the JSON of a component. A drawing has five."""

_SHORT = 2**16  # characters of a JSON text that is remembered
_INVALID, _TOO_BIG = 1007, 1009  # codes of a closed websocket, RFC 6455
_JSON = ("json_value", "json_trigger_value")
_TEXT = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types


class MessageLimit:
    """Closes a websocket that sends a message of too many fields or lists, or malformed JSON.

    Parameters
    ----------
    app : ASGIApp
        The wrapped application.
    message : Descriptor
        The type of the messages.
    """

    def __init__(self, app: ASGIApp, message: Descriptor) -> None:
        self.app = app
        self._message = message

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; check what comes through a websocket."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return

        async def receive_parsable() -> Message:
            message = await receive()
            data = message.get("bytes")
            if data is None:
                return message
            if not (has_few_fields(data, self._message) and has_few_lists(data)):
                code, fault = _TOO_BIG, "too many parts"
            elif not has_valid_json(data):
                code, fault = _INVALID, "malformed JSON"
            else:
                return message
            log.warning("refused a message of %d bytes: %s", len(data), fault)
            await send({"type": "websocket.close", "code": code})
            return {"type": "websocket.disconnect", "code": code}

        await self.app(scope, receive_parsable, send)


def has_few_fields(data: bytes, message: Descriptor, most: int = MAX_FIELDS) -> bool:
    """Return whether a serialized message is well-formed and has at most `most` fields.

    The fields of nested messages are counted, too, and each byte of a packed array as a field. The
    wire format is described at https://protobuf.dev/programming-guides/encoding/.
    """
    try:
        count = 0
        nested = [(0, len(data), message)]
        while nested:
            at, end, kind = nested.pop()
            while at < end:
                key, at = _varint(data, at)
                field = kind.fields_by_number.get(key >> 3)
                start, at = at, _end_of_value(data, at, key & 7)
                count += 1
                if (key & 7) == _BYTES and field is not None:
                    length, start = _varint(data, start)
                    if field.message_type is not None:
                        nested.append((start, at, field.message_type))
                    elif field.type not in _TEXT:
                        count += length
                if at > end or count > most:
                    return False
    except (IndexError, ValueError):
        return False
    return True


def has_few_lists(data: bytes, most: int = MAX_LISTS) -> bool:
    """Return whether the JSON in a message has at most so many lists and objects."""
    return data.count(b"[") + data.count(b"{") <= most


def has_valid_json(data: bytes) -> bool:
    """Return whether a `BackMsg` can be parsed, and the JSON of each component in it.

    Such JSON is null, an object or a list, at most `MAX_DEPTH` deep.
    """
    try:
        widgets = BackMsg.FromString(data).rerun_script.widget_states.widgets
        for widget in widgets:
            kind = widget.WhichOneof("value")
            if kind in _JSON:
                text = getattr(widget, kind)
                is_valid = _is_known_json if len(text) < _SHORT else _is_component_json
                if not is_valid(text):
                    return False
    except (DecodeError, ValueError, RecursionError):
        return False
    return True


def _is_component_json(text: str) -> bool:
    value = json.loads(text)
    if not isinstance(value, list | dict):
        return value is None
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, list | dict)
        ]
        if not level:
            return True
    return False


_is_known_json = lru_cache(maxsize=256)(_is_component_json)
"""As that, remembered: a browser sends the values of all components with each message."""


def _end_of_value(data: bytes, at: int, wire_type: int) -> int:
    """Return the index after a value that begins at an index."""
    if wire_type == _VARINT:
        return _varint(data, at)[1]
    if wire_type == _FIXED64:
        return at + 8
    if wire_type == _FIXED32:
        return at + 4
    if wire_type == _BYTES:
        length, at = _varint(data, at)
        return at + length
    raise ValueError(f"wire type {wire_type}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the integer that begins at an index, and the index after it."""
    value = shift = 0
    while shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise ValueError("an integer of more than ten bytes")
