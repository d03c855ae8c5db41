"""The address that sets and deletes the teacher's cookie."""

from http.cookies import SimpleCookie

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.teacher_cookie import MAX_WRONG, PATH, PERIOD, TeacherCookie
from inkling.server.teacher_token import TEACHER_COOKIE, Purpose, is_teacher_token, teacher_token
from inkling.server.visitor_id import COOKIE, visitor_id_of
from tests.deploy.test_guards import Answer, Reader, request

SECRET = "a" * 32
VISITOR = visitor_id_of(SECRET)


@pytest.fixture(autouse=True)
def in_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKLING_CLASS", "1")
    monkeypatch.setenv("INKLING_TEACHER_SECRET", "a long enough secret")


def ask(body: str | bytes, method: str = "POST", path: str = PATH, **headers: str) -> Answer:
    """Send a request with the visitor's cookie."""
    data = body.encode() if isinstance(body, str) else body
    cookie = f"{COOKIE}={SECRET}"
    app = TeacherCookie(Reader())
    return request(app, [data], path=path, method=method, cookie=cookie, **headers)


def test_ticket_becomes_a_cookie_that_scripts_cannot_read() -> None:
    answer = ask(teacher_token("sign in", VISITOR))
    assert answer.status == 204
    cookie = SimpleCookie(answer.headers["set-cookie"])[TEACHER_COOKIE]
    assert is_teacher_token(cookie.value, "cookie", VISITOR)
    assert (cookie["httponly"], cookie["secure"]) == (True, "")
    assert (cookie["samesite"], cookie["path"], cookie["max-age"]) == ("strict", "/", "36000")


def test_ticket_of_a_sign_out_deletes_the_cookie() -> None:
    answer = ask(teacher_token("sign out", VISITOR))
    cookie = SimpleCookie(answer.headers["set-cookie"])[TEACHER_COOKIE]
    assert (answer.status, cookie.value, cookie["max-age"]) == (204, "", "0")


def test_behind_tls_the_cookie_is_sent_encrypted_only() -> None:
    answer = ask(teacher_token("sign in", VISITOR), x_forwarded_proto="https")
    assert SimpleCookie(answer.headers["set-cookie"])[TEACHER_COOKIE]["secure"]


@pytest.mark.parametrize(
    ("purpose", "visitor_id"), [("cookie", VISITOR), ("sign in", visitor_id_of("b" * 32))]
)
def test_other_tokens_are_worth_nothing(purpose: Purpose, visitor_id: str) -> None:
    answer = ask(teacher_token(purpose, visitor_id))
    assert (answer.status, "set-cookie" in answer.headers) == (403, False)


def test_after_ten_wrong_tickets_a_visitor_waits_and_nobody_else_does() -> None:
    now = 100.0
    app = TeacherCookie(Reader(), clock=lambda: now)
    ticket = teacher_token("sign out", VISITOR).encode()

    def send(body: bytes, secret: str = SECRET) -> int:
        cookie = f"{COOKIE}={secret}"
        return request(app, [body], path=PATH, method="POST", cookie=cookie).status

    for number in range(2 * MAX_WRONG):
        assert send(b"wrong", f"{number:032x}") == 403
    assert [send(b"wrong") for _ in range(MAX_WRONG)] == [403] * MAX_WRONG
    assert [send(b"wrong"), send(ticket)] == [429, 429]
    other = "c" * 32
    assert send(teacher_token("sign in", visitor_id_of(other)).encode(), other) == 204
    now += PERIOD
    assert send(ticket) == 204


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(["GET", "PUT", "POST", "DELETE"]))
def test_no_other_request_sets_a_cookie(body: bytes, method: str) -> None:
    answer = ask(body, method)
    assert answer.status == (403 if method == "POST" else 405)
    assert "set-cookie" not in answer.headers


def test_other_addresses_reach_the_app() -> None:
    assert ask("four", path="/elsewhere").body == b"4"
