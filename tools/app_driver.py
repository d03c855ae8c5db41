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
# Chromium heeds the last list alone: the first line is what Playwright's own asks for here.
_DISABLED_FEATURES = [
    *("AimEnabled", "HttpsUpgrades", "MediaRouter", "OptimizationHints", "PaintHolding"),
    *("NetworkTimeServiceQuerying", "PreconnectToSearch", "DestroyProfileOnBrowserClose"),
    # The address bar's suggestions are two web pages that each window loads: a third of the
    # processor's time of a visit.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
]
_CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(_DISABLED_FEATURES)}",
]


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome, or None if there is none."""
    return next((path for name in _CHROMIUM_NAMES if (path := shutil.which(name))), None)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", entry]
    options = [f"--server.port={port}", "--server.headless=true"]
    with tempfile.TemporaryDirectory() as runs:
        variables = os.environ | {"RUNS_DIR": runs} | environment
        with serving(command + options, port, ROOT, variables) as address:
            yield address


@contextmanager
def serving(
    command: list[str], port: int, folder: Path, environment: dict[str, str]
) -> Iterator[str]:
    """Run the command of a server; yield its address once it is healthy.

    Parameters
    ----------
    command : list of str
    port : int
        Where the server listens.
    folder : Path
        Where the command is run.
    environment : dict of str to str
        All of its environment variables.

    Raises
    ------
    RuntimeError
        If the server ends instead; with its output.
    """
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://localhost:{port}"
            if not _is_healthy(address, server):
                log.seek(0)
                raise RuntimeError(f"the app's server did not start:\n{log.read()}")
            yield address
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:  # Streamlit waits for a connection that was left
                server.kill()
                server.wait()


def _is_healthy(address: str, server: subprocess.Popen) -> bool:
    """Wait until a server is healthy, has ended, or half a minute is over."""
    for _ in range(3_000):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return True
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.01)
    return False


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
