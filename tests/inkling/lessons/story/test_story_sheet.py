"""Page to print at the end of the story."""

from inkling.lessons.story.story_sheet import SheetRow, story_sheet


def test_sheet_holds_what_the_visitor_predicted_saw_and_measured() -> None:
    row = SheetRow("1. A digit", "How many?", "Nine", "<b>Two fours</b>", ("Read: 10 of 10",))
    page = story_sheet([row]).decode()
    for part in ("1. A digit", "How many?", "Nine", "Read: 10 of 10"):
        assert part in page
    assert "&lt;b&gt;Two fours&lt;/b&gt;" in page


def test_sheet_leaves_out_what_is_missing() -> None:
    page = story_sheet([SheetRow("1. A digit", "How many?", "", "", ())]).decode()
    assert "predicted" not in page
    assert "saw" not in page
