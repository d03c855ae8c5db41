"""The Mistakes page, run by Streamlit's own test harness."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset, Split
from inkling.analysis.verdicts import Verdict, Verdicts
from inkling.server.visitor_files import VisitorFiles
from inkling.ui import services, session_keys
from inkling.ui.mistakes import other_models, test_set_notice
from inkling.ui.mistakes.other_models import LabelDoubts
from inkling.ui.mistakes.summary import most_confused
from nn import load_pretrained
from nn.pretrained import accuracy_on_test_images
from tests.pages.driver import grid_cells, open_app, open_page, pictures, press, text, train

WRONG = (3, 17, 28)  # images of `small` with a 3, 7 and 8 that are given another label
LABEL = 5


@pytest.fixture
def small(small: Dataset) -> Dataset:
    """The data set, with three labels of test images that no network will guess."""
    labels = small.test.labels.copy()
    labels[list(WRONG)] = LABEL
    return Dataset(small.name, small.source, small.train, Split(small.test.images, labels))


def train_and_open(app: AppTest) -> None:
    open_page(app, "train")
    train(app)
    open_page(app, "mistakes")
    assert not app.error


def test_pretrained_model_is_the_default(app: AppTest) -> None:
    open_page(app, "mistakes")
    assert not app.error
    assert app.title[0].value == "Mistakes"
    assert app.selectbox(key="model").options == [
        f"{name} · {accuracy_on_test_images(file):.2%} · "
        f"{load_pretrained(file).architecture.summary}"
        for name, file in (("Built-in network", "conv"), ("Built-in dense network", "dense"))
    ]
    assert "of 500 test images wrong" in text(app)


def test_other_data_set_can_be_chosen(app: AppTest) -> None:
    train_and_open(app)
    app.button_group(key="data").set_value("Built-in digits").run()
    assert not app.error
    assert "of 500 test images wrong" in text(app)
    assert app.query_params["data"] == "Built-in digits"
    app.button_group(key="data").set_value("small").run()
    assert "data" not in app.query_params


def test_accuracy_is_shown_and_the_most_confident_mistake_is_open(app: AppTest) -> None:
    train_and_open(app)
    assert app.header[0].value == "3 of 500 test images wrong"
    assert ":green-badge[excellent] **99.40%** accuracy" in text(app)
    assert "**3 mistakes**" in text(app)
    assert f"Label {LABEL}, answer" in text(app)
    assert "Five people" not in text(app)  # nobody has looked at these images


def test_filters_select_mistakes(app: AppTest) -> None:
    train_and_open(app)
    app.selectbox(key="mistakes_true").set_value(str(LABEL))
    app.selectbox(key="mistakes_says").set_value("7").run()
    assert "**1 of 3 mistakes**: label 5, answer 7" in text(app)
    assert "Label 5, answer 7" in text(app)


def test_sentence_without_mistakes(app: AppTest) -> None:
    train_and_open(app)
    app.selectbox(key="mistakes_true").set_value("1").run()
    assert app.info[0].value == "No mistakes match (label 1)."


def test_address_opens_an_image(app: AppTest) -> None:
    train_and_open(app)
    app.query_params["index"] = str(WRONG[1])
    app.run()
    assert "Label 5, answer 7" in text(app)
    app.query_params["index"] = "2"
    app.run()
    assert ":green[✓] Label 2, answer 2" in text(app)


def test_invalid_address_shows_a_warning(app: AppTest) -> None:
    open_mistakes(app)
    for index in ("500", "-1", "seven", "", "9" * 5000, "²"):
        app.query_params["index"] = index
        app.run()
        assert not app.error
        assert "numbered 0 to 499" in app.warning[0].value


def test_address_of_a_training_image_shows_a_warning(app: AppTest) -> None:
    open_page(app, "mistakes")
    app.query_params.update({"split": "train", "index": "7"})
    app.run()
    assert "Training image 7 cannot be opened here" in app.warning[0].value


def test_filters_are_kept_while_another_page_is_open(app: AppTest) -> None:
    train_and_open(app)
    app.selectbox(key="mistakes_true").set_value(str(LABEL)).run()
    open_page(app, "draw")
    open_page(app, "mistakes")
    assert app.selectbox(key="mistakes_true").value == str(LABEL)


def test_overflowed_network_shows_a_warning(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    app.run()
    train(app)
    nothing = np.full((500, 10), np.nan)
    monkeypatch.setattr("nn.Network.predict_proba", lambda network, images: nothing)
    services.answers_to_test_images.clear()  # the Train page has shown the first mistakes
    open_page(app, "mistakes")
    assert "overflowed" in app.warning[0].value
    assert not app.get("plotly_chart")


@pytest.fixture
def answers(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Let every model give these answers: the three mistakes differ in confidence and margin."""
    P = np.eye(10)[small.test.labels]
    for index, answer, share, of_label in (
        (3, 3, 0.6, 0.1),
        (17, 7, 0.9, 0.05),
        (28, 8, 0.7, 0.29),
    ):
        P[index] = (1 - share - of_label) / 8
        P[index, [answer, LABEL]] = share, of_label
    monkeypatch.setattr(services, "answers_to_test_images", lambda data, model_id, network: P)
    return P


