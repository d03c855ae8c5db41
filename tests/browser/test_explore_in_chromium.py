"""Browsing, as a visitor does it."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import assert_fits, click_mark


def test_link_and_click_open_images(page: Page, address: str) -> None:
    page.goto(f"{address}/explore?split=test&index=8")
    expect(page.get_by_text("test images, index 8")).to_be_visible()
    digits = page.get_by_role("listbox", name="Digits", exact=True)
    expect(digits.get_by_role("option")).to_have_count(120)
    digit = digits.get_by_role("option", name=re.compile(", index 5$"))
    label = (digit.get_attribute("aria-label") or "").partition(",")[0]
    digit.click()
    expect(page.get_by_text(f"A {label} · test images, index 5")).to_be_visible()
    expect(page).to_have_url(re.compile(r"split=test&index=5$"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("test images, index 6")).to_be_visible()


def test_click_on_a_near_training_image_opens_it(page: Page, address: str) -> None:
    page.goto(f"{address}/explore?split=test&index=8")
    near = page.get_by_role("listbox", name="Nearest training images").get_by_role("option")
    expect(near).to_have_count(8)
    near.first.click()
    expect(page.get_by_text("training images, index")).to_be_visible()
    expect(page.get_by_text("All 60,000 training images")).to_be_visible()


def test_opened_image_is_shown_on_page_after_page_and_by_each_address(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/mistakes")
    page.get_by_role("link", name="Explore this image").click()
    expect(page.get_by_text("test images, index")).to_be_visible()
    index = int(parse_qs(urlsplit(page.url).query)["index"][0])
    for link, shown in (
        ("What does the network say to it?", f"Test image {index:,}"),
        ("See why", f"Test image {index:,}, a"),
        ("Explore this image", f"test images, index {index:,}"),
        ("Look inside the network", f"Test image {index:,}, a"),
        ("Evidence", f"Test image {index:,}"),
    ):
        page.get_by_role("link", name=link).click()
        expect(page.get_by_text(shown)).to_be_visible()
        page.reload()
        expect(page.get_by_text(shown)).to_be_visible(timeout=30_000)
        expect(page).to_have_url(re.compile(f"index={index}$"))


@pytest.mark.parametrize("index", ["1e400", "9" * 330])
def test_an_address_without_such_an_image_opens_the_page(
    page: Page, address: str, index: str
) -> None:
    page.goto(f"{address}/explore?split=test&index={index}")
    expect(page.get_by_text("There is no such test image")).to_be_visible(timeout=30_000)
    page.get_by_role("listbox", name="Digits", exact=True).get_by_role("option").nth(2).click()
    expect(page.get_by_text("training images, index 2", exact=False)).to_be_visible()
    expect(page.get_by_text("There is no such test image")).to_be_hidden()


def test_click_on_a_map_point_opens_its_image(page: Page, address: str) -> None:
    page.goto(f"{address}/explore?split=test&index=8")
    points = page.locator(".scatterlayer .points path")
    expect(points.first).to_be_visible(timeout=30_000)
    click_mark(points.nth(3))
    expect(page.get_by_text("test images, index 8")).to_be_hidden()
    expect(page.get_by_text("test images, index")).to_be_visible()


def test_explore_fits_a_phone(phone: Page, address: str) -> None:
    phone.goto(f"{address}/explore")
    expect(phone.get_by_text("training images, index 0")).to_be_visible(timeout=30_000)
    assert_fits(phone)
