"""What decides, the units, break it: run by Streamlit's own test harness on a real network."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.analysis.ablation import BITS, LEAST, MOST, Ablation, ablate, share_rounded_to_zero
from inkling.analysis.hidden_layers import hidden_activations
from inkling.analysis.saliency import minimal_perturbation
from inkling.charts.number_format import percent
from inkling.data.image_ref import ImageRef, with_article
from inkling.data.unseen_images import unseen_images
from inkling.server.models import Model, model_of
from inkling.ui import session_keys
from inkling.ui.components import slider_follower
from inkling.ui.inside.unit_importance import unit_report
from inkling.ui.widgets.digit_picker import PickedImage
from nn import Network, TrainConfig, Trainer, cnn, mlp
from nn.metrics import accuracy
from tests.pages.driver import pictures, press, text

SCRIPT = """
import streamlit as st
from inkling.ui.inside import ablation, feature_maps, saliency, unit_importance

model, unseen = st.session_state["model"], st.session_state["unseen"]
view = st.session_state["view"]
if view == "saliency":
    saliency.show(model, st.session_state["digit"])
elif view == "units":
    unit_importance.show(model, unseen)
elif view == "ablation":
    ablation.show(model, unseen)
elif view == "maps":
    feature_maps.show(model, st.session_state["digit"])
else:
    st.button("take along", on_click=unit_importance.open_in_inside(unseen), args=(7,))
