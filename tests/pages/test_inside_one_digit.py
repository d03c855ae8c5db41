"""One digit through a network and back, run by Streamlit's own test harness."""

import base64
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from inkling.analysis.forward_backward import ForwardBackward
from inkling.charts import style
from inkling.server.models import model_of
from inkling.ui.components import (
    network_drawing,
    number_grids,
    pixel_map,
    step_rail,
    unit_bars,
)
from inkling.ui.inside.pass_step import PassStep, pass_steps
from inkling.ui.widgets.digit_picker import PickedImage
from nn import Network, TrainConfig, mlp
from nn.recipes import recipes
from tests.pages.driver import button, press, text

MAP, BARS = "inside_digit_map", "inside_digit_bars"
SCRIPT = """
import streamlit as st
from inkling.ui.inside import forward_backward
if st.session_state["here"]:
    forward_backward.show(st.session_state["model"], st.session_state["digit"])
"""
NETWORKS = [
    ((784, 10), "relu", "softmax"),
    ((784, 12, 10), "relu", "softmax"),
    ((784, 20, 12, 10), "tanh", "softmax"),
    ((784, 8, 7, 6, 10), "sigmoid", "sigmoid"),
    ((784, 30, 10), "published-sigmoid", "normalized-sigmoid"),
]


class Drawing:
    """Stands in for the drawing of the network: what it shows, and a click on a unit."""

    data: dict[str, Any]
    picks: tuple[int, int] = (0, 0)

    def __call__(self, *, data: dict[str, Any], key: str, on_picked_change: Any) -> None:
        self.data = data

        def clicked() -> None:
            layer, unit = self.picks
            st.session_state[key] = {"picked": {"layer": layer, "unit": unit}}
            on_picked_change()

        st.button("a unit", on_click=clicked)

    def click(self, app: AppTest, layer: int, unit: int) -> AppTest:
        self.picks = layer, unit
        return press(app, "a unit")

    def chosen(self) -> list[tuple[int, int]]:
        return [
            (layer["layer"], unit["index"])
            for layer in self.data["layers"]
            for unit in layer["units"]
            if unit["chosen"]
        ]


class Pictures:
    """Stands in for the maps of pixels and the bars: what they show, and a click on them."""

    def __init__(self) -> None:
        self.shown: dict[str, dict[str, Any]] = {}
        self.place = 0

    def __call__(self, *, data: dict[str, Any], key: str, on_picked_change: Any) -> None:
        self.shown[key] = data

        def clicked() -> None:
            st.session_state[key] = {"picked": self.place}
            on_picked_change()

        st.button(key, on_click=clicked)

    def click(self, app: AppTest, key: str, place: int) -> AppTest:
        self.place = place
        return press(app, key)

    def numbers(self, key: str, column: int = -1) -> list[str]:
        """Return a column of the numbers that are said of each place."""
        return list(self.shown[key]["readout"]["values"][column])


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Pictures:
    stand_in = Pictures()
    for module in (number_grids, pixel_map, unit_bars):
        monkeypatch.setattr(module, "_component", stand_in)
    return stand_in


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    stand_in = Drawing()
    monkeypatch.setattr(network_drawing, "_component", stand_in)
    return stand_in


def random_network(
    sizes: tuple[int, ...], activation: str = "relu", output: str = "softmax"
) -> Any:
    return mlp(sizes, activation, output, rng=np.random.default_rng(3), initial_bias=0.1)


def digit(seed: int = 0, label: int | None = 4) -> PickedImage:
    image = np.zeros((28, 28), np.uint8)
    image[6:22, 10:18] = np.random.default_rng(seed).integers(1, 256, (16, 8))
    return PickedImage(image, label)


def inside(network: Network, shown: PickedImage | None, step: PassStep | None = None) -> AppTest:
    """Open the view on a network and a digit, at a step."""
    app = AppTest.from_string(SCRIPT, default_timeout=30)
    app.session_state["here"] = True
    app.session_state["model"] = model_of(network, "a model", "a model")
    app.session_state["digit"] = shown
    app.run()
    return app if step is None else go_to(app, step)


def go_to(app: AppTest, step: PassStep) -> AppTest:
    return app.selectbox[0].set_value(step.key).run()


def box(app: AppTest, label: str) -> Any:
    return next(box for box in app.number_input if box.label.startswith(label))


def pills(app: AppTest) -> Any:
    return app.get("button_group")[0]


def enter(app: AppTest, label: str, value: float | None) -> AppTest:
    return box(app, label).set_value(value).run()


