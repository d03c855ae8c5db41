"""One digit through a convolutional network and back, run by Streamlit's own test harness."""

from typing import Any

import numpy as np
import pytest

from inkling.analysis.forward_backward import ForwardBackward
from inkling.analysis.layer_values import ConvolutionValues
from inkling.server.models import model_of
from inkling.ui.components import network_drawing, number_grids, pixel_map, unit_bars
from inkling.ui.inside.pass_step import PassStep, pass_steps
from nn import Network, cnn
from tests.pages.driver import button, press, text
from tests.pages.test_inside_one_digit import (
    MAP,
    Drawing,
    Pictures,
    all_written,
    box,
    digit,
    enter,
    go_to,
    inside,
    pills,
    random_network,
    written,
)

KEY = "inside_digit_"
NETWORKS: list[dict[str, Any]] = [
    {"filters": (3, 4), "sizes": (784, 6, 10)},
    {"filters": (3, 4), "sizes": (784, 6, 10), "shrink": "pool"},
    {"filters": (12,), "sizes": (784, 10), "kernel_size": 3, "shrink": "pool"},
    {"filters": (2, 2, 2), "sizes": (784, 10), "kernel_size": 2, "activation": "tanh"},
    {"filters": (2,), "sizes": (784, 10), "kernel_size": 28, "output": "sigmoid"},
    {"filters": (2,), "sizes": (784, 10), "kernel_size": 1},
]


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


def random_cnn(**settings: Any) -> Network:
    return cnn(**settings, rng=np.random.default_rng(3), initial_bias=0.1)


def convolution(network: Network, layer: int) -> ConvolutionValues:
    values = ForwardBackward(network, digit().image, 4).layers[layer]
    assert isinstance(values, ConvolutionValues)
    return values


def test_steps_of_both_passes_through_max_pooling() -> None:
    assert [step.key for step in pass_steps(random_cnn(**NETWORKS[1]))] == [
        "pixels",
        *("sums-1", "pooling-1", "activations-1"),
        *("sums-2", "pooling-2", "activations-2", "flatten-2"),
        *("sums-3", "activations-3", "sums-4", "activations-4", "loss"),
        *("delta-4", "gradient-4", "delta-3", "gradient-3"),
        *("delta-2", "pooling-back-2", "gradient-2"),
        *("delta-1", "pooling-back-1", "gradient-1"),
        *("update", "after", "check"),
    ]


@pytest.mark.parametrize("settings", NETWORKS, ids=str)
def test_every_step_has_words_formula_code_and_picture(
    pictures: Pictures, settings: dict[str, Any]
) -> None:
    network = random_cnn(**settings)
    app = inside(network, digit())
    order = pass_steps(network)
    for place, step in enumerate(order):
        assert app.selectbox[0].value == step.key
        assert f"{place + 1} of {len(order)}" in text(app)
        assert r"\underset{(" in app.latex[0].value or r"\mathbb{R}^{" in app.latex[0].value
        assert all(code.value.startswith("def ") for code in app.code)
        assert "nn/" in text(app)
        assert app.get("plotly_chart") or pictures.shown
        pictures.shown.clear()
        assert "nan" not in text(app)
        if place + 1 < len(order):
            press(app, "Next")
    assert button(app, "Next").disabled


@pytest.mark.parametrize("layer", [0, 1])
def test_sum_is_of_the_patch_under_the_filter(pictures: Pictures, layer: int) -> None:
    network = random_cnn(**NETWORKS[0])
    values = convolution(network, layer)
    app = inside(network, digit(), PassStep("sums", layer))
    enter(app, "Filter", 2)
    enter(app, "Row", 3)
    enter(app, "Column", 1)
    unit = values.unit(2, 3, 1)
    assert f"the sum is **{written(values.Z[2, 3, 1])}**" in text(app)
    assert f"the bias is {written(values.b[2])}" in text(app)
    channel = int(pictures.shown.get(f"{KEY}bars_channels", {"chosen": 0})["chosen"])
    part = slice(25 * channel, 25 * channel + 25)
    shown = [pictures.numbers(f"{KEY}products", column) for column in range(3)]
    assert shown == [
        all_written(numbers[part])
        for numbers in (
            values.inputs_of(unit),
            values.weights_of(unit),
            values.contributions(unit),
        )
    ]
    assert len(pictures.shown[f"{KEY}products"]["grids"][0]["texts"]) == 25
    assert pictures.numbers(f"{KEY}map_sums") == all_written(values.Z[2].ravel())


