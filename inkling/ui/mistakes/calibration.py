"""Calibration: reliability of a network's confidence, and temperature scaling."""

import hashlib
from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.analysis import calibration
from inkling.charts.mistakes import confidence_chart, reliability_chart, temperature_chart
from inkling.data.unseen_images import unseen_images
from inkling.lessons.content import section
from inkling.server.models import Model, model_of
from inkling.ui import services, visitor
from inkling.ui.markdown import escape_markdown
from inkling.ui.mistakes import test_set_notice
from inkling.ui.widgets import network_choice, overflow
from inkling.ui.widgets.address import read_choice, write_choice
from inkling.ui.widgets.chart import chart
from nn import Network
from nn.diagnosis import is_finite
from nn.metrics import accuracy, accuracy_interval
from nn.storage import model_bytes
from nn.training import LabelledImages

VALIDATION, TEST = "Validation images", "Test images"
BINS = (0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1)  # where most answers are, the finest

RELIABILITY = section("help/mistakes", "Reliability diagram")
FIGURES = section("help/mistakes", "Calibration figures")
TEMPERATURE = (
    "A number that divides the ten logits before the softmax turns them into probabilities. Above "
    "1 every answer becomes less sure, below 1 surer (temperature scaling: Guo and others 2017, "
    "section 4.2)."
)
FITTED = (
    "The temperature with the lowest cost (cross-entropy) on the validation images. It has "
    "a single minimum, which is found by halving an interval 25 times."
)
CROSS_FITTED = (
    "A fit looks better than it is on the images that it was fitted to. Therefore each fifth of "
    "the validation images is corrected by a temperature fitted to the other four fifths."
)
TOO_LOW = (
    "Therefore the temperature is too low. There are no other images to fit it to: test images "
    "are not for fitting."
)
TABLE = (
    "For each confidence: how many of 100 such answers should be wrong, and how many were. In "
    "brackets: the 95% interval."
)
NO_SOFTMAX = (
    "This network's outputs are not a softmax but sigmoids divided by their sum. There are "
    "no logits to divide, so the logarithms of the shares are divided instead."
)
CORRECTED = section("help/mistakes", "The corrected network")

_IMAGES = "calibration_images"
_CHOSEN = "calibration_temperature_"  # and model and data


class Fit(NamedTuple):
    """Fitted temperature and its effect.

    Attributes
    ----------
    temperature : float
    grid : tuple of float
        Temperatures of the slider, ascending, with the fitted one and 1.
    costs : ndarray, (grid,) float64
        Cross-entropy at each, on the images of the fit.
    errors, cross_fitted_costs : (float, float)
        Calibration error and cross-entropy before, and after cross-fitted scaling.
    helps : bool
        Whether the cross-fitted cost is lower by more than two standard errors.
    by_chance : float
        Expected calibration error of a calibrated network on these images.
    """

    temperature: float
    grid: tuple[float, ...]
    costs: np.ndarray
    errors: tuple[float, float]
    cross_fitted_costs: tuple[float, float]
    helps: bool
    by_chance: float


@st.fragment
def show(model: Model, data: str) -> None:
    """Draw the view.

    Parameters
    ----------
    model : Model
    data : {"mnist", "builtin"}
        Data set of the images.
    """
    dataset, network = services.datasets().get(data), model.network
    unseen = unseen_images(model.config, data, dataset)
    fitted_on = unseen.examples
    Z = _logits(model.id, data, "train", len(fitted_on.labels), network, fitted_on)
    if not is_finite(network, Z):
        overflow.show()
        return
    fit = _fit(model.id, data, len(fitted_on.labels), Z, fitted_on)
    read_choice("images", _IMAGES, {"": VALIDATION, "test": TEST})
    images = st.segmented_control(
        "Measured on",
        [VALIDATION, TEST],
        default=VALIDATION,
        required=True,
        key=_IMAGES,
        persist_state="session",
    )
    write_choice("images", _IMAGES, "test" if images == TEST else None)
    if images == TEST:
        labels = dataset.test.labels
        Z = _logits(model.id, data, "test", len(labels), network, dataset.test)
    else:
        labels = fitted_on.labels
        st.caption(f"{unseen.note} {TOO_LOW}" if unseen.learned else unseen.note)
    if not is_finite(network, Z):
        overflow.show()
        return
    left, right = st.columns(2, gap="large")
    with left:
        T = _choose_temperature(model, data, fit)
        P, Q = calibration.with_temperature(Z), calibration.with_temperature(Z, T)
        _diagram(P, Q, labels, T)
        _figures(Z, labels, T)
    with right:
        _fit_view(fit, len(fitted_on.labels), T, network)
        _corrected_model_button(model, fit, network)
        _table(Q, labels, T)
    if images == TEST:
        test_set_notice.show()


