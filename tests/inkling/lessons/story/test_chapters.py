"""The story: its code does what it says, and what it tells of MNIST is so."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from data_loader import Dataset
from digits.idx import write_idx
from inkling.analysis.forward_backward import source_lines
from inkling.lessons.story import code_samples
from inkling.lessons.story.better import distort_one
from inkling.lessons.story.chapter import ChapterResult
from inkling.lessons.story.chapters import CHAPTERS, RESOURCES
from inkling.lessons.story.experiment_b import INDEX
from inkling.lessons.story.first_steps import FIRST_STEPS
from inkling.runs.run import Run
from nn import Network, load_pretrained
from nn.losses import MeanSquaredError

TRAINED = [key for key, chapter in CHAPTERS.items() if chapter.trainings is not None]


def in_table(key: str, outcome: ChapterResult) -> dict[str, tuple[str, str]]:
    """Return a chapter's figures: what came out and what was reported, by what it is."""
    figures = CHAPTERS[key].figures(outcome)
    assert len({figure.what for figure in figures}) == len(figures)
    return {figure.what: (figure.here, figure.reported) for figure in figures}


@pytest.mark.parametrize("key", CHAPTERS)
def test_a_chapter_has_a_text_code_a_run_and_a_question_with_one_right_answer(key: str) -> None:
    chapter = CHAPTERS[key]
    assert chapter.text
    assert chapter.code
    assert chapter.sketch or chapter.trainings
    assert 0 <= chapter.question.right < len(set(chapter.question.options))
    assert len(set(chapter.question.options)) == len(chapter.question.options)
    for function in chapter.code:
        assert source_lines(function).text.startswith("def ")


def test_right_answers_do_not_all_stand_in_the_same_place() -> None:
    assert len({chapter.question.right for chapter in CHAPTERS.values()}) > 1