def written(value: float, digits: int = 4) -> str:
    """Write a number as the page does."""
    mantissa, e, exponent = f"{value + 0.0:.{digits}g}".partition("e")
    mantissa = mantissa.replace("-", "−")
    small = str(int(exponent or 0))
    return mantissa + (
        " × 10" + small.translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")) if e else ""
    )


def all_written(values: np.ndarray) -> list[str]:
    return [written(value, 3) for value in values.tolist()]


def test_steps_of_the_forward_and_the_backward_pass() -> None:
    assert [step.key for step in pass_steps(random_network((784, 12, 10)))] == [
        "pixels",
        *("sums-1", "activations-1", "sums-2", "activations-2"),
        "loss",
        *("delta-2", "gradient-2", "delta-1", "gradient-1"),
        *("update", "after", "check"),
    ]


@pytest.mark.parametrize(("sizes", "activation", "output"), NETWORKS)
def test_every_step_has_words_formula_code_and_picture(
    pictures: Pictures, sizes: tuple[int, ...], activation: str, output: str
) -> None:
    network = random_network(sizes, activation, output)
    app = inside(network, digit())
    order = pass_steps(network)
    for place, step in enumerate(order):
        assert app.selectbox[0].value == step.key
        assert f"{place + 1} of {len(order)}" in text(app)
        assert r"\underset{(" in app.latex[0].value or r"\mathbb{R}^{" in app.latex[0].value
        assert all(code.value.startswith("def ") for code in app.code)
        assert "nn/" in text(app)
        assert "line " in text(app)
        assert app.get("plotly_chart") or pictures.shown
        pictures.shown.clear()
        assert "nan" not in text(app)
        if place + 1 < len(order):
            press(app, "Next")
    assert button(app, "Next").disabled


def test_next_and_back() -> None:
    app = inside(random_network((784, 12, 10)), digit())
    assert button(app, "Back").disabled
    press(app, "Next")
    assert app.selectbox[0].value == "sums-1"
    press(app, "Next")
    press(app, "Back")
    assert app.selectbox[0].value == "sums-1"


def test_step_is_kept_while_another_page_is_open() -> None:
    app = inside(random_network((784, 12, 10)), digit(), PassStep("gradient", 0))
    enter(app, "To unit", 5)
    app.session_state["here"] = False
    app.run()
    assert not app.selectbox
    app.session_state["here"] = True
    app.run()
    assert app.selectbox[0].value == "gradient-1"
    assert box(app, "To unit").value == 5


def in_address(app: AppTest) -> str | None:
    """Return the step that the address names; AppTest has a list or a text for it."""
    named = app.query_params.get("step")
    return named[0] if isinstance(named, list) else named


def test_address_names_the_step_and_chooses_it() -> None:
    app = inside(random_network((784, 12, 10)), digit())
    assert in_address(app) is None
    press(app, "Next")
    assert in_address(app) == "sums-1"
    app.query_params["step"] = "gradient-2"
    app.run()
    assert app.selectbox[0].value == "gradient-2"
    press(app, "Back")
    assert in_address(app) == "delta-2"
    for unknown in ("sums-3", "pooling-1", "<b>", "sums 0"):
        app.query_params["step"] = unknown
        app.run()
        assert app.selectbox[0].value == "delta-2"
        assert in_address(app) == "delta-2"


def test_choice_outranks_the_older_address_that_comes_with_it() -> None:
    app = inside(random_network((784, 12, 10)), digit())
    press(app, "Next")
    app.query_params["step"] = "loss"  # by a link
    app.run()
    assert app.selectbox[0].value == "loss"
    for label, expected in (("Next", "delta-2"), ("Next", "gradient-2"), ("Back", "delta-2")):
        app.query_params["step"] = "sums-1"  # as it was before several quick clicks
        press(app, label)
        assert app.selectbox[0].value == expected
        assert in_address(app) == expected


def test_rail_has_a_mark_for_each_step_and_chooses_one(
    monkeypatch: pytest.MonkeyPatch, pictures: Pictures
) -> None:
    monkeypatch.setattr(step_rail, "_component", pictures)
    network = random_network((784, 12, 10))
    app = inside(network, digit())
    rail = pictures.shown["inside_digit_rail"]
    assert [(name, len(titles)) for name, _, titles in rail["groups"]] == [
        ("Forward", 6),
        ("Backward", 4),
        ("Learning", 3),
    ]
    pictures.click(app, "inside_digit_rail", 7)
    assert app.selectbox[0].value == pass_steps(network)[7].key
    assert pictures.shown["inside_digit_rail"]["place"] == 7
    pictures.click(app, "inside_digit_rail", 13)
    assert app.selectbox[0].value == pass_steps(network)[7].key