@st.cache_resource(max_entries=24, show_spinner="Reading the images…")
def _logits(
    model_id: str, data: str, split: str, count: int, _network: Network, _images: LabelledImages
) -> np.ndarray:
    Z = calibration.logits(_network, _images.images)
    Z.setflags(write=False)
    return Z


@st.cache_resource(max_entries=24, show_spinner="Fitting the temperature…")
def _fit(model_id: str, data: str, count: int, _Z: np.ndarray, _images: LabelledImages) -> Fit:
    labels = _images.labels
    T = calibration.fit_temperature(_Z, labels)
    grid = sorted({T, *np.geomspace(0.1, 10, 41).round(3).tolist()})
    costs = calibration.costs_at(_Z, labels, grid)
    costs.setflags(write=False)
    before, after = _Z, calibration.cross_fitted(_Z, labels)
    costs_before = calibration.cross_entropies(before, labels)
    costs_after = calibration.cross_entropies(after, labels)
    gains = costs_before - costs_after
    chance = 2 * gains.std() / np.sqrt(len(gains))
    P, Q = calibration.with_temperature(before), calibration.with_temperature(after)
    return Fit(
        T,
        tuple(grid),
        costs,
        (calibration.calibration(P, labels).error, calibration.calibration(Q, labels).error),
        (float(costs_before.mean()), float(costs_after.mean())),
        bool(gains.mean() > chance),
        calibration.expected_error_by_chance(P, np.random.default_rng(0)),
    )


def _choose_temperature(model: Model, data: str, fit: Fit) -> float:
    """Draw the slider and buttons for T = 1 and the fitted T; return the chosen temperature."""
    key = f"{_CHOSEN}{model.id}_{data}"
    read_choice("temperature", key, {"": 1.0, **{f"{T:.3g}": T for T in fit.grid}})
    if st.session_state.get(key) not in fit.grid:
        st.session_state[key] = 1.0

    def choose(temperature: float) -> None:
        st.session_state[key] = temperature

    def label(temperature: float) -> str:
        note = {fit.temperature: ", fitted", 1.0: ", as it answers"}.get(temperature, "")
        return f"{temperature:.3g}{note}"

    T = float(
        st.select_slider(
            "Temperature",
            fit.grid,
            key=key,
            format_func=label,
            persist_state="session",
            help=TEMPERATURE,
        )
    )
    with st.container(horizontal=True):
        for words, temperature in (("Original", 1.0), ("Fitted", fit.temperature)):
            st.button(
                f"{words}: {temperature:.3g}",
                on_click=choose,
                args=(temperature,),
                disabled=temperature == T,
            )
    write_choice("temperature", key, None if T == 1 else f"{T:.3g}")
    return T


def _figures(Z: np.ndarray, labels: np.ndarray, T: float) -> None:
    """Draw calibration error, cross-entropy and accuracy at T = 1 and at the chosen T."""
    columns = {"Original": 1.0} | ({} if T == 1 else {f"At {T:.3g}": T})
    rng = np.random.default_rng(0)  # the same figure at each look
    table: dict[str, list[str]] = {
        "Measure": ["Calibration error", "… by chance", "Cost", "Accuracy"]
    }
    for name, temperature in columns.items():
        P = calibration.with_temperature(Z, temperature)
        table[name] = [
            f"{calibration.calibration(P, labels).error:.2%}",
            f"{calibration.expected_error_by_chance(P, rng):.2%}",
            f"{calibration.cross_entropies(Z, labels, temperature).mean():.4f}",
            f"{accuracy(P, labels):.2%}",
        ]
    st.markdown("**In figures**", help=FIGURES)
    st.table(table, width="content")


def _diagram(P: np.ndarray, Q: np.ndarray, labels: np.ndarray, T: float) -> None:
    plain_one = calibration.calibration(P, labels)
    scaled = None if T == 1 else calibration.calibration(Q, labels)
    st.markdown("**Confidence and accuracy**", help=RELIABILITY)
    chart(
        reliability_chart(plain_one, scaled),
        config={"displayModeBar": False},
        key="calibration_reliability",
        alt="Reliability diagram: accuracy against confidence",
    )
    st.markdown("**Answers of each confidence**")
    chart(
        confidence_chart(plain_one, scaled),
        config={"displayModeBar": False},
        key="calibration_counts",
        alt="Number of answers of each confidence",
    )


