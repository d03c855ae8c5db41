"""Chapters of the story: prose files, code samples, reported values, claims about MNIST."""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data_loader import Dataset
from digits.idx import write_idx
from inkling.analysis.forward_backward import source_lines
from inkling.lessons import content, glossary
from inkling.lessons.story import by_hand, code_samples
from inkling.lessons.story.chapter import ChapterResult, Option
from inkling.lessons.story.chapters import CHAPTERS
from inkling.lessons.story.experiment_b import BUILT_IN, HARD_IMAGE
from inkling.lessons.story.first_steps import with_calls
from inkling.lessons.story.improvements import read_and_compare
from inkling.runs.run import Run
from nn import TrainConfig, load_pretrained, mlp
from nn.activations import Sigmoid
from nn.losses import MeanSquaredError

WORDS = {
    "Initialisation": "weights by the rule",
    "Schedule": "learning rate that falls",
    "Activation function": "bend",
    "Overflowed": "overflow",
    "Distortion": "distort",
    "Hidden units": "units",
}
"""Words that a chapter may use for a term."""

TRAINED = [key for key, chapter in CHAPTERS.items() if chapter.trainings is not None]


def values_of(key: str, result: ChapterResult) -> dict[str, tuple[str, str]]:
    """Return a chapter's measured and reported values by name."""
    values = CHAPTERS[key].reported_values(result)
    assert len({value.name for value in values}) == len(values)
    return {value.name: (value.measured, value.reported) for value in values}


def output_of(key: str, dataset: Dataset) -> Any:
    """Return what a chapter's `run_now` returns; None where it has none."""
    run_now = CHAPTERS[key].run_now
    return run_now(dataset) if run_now else None


def test_each_chapter_has_one_prose_file() -> None:
    assert {path.stem for path in (content.FOLDER / "chapters").iterdir()} == {*CHAPTERS}


def test_order_of_the_chapters() -> None:
    assert len(CHAPTERS) == 14
    assert next(iter(CHAPTERS)) == "digits"
    assert [*CHAPTERS][-2:] == ["neighbours", "index-8"]


@pytest.mark.parametrize("key", CHAPTERS)
def test_chapter_has_all_sections_code_and_something_to_do(key: str) -> None:
    chapter = CHAPTERS[key]
    required = {"Minutes", "Text", "Prediction", "Predictions", "Look", "Meaning"}
    required |= {"Question", "Options", "Terms"}
    required |= {"Act"} if chapter.acts else set()
    by_hand_only = chapter.outcome is None
    required |= {"Task"} if by_hand_only else {"Duration"}
    headings = content.sections(f"chapters/{key}").keys()
    assert required <= headings
    assert headings <= required | {"Task", "Number", "MNIST"}
    assert chapter.code
    assert by_hand_only == (chapter.run_now is None and chapter.trainings is None)
    for function in chapter.code:
        assert source_lines(function).text.startswith("def ")


@pytest.mark.parametrize("key", CHAPTERS)
def test_chapter_has_something_to_do_after_180_words(key: str) -> None:
    assert len(CHAPTERS[key].text.split()) <= 180
    assert 2 <= CHAPTERS[key].minutes <= 4


@pytest.mark.parametrize("key", CHAPTERS)
def test_question_has_one_correct_option_that_its_length_does_not_tell(key: str) -> None:
    lines = content.sections(f"chapters/{key}")["Options"].splitlines()
    options = CHAPTERS[key].question.options
    assert sum(option.correct for option in options) == 1
    assert len(lines) == 2 * len(options) > 4
    assert len({option.reply for option in options}) == len({option.text for option in options})
    assert_lengths_are_alike(options)


def assert_lengths_are_alike(options: Sequence[Option]) -> None:
    lengths = [len(option.text) for option in options]
    assert max(lengths) - min(lengths) <= 0.2 * max(lengths)


