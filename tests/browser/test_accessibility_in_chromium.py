"""Every page by the rules of axe-core, in light and dark, and at 400% zoom."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, visit
from tests.browser.draw_driver import ONE, draw, open_draw
from tests.browser.driver import wait_until_idle

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STREAMLITS_OWN = {
    "scrollable-region-focusable",  # a long formula scrolls, but is not reached with Tab
}
ZOOMED = ViewportSize(width=320, height=256)  # a window of 1280 by 1024 pixels at 400%
MAIN = "document.querySelector('[data-testid=stMain]')"
PAGES = {
    "": "Watch a network learn to read",
    "explore": "Explore",
    "explore?view=map": "Explore",
    "train": "Train",
    "train?view=sweep": "Train",
    "train?view=failures": "Train",
    "draw": "Draw",
    "mistakes": "Mistakes",
    "mistakes?view=two-models": "Mistakes",
    "mistakes?view=calibration": "Mistakes",
    "inside": "Inside",
    "inside?view=damage&bits=2": "Inside",
    "inside?view=move": "Inside",
    "learn": "Learn",
    "learn?chapter=sixteen": "Learn",
}


def violations(page: Page) -> list[str]:
    """Return what axe-core finds: each rule that is broken, and the elements that break it."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    return [
        f"{rule['id']}: {rule['help']}: {[node['html'][:200] for node in rule['nodes'][:3]]}"
        for rule in found.response["violations"]
        if rule["id"] not in STREAMLITS_OWN
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_break_no_rule_of_accessibility(browser: Browser, address: str, scheme: str) -> None:
    found = {}
    with visit(browser, address, viewport=DESKTOP, color_scheme=scheme) as page:
        for name, title in PAGES.items():
            page.goto(f"{address}/{name}")
            expect(page.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible()
            expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
            expect(
                page.get_by_test_id("stAppViewContainer").locator("[data-stale=true]")
            ).to_have_count(0)
            expect(
                page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
            ).to_be_visible()
            found[name] = violations(page)
            page.set_viewport_size(ZOOMED)
            page.wait_for_function(f"{MAIN}.scrollWidth <= {ZOOMED['width']}")
            page.set_viewport_size(ViewportSize(width=DESKTOP["width"], height=DESKTOP["height"]))
    assert not any(found.values()), found


def test_link_to_another_page_takes_the_focus_to_its_title(page: Page, address: str) -> None:
    page.goto(address)
    link = page.get_by_role("link", name="Train a network in two seconds")
    expect(link).to_be_visible()
    wait_until_idle(page)
    link.press("Enter")
    expect(page.get_by_role("heading", name="Train", level=1)).to_be_focused()


def test_focus_enters_a_group_of_choices_at_the_chosen_one(page: Page, address: str) -> None:
    open_draw(page, address)
    draw(page, ONE)
    page.get_by_test_id("stButton").get_by_role("button", name="Clear").press("Enter")
    expect(page.get_by_role("radio", name="Medium")).to_be_focused()  # the pens are the nearest


def test_options_and_switches_have_a_ring_while_they_have_the_focus(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/learn?chapter=unit")
    option = page.get_by_test_id("stRadioOption").first
    switch = page.get_by_test_id("stCheckbox").filter(has_text="Show the code").locator("label")
    for control in (option, switch):
        expect(control).to_have_css("outline-style", "none")
        control.locator("input").focus()
        page.keyboard.press("Shift")  # from now on the browser takes the visitor for one with keys
        expect(control).to_have_css("outline-style", "solid")
