"""The real app in a real browser."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from data_loader import Dataset
from tests.browser.driver import LONG_RUNS, stop, wait_until_idle
from tools.app_driver import chromium, find_chromium, serve

expect.set_options(timeout=60_000)  # two workers may share one busy core

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 375, "height": 812}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a browser test that failed up to twice more; the report names it among the reruns.

    A click may reach a page in the moment in which a busy machine draws it anew.
    """
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def browser(missing: Callable[[str], NoReturn]) -> Iterator[Browser]:
    if find_chromium() is None:
        missing("needs Chromium or Chrome")
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def data_environment(
    found_mnist: Dataset | None, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Environment of a server on MNIST, or on the built-in digits where MNIST is missing."""
    if found_mnist:
        return {"MNIST_DIR": found_mnist.source}
    empty = tmp_path_factory.mktemp("empty")
    return {"MNIST_DIR": str(empty), "INKLING_CACHE": str(tmp_path_factory.mktemp("cache"))}


@pytest.fixture(scope="session")
def address(data_environment: dict[str, str]) -> Iterator[str]:
    """Address of a server that all tests share; each test is a visitor of its own."""
    with serve(**data_environment) as url:
        yield url


def watched(page: Page, address: str) -> list[str]:
    """Return a list that fills with what a page must not do: complain, or call other hosts."""
    faults: list[str] = []

    def on_console(message) -> None:  # type: ignore[no-untyped-def]
        # Streamlit's own: on a page's address it looks for its server below that address first.
        # And it warns where the canvas and a live picture are sent in the same moment, of which
        # the page takes both.
        streamlits_own = "/_stcore/" in message.location.get("url", "") or (
            "Multiple different fragmentIds" in message.text
        )
        if message.type in ("error", "warning") and not streamlits_own:
            faults.append(f"console: {message.text} ({message.location})")

    def on_request(request) -> None:  # type: ignore[no-untyped-def]
        if not request.url.startswith((address, "data:", "blob:")):
            faults.append(f"request: {request.url}")

    page.on("console", on_console)
    page.on("request", on_request)
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    return faults


@contextmanager
def visit(browser: Browser, address: str, **device: Any) -> Iterator[Page]:
    """Give a fresh visitor's page; fail the test if it complains or calls other hosts.

    Visitors with the same device follow each other in one window, which keeps the app's files and
    nothing else: no cookie, and nothing that a page has stored.
    """
    # Without the animations that Streamlit draws while a script runs, a page costs half the time.
    options = {"reduced_motion": "reduce", **device}
    left = _left_windows.setdefault((browser, repr(options)), [])
    context = left.pop() if left else browser.new_context(**options)
    context.set_default_timeout(60_000)
    page = context.new_page()
    faults = watched(page, address)
    try:
        yield page
    finally:
        if context in LONG_RUNS:  # of a test that failed: it would keep a core from the others
            page.goto(f"{address}/train")
            wait_until_idle(page)
            if page.get_by_role("button", name="Stop").is_enabled():
                stop(page)
        empty(page, address)
        left.append(context)
    assert faults == []


_left_windows: dict[tuple[Browser, str], list[BrowserContext]] = {}
"""Windows that a visitor has left, by the browser and the device."""


def empty(page: Page, address: str) -> None:
    """Remove what a visitor leaves in a window."""
    page.goto("about:blank")  # a page that is open could store more
    everything = {"origin": address, "storageTypes": "all"}
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", everything)
    page.context.clear_cookies()
    for each in page.context.pages:
        each.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A visitor at a desk."""
    with visit(browser, address, viewport=DESKTOP, accept_downloads=True) as page:
        yield page


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    """A visitor with a phone."""
    with visit(browser, address, viewport=PHONE, has_touch=True, is_mobile=True) as page:
        yield page