@pytest.mark.parametrize("key", CHAPTERS)
def test_prediction_is_decided_by_the_result_or_by_hand(key: str) -> None:
    lines = content.sections(f"chapters/{key}")["Predictions"].splitlines()
    options = CHAPTERS[key].prediction.options
    assert_lengths_are_alike(options)
    assert len({option.reply for option in options}) == 3
    assert len(lines) == 2 * len(options) == 6
    assert sum(option.correct for option in options) == (CHAPTERS[key].outcome is None)


def test_position_of_the_correct_option_varies() -> None:
    assert len({chapter.question.correct for chapter in CHAPTERS.values()}) > 1


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("digits", 28 * 28),
        ("unit", by_hand.unit_sum((0.5, 1, 0), (2, -1, 3), 0.25)),
        ("random", 9.8),
        ("cost", MeanSquaredError().at_chance(10)),
        ("eta", 5 - 0.5 * 2),
        ("blame", 0.5 * -2),
        ("together", 2 * 55_000 / 100),
        ("well-made", 0.3 - 1),
        ("sixteen", 100 * 300 / 2_500),
        ("128", code_samples.count_parameters(784, 129, 10) - 101_770),
        ("missing-term", code_samples.count_parameters(784, 100, 3)),
        ("by-heart", 100 - 100 * 4_400 / 5_000),
        ("neighbours", 5 * 5),
        ("index-8", 1_000),
    ],
)
def test_question_for_a_number_accepts_the_right_one(key: str, answer: float) -> None:
    question = CHAPTERS[key].number_question
    assert question is not None
    assert question.accepts(answer)
    assert not question.accepts(answer * 1.02)


@pytest.mark.parametrize("key", TRAINED)
def test_chapter_trains_its_configs_and_has_values_for_them(
    key: str, trained: Callable[..., Run], tiny: Dataset
) -> None:
    trainings = CHAPTERS[key].trainings
    assert trainings is not None
    runs = []
    for name, config in trainings().items():
        short = replace(config, validation_size=min(config.validation_size, 100))
        if short.training_size is not None:
            short = replace(short, training_size=200)
        runs.append(trained(short, tiny, steps=3, name=name))
    result = ChapterResult(output_of(key, tiny), tuple(runs), tiny)
    values = values_of(key, result)
    assert all(measured for measured, reported in values.values() if not reported)
    outcome = CHAPTERS[key].outcome
    assert outcome is not None
    assert outcome(result) in range(3)


def test_ramp_rises_from_0_to_1_and_wave_is_a_squared_sine() -> None:
    ramp, wave = code_samples.ramp(), code_samples.wave()
    assert ramp.shape == wave.shape == (100, 100)
    assert ramp[0, 0] == 0
    assert ramp[-1, -1] == 1
    assert np.all(np.diff(ramp.ravel()) > 0)
    assert wave[0, 1] == pytest.approx(np.sin(10_000 / 9_999) ** 2)
    assert wave[-1, -1] == pytest.approx(np.sin(10_000) ** 2)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_digits_are_read_from_plain_and_gzipped_files(
    tmp_path: Path, tiny: Dataset, ending: str
) -> None:
    write_idx(tiny.train.images, tmp_path / f"train-images-idx3-ubyte{ending}")
    write_idx(tiny.train.labels, tmp_path / f"train-labels-idx1-ubyte{ending}")
    images, labels = code_samples.read_digits(tmp_path)
    assert np.array_equal(images, tiny.train.images)
    assert np.array_equal(labels, tiny.train.labels)


def test_without_files_the_digits_are_those_of_the_data_set(tiny: Dataset) -> None:
    digits = output_of("digits", tiny)
    assert digits.images is tiny.train.images
    assert digits.labels is tiny.train.labels


def test_first_version_has_large_outputs_and_later_version_near_half(
    tiny: Dataset,
) -> None:
    first = code_samples.first_version(tiny.test.images, np.random.default_rng(2))
    later = code_samples.later_version(tiny.test.images, np.random.default_rng(2))
    assert first.shape == later.shape == (len(tiny.test.labels), 10)
    assert first.min() >= 0
    assert first.max() > 1_000
    assert np.abs(later - 0.5).max() < 0.1


