"""The laboratory on the Train page, as a visitor sees it."""

import re
from functools import partial
from pathlib import Path

from playwright.sync_api import Page, expect

from data_loader import Dataset
from nn import load_model
from tests.browser.driver import (
    DONE,
    SHORT_RUN,
    STOPPED,
    assert_fits,
    box_at_rest,
    choose,
    click_mark,
    download,
    start_long_run,
    stop,
    train,
    wait_until_idle,
)

# Buttons of a run, with its name behind; the view that is left has others.
OPEN, MORE = re.compile("^Open (?!the time machine)"), re.compile("^More (?!recipes)")


def code(page: Page, text: str) -> str:
    """Return the code on the page that holds a text."""
    return page.get_by_test_id("stCode").filter(has_text=text).inner_text()


def test_code_of_a_stepped_run_contains_its_eta_change(page: Page, address: str) -> None:
    page.goto(f"{address}/train")
    start_long_run(page)
    wait_until_idle(page)
    page.get_by_role("button", name="Pause").click()
    paused = page.get_by_text(re.compile(r"Paused after batch [\d,]+ of 55,000"))
    expect(paused).to_be_visible()
    before = paused.inner_text()
    page.get_by_role("button", name="Next batch").click()
    expect(paused).not_to_have_text(before)
    wait_until_idle(page)
    eta = page.get_by_role("slider", name="Learning rate of this run")
    unchanged = eta.input_value()
    eta.press("ArrowLeft")
    expect(eta).not_to_have_value(unchanged)
    page.wait_for_timeout(1_000)  # the browser sends the value when the slider has rested
    wait_until_idle(page)
    page.get_by_role("button", name="Resume").click()
    speed = page.get_by_text("images a second")
    record = speed.inner_text()
    expect(speed).not_to_have_text(record)  # the change holds from the next batch on
    stop(page)
    choose(page, "Export")
    expect(page.get_by_test_id("stCode").filter(has_text="etas")).to_be_visible()
    assert "while trainer.step_count < " in code(page, "etas")


def test_layer_charts_are_drawn_during_a_run(page: Page, address: str) -> None:
    page.goto(f"{address}/train")
    start_long_run(page)
    choose(page, "Layers")
    expect(page.locator(".js-plotly-plot")).to_have_count(5)
    stop(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(5)


def test_link_restores_the_settings_of_a_run(page: Page, address: str) -> None:
    page.goto(f"{address}/train")
    page.get_by_role("slider", name="Hidden size").press("Home")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text(DONE)).to_be_visible()
    choose(page, "Export")
    expect(page.get_by_test_id("stCode").filter(has_text="/train?")).to_be_visible()
    link = code(page, "/train?").strip()
    assert link.startswith(f"{address}/train?recipe=fast-97&")
    page.goto(link)
    expect(page.get_by_role("slider", name="Hidden size")).to_have_value("4")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    assert page.url == link


def test_run_is_downloaded_in_every_format_and_loaded(
    page: Page, address: str, tmp_path: Path
) -> None:
    train(page, address)
    choose(page, "Export")
    sizes = {}
    for label in (
        "Download code",
        "Download run",
        "Download network",
        "Download ONNX file",
        "Download NumPy program",
    ):
        file = download(page, label, tmp_path)
        sizes[file.name] = file.stat().st_size
    assert len(sizes) == 5
    assert all(size > 400 for size in sizes.values())
    load_model(tmp_path / "inkling-784-128-10.safetensors")

    choose(page, "Saved runs")
    page.get_by_text("Load a run from a file").click()
    rows = page.get_by_role("button", name=OPEN)
    expect(rows.first).to_be_visible()
    uploader = page.get_by_test_id("stFileUploader")
    uploader.locator("input[type=file]").set_input_files(
        tmp_path / "inkling-784-128-10.safetensors"
    )
    expect(page.get_by_text("not contain a run")).to_be_visible()
    uploader.locator("input[type=file]").set_input_files(
        tmp_path / "inkling-784-128-10-run.safetensors"
    )
    expect(page.get_by_text("not contain a run")).not_to_be_visible()
    expect(uploader.get_by_text("inkling-784-128-10-run.safetensors")).not_to_be_visible()


