"""The first page: its links, and what it offers those who return."""

from streamlit.testing.v1 import AppTest

from inkling.lessons.story.chapters import CHAPTERS
from tests.pages.driver import APP, open_page, press, text, train


def links(app: AppTest) -> dict[str, str]:
    """Return the address of each page link by its label."""
    return {link.proto.label: link.proto.page for link in app.get("page_link")}


def test_first_page_says_what_inkling_is_and_leads_on(app: AppTest) -> None:
    home = AppTest.from_file(APP, default_timeout=30).run()
    assert home.title[0].value == "Watch a network learn to read"
    assert "handwritten digits" in text(home)
    assert list(links(home).items()) == [
        ("**Draw your own digit**", "draw"),
        ("**Train a network in two seconds**", "train"),
        ("**See what it gets wrong**", "mistakes"),
        ("**How does it work?**", "learn"),
        ("**Beat the network**: ten digits that it finds hard, against the clock", "mistakes"),
    ]


def test_first_page_offers_the_open_chapter_and_the_last_run(app: AppTest) -> None:
    train(app.run())
    open_page(app, "learn")
    app.radio(key="story_prediction_digits").set_value(2).run()
    press(app, "Run")
    app.switch_page("pages/home.py").run()
    found = links(app)
    first = next(iter(CHAPTERS.values()))
    [story] = [label for label in found if first.title in label]
    assert story.endswith(f"0 of {len(CHAPTERS)} chapters done")
    assert found[story] == "learn"
    [run] = [label for label in found if "fast\\-97" in label]
    assert run.endswith("% of test images")
    assert found[run] == "train"
