"""The built-in digits as a data set: drawn once, cached, and joined with another set."""

from pathlib import Path

import numpy as np
import pytest

import data_loader
from data_loader import BUILTIN, Dataset, find_builtin, join, load, load_builtin


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache folder."""
    monkeypatch.setenv("INKLING_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that records the count of each call of draw_digits."""
    asked: list[int] = []
    draw_digits = data_loader.draw_digits

    def counted(count: int, *rest: object, **named: object) -> tuple[np.ndarray, np.ndarray]:
        asked.append(count)
        return draw_digits(count, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(data_loader, "draw_digits", counted)
    return asked


def equal(one: Dataset, other: Dataset) -> bool:
    return all(
        np.array_equal(getattr(getattr(one, part), of), getattr(getattr(other, part), of))
        for part in ("train", "test")
        for of in ("images", "labels")
    )


def test_builtin_dataset_shapes() -> None:
    dataset = load_builtin(300, 100)
    assert dataset.name == BUILTIN
    assert dataset.train.images.shape == (300, 28, 28)
    assert dataset.test.images.shape == (100, 28, 28)
    assert set(dataset.test.labels) == set(range(10))
    assert not dataset.train.images.flags.writeable
    assert not np.array_equal(dataset.train.images[:100], dataset.test.images)


def test_builtin_digits_are_drawn_once_and_cached(drawings: list[int], cache: Path) -> None:
    assert find_builtin(60, 20) is None
    first, second = load_builtin(60, 20), load_builtin(60, 20)
    assert drawings == [60, 20]
    assert find_builtin(60, 20) in list(cache.iterdir())
    assert equal(first, second)
    assert len(list(cache.iterdir())) == 1


def test_another_seed_gives_other_digits() -> None:
    assert not equal(load_builtin(60, 20), load_builtin(60, 20, seed=1))


def test_progress_runs_from_0_to_1() -> None:
    shares: list[float] = []
    load_builtin(1_500, 500, progress=shares.append)
    assert shares == sorted(shares)
    assert 0 < shares[0] < 1
    assert shares[-1] == 1


@pytest.mark.parametrize("damage", [b"", b"no zip file", None])
def test_a_damaged_file_is_drawn_again(
    drawings: list[int], cache: Path, damage: bytes | None
) -> None:
    first = load_builtin(60, 20)
    (file,) = cache.iterdir()
    file.write_bytes(file.read_bytes()[:-100] if damage is None else damage)
    assert equal(load_builtin(60, 20), first)
    assert drawings == [60, 20, 60, 20]


def test_a_file_with_other_arrays_is_drawn_again(drawings: list[int], cache: Path) -> None:
    load_builtin(60, 20)
    (file,) = cache.iterdir()
    np.savez(file, np.zeros((60, 28, 28), np.uint8))
    load_builtin(60, 20)
    assert drawings == [60, 20, 60, 20]


def test_files_of_older_versions_are_removed(cache: Path) -> None:
    cache.mkdir()
    (cache / "builtin-0-0-60-20.npz").touch()
    load_builtin(60, 20)
    assert [file.name for file in cache.iterdir()] == [f"builtin-{data_loader.VERSION}-0-60-20.npz"]


def test_builtin_digits_are_redrawn_without_cache(
    drawings: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("INKLING_CACHE", str(tmp_path / "file"))
    load_builtin(60, 20)
    load_builtin(60, 20)
    assert drawings == [60, 20, 60, 20]


def test_joined_dataset_has_test_images_of_the_main_set(tiny: Dataset) -> None:
    builtin = load_builtin(60, 20)
    both = join(builtin, tiny)
    assert both.name == "tiny and built-in digits"
    assert len(both.train.labels) == 660
    assert np.array_equal(both.train.images[:60], builtin.train.images)
    assert np.array_equal(both.train.images[-600:], tiny.train.images)
    assert both.test is tiny.test


def test_load_returns_the_dataset_of_a_config(
    monkeypatch: pytest.MonkeyPatch, tiny: Dataset
) -> None:
    builtin = load_builtin(60, 20)
    monkeypatch.setattr(data_loader, "load_builtin", lambda progress: builtin)
    monkeypatch.setattr(data_loader, "load_mnist", lambda progress: tiny)
    assert load() is tiny
    assert load("builtin") is builtin
    assert len(load("both").train.labels) == 660
