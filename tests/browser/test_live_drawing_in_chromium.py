"""Strokes are answered while they are drawn, and none is lost, doubled or interrupted."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, WebSocketRoute, expect

from digits.drawing import drawing_to_image
from tests.browser.conftest import DESKTOP, visit
from tests.browser.draw_driver import ONE, SEVEN, answer, draw, open_draw, undo_button
from tests.browser.driver import box_at_rest, wait_until_idle

FALSIFY_PIXELS = """
const noise = pixels => {
    for (let k = 0; k < pixels.data.length; k++) pixels.data[k] = 256 * Math.random();
    return pixels;
};
const { getImageData } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.getImageData = function (...where) {
    return noise(getImageData.apply(this, where));
};
const { toDataURL, toBlob } = HTMLCanvasElement.prototype;
const noisy = canvas => {
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const pen = copy.getContext("2d");
    pen.putImageData(pen.getImageData(0, 0, copy.width, copy.height), 0, 0);
    return copy;
};
HTMLCanvasElement.prototype.toDataURL = function (...how) {
    return toDataURL.apply(noisy(this), how);
};
HTMLCanvasElement.prototype.toBlob = function (...how) { toBlob.apply(noisy(this), how); };
"""
SEEN = "the digit as the network sees it"
CANVAS = "canvas.upper-canvas"


def canvas_box(page: Page) -> FloatRect:
    """Return where the canvas is, at rest."""
    return box_at_rest(page.locator(CANVAS))


def move(page: Page, box: FloatRect, x: float, y: float, steps: int = 8) -> None:
    """Move the mouse to a point of the canvas, in steps."""
    page.mouse.move(box["x"] + x, box["y"] + y, steps=steps)


def undo_all(page: Page, strokes: int) -> None:
    """Undo as many strokes as there should be, and expect an empty canvas."""
    for left in reversed(range(strokes)):
        expect(undo_button(page)).to_be_enabled()
        expect(answer(page)).not_to_have_text("?")
        undo_button(page).click()
        wait_until_idle(page)
        if left:
            expect(undo_button(page)).to_be_enabled()
    expect(answer(page)).to_have_text("?")
    expect(undo_button(page)).to_be_disabled()


def test_browser_that_falsifies_pixels_gets_live_and_final_answers(
    browser: Browser, address: str
) -> None:
    with visit(browser, address, viewport=DESKTOP) as page:
        page.add_init_script(FALSIFY_PIXELS)
        open_draw(page, address)
        box = canvas_box(page)
        move(page, box, 165, 80)
        page.mouse.down()
        move(page, box, 165, 255)
        expect(answer(page)).to_have_text("1")
        page.mouse.up()
        expect(undo_button(page)).to_be_enabled()
        expect(answer(page)).to_have_text("1")
        undo_button(page).click()
        expect(answer(page)).to_have_text("?")
        draw(page, SEVEN)
        expect(answer(page)).to_have_text("7")


def test_network_sees_what_is_on_the_canvas(page: Page, address: str) -> None:
    open_draw(page, address)
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    url = page.locator("canvas.dc-canvas.lower-canvas").evaluate("canvas => canvas.toDataURL()")
    with Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))) as picture:
        expected = drawing_to_image(np.asarray(picture.convert("RGBA")))
    seen = page.get_by_alt_text(SEEN).evaluate(
        """image => {
            const canvas = document.createElement("canvas");
            canvas.width = canvas.height = 28;
            canvas.getContext("2d").drawImage(image, 0, 0, 28, 28);
            return [...canvas.getContext("2d").getImageData(0, 0, 28, 28).data];
        }"""
    )
    grey = np.array(seen, float).reshape(28, 28, 4)[..., 0]
    paper = grey[0, 0]  # light or dark, as the theme is
    ink = 255 * np.abs(grey - paper) / np.abs(grey - paper).max()
    assert np.abs(ink - expected).mean() < 4  # levels of 255


def test_quick_changes_of_the_pen_keep_every_stroke(page: Page, address: str) -> None:
    open_draw(page, address)
    draw(page, SEVEN[:1])
    expect(undo_button(page)).to_be_enabled()
    pens = page.locator(".st-key-draw_pens").get_by_role("radio")
    for _ in range(4):
        pens.nth(0).focus()
        for key in ["ArrowRight", "Enter", "ArrowRight", "Space", "ArrowLeft", "Enter"] * 2:
            page.keyboard.press(key)
        pens.evaluate_all("pens => [0, 2, 1, 2, 0, 1, 2].forEach(k => pens[k].click())")
    draw(page, SEVEN[1:])
    expect(answer(page)).to_have_text("7")
    undo_all(page, strokes=2)


def test_change_of_the_pen_during_a_stroke_keeps_its_beginning(page: Page, address: str) -> None:
    open_draw(page, address)
    box = canvas_box(page)
    move(page, box, *SEVEN[0][0])
    page.mouse.down()
    move(page, box, *SEVEN[0][1])
    pens = page.locator(".st-key-draw_pens").get_by_role("radio")
    pens.last.evaluate("pen => pen.click()")
    expect(pens.last).to_be_checked()
    wait_until_idle(page)
    move(page, box, *SEVEN[1][1])
    page.mouse.up()
    expect(page.locator(f".st-key-canvas_1 {CANVAS}")).to_be_visible()
    expect(answer(page)).to_have_text("7")
    undo_all(page, strokes=1)


def test_canvas_that_is_mounted_again_gets_its_strokes_back(page: Page, address: str) -> None:
    open_draw(page, address)
    draw(page, SEVEN[:1])
    expect(undo_button(page)).to_be_enabled()
    mount_again(page)
    expect(page.locator(f".st-key-canvas_1 {CANVAS}")).to_be_visible()
    draw(page, SEVEN[1:])
    expect(answer(page)).to_have_text("7")
    undo_all(page, strokes=2)


def test_canvas_that_is_mounted_again_during_a_stroke_gets_the_stroke_so_far(
    page: Page, address: str
) -> None:
    open_draw(page, address)
    box = canvas_box(page)
    move(page, box, 165, 80)
    page.mouse.down()
    move(page, box, 165, 255)
    mount_again(page)
    expect(page.locator(f".st-key-canvas_1 {CANVAS}")).to_be_visible()
    page.mouse.up()
    expect(answer(page)).to_have_text("1")
    undo_all(page, strokes=1)


def mount_again(page: Page) -> None:
    """Put another, empty canvas in the place of the canvas, as React does."""
    page.locator(CANVAS).evaluate("canvas => canvas.before(canvas.cloneNode())")


def test_reload_keeps_the_drawing_and_each_stroke_can_be_undone(page: Page, address: str) -> None:
    open_draw(page, address)
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    page.reload()
    expect(answer(page)).to_have_text("7")
    undo_button(page).evaluate("button => button.click()")
    page.reload()  # before the answer comes
    expect(page.locator(f".st-key-canvas_1 {CANVAS}")).to_be_visible()
    expect(answer(page)).not_to_have_text("7")
    draw(page, SEVEN[1:])
    expect(answer(page)).to_have_text("7")
    undo_all(page, strokes=2)
    page.reload()
    expect(answer(page)).to_have_text("?")
    wait_until_idle(page)
    expect(undo_button(page)).to_be_disabled()


def test_reload_keeps_the_pen_of_the_drawing(page: Page, address: str) -> None:
    open_draw(page, address)
    pens = page.locator(".st-key-draw_pens").get_by_role("radio")
    pens.first.click()
    expect(pens.first).to_be_checked()
    draw(page, ONE)
    expect(answer(page)).to_have_text("1")
    page.reload()
    expect(answer(page)).to_have_text("1")
    expect(pens.first).to_be_checked()


@pytest.mark.parametrize("button", ["undo", "clear"])
def test_canvas_takes_no_stroke_that_would_be_lost_with_it(
    page: Page, address: str, button: str
) -> None:
    open_draw(page, address)
    draw(page, ONE)
    expect(answer(page)).to_have_text("1")
    before, after = page.locator(CANVAS).evaluate(
        """(canvas, name) => {
            const pointerEvents = () => getComputedStyle(canvas).pointerEvents;
            const before = pointerEvents();
            document.querySelector(`.st-key-draw_${name} button`).click();
            return [before, pointerEvents()];
        }""",
        button,
    )
    assert (before, after) == ("auto", "none")
    expect(page.locator(f".st-key-canvas_1 {CANVAS}")).to_be_visible()
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    undo_all(page, strokes=2)


def test_stroke_survives_a_change_of_page_and_undo_right_after_it(page: Page, address: str) -> None:
    open_draw(page, address)
    draw(page, SEVEN[:1])
    expect(undo_button(page)).to_be_enabled()
    box = canvas_box(page)
    count_answers(page)
    stroke(page, box, SEVEN[1])
    wait_for_final_answer(page)
    undo_button(page).evaluate("button => button.click()")  # before the canvas sends the stroke
    expect(page.locator(f".st-key-canvas_1 {CANVAS}")).to_be_visible()
    expect(answer(page)).not_to_have_text("7")
    stroke(page, canvas_box(page), SEVEN[1])
    wait_for_final_answer(page)
    page.get_by_role("link", name="Train").first.evaluate("link => link.click()")
    expect(page.get_by_role("heading", name="Train")).to_be_visible()
    page.get_by_role("link", name="Draw").first.click()
    expect(answer(page)).to_have_text("7")
    undo_all(page, strokes=2)


def stroke(page: Page, box: FloatRect, points: list[tuple[int, int]]) -> None:
    """Draw a stroke, without waiting afterwards."""
    move(page, box, *points[0], steps=1)
    page.mouse.down()
    for x, y in points[1:]:
        move(page, box, x, y)
    page.mouse.up()


def count_answers(page: Page) -> None:
    """Have the page remember whether a drawing was sent after its pen was lifted."""
    page.evaluate(
        """() => {
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (message) {
                const text = new TextDecoder("latin1").decode(message);
                if (text.includes('"pen_down":false')) window.finalSent = true;
                return send.call(this, message);
            };
        }"""
    )


def wait_for_final_answer(page: Page) -> None:
    """Wait until the drawing was sent that the last stroke completes, and no longer."""
    page.wait_for_function("window.finalSent")
    page.evaluate("window.finalSent = false")


def test_undo_and_clear_during_a_stroke_remove_it_alone_and_all(page: Page, address: str) -> None:
    open_draw(page, address)
    draw(page, ONE)
    expect(answer(page)).to_have_text("1")
    for button, left in (("Undo", "1"), ("Clear", "?")):
        box = canvas_box(page)
        move(page, box, 40, 60, steps=1)
        page.mouse.down()
        move(page, box, 300, 60)
        expect(answer(page)).not_to_have_text("1")
        page.get_by_test_id("stButton").get_by_role("button", name=button).evaluate(
            "button => button.click()"
        )
        expect(answer(page)).to_have_text(left)
        move(page, box, 300, 200)
        page.mouse.up()
        page.wait_for_timeout(800)
        expect(answer(page)).to_have_text(left)
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")


def test_each_of_several_quick_clicks_on_undo_removes_a_stroke(page: Page, address: str) -> None:
    open_draw(page, address)
    draw(page, [*SEVEN, *ONE])
    wait_until_idle(page)
    undo_button(page).evaluate("button => { for (let k = 0; k < 2; k++) button.click() }")
    expect(answer(page)).not_to_have_text("?")
    wait_until_idle(page)
    undo_all(page, strokes=1)


def test_stroke_that_leaves_the_canvas_goes_on_until_the_button_is_released(
    page: Page, address: str
) -> None:
    open_draw(page, address)
    box = canvas_box(page)
    move(page, box, 105, 90)
    page.mouse.down()
    move(page, box, 225, 90)
    move(page, box, box["width"] + 300, 90, steps=20)
    page.mouse.up()
    expect(undo_button(page)).to_be_enabled()
    move(page, box, 165, 200)  # without a button: nothing is drawn
    page.wait_for_timeout(800)
    undo_all(page, strokes=1)


def test_release_that_no_page_is_told_of_ends_the_stroke(page: Page, address: str) -> None:
    open_draw(page, address)
    box = canvas_box(page)
    move(page, box, 165, 80)
    page.mouse.down()
    move(page, box, 165, 255)
    page.locator(CANVAS).dispatch_event(
        "pointermove",
        {"pointerId": 1, "pointerType": "mouse", "buttons": 0, "bubbles": True, "composed": True},
    )
    expect(undo_button(page)).to_be_enabled()
    move(page, box, 40, 300)
    page.mouse.up()
    expect(answer(page)).to_have_text("1")
    undo_all(page, strokes=1)


@pytest.fixture
def fingers(phone: Page, address: str) -> Any:
    """Open Draw on a phone; return what sends a touch event with points of the canvas.

    "touchEnd" is given the points that are lifted, the others all that there are.
    """
    open_draw(phone, address)
    box = canvas_box(phone)
    touch = phone.context.new_cdp_session(phone)

    def send(kind: str, *points: tuple[int, float, float]) -> None:
        at = [{"id": id_, "x": box["x"] + x, "y": box["y"] + y} for id_, x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    return send


def test_cancelled_touch_ends_the_stroke_and_the_next_one_is_drawn(
    phone: Page, fingers: Any
) -> None:
    (x0, y0), (x1, y1) = SEVEN[0]
    fingers("touchStart", (1, x0, y0))
    for k in range(1, 9):
        fingers("touchMove", (1, x0 + (x1 - x0) * k / 8, y0 + (y1 - y0) * k / 8))
    fingers("touchCancel")
    expect(undo_button(phone)).to_be_enabled()
    phone.wait_for_timeout(800)
    touch_stroke(fingers, SEVEN[1])
    expect(answer(phone)).to_have_text("7")
    phone.wait_for_timeout(800)
    undo_all(phone, strokes=2)


def test_second_finger_neither_draws_nor_ends_the_stroke(phone: Page, fingers: Any) -> None:
    fingers("touchStart", (1, 165, 80))
    for y in range(80, 160, 10):
        fingers("touchMove", (1, 165, y))
    fingers("touchStart", (1, 165, 160), (2, 40, 40))
    fingers("touchMove", (1, 165, 170), (2, 60, 200))
    fingers("touchEnd", (2, 60, 200))
    for y in range(180, 260, 10):
        fingers("touchMove", (1, 165, y))
    fingers("touchEnd")
    expect(answer(phone)).to_have_text("1")
    phone.wait_for_timeout(800)
    undo_all(phone, strokes=1)


def test_strokes_are_drawn_while_another_finger_rests_on_the_page(
    phone: Page, fingers: Any
) -> None:
    thumb = (9, 20.0, -30.0)  # above the canvas
    fingers("touchStart", thumb)
    for points in SEVEN:
        touch_stroke(fingers, points, thumb)
        phone.wait_for_timeout(800)
    expect(answer(phone)).to_have_text("7")
    fingers("touchEnd", thumb)
    undo_all(phone, strokes=2)


def touch_stroke(
    fingers: Any, points: list[tuple[int, int]], *others: tuple[int, float, float]
) -> None:
    """Draw a stroke with a finger, while others rest."""
    (x0, y0), (x1, y1) = points
    fingers("touchStart", *others, (1, x0, y0))
    for k in range(1, 9):
        fingers("touchMove", *others, (1, x0 + (x1 - x0) * k / 8, y0 + (y1 - y0) * k / 8))
    fingers("touchEnd", (1, x1, y1))


SLOW_LINE = """
window.line = { sent: 0, mostUnanswered: 0 };
let [last, answered] = [0, 0];
const textOf = data => new TextDecoder("latin1").decode(data);
window.WebSocket = class extends WebSocket {
    set onmessage(receive) {
        this.addEventListener("message", receive);
    }
    addEventListener(name, listener, ...options) {
        const late = event => setTimeout(() => {
            const number = textOf(event.data).match(/"answered": ?(\\d+)/)?.[1];
            if (number) answered = Number(number);
            listener.call(this, event);
        }, 400);
        super.addEventListener(name, name === "message" ? late : listener, ...options);
    }
    send(data) {
        const drawing = textOf(data).match(/"number":(\\d+),"pen_down"/)?.[1];
        if (drawing) {
            last = Number(drawing);
            window.line.sent += 1;
            window.line.mostUnanswered = Math.max(window.line.mostUnanswered, last - answered);
        }
        super.send(data);
    }
};
"""


def test_slow_line_gets_fewer_answers_and_never_a_queue(browser: Browser, address: str) -> None:
    with visit(browser, address, viewport=DESKTOP) as page:
        page.add_init_script(SLOW_LINE)
        open_draw(page, address)
        box = canvas_box(page)
        move(page, box, 165, 80)
        page.mouse.down()
        for y in range(80, 256, 5):
            move(page, box, 165, y, steps=1)
            page.wait_for_timeout(50)
        page.mouse.up()
        expect(answer(page)).to_have_text("1")
        expect(undo_button(page)).to_be_enabled()
        line = page.evaluate("window.line")
        assert line["mostUnanswered"] == 1
        assert 2 <= line["sent"] <= 12


def test_broken_connection_keeps_the_drawing(browser: Browser, address: str) -> None:
    lines: list[WebSocketRoute] = []

    def connect(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    with browser.new_context() as context:  # Streamlit warns on the console
        page = context.new_page()
        page.route_web_socket("**/_stcore/stream", connect)
        open_draw(page, address)
        draw(page, SEVEN[:1])
        expect(undo_button(page)).to_be_enabled()
        box = canvas_box(page)
        move(page, box, *SEVEN[1][0])
        page.mouse.down()
        move(page, box, 200, 140)
        lines[-1].close()
        move(page, box, *SEVEN[1][1])
        page.mouse.up()
        while len(lines) < 2:
            page.wait_for_timeout(100)
        expect(answer(page)).to_have_text("7")
        undo_all(page, strokes=2)