def test_only_the_published_sigmoid_overflows_and_both_agree() -> None:
    assert code_samples.sigmoid_as_published(-1_000) == (0.0, "overflow encountered in exp")
    with np.errstate(over="raise"):
        assert Sigmoid().apply(np.array([-1_000.0])) == 0
    for z in (-3.0, 0.0, 2.0):
        published, warning = code_samples.sigmoid_as_published(z)
        assert published == pytest.approx(Sigmoid().apply(np.array([z]))[0])
        assert not warning


def test_gradient_at_once_equals_mean_gradient_one_by_one(tiny: Dataset) -> None:
    network = mlp((784, 5, 10), "sigmoid", "sigmoid", dtype=np.float64)
    X, labels = network.inputs(tiny.train.images[:20]), tiny.train.labels[:20]
    slow = code_samples.gradient_one_by_one(network, MeanSquaredError(), X, labels)
    fast = code_samples.gradient_at_once(network, MeanSquaredError(), X, labels)
    assert np.abs(fast).max() > 0
    assert np.allclose(slow, fast, rtol=1e-9, atol=1e-12)


def test_time_gradients_returns_two_times_and_a_small_difference(tiny: Dataset) -> None:
    slow, fast, difference = code_samples.time_gradients(tiny, images=50)
    assert slow > 0
    assert fast > 0
    assert difference < 1e-4


@pytest.mark.parametrize("sizes", [(784, 100, 10), (784, 100, 3), (784, 512, 256, 10)])
def test_count_parameters_equals_the_size_of_theta(sizes: tuple[int, ...]) -> None:
    assert code_samples.count_parameters(*sizes) == len(mlp(sizes).theta)


def test_experiment_b_has_79510_parameters() -> None:
    assert code_samples.count_parameters(784, 100, 10) == 79_510
    assert code_samples.count_parameters(784, 100, 3) == 78_803  # the correct option


def test_warm_up_learns_three_digits(tiny: Dataset) -> None:
    network, accuracies = code_samples.warm_up(tiny, np.random.default_rng(0))
    assert network.sizes == (784, 100, 3)
    assert len(accuracies) == 5
    assert accuracies[-1] > 0.95


def test_distort_one_returns_ten_different_images(tiny: Dataset) -> None:
    distorted = code_samples.distort_one(tiny.train.images[0], np.random.default_rng(0))
    assert distorted.shape == (10, 28, 28)
    assert all(not np.array_equal(a, b) for a, b in pairwise(distorted))


def test_claims_about_mnist_are_true(mnist: Dataset) -> None:
    assert mnist.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(mnist.test.labels)[1] == 1_135
    assert np.bincount(mnist.train.labels).argmax() == 1
    assert mnist.test.labels[0] == 7
    assert mnist.test.labels[HARD_IMAGE] == 5


def test_cost_of_guessing_is_the_one_in_the_text() -> None:
    assert MeanSquaredError().at_chance(10) == pytest.approx((0.9**2 + 9 * 0.1**2) / 2)


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_networks_read_test_image_8(mnist: Dataset, name: str) -> None:
    P = load_pretrained(name).predict_proba(mnist.test.images[HARD_IMAGE : HARD_IMAGE + 1])[0]
    assert P.argmax() == 5
    assert P[5] > 0.8


def test_costs_are_those_of_the_text(tiny: Dataset) -> None:
    costs = output_of("cost", tiny)
    assert costs["Undecided: 0.1 for each digit"] == pytest.approx((0.45, np.log(10)))
    assert CHAPTERS["cost"].outcome is not None
    assert CHAPTERS["cost"].outcome(ChapterResult(costs, (), tiny)) == 1


def test_reading_leaves_the_weights_as_they_are(tiny: Dataset) -> None:
    before, after = read_and_compare(mlp((784, 5, 10)), tiny.test.images)
    assert before == after


def test_reading_opens_no_file_and_no_connection(tiny: Dataset) -> None:
    digits = output_of("digits", tiny)
    assert (digits.opened, digits.connected) == (0, 0)


