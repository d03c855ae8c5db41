"""The Learn page, as a visitor sees it: what was done is there after a reload."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import wait_until_idle


def test_chapter_progress_persists_after_a_reload(page: Page, address: str) -> None:
    page.goto(f"{address}/learn?chapter=missing-term")
    expect(page.get_by_role("heading", name="The missing term")).to_be_visible()
    page.get_by_text("The complete gradient at 20, ten times as far").click()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("cell", name="Complete gradient: error at most")).to_be_visible()
    page.get_by_role("button", name="Compare").click()
    spoken = page.locator(".st-key-story_announcement").get_by_role("status")
    expect(spoken).to_have_text("")
    page.get_by_text("It is correct, or the network couldn't learn").click()
    expect(spoken).to_have_text(re.compile("Try again.$"))
    page.get_by_text("Little: networks can learn from a wrong one").click()
    expect(spoken).to_have_text(re.compile("^Correct. That is why"))
    expect(page.get_by_role("alert")).to_have_count(0)  # they would be read out, too
    expect(page.get_by_text("1 of 14 chapters done")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Learning by heart")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Learning by heart")).to_be_visible()
    expect(page.get_by_text("1 of 14 chapters done")).to_be_visible()


def test_chapter_trains_while_another_page_is_open(page: Page, address: str) -> None:
    page.goto(f"{address}/learn?chapter=eta")
    page.get_by_text("0.15, because it is neither small nor large").click()
    run = page.get_by_role("button", name="Run", exact=True)
    run.click()
    expect(run).to_have_count(0)  # a page that is left while it is drawn ends its script
    page.get_by_role("link", name="Explore").click()
    expect(page.get_by_role("heading", name="Explore", exact=True)).to_be_visible()
    page.get_by_role("link", name="Learn", exact=True).click()
    expect(page.get_by_role("cell", name="Learning rate 15: validation cost")).to_be_visible()


def test_text_and_figure_stand_side_by_side(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/learn?chapter=unit")
    page.get_by_text("The picture with ink in all three pixels").click()
    output = page.get_by_text("Output:").first
    expect(output).to_be_in_viewport()
    text = page.locator(".st-key-learn_text").bounding_box()
    figure = page.locator(".st-key-learn_figure").bounding_box()
    assert text is not None
    assert figure is not None
    assert abs(text["width"] - 640) <= 1
    assert figure["x"] >= text["x"] + text["width"]
    assert figure["x"] + figure["width"] <= 1280


def test_phone_has_the_chapters_in_a_list_and_nothing_wider_than_the_page(
    page: Page, address: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/learn?chapter=blame")
    expect(page.get_by_role("heading", name="Who is to blame?")).to_be_visible()
    expect(page.locator(".st-key-learn_chapters")).to_be_hidden()
    expect(page.locator(".st-key-learn_list")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    ("chapter", "prediction", "shown"),
    [
        ("unit", "The picture with ink only on the left", ("^Output:", "^Left weight$", "^Bias$")),
        ("blame", "v₁, the largest of the four weights", ("^v₁ =", "^Gradient of v₁", "cost 0.5$")),
        ("eta", "", ("^Learning rate of the ball", "^Ten steps", "^Weight$")),
    ],
)
def test_phone_shows_a_figure_together_with_what_changes_it(
    page: Page, address: str, chapter: str, prediction: str, shown: tuple[str, ...]
) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{address}/learn?chapter={chapter}")
    if prediction:
        page.get_by_text(prediction).click()
    places = [page.get_by_test_id("stMain").get_by_text(re.compile(words)).first for words in shown]
    for place in places:
        expect(place).to_be_visible()
    boxes = [place.bounding_box() for place in places]
    edges = [box["y"] for box in boxes if box is not None]
    assert len(edges) == len(places)
    assert max(edges) - min(edges) < 700


def test_next_leads_to_the_beginning_of_the_chapter(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{address}/learn?chapter=unit")
    for title in ("A network that knows nothing", "How wrong is it?"):
        page.get_by_role("button", name="Next", exact=True).click()
        heading = page.get_by_role("heading", name=title)
        expect(heading).to_be_in_viewport(ratio=1)
        page.wait_for_timeout(LATE)
        expect(heading).to_be_in_viewport(ratio=1)


def test_another_chapter_takes_the_focus_to_its_heading(page: Page, address: str) -> None:
    page.goto(f"{address}/learn?chapter=unit")
    for button, title in (
        ("Next", "A network that knows nothing"),
        ("4. How wrong is it? · 3 min", "How wrong is it?"),
    ):
        page.get_by_role("button", name=button, exact=True).press("Enter")
        expect(page.get_by_role("heading", name=title)).to_be_focused()


def test_screen_readers_are_told_which_chapter_is_open(page: Page, address: str) -> None:
    page.goto(f"{address}/learn?chapter=unit")
    rail = page.get_by_role("group", name="Chapters")
    current = rail.locator("[aria-current=true]")
    expect(current).to_have_text(re.compile("^2. What one unit computes"))
    rail.get_by_role("button", name="4. How wrong is it?").click()
    expect(current).to_have_count(1)
    expect(current).to_have_text(re.compile("^4. How wrong is it?"))


def test_beginning_of_a_chapter_is_not_left_under_the_header(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 480})
    page.goto(f"{address}/learn?chapter=unit")
    expect(page.get_by_role("heading", name="What one unit computes")).to_be_visible()
    wait_until_idle(page)
    page.evaluate(
        """() => {
          const { top } = document.querySelector(".st-key-learn_text h2").getBoundingClientRect();
          document.querySelector(".stMain").scrollBy(0, top - 20);
        }"""
    )
    page.get_by_role("button", name="Next", exact=True).dispatch_event("click")  # scrolls nothing
    expect(page.get_by_role("heading", name="A network that knows nothing")).to_be_focused()
    top = "document.querySelector('.st-key-learn_text h2').getBoundingClientRect().top"
    page.wait_for_function(f"{top} >= 60")  # the height of the header


LATE = 2_500  # milliseconds after which an address of before is one that the visitor goes back to


def test_back_of_the_browser_leads_to_the_chapter_before(page: Page, address: str) -> None:
    page.goto(f"{address}/learn")
    expect(page.get_by_role("heading", name="A digit is 784 numbers")).to_be_visible()
    chapters = []
    for _ in range(2):
        before = page.url
        page.get_by_role("button", name="Next", exact=True).click()
        expect(page).not_to_have_url(before)
        expect(page).to_have_url(re.compile(r"/learn\?chapter=[a-z-]+$"))
        chapters.append((page.url, page.get_by_role("heading", level=2).first.inner_text()))
        page.wait_for_timeout(LATE)
    assert chapters[0][0] != chapters[1][0]
    page.go_back()
    expect(page.get_by_role("heading", name=chapters[0][1])).to_be_visible()
    expect(page).to_have_url(chapters[0][0])
    page.wait_for_timeout(LATE)
    page.go_back()
    expect(page.get_by_role("heading", name="A digit is 784 numbers")).to_be_visible()
    expect(page).to_have_url(f"{address}/learn")
    page.wait_for_timeout(LATE)
    page.go_forward()
    expect(page.get_by_role("heading", name=chapters[0][1])).to_be_visible()


def test_small_pictures_are_no_stops_of_the_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/learn?chapter=digits")
    page.get_by_text("Three to eight of them, because").click()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("img", name="a digit")).to_have_count(20)
    expect(page.get_by_role("button", name="Fullscreen: a digit")).to_have_count(0)