@pytest.mark.parametrize("key", TRAINED)
def test_what_a_chapter_trains_can_be_trained(
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
    sketch = CHAPTERS[key].sketch
    outcome = ChapterResult(sketch(tiny) if sketch else None, tuple(runs), tiny)
    figures = in_table(key, outcome)
    assert all(here for here, reported in figures.values() if not reported)


def test_the_two_pictures_are_those_of_the_first_lesson() -> None:
    ramp, wave = code_samples.ramp(), code_samples.wave()
    assert ramp.shape == wave.shape == (100, 100)
    assert ramp[0, 0] == 0
    assert ramp[-1, -1] == 1
    assert np.all(np.diff(ramp.ravel()) > 0)
    assert wave[0, 1] == pytest.approx(np.sin(10_000 / 9_999) ** 2)
    assert wave[-1, -1] == pytest.approx(np.sin(10_000) ** 2)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_digits_are_read_from_files_zipped_or_not(
    tmp_path: Path, tiny: Dataset, ending: str
) -> None:
    write_idx(tiny.train.images, tmp_path / f"train-images-idx3-ubyte{ending}")
    write_idx(tiny.train.labels, tmp_path / f"train-labels-idx1-ubyte{ending}")
    images, labels = code_samples.read_digits(tmp_path)
    assert np.array_equal(images, tiny.train.images)
    assert np.array_equal(labels, tiny.train.labels)


def test_where_there_are_no_files_the_digits_are_those_at_hand(tiny: Dataset) -> None:
    (chapter,) = (chapter for chapter in FIRST_STEPS if chapter.key == "digits")
    assert chapter.sketch is not None
    images, labels = chapter.sketch(tiny)
    assert images is tiny.train.images
    assert labels is tiny.train.labels


def test_the_first_version_has_no_bounds_and_the_later_one_hardly_moves(tiny: Dataset) -> None:
    first = code_samples.first_version(tiny.test.images, np.random.default_rng(2))
    later = code_samples.later_version(tiny.test.images, np.random.default_rng(2))
    assert first.shape == later.shape == (len(tiny.test.labels), 10)
    assert first.min() >= 0
    assert first.max() > 1_000
    assert np.abs(later - 0.5).max() < 0.1


def test_only_the_published_sigmoid_overflows_and_both_are_right() -> None:
    assert code_samples.sigmoid_as_published(-1_000) == (0.0, "overflow encountered in exp")
    assert code_samples.sigmoid_by_tanh(-1_000) == (0.0, "")
    for z in (-3.0, 0.0, 2.0):
        value, said = code_samples.sigmoid_as_published(z)
        assert said == ""
        assert value == pytest.approx(code_samples.sigmoid_by_tanh(z)[0])


def test_many_images_at_once_have_the_gradient_of_one_after_the_other(tiny: Dataset) -> None:
    network = Network((784, 5, 10), "sigmoid", "sigmoid", dtype=np.float64)
    X, labels = network.inputs(tiny.train.images[:20]), tiny.train.labels[:20]
    slow = code_samples.gradient_one_by_one(network, MeanSquaredError(), X, labels)
    fast = code_samples.gradient_at_once(network, MeanSquaredError(), X, labels)
    assert np.abs(fast).max() > 0
    assert np.allclose(slow, fast, rtol=1e-9, atol=1e-12)


def test_the_race_says_how_far_apart_both_results_are(tiny: Dataset) -> None:
    slow, fast, apart = code_samples.race(tiny, images=50)
    assert slow > 0
    assert fast > 0
    assert apart < 1e-4


@pytest.mark.parametrize("sizes", [(784, 100, 10), (784, 100, 3), (784, 512, 256, 10)])
def test_parameters_are_counted_as_a_network_has_them(sizes: tuple[int, ...]) -> None:
    assert code_samples.count_parameters(*sizes) == len(Network(sizes).theta)


def test_experiment_b_has_79510_parameters() -> None:
    assert code_samples.count_parameters(784, 100, 10) == 79_510
    assert code_samples.count_parameters(784, 100, 3) == 78_803  # the right answer to the question


def test_the_warm_up_tells_three_digits_apart(tiny: Dataset) -> None:
    network, shares = code_samples.warm_up(tiny, np.random.default_rng(0))
    assert network.sizes == (784, 100, 3)
    assert len(shares) == 5
    assert shares[-1] > 0.95


def test_one_digit_is_distorted_ten_times_and_never_twice_alike(tiny: Dataset) -> None:
    distorted = distort_one(tiny.train.images[0], np.random.default_rng(0))
    assert distorted.shape == (10, 28, 28)
    assert all(not np.array_equal(a, b) for a, b in pairwise(distorted))


def test_what_is_told_of_mnist_is_so(mnist: Dataset) -> None:
    assert mnist.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(mnist.test.labels)[1] == 1_135
    assert np.bincount(mnist.train.labels).argmax() == 1
    assert mnist.test.labels[0] == 7
    assert mnist.test.labels[INDEX] == 5


def test_guessing_costs_what_the_story_says() -> None:
    assert MeanSquaredError().at_chance(10) == pytest.approx((0.9**2 + 9 * 0.1**2) / 2)


def test_a_careful_network_reads_index_8(mnist: Dataset) -> None:
    P = load_pretrained().predict_proba(mnist.test.images[INDEX : INDEX + 1])[0]
    assert P.argmax() == 5
    assert P[5] > 0.8


def test_the_first_chapters_report_what_came_out_beside_what_was_reported(mnist: Dataset) -> None:
    def run(key: str) -> dict[str, tuple[str, str]]:
        sketch = CHAPTERS[key].sketch
        assert sketch is not None
        return in_table(key, ChapterResult(sketch(mnist), (), mnist))

    digits = run("digits")["The first ten labels"]
    assert digits == ("5 0 4 1 9 2 1 3 1 4", "5 0 4 1 9 2 1 3 1 4")
    here, reported = run("random")["Right, of the test images"]
    assert reported == "10.08%, 9.58%, 7.75%"
    assert all(7 < float(share.strip(" %")) < 13 for share in here.split(","))
    assert run("three-digits")["Parameters of 784-100-10"] == ("79,510", "79,510")


def test_every_resource_has_an_address_of_its_own() -> None:
    assert len({resource.address for resource in RESOURCES}) == len(RESOURCES) == 10
    assert all(resource.address.startswith("http") for resource in RESOURCES)
