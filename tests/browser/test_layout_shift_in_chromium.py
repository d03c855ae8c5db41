"""While a page is loaded, nothing that is visible moves."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, visit
from tests.browser.driver import wait_until_idle

GOOD = 0.1
"""Layout shift of a page that is called good: https://web.dev/articles/cls."""

_ADD_UP = """
window.layoutShift = 0;
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) window.layoutShift += shift.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def load(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    wait_until_idle(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_function(  # the page is shown
        "getComputedStyle(document.querySelector('.stMainBlockContainer > *')).opacity === '1'"
    )


@pytest.mark.parametrize(
    ("device", "names"),
    [(DESKTOP, ["", "train", "draw", "learn"]), (PHONE, ["explore", "mistakes", "inside"])],
    ids=["desktop", "phone"],
)
def test_nothing_visible_moves_while_a_page_is_loaded(
    browser: Browser, address: str, device: dict[str, int], names: list[str]
) -> None:
    with visit(browser, address, viewport=device) as page:
        page.add_init_script(_ADD_UP)
        for name in names:
            load(page, f"{address}/{name}")
            assert page.evaluate("window.layoutShift") < GOOD, name or "first page"
