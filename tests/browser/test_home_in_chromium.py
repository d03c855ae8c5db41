"""The first page: a pen that writes, and links."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, visit


def answer(page: Page) -> str:
    return page.locator(".answer b").inner_text()


def test_the_pen_writes_by_itself_and_stops_when_asked(browser: Browser, address: str) -> None:
    device = {"viewport": DESKTOP, "reduced_motion": "no-preference"}
    with visit(browser, address, **device) as page:
        page.goto(address)
        ink = page.locator(".ink")
        expect(page.locator(".answer b")).to_have_text("7")
        expect(page.locator(".answer b")).to_have_text("2")  # the next digit
        page.get_by_role("button", name="Pause").click()
        stopped = ink.get_attribute("d")
        page.wait_for_timeout(200)
        assert ink.get_attribute("d") == stopped


def test_the_pen_rests_where_motion_is_reduced(page: Page, address: str) -> None:
    page.goto(address)
    play = page.get_by_role("button", name="Play")
    expect(play).to_be_visible()
    assert answer(page) == "7"
    path = page.locator(".ink").get_attribute("d")
    play.click()
    expect(page.locator(".ink")).not_to_have_attribute("d", path or "")
    page.get_by_role("button", name="Pause").click()
    stopped = page.locator(".ink").get_attribute("d")
    page.wait_for_timeout(200)
    assert page.locator(".ink").get_attribute("d") == stopped


def test_links_of_the_first_page_open_the_pages(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Draw your own digit").click()
    expect(page).to_have_url(f"{address}/draw")
    page.get_by_role("button", name="Navigate to home page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Watch a network learn to read")
    page.get_by_role("link", name="How does it work?").click()
    expect(page).to_have_url(f"{address}/learn")


def test_links_in_texts_begin_where_the_text_does(page: Page, address: str) -> None:
    page.goto(f"{address}/mistakes?view=two-models")
    link = page.get_by_role("link", name="Evidence")
    expect(link).to_have_css("padding-left", "0px")
    expect(link).to_have_css("background-color", "rgba(0, 0, 0, 0)")  # though its page is open


def test_links_that_look_like_buttons_are_equally_far_apart(page: Page, address: str) -> None:
    page.goto(address)
    boxes = [page.locator(".st-key-home_links a").nth(k).bounding_box() for k in (0, 1, 2)]
    first, beside, below = (box for box in boxes if box is not None)
    across = beside["x"] - first["x"] - first["width"]
    down = below["y"] - first["y"] - first["height"]
    assert across == down == 8
