"""The laboratory on the Train page, as a visitor sees it."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from nn import load_model

DONE = "Done: it reads"


def train(page: Page, address: str) -> None:
    """Train with the settings that are there at first."""
    page.goto(address)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text(DONE)).to_be_visible()


def start_long_run(page: Page) -> None:
    """Start a run that lasts until the test stops it."""
    page.get_by_role("slider", name="Hidden size").press("End")
    page.get_by_role("slider", name="Epochs").press("End")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("images a second")).to_be_visible()


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped: it reads")).to_be_visible()


def view(page: Page, name: str) -> None:
    page.get_by_test_id("stButtonGroup").first.get_by_text(name, exact=True).click()


def look(page: Page, name: str) -> None:
    page.get_by_test_id("stButtonGroup").filter(has_text="Look closer").get_by_text(name).click()


def code(page: Page, text: str) -> str:
    """Return the code on the page that holds a text."""
    return page.get_by_test_id("stCode").filter(has_text=text).inner_text()


def test_a_run_is_paused_stepped_and_steered_and_its_code_says_so(page: Page, address: str) -> None:
    page.goto(address)
    start_long_run(page)
    page.get_by_role("button", name="Pause").click()
    paused = page.get_by_text(re.compile(r"Paused after batch [\d,]+ of 55,000"))
    expect(paused).to_be_visible()
    before = paused.inner_text()
    page.get_by_role("button", name="One batch").click()
    expect(paused).not_to_have_text(before)
    page.get_by_role("slider", name="Eta of this run").press("ArrowLeft")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("images a second")).to_be_visible()
    stop(page)
    look(page, "Take it away")
    expect(page.get_by_test_id("stCode").filter(has_text="etas")).to_be_visible()
    assert "while trainer.step_count < " in code(page, "etas")


def test_the_layers_are_drawn_while_the_run_goes_on(page: Page, address: str) -> None:
    page.goto(address)
    start_long_run(page)
    look(page, "Layers")
    expect(page.locator(".js-plotly-plot")).to_have_count(5)
    stop(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(5)


def test_a_link_leads_somebody_else_to_the_same_settings(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("slider", name="Hidden size").press("Home")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text(DONE)).to_be_visible()
    look(page, "Take it away")
    expect(page.get_by_test_id("stCode").filter(has_text="/train?")).to_be_visible()
    link = code(page, "/train?").strip()
    assert link.startswith(f"{address}/train?recipe=fast-97&")
    page.goto(link)
    expect(page.get_by_role("slider", name="Hidden size")).to_have_value("4")
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    assert page.evaluate("location.search") == ""


def test_the_model_leaves_in_every_format(page: Page, address: str, tmp_path: Path) -> None:
    train(page, address)
    look(page, "Take it away")
    sizes = {}
    for label in ("The code", "The whole run", "The model", "As ONNX", "As one NumPy file"):
        with page.expect_download() as download:
            page.get_by_role("button", name=label, exact=True).click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        sizes[file.name] = file.stat().st_size
    assert len(sizes) == 5
    assert all(size > 400 for size in sizes.values())
    load_model(tmp_path / "inkling-784-128-10.safetensors")

    view(page, "Kept runs")
    page.get_by_text("Load a run from a file").click()
    rows = page.get_by_role("button", name="Open", exact=True)
    expect(rows.first).to_be_visible()
    uploader = page.get_by_test_id("stFileUploader")
    uploader.locator("input[type=file]").set_input_files(
        tmp_path / "inkling-784-128-10.safetensors"
    )
    expect(page.get_by_text("holds no run")).to_be_visible()
    uploader.locator("input[type=file]").set_input_files(
        tmp_path / "inkling-784-128-10-run.safetensors"
    )
    expect(page.get_by_text("holds no run")).not_to_be_visible()
    expect(uploader.get_by_text("inkling-784-128-10-run.safetensors")).not_to_be_visible()


def test_saved_runs_are_renamed_compared_deleted_and_restored(page: Page, address: str) -> None:
    train(page, address)
    start_long_run(page)
    stop(page)
    view(page, "Kept runs")
    page.get_by_role("button", name="More").first.click()
    page.get_by_role("textbox", name="Name").fill("the one to find")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("the one to find")).to_be_visible()
    page.keyboard.press("Escape")

    ticks = page.get_by_role("checkbox", name="Compare")
    for k in range(2):
        ticks.nth(k).press("Space")
        expect(ticks.nth(k)).to_be_checked()
    expect(page.get_by_role("heading", name="Compared")).to_be_visible()
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(4)

    page.get_by_role("textbox", name="Search").fill("one to find")
    page.get_by_role("textbox", name="Search").press("Enter")
    expect(page.get_by_role("button", name="Open", exact=True)).to_have_count(1)
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No run fits")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_text("Stopped: it reads")).to_be_visible()


def test_a_sweep_fills_and_a_click_on_a_cell_opens_its_run(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    view(page, "Many runs")
    page.get_by_role("slider", name="Epochs").press("Home")
    page.get_by_role("button", name="Start all 16").click()
    expect(page.get_by_text("Best of 16 on the validation images")).to_be_visible(timeout=120_000)
    cells = page.locator(".js-plotly-plot .textpoint text")
    expect(cells).to_have_count(16)
    accuracy = float(cells.last.text_content() or "0")
    box = cells.last.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text(DONE)).to_be_visible()
    expect(page.get_by_role("combobox", name="Run")).to_have_value("128 units, eta 0.5")
    assert accuracy > 50


def test_the_time_machine_moves_through_the_training(page: Page, address: str) -> None:
    train(page, address)
    look(page, "Time machine")
    right = page.get_by_text(re.compile(r"\d+\.\d+%")).last
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    picture = page.get_by_role("img", name=re.compile("weights", re.IGNORECASE)).first
    expect(picture).to_be_visible()
    first = picture.get_attribute("src")
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(3_000)
    assert picture.get_attribute("src") != first
    assert right.is_visible()


def test_a_failure_is_predicted_tried_explained_and_mended(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    view(page, "Failure lab")
    page.get_by_text("All weights zero", exact=True).click()
    run_it = page.get_by_role("button", name="Run it")
    expect(run_it).to_be_disabled()
    page.get_by_text("It learns just as well: the start does not matter").click()
    expect(run_it).to_be_enabled()
    run_it.click()
    expect(page.get_by_text("What happened: It learns nothing")).to_be_visible()
    expect(page.get_by_text("0 of its 101,632 weights are other than 0")).to_be_visible()
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    page.get_by_role("button", name="Run it mended").click()
    expect(
        page.get_by_text(re.compile(r"It reads 9\d\.\d+% of the images held back"))
    ).to_be_visible()


def test_the_race_is_run_live(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    view(page, "Failure lab")
    page.get_by_text("The race", exact=True).click()
    page.get_by_text("10 to 100 times as many").click()
    page.get_by_role("button", name="Run it").click()
    expect(page.get_by_text("One at a time").first).to_be_visible()
    expect(page.get_by_text("10,000 at once").first).to_be_visible()
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    assert page.locator(".js-plotly-plot").count() >= 1


def test_no_view_is_wider_than_a_phone(phone: Page, address: str) -> None:
    phone.goto(address)
    phone.get_by_role("button", name="Start").click()
    expect(phone.get_by_text(DONE)).to_be_visible()
    for name in ("Layers", "Time machine", "Take it away"):
        look(phone, name)
        phone.wait_for_timeout(1_500)
        assert_fits(phone, name)
    for name in ("Kept runs", "Many runs", "Failure lab"):
        view(phone, name)
        phone.wait_for_timeout(1_500)
        assert_fits(phone, name)


def assert_fits(phone: Page, name: str) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth") <= 375, name
    assert phone.get_by_test_id("stMain").evaluate("main => main.scrollWidth") <= 375, name
