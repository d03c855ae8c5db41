"""The teacher's sign-in, which outlives a reload by a cookie."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from inkling.server.teacher_token import TEACHER_COOKIE, teacher_token
from inkling.server.visitor_id import COOKIE, visitor_id_of
from tests.browser.conftest import visit
from tests.waiting import until
from tools.app_driver import serve

SECRET = "the secret of this test"
CLASS = {"INKLING_CLASS": "1", "INKLING_TEACHER_SECRET": SECRET}


@pytest.fixture(scope="module")
def address(data_environment: dict[str, str]) -> Iterator[str]:
    """Address of an ASGI server in class mode, in place of the shared Streamlit server."""
    with serve("deploy/asgi.py", **CLASS, **data_environment) as url:
        yield url


def cookies(page: Page) -> dict[str, str]:
    return {each.get("name", ""): each.get("value", "") for each in page.context.cookies()}


def test_buttons_of_the_rows_are_told_apart_by_what_is_not_seen(
    browser: Browser, page: Page, address: str
) -> None:
    names = ("Ada", "Ben")
    for name in names:
        with visit(browser, address) as pupil:
            pupil.goto(f"{address}/explore")
            pupil.get_by_role("textbox", name="Your name in the class").fill(name)
            pupil.get_by_role("button", name="Join the class").click()
            expect(pupil.get_by_text(f"In the class you are {name}.")).to_be_visible()
    page.goto(f"{address}/teacher")
    page.get_by_label("Teacher's secret").fill(SECRET)
    page.get_by_role("button", name="Open", exact=True).click()
    widths = []
    for name in names:
        button = page.get_by_role("button", name=f"Remove {name}")
        expect(button).to_be_visible()
        hidden = button.get_by_text(name, exact=True).bounding_box()
        assert hidden is not None
        widths.append(hidden["width"])
    assert widths == [1, 1]


def test_sign_in_outlives_a_reload_until_sign_out_and_no_other_cookie_signs_in(
    page: Page, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = page.get_by_label("Teacher's secret")
    sign_out = page.get_by_role("button", name="Sign out")

    def open_with(cookie: str) -> None:
        page.context.add_cookies([{"name": TEACHER_COOKIE, "value": cookie, "url": address}])
        page.goto(f"{address}/teacher")

    page.goto(f"{address}/teacher")
    form.fill(SECRET)
    page.get_by_role("button", name="Open", exact=True).click()
    expect(sign_out).to_be_visible()
    until(lambda: TEACHER_COOKIE in cookies(page))
    assert TEACHER_COOKIE not in page.evaluate("document.cookie")
    page.reload()
    expect(sign_out).to_be_visible()

    kept = cookies(page)
    expires, _, signature = kept[TEACHER_COOKIE].partition(".")
    visitor_id = visitor_id_of(kept[COOKIE])
    with monkeypatch.context() as past:
        now = time.time()
        past.setattr(time, "time", lambda: now - 11 * 3600)
        expired = teacher_token("cookie", visitor_id, CLASS)
    of_another = teacher_token("cookie", visitor_id_of("b" * 32), CLASS)
    of_another_secret = teacher_token(
        "cookie", visitor_id, CLASS | {"INKLING_TEACHER_SECRET": "another long secret"}
    )
    longer = f"{int(expires) + 3600}.{signature}"
    for forged in (expired, of_another, of_another_secret, longer, "x"):
        open_with(forged)
        expect(form).to_be_visible()
    open_with(kept[TEACHER_COOKIE])
    sign_out.click()
    expect(form).to_be_visible()
    until(lambda: TEACHER_COOKIE not in cookies(page))
    page.reload()
    expect(form).to_be_visible()