def open_mistakes(app: AppTest) -> None:
    open_page(app, "mistakes")
    assert not app.error


def opened(app: AppTest) -> int:
    """Return the index of the image that is open."""
    captions = (picture.caption for picture in pictures(app))
    return int(next(c.removeprefix("Test image ") for c in captions if c.startswith("Test image")))


def listed(app: AppTest) -> list[int]:
    """Return the mistakes that the grid shows, in their order."""
    return [cell["index"] for cell in grid_cells(app)]


def judge(app: AppTest, verdict: Verdict | None) -> None:
    """Give a verdict on the open image."""
    data = app.button_group(key=session_keys.DATA).value
    app.button_group(key=f"mistakes_verdict_{data}_{opened(app)}").set_value(verdict).run()


def judged(app: AppTest) -> str:
    """Return the label that counts the verdicts."""
    return next(str(g.label) for g in app.button_group if "judged" in str(g.label))


def kept(tmp_path: Path) -> Path:
    """Return the file of the only visitor who kept verdicts."""
    (file,) = tmp_path.glob("runs/visitors/*/verdicts.json")
    return file


def test_mistakes_are_sorted_by_confidence_by_margin_and_by_doubt(
    app: AppTest, answers: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubt = LabelDoubts(np.array([17, 28, 3]), np.array([0.2, 0.5, 0.9]))
    monkeypatch.setattr(other_models, "label_doubts", lambda model, data, P: doubt)
    open_mistakes(app)
    assert listed(app) == [17, 28, 3]
    for order, expected in (("margin", [28, 3, 17]), ("doubt", [3, 28, 17])):
        app.selectbox(key=session_keys.MISTAKES_SORT).set_value(order).run()
        assert listed(app) == expected
        assert opened(app) == expected[0]


def test_mistakes_without_doubt_come_last_with_a_note(
    app: AppTest, answers: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubt = LabelDoubts(np.array([17, 28]), np.array([0.0, 0.5]))
    monkeypatch.setattr(other_models, "label_doubts", lambda model, data, P: doubt)
    open_mistakes(app)
    app.selectbox(key=session_keys.MISTAKES_SORT).set_value("doubt").run()
    assert listed(app) == [28, 17, 3]
    assert any("most confident mistakes were weighed" in c.value for c in app.caption)


def test_doubt_is_computed_from_available_evidence(app: AppTest, answers: np.ndarray) -> None:
    open_mistakes(app)
    app.selectbox(key=session_keys.MISTAKES_SORT).set_value("doubt").run()
    assert sorted(listed(app)) == [3, 17, 28]
    assert "**Evidence against the label: 100%**" in text(app)
    assert "other networks 100%. Your own networks count" in text(app)
    assert "0 of 8 have its label (5), 8 the network's answer" in text(app)
    assert "**Other networks**: 0 of 1 say its label (5)" in text(app)
    train_and_open(app)  # the new run is asked when the built-in network answers
    app.selectbox(key="model").set_value("pretrained").run()
    assert "0 of 2 say its label (5)" in text(app)
    assert re.search(r":gray-badge\[\*\*\d\*\* with .* · fast", text(app))


def test_verdict_opens_the_next_mistake_without_one(app: AppTest, answers: np.ndarray) -> None:
    open_mistakes(app)
    assert judged(app) == "What went wrong? 0 of 3 judged"
    assert opened(app) == 17
    judge(app, Verdict.AMBIGUOUS)
    assert judged(app) == "What went wrong? 1 of 3 judged"
    assert opened(app) == 28
    assert [cell["caption"] for cell in grid_cells(app)] == ["7 ≈", "8", "3"]
    app.query_params["index"] = "3"
    app.run()
    judge(app, Verdict.NETWORK)
    assert opened(app) == 28  # round the end
    judge(app, Verdict.LABEL)
    assert judged(app) == "What went wrong? 3 of 3 judged"
    assert opened(app) == 28  # there is no other
    for seen, expected in (("ambiguous", [17]), ("network", [3]), ("label", [28])):
        app.selectbox(key=session_keys.MISTAKES_VERDICT).set_value(seen).run()
        assert listed(app) == expected
    app.selectbox(key=session_keys.MISTAKES_VERDICT).set_value("open").run()
    assert "No mistakes with this verdict." in app.info[0].value


def test_grid_shows_the_page_of_the_next_mistake(
    app: AppTest, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    P = np.eye(10)[(small.test.labels + 1) % 10]  # all wrong, and equally sure
    monkeypatch.setattr(services, "answers_to_test_images", lambda data, model_id, network: P)
    open_mistakes(app)
    assert listed(app) == list(range(120))
    app.query_params["index"] = "119"
    app.run()
    judge(app, Verdict.NETWORK)
    assert opened(app) == 120
    assert listed(app) == list(range(120, 240))


def test_verdict_is_removed_by_a_second_click(app: AppTest, answers: np.ndarray) -> None:
    open_mistakes(app)
    judge(app, Verdict.LABEL)
    press(app, "Back to image 17 (?)")
    assert opened(app) == 17
    assert app.button_group(key="mistakes_verdict_small_17").value == Verdict.LABEL
    judge(app, None)
    assert opened(app) == 17
    assert judged(app) == "What went wrong? 0 of 3 judged"
    assert not [b for b in app.button if b.label.startswith("Back")]


def test_verdicts_are_shared_by_all_models(app: AppTest, answers: np.ndarray) -> None:
    open_mistakes(app)
    judge(app, Verdict.LABEL)
    train_and_open(app)
    assert len(app.selectbox(key="model").options) == 3
    assert judged(app) == "What went wrong? 1 of 3 judged"
    app.button_group(key="data").set_value("Built-in digits").run()
    assert judged(app) == "What went wrong? 0 of 3 judged"


def test_verdicts_survive_a_reload_and_can_be_removed(
    app: AppTest, answers: np.ndarray, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        "streamlit.runtime.context.ContextProxy.cookies", {"inkling_visitor": "a" * 32}
    )
    open_mistakes(app)
    judge(app, Verdict.LABEL)
    judge(app, Verdict.NETWORK)
    again = open_app()
    open_mistakes(again)
    assert judged(again) == "What went wrong? 2 of 3 judged"
    again.query_params["index"] = "17"
    again.run()
    assert again.button_group(key="mistakes_verdict_small_17").value == Verdict.LABEL
    assert "**2 verdicts**: ? Label in doubt 1, ✗ Network 1." in text(again)
    press(again, "Delete all")
    assert judged(again) == "What went wrong? 0 of 3 judged"
    assert Verdicts.read(kept(tmp_path).read_bytes()).of("small") == {}
    assert again.button_group(key="mistakes_verdict_small_17").value is None


def test_damaged_verdicts_file_reads_as_none(
    app: AppTest, answers: np.ndarray, tmp_path: Path
) -> None:
    open_mistakes(app)
    judge(app, Verdict.LABEL)
    kept(tmp_path).write_bytes(b'{"small": {"17": "guilty"}}')
    app.run()
    assert judged(app) == "What went wrong? 0 of 3 judged"
    judge(app, Verdict.LABEL)
    assert judged(app) == "What went wrong? 1 of 3 judged"


def test_with_a_full_disk_verdicts_last_for_the_session(
    app: AppTest, answers: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(keepsakes: VisitorFiles, visitor_id: str, name: str, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    open_mistakes(app)
    with monkeypatch.context() as broken:
        broken.setattr(VisitorFiles, "write", full)
        judge(app, Verdict.LABEL)
        assert "No space left on device" in app.warning[0].value
        assert judged(app) == "What went wrong? 1 of 3 judged"
        judge(app, Verdict.LABEL)
        assert judged(app) == "What went wrong? 2 of 3 judged"
    judge(app, Verdict.LABEL)
    assert not app.warning
    assert judged(app) == "What went wrong? 3 of 3 judged"


def test_correctly_classified_image_has_no_verdict_controls(
    app: AppTest, answers: np.ndarray
) -> None:
    open_mistakes(app)
    app.query_params["index"] = "2"
    app.run()
    assert ":green[✓] Label 2, answer 2" in text(app)
    assert not [g for g in app.button_group if "mistakes_verdict" in str(g.key)]


def test_votes_are_shown_for_mnist_images_only(
    app: AppTest, mnist_place: Any, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other_models, "other_models", lambda model: [])
    mnist_place.found = Dataset("MNIST", small.source, small.train, small.test)
    open_mistakes(app)
    app.query_params["index"] = "449"
    app.run()
    assert "Five people looked at it: four say 3, one says 5." in text(app)
    assert "**Evidence against the label: 10%**" in text(app)
    assert "The mean of: nearest training images 0%, people 20%." in text(app)
    app.query_params["data"] = "Built-in digits"
    app.run()
    assert "Five people" not in text(app)
    assert "**Evidence against the label: 0%**" in text(app)


@pytest.mark.parametrize(
    "view", ["Two networks", "How it learned", "How sure it is", "Beat the network"]
)
def test_link_to_an_image_opens_all_mistakes_from_every_view(app: AppTest, view: str) -> None:
    open_mistakes(app)
    app.query_params["index"] = "17"
    app.run()
    app.button_group(key=session_keys.MISTAKES_VIEW).set_value(view).run()
    assert not app.error
    assert "index" not in app.query_params
    assert not [box for box in app.selectbox if box.key == session_keys.MISTAKES_VERDICT]
    open_page(app, "draw")
    open_page(app, "mistakes")
    assert app.button_group(key=session_keys.MISTAKES_VIEW).value == view
    app.query_params["index"] = "17"
    app.run()
    assert app.button_group(key=session_keys.MISTAKES_VIEW).value == "All mistakes"
    assert opened(app) == 17


def test_test_set_notice_is_shown(app: AppTest) -> None:
    open_mistakes(app)
    notice = next(caption for caption in app.caption if caption.value == test_set_notice.NOTICE)
    assert "choose by the validation images" in notice.proto.help


def chosen(app: AppTest) -> dict[str, str]:
    """Return the chosen filters, by their names in the address."""
    keys = {
        "order": session_keys.MISTAKES_SORT,
        "label": session_keys.MISTAKES_LABEL,
        "answer": session_keys.MISTAKES_ANSWER,
        "verdict": session_keys.MISTAKES_VERDICT,
    }
    return {name: str(app.selectbox(key=key).value) for name, key in keys.items()}


def test_address_restores_the_filters(app: AppTest, answers: np.ndarray) -> None:
    linked = {"order": "margin", "label": "5", "answer": "8", "verdict": "open"}
    open_page(app, "draw")
    app.switch_page("pages/mistakes.py")
    app.query_params.update(linked)
    app.run()
    assert chosen(app) == linked
    assert listed(app) == [28]


def test_filters_are_written_to_the_address_and_removed_by_show_all(
    app: AppTest, answers: np.ndarray
) -> None:
    open_mistakes(app)
    assert not {"order", "label", "answer", "verdict"} & set(app.query_params)
    app.selectbox(key=session_keys.MISTAKES_ANSWER).set_value("7").run()
    assert app.query_params["answer"] == "7"
    assert listed(app) == [17]
    press(app, "Show all")
    assert "answer" not in app.query_params
    assert listed(app) == [17, 28, 3]


def test_invalid_filters_in_the_address_are_ignored(app: AppTest, answers: np.ndarray) -> None:
    app.run()
    app.switch_page("pages/mistakes.py")
    app.query_params.update({"label": "12", "answer": "<b>", "order": "", "verdict": "guilty"})
    app.run()
    assert chosen(app) == {"order": "confidence", "label": "any", "answer": "any", "verdict": "any"}
    assert "label" not in app.query_params


def test_another_view_removes_the_filters_from_the_address_and_keeps_them(
    app: AppTest, answers: np.ndarray
) -> None:
    open_mistakes(app)
    app.selectbox(key=session_keys.MISTAKES_LABEL).set_value("5").run()
    view = app.button_group(key=session_keys.MISTAKES_VIEW)
    view.set_value("Beat the network").run()
    assert "label" not in app.query_params
    app.button_group(key=session_keys.MISTAKES_VIEW).set_value("All mistakes").run()
    assert app.query_params["label"] == "5"


def test_verdict_buttons_count_the_verdicts(app: AppTest, answers: np.ndarray) -> None:
    open_mistakes(app)
    judge(app, Verdict.AMBIGUOUS)
    buttons = app.button_group(key=f"mistakes_verdict_small_{opened(app)}")
    assert buttons.options == ["? Label in doubt · 0", "≈ Ambiguous · 1", "✗ Network · 0"]


def test_address_of_an_image_opens_its_page_of_the_list(
    app: AppTest, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    P = np.eye(10)[(small.test.labels + 1) % 10]  # all wrong, and equally sure
    monkeypatch.setattr(services, "answers_to_test_images", lambda data, model_id, network: P)
    app.run()
    app.switch_page("pages/mistakes.py")
    app.query_params["index"] = "130"
    app.run()
    assert opened(app) == 130
    assert listed(app) == list(range(120, 240))


def test_two_digits_that_are_mixed_up_most_are_named() -> None:
    counts = np.diag(np.full(10, 90))
    assert most_confused(counts) == ""
    counts[4, 9], counts[9, 4], counts[7, 2] = 3, 2, 4
    assert most_confused(counts) == " It mixes up 4 and 9 most: 5 times."
