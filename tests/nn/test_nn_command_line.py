"""The network without the app: `python -m nn`."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import nn
from data_loader import Dataset
from nn import __main__ as command_line
from nn import load_model, recipes
from nn.metrics import accuracy

Run = Callable[..., tuple[int, str, str]]
SMALL = "experiment-a-16-16"  # the recipe that a data set of 600 images is enough for


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tiny: Dataset) -> Run:
    """Run `python -m nn` on the tiny set within this process: exit code, stdout, stderr."""
    monkeypatch.setattr(command_line, "load", lambda data, progress: tiny)

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = command_line.main(list(arguments))
        except SystemExit as left:
            code = int(left.code or 0)
        return code, *capsys.readouterr()

    return run


def python_m_nn(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nn", *arguments],
        cwd=Path(nn.__file__).parents[1],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_recipes_command_lists_recipes() -> None:
    done = python_m_nn("recipes")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(recipes)
    assert "784-256-10" in done.stdout


def test_missing_mnist_prints_one_sentence(tmp_path: Path) -> None:
    done = python_m_nn("train", "--recipe", "fast-97", MNIST_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert str(tmp_path) in done.stderr
    assert "Traceback" not in done.stderr


def test_train_prints_a_table_and_the_result_last(run: Run) -> None:
    code, output, _ = run("train", "--recipe", SMALL, "--epochs", "3")
    assert code == 0
    header, *rows, result = output.splitlines()
    rows = [row for row in rows if re.match(r" +\d+ ", row)]
    assert header.split()[0] == "epoch"
    assert [row.split()[0] for row in rows] == ["1", "2", "3"]
    assert re.match(rf"{SMALL}: \d+\.\d+% of the test images right .* after 3 epochs", result)


def test_builtin_digits_run_is_evaluated_on_mnist_if_available(
    run: Run, tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(recipes["builtin"], epochs=1, validation_size=0)
    monkeypatch.setitem(recipes, "builtin", small)
    monkeypatch.setattr(command_line, "load_mnist", lambda: tiny)
    monkeypatch.setattr(command_line, "find_mnist", lambda: None)
    _, without, _ = run("train", "--recipe", "builtin")
    monkeypatch.setattr(command_line, "find_mnist", lambda: Path("/mnist"))
    _, output, _ = run("train", "--recipe", "builtin")
    assert "MNIST" not in without
    message = f"Of MNIST's {len(tiny.test.labels)} test images it reads "
    assert output.splitlines()[-1].startswith(message)


def test_the_table_has_twenty_rows_at_most_and_the_last_epoch(run: Run) -> None:
    _, output, _ = run("train", "--recipe", SMALL)
    rows = re.findall(r"^ +(\d+) ", output, re.MULTILINE)
    assert len(rows) == 20
    assert rows[-1] == "100"


def test_diagnosis_is_printed_before_the_result(run: Run) -> None:
    _, output, _ = run("train", "--recipe", SMALL, "--epochs", "1")
    assert "worse than giving every digit the same probability" in output.splitlines()[-2]


def test_out_saves_the_resulting_network(run: Run, tiny: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    code, output, _ = run("train", "--recipe", SMALL, "--epochs", "2", "--out", str(path))
    assert code == 0
    share = accuracy(load_model(path).predict_proba(tiny.test.images), tiny.test.labels)
    assert f"{SMALL}: {share:.2%} of" in output.splitlines()[-1]


def test_options_change_the_convolutions_of_the_recipe(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "network.safetensors"
    options = ("--filters", "3-4", "--kernel-size", "3", "--shrink", "pool", "--epochs", "1")
    code, _, errors = run("train", "--recipe", "fast-97", *options, "--out", str(out))
    assert code == 0, errors
    assert str(load_model(out).architecture) == "784-3C3-P2-4C3-P2-128-10"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required"),
        (["dance"], "dance"),
        (["train"], "--recipe"),
        (["train", "--recipe", "fast-99"], "fast-99"),
        (["train", "--recipe", SMALL, "--epochs", "0"], "epochs: a whole number from 1 to"),
        (["train", "--recipe", SMALL, "--epochs", "-3"], "epochs: a whole number from 1 to"),
        (["train", "--recipe", SMALL, "--epochs", "two"], "two"),
        (["train", "--recipe", SMALL, "--filters", "many"], "filters as in 16-48, or none"),
        (
            ["train", "--recipe", SMALL, "--filters", "8-8-8"],
            "take fewer convolutions or filters of at most 4 × 4",
        ),
        (
            ["train", "--recipe", SMALL, "--filters", "8", "--shrink", "x"],
            "shrink: one of 'stride'",
        ),
    ],
    ids=" ".join,
)
def test_invalid_arguments_exit_with_code_2(run: Run, arguments: list[str], message: str) -> None:
    code, output, errors = run(*arguments)
    assert code == 2
    assert output == ""
    assert message in errors.splitlines()[-1]


def test_unwritable_out_file_is_refused_before_training(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command_line, "train", lambda *_: pytest.fail("it trained"))
    path = tmp_path / "missing" / "model"
    code, output, errors = run("train", "--recipe", SMALL, "--out", str(path))
    assert code == 1
    assert output == ""
    assert str(path.parent) in errors
