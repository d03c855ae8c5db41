"""Calibration on the Mistakes page, run by Streamlit's own test harness."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data_loader import Dataset, Split
from inkling.analysis.calibration import (
    HIGHEST,
    LOWEST,
    calibration,
    corrected,
    fit_temperature,
    logits,
    with_temperature,
)
from inkling.runs.run import Run
from inkling.runs.store import RunStore
from inkling.ui.mistakes.calibration import Fit, fit_verdict
from nn import TrainConfig
from tests.pages.driver import open_page, press, text

LOOKED_AT = "You are looking at test images"


@pytest.fixture(scope="module")
def small(small: Dataset) -> Dataset:
    """The data set with every ninth label of both parts wrong, so that nobody can be sure."""

    def doubtful(part: Split) -> Split:
        labels = part.labels.copy()
        labels[::9] = (labels[::9] + 1 + np.arange(len(labels[::9])) % 9) % 10
        return Split(part.images, labels)

    return Dataset(small.name, small.source, doubtful(small.train), doubtful(small.test))


@pytest.fixture(scope="module")
def overconfident(small: Dataset, trained: Callable[..., Run]) -> Run:
    """A run whose logits are three times as large as they should be."""
    honest = trained(TrainConfig(hidden_sizes=(10,), epochs=5), small, name="sure")
    return replace(honest, network=corrected(honest.network, 1 / 3))


@pytest.fixture
def run(overconfident: Run, tmp_path: Path) -> Run:
    """The overconfident run, saved."""
    RunStore(tmp_path / "runs").save(overconfident)
    return overconfident


def opened(app: AppTest, run: Run | None = None) -> AppTest:
    open_page(app, "mistakes", "How sure it is")
    if run is not None:
        app.selectbox(key="model").set_value(run.info.id).run()
    return app


def choose_temperature(app: AppTest, words: str) -> None:
    next(b for b in app.button if b.label.startswith(words)).click().run()


def held_back(small: Dataset) -> Split:
    return Split(small.train.images[-5_000:], small.train.labels[-5_000:])


def test_temperature_is_fitted_on_validation_images(app: AppTest, run: Run, small: Dataset) -> None:
    opened(app, run)
    images = held_back(small)
    Z = logits(run.network, images.images)
    P, T = with_temperature(Z), fit_temperature(Z, images.labels)
    assert pytest.approx(3, rel=0.3) == T
    assert f"Fitted temperature: {T:.3g}" in text(app)
    assert "5,000 training images that this network did not learn from" in text(app)
    assert "surer than it should be" in text(app)
    figures = app.table[0].value
    assert list(figures.columns[1:]) == ["Original"]
    assert figures["Original"][0] == f"{calibration(P, images.labels).error:.2%}"
    assert LOOKED_AT not in text(app)


def test_slider_changes_diagram_and_figures_but_no_prediction(
    app: AppTest, run: Run, small: Dataset
) -> None:
    opened(app, run)
    before = [chart.proto.spec for chart in app.get("plotly_chart")]
    choose_temperature(app, "Fitted")
    assert app.select_slider[0].value == pytest.approx(
        fit_temperature(logits(run.network, held_back(small).images), held_back(small).labels)
    )
    after = [chart.proto.spec for chart in app.get("plotly_chart")]
    assert before[0] != after[0]
    figures = app.table[0].value
    at_first, now = figures[figures.columns[1]], figures[figures.columns[2]]
    assert float(now[0].rstrip("%")) < float(at_first[0].rstrip("%"))  # calibration error
    assert float(now[2]) < float(at_first[2])  # cost
    assert now[3] == at_first[3]  # right answers
    choose_temperature(app, "Original")
    assert [chart.proto.spec for chart in app.get("plotly_chart")] == before


def test_test_images_are_not_fitted_on_and_show_the_notice(
    app: AppTest, run: Run, small: Dataset
) -> None:
    opened(app, run)
    fitted = next(line for line in text(app).splitlines() if "Fitted temperature" in line)
    choose_temperature(app, "Fitted")
    app.button_group(key="calibration_images").set_value("Test images").run()
    assert fitted in text(app)
    assert LOOKED_AT in text(app)
    T = float(app.select_slider[0].value)  # type: ignore[arg-type]
    P = with_temperature(logits(run.network, small.test.images), T)
    figures = app.table[0].value
    error = calibration(P, small.test.labels).error
    assert figures[figures.columns[2]][0] == f"{error:.2%}"


def test_table_of_expected_errors(app: AppTest, run: Run, small: Dataset) -> None:
    opened(app, run)
    table = app.table[1].value
    assert sum(int(count.replace(",", "")) for count in table["Answers"]) == 5_000
    assert table["Confidence"].iloc[-1] == "99.9 to 100%"
    images = held_back(small)
    P = run.network.predict_proba(images.images)
    surest = P.max(axis=1) >= 0.999
    wrong = 100 * np.mean(P[surest].argmax(axis=1) != images.labels[surest])
    assert table["Found wrong of 100"].iloc[-1].startswith(f"{wrong:.0f} (")


def test_corrected_network_becomes_the_model(app: AppTest, run: Run, small: Dataset) -> None:
    opened(app, run)
    images = held_back(small)
    T = fit_temperature(logits(run.network, images.images), images.labels)
    press(app, "Use the corrected sure")
    assert app.selectbox(key="model").value != run.info.id
    assert app.selectbox(key="model").options[1].startswith(f"sure, T = {T:.3g}")
    assert "the change may be chance" in text(app)  # once is enough
    assert not [button for button in app.button if button.label.startswith("Use the")]
    assert "may have learned from some" in text(app)  # what a file's network learned from
    mended = corrected(run.network, T).predict_proba(images.images)
    assert app.table[0].value["Original"][0] == f"{calibration(mended, images.labels).error:.2%}"


@pytest.mark.parametrize(
    ("temperature", "helps", "error", "sentence"),
    [
        (1.5, True, 0.03, "surer than it should be"),
        (0.7, True, 0.03, "less sure than it could be"),
        (1.1, False, 0.005, "about as sure as it should be"),
        (1.1, False, 0.03, "is off, but one number does not correct it"),
        (LOWEST, True, 0.03, "No temperature in this range"),
        (HIGHEST, False, 0.03, "No temperature in this range"),
    ],
)
def test_fit_verdict(temperature: float, helps: bool, error: float, sentence: str) -> None:
    fit = Fit(temperature, (1.0,), np.zeros(1), (error, 0.01), (0.3, 0.2), helps, by_chance=0.004)
    assert sentence in fit_verdict(fit)


def test_model_that_trained_on_validation_images_is_marked(
    app: AppTest, small: Dataset, trained: Callable[..., Run], tmp_path: Path
) -> None:
    run = trained(TrainConfig(hidden_sizes=(5,), validation_size=0), small, steps=20)
    RunStore(tmp_path / "runs").save(run)
    opened(app, run)
    assert "learned from some or all of them" in text(app)


def test_logarithms_of_sigmoid_outputs_are_scaled(
    app: AppTest, small: Dataset, trained: Callable[..., Run], tmp_path: Path
) -> None:
    config = TrainConfig(
        hidden_sizes=(20,), output="sigmoid", loss="mean-squared-error", learning_rate=1.0
    )
    run = trained(config, small, steps=60)
    RunStore(tmp_path / "runs").save(run)
    opened(app, run)
    assert "but sigmoids" in text(app)
    assert not [button for button in app.button if button.label.startswith("Use the")]


def test_pretrained_network_has_unseen_validation_images(app: AppTest) -> None:
    opened(app)
    assert "that this network did not learn from" in text(app)
    app.button_group(key="data").set_value("Built-in digits").run()
    assert "learned from some or all of them" in text(app)


def test_overflowed_network_shows_a_warning(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "nn.Network.apply",
        lambda network, X: np.full((len(X), 10), np.nan, np.float32),
    )
    opened(app)
    assert "overflowed" in app.warning[0].value
    assert not app.get("plotly_chart")
