"""Verdicts: changes, file format and CSV export."""

import csv
import io
import json

import numpy as np
import pytest

from inkling.analysis.verdicts import Verdict, Verdicts, verdicts_as_csv


def test_verdicts_round_trip_through_bytes() -> None:
    verdicts = (
        Verdicts()
        .with_verdict("MNIST", 947, Verdict.LABEL)
        .with_verdict("MNIST", 8, Verdict.NETWORK)
    )
    verdicts = verdicts.with_verdict("Built-in digits", 8, Verdict.AMBIGUOUS)
    again = Verdicts.read(verdicts.to_bytes())
    assert again.of("MNIST") == {947: Verdict.LABEL, 8: Verdict.NETWORK}
    assert again.of("Built-in digits") == {8: Verdict.AMBIGUOUS}
    assert again.of("another") == {}


def test_verdict_is_replaced_and_removed() -> None:
    first = Verdicts().with_verdict("MNIST", 8, Verdict.NETWORK)
    assert first.with_verdict("MNIST", 8, Verdict.LABEL).of("MNIST") == {8: Verdict.LABEL}
    assert first.with_verdict("MNIST", 8, None).of("MNIST") == {}
    assert first.of("MNIST") == {8: Verdict.NETWORK}  # not changed, only replaced


def test_verdicts_of_one_data_set_are_removed() -> None:
    both = (
        Verdicts().with_verdict("MNIST", 8, Verdict.NETWORK).with_verdict("mine", 3, Verdict.LABEL)
    )
    left = both.without("MNIST")
    assert left.of("MNIST") == {}
    assert left.of("mine") == {3: Verdict.LABEL}


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"",
        b"\xff\xfe",
        b"[]",
        b'"MNIST"',
        b'{"MNIST": []}',
        b'{"MNIST": {"8": "guilty"}}',
        b'{"MNIST": {"8": ["label"]}}',
        b'{"MNIST": {"eight": "label"}}',
        b'{"MNIST": {"-8": "label"}}',
        b'{"MNIST": {"8": "label"}, "mine": null}',
        '{"MNIST": {"²": "label"}}'.encode(),
        b'{"MNIST": {"' + b"9" * 5000 + b'": "label"}}',
        b"[" * 200_000,
    ],
)
def test_damaged_file_reads_as_no_verdicts(data: bytes | None) -> None:
    assert Verdicts.read(data) == Verdicts()


def test_file_is_plain_json() -> None:
    data = Verdicts().with_verdict("MNIST", 8, Verdict.NETWORK).to_bytes()
    assert json.loads(data) == {"MNIST": {"8": "network"}}


def test_csv_has_a_line_for_each_verdict(rng: np.random.Generator) -> None:
    P = rng.dirichlet(np.ones(10), 3000)
    labels = np.full(3000, 4, np.uint8)
    given = {2130: Verdict.AMBIGUOUS, 8: Verdict.NETWORK, 3000: Verdict.LABEL}  # 3000: no image
    table = list(csv.DictReader(io.StringIO(verdicts_as_csv(given, labels, P, has_votes=True))))
    assert list(table[0]) == ["index", "label", "answer", "confidence", "verdict", "votes"]
    assert [line["index"] for line in table] == ["8", "2130"]
    assert [line["verdict"] for line in table] == ["network", "ambiguous"]
    assert [line["answer"] for line in table] == [str(P[k].argmax()) for k in (8, 2130)]
    assert float(table[1]["confidence"]) == round(P[2130].max(), 6)
    assert table[0]["votes"] == ""
    assert table[1]["votes"] == "Five people looked at it: two say 4, two say 9, one says neither."


def test_csv_has_votes_of_mnist_images_only(rng: np.random.Generator) -> None:
    P = rng.dirichlet(np.ones(10), 3000)
    labels = np.zeros(3000, np.uint8)
    text = verdicts_as_csv({2130: Verdict.LABEL}, labels, P, has_votes=False)
    assert next(csv.DictReader(io.StringIO(text)))["votes"] == ""
