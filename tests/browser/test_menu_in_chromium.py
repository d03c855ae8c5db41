"""The menu of pages, which lies over the page of a phone."""

from playwright.sync_api import Page, expect

from tests.browser.draw_driver import open_draw

BESIDE = {"x": 340, "y": 400}  # the menu; below it is the canvas of Draw


def open_menu(phone: Page) -> None:
    phone.get_by_role("button", name="Expand sidebar").tap()
    menu = phone.get_by_test_id("stSidebar")
    expect(menu).to_have_attribute("data-collapsed", "false")
    expect(menu.get_by_role("link", name="Mistakes")).to_be_in_viewport(ratio=1)  # slid in


def assert_closed(phone: Page) -> None:
    expect(phone.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")


def test_menu_of_a_phone_closes_once_a_page_is_chosen(phone: Page, address: str) -> None:
    open_draw(phone, address)
    open_menu(phone)
    phone.get_by_test_id("stSidebar").get_by_role("link", name="Mistakes").tap()
    expect(phone).to_have_url(f"{address}/mistakes")
    assert_closed(phone)
    phone.reload()
    expect(phone.get_by_role("button", name="Expand sidebar")).to_be_visible()
    assert_closed(phone)


def test_tap_beside_the_menu_closes_it_and_draws_nothing(phone: Page, address: str) -> None:
    open_draw(phone, address)
    expect(phone.get_by_role("img", name="Canvas: draw a digit")).to_be_visible()
    open_menu(phone)
    phone.touchscreen.tap(**BESIDE)
    assert_closed(phone)
    expect(phone.get_by_role("button", name="Clear")).to_be_disabled()
    phone.wait_for_timeout(500)  # the canvas sends what was drawn on it after 200 ms
    expect(phone.get_by_role("button", name="Clear")).to_be_disabled()


def test_click_with_ctrl_opens_a_page_in_a_new_tab(page: Page, address: str) -> None:
    open_draw(page, address)
    link = page.get_by_role("link", name="Mistakes").first
    with page.context.expect_page() as opened:
        link.click(modifiers=["Control"])
    expect(opened.value).to_have_url(f"{address}/mistakes")
    assert page.url.startswith(f"{address}/draw")
    link.click()
    expect(page).to_have_url(f"{address}/mistakes")
