"""Training, as a visitor sees it."""

from playwright.sync_api import Browser, Page, expect

from data_loader import Dataset

DONE = "Done: it reads"


def set_slider(page: Page, label: str, key: str) -> None:
    """Move a slider to one of its ends by the keyboard."""
    page.get_by_role("slider", name=label).press(key)


def test_a_visitor_trains_to_the_end(page: Page, address: str, found_mnist: Dataset | None) -> None:
    page.goto(address)
    expect(page.get_by_text("Press Start")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    result = page.get_by_text(DONE)
    expect(result).to_contain_text("10,000 test images right")
    accuracy = float(result.inner_text().split("reads ")[1].split("%")[0])
    assert accuracy > (97 if found_mnist else 50)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    assert page.locator(".js-plotly-plot .scatterlayer .trace").count() == 4
    expect(page.get_by_role("button", name="Start")).to_be_enabled()


def test_the_charts_grow_while_the_run_goes_on_and_can_be_paused(page: Page, address: str) -> None:
    def points() -> int:
        return page.locator(".js-plotly-plot").first.locator(".points path").count()

    page.goto(address)
    set_slider(page, "Hidden size", "End")
    set_slider(page, "Epochs", "End")
    page.get_by_role("button", name="Start").click()
    page.wait_for_function("document.querySelectorAll('.points path').length > 8")
    page.get_by_text("Hold the charts").click()
    page.wait_for_timeout(1_000)
    paused = points()
    page.wait_for_timeout(1_500)
    assert points() == paused
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped: it reads").or_(page.get_by_text(DONE))).to_be_visible()


def test_a_reload_in_mid_run_finds_the_run_again(page: Page, address: str) -> None:
    page.goto(address)
    set_slider(page, "Epochs", "End")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("of 100 ·")).to_be_visible()
    page.reload()
    expect(page.get_by_text("of 100 ·")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped: it reads")).to_be_visible()


def test_a_run_goes_on_while_another_page_is_visited(page: Page, address: str) -> None:
    page.goto(address)
    set_slider(page, "Epochs", "End")
    page.get_by_role("button", name="Start").click()
    progress = page.get_by_role("progressbar")
    expect(progress).to_be_visible()
    page.get_by_role("link", name="Draw").first.click()
    expect(page.get_by_role("heading", name="Draw")).to_be_visible()
    page.get_by_role("link", name="Train").first.click()
    expect(page.get_by_text("of 100 ·")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped: it reads")).to_be_visible()


def test_visitors_do_not_see_or_stop_each_others_runs(
    page: Page, browser: Browser, address: str
) -> None:
    page.goto(address)
    set_slider(page, "Epochs", "End")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("of 100 ·")).to_be_visible()
    other = browser.new_context().new_page()
    other.goto(address)
    expect(other.get_by_text("Press Start")).to_be_visible()
    expect(other.get_by_role("button", name="Stop")).to_be_disabled()
    other.get_by_role("button", name="Start").click()
    expect(other.get_by_text(DONE)).to_be_visible(timeout=30_000)
    other.context.close()
    expect(page.get_by_text("of 100 ·")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped: it reads")).to_be_visible()


def test_settings_can_be_reached_by_the_keyboard(page: Page, address: str) -> None:
    page.goto(address)
    slider = page.get_by_role("slider", name="Hidden size")
    slider.focus()
    slider.press("ArrowRight")
    expect(slider).to_have_value("132")


def test_the_train_page_fits_a_phone(phone: Page, address: str) -> None:
    phone.goto(address)
    phone.get_by_role("button", name="Start").click()
    expect(phone.get_by_text(DONE)).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 375
    assert phone.get_by_test_id("stMain").evaluate("main => main.scrollWidth") <= 375