def test_saved_runs_are_renamed_compared_deleted_and_restored(page: Page, address: str) -> None:
    train(page, address)
    start_long_run(page)
    stop(page)
    choose(page, "Saved runs")
    page.get_by_role("button", name=MORE).first.click()
    page.get_by_role("textbox", name="Name").fill("the one to find")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("the one to find", exact=True).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("checkbox", name="Compare the one to find")).to_have_count(1)
    for act in ("Open", "More"):
        expect(page.get_by_role("button", name=f"{act} the one to find")).to_have_count(1)

    ticks = page.get_by_role("checkbox", name="Compare")
    for k in range(2):
        ticks.nth(k).press("Space")
        expect(ticks.nth(k)).to_be_checked()
    expect(page.get_by_role("heading", name="Compared")).to_be_visible()
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(4)

    page.get_by_role("textbox", name="Search").fill("one to find")
    page.get_by_role("textbox", name="Search").press("Enter")
    expect(page.get_by_role("button", name=OPEN)).to_have_count(1)
    page.get_by_role("button", name=MORE).click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No runs match")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name=OPEN).click()
    expect(page.get_by_text(STOPPED)).to_be_visible()


def test_click_on_a_heatmap_cell_opens_the_run_of_its_trial(page: Page, address: str) -> None:
    page.goto(f"{address}/train?{SHORT_RUN}")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    choose(page, "Many runs")
    page.get_by_role("button", name="Start all 16").click()
    expect(page.get_by_text("Best of 16 on the validation images")).to_be_visible(timeout=120_000)
    cells = page.locator(".js-plotly-plot .textpoint text")
    expect(cells).to_have_count(16)
    accuracy = float(cells.last.text_content() or "0")
    click_mark(cells.last)
    expect(page.get_by_text(DONE)).to_be_visible()
    expect(page.get_by_role("combobox", name="Run", exact=True)).to_have_value(
        "128 units, learning rate 0.5"
    )
    assert accuracy > 50
    choose(page, "Many runs")
    expect(cells).to_have_count(16)
    box = box_at_rest(cells.first)
    finger = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}]
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": finger})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.get_by_role("combobox", name="Run", exact=True)).to_have_value(
        re.compile("^16 units")
    )


def test_started_sweep_is_in_view_on_a_phone(phone: Page, address: str) -> None:
    phone.goto(f"{address}/train?view=sweep&{SHORT_RUN}")
    phone.get_by_role("button", name="Start all 16").click()
    expect(phone.get_by_text(re.compile(r"^(\d+|Best) of 16 "))).to_be_in_viewport()


def test_play_changes_the_weight_picture(page: Page, address: str) -> None:
    train(page, address)
    choose(page, "Time machine")
    right = page.get_by_text(re.compile(r"\d+\.\d+%")).last
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    picture = page.get_by_role("img", name=re.compile(r"weights of \d+ units, 28 by 28 each"))
    expect(picture).to_be_visible()
    first = picture.get_attribute("src") or ""
    page.get_by_role("button", name="Play").click()
    expect(picture).not_to_have_attribute("src", first)
    assert right.is_visible()


def test_experiment_shows_outcome_explanation_and_corrected_run(
    page: Page, address: str, found_mnist: Dataset | None
) -> None:
    page.goto(f"{address}/train")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    choose(page, "Failure lab")
    page.get_by_text("All weights zero", exact=True).click()
    run_it = page.get_by_role("button", name="Run")
    expect(run_it).to_be_disabled()
    page.get_by_text("It learns just as well: the start does not matter").click()
    expect(run_it).to_be_enabled()
    run_it.click()
    expect(page.get_by_text("What happened: It learns nothing")).to_be_visible()
    expect(page.get_by_text("0 of its 101,632 weights are other than 0")).to_be_visible()
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    page.get_by_role("button", name="Run with the fix").click()
    tens = "9" if found_mnist else "[89]"  # of its percent: built-in digits are harder
    expect(page.get_by_text(re.compile(rf"Validation accuracy: {tens}\d\.\d+%"))).to_be_visible()


def test_race_shows_both_batch_sizes(page: Page, address: str) -> None:
    page.goto(f"{address}/train")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    choose(page, "Failure lab")
    page.get_by_text("The race", exact=True).click()
    page.get_by_text("10 to 100 times as many").click()
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("One at a time").first).to_be_visible()
    expect(page.get_by_text("10,000 at once").first).to_be_visible()
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    assert page.locator(".js-plotly-plot").count() >= 1


def test_every_view_of_train_fits_a_phone(phone: Page, address: str) -> None:
    train(phone, address)
    assert_fits(phone)
    button = partial(phone.get_by_role, "button")
    for name, last_element in {
        "Layers": phone.locator(".js-plotly-plot").nth(4),
        "Time machine": button(name="Play"),
        "Export": button(name="Download ONNX file"),
        "Saved runs": button(name=OPEN).first,
        "Many runs": button(name="Start all 16"),
        "Failure lab": button(name="Run"),
    }.items():
        choose(phone, name)
        expect(last_element).to_be_visible()
        assert_fits(phone, name)
