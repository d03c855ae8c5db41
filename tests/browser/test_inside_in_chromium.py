"""Looking inside a network, as a visitor does."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import nn
from tests.browser.driver import (
    assert_fits,
    box_at_rest,
    choose,
    click_mark,
    file_input,
    open_network_choice,
    swipe_down,
    wait_until_idle,
)


def accuracy(page: Page) -> Locator:
    return page.get_by_test_id("stMetricValue").first


def test_see_why_link_opens_inside_with_the_same_image(page: Page, address: str) -> None:
    page.goto(f"{address}/mistakes?index=8")
    page.get_by_role("link", name="See inside the network").click()
    expect(page.get_by_role("heading", name="Inside", exact=True)).to_be_visible()
    expect(page.get_by_text("Test image 8, a\u00a0")).to_be_visible()


def test_next_shows_every_step_of_both_passes_with_its_code(page: Page, address: str) -> None:
    page.goto(f"{address}/inside")
    steps = page.get_by_role("paragraph").filter(has_text=re.compile(r"^\d+ of \d+$"))
    expect(steps).to_be_visible()
    last = int(steps.inner_text().split(" of ")[1])
    assert last > 10
    sources = set()
    for place in range(1, last + 1):
        expect(steps).to_have_text(f"{place} of {last}")
        if place == 1:
            page.get_by_text("The code that runs").click()
        expect(page.get_by_text(re.compile(r"nn/\w+\.py, line \d+")).first).to_be_visible()
        sources.add(page.get_by_test_id("stCode").first.inner_text())
        if place < last:
            page.get_by_role("button", name="Next", exact=True).click()
    assert len(sources) > 5
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_disabled()


def at_step(page: Page, place: int) -> None:
    expect(page.get_by_text(re.compile(rf"^{place} of \d+$"))).to_be_visible()


def test_focus_stays_on_the_unit_chosen_by_enter(page: Page, address: str) -> None:
    page.goto(f"{address}/inside?step=sums-1")
    wait_until_idle(page)
    units = page.locator(".unit")
    units.nth(3).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".unit:focus")).to_have_attribute("aria-pressed", "true")


def test_arrow_keys_choose_the_step_and_a_reload_keeps_it(page: Page, address: str) -> None:
    page.goto(f"{address}/inside?split=test&index=8")
    expect(page.get_by_role("button", name="Forward: the pixels")).to_be_visible()
    wait_until_idle(page)
    for _ in range(8):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(80)
    at_step(page, 9)
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    at_step(page, 3)
    title = page.get_by_role("heading", level=2).inner_text()
    wait_until_idle(page)
    page.reload()
    at_step(page, 3)
    expect(page.get_by_role("heading", level=2)).to_have_text(title)
    expect(page.get_by_text("Test image 8, a\u00a0")).to_be_visible()


def test_arrow_keys_in_a_box_or_the_drawing_do_not_change_the_step(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/inside?step=sums-1")
    at_step(page, 2)
    box = page.get_by_role("spinbutton", name="Filter")
    box.press("ArrowRight")
    page.get_by_role("button", name=re.compile("Convolution 1, feature map")).first.press(
        "ArrowRight"
    )
    page.get_by_role("radio", name="One digit").press("ArrowLeft")
    wait_until_idle(page)
    at_step(page, 2)


def test_stepper_and_drawing_stay_in_view_and_patch_and_filter_begin_there(
    page: Page, address: str
) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/inside?step=sums-1")
    at_step(page, 2)
    wait_until_idle(page)
    tables = page.get_by_role("group", name="Patch, filter and products")
    expect(tables).to_be_in_viewport(ratio=0.9)
    page.get_by_test_id("stMain").evaluate("main => main.scrollBy(0, 2000)")
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_in_viewport(ratio=1)
    drawing = page.get_by_role("group", name=re.compile("^The network: choose a unit"))
    expect(drawing).to_be_in_viewport(ratio=0.9)


def test_phone_shows_what_a_sum_depends_on_beside_its_map(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 375, "height": 667})
    page.goto(f"{address}/inside?step=sums-1")
    at_step(page, 2)
    expect(page.get_by_text(re.compile(r"^This number depends on 5 . 5 pixels"))).to_be_visible()
    digit, sums = (page.get_by_role("group", name=name) for name in ("The digit, with", "Sums, a"))
    box_at_rest(sums)
    tops = [picture.evaluate("map => map.getBoundingClientRect().top") for picture in (digit, sums)]
    assert tops[0] == tops[1]
    titles = page.get_by_role("combobox", name="Step")
    assert titles.evaluate("list => list.scrollWidth <= list.clientWidth")


def test_full_perturbation_changes_the_prediction(page: Page, address: str) -> None:
    page.goto(f"{address}/inside?split=test&index=8")
    choose(page, "What decides")
    expect(page.get_by_text("Covered part by part")).to_be_visible()
    nudge = page.get_by_role("slider", name="How much of the nudge is applied")
    sentence = page.get_by_text(re.compile(r"It turns the \d into an? \d"))
    before, after = re.findall(r"\d", sentence.inner_text())[:2]
    nudge.press("End")
    expect(
        page.get_by_text(re.compile(f"The network answers {after}, .*: no longer {before}"))
    ).to_be_visible()


def test_ablation_lowers_the_accuracy_and_can_be_reset(page: Page, address: str) -> None:
    page.goto(f"{address}/inside")
    choose(page, "Break it")
    expect(page.get_by_text("Nothing is broken yet")).to_be_visible()
    intact = accuracy(page).inner_text()
    page.get_by_role("slider", name="Bits per weight").press("End")
    expect(accuracy(page)).not_to_have_text(intact)
    assert float(accuracy(page).inner_text().rstrip("%")) < float(intact.rstrip("%"))
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(accuracy(page)).to_have_text(intact)


def test_accuracy_curve_and_digits_follow_a_slider_before_it_is_let_go(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/inside?view=damage")
    expect(page.get_by_text("Nothing is broken yet")).to_be_visible()
    curve = page.get_by_role("img", name=re.compile("^Accuracy against filters and units"))
    expect(curve.locator("circle")).to_be_visible()
    intact = accuracy(page).inner_text()
    thumb = box_at_rest(page.get_by_role("slider", name="Noise on the weights"))
    x, y = thumb["x"] + thumb["width"] / 2, thumb["y"] + thumb["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 220, y, steps=10)
    expect(accuracy(page)).not_to_have_text(intact)
    expect(page.get_by_role("img", name="Accuracy against noise on the weights")).to_be_visible()
    expect(page.get_by_role("listbox", name="Digits whose answer changed")).to_be_visible()
    expect(page.get_by_role("slider", name="Noise on the weights")).not_to_have_value("0")
    page.mouse.up()
    wait_until_idle(page)
    expect(accuracy(page)).not_to_have_text(intact)
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(accuracy(page)).to_have_text(intact)


def test_filter_number_selects_a_filter(page: Page, address: str) -> None:
    page.goto(f"{address}/inside")
    choose(page, "The units")
    expect(page.get_by_text(re.compile(r"Filter \d+, number 1 of \d+"))).to_be_visible()
    page.get_by_role("spinbutton", name="Filter").fill("7")
    page.get_by_role("spinbutton", name="Filter").press("Enter")
    expect(page.get_by_text(re.compile(r"Filter 7, number \d+ of \d+"))).to_be_visible()
    expect(page.get_by_role("heading", name="How the layer sees the digits")).to_be_visible()


def test_tapped_pixel_stays_selected_at_the_next_step(
    phone: Page, address: str, tmp_path: Path
) -> None:
    nn.save_model(nn.mlp((784, 16, 10)), tmp_path / "dense.safetensors")
    open_inside(phone, address, tmp_path / "dense.safetensors")
    pixels = phone.get_by_role("group", name="The pixels of the digit")
    expect(pixels).to_be_visible()
    side = pixels.bounding_box()["width"]  # type: ignore[index]
    pixels.tap(position={"x": 15.5 / 28 * side, "y": 8.5 / 28 * side})
    expect(phone.get_by_text("Row 8, column 15: ")).to_be_visible()
    phone.get_by_role("button", name="Next", exact=True).click()
    expect(phone.get_by_text(re.compile("Row 8, column 15: .* × weight"))).to_be_visible()


@pytest.fixture
def convolutional(tmp_path: Path) -> Path:
    """A file of an untrained convolutional network with max pooling."""
    network = nn.cnn(
        (4, 6), (784, 16, 10), shrink="pool", rng=np.random.default_rng(2), initial_bias=0.1
    )
    file = tmp_path / "convolutional.safetensors"
    nn.save_model(network, file)
    return file


def open_inside(page: Page, address: str, model: Path) -> None:
    """Load a model on Draw, and open Inside with it."""
    page.goto(f"{address}/draw")
    open_network_choice(page)
    file_input(page, "Load a network").set_input_files(model)
    chosen = page.get_by_role("combobox", name="Network")
    expect(chosen).to_have_value(re.compile(model.stem))
    # A phone hides the links in a menu.
    page.get_by_role("link", name="Inside", exact=True).dispatch_event("click")
    expect(page.get_by_role("heading", name="Inside", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(r"^1 of \d+"))).to_be_visible()


def test_filter_moves_to_the_clicked_place_and_pooling_lets_one_of_four_through(
    page: Page, address: str, convolutional: Path
) -> None:
    open_inside(page, address, convolutional)
    page.get_by_role("button", name="Next", exact=True).click()
    sums = page.get_by_role("group", name="Sums, a number for each place")
    expect(sums).to_be_visible()
    side = sums.bounding_box()["width"]  # type: ignore[index]
    sums.click(position={"x": 9.5 / 24 * side, "y": 12.5 / 24 * side})
    expect(page.get_by_text("rows 12 to 16, columns 9 to 13")).to_be_visible()
    tables = page.get_by_role("group", name="Patch, filter and products")
    expect(tables.locator("span")).to_have_count(75)
    tables.locator("span").nth(25 + 7).hover()
    expect(page.get_by_text(re.compile(r"Row 1, column 2: .* × .* = "))).to_be_visible()
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_text("is let through.")).to_be_visible()
    square = page.get_by_role("group", name="The four sums of the square")
    expect(square.locator(".marked")).to_be_visible()


def test_filter_by_hand_changes_the_feature_map(
    page: Page, address: str, convolutional: Path
) -> None:
    open_inside(page, address, convolutional)
    choose(page, "A filter by hand")
    by_hand = page.get_by_role("group", name="By hand")
    learned = page.get_by_role("group", name="Feature map 0, learned")
    expect(by_hand).to_be_visible()
    pictures = [each.locator("img") for each in (learned, by_hand)]
    before = pictures[0].get_attribute("src")
    expect(pictures[1]).to_have_attribute("src", before or "")
    choose(page, "Vertical edge")
    expect(pictures[1]).not_to_have_attribute("src", before or "")
    page.get_by_role("spinbutton", name="Weight in row 2, column 2").fill("3")
    page.get_by_role("spinbutton", name="Weight in row 2, column 2").press("Enter")
    expect(page.get_by_text("Row 2, column 2: 3")).to_be_visible()


def test_clicked_place_moves_the_digit_for_both_networks(
    page: Page, address: str, convolutional: Path
) -> None:
    open_inside(page, address, convolutional)
    choose(page, "Move it")
    boards = page.get_by_role("group", name="Answers at all places")
    expect(boards).to_have_count(2)
    side = boards.first.bounding_box()["width"]  # type: ignore[index]
    boards.first.click(position={"x": 7.5 / 9 * side, "y": 1.5 / 9 * side})
    expect(page.get_by_role("slider", name="Down, pixels")).to_have_value("-3")
    expect(page.get_by_role("slider", name="Right, pixels")).to_have_value("3")
    expect(page.get_by_text(re.compile("^Down −3, right 3: answer"))).to_have_count(2)
    expect(page.get_by_text("Accuracy, moved by 4")).to_be_visible()


def test_clicked_feature_map_and_number_are_shown(
    page: Page, address: str, convolutional: Path
) -> None:
    open_inside(page, address, convolutional)
    choose(page, "Feature maps")
    page.get_by_role("option", name="Feature map of filter 2").click()
    expect(page.get_by_text("Filter 2 of convolution 1")).to_be_visible()
    number = page.get_by_role("group", name="Feature map of filter 2")
    side = number.bounding_box()["width"]  # type: ignore[index]
    number.click(position={"x": 3.5 / 12 * side, "y": 5.5 / 12 * side})
    expect(page.get_by_text("row 5, column 3 of the map depends on 6")).to_be_visible()


def test_convolution_fits_a_phone(page: Page, address: str, convolutional: Path) -> None:
    open_inside(page, address, convolutional)
    page.set_viewport_size({"width": 375, "height": 812})
    for _ in range(3):
        page.get_by_role("button", name="Next", exact=True).click()
        assert_fits(page)
    for name, sentence in {
        "A filter by hand": "The network answers",
        "The units": "How the layer sees the digits",
        "Feature maps": "depends on",
        "Move it": "Many moved digits",
    }.items():
        choose(page, name)
        expect(page.get_by_text(sentence).first).to_be_visible()
        assert_fits(page, name)


@pytest.mark.parametrize("width", [375, 500, 768, 1280])
def test_numbers_of_large_filters_are_readable(
    page: Page, address: str, tmp_path: Path, width: int
) -> None:
    nn.save_model(nn.cnn((3, 4), (784, 10), kernel_size=7), tmp_path / "large.safetensors")
    open_inside(page, address, tmp_path / "large.safetensors")
    page.set_viewport_size({"width": width, "height": 812})
    for view, table in {"One digit": "Patch, filter and products", "A filter by hand": ""}.items():
        choose(page, view)
        if table:
            page.get_by_role("button", name="Next", exact=True).click()
        group = page.get_by_role("group", name=table or "The weights of the filter")
        expect(group).to_be_visible()
        sizes = group.locator(".cells span").evaluate_all(
            "cells => cells.map(cell => parseFloat(getComputedStyle(cell).fontSize))"
        )
        assert len(sizes) >= 49
        assert min(sizes) >= 11
        assert_fits(page, view)
        for grid in group.locator(".grid").all():
            box = grid.bounding_box()
            assert box is not None
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width


def chosen_on_the_map(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Chosen images").get_by_role("option")


def open_map_of_a_layer(page: Page, address: str) -> tuple[Locator, Locator]:
    """Open the units of a layer; return their map and its points."""
    page.goto(f"{address}/inside?view=units")
    points = page.locator(".js-plotly-plot path.point")
    expect(points).to_have_count(500)
    return page.locator(".js-plotly-plot:has(path.point)"), points


def test_click_on_the_map_of_a_layer_opens_the_point_and_a_line_those_inside(
    page: Page, address: str
) -> None:
    layer_map, points = open_map_of_a_layer(page, address)
    click_mark(points.nth(5))
    expect(chosen_on_the_map(page)).to_have_count(1)
    expect(chosen_on_the_map(page)).to_have_attribute("aria-label", re.compile("^0, "))
    box = box_at_rest(layer_map)
    corners = [(150, 100), (300, 100), (300, 250), (150, 250), (150, 110)]
    page.mouse.move(box["x"] + 150, box["y"] + 100)
    page.mouse.down()
    for x, y in corners:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=8)
    page.mouse.up()
    expect(chosen_on_the_map(page).nth(1)).to_be_visible()


def test_finger_on_the_map_of_a_layer_scrolls_the_page_and_opens_what_it_taps(
    phone: Page, address: str
) -> None:
    layer_map, points = open_map_of_a_layer(phone, address)
    box = box_at_rest(layer_map)
    main = phone.get_by_test_id("stMain")
    before = main.evaluate("main => main.scrollTop")
    swipe_down(phone, box["x"] + 150, box["y"] + 120)
    assert main.evaluate("main => main.scrollTop") < before - 50
    for place in (5, 60, 5):  # a 0, a 1, and the 0 again
        box = box_at_rest(points.nth(place))
        phone.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        digit = "1" if place == 60 else "0"
        expect(chosen_on_the_map(phone)).to_have_count(1)
        expect(chosen_on_the_map(phone)).to_have_attribute("aria-label", re.compile(f"^{digit}, "))


def test_tool_of_a_picture_is_seen_while_it_has_the_focus(page: Page, address: str) -> None:
    page.goto(f"{address}/inside")
    tool = page.get_by_role("button", name="Fullscreen").first
    expect(tool).to_be_attached()
    wait_until_idle(page)
    tool.focus()
    expect(page.get_by_test_id("stElementToolbar").filter(has=tool)).to_have_css("opacity", "1")


def test_inside_fits_a_phone(phone: Page, address: str) -> None:
    phone.goto(f"{address}/inside")
    for name, sentence in {
        "One digit": "1 of ",
        "What decides": "Covered part by part",
        "The units": "How the layer sees the digits",
        "Break it": "Nothing is broken yet",
    }.items():
        choose(phone, name)
        expect(phone.get_by_text(sentence).first).to_be_visible()
        assert_fits(phone, name)
