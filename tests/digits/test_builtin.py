"""Built-in digits: reproducible, varied, normalised as MNIST is, and learnable."""

from types import SimpleNamespace

import numpy as np
import pytest

import nn
from digits.builtin import BLOCK, draw_block, draw_digits, form_shares, ink, thin
from digits.drawing import BOX_SIZE, CENTRE
from digits.strokes import FORMS, Form, trace
from nn.metrics import accuracy

COUNT = 2 * BLOCK + 17


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray]:
    return draw_digits(COUNT)


def only(*wanted: int) -> np.ndarray:
    """Return form shares that are zero except for the given forms."""
    return form_shares([float(i in wanted) for i in range(len(FORMS))])


def named(digit: int, name: str) -> list[int]:
    """Return the indices of a digit's forms whose name contains a word."""
    return [i for i, form in enumerate(FORMS) if form.digit == digit and name in form.name]


def test_draw_digits_returns_images_and_labels(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    images, labels = drawn
    assert images.shape == (COUNT, 28, 28)
    assert labels.shape == (COUNT,)
    assert images.dtype == labels.dtype == np.uint8
    assert images.min() == 0
    assert images.max() == 255


def test_zero_digits_are_empty_arrays() -> None:
    images, labels = draw_digits(0)
    assert images.shape == (0, 28, 28)
    assert labels.shape == (0,)


def test_same_seed_gives_same_digits(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    for first, second in zip(drawn, draw_digits(COUNT), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("count", [1, BLOCK - 1, BLOCK, BLOCK + 1])
def test_longer_sequence_starts_with_the_shorter_one(
    count: int, drawn: tuple[np.ndarray, np.ndarray]
) -> None:
    for long, short in zip(drawn, draw_digits(count), strict=True):
        np.testing.assert_array_equal(long[:count], short)


def test_result_does_not_depend_on_thread_count(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    for threads in (1, 3):
        for usual, other in zip(drawn, draw_digits(COUNT, threads=threads), strict=True):
            np.testing.assert_array_equal(usual, other)


def test_seeds_and_blocks_give_different_digits(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    # (0, 1) could be mistaken for the second block of seed 0.
    rows = [draw_digits(BLOCK, seed)[0] for seed in (1, (0, 1), (1, 0, 1))]
    rows += [drawn[0][:BLOCK], drawn[0][BLOCK : 2 * BLOCK]]
    assert len({row.tobytes() for row in rows}) == len(rows)
    assert len(np.unique(drawn[0], axis=0)) == COUNT


def test_classes_are_uniformly_distributed() -> None:
    labels = draw_digits(10_000)[1]
    counts = np.bincount(labels, minlength=10)
    assert counts.shape == (10,)
    assert (np.abs(counts - 1_000) < 5 * np.sqrt(1_000)).all()
    repeats = np.mean(labels[1:] == labels[:-1])
    assert repeats == pytest.approx(0.1, abs=0.02)  # in random order


def test_ink_fits_the_20_pixel_box(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    for image in drawn[0]:
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert BOX_SIZE - 2 <= max(height, width) <= BOX_SIZE


def test_centre_of_mass_is_the_image_centre(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    images = drawn[0].astype(float)
    mass = images.sum(axis=(1, 2))
    for axis in (1, 2):
        centre = images.sum(axis=axis) @ np.arange(28) / mass
        assert np.percentile(np.abs(centre - CENTRE), 99) <= 0.5
        assert np.abs(centre - CENTRE).max() <= 1.5, "where the image leaves no room"


def test_pen_widths_vary(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    images, labels = drawn
    ink = images[labels == 0].mean(axis=(1, 2)) / 255
    assert np.percentile(ink, 95) > 1.8 * np.percentile(ink, 5)


def test_thinning_moves_the_outline_by_parts_of_a_pixel() -> None:
    disc = np.hypot(*(np.mgrid[:26, :26] - 12.5)) < 9.5
    images = disc[None].repeat(5, axis=0).astype(np.float32)
    move = np.array([0, 0.5, 1, 2, 3], np.float32)
    areas = thin(images, move[:, None, None]).sum(axis=(1, 2))
    assert areas == pytest.approx(np.pi * (9.5 - move) ** 2, rel=0.08)
    assert np.array_equal(thin(images, np.zeros((5, 1, 1), np.float32)), images)


def test_thick_pens_fill_loops(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    middle = slice(CENTRE - 2, CENTRE + 3)
    holes = []
    for share in (0, 1):
        monkeypatch.setattr("digits.builtin.THICK", share)
        images, _ = draw_block(rng, 300, only(*named(6, "low loop")))
        holes.append(np.mean(images[:, CENTRE + 3 : CENTRE + 6, middle].min(axis=(1, 2)) < 100))
    assert holes[1] < 0.7 * holes[0]


@pytest.mark.filterwarnings("error")
def test_thinning_leaves_ink_of_the_thickest_pens(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digits.builtin.THICK", 1)
    monkeypatch.setattr("digits.builtin.WIDTH", (5.0, 0.27))
    images, _ = draw_block(rng, 300, form_shares())
    assert images.any(axis=(1, 2)).all()


@pytest.mark.filterwarnings("error")
def test_largest_pen_gives_finite_ink() -> None:
    points = np.full((1, 2, 90), 10, np.float32)
    drawn = ink(
        points,
        np.full((1, 90), 30, np.float32),
        np.ones((1, 89), bool),
        np.ones((1, 1, 1), np.float32),
    )
    assert np.isfinite(drawn).all()
    assert drawn[0, 5:15, 5:15].min() == 1


def test_the_forms_of_a_digit_differ(rng: np.random.Generator) -> None:
    means = []
    for i, form in enumerate(FORMS):
        if form.digit == 7:
            images, forms = draw_block(rng, 300, only(i))
            assert (forms == i).all()
            means.append(images.mean(axis=0))
    for i, mean in enumerate(means):
        for other in means[:i]:
            assert np.abs(mean - other).max() > 10


def test_a_slash_crosses_the_zero(rng: np.random.Generator) -> None:
    middle = slice(CENTRE - 1, CENTRE + 2)
    plain, _ = draw_block(rng, 300, only(*named(0, "oval")))
    slashed, _ = draw_block(rng, 300, only(*named(0, "slashed")))
    assert plain[:, middle, middle].mean() < 0.5 * slashed[:, middle, middle].mean()


@pytest.mark.parametrize(
    ("digit", "name", "least", "most"),
    [
        (0, "slashed", 0.15, 0.25),
        (1, "flag", 0.4, 0.7),
        (1, "base", 0.15, 0.3),
        (7, "crossed", 0.1, 0.3),
    ],
)
def test_forms_rare_in_mnist_are_frequent(digit: int, name: str, least: float, most: float) -> None:
    assert least <= 10 * form_shares()[named(digit, name)].sum() <= most


def test_shares_choose_the_forms() -> None:
    shares = [float(form.digit in (3, 8)) for form in FORMS]
    assert set(draw_digits(200, shares=shares)[1]) == {3, 8}


def test_progress_rises_to_1() -> None:
    reported: list[float] = []
    draw_digits(COUNT, progress=reported.append)
    assert reported == sorted(reported)
    assert len(reported) == 3
    assert reported[-1] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", -1),
        ("seed", -1),
        ("seed", ()),
        ("seed", (0, -1)),
        ("threads", 0),
        ("shares", [1.0]),
        ("shares", [0.0] * len(FORMS)),
        ("shares", [-1.0] + [1.0] * (len(FORMS) - 1)),
        ("shares", [float("nan")] * len(FORMS)),
    ],
)
def test_invalid_argument_is_refused_by_name(name: str, value: object) -> None:
    arguments = {"count": 1} | {name: value}
    with pytest.raises(ValueError, match=f"^{name}: .*[.]$"):
        draw_digits(**arguments)  # type: ignore[arg-type]


def test_network_learns_builtin_digits() -> None:
    images, labels = draw_digits(6_000)
    train = SimpleNamespace(images=images[:5_000], labels=labels[:5_000])
    test = SimpleNamespace(images=images[5_000:], labels=labels[5_000:])
    config = nn.TrainConfig(hidden_sizes=(64,), epochs=5, validation_size=0, data="builtin")
    trainer = nn.Trainer(config, SimpleNamespace(train=train, test=test))
    while not trainer.finished:
        trainer.step()
    assert accuracy(trainer.network.predict_proba(test.images), test.labels) > 0.75


def test_path_passes_through_points_with_gaps_between_strokes() -> None:
    line = trace("0 0, 30 40! / 0 100, 100 100", 151)
    np.testing.assert_array_equal(line.strokes, [0, 0, 1, 1])
    way = line.matrix @ line.points
    for point in line.points:
        assert np.hypot(*(way - point).T).min() < 1.1
    assert list(np.flatnonzero(~line.down)) == [50]
    steps = np.hypot(*np.diff(way, axis=0).T)[line.down]
    np.testing.assert_allclose(steps, 1, atol=0.5)


def test_a_curve_is_smooth_and_a_corner_is_not() -> None:
    for path, sharpest in (("0 0, 50 80, 100 0", 0.2), ("0 0, 50 80!, 100 0", 3)):
        dx, dy = np.diff((trace(path, 90).matrix @ trace(path, 90).points).T)
        turn = np.abs(np.diff(np.unwrap(np.arctan2(dy, dx))))
        assert turn.max() == pytest.approx(sharpest, rel=0.5)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.digit}: {form.name}")
def test_every_form_is_well_formed(form: Form) -> None:
    points = trace(form.path, 90).points
    assert len(points) >= 3
    assert np.ptp(points[:, 1]) > 60
    assert points.min() >= -5
    assert points.max() <= 106
    assert form.weight > 0
