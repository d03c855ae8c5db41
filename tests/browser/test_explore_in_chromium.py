"""Browsing, as a visitor does it."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driver import assert_fits, box_at_rest, choose, wait_until_idle


def wall(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Digits", exact=True).get_by_role("option")


def test_link_and_click_open_images(page: Page, address: str) -> None:
    page.goto(f"{address}/explore?split=test&index=8")
    expect(page.get_by_text("· test image 8")).to_be_visible()
    expect(wall(page)).to_have_count(120)
    digit = wall(page).and_(page.get_by_role("option", name=re.compile(", index 5$")))
    label = (digit.get_attribute("aria-label") or "").partition(",")[0]
    digit.click()
    expect(page.get_by_text(f"A {label} · test image 5")).to_be_visible()
    expect(page).to_have_url(re.compile(r"split=test&index=5$"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("· test image 6")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_text("· test image 119")).to_be_visible()


def test_filters_page_and_view_survive_a_reload(page: Page, address: str) -> None:
    page.goto(f"{address}/explore")
    choose(page, "Test")
    expect(page.get_by_text("· test image 0")).to_be_visible()
    page.get_by_role("toolbar", name="Digits").get_by_role("button", name="8").click()
    expect(page.get_by_text("An 8 · test image")).to_be_visible()
    expect(wall(page).first).to_have_attribute("aria-selected", "true")
    page.get_by_test_id("stPaginationPage").first.click()
    expect(page.get_by_text("121 to 240 of ")).to_be_visible()
    shown = page.get_by_text("121 to 240 of ").inner_text()
    page.reload()
    expect(page.get_by_text(shown)).to_be_visible()
    choose(page, "Map")
    expect(page.get_by_role("group", name="Map of the images")).to_be_visible()
    expect(page).to_have_url(re.compile("digits=8.*view=map"))
    page.reload()
    expect(page.get_by_text("Images that look alike lie close together")).to_be_visible()
    expect(page.get_by_text("An 8 · test image")).to_be_visible()


@pytest.mark.parametrize("width", [1920, 1440, 1280, 1024, 768, 375])
def test_every_row_of_the_wall_is_complete(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    page.goto(f"{address}/explore")
    expect(wall(page)).to_have_count(120)
    wait_until_idle(page)
    rows = wall(page).evaluate_all(
        "cells => Object.values(Object.groupBy(cells, c => c.offsetTop)).map(row => row.length)"
    )
    assert len(set(rows)) == 1
    assert rows[0] >= 6


def test_the_open_image_stays_in_view(page: Page, phone: Page, address: str) -> None:
    for visitor in (page, phone):
        visitor.goto(f"{address}/explore")
        expect(wall(visitor)).to_have_count(120)
        wait_until_idle(visitor)
        wall(visitor).last.scroll_into_view_if_needed()
        wall(visitor).last.click()
        expect(visitor.get_by_text("· training image 119")).to_be_in_viewport()
        expect(visitor.get_by_role("group", name="The pixels of")).to_be_in_viewport(ratio=1)


def test_click_on_a_near_training_image_opens_it(page: Page, address: str) -> None:
    page.goto(f"{address}/explore?split=test&index=8")
    near = page.get_by_role("listbox", name="Nearest training images").get_by_role("option")
    expect(near).to_have_count(8)
    near.first.click()
    expect(page.get_by_text(re.compile(r"· training image \d"))).to_be_visible()
    expect(page.get_by_text("60,000 · training images")).to_be_visible()


def test_opened_image_is_shown_on_page_after_page_and_by_each_address(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/mistakes")
    page.get_by_role("link", name="Explore this image").click()
    expect(page.get_by_text(re.compile(r"· test image \d"))).to_be_visible()
    index = int(parse_qs(urlsplit(page.url).query)["index"][0])
    for link, name, shown in (
        ("See the network's answer", "mistakes", f"Test image {index:,}"),
        ("See inside the network", "inside", f"Test image {index:,}, a"),
        ("Explore this image", "explore", f"· test image {index:,}"),
        ("See inside the network", "inside", f"Test image {index:,}, a"),
        ("Evidence", "mistakes", f"Test image {index:,}"),
    ):
        if "/inside" in page.url:
            wait_until_idle(page)
            page.get_by_role("button", name="Digit:").click()
        page.get_by_role("link", name=link).click()
        expect(page).to_have_url(re.compile(rf"/{name}\?.*index={index}$"))
        page.reload()
        expect(page.get_by_text(shown).first).to_be_visible(timeout=30_000)
        expect(page).to_have_url(re.compile(rf"/{name}\?.*index={index}$"))


@pytest.mark.parametrize("index", ["1e400", "9" * 330])
def test_an_address_without_such_an_image_opens_the_page(
    page: Page, address: str, index: str
) -> None:
    page.goto(f"{address}/explore?split=test&index={index}")
    expect(page.get_by_text("No such test image")).to_be_visible(timeout=30_000)
    page.get_by_role("listbox", name="Digits", exact=True).get_by_role("option").nth(2).click()
    expect(page.get_by_text("· training image 2")).to_be_visible()
    expect(page.get_by_text("No such test image")).to_be_hidden()


def test_an_image_on_the_map_is_opened_by_click_and_arrow_key(page: Page, address: str) -> None:
    page.goto(f"{address}/explore?split=test&index=8&view=map")
    images = page.get_by_role("group", name="Map of the images")
    box = box_at_rest(images)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text("· test image 8", exact=True)).to_be_hidden()
    expect(page).not_to_have_url(re.compile("index=8&"))
    clicked = page.url
    images.press("ArrowRight")
    expect(page).not_to_have_url(clicked)
    page.get_by_role("button", name="Zoom in").click()
    expect(page.get_by_role("button", name="Zoom out")).to_be_enabled()
    page.get_by_role("button", name="Whole map").click()
    expect(page.get_by_role("button", name="Zoom out")).to_be_disabled()


def test_a_tap_on_the_map_opens_an_image_and_no_view_loads_plotly(
    phone: Page, address: str
) -> None:
    loaded: list[str] = []
    phone.on("request", lambda request: loaded.append(request.url))
    phone.goto(f"{address}/explore")
    expect(wall(phone)).to_have_count(120)
    choose(phone, "Map")
    box = box_at_rest(phone.get_by_role("group", name="Map of the images"))
    phone.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(phone.get_by_text("· training image 0", exact=True)).to_be_hidden()
    assert_fits(phone)
    assert not [url for url in loaded if "plotly" in url.lower()]


def test_explore_fits_a_phone(phone: Page, address: str) -> None:
    phone.goto(f"{address}/explore")
    expect(phone.get_by_text("· training image 0")).to_be_visible(timeout=30_000)
    assert_fits(phone)


def test_map_is_on_light_paper_in_both_themes(page: Page, address: str) -> None:
    page.goto(f"{address}/explore?view=map")
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        expect(page.locator(".map:has(> canvas)")).to_have_css(
            "background-color", "rgb(240, 240, 240)"
        )
