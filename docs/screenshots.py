"""Take the README's screenshots of the running app: `make screenshots`.

Chromium opens each page at the widths of a laptop and of a phone, in light and dark, in the states
that a visitor sees.
"""

from pathlib import Path

from playwright.sync_api import Browser, Page

from tools.app_driver import chromium, serve

FOLDER = Path(__file__).parent / "screenshots"
SEVEN = (((0.32, 0.29), (0.68, 0.27)), ((0.68, 0.27), (0.47, 0.76)))  # shares of the canvas's side


def main() -> None:
    """Write all screenshots."""
    FOLDER.mkdir(exist_ok=True)
    with serve() as address, chromium() as browser:
        for theme in ("light", "dark"):
            desktop = open_page(browser, theme, 1280, 860)
            home(desktop, address)
            desktop.screenshot(path=FOLDER / f"home-{theme}.png")
            train(desktop, address)
            desktop.screenshot(path=FOLDER / f"train-{theme}.png")
            draw(desktop, address)
            desktop.screenshot(path=FOLDER / f"draw-{theme}.png")
            mistakes(desktop, address)
            desktop.screenshot(path=FOLDER / f"mistakes-{theme}.png")
            explore(desktop, address)
            desktop.screenshot(path=FOLDER / f"explore-{theme}.png")
        other = open_page(browser, "light", 1280, 860)
        builtin(other, address)
        other.screenshot(path=FOLDER / "builtin-light.png")
        machine(other, address)
        other.screenshot(path=FOLDER / "machine-light.png")
        sweep(other, address)
        other.screenshot(path=FOLDER / "sweep-light.png")
        failures(other, address)
        other.screenshot(path=FOLDER / "failures-light.png")
        inside(other, address)
        other.screenshot(path=FOLDER / "inside-light.png")
        learn(other, address)
        other.screenshot(path=FOLDER / "learn-light.png")
        phone = open_page(browser, "light", 375, 812)
        train(phone, address)
        draw(phone, address)
        phone.screenshot(path=FOLDER / "draw-phone.png")


def home(page: Page, address: str) -> None:
    """Wait until the pen has written the second digit in part."""
    page.goto(address)
    page.locator(".answer b").wait_for()
    page.wait_for_timeout(5_200)


def mistakes(page: Page, address: str) -> None:
    """Open the most confident mistake."""
    page.goto(f"{address}/mistakes")
    page.get_by_text("Which digits it mixes up").wait_for()
    page.wait_for_timeout(4_000)


def explore(page: Page, address: str) -> None:
    """Open the test image that both historical experiments got wrong."""
    page.goto(f"{address}/explore?split=test&index=8")
    page.get_by_role("listbox", name="Digits", exact=True).wait_for()
    page.wait_for_timeout(2_500)


def builtin(page: Page, address: str) -> None:
    """Open a built-in digit."""
    page.goto(f"{address}/explore?split=train&index=3&data=Built-in+digits")
    page.get_by_role("listbox", name="Digits", exact=True).wait_for()
    page.wait_for_timeout(2_500)


def machine(page: Page, address: str) -> None:
    """Open the time machine in the middle of a run."""
    train(page, address)
    page.get_by_text("Time machine", exact=True).click()
    moment = page.get_by_role("slider", name="Moment of the training")
    moment.wait_for()
    moment.press("Home")
    for _ in range(14):
        moment.press("ArrowRight")
        page.wait_for_timeout(300)
    page.get_by_text("Look closer").evaluate("line => line.scrollIntoView()")
    page.get_by_test_id("stMain").evaluate("main => main.scrollBy(0, -70)")
    page.wait_for_timeout(1_500)


def sweep(page: Page, address: str) -> None:
    """Run a sweep of hidden size and learning rate."""
    page.goto(f"{address}/train")
    page.get_by_text("Many runs", exact=True).click()
    page.get_by_role("button", name="Start all").click()
    page.get_by_text("Best of 16").wait_for()
    page.mouse.move(5, 400)
    page.wait_for_timeout(1_500)


def failures(page: Page, address: str) -> None:
    """Answer and run the experiment on six sigmoid layers."""
    page.goto(f"{address}/train")
    page.get_by_text("Failure lab", exact=True).click()
    page.get_by_text("Six sigmoid layers", exact=True).click()
    page.get_by_text("More than 95: depth helps").click()
    page.get_by_role("button", name="Run it").click()
    page.get_by_text("What you predicted").wait_for()
    page.mouse.move(5, 400)
    page.wait_for_timeout(2_000)


def inside(page: Page, address: str) -> None:
    """Open the forward pass of a five in the latest network, at the first weighted sum."""
    page.goto(f"{address}/inside?split=test&index=15")
    next_step = page.get_by_role("button", name="Next", exact=True)
    next_step.wait_for()
    next_step.click()
    page.mouse.move(5, 400)
    page.wait_for_timeout(2_500)


def learn(page: Page, address: str) -> None:
    """Run the chapter on 11.35%."""
    page.goto(f"{address}/learn?chapter=sixteen")
    page.get_by_role("button", name="Run it").click()
    page.get_by_role("cell", name="Right, of the test images").wait_for()
    page.get_by_text("1,135 are ones, and it says").click()
    page.get_by_text("Right.", exact=True).wait_for()
    page.get_by_role("button", name="Next").evaluate("button => button.scrollIntoView()")
    page.get_by_test_id("stMain").evaluate("main => main.scrollBy(0, -70)")
    page.wait_for_timeout(1_500)


def open_page(browser: Browser, theme: str, width: int, height: int) -> Page:
    """Return a page of a new browser context."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
    )
    context.set_default_timeout(60_000)
    return context.new_page()


def train(page: Page, address: str) -> None:
    """Train a network with the default settings."""
    page.goto(f"{address}/train")
    page.get_by_role("button", name="Start").click()
    page.get_by_text("Done after").wait_for()
    page.mouse.move(5, 400)
    page.wait_for_timeout(1_500)


def draw(page: Page, address: str) -> None:
    """Draw a seven for the network trained last."""
    page.goto(f"{address}/draw")
    canvas = page.locator("canvas.upper-canvas")
    canvas.wait_for()
    page.wait_for_timeout(2_000)
    box = canvas.bounding_box()
    assert box is not None
    for (x0, y0), (x1, y1) in SEVEN:
        page.mouse.move(box["x"] + x0 * box["width"], box["y"] + y0 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + x1 * box["width"], box["y"] + y1 * box["height"], steps=12)
        page.mouse.up()
        page.wait_for_timeout(1_000)
    page.mouse.move(5, 5)
    page.wait_for_timeout(1_000)


if __name__ == "__main__":
    main()
