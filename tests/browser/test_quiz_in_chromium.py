"""Beat the network, as a visitor plays it."""

import re

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE, visit
from tests.browser.driver import assert_fits, choose


def start(page: Page, address: str) -> None:
    page.goto(f"{address}/mistakes")
    choose(page, "Beat the network")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".place")).to_have_text("Digit 1 of 10")


def key(page: Page, digit: int) -> Locator:
    return page.get_by_role("group", name="Which digit it is").get_by_role(
        "button", name=str(digit), exact=True
    )


def test_ten_answers_by_keyboard_end_a_round(page: Page, address: str) -> None:
    start(page, address)
    clock = page.get_by_role("timer")
    expect(clock).to_have_text(re.compile(r"^\d+\.\d s$"))
    before = clock.inner_text()
    expect(clock).not_to_have_text(before)
    page.keyboard.press("Control+7")  # no answer
    for place in range(10):
        digit = page.get_by_alt_text("the digit to be read")
        shown = digit.get_attribute("src")
        expect(page.locator(".place")).to_have_text(f"Digit {place + 1} of 10")
        page.keyboard.press("7")
        if place < 9:
            expect(digit).not_to_have_attribute("src", shown or "")
    expect(page.get_by_role("button", name="Start again")).to_be_visible()
    expect(page.get_by_text(re.compile("^Label"))).to_have_count(10)
    expect(page.get_by_text("You 7")).to_have_count(10)


def overlap(one: FloatRect, other: FloatRect) -> bool:
    """Whether two boxes have a point in common."""
    beside = one["x"] >= other["x"] + other["width"] or other["x"] >= one["x"] + one["width"]
    below = one["y"] >= other["y"] + other["height"] or other["y"] >= one["y"] + one["height"]
    return not (beside or below)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_round_is_announced_and_its_end_invites_no_new_one_by_mistake(
    browser: Browser, address: str, viewport: ViewportSize
) -> None:
    with visit(browser, address, viewport=viewport) as page:
        start(page, address)
        spoken = page.locator(".st-key-quiz_announcement").get_by_role("status")
        for place in range(10):
            expect(spoken).to_have_text(f"Digit {place + 1} of 10")
            boxes = [box for k in range(10) if (box := key(page, k).bounding_box())]
            key(page, place).click()
        expect(spoken).to_have_text(re.compile(r"\d+ of 10"))
        again = page.get_by_role("button", name="Start again")
        expect(again).to_be_visible()
        expect(page.locator(".st-key-takes_focus_quiz_result")).to_be_focused()
        box = again.bounding_box()
        assert box is not None
        assert len(boxes) == 10
        assert not any(overlap(box, each) for each in boxes)


def test_digit_and_keys_fit_a_phone_and_a_tap_answers(phone: Page, address: str) -> None:
    start(phone, address)
    for digit in (1, 0):
        expect(key(phone, digit)).to_be_in_viewport(ratio=1)
    expect(phone.get_by_alt_text("the digit to be read")).to_be_in_viewport(ratio=1)
    key(phone, 4).tap()
    expect(phone.locator(".place")).to_have_text("Digit 2 of 10")
    choose(phone, "How sure it is")
    expect(phone.get_by_text("Fitted temperature")).to_be_visible()
    assert_fits(phone)
    choose(phone, "Beat the network")
    expect(phone.locator(".place")).to_have_text("Digit 2 of 10")  # the round is still there
