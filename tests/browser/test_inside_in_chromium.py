"""Looking inside a network, as a visitor does."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect


def view(page: Page, name: str) -> None:
    page.get_by_test_id("stButtonGroup").filter(has_text="What to look at").get_by_text(
        name, exact=True
    ).click()


def accuracy(page: Page) -> Locator:
    return page.get_by_test_id("stMetricValue").first


@pytest.mark.usefixtures("mnist")
def test_a_mistake_leads_to_its_own_numbers(page: Page, address: str) -> None:
    page.goto(f"{address}/mistakes?index=8")
    page.get_by_role("link", name="See why").click()
    expect(page.get_by_role("heading", name="Inside", exact=True)).to_be_visible()
    expect(page.get_by_text("Test image 8, a\u00a05")).to_be_visible()


def test_every_step_forward_and_back_is_shown_with_its_code(page: Page, address: str) -> None:
    page.goto(f"{address}/inside")
    steps = page.get_by_text(re.compile(r"^\d+ of \d+$"))
    expect(steps).to_be_visible()
    last = int(steps.inner_text().split(" of ")[1])
    assert last > 10
    sources = set()
    for place in range(1, last + 1):
        expect(steps).to_have_text(f"{place} of {last}")
        expect(page.get_by_text(re.compile(r"nn/\w+\.py, line \d+")).first).to_be_visible()
        sources.add(page.get_by_test_id("stCode").first.inner_text())
        if place < last:
            page.get_by_role("button", name="Next", exact=True).click()
    assert len(sources) > 5
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_disabled()


@pytest.mark.usefixtures("mnist")
def test_the_smallest_nudge_changes_the_answer(page: Page, address: str) -> None:
    page.goto(f"{address}/inside?split=test&index=8")
    view(page, "What decides")
    expect(page.get_by_text("Occlusion")).to_be_visible()
    nudge = page.get_by_role("slider", name="How much of the nudge is applied")
    expect(page.get_by_text("It turns the 5 into a 6")).to_be_visible()
    nudge.press("End")
    expect(page.get_by_text(re.compile(r"It says 6, .*: no longer 5"))).to_be_visible()


def test_what_is_broken_answers_at_once_and_can_be_mended(page: Page, address: str) -> None:
    page.goto(f"{address}/inside")
    view(page, "Break it")
    expect(page.get_by_text("Nothing is broken yet")).to_be_visible()
    intact = accuracy(page).inner_text()
    page.get_by_role("slider", name="Bits per weight").press("End")
    expect(accuracy(page)).not_to_have_text(intact)
    assert float(accuracy(page).inner_text().rstrip("%")) < float(intact.rstrip("%"))
    page.get_by_role("button", name="Mend everything").click()
    expect(accuracy(page)).to_have_text(intact)


def test_a_unit_can_be_picked_and_seen(page: Page, address: str) -> None:
    page.goto(f"{address}/inside")
    view(page, "The units")
    expect(page.get_by_text(re.compile(r"Unit \d+, number 1 of 512"))).to_be_visible()
    page.get_by_role("spinbutton", name="Unit").fill("7")
    page.get_by_role("spinbutton", name="Unit").press("Enter")
    expect(page.get_by_text(re.compile(r"Unit 7, number \d+ of 512"))).to_be_visible()
    expect(page.get_by_role("heading", name="How the layer sees the digits")).to_be_visible()


def test_a_pixel_is_followed_with_a_finger(phone: Page, address: str) -> None:
    phone.goto(f"{address}/inside")
    pixels = phone.get_by_role("group", name="The pixels of the digit")
    expect(pixels).to_be_visible()
    side = pixels.bounding_box()["width"]  # type: ignore[index]
    pixels.tap(position={"x": 15.5 / 28 * side, "y": 8.5 / 28 * side})
    expect(phone.get_by_text("Row 8, column 15: ")).to_be_visible()
    phone.get_by_role("button", name="Next", exact=True).click()
    expect(phone.get_by_text(re.compile("Row 8, column 15: .* × weight"))).to_be_visible()  # noqa: RUF001


def test_inside_fits_a_phone(phone: Page, address: str) -> None:
    phone.goto(f"{address}/inside")
    for name in ("One digit", "What decides", "The units", "Break it"):
        view(phone, name)
        phone.wait_for_timeout(2_500)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 375, name
        assert phone.get_by_test_id("stMain").evaluate("main => main.scrollWidth") <= 375, name
