"""A server that ends while a page is open, and starts again."""

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.driver import wait_until_idle
from tools.app_driver import ROOT, free_port, serving


def test_lost_connection_is_explained_and_the_page_reconnects(
    browser: Browser, data_environment: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    server = ([*command, "--server.headless=true"], port, ROOT)
    environment = os.environ | {"RUNS_DIR": str(tmp_path)} | data_environment
    page = browser.new_page(reduced_motion="reduce")
    with serving(*server, environment) as address:
        page.goto(f"{address}/explore?digits=8&order=odd")
        opened = page.get_by_text("An 8 · training image")
        expect(opened).to_be_visible()
        text = opened.inner_text()
    lost = page.get_by_role("heading", name="The connection is lost")
    expect(lost).to_be_visible()
    expect(page.get_by_text("Is Streamlit still running?")).to_be_hidden()
    with serving(*server, environment):
        expect(lost).to_be_hidden()
        wait_until_idle(page)
        page.get_by_role("listbox", name="Digits", exact=True).get_by_role("option").nth(3).click()
        expect(page.get_by_text(text, exact=True)).to_be_hidden()
        expect(opened).to_be_visible()
    page.context.close()
