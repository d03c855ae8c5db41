"""Start the app's server, and Chromium to drive it, for browser tests, benchmarks, screenshots."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
_CHROMIUM_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
_CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome, or None if there is none."""
    return next((path for name in _CHROMIUM_NAMES if (path := shutil.which(name))), None)


@contextmanager
def serve(entry: str = "app.py", **environment: str) -> Iterator[str]:
    """Start the app's server; yield its address.

    Parameters
    ----------
    entry : str
        Script for `streamlit run`, relative to the project's folder.
    environment : str
        Environment variables. RUNS_DIR defaults to a temporary folder.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", entry]
    options = [f"--server.port={port}", "--server.headless=true"]
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory() as runs:
        server = subprocess.Popen(
            command + options,
            cwd=ROOT,
            env=os.environ | {"RUNS_DIR": runs} | environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://localhost:{port}"
            _wait_until_healthy(address, server)
            yield address
        finally:
            server.terminate()
            server.wait(30)


def _wait_until_healthy(address: str, server: subprocess.Popen) -> None:
    for _ in range(3_000):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.01)
    raise RuntimeError("the app's server did not start")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start headless Chromium; yield the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=_CHROMIUM_ARGUMENTS
        )
        try:
            yield browser
        finally:
            browser.close()
