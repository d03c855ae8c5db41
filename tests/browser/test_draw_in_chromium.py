"""Drawing, as a visitor does it."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageColor, ImageDraw
from playwright.sync_api import Browser, Page, expect

import nn
from digits.idx import read_idx
from inkling.data.user_drawings import IMAGES_NAME, LABELS_NAME
from tests.browser.conftest import DESKTOP, visit
from tests.browser.draw_driver import (
    ONE,
    SEVEN,
    answer,
    draw,
    open_draw,
    spoken_answer,
    undo_button,
)
from tests.browser.driver import (
    assert_fits,
    box_at_rest,
    choose,
    download,
    file_input,
    open_network_choice,
    train,
    wait_until_idle,
)
from tools.app_driver import serve


def test_drawing_is_classified_with_ten_probabilities(page: Page, address: str) -> None:
    open_draw(page, address)
    expect(answer(page)).to_have_text("?")
    expect(page.get_by_text("Draw a digit from 0 to 9")).to_be_visible()
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    bars = page.locator(".st-key-draw_probabilities").get_by_role("listitem")
    expect(bars).to_have_count(10)
    expect(bars.nth(7)).to_contain_text("%")


def test_answer_follows_the_pen_before_it_is_lifted(page: Page, address: str) -> None:
    open_draw(page, address)
    canvas = page.locator("canvas").last
    box = box_at_rest(canvas)
    canvas.evaluate("canvas => { canvas.marked = true; }")

    def move_to(x: int, y: int) -> None:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=8)

    seen = page.get_by_alt_text("the digit as the network sees it")
    blank = seen.get_attribute("src")
    assert blank is not None
    move_to(165, 80)
    page.mouse.down()
    move_to(165, 255)
    expect(answer(page)).to_have_text("1")
    expect(seen).not_to_have_attribute("src", blank)
    expect(
        page.locator(".st-key-draw_probabilities").get_by_role("listitem").nth(1)
    ).to_contain_text("%")
    move_to(165, 85)
    move_to(70, 85)
    expect(answer(page)).to_have_text("7")
    assert page.locator(".st-key-answer").inner_text().startswith("7")
    move_to(165, 85)
    page.mouse.up()
    expect(answer(page)).to_have_text("7")
    expect(undo_button(page)).to_be_enabled()
    assert canvas.evaluate("canvas => canvas.marked")  # the same element, and one stroke
    undo_button(page).click()
    expect(answer(page)).to_have_text("?")


@pytest.mark.parametrize("width", [320, 360, 768, 1280, 1920])
def test_canvas_fills_its_column_up_to_440_pixels_and_is_never_cut(
    browser: Browser, address: str, width: int
) -> None:
    with visit(browser, address, viewport={"width": width, "height": 720}) as page:
        open_draw(page, address)
        canvas = box_at_rest(page.locator("canvas.upper-canvas"))
        assert canvas["width"] == pytest.approx(canvas["height"], abs=0.5)
        if width < 640:
            assert canvas["width"] == width - 32
        else:
            assert 390 <= canvas["width"] <= 440
        assert page.evaluate(VISIBLE_WIDTH) == pytest.approx(canvas["width"], abs=0.5)
        assert_fits(page)


def test_canvas_is_whole_in_the_low_window_of_a_projector(browser: Browser, address: str) -> None:
    size = {"width": 853, "height": 480}  # 1280 by 720 pixels at 150%
    with visit(browser, address, viewport=size) as page:
        open_draw(page, address)
        canvas = box_at_rest(page.locator("canvas.upper-canvas"))
        assert canvas["width"] == pytest.approx(canvas["height"], abs=0.5)
        assert canvas["y"] + canvas["height"] <= size["height"]


VISIBLE_WIDTH = """() => {
    let place = document.querySelector('[class*="st-key-canvas_"]');
    let [left, right] = [0, innerWidth];
    for (; place !== null; place = place.parentElement) {
        if (getComputedStyle(place).overflowX === "visible") continue;
        const box = place.getBoundingClientRect();
        [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
    }
    return right - left;
}"""


@pytest.mark.parametrize("ratio", [2, 3])
def test_canvas_has_pixels_for_fine_screens(browser: Browser, address: str, ratio: int) -> None:
    device = {"viewport": {"width": 375, "height": 812}, "device_scale_factor": ratio}
    with visit(browser, address, **device) as page:
        open_draw(page, address)
        canvas = page.locator("canvas.upper-canvas")
        assert canvas.evaluate("canvas => canvas.width / canvas.clientWidth") > min(ratio, 2.5)


def test_stage_is_in_view_and_at_most_560_pixels_high_on_a_laptop(
    browser: Browser, address: str
) -> None:
    with visit(browser, address, viewport={"width": 1280, "height": 720}) as page:
        open_draw(page, address)
        draw(page, SEVEN)
        expect(answer(page)).to_have_text("7")
        stage = box_at_rest(page.locator(".st-key-draw_stage"))
        assert stage["height"] <= 560
        assert stage["y"] + stage["height"] <= 720
        page.set_viewport_size({"width": 390, "height": 800})
        box_at_rest(page.locator("canvas.upper-canvas"))
        expect(answer(page)).to_have_text("7")  # a change of width keeps the strokes
        undo_button(page).click()
        expect(page.get_by_text("Probably not a digit").first).to_be_visible()
        undo_button(page).click()
        expect(answer(page)).to_have_text("?")
        draw(page, ONE)
        expect(answer(page)).to_have_text("1")


@pytest.mark.parametrize("width", [375, 1280])
def test_choice_of_the_source_stays_where_it_is(browser: Browser, address: str, width: int) -> None:
    with visit(browser, address, viewport={"width": width, "height": 720}) as page:
        open_draw(page, address)
        choice = page.locator(".st-key-draw_source_choice").get_by_role("radiogroup")
        box = box_at_rest(choice)
        choose(page, "A picture")
        expect(file_input(page, "A photo or picture")).to_be_attached()
        assert box_at_rest(choice) == box
        choose(page, "A test image")
        expect(page.get_by_role("button", name="Next image")).to_be_visible()
        assert box_at_rest(choice) == box


def test_panel_is_as_high_as_the_window_allows_and_each_view_begins_at_its_top(
    page: Page, address: str
) -> None:
    open_draw(page, address)
    draw(page, SEVEN)
    expect(page.get_by_text("these 8 are the nearest")).to_be_visible()
    panel = box_at_rest(page.locator(".st-key-draw_panel"))
    assert 900 - 100 <= panel["y"] + panel["height"] <= 900
    page.set_viewport_size({"width": 1280, "height": 720})
    view = page.locator(':has(> [class*="st-key-draw_panel_"])')
    assert view.evaluate("view => { view.scrollTop = 150; return view.scrollTop; }") == 150
    choose(page, "A second network")
    expect(page.get_by_text("Built-in dense network").first).to_be_visible()
    assert view.evaluate("view => view.scrollTop") == 0
    choose(page, "Why this answer?")
    expect(page.get_by_text("these 8 are the nearest")).to_be_visible()
    assert view.evaluate("view => view.scrollTop") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pens_are_ink_on_paper_in_both_themes(browser: Browser, address: str, scheme: str) -> None:
    with visit(browser, address, viewport=DESKTOP, color_scheme=scheme) as page:
        open_draw(page, address)
        pens = page.locator(".st-key-draw_pens").get_by_role("radio")
        expect(pens).to_have_count(3)
        for pen in pens.all():
            paper, ink = (
                ImageColor.getrgb(colour)
                for colour in pen.evaluate(
                    """pen => [
                        getComputedStyle(pen).backgroundColor,
                        getComputedStyle(pen, "::before").borderTopColor,
                    ]"""
                )
            )
            assert min(paper) > 200
            assert max(ink) < 60


def test_finished_answer_is_announced_in_one_live_region_that_stays(
    page: Page, address: str
) -> None:
    open_draw(page, address)
    region = spoken_answer(page)
    expect(region).to_have_count(1)
    region.evaluate("region => { region.marked = true; }")
    draw(page, SEVEN)
    expect(region).to_have_text(re.compile(r"^7\. "))
    undo_button(page).click()
    undo_button(page).click()
    expect(region).to_be_empty()
    assert region.evaluate("region => region.marked")
    expect(page.get_by_role("img", name="Canvas: draw a digit")).to_have_count(1)


def test_undo_removes_one_stroke_and_clear_all(page: Page, address: str) -> None:
    open_draw(page, address)
    controls = page.get_by_test_id("stMain")
    undo = undo_button(page)
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


def test_drawing_persists_while_another_page_is_open(page: Page, address: str) -> None:
    open_draw(page, address)
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    page.get_by_role("link", name="Train").first.click()
    expect(page.get_by_role("heading", name="Train")).to_be_visible()
    page.get_by_role("link", name="Draw").first.click()
    expect(answer(page)).to_have_text("7")
    undo_button(page).click()
    expect(answer(page)).not_to_have_text("?")


def test_touch_draws_on_a_phone_without_scrolling(phone: Page, address: str) -> None:
    open_draw(phone, address)
    box = box_at_rest(phone.locator("canvas").last)
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
    assert_fits(phone)


def test_uploaded_photo_is_classified_and_another_file_refused(page: Page, address: str) -> None:
    open_draw(page, address)
    picture = Image.new("RGB", (640, 480), (205, 200, 190))
    pen = ImageDraw.Draw(picture)
    pen.line([(230, 120), (400, 120), (300, 380)], fill=(40, 40, 70), width=26, joint="curve")
    file = io.BytesIO()
    picture.save(file, "JPEG")
    choose(page, "A picture")
    file_input(page, "A photo or picture").set_input_files(
        {"name": "seven.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    )
    expect(answer(page)).to_have_text("7")
    file_input(page, "A photo or picture").set_input_files(
        {"name": "seven.png", "mimeType": "image/png", "buffer": b"not a picture"}
    )
    expect(page.get_by_text("cannot be read as a picture")).to_be_visible()
    expect(answer(page)).to_have_text("?")
    file_input(page, "A photo or picture").set_input_files(
        {"name": "page.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    expect(page.get_by_text("Save the page as a picture")).to_be_visible()
    file_input(page, "A photo or picture").set_input_files(
        {"name": "large.png", "mimeType": "image/png", "buffer": bytes(13 * 10**6)}
    )
    assert box_at_rest(page.get_by_text("File must be 12.0MB or smaller"))["height"] > 10


def test_keyboard_opens_a_test_image_and_hears_its_answer(page: Page, address: str) -> None:
    open_draw(page, address)
    page.get_by_role("radio", name="A drawing", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    image = page.get_by_alt_text("test image 0, whose label is")
    expect(image).to_be_visible()
    label = (image.get_attribute("alt") or "")[-1]
    region = spoken_answer(page)
    expect(region).to_have_text(re.compile(rf"^{label}\. "))
    expect(page.locator(".st-key-draw_label")).to_have_count(0)  # nothing learns from test images
    page.get_by_role("button", name="Next image").press("Enter")
    expect(page.get_by_text("Test image 1, label")).to_be_visible()
    assert page.locator(".st-key-draw_source img").evaluate(
        "image => getComputedStyle(image).imageRendering === 'pixelated'"
    )


def test_bars_are_seen_in_forced_colours(browser: Browser, address: str) -> None:
    with visit(browser, address, viewport=DESKTOP, forced_colors="active") as page:
        open_draw(page, address)
        draw(page, SEVEN)
        expect(answer(page)).to_have_text("7")
        bar = page.locator(".st-key-draw_probabilities .bar").nth(7)
        colours = bar.evaluate("bar => getComputedStyle(bar).backgroundColor")
        assert colours != page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_downloaded_model_can_be_loaded_by_another_visitor(
    page: Page, browser: Browser, address: str, tmp_path: Path
) -> None:
    train(page, address)
    choose(page, "Export")
    file = download(page, "Download network", tmp_path)
    assert file.name == "inkling-784-128-10.safetensors"

    with visit(browser, address, viewport=DESKTOP) as other:
        other.goto(f"{address}/draw")
        open_network_choice(other)
        file_input(other, "Load a network").set_input_files(file)
        expect(answer(other)).to_have_text("?")
        draw(other, SEVEN)
        expect(answer(other)).to_have_text("7")


def test_loaded_model_predicts_until_another_is_chosen_and_another_file_is_refused(
    page: Page, address: str, tmp_path: Path
) -> None:
    page.goto(f"{address}/draw")
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    stubborn = nn.mlp((784, 16, 10))
    stubborn.dense_layers[-1].b[3] = 1_000  # it takes everything for a 3
    nn.save_model(stubborn, tmp_path / "stubborn.safetensors")
    open_network_choice(page)
    file_input(page, "Load a network").set_input_files(tmp_path / "stubborn.safetensors")
    expect(answer(page)).to_have_text("3")
    chosen = page.get_by_role("combobox", name="Network")
    expect(chosen).to_have_value(re.compile("stubborn"))
    chosen.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # scrolling closes an open list
    chosen.click()
    page.get_by_role("option", name="Built-in network").click()
    expect(answer(page)).to_have_text("7")
    file_input(page, "Load a network").set_input_files(
        {"name": "m.safetensors", "mimeType": "application/octet-stream", "buffer": b"nonsense"}
    )
    expect(page.get_by_text("This is not a safetensors file")).to_be_visible()


def test_skipped_step_changes_the_picture_and_the_next_stroke_is_classified(
    page: Page, address: str
) -> None:
    open_draw(page, address)
    draw(page, SEVEN[:1])
    expect(
        page.get_by_text(re.compile("training images of (MNIST|Built-in digits)"))
    ).to_be_visible()
    page.get_by_test_id("stCheckbox").filter(has_text="Crop").locator("label").first.click()
    expect(page.get_by_text("Without crop:")).to_be_visible()
    details = page.get_by_test_id("stCheckbox").filter(has_text="Show what each step does")
    details.locator("label").first.click()
    expect(page.get_by_text("Left out: all 294 \u00d7 294 pixels")).to_be_visible()
    page.locator("canvas").last.scroll_into_view_if_needed()
    draw(page, SEVEN[1:])
    expect(answer(page)).to_have_text("7")
    expect(page.get_by_text("With all five steps: 7")).to_be_visible()
    expect(page.get_by_text("these 8 are the nearest")).to_be_visible()


def test_fine_tuned_copy_predicts_the_taught_label(
    page: Page, address: str, tmp_path: Path
) -> None:
    open_draw(page, address)
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    page.locator(".st-key-draw_label").get_by_role("button", name="4", exact=True).click()
    expect(page).to_have_url(re.compile("view=teach"))
    expect(page.get_by_text("among your examples, as a 4")).to_be_visible()
    with zipfile.ZipFile(download(page, "Download as IDX", tmp_path)) as pair:
        pair.extractall(tmp_path)
    assert read_idx(tmp_path / LABELS_NAME).tolist() == [4]
    assert read_idx(tmp_path / IMAGES_NAME).shape == (1, 28, 28)

    page.get_by_role("button", name="Fine-tune a copy").click()
    expect(page.get_by_text("The copy learned for")).to_be_visible()
    expect(page.get_by_text("After: 4")).to_be_visible()
    expect(answer(page)).to_have_text("7")
    page.get_by_role("button", name="Use this copy").click()
    expect(answer(page)).to_have_text("4")
    expect(page).to_have_url(re.compile("network="))

    page.reload()
    expect(page.get_by_text("1 drawing.")).to_be_visible()
    expect(answer(page)).to_have_text("4")  # the copy, which the address names
    page.get_by_role("option", name="Example 1").click()
    page.get_by_role("button", name="Delete this one").click()
    expect(page.get_by_text("All deleted.")).to_be_visible()


@pytest.mark.parametrize("name", ["draw", "mistakes"])  # without and with a data set
def test_page_opens_as_the_first_request_of_a_server(
    browser: Browser, data_environment: dict[str, str], name: str
) -> None:
    with serve(**data_environment) as fresh, visit(browser, fresh) as page:
        page.goto(f"{fresh}/{name}")
        expect(page.get_by_role("heading", name=name.title(), exact=True)).to_be_visible()
        expect(page.get_by_role("link", name="Draw")).to_have_count(1)
        assert page.url == f"{fresh}/{name}"


def test_title_that_nobody_sees_loads_no_font(page: Page, address: str) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    open_draw(page, address)
    wait_until_idle(page)
    assert [url for url in loaded if "SourceSans" in url]
    assert not [url for url in loaded if "SourceSerif" in url]


def test_digits_below_the_canvas_are_a_group_that_says_what_they_do(
    page: Page, address: str
) -> None:
    open_draw(page, address)
    group = page.get_by_role("group", name="It is a: saves the drawing as your example")
    expect(group.get_by_role("button")).to_have_count(10)
    draw(page, SEVEN)
    expect(group.get_by_role("button", name="7", exact=True)).to_be_enabled()
