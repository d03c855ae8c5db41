"""Predictions as CSV."""

import csv
import io

import numpy as np

from inkling.exports.answers_csv import answers_as_csv


def test_csv_has_one_row_per_image_in_requested_order(rng: np.random.Generator) -> None:
    P = rng.dirichlet(np.ones(10), 5)
    labels = np.arange(5, dtype=np.uint8)
    table = list(csv.DictReader(io.StringIO(answers_as_csv(np.array([3, 1]), labels, P))))
    assert list(table[0]) == [
        "index",
        "label",
        "answer",
        "confidence",
        *(f"p{k}" for k in range(10)),
    ]
    assert [line["index"] for line in table] == ["3", "1"]
    assert [line["label"] for line in table] == ["3", "1"]
    assert [line["answer"] for line in table] == [str(P[3].argmax()), str(P[1].argmax())]
    assert float(table[0]["confidence"]) == round(P[3].max(), 6)
    assert np.allclose([float(table[1][f"p{k}"]) for k in range(10)], P[1], atol=1e-6)
