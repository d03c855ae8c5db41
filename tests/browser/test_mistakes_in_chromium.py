"""Looking at mistakes, as a visitor does it."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from inkling.runs.run import new_id
from inkling.runs.store import RunStore
from tests.browser.conftest import DESKTOP, visit
from tests.browser.driver import (
    assert_fits,
    choose,
    download,
    train,
    wait_until_idle,
)
from tools.app_driver import serve


def open_mistakes(page: Page, address: str) -> None:
    """Open the page, on which the built-in network answers."""
    page.goto(f"{address}/mistakes")
    expect(page.get_by_text("test images wrong")).to_be_visible(timeout=30_000)
    expect(digits(page).first).to_be_visible()


def digits(page: Page) -> Locator:
    """Return the wrongly read digits that are shown."""
    return page.get_by_role("listbox", name="Test images that").get_by_role("option")


def name_of(index: str | None) -> str:
    """Return the name of a test image, given a digit's index as the page holds it."""
    assert index is not None
    return f"Test image {int(index):,}"


def cell(page: Page, label: int, answer: int) -> Locator:
    """Return a cell of the confusion matrix."""
    return page.get_by_role("button", name=re.compile(f"^Label {label}, answer {answer}:"))


def verdict(page: Page, name: str) -> Locator:
    """Return the button of a verdict on the opened image."""
    return page.get_by_role("radio", name=re.compile(f"^{name} ·"))


def count_mistakes(page: Page, kind: str) -> int:
    """Return how many mistakes of a kind the page counts, once it shows as many."""
    heading = page.get_by_text(re.compile(rf"^\d+ of [\d,]+ mistakes: {kind}\b"))
    count = int(heading.inner_text().split()[0])
    expect(digits(page)).to_have_count(count)
    return count


def test_click_on_a_confusion_cell_lists_its_mistakes(page: Page, address: str) -> None:
    open_mistakes(page, address)
    every = digits(page).count()
    cell(page, 4, 9).click()
    found = count_mistakes(page, "label 4, answer 9")
    expect(digits(page).filter(has_text="9")).to_have_count(found)
    expect(page.get_by_role("heading", name="Label 4, answer 9 with")).to_be_visible()
    expect(page).to_have_url(f"{address}/mistakes?label=4&answer=9")
    page.reload()
    assert count_mistakes(page, "label 4, answer 9") == found
    cell(page, 4, 9).press("Enter")  # again: all
    expect(digits(page)).to_have_count(every)
    cell(page, 5, 4).press("ArrowRight")
    page.keyboard.press("Enter")  # the diagonal: all mistakes with this digit
    count_mistakes(page, "label 5")


def test_opened_image_is_in_the_address(page: Page, address: str) -> None:
    open_mistakes(page, address)
    digit = digits(page).nth(3)
    index = digit.get_attribute("data-index")
    digit.click()
    expect(page.get_by_text(name_of(index), exact=True)).to_be_visible()
    expect(page).to_have_url(f"{address}/mistakes?split=test&index={index}")
    expect(page.get_by_role("listitem")).to_have_count(10)
    digit.press("ArrowRight")
    following = digits(page).nth(4).get_attribute("data-index")
    expect(page.get_by_text(name_of(following), exact=True)).to_be_visible()

    spoken = page.locator(".st-key-opened_announcement").get_by_role("status")
    expect(spoken).to_have_text(
        re.compile(rf"^{name_of(following)} is open: label \d, answer \d\.$")
    )

    page.goto(f"{address}/mistakes?index={index}")
    expect(page.get_by_text(name_of(index), exact=True)).to_be_visible()