def test_click_on_a_feature_map_moves_the_filter_and_its_receptive_field(
    pictures: Pictures,
) -> None:
    app = inside(random_cnn(**NETWORKS[0]), digit(), PassStep("sums", 1))
    pictures.click(app, f"{KEY}map_sums", 4 * 2 + 1)
    assert (box(app, "Row").value, box(app, "Column").value) == (2, 1)
    assert pictures.shown[f"{KEY}map_field"]["frame"] == (8, 4, 13, 13)
    go_to(app, PassStep("sums", 0))
    pictures.click(app, f"{KEY}map_sums", 12 * 11 + 3)
    assert pictures.shown[f"{KEY}map_field"]["frame"] == (22, 6, 5, 5)


def test_emptied_box_keeps_its_place(pictures: Pictures) -> None:
    app = inside(random_cnn(**NETWORKS[0]), digit(), PassStep("sums", 0))
    enter(app, "Row", 3)
    enter(app, "Row", None)
    assert box(app, "Row").value == 3
    assert "At **row 3, " in text(app)


def test_place_out_of_range_is_ignored(pictures: Pictures) -> None:
    app = inside(random_cnn(**NETWORKS[0]), digit(), PassStep("sums", 0))
    before = box(app, "Row").value, box(app, "Column").value
    for place in (-1, 144):
        pictures.click(app, f"{KEY}map_sums", place)
    for cell in (-1, 25):
        pictures.click(app, f"{KEY}products", cell)
    assert (box(app, "Row").value, box(app, "Column").value) == before


def test_max_pooling_lets_the_largest_through_and_sends_the_gradient_to_it(
    pictures: Pictures,
) -> None:
    network = random_cnn(**NETWORKS[1])
    values = convolution(network, 0)
    place = 1, 6, 5
    winner = int(values.winner[place])
    app = inside(network, digit(), PassStep("pooling", 0))
    enter(app, "Filter", 1)
    enter(app, "Row", 6)
    enter(app, "Column", 5)
    assert f"**{written(values.pooled[place])}** is let through" in text(app)
    assert pictures.shown[f"{KEY}square"]["grids"][0]["marked"] == winner
    assert pictures.shown[f"{KEY}map_sums"]["frame"] == (12, 10, 2, 2)
    go_to(app, PassStep("pooling back", 0))
    row, column = 12 + winner // 2, 10 + winner % 2
    assert f"goes to the sum in **row {row}, column {column}**" in text(app)
    sent = pictures.numbers(f"{KEY}square")
    assert sent[winner] == written(values.pooled_delta[place], 3)
    assert [number for k, number in enumerate(sent) if k != winner] == ["0", "0", "0"]
    go_to(app, PassStep("sums", 0))
    assert (box(app, "Row").value, box(app, "Column").value) == (row, column)


def test_sum_that_fills_no_square_is_said_to_be_left_out(pictures: Pictures) -> None:
    network = random_cnn(filters=(2,), sizes=(784, 10), kernel_size=4, shrink="pool")
    app = inside(network, digit(), PassStep("sums", 0))
    enter(app, "Row", 24)
    enter(app, "Column", 24)
    for kind in ("pooling", "delta", "pooling back"):
        go_to(app, PassStep(kind, 0))
        assert "in row 24, column 24, is one of those left out" in text(app)
        assert (box(app, "Row").value, box(app, "Column").value) == (11, 11)
    go_to(app, PassStep("pooling", 0))
    assert "A map of 25 × 25 becomes one of 12 × 12" in text(app)
    enter(app, "Row", 10)
    assert "that was selected" not in text(app)


