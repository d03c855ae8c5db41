"""The app as a person meets it: a server of its own, and Chromium before it."""

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
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome, or None if there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextmanager
def serve(entry: str = "app.py", **environment: str) -> Iterator[str]:
    """Start the app's server with these variables set, and give its address.

    Parameters
    ----------
    entry : str
        The file that `streamlit run` is given, from the project's folder.
    environment : str
        Variables, by their names. Runs are kept in a folder of this server's own, unless RUNS_DIR
        names another.
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
    """Start Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