def test_step_missing_in_another_network_becomes_the_first() -> None:
    app = inside(random_network((784, 9, 8, 10)), digit(), PassStep("sums", 2))
    app.session_state["model"] = model_of(random_network((784, 9, 10)), "other", "other")
    app.run()
    assert app.selectbox[0].value == "pixels"


def test_formulas_have_the_shapes_of_the_network() -> None:
    app = inside(random_network((784, 20, 12, 10)), digit(), PassStep("sums", 1))
    formula = app.latex[0].value
    assert r"\underset{(1,\,12)}{Z_{2}}" in formula
    assert r"\underset{(1,\,20)}{A_{1}}" in formula
    assert r"\underset{(20,\,12)}{W_{2}}" in formula
    go_to(app, PassStep("delta", 1))
    assert r"\underset{(10,\,12)}{W_{3}^\top}" in app.latex[0].value


def test_checked_weight_is_an_entry_of_the_matrix() -> None:
    app = inside(random_network((784, 20, 12, 10)), digit(), PassStep("check", 2))
    pills(app).set_value(1).run()
    enter(app, "From unit", 7)
    enter(app, "To unit", 3)
    formula = app.latex[0].value
    assert r"\underset{(1)}{w} = \underset{(20,\,12)}{W_{2}}[7,\,3]" in formula
    assert r"\underset{(20,\,12)}{dW_{2}}[7,\,3]" in formula
    assert "one of the 240 numbers of W in layer 2" in text(app)


def test_code_is_the_source_of_nn() -> None:
    app = inside(random_network((784, 12, 10)), digit(), PassStep("sums", 0))
    assert "Z = np.matmul(X, self.W, out=out)" in app.code[0].value
    go_to(app, PassStep("activations", 0))
    assert "return np.maximum(Z, 0, out=Z)" in app.code[0].value
    go_to(app, PassStep("delta", 0))
    assert "self.W.T" in app.code[0].value
    assert "A > 0" in app.code[1].value


def test_numbers_are_those_of_forward_backward(pictures: Pictures) -> None:
    network, shown = random_network((784, 12, 10)), digit()
    passes = ForwardBackward(network, shown.image, 4)
    app = inside(network, shown)
    assert pictures.numbers(MAP, 0) == [str(ink) for ink in shown.image.ravel().tolist()]
    go_to(app, PassStep("sums", 0))
    enter(app, "Unit", 3)
    assert f"the sum is **{written(passes.layers[0].Z[3])}**" in text(app)
    assert pictures.numbers(MAP, 0) == all_written(passes.layers[0].X)
    assert pictures.numbers(MAP, 1) == all_written(passes.layers[0].W[:, 3])
    assert pictures.numbers(MAP) == all_written(passes.contributions(0, 3))
    assert pictures.numbers(f"{BARS}_units") == all_written(passes.layers[0].Z)
    np.testing.assert_allclose(
        pictures.shown[f"{BARS}_units"]["values"], passes.layers[0].Z, rtol=1e-4
    )
    go_to(app, PassStep("loss", 1))
    assert f"**The cost is {written(passes.loss_value)}**" in text(app)
    go_to(app, PassStep("delta", 1))
    assert pictures.numbers(f"{BARS}_units") == all_written(passes.layers[1].delta)
    go_to(app, PassStep("delta", 0))
    assert pictures.numbers(f"{BARS}_sent_back") == all_written(passes.backpropagated(0, 3))
    go_to(app, PassStep("gradient", 0))
    assert pictures.numbers(MAP) == all_written(passes.layers[0].dW[:, 3])


def test_picture_is_blue_above_0_and_orange_below() -> None:
    values = np.zeros((28, 28), np.float32)
    values[0, 0], values[0, 1] = 2, -1
    data = pixel_map.signed_image_url(values).partition(",")[2]
    cells = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert cells.shape == (28, 28, 4)
    assert bytes(cells[0, 0, :3]).hex() == style.POSITIVE[1:]
    assert bytes(cells[0, 1, :3]).hex() == style.NEGATIVE[1:]
    assert cells[0, 0, 3] == 255 > cells[0, 1, 3] > cells[5, 5, 3] > 0