def test_verdict_opens_the_next_mistake_and_is_saved(
    page: Page, address: str, tmp_path: Path
) -> None:
    open_mistakes(page, address)
    first, second = (digits(page).nth(k).get_attribute("data-index") for k in (0, 1))
    verdict(page, "≈ Ambiguous").click()
    expect(page.get_by_text(re.compile(r" 1 of \d+ judged"))).to_be_visible()
    expect(page.get_by_text(name_of(second), exact=True)).to_be_visible()
    expect(digits(page).first).to_contain_text("≈")
    verdict(page, "✗ Network").click()
    expect(page.get_by_text(re.compile(r" 2 of \d+ judged"))).to_be_visible()

    page.goto(f"{address}/mistakes?index={first}")  # a new session of the same visitor
    ambiguous = verdict(page, "≈ Ambiguous")
    expect(ambiguous).to_be_checked()
    wait_until_idle(page)
    page.get_by_test_id("stPopoverButton").last.click()  # the first may explain missing MNIST
    file = download(page, "Download verdicts", tmp_path)
    with file.open(encoding="utf-8", newline="") as lines:
        table = {line["index"]: line["verdict"] for line in csv.DictReader(lines)}
    assert table == {first: "ambiguous", second: "network"}
    page.keyboard.press("Escape")

    ambiguous.click()  # taken back
    expect(page.get_by_text(re.compile(r" 1 of \d+ judged"))).to_be_visible()
    expect(page.get_by_text(name_of(first), exact=True)).to_be_visible()


def test_two_models_are_compared_by_outcome(page: Page, address: str) -> None:
    train(page, address)
    open_mistakes(page, address)
    choose(page, "Two networks")
    expect(page.get_by_text("use these results to choose a network")).to_be_visible()
    fixed = page.get_by_role("radio", name=re.compile("^Fixed"))
    count = fixed.inner_text().split()[1]
    assert int(count.replace(",", "")) > 0
    expect(page.get_by_text(re.compile(rf"^{count} images, "))).to_be_visible()
    wrong = page.get_by_role("radio", name=re.compile("^Both wrong"))
    both = wrong.inner_text().split()[-1]
    wrong.click()
    expect(page.get_by_text(re.compile(rf"^{both} images, "))).to_be_visible()
    grid = page.get_by_role("listbox", name="Test images, with the answers").get_by_role("option")
    digit = grid.nth(2)
    expect(page.get_by_text("the most confident mistake first")).to_be_visible()
    index = digit.get_attribute("data-index")
    digit.click()
    expect(page.get_by_text(name_of(index), exact=True)).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(20)
    page.get_by_role("link", name="Evidence").click()
    expect(page).to_have_url(f"{address}/mistakes?split=test&index={index}")
    expect(page.get_by_text("What went wrong?")).to_be_visible()


def test_mistakes_are_downloaded_as_csv(page: Page, address: str, tmp_path: Path) -> None:
    open_mistakes(page, address)
    cell(page, 4, 9).click()
    found = count_mistakes(page, "label 4, answer 9")
    file = download(page, "Download as CSV", tmp_path)
    assert file.name == "mistakes.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        table = list(csv.DictReader(lines))
    assert list(table[0]) == [
        "index",
        "label",
        "answer",
        "confidence",
        *map("p{}".format, range(10)),
    ]
    assert len(table) == found
    assert {(line["label"], line["answer"]) for line in table} == {("4", "9")}


def test_mistakes_fits_a_phone_and_its_select_boxes_work_by_touch(
    phone: Page, address: str
) -> None:
    phone.goto(f"{address}/mistakes")
    expect(digits(phone).first).to_be_visible(timeout=30_000)
    expect(phone.get_by_text("Explore this image")).to_be_visible()
    assert_fits(phone)
    phone.get_by_role("combobox", name="Label").tap()
    phone.get_by_role("option", name="Label: 7", exact=True).tap()
    count_mistakes(phone, "label 7")


def test_a_tap_on_a_mistake_brings_the_opened_image_into_sight(phone: Page, address: str) -> None:
    open_mistakes(phone, address)
    opened = phone.get_by_role("heading", level=3, name=re.compile("^✗ Label"))
    expect(opened).not_to_be_in_viewport()
    second = digits(phone).nth(1)
    second.tap()
    picture = phone.locator(".st-key-mistakes_image img")
    expect(picture).to_be_in_viewport(ratio=1)
    expect(opened).to_be_in_viewport(ratio=1)
    expect(second).to_be_in_viewport(ratio=1)


