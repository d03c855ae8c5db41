"""Drawing, as a visitor does it."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Locator, Page, expect

import nn
from digits.idx import read_idx
from inkling.data.user_drawings import IMAGES_NAME, LABELS_NAME
from tools.app_driver import serve

SEVEN = [[(105, 90), (225, 90)], [(225, 90), (150, 250)]]
ONE = [[(165, 80), (165, 255)]]


def open_draw(page: Page, address: str) -> None:
    """Open the Draw page."""
    page.goto(f"{address}/draw")
    expect(page.get_by_test_id("stMetricValue")).to_be_visible()


def answer(page: Page) -> Locator:
    return page.get_by_test_id("stMetricValue")


def upload(page: Page, label: str) -> Locator:
    """Return the input of a file uploader."""
    return page.get_by_test_id("stFileUploader").filter(has_text=label).locator("input[type=file]")


def draw(page: Page, strokes: list[list[tuple[int, int]]]) -> None:
    """Draw with the mouse on the canvas, once it stands still."""
    box = None
    while box is None or box != page.locator("canvas").last.bounding_box():
        box = page.locator("canvas").last.bounding_box()
        page.wait_for_timeout(500)
    for stroke in strokes:
        page.mouse.move(box["x"] + stroke[0][0], box["y"] + stroke[0][1])
        page.mouse.down()
        for x, y in stroke[1:]:
            page.mouse.move(box["x"] + x, box["y"] + y, steps=8)
        page.mouse.up()
        page.wait_for_timeout(800)  # the canvas waits before it sends, so as not to send in vain


def test_a_visitor_draws_a_digit_and_reads_the_answer(page: Page, address: str) -> None:
    open_draw(page, address)
    expect(answer(page)).to_have_text("?")
    expect(page.get_by_text("Draw a digit from 0 to 9")).to_be_visible()
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    bars = page.get_by_role("listitem")
    expect(bars).to_have_count(10)
    expect(bars.nth(7)).to_contain_text("%")


def test_undo_takes_one_stroke_back_and_clear_all(page: Page, address: str) -> None:
    open_draw(page, address)
    controls = page.get_by_test_id("stMain")
    undo = controls.get_by_test_id("stButton").get_by_role("button", name="Undo")
    clear = controls.get_by_test_id("stButton").get_by_role("button", name="Clear")
    expect(undo).to_be_disabled()
    draw(page, ONE)
    expect(answer(page)).to_have_text("1")
    draw(page, [[(120, 80), (230, 80)]])
    undo.click()
    expect(answer(page)).to_have_text("1")
    draw(page, [[(80, 170), (250, 170)]])
    clear.click()
    expect(answer(page)).to_have_text("?")
    expect(undo).to_be_disabled()
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")


def test_the_drawing_is_there_after_a_visit_to_another_page(page: Page, address: str) -> None:
    open_draw(page, address)
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    page.get_by_role("link", name="Train").first.click()
    expect(page.get_by_role("heading", name="Train")).to_be_visible()
    page.get_by_role("link", name="Draw").first.click()
    expect(answer(page)).to_have_text("7")
    page.get_by_test_id("stButton").get_by_role("button", name="Undo").click()
    expect(answer(page)).not_to_have_text("?")


def test_a_finger_draws_on_a_phone(phone: Page, address: str) -> None:
    open_draw(phone, address)
    canvas = phone.locator("canvas").last
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    before = phone.get_by_test_id("stMain").evaluate("main => main.scrollTop")
    touch = phone.context.new_cdp_session(phone)
    for stroke in SEVEN:
        (x0, y0), (x1, y1) = stroke
        steps = [(x0 + (x1 - x0) * k / 8, y0 + (y1 - y0) * k / 8) for k in range(9)]
        for kind, points in (
            ("touchStart", steps[:1]),
            *(("touchMove", [point]) for point in steps[1:]),
            ("touchEnd", []),
        ):
            at = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in points]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
        phone.wait_for_timeout(800)
    expect(answer(phone)).to_have_text("7")
    assert phone.get_by_test_id("stMain").evaluate("main => main.scrollTop") == before
    assert phone.evaluate("document.documentElement.scrollWidth") <= 375
    assert phone.get_by_test_id("stMain").evaluate("main => main.scrollWidth") <= 375


def test_a_picture_is_read_instead(page: Page, address: str) -> None:
    open_draw(page, address)
    picture = Image.new("RGB", (640, 480), (205, 200, 190))
    pen = ImageDraw.Draw(picture)
    pen.line([(230, 120), (400, 120), (300, 380)], fill=(40, 40, 70), width=26, joint="curve")
    file = io.BytesIO()
    picture.save(file, "JPEG")
    page.get_by_text("A picture", exact=True).click()
    upload(page, "A photo or picture").set_input_files(
        {"name": "seven.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    )
    expect(answer(page)).to_have_text("7")


def test_a_file_that_is_no_picture_is_refused_in_words(page: Page, address: str) -> None:
    open_draw(page, address)
    page.get_by_text("A picture", exact=True).click()
    upload(page, "A photo or picture").set_input_files(
        {"name": "seven.png", "mimeType": "image/png", "buffer": b"not a picture"}
    )
    expect(page.get_by_text("cannot be read as a picture")).to_be_visible()


def test_a_model_is_downloaded_and_loaded_by_somebody_else(
    page: Page, browser: Browser, address: str, tmp_path: Path
) -> None:
    page.goto(address)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Done: it reads")).to_be_visible(timeout=30_000)
    page.get_by_text("Take it away").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="The model", exact=True).click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "inkling-784-128-10.safetensors"

    other = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    other.goto(f"{address}/draw")
    other.get_by_text("Another model").click()
    upload(other, "Load a model").set_input_files(file)
    expect(answer(other)).to_have_text("?")
    draw(other, SEVEN)
    expect(answer(other)).to_have_text("7")
    other.context.close()


def test_another_model_is_loaded_and_answers_from_then_on(
    page: Page, address: str, tmp_path: Path
) -> None:
    page.goto(f"{address}/draw")
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    stubborn = nn.mlp((784, 16, 10))
    stubborn.dense_layers[-1].b[3] = 1_000  # it takes everything for a 3
    nn.save_model(stubborn, tmp_path / "stubborn.safetensors")
    page.get_by_text("Another model").click()
    upload(page, "Load a model").set_input_files(tmp_path / "stubborn.safetensors")
    expect(answer(page)).to_have_text("3")
    chosen = page.get_by_role("combobox", name="Model that answers")
    expect(chosen).to_have_value(re.compile("stubborn"))
    chosen.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # scrolling closes an open list
    chosen.click()
    page.get_by_role("option", name="Ready-made").click()
    expect(answer(page)).to_have_text("7")


def test_a_file_that_is_no_model_is_refused_in_words(page: Page, address: str) -> None:
    page.goto(f"{address}/draw")
    page.get_by_text("Another model").click()
    upload(page, "Load a model").set_input_files(
        {"name": "m.safetensors", "mimeType": "application/octet-stream", "buffer": b"nonsense"}
    )
    expect(page.get_by_text("This is not a safetensors file")).to_be_visible()


def look_closer(page: Page, view: str) -> None:
    """Choose what stands below the answer."""
    page.get_by_test_id("stButtonGroup").filter(has_text="Look closer").get_by_text(view).click()


@pytest.mark.usefixtures("mnist")
def test_a_step_left_out_changes_the_picture_and_the_next_stroke_counts(
    page: Page, address: str
) -> None:
    open_draw(page, address)
    look_closer(page, "Why this answer?")
    expect(page.get_by_text("Draw a digit above")).to_be_visible()
    draw(page, SEVEN[:1])
    expect(page.get_by_text("of 330 x 330 pixels").first).to_be_visible()
    expect(page.get_by_text("training images of MNIST")).to_be_visible()
    page.get_by_test_id("stCheckbox").filter(has_text="Crop").locator("label").first.click()
    expect(page.get_by_text("Without crop:")).to_be_visible()
    page.locator("canvas").last.scroll_into_view_if_needed()
    draw(page, SEVEN[1:])
    expect(answer(page)).to_have_text("7")
    expect(page.get_by_text("With all five steps: 7")).to_be_visible()
    expect(page.get_by_text("these 8 are the nearest: all of them are 7s")).to_be_visible()


def test_a_drawing_is_taught_and_the_copy_answers_from_then_on(
    page: Page, address: str, tmp_path: Path
) -> None:
    open_draw(page, address)
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    look_closer(page, "Teach it")
    page.get_by_test_id("stButtonGroup").filter(has_text="It was a").get_by_text("4").click()
    page.get_by_role("button", name="Teach it this", exact=True).click()
    expect(page.get_by_text("among your examples, as a 4")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as IDX").click()
    with zipfile.ZipFile(download.value.path()) as pair:
        pair.extractall(tmp_path)
    assert read_idx(tmp_path / LABELS_NAME).tolist() == [4]
    assert read_idx(tmp_path / IMAGES_NAME).shape == (1, 28, 28)

    page.get_by_role("button", name="Fine-tune a copy").click()
    expect(page.get_by_text("The copy learned for")).to_be_visible()
    expect(page.get_by_text("After: 4")).to_be_visible()
    expect(answer(page)).to_have_text("7")
    page.get_by_role("button", name="Let the copy answer").click()
    expect(answer(page)).to_have_text("4")

    page.reload()
    expect(answer(page)).to_have_text("?")
    look_closer(page, "Teach it")
    expect(page.get_by_text("1 drawing.")).to_be_visible()
    page.get_by_role("option", name="Example 1").click()
    page.get_by_role("button", name="Drop this one").click()
    expect(page.get_by_text("All dropped.")).to_be_visible()


@pytest.mark.parametrize("name", ["explore", "train", "draw", "mistakes"])
def test_a_page_can_be_the_first_thing_that_a_fresh_server_is_asked_for(
    browser: Browser, data_environment: dict[str, str], name: str
) -> None:
    with serve(**data_environment) as fresh:
        page = browser.new_page()
        page.goto(f"{fresh}/{name}")
        expect(page.get_by_role("heading", name=name.title(), exact=True)).to_be_visible()
        expect(page.get_by_role("link", name="Draw")).to_have_count(1)
        assert page.url == f"{fresh}/{name}"
        page.close()