@pytest.mark.parametrize("kind", ["sums", "gradient", "update"])
def test_click_on_a_pixel_selects_its_weight(pictures: Pictures, kind: str) -> None:
    app = inside(
        random_network((784, 12, 10)), digit(), PassStep(kind, 1 if kind == "update" else 0)
    )
    pictures.click(app, MAP, 9 * 28 + 14)
    assert pictures.shown[MAP]["chosen"] == 9 * 28 + 14
    go_to(app, PassStep("check", 1))
    assert "From the pixel in row 9, column 14 to" in text(app)
    assert (box(app, "From row").value, box(app, "and column").value) == (9, 14)


def test_pixel_selected_in_the_first_step_stays_selected(pictures: Pictures) -> None:
    app = inside(random_network((784, 12, 10)), digit())
    assert pictures.shown[MAP]["chosen"] is None
    pictures.click(app, MAP, 300)
    assert pictures.shown[MAP]["chosen"] == 300
    go_to(app, PassStep("sums", 0))
    assert pictures.shown[MAP]["chosen"] == 300


def test_click_on_a_bar_selects_a_unit_or_its_weight(
    pictures: Pictures,
) -> None:
    app = inside(random_network((784, 12, 10)), digit(), PassStep("activations", 0))
    pictures.click(app, f"{BARS}_units", 8)
    assert box(app, "Unit").value == 8
    go_to(app, PassStep("gradient", 1))
    pictures.click(app, f"{BARS}_inputs", 5)
    assert box(app, "From unit").value == 5
    assert pictures.shown[f"{BARS}_inputs"]["chosen"] == 5


def test_pixel_or_unit_out_of_range_is_ignored(pictures: Pictures) -> None:
    app = inside(random_network((784, 12, 10)), digit(), PassStep("sums", 0))
    before = pictures.shown[MAP]["chosen"], pictures.shown[f"{BARS}_units"]["chosen"]
    for place in (-1, 784):
        pictures.click(app, MAP, place)
    for place in (-1, 12):
        pictures.click(app, f"{BARS}_units", place)
    assert (pictures.shown[MAP]["chosen"], pictures.shown[f"{BARS}_units"]["chosen"]) == before


def test_weight_of_the_largest_gradient_is_selected_by_default() -> None:
    network, shown = random_network((784, 12, 10)), digit()
    source, unit = ForwardBackward(network, shown.image, 4).largest_gradient(0)
    app = inside(network, shown, PassStep("gradient", 0))
    assert box(app, "To unit").value == unit
    assert (box(app, "From row").value, box(app, "and column").value) == divmod(source, 28)


def test_weight_is_selected_by_number_boxes() -> None:
    network, shown = random_network((784, 12, 10)), digit()
    passes = ForwardBackward(network, shown.image, 4)
    app = inside(network, shown, PassStep("update", 1))
    enter(app, "From row", 10)
    enter(app, "and column", 12)
    enter(app, "To unit", 7)
    update = passes.update(0, 10 * 28 + 12, 7, 0.1)
    assert "From the pixel in row 10, column 12 to unit 7" in text(app)
    assert f"**{written(update.after)}**" in text(app)
    pills(app).set_value(1).run()
    enter(app, "From unit", 2)
    enter(app, "To output", 9)
    assert "From unit 2 of layer 1 to output 9" in text(app)
    go_to(app, PassStep("check", 1))
    assert "From unit 2 of layer 1 to output 9" in text(app)


def test_eta_scales_the_step() -> None:
    network, shown = random_network((784, 12, 10)), digit()
    passes = ForwardBackward(network, shown.image, 4)
    app = inside(network, shown, PassStep("after", 1))
    for eta in (0.1, 0.01):
        app.select_slider[0].set_value(eta).run()
        assert f"is **{written(passes.prediction_after_step(eta).loss)}**" in text(app)
    go_to(app, PassStep("update", 1))
    assert app.select_slider[0].value == 0.01


def test_clicked_unit_is_selected(drawing: Drawing) -> None:
    app = inside(random_network((784, 9, 8, 10)), digit(), PassStep("activations", 0))
    drawing.click(app, 1, 5)
    assert app.selectbox[0].value == "activations-2"
    assert drawing.chosen() == [(1, 5)]
    assert box(app, "Unit").value == 5
    go_to(app, PassStep("check", 2))
    assert drawing.chosen() == [(1, 5)]
    drawing.click(app, 2, 3)
    assert app.selectbox[0].value == "check"
    assert drawing.chosen() == [(2, 3)]
    go_to(app, PassStep("pixels", 2))
    assert drawing.chosen() == []
    drawing.click(app, 0, 6)
    assert app.selectbox[0].value == "sums-1"
    assert box(app, "Unit").value == 6