def test_calls_of_a_function_are_noted_with_files_and_connections(tmp_path: Path) -> None:
    def look_up() -> np.ndarray:
        np.array([1.0]).tofile(tmp_path / "number")
        with (tmp_path / "number").open("rb") as file, socket.socket() as connection:
            connection.connect_ex(("127.0.0.1", 9))
            return np.frombuffer(file.read())

    value, called = with_calls(look_up)
    assert value == 1
    assert {"open", "connect_ex"} <= {*called}


def act_values(key: str, run: Run, dataset: Dataset) -> list[dict[str, str]]:
    """Return the numbers of each act of a chapter by name."""
    result = ChapterResult(None, (run,), dataset)
    return [{v.name: v.measured for v in act.values(result)} for act in CHAPTERS[key].acts]


def test_use_changes_no_weight_and_teaching_only_those_of_a_copy(
    trained: Callable[..., Run], tiny: Dataset
) -> None:
    run = trained(TrainConfig(hidden_sizes=(5,), validation_size=100), tiny, steps=3, name="run")
    used, taught = act_values("well-made", run, tiny)
    (before, after), (copy, copied) = used.values(), taught.values()
    assert before == after == copied != copy


def test_network_reads_from_its_file_alone(trained: Callable[..., Run], tiny: Dataset) -> None:
    run = trained(TrainConfig(hidden_sizes=(5,), validation_size=100), tiny, steps=3, name="run")
    (values,) = act_values("by-heart", run, tiny)
    assert values["Test accuracy of the network"] == values["Test accuracy from the file alone"]
    assert values["Weights and biases in the file"] == "3,985"


@pytest.mark.parametrize("key", CHAPTERS)
def test_terms_are_used_in_the_chapter_and_explained_in_the_glossary(key: str) -> None:
    written = "\n".join(content.sections(f"chapters/{key}").values()).split("## Terms")[0]
    without_terms = written.removesuffix(content.section(f"chapters/{key}", "Terms")).lower()
    terms = CHAPTERS[key].terms
    assert len({*terms}) == len(terms) >= 4
    for term in terms:
        assert term in glossary.terms()
        assert glossary.link(term).startswith(f"[{term}](learn?chapter=glossary&term=")
        assert WORDS.get(term, term.lower()) in without_terms, term


def test_link_to_a_term_without_an_entry_is_refused() -> None:
    with pytest.raises(LookupError, match="Backgammon"):
        glossary.link("Backgammon")


def test_measured_values_on_mnist_match_the_reported_ones(mnist: Dataset) -> None:
    def run(key: str) -> dict[str, tuple[str, str]]:
        return values_of(key, ChapterResult(output_of(key, mnist), (), mnist))

    digits = run("digits")
    assert digits["The first ten labels"] == ("5 0 4 1 9 2 1 3 1 4", "5 0 4 1 9 2 1 3 1 4")
    assert digits["Correct answers for the first test images"][0] == "10 of 10"
    measured, reported = run("random")["Test accuracy of three networks"]
    assert reported == "10.08%, 9.58%, 7.75%"
    assert all(7 < float(share.strip(" %")) < 13 for share in measured.split(","))


def test_missing_term_is_found_and_the_complete_gradient_needs_longer_steps(
    mnist: Dataset,
) -> None:
    result = ChapterResult(output_of("missing-term", mnist), (), mnist)
    values = values_of("missing-term", result)
    assert values["Parameters of 784-100-10"] == ("79,510", "79,510")
    assert values["Published gradient: error in layers 1 and 2"][0] == "89%, 91%"
    published, same, longer = result.output.accuracies.values()
    assert same < 0.3 < published < longer
    assert CHAPTERS["missing-term"].outcome is not None
    assert CHAPTERS["missing-term"].outcome(result) == 2


def test_resources_have_ten_different_addresses() -> None:
    items = content.list_items("resources", "Read on")
    addresses = {re.fullmatch(r"\[.+\]\((http.+)\): .+", item)[1] for item in items}  # type: ignore[index]
    assert len(addresses) == len(items) == 10
