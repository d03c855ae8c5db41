"""A first start on a machine where MNIST cannot be had."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from benchmarks.live_app import serve
from data_loader import Dataset


def test_the_app_says_what_is_missing_and_takes_a_folder(
    browser: Browser, mnist: Dataset, tmp_path: Path
) -> None:
    with serve(MNIST_DIR=str(tmp_path)) as address:
        page = browser.new_page()
        page.goto(f"{address}/draw")
        expect(page.get_by_role("heading", name="The digits are missing")).to_be_visible(
            timeout=30_000
        )
        expect(page.get_by_text("lacks train-images-idx3-ubyte")).to_be_visible()
        folder = page.get_by_role("textbox", name="Folder with the four files")

        folder.fill("/no/such/folder")
        page.get_by_role("button", name="Use this folder").click()
        expect(page.get_by_text("/no/such/folder cannot be opened")).to_be_visible()

        folder.fill(mnist.source)
        page.get_by_role("button", name="Use this folder").click()
        expect(page.get_by_role("heading", name="Draw")).to_be_visible()
        page.close()