def test_clicked_unit_out_of_range_is_ignored(drawing: Drawing) -> None:
    app = inside(random_network((784, 9, 10)), digit(), PassStep("sums", 0))
    before = drawing.chosen()
    for layer, unit in ((0, 9), (2, 0), (-1, 0), (0, -1)):
        drawing.click(app, layer, unit)
        assert drawing.chosen() == before


def test_drawing_shows_the_values_known_at_each_step(drawing: Drawing) -> None:
    app = inside(random_network((784, 30, 8, 10)), digit())

    def known() -> list[bool]:
        return [":" in layer["units"][0]["text"] for layer in drawing.data["layers"]]

    assert known() == [False, False, False]
    for step, expected in (
        (PassStep("sums", 0), [True, False, False]),
        (PassStep("activations", 1), [True, True, False]),
        (PassStep("loss", 2), [True, True, True]),
        (PassStep("delta", 2), [False, False, True]),
        (PassStep("gradient", 1), [False, True, True]),
        (PassStep("check", 2), [True, True, True]),
    ):
        go_to(app, step)
        assert known() == expected
    sizes = [len(layer["units"]) for layer in drawing.data["layers"]]
    assert sizes == [16, 8, 10]
    assert drawing.data["layers"][0]["below"] == "16 of 30"


def test_gradient_check_agrees_but_for_the_historical_derivative() -> None:
    app = inside(random_network((784, 12, 10), "tanh"), digit(), PassStep("check", 1))
    assert "digits agree**" in text(app)
    assert "a computer keeps about 16" in text(app)
    b = recipes["experiment-b"]
    network = random_network((784, 12, 10), b.activation, b.output)
    app = inside(network, digit(), PassStep("check", 1))
    assert "leaves a part of the formula out" in text(app)


def test_network_is_explained_with_the_loss_it_was_trained_with() -> None:
    network = random_network((784, 12, 10), "relu", "softmax")
    app = inside(network, digit(), PassStep("loss", 1))
    assert "natural logarithm" in text(app)
    trained = TrainConfig(hidden_sizes=(12,), loss="mean-squared-error")
    app.session_state["model"] = replace(model_of(network, "a model", "a model"), config=trained)
    assert "half the sum of the squared distances" in text(app.run())
    assert "digits agree**" in text(go_to(app, PassStep("check", 1)))


def test_gradient_check_of_a_weight_with_gradient_0() -> None:
    app = inside(random_network((784, 12, 10)), digit(), PassStep("check", 1))
    enter(app, "From row", 0)
    enter(app, "and column", 0)
    assert "**Both are 0.**" in text(app)


def test_visitor_chooses_the_label_of_a_drawing() -> None:
    network, drawn = random_network((784, 12, 10)), digit(label=None)
    answer = int(network.predict_proba(drawn.image[None]).argmax())
    app = inside(network, drawn, PassStep("loss", 1))

    def loss(image: np.ndarray, label: int) -> str:
        return f"The cost is {written(ForwardBackward(network, image, label).loss_value)}"

    assert pills(app).value == answer
    assert loss(drawn.image, answer) in text(app)
    other = (answer + 1) % 10
    pills(app).set_value(other).run()
    assert loss(drawn.image, other) in text(app)
    again = digit(seed=5, label=None)
    app.session_state["digit"] = again
    app.run()
    answer = int(network.predict_proba(again.image[None]).argmax())
    assert loss(again.image, answer) in text(app)


def test_without_a_digit_only_a_sentence_is_shown() -> None:
    app = inside(random_network((784, 12, 10)), None)
    assert "Choose or draw a digit" in text(app)
    assert not app.selectbox
    assert not app.button


@pytest.mark.parametrize("label", [4, None])
def test_overflowed_network_shows_a_warning(label: int | None) -> None:
    network = random_network((784, 12, 10))
    network.theta[:] = np.nan
    app = inside(network, digit(label=label))
    assert "overflowed" in app.warning[0].value
    assert not app.selectbox


def test_shared_network_is_not_changed() -> None:
    network = random_network((784, 12, 10))
    network.theta.setflags(write=False)
    before = network.gradient.copy()
    app = inside(network, digit())
    for step in pass_steps(network):
        go_to(app, step)
    np.testing.assert_array_equal(network.gradient, before)
