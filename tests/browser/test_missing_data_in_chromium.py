"""A first start on a machine where MNIST cannot be had."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.conftest import visit
from tests.browser.driver import DONE
from tools.app_driver import serve

DRAWN = "because MNIST could not be loaded"


def test_without_mnist_the_app_draws_digits_and_accepts_a_folder(
    browser: Browser, small_folder: Path, tmp_path: Path
) -> None:
    with (
        serve(MNIST_DIR=str(tmp_path), INKLING_CACHE=str(tmp_path / "cache")) as address,
        visit(browser, address) as page,
    ):
        page.goto(f"{address}/explore")
        expect(page.get_by_text("training images of Built-in digits")).to_be_visible(
            timeout=120_000
        )
        expect(page.get_by_text(DRAWN)).to_be_visible()

        page.goto(f"{address}/train")
        page.get_by_role("button", name="Start", exact=True).click()
        expect(page.get_by_text(DONE)).to_be_visible()
        expect(page.locator("p", has_text="on 10,000 test images")).to_be_visible()

        page.goto(f"{address}/mistakes")
        expect(page.get_by_text("test images wrong")).to_be_visible()
        page.get_by_role("button", name="Try the download again").click()
        expect(page.get_by_test_id("stToast")).to_contain_text(
            "lacks these files: train-images-idx3-ubyte"
        )
        page.get_by_role("button", name="Why?").click()
        expect(page.get_by_text("lacks these files: train-images-idx3-ubyte").last).to_be_visible()
        folder = page.get_by_role("textbox", name="Or choose a folder with the four files")

        folder.fill("/no/such/folder")
        page.get_by_role("button", name="Use this folder").click()
        expect(page.get_by_text("/no/such/folder cannot be opened").first).to_be_visible()
        expect(page.get_by_text(DRAWN)).to_be_visible()

        folder.fill(str(small_folder))
        page.get_by_role("button", name="Use this folder").click()
        expect(page.get_by_text(DRAWN)).to_be_hidden()
        expect(page.get_by_role("radio", name=small_folder.name)).to_be_visible()
