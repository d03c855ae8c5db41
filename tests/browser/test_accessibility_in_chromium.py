"""Every page by the rules of axe-core, in light and dark, and at 400% zoom."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, visit

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STREAMLITS_OWN = {
    "scrollable-region-focusable",  # a long formula scrolls, but is not reached with Tab
}
ZOOMED = ViewportSize(width=320, height=256)  # a window of 1280 by 1024 pixels at 400%
MAIN = "document.querySelector('[data-testid=stMain]')"
PAGES = {
    "": "Watch a network learn to read",
    "explore": "Explore",
    "train": "Train",
    "draw": "Draw",
    "mistakes": "Mistakes",
    "inside": "Inside",
    "inside?view=damage&bits=2": "Inside",
    "inside?view=move": "Inside",
    "learn": "Learn",
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