@pytest.mark.usefixtures("mnist")
def test_model_is_tested_on_the_other_data_set(page: Page, address: str) -> None:
    open_mistakes(page, address)
    sentence = page.get_by_text("test images wrong")
    on_mnist = sentence.inner_text()
    choose(page, "Built-in digits")
    expect(sentence).not_to_have_text(on_mnist, timeout=120_000)
    expect(page).to_have_url(f"{address}/mistakes?data=Built-in+digits")
    link = page.get_by_role("link", name="Explore this image")
    expect(link).to_have_attribute("href", re.compile("data=Built-in"))
    link.click()
    expect(page).to_have_url(re.compile("/explore.*data=Built-in"))
    expect(page.get_by_text(re.compile(r"· test image \d"))).to_be_visible()


def test_chosen_model_is_shown_on_the_next_page(
    browser: Browser, data_environment: dict[str, str], tmp_path: Path
) -> None:
    run = Path(__file__).parents[1] / "fixtures" / "version-0.1" / "run.safetensors"
    RunStore(tmp_path).upload(run.read_bytes(), new_id())  # of another visitor
    with (
        serve(**data_environment, RUNS_DIR=str(tmp_path)) as address,
        visit(browser, address, viewport=DESKTOP) as page,
    ):
        open_mistakes(page, address)
        network = page.get_by_test_id("stPopoverButton").filter(has_text="Network:")
        expect(network).to_contain_text("Built-in network")
        page.get_by_role("link", name="Inside", exact=True).click()
        expect(page.get_by_role("heading", name="Inside", exact=True)).to_be_visible()
        wait_until_idle(page)
        expect(network).to_contain_text("Built-in network")


def overlap(first: Locator, second: Locator) -> float:
    """Return by how many pixels two elements overlap, sideways and upwards at once."""
    a, b = first.bounding_box(), second.bounding_box()
    assert a is not None
    assert b is not None
    sideways = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
    upwards = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
    return min(sideways, upwards)


@pytest.mark.parametrize("width", [375, 640, 768, 820, 1024, 1100, 1280, 1440])
def test_opened_image_and_its_probabilities_never_overlap(
    browser: Browser, address: str, width: int
) -> None:
    with visit(browser, address, viewport={"width": width, "height": 720}) as page:
        page.goto(f"{address}/mistakes")
        bars = page.locator(".bars")
        expect(bars).to_be_visible()
        image = page.get_by_alt_text("a handwritten")
        expect(image).to_be_visible()
        assert overlap(image, bars) <= 0
        assert_fits(page, str(width))


def test_first_picture_is_high_up_and_the_opened_one_stays_in_view(
    browser: Browser, address: str
) -> None:
    with visit(browser, address, viewport={"width": 1280, "height": 720}) as page:
        open_mistakes(page, address)
        heading = page.get_by_role("heading", name="Mistakes", exact=True).bounding_box()
        first = digits(page).first.bounding_box()
        assert heading is not None
        assert first is not None
        # Without MNIST a notice stands above the heading.
        assert first["y"] - heading["y"] < 186
        for shown in (page.get_by_alt_text("a handwritten"), page.get_by_role("table")):
            expect(shown.first).to_be_in_viewport(ratio=1)
        digits(page).last.scroll_into_view_if_needed()
        expect(page.get_by_alt_text("a handwritten")).to_be_in_viewport(ratio=1)


def test_quiz_is_found_on_the_first_page_and_beside_the_mistakes(page: Page, address: str) -> None:
    link = page.get_by_role("link", name="Beat the network")
    button = page.get_by_role("button", name="Beat the network")
    for place, way in (("", link), ("mistakes", button)):
        page.goto(f"{address}/{place}")
        way.click()
        expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
        expect(page).to_have_url(f"{address}/mistakes?view=quiz")
