"""Training, as a visitor sees it."""

import re

from playwright.sync_api import Browser, Page, expect

from data_loader import Dataset
from tests.browser.conftest import visit
from tests.browser.driver import (
    DONE,
    SHORT_RUN,
    box_at_rest,
    choose,
    start_long_run,
    stop,
    swipe_down,
    train,
)


def test_run_ends_with_its_accuracy_and_charts(
    page: Page, address: str, found_mnist: Dataset | None
) -> None:
    page.goto(f"{address}/train")
    expect(page.get_by_text("Press Start")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text(DONE)).to_be_visible()
    expect(page.locator("p", has_text="on 10,000 test images")).to_be_visible()
    accuracy = float(page.get_by_test_id("stMetricValue").inner_text().strip("%"))
    assert accuracy > (97 if found_mnist else 50)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    assert page.locator(".js-plotly-plot .scatterlayer .trace").count() == 4
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    page.get_by_role("button", name="Show as a table").last.press("Enter")
    expect(page.get_by_role("row", name="Epoch Training Validation")).to_be_visible()
    expect(page.get_by_role("cell", name="2", exact=True)).to_be_visible()  # the last epoch


def test_at_the_end_of_a_run_one_accuracy_is_shown_and_the_focus_is_on_start(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/train?recipe=fast-97&epochs=1")
    spoken = page.get_by_role("status").filter(has_text="The run fast-97")
    page.get_by_role("button", name="Start", exact=True).press("Enter")
    expect(spoken).to_contain_text("has started")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    page.evaluate(
        """() => {
          window.mostAccuracies = 0;
          const count = () => {
            const shown = document.querySelectorAll('[data-testid="stMetricValue"]').length;
            window.mostAccuracies = Math.max(window.mostAccuracies, shown);
          };
          count();
          new MutationObserver(count).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    expect(page.get_by_text(DONE)).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_focused()
    assert page.evaluate("window.mostAccuracies") == 1
    expect(spoken).to_contain_text("accuracy on 10,000 test images")


def test_network_with_convolutions_is_trained(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/train?recipe=fast-97&training_size=2000&validation_size=500&epochs=1")
    choose(page, "2")
    first = page.get_by_role("slider", name="Filters of convolution 1")
    expect(first).to_have_value("16")
    first.press("Home")
    expect(first).to_have_value("4")
    page.get_by_text("All settings").click()
    expect(page.get_by_role("slider", name="Filter size")).to_be_visible()
    expect(page.get_by_text("How the image shrinks")).to_be_visible()
    sheet = page.get_by_test_id("stPopoverBody")
    assert sheet.evaluate("sheet => sheet.scrollHeight <= sheet.offsetHeight")
    expect(page.get_by_text("4-48 filters")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text(DONE)).to_be_visible()
    choose(page, "Export")
    expect(page.get_by_text("filters=4-48")).to_be_visible()


def test_charts_grow_during_a_run_and_can_be_held(page: Page, address: str) -> None:
    def points() -> int:
        return page.locator(".js-plotly-plot").first.locator(".points path").count()

    page.goto(f"{address}/train")
    start_long_run(page)
    page.wait_for_function("document.querySelectorAll('.points path').length > 8")
    page.get_by_text("Freeze the charts").click()
    page.wait_for_timeout(1_000)
    paused = points()
    page.wait_for_timeout(1_500)
    assert points() == paused
    stop(page)


def test_reload_shows_the_active_run(page: Page, address: str) -> None:
    page.goto(f"{address}/train")
    start_long_run(page)
    page.reload()
    expect(page.get_by_text("of 100 ·")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    stop(page)


def test_run_continues_while_another_page_is_open(page: Page, address: str) -> None:
    page.goto(f"{address}/train")
    start_long_run(page)
    active = page.get_by_role("link", name=re.compile("^[0-9]+%, .* left · fast"))
    for name in ("Draw", "Explore"):
        page.get_by_role("link", name=name).first.click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        expect(active).to_be_in_viewport()
    active.click()
    expect(page.get_by_text("of 100 ·")).to_be_visible()
    expect(active).to_be_hidden()
    stop(page)


def test_visitors_do_not_see_or_stop_each_others_runs(
    page: Page, browser: Browser, address: str
) -> None:
    page.goto(f"{address}/train")
    start_long_run(page)
    with visit(browser, address) as other:
        other.goto(f"{address}/train?{SHORT_RUN}")
        expect(other.get_by_text("Press Start")).to_be_visible()
        expect(other.get_by_role("button", name="Stop")).to_be_disabled()
        other.get_by_role("button", name="Start", exact=True).click()
        expect(other.get_by_text(DONE)).to_be_visible()
    expect(page.get_by_text("of 100 ·")).to_be_visible()
    stop(page)


def test_tab_follows_a_paused_run_that_another_tab_stops(page: Page, address: str) -> None:
    page.goto(f"{address}/train")
    start_long_run(page)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    other = page.context.new_page()
    other.goto(f"{address}/train")
    expect(other.get_by_role("button", name="Resume")).to_be_visible()
    stop(page)
    expect(other.get_by_role("button", name="Start", exact=True)).to_be_visible()


def test_a_finger_over_the_curves_scrolls_the_page(phone: Page, address: str) -> None:
    train(phone, address)
    chart = phone.locator(".js-plotly-plot").locator("visible=true").first
    box = box_at_rest(chart)
    main = phone.get_by_test_id("stMain")
    before = main.evaluate("main => main.scrollTop")
    labels = chart.locator(".ytick").all_text_contents()
    swipe_down(phone, box["x"] + 150, box["y"] + 120)
    assert main.evaluate("main => main.scrollTop") < before - 50
    assert chart.locator(".ytick").all_text_contents() == labels


def test_settings_can_be_reached_by_the_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/train")
    slider = page.get_by_role("slider", name="Hidden size")
    slider.focus()
    slider.press("ArrowRight")
    expect(slider).to_have_value("132")


def test_a_mistake_of_the_run_opens_on_the_mistakes_page(page: Page, address: str) -> None:
    train(page, address)
    mistakes = page.get_by_role("listbox", name="Mistakes of this run").get_by_role("option")
    name = mistakes.nth(2).get_attribute("aria-label") or ""
    found = re.match(r"Test image ([\d,]+): an? (\d), the network answers (\d)", name)
    assert found, name
    index, label, answer = found.groups()
    mistakes.nth(2).click()
    expect(page).to_have_url(re.compile(rf"/mistakes\?.*index={index.replace(',', '')}"))
    expect(page.get_by_role("heading", name=f"Label {label}, answer {answer} with")).to_be_visible()


def test_started_run_is_in_view_on_a_phone(phone: Page, address: str) -> None:
    phone.goto(f"{address}/train?{SHORT_RUN}")
    phone.get_by_role("button", name="Start", exact=True).click()
    expect(phone.get_by_text(DONE)).to_be_visible()
    expect(phone.locator(".st-key-network_view")).to_be_in_viewport()


def test_rewind_scrolls_to_the_time_machine(page: Page, address: str) -> None:
    train(page, address)
    page.get_by_role("button", name="Open the time machine").click()
    expect(page.get_by_role("button", name="Play")).to_be_in_viewport()
