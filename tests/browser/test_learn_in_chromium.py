"""The Learn page, as a visitor sees it: what was done is there after a reload."""

from playwright.sync_api import Page, expect


def test_chapter_progress_persists_after_a_reload(page: Page, address: str) -> None:
    page.goto(f"{address}/learn?chapter=missing-term")
    expect(page.get_by_role("heading", name="The term that was forgotten")).to_be_visible()
    page.get_by_role("button", name="Run it").click()
    expect(page.get_by_role("cell", name="With the term put back, off by at most")).to_be_visible()
    page.get_by_text("Little: a wrong one can learn as well").click()
    expect(page.get_by_text("1 of 13 chapters done")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Softmax, ReLU and good beginnings")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Softmax, ReLU and good beginnings")).to_be_visible()
    expect(page.get_by_text("1 of 13 chapters done")).to_be_visible()


def test_chapter_trains_while_another_page_is_open(page: Page, address: str) -> None:
    page.goto(f"{address}/learn?chapter=eta")
    run = page.get_by_role("button", name="Run it", exact=True)
    run.click()
    expect(run).to_have_count(0)  # a page that is left while it is drawn ends its script
    page.get_by_role("link", name="Explore").click()
    expect(page.get_by_role("heading", name="Explore", exact=True)).to_be_visible()
    page.get_by_role("link", name="Learn").click()
    expect(page.get_by_role("cell", name="Eta 15: cost, right")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
