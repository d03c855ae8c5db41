"""Chapters of the story: prose files, code samples, reported values, claims about MNIST."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data_loader import Dataset
from digits.idx import write_idx
from inkling.analysis.forward_backward import source_lines
from inkling.lessons import content
from inkling.lessons.story import code_samples
from inkling.lessons.story.chapter import ChapterResult
from inkling.lessons.story.chapters import CHAPTERS
from inkling.lessons.story.experiment_b import HARD_IMAGE
from inkling.runs.run import Run
from nn import load_pretrained, mlp
from nn.activations import Sigmoid
from nn.losses import MeanSquaredError

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


@pytest.mark.parametrize("key", CHAPTERS)
def test_chapter_has_all_sections_code_and_something_to_run(key: str) -> None:
    chapter = CHAPTERS[key]
    headings = {"Text", "Duration", "Meaning", "Question", "Options", "Explanation"}
    assert content.sections(f"chapters/{key}").keys() == headings
    assert chapter.code
    assert chapter.run_now or chapter.trainings
    for function in chapter.code:
        assert source_lines(function).text.startswith("def ")


@pytest.mark.parametrize("key", CHAPTERS)
def test_question_has_one_correct_option_among_different_ones(key: str) -> None:
    options = content.sections(f"chapters/{key}")["Options"]
    question = CHAPTERS[key].question
    assert options.count("- [x] ") == 1
    assert options.splitlines()[question.correct] == f"- [x] {question.options[question.correct]}"
    assert len(options.splitlines()) == len(set(question.options)) > 2


def test_position_of_the_correct_option_varies() -> None:
    assert len({chapter.question.correct for chapter in CHAPTERS.values()}) > 1


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
    values = values_of(key, ChapterResult(output_of(key, tiny), tuple(runs), tiny))
    assert all(measured for measured, reported in values.values() if not reported)


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
    images, labels = output_of("digits", tiny)
    assert images is tiny.train.images
    assert labels is tiny.train.labels


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


def test_pretrained_network_reads_test_image_8(mnist: Dataset) -> None:
    P = load_pretrained("dense").predict_proba(mnist.test.images[HARD_IMAGE : HARD_IMAGE + 1])[0]
    assert P.argmax() == 5
    assert P[5] > 0.8


def test_measured_values_on_mnist_match_the_reported_ones(mnist: Dataset) -> None:
    def run(key: str) -> dict[str, tuple[str, str]]:
        return values_of(key, ChapterResult(output_of(key, mnist), (), mnist))

    digits = run("digits")["The first ten labels"]
    assert digits == ("5 0 4 1 9 2 1 3 1 4", "5 0 4 1 9 2 1 3 1 4")
    measured, reported = run("random")["Right, of the test images"]
    assert reported == "10.08%, 9.58%, 7.75%"
    assert all(7 < float(share.strip(" %")) < 13 for share in measured.split(","))
    assert run("three-digits")["Parameters of 784-100-10"] == ("79,510", "79,510")


def test_resources_have_ten_different_addresses() -> None:
    items = content.list_items("resources", "Read on")
    addresses = {re.fullmatch(r"\[.+\]\((http.+)\): .+", item)[1] for item in items}  # type: ignore[index]
    assert len(addresses) == len(items) == 10
