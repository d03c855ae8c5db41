"""Two models side by side on the Mistakes page, run by Streamlit's own test harness."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.ui import model_choice, services, session_keys
from tests.pages.driver import grid_cells, open_page, text, train


def wrong_at(labels: np.ndarray, indices: list[int]) -> np.ndarray:
    """Return answers that are right but at these indices, where the next digit is given."""
    P = np.eye(10)[labels]
    for index in indices:
        P[index] = 0.02
        P[index, (labels[index] + 1) % 10] = 0.82
    return P


def outcomes(app: AppTest) -> list[str]:
    return list(app.button_group(key=session_keys.MISTAKES_OUTCOME).options)


def cells(app: AppTest) -> list[tuple[int, str]]:
    """Return index and caption of each digit in the grid."""
    return [(cell["index"], cell["caption"]) for cell in grid_cells(app)]


@pytest.fixture
def two(app: AppTest) -> AppTest:
    """The app with a run beside the built-in network; the run answers."""
    app.run()
    train(app)
    return app


@pytest.fixture
def answers(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the run be wrong at 11, 25 and 31 to 39, and the built-in network at 11 and 44."""
    labels = small.test.labels
    first, second = wrong_at(labels, [11, 25, *range(31, 40)]), wrong_at(labels, [11, 44])

    def given(data: str, model_id: str, network: object) -> np.ndarray:
        return second if model_id == "pretrained" else first

    monkeypatch.setattr(services, "answers_to_test_images", given)


def test_builtin_networks_are_compared_before_any_run(app: AppTest) -> None:
    open_page(app, "mistakes", "Two networks")
    second = app.selectbox(key=session_keys.MISTAKES_SECOND_MODEL)
    assert second.value == "pretrained-dense"
    assert not app.error


def test_images_by_outcome(two: AppTest, answers: None) -> None:
    open_page(two, "mistakes", "Two networks")
    assert outcomes(two) == ["Fixed 10", "Broken 1", "Both wrong 1", "Both correct 488"]
    assert len(two.get("plotly_chart")) == 1
    for outcome, expected in (
        ("broken", [(44, "4→5")]),
        ("both wrong", [(11, "2")]),
        ("fixed", [(25, "6→5"), (31, "2→1")]),
        ("both right", [(0, "0"), (1, "1")]),
    ):
        two.button_group(key=session_keys.MISTAKES_OUTCOME).set_value(outcome).run()
        assert cells(two)[:2] == expected
        digit = expected[0][0] % 10
        assert f"Label {digit}" in text(two)


def test_accuracies_and_significance_are_shown(two: AppTest, answers: None) -> None:
    open_page(two, "mistakes", "Two networks")
    assert "First: **97.80%** :blue-badge[good]" in text(two)
    assert "Second: **99.60%** :green-badge[excellent]" in text(two)
    assert "Built\\-in network, 98.6% to 99.9%" in text(two)
    assert "The second reads 9 more images correctly, 1.80% of all." in text(two)
    # 11 tosses, 1 of them the other way: 2 (1 + 11) / 2048
    assert "They disagree on 11 images." in text(two)
    assert "would happen 1.17% of the time" in text(two)
    assert "**chance is an unlikely explanation**" in text(two)


def test_opened_image_shows_both_answers(two: AppTest, answers: None) -> None:
    open_page(two, "mistakes", "Two networks")
    assert ":red[**✗**] First: **6** with 82%" in text(two)
    assert ":green[**✓**] Second: **5** with over 99%" in text(two)
    links = [link.proto for link in two.get("page_link") if "Evidence" in link.proto.label]
    assert len(links) == 1
    assert "index=25" in links[0].query_string


def test_models_can_be_swapped(two: AppTest, answers: None) -> None:
    open_page(two, "mistakes", "Two networks")
    two.selectbox(key="model").set_value("pretrained").run()
    assert outcomes(two) == ["Fixed 1", "Broken 10", "Both wrong 1", "Both correct 488"]
    assert "The second reads 9 fewer images correctly" in text(two)


def test_equal_models_have_no_chart(
    two: AppTest, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    P = wrong_at(small.test.labels, [])
    monkeypatch.setattr(services, "answers_to_test_images", lambda data, model_id, network: P)
    open_page(two, "mistakes", "Two networks")
    assert "Both are correct on the same images and wrong on the same images." in text(two)
    assert "No images match." in text(two)
    assert not two.get("plotly_chart")


def test_equal_accuracies_on_different_images(
    two: AppTest, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (wrong_at(small.test.labels, [k]) for k in (7, 8))
    monkeypatch.setattr(
        services,
        "answers_to_test_images",
        lambda data, model_id, network: second if model_id == "pretrained" else first,
    )
    open_page(two, "mistakes", "Two networks")
    assert "Both have the same accuracy, but 2 images have different answers." in text(two)
    assert "would happen 100% of the time" in text(two)
    assert "**chance can well explain it**" in text(two)


def test_overflowed_second_model_is_named(
    two: AppTest, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    P = wrong_at(small.test.labels, [7])
    nothing = np.full_like(P, np.nan)
    monkeypatch.setattr(
        services,
        "answers_to_test_images",
        lambda data, model_id, network: nothing if model_id == "pretrained" else P,
    )
    open_page(two, "mistakes", "Two networks")
    assert "**Built\\-in network**: The numbers of this network overflowed" in two.warning[0].value
    assert not two.get("plotly_chart")


def test_address_restores_the_second_network_and_the_outcome(two: AppTest, answers: None) -> None:
    two.switch_page("pages/mistakes.py")
    two.query_params.update({"view": "two-models", "second": "pretrained-dense"})
    two.query_params["outcome"] = "both right"
    two.run()
    assert two.selectbox(key=session_keys.MISTAKES_SECOND_MODEL).value == "pretrained-dense"
    assert two.button_group(key=session_keys.MISTAKES_OUTCOME).value == "both right"
    two.selectbox(key=session_keys.MISTAKES_SECOND_MODEL).set_value("pretrained").run()
    assert "second" not in two.query_params


def test_runs_of_sweeps_are_not_offered(two: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    models = model_choice.available_models
    sweep = replace(model_choice.pretrained(), id="trial", name="one of a sweep", group="sweep")
    monkeypatch.setattr(model_choice, "available_models", lambda: [*models(), sweep])
    open_page(two, "mistakes", "Two networks")
    options = two.selectbox(key=session_keys.MISTAKES_SECOND_MODEL).options
    assert len(options) == 2
    assert not [option for option in options if "sweep" in option]