def test_flattened_number_is_that_of_the_feature_map(pictures: Pictures) -> None:
    network = random_cnn(**NETWORKS[0])
    values = convolution(network, 1)
    app = inside(network, digit(), PassStep("flatten", 1))
    enter(app, "Filter", 3)
    pictures.click(app, f"{KEY}bars_flat", 4 * 1 + 2)
    assert (box(app, "Row").value, box(app, "Column").value) == (1, 2)
    assert f"**number {16 * 3 + 4 * 1 + 2}** of the row" in text(app)
    assert pictures.shown[f"{KEY}bars_flat"]["first"] == 48
    assert pictures.numbers(f"{KEY}bars_flat") == all_written(values.A[3].ravel())


@pytest.mark.parametrize("layer", [0, 1])
def test_what_comes_back_adds_up_to_the_delta(pictures: Pictures, layer: int) -> None:
    network = random_cnn(**(NETWORKS[0] | {"activation": "tanh"}))
    passes = ForwardBackward(network, digit().image, 4)
    values = convolution(network, layer)
    app = inside(network, digit(), PassStep("delta", layer))
    enter(app, "Filter", 1)
    enter(app, "Row", 2)
    enter(app, "Column", 3)
    sent = passes.backpropagated(layer, values.unit(1, 2, 3))
    assert f"gets back {written(float(sent.sum()))}." in text(app)
    assert f"The result, its delta, is **{written(values.delta[1, 2, 3])}**" in text(app)
    by_unit = sent.reshape(len(sent), -1).sum(axis=1)
    assert pictures.numbers(f"{KEY}bars_sent_back") == all_written(by_unit)
    if layer == 0:
        strongest = sent[np.abs(by_unit).argmax()]
        assert pictures.numbers(f"{KEY}products") == all_written(strongest[:2, :2].ravel())


@pytest.mark.parametrize(
    ("place", "words", "heading"),
    [
        ((0, 0), "column 0 of the feature map at one place.", "at row 0, column 0"),
        ((2, 5), "column 5 of the feature map at 4 places.", "at rows 0 to 1, columns 1 to 2"),
        ((11, 11), "No filter of the next convolution reaches this place", ""),
    ],
)
def test_number_of_a_feature_map_was_under_filters_at_so_many_places(
    pictures: Pictures, place: tuple[int, int], words: str, heading: str
) -> None:
    app = inside(random_cnn(**NETWORKS[0]), digit(), PassStep("delta", 0))
    enter(app, "Row", place[0])
    enter(app, "Column", place[1])
    assert words in text(app)
    assert heading in text(app)
    pictures.shown.clear()
    app.run()
    assert (f"{KEY}products" in pictures.shown) == bool(heading)


def test_the_page_says_why_a_place_is_selected_until_another_is(pictures: Pictures) -> None:
    app = inside(random_cnn(**NETWORKS[0]), digit(), PassStep("sums", 0))
    assert "Until you choose a place" in text(app)
    go_to(app, PassStep("gradient", 0))
    assert "Until you choose a weight" in text(app)
    go_to(app, PassStep("sums", 0))
    enter(app, "Row", 3)
    assert "Until you choose a place" not in text(app)
    go_to(app, PassStep("gradient", 0))
    assert "Until you choose a weight" not in text(app)


def test_gradient_of_a_weight_is_the_sum_over_all_places(pictures: Pictures) -> None:
    network = random_cnn(**NETWORKS[0])
    values = convolution(network, 1)
    app = inside(network, digit(), PassStep("gradient", 1))
    enter(app, "Filter", 3)
    enter(app, "Feature map", 2)
    enter(app, "Row", 4)
    enter(app, "and column", 1)
    assert f"that makes **{written(values.dW[3, 2, 4, 1])}**" in text(app)
    source = 2 * 25 + 4 * 5 + 1
    terms = values.inputs_under(source) * values.delta[3]
    assert pictures.numbers(f"{KEY}products") == all_written(terms.ravel())
    assert pictures.numbers(f"{KEY}map_gradient") == all_written(values.dW[3, 2].ravel())
    pictures.click(app, f"{KEY}map_gradient", 7)
    assert (box(app, "Row").value, box(app, "and column").value) == (1, 2)