"""

Open = Callable[..., AppTest]


def trained(dataset: Dataset, *hidden: int, **settings: object) -> Model:
    config = TrainConfig(hidden_sizes=hidden, validation_size=300, epochs=3, **settings)  # type: ignore[arg-type]
    trainer = Trainer(config, dataset)
    while not trainer.finished:
        trainer.step()
    return model_of(trainer.network, f"model-{hidden}-{config.filters}", "a model")


@pytest.fixture(scope="module")
def model(tiny: Dataset) -> Model:
    return trained(tiny, 12)


@pytest.fixture(scope="module")
def deep(tiny: Dataset) -> Model:
    return trained(tiny, 10, 6)


@pytest.fixture(scope="module")
def convolutional(tiny: Dataset) -> Model:
    return trained(tiny, 7, filters=(4, 5))


@pytest.fixture(scope="module")
def shallow(tiny: Dataset) -> Model:
    return trained(tiny)


@pytest.fixture(scope="module")
def spoiled() -> Model:
    network = mlp((784, 12, 10))
    network.theta[5] = np.nan
    return model_of(network, "spoiled", "spoiled")


@pytest.fixture(scope="module")
def huge() -> Model:
    """Its weights are numbers, and what they make of an image is not."""
    sizes = (784, 12, 12, 10)
    return model_of(mlp(sizes, initial_scale=1e30), "huge", "huge")


@pytest.fixture
def digit(tiny: Dataset) -> PickedImage:
    return PickedImage(tiny.test.images[4], int(tiny.test.labels[4]), ImageRef("mnist", "test", 4))


@pytest.fixture
def view(tiny: Dataset, tmp_path: Path) -> Iterator[Open]:
    """Open a view of a model."""
    st.cache_resource.clear()
    (tmp_path / "app.py").write_text(SCRIPT)

    def show(name: str, model: Model, digit: PickedImage | None = None) -> AppTest:
        app = AppTest.from_file(str(tmp_path / "app.py"), default_timeout=30)
        unseen = unseen_images(None, "mnist", tiny)
        for key, value in (("view", name), ("model", model), ("digit", digit), ("unseen", unseen)):
            app.session_state[key] = value
        return app.run()

    yield show
    st.cache_resource.clear()


def picture(app: AppTest, alt: str) -> str:
    """Return the picture of that description, as a data URL."""
    return str(next(picture.url for picture in pictures(app) if alt in picture.alt))


def choose(app: AppTest, label: str, value: object) -> AppTest:
    """Set the widget of that label."""
    widgets = (
        *app.slider,
        *app.select_slider,
        *app.toggle,
        *app.number_input,
        *app.segmented_control,
        *app.get("pills"),
    )
    next(w for w in widgets if w.label == label).set_value(value)
    return app.run()


@pytest.mark.parametrize("name", ["units", "ablation", "saliency"])
def test_overflowed_network_shows_a_warning(
    view: Open, spoiled: Model, huge: Model, digit: PickedImage, name: str
) -> None:
    for model in (spoiled, huge):
        app = view(name, model, digit)
        assert "overflowed" in app.warning[0].value
        assert not app.metric


def test_feature_maps_of_each_convolution(
    view: Open, convolutional: Model, digit: PickedImage
) -> None:
    app = view("maps", convolutional, digit)
    A = convolutional.network.activations(convolutional.network.inputs(digit.image[None]))
    assert "**Feature maps**, 12 × 12 each" in text(app)
    assert "**Filters**, 5 × 5 each" in text(app)
    maps = hidden_activations(convolutional.network, 0, digit.image[None])[..., 0]
    row, column = divmod(int(maps.argmax()) % 144, 12)
    assert f"row {row}, column {column} of the map depends on 5 × 5 pixels" in text(app)
    choose(app, "Convolution", 1)
    assert "**Feature maps**, 4 × 4 each" in text(app)
    assert "**Filters**" not in text(app)
    app.session_state[f"inside_map_filter_{convolutional.id}_1"] = 3
    app.session_state[f"inside_map_place_{convolutional.id}_1"] = 6
    app.run()
    assert "**Filter 3 of convolution 2**" in text(app)
    assert "row 1, column 2 of the map depends on 13 × 13 pixels" in text(app)
    press(app, "Largest number")
    row, column = divmod(int(A[1][3, ..., 0].argmax()), 4)
    assert f"row {row}, column {column} of the map" in text(app)


def test_feature_maps_open_on_the_largest_number(
    view: Open, convolutional: Model, digit: PickedImage
) -> None:
    app = view("maps", convolutional, digit)
    maps = hidden_activations(convolutional.network, 0, digit.image[None])[..., 0]
    f = int(maps.max(axis=(1, 2)).argmax())
    assert f"**Filter {f} of convolution 1**" in text(app)
    assert "Open is the map with the largest number" in text(app)
    app.session_state[f"inside_map_filter_{convolutional.id}_0"] = f
    assert "Open is the map" not in text(app.run())
    single = model_of(cnn((1,), (784, 10)), "single", "single")
    assert "**Filter 0 of convolution 1**" in text(view("maps", single, digit))


def test_feature_maps_of_a_network_that_overflows_above_them_are_not_shown(
    view: Open, convolutional: Model, digit: PickedImage
) -> None:
    network = cnn((3,), (784, 5, 10), rng=np.random.default_rng(3), initial_bias=1.0)
    network.weighted_layers[-1].W[:] = 3e38
    app = view("maps", model_of(network, "above", "above"), digit)
    assert "so it has no answers" in app.warning[0].value
    assert "Filter" not in text(app)


def test_no_answer_of_equal_probabilities_is_called_the_answer_of_another_digit(
    view: Open, digit: PickedImage
) -> None:
    network = mlp((784, 10))
    network.theta[:] = 0
    app = view("saliency", model_of(network, "equal", "equal"), digit)
    assert "blue speaks for a 0, orange for a 1, which comes next" in text(app)


def test_feature_maps_need_a_convolution_a_digit_and_valid_numbers(
    view: Open, model: Model, convolutional: Model, digit: PickedImage
) -> None:
    assert "no feature maps" in view("maps", model, digit).info[0].value
    assert "Choose a digit" in view("maps", convolutional, None).info[0].value
    broken = convolutional.network.copy()
    broken.theta[0] = np.nan
    app = view("maps", model_of(broken, "broken", "broken"), digit)
    assert "overflowed" in app.warning[0].value


@pytest.mark.parametrize("name", ["units", "ablation", "saliency"])
def test_network_without_hidden_layers(
    view: Open, shallow: Model, digit: PickedImage, name: str
) -> None:
    app = view(name, shallow, digit)
    if name == "units":
        assert "no hidden units" in text(app)
        assert picture(app, "ten outputs")
    if name == "ablation":
        assert next(s for s in app.slider if s.label == "Hidden units switched off").disabled
        choose(app, "Bits per weight", 1)


def test_without_a_digit_a_sentence_is_shown(view: Open, model: Model) -> None:
    app = view("saliency", model, None)
    assert "Choose a digit" in text(app)


def test_explained_digit_can_be_chosen(view: Open, model: Model, digit: PickedImage) -> None:
    answer = int(model.network.predict_proba(digit.image[None]).argmax())
    other = (answer + 3) % 10
    app = view("saliency", model, digit)
    assert f"The network answers **{answer}**" in text(app)
    assert f"blue speaks for a {answer}" in text(app)
    before = picture(app, "orange ones against it")
    choose(app, "Explain", other)
    sentence = f"blue speaks for a {other}, orange for a {answer}, which is its answer"
    assert sentence in text(app)
    assert picture(app, "orange ones against it") != before


def test_occlusion_square_can_be_chosen(view: Open, model: Model, digit: PickedImage) -> None:
    app = view("saliency", model, digit)
    seen = {picture(app, "where covering it")}
    seen.add(picture(choose(app, "Square, pixels", 9), "where covering it"))
    seen.add(picture(choose(app, "Covered with", "Grey"), "where covering it"))
    assert len(seen) == 3


def test_slider_applies_the_perturbation(view: Open, model: Model, digit: PickedImage) -> None:
    perturbation = minimal_perturbation(model.network, digit.image)
    assert perturbation is not None
    app = view("saliency", model, digit)
    assert f"into **{with_article(perturbation.new_answer)}**" in text(app)
    assert f"**{perturbation.norm:,.0f}** levels" in text(app)
    before = picture(app, "nudged digit")
    choose(app, "How much of the nudge is applied", 99)
    assert "no longer" not in text(app)
    choose(app, "How much of the nudge is applied", 100)
    assert f"The network answers **{perturbation.new_answer}**" in text(app)
    assert f"no longer {perturbation.answer}" in text(app)
    assert picture(app, "nudged digit") != before


def test_what_decides_in_a_convolutional_network(
    view: Open, convolutional: Model, digit: PickedImage
) -> None:
    perturbation = minimal_perturbation(convolutional.network, digit.image)
    assert perturbation is not None
    app = view("saliency", convolutional, digit)
    assert picture(app, "orange ones against it")
    assert f"**{perturbation.norm:,.0f}** levels" in text(app)


def test_constant_network_has_no_perturbation(view: Open, digit: PickedImage) -> None:
    nothing = model_of(Network((784, 3, 10), theta=np.zeros(2395)), "nothing", "nothing")
    assert "found no change of the pixels" in text(view("saliency", nothing, digit))


def test_drawing_without_label_is_explained(view: Open, model: Model, digit: PickedImage) -> None:
    app = view("saliency", model, PickedImage(digit.image))
    assert "The smallest nudge" in text(app)


def test_most_important_unit_is_the_default_and_another_can_be_chosen(
    view: Open, model: Model, tiny: Dataset
) -> None:
    app = view("units", model)
    report = unit_report(model, unseen_images(None, "mnist", tiny), 0)
    first, last = int(report.ranking[0]), int(report.ranking[-1])
    assert "12 units, the most important first" in text(app)
    assert f"**Unit {first}**, number 1 of 12" in text(app)
    fewer = round(report.accuracy_drop[first] * 120)
    assert f"the network reads {fewer} fewer images correctly" in text(app)
    assert "Measured on 120 validation images" in text(app)
    weights = picture(app, "Its weights")
    choose(app, "Unit", last)
    assert f"**Unit {last}**, number 12 of 12" in text(app)
    assert picture(app, "Its weights") != weights


def test_unit_without_active_images_is_called_dead(view: Open, tiny: Dataset) -> None:
    network = mlp((784, 3, 10))
    network.dense_layers[0].W[:, 1] = -1
    app = view("units", model_of(network, "dying", "dying"))
    choose(app, "Unit", 1)
    assert "a dead unit" in text(app)
    assert "nothing is lost" in text(app).lower()


def test_hidden_layer_can_be_chosen(view: Open, deep: Model, model: Model) -> None:
    app = view("units", deep)
    assert "10 units" in text(app)
    choose(app, "Hidden layer", 1)
    assert "6 units" in text(app)
    assert "multiplied" in text(app)
    app.session_state["model"] = model
    app.run()
    assert "12 units" in text(app)


def test_filters_are_units_of_a_convolution(
    view: Open, convolutional: Model, tiny: Dataset
) -> None:
    app = view("units", convolutional)
    unseen = unseen_images(None, "mnist", tiny)
    first = int(unit_report(convolutional, unseen, 0).ranking[0])
    assert "4 filters, the most important first" in text(app)
    assert f"**Filter {first}**, number 1 of 4" in text(app)
    assert "depends on 5 × 5 pixels" in text(app)
    assert picture(app, "Its weights as a picture")
    choose(app, "Hidden layer", 1)
    assert "5 filters" in text(app)
    assert "parts of 13 × 13 pixels" in text(app)
    assert "a picture for each of the 4 feature maps below" in text(app)
    choose(app, "Hidden layer", 2)
    assert "7 units" in text(app)
    assert "a picture for each of the 5 feature maps below" in text(app)
    charts = [chart.proto.spec for chart in app.get("plotly_chart")]
    assert any("First component" in spec for spec in charts)


def test_filter_without_active_images_is_called_dead(view: Open) -> None:
    network = cnn((3, 2), (784, 10))
    network.convolutions[1].b[1] = -100
    app = view("units", model_of(network, "dead filter", "dead filter"))
    choose(app, "Hidden layer", 1)
    choose(app, "Filter", 1)
    assert "a dead filter" in text(app)


def test_map_shows_selected_images(view: Open, model: Model, tiny: Dataset) -> None:
    app = view("units", model)
    charts = [chart.proto.spec for chart in app.get("plotly_chart")]
    assert any("First component" in spec and '"lasso"' in spec for spec in charts)
    assert "Draw a line round some points" in text(app)
    labels = unseen_images(None, "mnist", tiny).examples.labels
    app.session_state[f"inside_mapped_{model.id}_0"] = [
        *np.flatnonzero(labels == 3)[:2],
        *np.flatnonzero(labels == 8)[:1],
    ]
    app.run()
    assert "3 of the first 120 validation images: 2 labelled 3, 1 labelled 8" in text(app)


def test_validation_image_opens_by_its_training_index(view: Open, model: Model) -> None:
    app = view("none", model)
    app.button[0].click()
    app.run()
    assert app.session_state[session_keys.DIGIT] == ImageRef("mnist", "train", 487)
    assert "Training image 487" in app.toast[0].value
    assert dict(app.query_params) == {"split": "train", "index": "487"}


def right_now(app: AppTest) -> str:
    return str(app.metric[0].value)


def expected(model: Model, dataset: Dataset, changes: Ablation, rankings: object = None) -> str:
    images = unseen_images(None, "mnist", dataset).examples
    ablated = ablate(model.network, changes, rankings)  # type: ignore[arg-type]
    return f"{accuracy(ablated.predict_proba(images.images), images.labels):.1%}"


def test_each_ablation_changes_the_accuracy(view: Open, model: Model, tiny: Dataset) -> None:
    app = view("ablation", model)
    whole = right_now(app)
    assert whole == expected(model, tiny, Ablation())
    assert "Nothing is broken yet" in text(app)
    assert "**0 answers changed**" in text(app)
    choose(app, "Hidden units switched off", 50)
    assert right_now(app) == expected(model, tiny, Ablation(switched_off=0.5))
    choose(app, "Bits per weight", 2)
    assert right_now(app) == expected(model, tiny, Ablation(switched_off=0.5, bits=2))
    assert "by itself" in text(app)
    choose(app, "Set biases to 0", True)
    choose(app, "Noise on the weights", 200)
    assert right_now(app) == expected(
        model,
        tiny,
        Ablation(switched_off=0.5, bits=2, without_biases=True, weight_noise=2.0),
    )
    assert "**0 answers changed**" not in text(app)
    press(app, "Reset")
    assert right_now(app) == whole
    assert "Nothing is broken yet" in text(app)


def test_units_are_switched_off_by_importance(view: Open, deep: Model, tiny: Dataset) -> None:
    app = view("ablation", deep)
    choose(app, "Hidden units switched off", 30)
    rankings = [
        unit_report(deep, unseen_images(None, "mnist", tiny), depth).ranking for depth in range(2)
    ]
    for name, choice in (("Unimportant", LEAST), ("Important", MOST)):
        choose(app, "Which ones", name)
        changes = Ablation(switched_off=0.3, selection=choice)
        assert right_now(app) == expected(deep, tiny, changes, rankings)


def test_filters_are_switched_off_by_importance(
    view: Open, convolutional: Model, tiny: Dataset
) -> None:
    app = view("ablation", convolutional)
    choose(app, "Hidden filters and units switched off", 40)
    choose(app, "Which ones", "Important")
    unseen = unseen_images(None, "mnist", tiny)
    rankings = [unit_report(convolutional, unseen, depth).ranking for depth in range(3)]
    changes = Ablation(switched_off=0.4, selection=MOST)
    assert right_now(app) == expected(convolutional, tiny, changes, rankings)
    choose(app, "Hidden filters and units switched off", 100)
    assert "so many filters and units are missing" in text(app)


def test_new_seed_changes_the_ablation(view: Open, model: Model, tiny: Dataset) -> None:
    app = view("ablation", model)
    choose(app, "Hidden units switched off", 50)
    for seed in (1, 2):
        press(app, "Randomise again")
        assert right_now(app) == expected(model, tiny, Ablation(switched_off=0.5, seed=seed))


def curve(app: AppTest) -> dict[str, Any]:
    """Return what the curve of accuracy shows."""
    components = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return next(data for data in components if isinstance(data, dict) and "points" in data)


def run_until_complete(app: AppTest) -> dict[str, Any]:
    """Run until no point of the curve is missing, as a browser asks for it."""
    while not curve(app)["complete"]:
        app.run()
    return curve(app)


def test_curve_shows_the_accuracy_against_the_slider_moved_last(
    view: Open, model: Model, tiny: Dataset
) -> None:
    app = view("ablation", model)
    assert "**Accuracy against units switched off**" in text(app)
    choose(app, "Noise on the weights", 90)
    assert "**Accuracy against noise on the weights**" in text(app)
    shown = run_until_complete(app)
    assert [place for place, _ in shown["points"]] == list(range(11))
    images = unseen_images(None, "mnist", tiny).examples
    for place, share in shown["points"]:
        ablated = ablate(model.network, Ablation(weight_noise=0.3 * place))
        assert share == accuracy(ablated.predict_proba(images.images), images.labels)
    assert shown["chosen"] == shown["points"][3]
    assert f"{shown['chosen'][1]:.1%}" == right_now(app)
    choose(app, "Bits per weight", 2)
    shown = run_until_complete(app)
    assert len(shown["points"]) == len(BITS)
    assert shown["chosen"] == shown["points"][BITS[::-1].index(2)]
    assert shown["ticks"][-1] == [7, "1 bit"]


def test_number_curve_and_digits_follow_a_slider_that_is_dragged(
    view: Open, model: Model, tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves: list[Any] = []

    def follower(*, data: Any, key: str, on_moved_change: Callable[[], None]) -> None:
        def drag() -> None:
            st.session_state[key] = {"moved": moves[-1]}
            on_moved_change()

        st.button("drag", on_click=drag)

    monkeypatch.setattr(slider_follower, "_component", follower)
    app = view("ablation", model)
    whole = right_now(app)
    moves.append({"slider": "inside_off", "number": 80})
    press(app, "drag")
    assert right_now(app) == expected(model, tiny, Ablation(switched_off=0.8)) != whole
    assert "**0 answers changed**" not in text(app)
    assert curve(app)["chosen"][0] == 8
    moves.append({"slider": "inside_bits", "number": 7})
    press(app, "drag")
    assert right_now(app) == expected(model, tiny, Ablation(bits=1))
    for unknown in ({"slider": "model", "number": 3}, {"slider": "inside_off", "number": -1}, 5):
        moves.append(unknown)
        press(app, "drag")
        assert right_now(app) == expected(model, tiny, Ablation(bits=1))
    press(app, "Reset")
    assert right_now(app) == whole


def test_address_names_the_damage_and_restores_it(view: Open, model: Model, tiny: Dataset) -> None:
    app = view("ablation", model)
    assert not app.query_params
    choose(app, "Hidden units switched off", 50)
    choose(app, "Which ones", "Important")
    choose(app, "Bits per weight", 2)
    choose(app, "Set biases to 0", True)
    named = {"off": "50", "which": "important", "bits": "2", "biases": "dropped"}
    assert {k: v if isinstance(v, str) else v[0] for k, v in app.query_params.items()} == named
    accuracy_then = right_now(app)
    press(app, "Reset")
    assert dict(app.query_params) in ({}, {"which": "important"}, {"which": ["important"]})
    app = view("ablation", model)  # as after a reload
    for name, value in {**named, "image-noise": "7", "weight-noise": "<b>"}.items():
        app.query_params[name] = value
    app.run()
    assert right_now(app) == accuracy_then


def test_accuracies_and_their_difference_agree(view: Open, model: Model) -> None:
    app = view("ablation", model)
    assert "This is the same as the intact network's " in text(app)
    choose(app, "Noise on the images", 60)
    below = r"This is ([\d.]+) percentage points below the intact network's ([\d.]+)%\."
    words = re.search(below, text(app))
    assert words is not None
    points, intact = map(float, words.groups())
    assert float(right_now(app).rstrip("%")) == pytest.approx(intact - points)
    assert "10,000 test images" in app.metric[0].help


def test_verdict_explains_the_accuracy(view: Open, model: Model) -> None:
    app = view("ablation", model)
    choose(app, "Bits per weight", 16)
    assert "Hardly any accuracy is lost" in text(app)
    choose(app, "Bits per weight", 32)
    choose(app, "Hidden units switched off", 100)
    assert "The network only guesses now" in text(app)


def test_verdict_explains_why_two_bits_can_be_worse_than_one(view: Open, model: Model) -> None:
    # Beside what it knows, many tiny weights that change no answer until they are all as large
    network = mlp((784, 300, 10), rng=np.random.default_rng(0))
    network.theta *= 1e-6
    for layer, known in zip(network.dense_layers, model.network.dense_layers, strict=True):
        layer.W[: len(known.W), : known.W.shape[1]] = known.W
        layer.b[: len(known.b)] = known.b
    network.dense_layers[0].W[0, 0] = 100  # from a corner that is always paper
    app = view("ablation", model_of(network, "few large weights", "few large weights"))
    choose(app, "Bits per weight", 2)
    accuracy_drop = percent(share_rounded_to_zero(network, 2))
    assert f"{accuracy_drop} of all weights round to 0. One bit can ruin less: it keeps" in text(
        app
    )
    choose(app, "Bits per weight", 1)
    assert f"Two bits can ruin more: they round {accuracy_drop} of all weights to 0" in text(app)


def test_shared_networks_are_not_changed(
    view: Open, model: Model, convolutional: Model, digit: PickedImage
) -> None:
    for shared in (model, convolutional):
        theta, gradient = shared.network.theta.copy(), shared.network.gradient.copy()
        for name in ("saliency", "units", "ablation"):
            app = view(name, shared, digit)
            if name == "ablation":
                choose(app, "Noise on the weights", 100)
        assert np.array_equal(shared.network.theta, theta)
        assert np.array_equal(shared.network.gradient, gradient)
