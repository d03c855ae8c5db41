"""A first start on a machine where MNIST cannot be had."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from data_loader import Dataset
from tools.app_driver import serve

DRAWN = "these digits stand in for MNIST"


def test_the_app_runs_on_digits_it_draws_and_takes_a_folder(
    browser: Browser, mnist: Dataset, tmp_path: Path
) -> None:
    with serve(MNIST_DIR=str(tmp_path), INKLING_CACHE=str(tmp_path / "cache")) as address:
        page = browser.new_page()
        page.goto(f"{address}/explore")
        expect(page.get_by_text("Look through Built-in digits")).to_be_visible(timeout=120_000)
        expect(page.get_by_text(DRAWN)).to_be_visible()

        page.goto(f"{address}/train")
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_text("Done: it reads")).to_contain_text("10,000 test images right")

        page.goto(f"{address}/mistakes")
        expect(page.get_by_text("test images right")).to_be_visible()
        page.get_by_role("button", name="Try the download again").click()
        expect(page.get_by_test_id("stToast")).to_contain_text("lacks train-images-idx3-ubyte")
        page.get_by_role("button", name="Why?").click()
        expect(page.get_by_text("lacks train-images-idx3-ubyte").last).to_be_visible()
        folder = page.get_by_role("textbox", name="Or name a folder with the four files")

        folder.fill("/no/such/folder")
        page.get_by_role("button", name="Use this folder").click()
        expect(page.get_by_text("/no/such/folder cannot be opened").first).to_be_visible()
        expect(page.get_by_text(DRAWN)).to_be_visible()

        folder.fill(mnist.source)
        page.get_by_role("button", name="Use this folder").click()
        expect(page.get_by_text(DRAWN)).to_be_hidden()
        expect(page.get_by_role("radio", name="MNIST")).to_be_visible()
        page.close()