def test_weight_of_a_filter_is_updated_and_checked(pictures: Pictures) -> None:
    network = random_cnn(**NETWORKS[1])
    passes = ForwardBackward(network, digit().image, 4)
    values = convolution(network, 0)
    app = inside(network, digit(), PassStep("update", 3))
    enter(app, "Filter", 2)
    enter(app, "Row", 3)
    enter(app, "and column", 4)
    update = passes.update(0, 19, values.unit(2, 0, 0), 0.1)
    assert "In row 3, column 4 of filter 2: the weight was" in text(app)
    assert f"**{written(update.after)}**" in text(app)
    assert pictures.numbers(MAP, 1) == all_written(values.dW[2].ravel())
    go_to(app, PassStep("check", 3))
    assert "In row 3, column 4 of filter 2" in text(app)
    assert "digits agree**" in text(app)
    assert r"\underset{(3,\,1,\,5,\,5)}{W_{1}}[2,\,0,\,3,\,4]" in app.latex[0].value
    pills(app).set_value(2).run()
    assert "feature map" in text(app)
    assert "digits agree**" in text(app)


def test_weights_of_the_first_dense_layer_are_shown_by_feature_map(pictures: Pictures) -> None:
    network = random_cnn(**NETWORKS[0])
    passes = ForwardBackward(network, digit().image, 4)
    app = inside(network, digit(), PassStep("sums", 2))
    enter(app, "Unit", 5)
    pictures.click(app, f"{KEY}bars_inputs", 3)
    products = passes.contributions(2, 5)
    assert "**Feature map 3**" in text(app)
    assert pictures.numbers(MAP) == all_written(products[48:])
    pictures.click(app, MAP, 4 * 2 + 1)
    go_to(app, PassStep("gradient", 2))
    assert "row 2, column 1 of feature map 3" in text(app)


def test_code_is_the_source_of_nn() -> None:
    app = inside(random_cnn(**NETWORKS[1]), digit(), PassStep("sums", 0))
    assert "P[:, i, j] = X[self._under(i, j, P.shape[2:])]" in app.code[0].value
    assert "sums += self.b[:, np.newaxis]" in app.code[1].value
    go_to(app, PassStep("pooling", 0))
    assert "np.maximum(Y, other, out=Y)" in app.code[0].value
    go_to(app, PassStep("pooling back", 0))
    assert "self.winner == position" in app.code[1].value
    go_to(app, PassStep("delta", 0))
    assert "W = self.W[:, :, i]" in app.code[0].value


def test_drawing_has_feature_maps_as_pictures_and_follows_a_click(drawing: Drawing) -> None:
    network = random_cnn(**NETWORKS[2])
    app = inside(network, digit(), PassStep("sums", 0))
    maps, outputs = drawing.data["layers"]
    assert len(maps["units"]) == 8
    assert maps["below"] == "8 of 12"
    assert all(unit["picture"].startswith("data:image/png") for unit in maps["units"])
    assert not any(unit["picture"] for unit in outputs["units"])
    drawing.click(app, 0, 9)
    assert drawing.chosen() == [(0, 9)]
    assert box(app, "Filter").value == 9
    go_to(app, PassStep("pooling", 0))
    drawing.click(app, 1, 4)
    assert app.selectbox[0].value == "sums-2"
    assert drawing.chosen() == [(1, 4)]
    go_to(app, PassStep("pooling back", 0))
    drawing.click(app, 1, 2)
    assert app.selectbox[0].value == "delta-2"
    for filter_number in (12, -1):
        drawing.click(app, 0, filter_number)
        assert drawing.chosen() == [(1, 2)]


def test_other_kind_of_network_starts_at_the_first_step() -> None:
    app = inside(random_cnn(**NETWORKS[1]), digit(), PassStep("pooling", 0))
    app.session_state["model"] = model_of(random_network((784, 9, 10)), "other", "other")
    app.run()
    assert app.selectbox[0].value == "pixels"