def _fit_view(fit: Fit, count: int, T: float, network: Network) -> None:
    """Draw the fitted temperature, its cost curve, and its cross-fitted effect."""
    st.markdown(f"**Fitted temperature: {fit.temperature:.3g}**", help=FITTED)
    chart(
        temperature_chart(fit.grid, fit.costs, fit.temperature, T),
        config={"displayModeBar": False},
        key="calibration_costs",
        alt="Cost against temperature, with the fitted and the chosen one marked",
    )
    st.caption(
        f"The cost on {count:,} validation images, to which it was fitted. Test images are not "
        "used for it."
    )
    error, cost = fit.errors, fit.cross_fitted_costs
    st.markdown(
        f"{fit_verdict(fit)} On images that it was not fitted to, the calibration error changes "
        f"from {error[0]:.2%} to **{error[1]:.2%}**, and the cost from {cost[0]:.4f} to "
        f"**{cost[1]:.4f}**.",
        help=CROSS_FITTED,
    )
    if network.output != "softmax":
        st.caption(NO_SOFTMAX)


def fit_verdict(fit: Fit) -> str:
    """Return what the fitted temperature means for the network, in words."""
    T = fit.temperature
    if T <= 1.01 * calibration.LOWEST or T >= 0.99 * calibration.HIGHEST:
        return "No temperature in this range is best: one number does not correct this network."
    if not fit.helps and fit.errors[0] > 2 * fit.by_chance:
        return (
            "The confidence of this network is off, but one number does not correct it: the change "
            "may be chance."
        )
    if not fit.helps:
        return (
            "This network is about as sure as it should be: the change may be chance, so there is "
            "nothing to correct."
        )
    if T > 1:
        return "This network is surer than it should be; the temperature makes it less sure."
    return "This network is less sure than it could be; the temperature makes it surer."


def _corrected_model_button(model: Model, fit: Fit, network: Network) -> None:
    """Draw a button that adds the corrected network to the models, if it is better."""
    if network.output != "softmax" or not fit.helps:
        return

    def add_corrected() -> None:
        corrected = calibration.corrected(network, fit.temperature)
        model_id = hashlib.sha256(model_bytes(corrected)).hexdigest()[:16]
        name = f"{model.name}, T = {fit.temperature:.3g}"
        share = model.test_accuracy  # a temperature changes no answer
        services.uploads().add(
            visitor.visitor_id(), model_of(corrected, model_id, name, test_accuracy=share)
        )
        network_choice.choose(model_id)

    words = f"Use the corrected {escape_markdown(model.name)}"
    if st.button(words, on_click=add_corrected, help=CORRECTED):
        st.rerun()  # the choice of a model is not in this fragment


def _table(Q: np.ndarray, labels: np.ndarray, T: float) -> None:
    """Draw expected and observed errors at each confidence."""
    known = calibration.calibration(Q, labels, BINS)
    at = "as it answers" if T == 1 else f"at temperature {T:.3g}"
    st.markdown(f"**Expected mistakes at each confidence**, {at}", help=TABLE)
    rows: dict[str, list[str]] = {
        "Confidence": [],
        "Answers": [],
        "Expected wrong of 100": [],
        "Found wrong of 100": [],
    }
    for low, high, sure, share, count in zip(
        known.low, known.high, known.confidence, known.accuracy, known.count, strict=True
    ):
        least, most = accuracy_interval(float(1 - share), int(count))
        cells = (
            f"{100 * low:g} to {100 * high:g}%",
            f"{count:,}",
            _per_hundred(1 - sure),
            f"{_per_hundred(1 - share)} ({_per_hundred(least)} to {_per_hundred(most)})",
        )
        for column, cell in zip(rows.values(), cells, strict=True):
            column.append(cell)
    st.table(rows, width="content")


def _per_hundred(share: float) -> str:
    """Return a share as a number of 100, with two significant digits."""
    hundred = 100 * share
    if hundred == 0:
        return "0"
    if hundred < 0.01:
        return "under 0.01"
    return f"{hundred:.{0 if hundred >= 10 else 1 if hundred >= 1 else 2}f}"
