"""The app by way of `deploy/asgi.py`: the same app, in fewer bytes."""

import http.client
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.driver import DONE, choose, download, file_input, open_network_choice, train
from tools.app_driver import serve


@pytest.fixture(scope="module")
def address(data_environment: dict[str, str]) -> Iterator[str]:
    """Address of an ASGI server, in place of the shared Streamlit server."""
    with serve("deploy/asgi.py", INKLING_MAX_UPLOAD_MIB="2", **data_environment) as url:
        yield url


def test_pages_runs_downloads_and_uploads_work(page: Page, address: str, tmp_path: Path) -> None:
    page.goto(f"{address}/draw")
    expect(page.get_by_role("heading", name="Draw", exact=True)).to_be_visible()
    assert page.url == f"{address}/draw"

    train(page, address)
    page.reload()
    expect(page.get_by_text(DONE)).to_be_visible()
    choose(page, "Export")
    model = download(page, "Download network", tmp_path)

    page.get_by_role("link", name="Draw").first.click()
    open_network_choice(page)
    with page.expect_request(re.compile("/_stcore/upload_file/")) as upload:
        file_input(page, "Load a network").set_input_files(model)
    chosen = page.get_by_role("combobox", name="Network")
    expect(chosen).to_have_value(re.compile(f"{model.stem}.*% · 128 hidden units"))

    # The same upload by hand, so that its length is not announced.
    url, headers = upload.value.url, upload.value.all_headers()
    stranger = {name: value for name, value in headers.items() if name != "x-xsrftoken"}
    assert put(url, headers, 2**16) == 204
    assert put(url, headers, 2 * 2**20 + 2**16) == 413
    assert put(url, stranger, 2**16) == 403


def test_draw_loads_the_canvas_beside_the_page_and_all_icons_are_pictures(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/draw")
    expect(page.locator("canvas").last).to_be_visible()
    page.wait_for_function("document.fonts.status === 'loaded'")
    canvas, health = (
        page.evaluate(
            """(part) => performance.getEntriesByType("resource")
                .find((entry) => entry.name.includes(part)).startTime""",
            part,
        )
        for part in ("drawable_canvas/index-", "_stcore/health")
    )
    assert canvas < health  # the first that Streamlit's scripts ask for
    wide = page.locator('[data-testid="stIconMaterial"]').evaluate_all(
        "icons => icons.filter((icon) => icon.scrollWidth > 40).map((icon) => icon.textContent)"
    )
    assert wide == []


def put(url: str, headers: dict[str, str], size: int) -> int:
    """Upload a file of this many bytes part by part, and return the answer's status."""
    boundary = headers["content-type"].partition("boundary=")[2]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n'
    parts = [head.encode(), *[b"x" * 2**16] * (size // 2**16), f"\r\n--{boundary}--\r\n".encode()]
    sent = {k: v for k, v in headers.items() if k not in ("content-length", "host")}
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    try:
        connection.request("PUT", address.path, iter(parts), sent, encode_chunked=True)
        return connection.getresponse().status
    finally:
        connection.close()


def test_every_page_obeys_its_content_security_policy(page: Page, address: str) -> None:
    """What does not would be in the console, where nothing may be."""
    shown = {
        "train": page.get_by_role("button", name="Start", exact=True),
        "draw": page.locator("canvas").last,
        "explore": page.get_by_role("listbox", name="Digits", exact=True),
        "explore?view=map": page.locator(".map canvas"),
        "mistakes": page.get_by_role("table", name="Test images by label"),
        "inside": page.get_by_role("button", name="Next", exact=True),
        "learn": page.get_by_role("button", name="Next"),
    }
    for path, sign in shown.items():
        answer = page.goto(f"{address}/{path}")
        assert answer is not None
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        expect(sign).to_be_visible()


def test_scripts_are_compressed_and_cacheable(page: Page, address: str) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{address}/train")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    files = [answer for answer in answers if "/static/" in answer.url]
    scripts = [answer for answer in files if answer.url.endswith((".js", ".css"))]
    plain = [answer for answer in scripts if answer.headers.get("content-encoding") != "br"]
    assert len(scripts) > 50
    assert all(len(answer.body()) < 500 for answer in plain)
    assert all("immutable" in answer.headers["cache-control"] for answer in files)
