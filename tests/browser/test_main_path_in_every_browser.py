"""Train, draw, open a mistake: in Chromium, Firefox and WebKit."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest

from tests.browser.draw_driver import SEVEN
from tests.browser.driver import DONE, SHORT_RUN
from tests.browser.web_driver import (
    PATIENCE,
    WebPage,
    chromium_page,
    find_firefox,
    firefox_page,
    has_webkit,
    webkit_page,
)

# Elements by their selector and by what their text begins with, also inside components.
ELEMENTS = """((selector, text) => {
  const within = (root) => [
    ...root.querySelectorAll(selector),
    ...[...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? within(e.shadowRoot) : [])),
  ];
  return within(document).filter((e) => e.textContent.trim().startsWith(text));
})(%s, %s)"""
IDLE = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"


@pytest.fixture(params=["chromium", "firefox", "webkit"])
def page(request: pytest.FixtureRequest, missing: Callable[[str], NoReturn]) -> Iterator[WebPage]:
    """The page of each browser."""
    if request.param == "chromium":
        opened = chromium_page(request.getfixturevalue("browser"))
    elif request.param == "firefox":
        opened = firefox_page() if find_firefox() else missing("needs Firefox")
    else:
        opened = webkit_page() if has_webkit() else missing("needs webkit2gtk-driver and xvfb")
    with opened as page:
        yield page


def wait_for(page: WebPage, expression: str) -> Any:
    """Return the value of a JavaScript expression as soon as it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (value := page.evaluate(expression)):
        assert time.monotonic() < deadline, expression
        time.sleep(0.1)
    return value


def elements(selector: str, text: str = "") -> str:
    """Return JavaScript for the elements with a selector whose text begins with a text."""
    return ELEMENTS % (json.dumps(selector), json.dumps(text))


def place(page: WebPage, found: str) -> list[float]:
    """Scroll to the first of some elements; return its x, y, width, height once it stands still."""
    wait_for(page, f"{found}.length")
    box: list[float] = []
    last = None
    while box != last:
        last = box
        wait_for(page, IDLE)
        box = page.evaluate(
            f"""(([e]) => {{
              e.scrollIntoView({{ block: "center", behavior: "instant" }});
              const box = e.getBoundingClientRect();
              return [box.x, box.y, box.width, box.height];
            }})({found})"""
        )
    return box


def click(page: WebPage, found: str) -> None:
    """Click the middle of the first of some elements."""
    x, y, width, height = place(page, found)
    page.drag([(x + width / 2, y + height / 2)])


def test_train_draw_and_open_a_mistake(page: WebPage, address: str) -> None:
    page.open(f"{address}/train?{SHORT_RUN}")
    click(page, elements("button:enabled", "Start"))
    wait_for(page, f"{elements('p', DONE)}.length")

    page.open(f"{address}/draw")
    wait_for(page, f"{elements('[data-testid=stMetricValue]', '?')}.length")
    for stroke in SEVEN:
        x, y, *_ = place(page, elements("canvas") + ".slice(-1)")
        page.drag([(x + dx, y + dy) for dx, dy in stroke])
    wait_for(page, f"{elements('[data-testid=stMetricValue]', '7')}.length")

    page.open(f"{address}/mistakes")
    second = elements("[role=option]") + ".slice(1)"
    click(page, second)
    name = wait_for(
        page, f"{second}[0]?.getAttribute('aria-selected') === 'true' && {second}[0].dataset.index"
    )
    wait_for(page, f"{elements('p, h2, h3, h4', f'Test image {int(name):,}')}.length")
