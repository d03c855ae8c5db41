"""Middleware that counts the parts of websocket messages and checks the JSON in them."""

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from deploy.messages import MAX_DEPTH, MAX_FIELDS, MAX_LISTS, MessageLimit, has_few_fields
from tests.running import run

BACK_MSG = BackMsg.DESCRIPTOR


def message(widgets: int, **value: object) -> bytes:
    """Return a rerun request with so many widgets."""
    back = BackMsg()
    for number in range(widgets):
        back.rerun_script.widget_states.widgets.add(id=str(number), **value)
    return back.SerializeToString()


@pytest.mark.parametrize("widgets", [1, 100])
def test_fields_of_nested_messages_are_counted(widgets: int) -> None:
    fields = 2 + 3 * widgets  # rerun_script, widget_states; for each the widget, its id and value
    data = message(widgets, bool_value=True)
    assert has_few_fields(data, BACK_MSG, most=fields)
    assert not has_few_fields(data, BACK_MSG, most=fields - 1)


def test_long_text_is_one_field() -> None:
    assert has_few_fields(message(1, json_value="[" * 5_000_000), BACK_MSG, most=5)
    assert has_few_fields(message(1, bytes_value=b"\x08" * 5_000_000), BACK_MSG, most=5)


def test_numbers_of_an_array_are_counted() -> None:
    back = BackMsg()
    back.rerun_script.widget_states.widgets.add().int_array_value.data.extend([1] * 1_000)
    assert not has_few_fields(back.SerializeToString(), BACK_MSG, most=1_000)


@pytest.mark.parametrize(
    "data",
    [
        message(3)[:-1],
        b"\x08",  # a key without a value
        b"\xff" * 11,  # a key of too many bytes
        b"\x0b\x0c",  # a group
        b"\x0a\x05\x00",  # five bytes are promised
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    ],
)
def test_malformed_message_is_refused(data: bytes) -> None:
    assert not has_few_fields(data, BACK_MSG)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (message(100, bool_value=True), None),
        (message(1, json_value=f"[{'[],' * (MAX_LISTS - 2)}[]]"), None),
        (message(1, json_value="[{" * MAX_LISTS), 1009),
        (message(MAX_FIELDS), 1009),
        (b"\x0a\x00" * (MAX_FIELDS + 1), 1009),
        (message(1, json_value="null"), None),
        (message(1, json_value="[" * MAX_DEPTH + "]" * MAX_DEPTH), None),
        (message(1, json_value="[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)), 1007),
        (message(1, json_value="[" * 20_000 + "]" * 20_000), 1007),
        (message(1, json_trigger_value=f'[{{"event": "picked", "value": {"9" * 10**6}}}]'), 1007),
        (message(1, json_value="{"), 1007),
        (message(1, json_value=""), 1007),
        (message(1, json_trigger_value="\0"), 1007),
        (message(1, json_value='"text"'), 1007),
        (message(1, string_value="{"), None),  # text of a visitor
        (message(1, string_value="x").replace(b"x", b"\xff"), 1007),
    ],
)
def test_message_of_too_many_parts_or_malformed_json_closes_the_websocket(
    data: bytes, code: int | None
) -> None:
    seen: list[Message] = []
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(await receive())

    async def receive() -> Message:
        return {"type": "websocket.receive", "bytes": data}

    async def send(message: Message) -> None:
        sent.append(message)

    async def go() -> None:
        await MessageLimit(app, BACK_MSG)({"type": "websocket"}, receive, send)

    run(go())
    if code is None:
        assert [message["type"] for message in seen] == ["websocket.receive"]
        assert sent == []
    else:
        assert seen == [{"type": "websocket.disconnect", "code": code}]
        assert sent == [{"type": "websocket.close", "code": code}]
