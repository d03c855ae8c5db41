"""What browser tests of several pages do: choose, train, click a mark, download, fit a phone."""

from pathlib import Path

from playwright.sync_api import BrowserContext, FloatRect, Locator, Page, expect

LONG_RUNS: set[BrowserContext] = set()
"""Visitors with a run that lasts until it is stopped."""

DONE = "Done after"
STOPPED = "Stopped after"
SHORT_RUN = "recipe=fast-97&training_size=10000&epochs=1"  # query of a link


def choose(page: Page, name: str) -> None:
    """Choose a view, or another one of several."""
    page.get_by_role("radio", name=name, exact=True).click()


def set_slider(page: Page, label: str, key: str) -> None:
    """Move a slider by the keyboard: by a step, or to one of its ends."""
    page.get_by_role("slider", name=label).press(key)


def train(page: Page, address: str) -> None:
    """Train for less than a second, to the end."""
    page.goto(f"{address}/train?{SHORT_RUN}")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text(DONE)).to_be_visible()


def start_long_run(page: Page) -> None:
    """Start a run that lasts until the test stops it, on the Train page."""
    set_slider(page, "Hidden size", "End")
    set_slider(page, "Epochs", "End")
    page.get_by_role("button", name="Start", exact=True).click()
    LONG_RUNS.add(page.context)
    expect(page.get_by_text("images a second")).to_be_visible()


def stop(page: Page) -> None:
    """Stop the run that is going on, and wait for its result."""
    wait_until_idle(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text(STOPPED)).to_be_visible()
    LONG_RUNS.discard(page.context)


def wait_until_idle(page: Page) -> None:
    """Wait until no script runs, so that what the page holds has its final form."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def box_at_rest(mark: Locator) -> FloatRect:
    """Scroll to a mark, and return where it is once it stands still."""
    wait_until_idle(mark.page)
    mark.evaluate("mark => mark.scrollIntoViewIfNeeded()")  # at once: it may be replaced
    box = None
    while box is None or box != mark.bounding_box():
        box = mark.bounding_box()
        mark.page.wait_for_timeout(300)
    return box


def click_mark(mark: Locator) -> None:
    """Click a mark of a chart, which lies below the chart's own surface for clicks."""
    box = box_at_rest(mark)
    mark.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def swipe_down(page: Page, x: float, y: float) -> None:
    """Move a finger 120 pixels down from a point of the window."""
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for k in range(1, 13):
        touch("touchMove", {"x": x, "y": y + 10 * k})
        page.wait_for_timeout(30)
    touch("touchEnd")
    page.wait_for_timeout(500)


def open_network_choice(page: Page) -> None:
    """Open the choice of the network that answers."""
    wait_until_idle(page)
    page.get_by_test_id("stPopoverButton").filter(has_text="Network:").click()


def file_input(page: Page, label: str) -> Locator:
    """Return the input of a file uploader."""
    return page.get_by_test_id("stFileUploader").filter(has_text=label).locator("input[type=file]")


def download(page: Page, button: str, folder: Path) -> Path:
    """Press a download button; return the downloaded file."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def assert_fits(phone: Page, view: str = "") -> None:
    """Assert that nothing is wider than the phone, once the page has its final form."""
    wait_until_idle(phone)
    assert phone.viewport_size is not None
    width = phone.viewport_size["width"]
    assert phone.evaluate("document.documentElement.scrollWidth") <= width, view
    assert phone.get_by_test_id("stMain").evaluate("main => main.scrollWidth") <= width, view
