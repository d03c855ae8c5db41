"""What speaks against a label, against figures worked out the long way."""

import numpy as np
import pytest

from dashboard import label_doubt
from dashboard.label_doubt import (
    doubt,
    margins,
    models_against,
    nearest_to_each,
    neighbours_against,
    people_against,
)
from data_loader import Dataset
from digits.statistics import nearest, points


@pytest.mark.parametrize("rows", [7, 64, 100_000])
def test_the_nearest_images_are_those_that_a_search_for_each_finds(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(label_doubt, "_ROWS", rows)
    images = tiny.test.images[:12]
    found, distances = nearest_to_each(images, tiny.train.images, 8)
    assert found.shape == distances.shape == (12, 8)
    for k, image in enumerate(images):
        _, expected = nearest(image, tiny.train.images, 8)
        assert distances[k] == pytest.approx(expected, rel=1e-4)
        away = points(tiny.train.images[found[k]]) - points(image[None])
        assert np.linalg.norm(away, axis=1) == pytest.approx(expected, rel=1e-4)
        assert len(set(found[k])) == 8


def test_an_image_among_them_is_its_own_nearest(tiny: Dataset) -> None:
    found, distances = nearest_to_each(tiny.train.images[[41]], tiny.train.images, 1)
    assert found.tolist() == [[41]]
    assert distances[0, 0] == pytest.approx(0, abs=0.01)


def test_all_are_found_where_there_are_no_more(tiny: Dataset) -> None:
    found, _ = nearest_to_each(tiny.test.images[:2], tiny.train.images[:5], 5)
    assert [sorted(row) for row in found.tolist()] == [[0, 1, 2, 3, 4]] * 2


def test_near_neighbours_count_more() -> None:
    labels = np.array([3, 3, 3])
    neighbours = np.array([[3, 8], [8, 8], [3, 3]])
    distances = np.array([[1.0, 3.0], [5.0, 6.0], [1.0, 2.0]], np.float32)
    assert neighbours_against(labels, neighbours, distances) == pytest.approx([0.25, 1, 0])


def test_a_twin_among_the_neighbours_decides() -> None:
    against = neighbours_against(np.array([3]), np.array([[3, 8, 8]]), np.array([[0.0, 5.0, 5.0]]))
    assert 0 < against[0] < 0.01


def test_other_models_speak_against_a_label_by_another_digit() -> None:
    answers = np.array([[3, 8], [5, 8], [3, 8], [3, 1]])
    assert models_against(np.array([3, 8]), answers) == pytest.approx([0.25, 0.25])
    assert np.isnan(models_against(np.array([3, 8]), np.empty((0, 2), int))).all()


def test_people_speak_against_a_label_by_not_naming_it() -> None:
    shares = people_against(np.array([2130, 947, 449, 582, 5]))
    assert shares[:4] == pytest.approx([3 / 5, 1, 1 / 5, 0])
    assert np.isnan(shares[4])


def test_doubt_is_the_mean_of_what_is_known() -> None:
    nobody = np.array([np.nan, 0.8])
    assert doubt(np.array([0.5, 0.2]), nobody, np.array([1.0, np.nan])) == pytest.approx(
        [0.75, 0.5]
    )


def test_the_margin_is_what_the_label_lacks() -> None:
    P = np.full((2, 10), 0.01)
    P[0, [4, 9]] = 0.4, 0.52
    P[1, [0, 6]] = 0.9, 0.02
    assert margins(P, np.array([4, 6], np.uint8)) == pytest.approx([0.12, 0.88])
    assert margins(P, np.array([9, 0], np.uint8)) == pytest.approx([0, 0])
