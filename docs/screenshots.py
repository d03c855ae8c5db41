"""Take the README's screenshots of the running app: `make screenshots`.

Chromium opens each page at the widths of a laptop and of a phone, in light and dark, in the states
that a visitor sees. An animation shows a training and a drawing.
"""

import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tools.app_driver import chromium, serve

FOLDER = Path(__file__).parent / "screenshots"
FRAME_SIZE = (800, 480)  # pixels of the animation
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
        save_animation(open_page(browser, "light", 1280, 768), address)
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
    page.get_by_text("Confusion matrix").wait_for()
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
    moment = page.get_by_role("slider", name="Point in training")
    moment.wait_for()
    moment.press("Home")
    for _ in range(14):
        moment.press("ArrowRight")
        page.wait_for_timeout(300)
    page.get_by_text("Details").evaluate("line => line.scrollIntoView()")
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
    page.get_by_role("button", name="Run").click()
    page.get_by_text("What you predicted").wait_for()
    page.mouse.move(5, 400)
    page.wait_for_timeout(2_000)


def inside(page: Page, address: str) -> None:
    """Open the passes of a five through the latest network, at the deltas of its first layer."""
    page.goto(f"{address}/inside?split=test&index=15&step=delta-1")
    page.get_by_role("button", name="Next", exact=True).wait_for()
    page.mouse.move(5, 400)
    page.wait_for_timeout(2_500)


def learn(page: Page, address: str) -> None:
    """Run the chapter on 11.35%."""
    page.goto(f"{address}/learn?chapter=sixteen")
    page.get_by_text("A single digit, for every image").click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("cell", name="Test accuracy").wait_for()
    page.get_by_role("button", name="Compare").click()
    page.get_by_text("1,135 of 10,000 test images are ones").click()
    page.get_by_text("Correct.", exact=True).wait_for()
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
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


def save_animation(page: Page, address: str) -> None:
    """Save the animation of a training and a drawing; its last picture stands for two seconds."""
    frames = [*training_frames(page, address), *drawing_frames(page, address)]
    frames[0].save(
        FOLDER / "inkling.gif",
        save_all=True,
        append_images=frames[1:],
        duration=[250] * (len(frames) - 1) + [2_000],
        loop=0,
        optimize=True,
    )


def training_frames(page: Page, address: str) -> Iterator[Image.Image]:
    """Yield pictures of a run, from the random weights to the result."""
    page.goto(f"{address}/train?recipe=fast-98")
    start = page.get_by_role("button", name="Start")
    start.wait_for()
    page.wait_for_timeout(2_000)
    yield frame(page)
    start.click()
    page.mouse.move(5, 400)
    done = page.get_by_text("Done after")
    while not done.is_visible():
        yield frame(page)
        page.wait_for_timeout(250)
    page.wait_for_timeout(1_500)
    for _ in range(4):
        yield frame(page)


def drawing_frames(page: Page, address: str) -> Iterator[Image.Image]:
    """Yield pictures of a drawing, which the network trained last answers."""
    for _ in drawing_steps(page, address):
        yield frame(page)


def drawing_steps(page: Page, address: str) -> Iterator[None]:
    """Draw a seven for the network trained last, and yield after each step of the pen."""
    page.goto(f"{address}/draw")
    canvas = page.locator("canvas.upper-canvas")
    canvas.wait_for()
    page.wait_for_timeout(2_000)
    box = canvas.bounding_box()
    assert box is not None
    for (x0, y0), (x1, y1) in SEVEN:
        page.mouse.move(box["x"] + x0 * box["width"], box["y"] + y0 * box["height"])
        page.mouse.down()
        for k in range(1, 9):
            x, y = x0 + (x1 - x0) * k / 8, y0 + (y1 - y0) * k / 8
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
            page.wait_for_timeout(200)
            yield
        page.mouse.up()
    page.wait_for_timeout(1_000)
    yield


def frame(page: Page) -> Image.Image:
    """Return a picture of the page in 128 colours."""
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return picture.resize(FRAME_SIZE, Image.Resampling.LANCZOS).quantize(
        128, dither=Image.Dither.NONE
    )


def draw(page: Page, address: str) -> None:
    """Draw a seven for the network trained last."""
    for _ in drawing_steps(page, address):
        pass
    page.mouse.move(5, 5)
    page.wait_for_timeout(1_000)


if __name__ == "__main__":
    main()
