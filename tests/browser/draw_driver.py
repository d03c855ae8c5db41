"""What browser tests do on the Draw page."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.driver import box_at_rest

SEVEN = [[(105, 90), (225, 90)], [(225, 90), (150, 250)]]
ONE = [[(165, 80), (165, 255)]]


def open_draw(page: Page, address: str) -> None:
    """Open the Draw page."""
    page.goto(f"{address}/draw")
    expect(page.get_by_test_id("stMetricValue")).to_be_visible()


def answer(page: Page) -> Locator:
    """Return the answer: a digit, or a question mark."""
    return page.get_by_test_id("stMetricValue")


def spoken_answer(page: Page) -> Locator:
    """Return the live region that says the answer to screen readers."""
    return page.locator(".st-key-draw_announcement").get_by_role("status")


def draw(page: Page, strokes: list[list[tuple[int, int]]]) -> None:
    """Draw with the mouse on the canvas, once it stands still."""
    box = box_at_rest(page.locator("canvas").last)
    for stroke in strokes:
        page.mouse.move(box["x"] + stroke[0][0], box["y"] + stroke[0][1])
        page.mouse.down()
        for x, y in stroke[1:]:
            page.mouse.move(box["x"] + x, box["y"] + y, steps=8)
        page.mouse.up()
    page.wait_for_timeout(800)  # the canvas waits before it sends, so as not to send in vain
    expect(undo_button(page)).to_be_enabled()


def undo_button(page: Page) -> Locator:
    """Return the button that removes the last stroke."""
    return page.get_by_test_id("stButton").get_by_role("button", name="Undo")
