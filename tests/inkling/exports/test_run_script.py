"""The script of a run repeats it to the bit, and is formatted and linted."""

import ast
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import data_loader
from data_loader import Dataset
from digits.augment import AUGMENTATIONS, augmentation
from inkling.exports.run_script import run_script
from inkling.runs.run import Event
from nn import TrainConfig, Trainer, load_model, recipes
from nn.training import evaluate

ROOT = Path(__file__).parents[3]
SMALL = TrainConfig(hidden_sizes=(8,), validation_size=100, epochs=2)
EVENTS = (Event(0, 0.3), Event(3, 0.5), Event(3, 0.05), Event(6, 1e-05), Event(9, 3))
ELSEWHERE = TrainConfig(  # nothing is at its default
    filters=(3,),
    kernel_size=4,
    shrink="pool",
    hidden_sizes=(8, 6),
    activation="published-sigmoid",
    output="normalized-sigmoid",
    initialization="normal",
    initial_scale=0.1 + 0.2,
    initial_bias=-0.1,
    input_scale=1e-05,
    dtype="float64",
    data="builtin",
    augmentation="affine",
    training_size=450,
    validation_size=0,
    shuffled_labels=True,
    test_each_epoch=True,
    loss="mean-squared-error",
    optimizer="sgd",
    learning_rate=1 / 3,
    schedule="cosine",
    averaging=0.5,
    batch_size=64,
    epochs=3,
    sampling="with-replacement",
    update_order="layer-by-layer",
    seed=7,
)


def repeat_by_hand(
    config: TrainConfig, dataset: Dataset, events: Sequence[Event], steps: int | None
) -> Trainer:
    trainer = Trainer(config, dataset, augmentation(config.augmentation))
    while not trainer.finished and trainer.step_count != steps:
        for event in events:
            if event.step == trainer.step_count:
                trainer.learning_rate = event.learning_rate
        trainer.step()
    return trainer


@pytest.fixture
def run(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, TrainConfig], None]:
    """Return a function that runs a script on tiny data, in a folder of its own."""

    def execute(script: str, config: TrainConfig) -> None:
        def load(data: str) -> Dataset:
            assert data == config.data
            return tiny

        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(data_loader, "load", load)
        path = tmp_path / "run.py"
        path.write_text(script, encoding="utf-8")
        runpy.run_path(str(path), run_name="__main__")

    return execute


def expected_output(trainer: Trainer) -> str:
    """Return the last line that a script prints for a trainer's run."""
    lines = ""
    for name, examples in (("Validation", trainer.validation), ("Test", trainer.test)):
        _, accuracy = evaluate(trainer.network, examples, trainer.loss)
        if accuracy is not None:
            lines += f"{name} accuracy: {accuracy:.2%}\n"
    return lines


@pytest.mark.parametrize("steps", [None, 7])
@pytest.mark.parametrize("events", [(), EVENTS], ids=["alone", "with-events"])
@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        ELSEWHERE,
        replace(SMALL, dtype="float64", optimizer="adam", hidden_sizes=()),
        replace(SMALL, shuffled_labels=True, validation_size=0, batch_size=7, seed=3),
        *(replace(SMALL, augmentation=name, batch_size=50) for name in AUGMENTATIONS),
        *(
            # Small enough for the tiny data, large enough that seven steps are not the whole run.
            replace(
                recipe,
                hidden_sizes=(9,) * len(recipe.hidden_sizes),
                validation_size=min(recipe.validation_size, 100),
                batch_size=min(recipe.batch_size, 50),
                epochs=2,
            )
            for recipe in recipes.values()
        ),
    ],
)
def test_the_script_repeats_the_run_to_the_bit(
    config: TrainConfig,
    events: Sequence[Event],
    steps: int | None,
    tiny: Dataset,
    run: Callable[[str, TrainConfig], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    by_hand = repeat_by_hand(config, tiny, events, steps)
    assert by_hand.finished == (steps is None)
    run(run_script(config, events, steps), config)
    network = load_model(tmp_path / "model.safetensors")
    assert network.dtype == by_hand.network.dtype
    assert network.theta.tobytes() == by_hand.network.theta.tobytes()
    assert capsys.readouterr().out == expected_output(by_hand)


def test_a_batch_larger_than_the_data(
    tiny: Dataset, run: Callable[[str, TrainConfig], None], tmp_path: Path
) -> None:
    config = replace(recipes["experiment-a-16-16"], epochs=5)
    by_hand = repeat_by_hand(config, tiny, EVENTS, None)
    run(run_script(config, EVENTS), config)
    assert load_model(tmp_path / "model.safetensors").theta.tobytes() == (
        by_hand.network.theta.tobytes()
    )


def test_each_eta_event_changes_the_weights(tiny: Dataset) -> None:
    """Without this the comparison above could pass with events left out."""
    last = {event.step: event for event in EVENTS}
    whole = repeat_by_hand(SMALL, tiny, EVENTS, None).network.theta
    for step in last:
        others = [event for event in last.values() if event.step != step]
        assert (repeat_by_hand(SMALL, tiny, others, None).network.theta != whole).any()


def test_etas_set_after_the_last_step_are_left_out() -> None:
    assert run_script(SMALL, [Event(5, 0.2)], 5) == run_script(SMALL, [], 5)
    assert "5: 0.2" in run_script(SMALL, [Event(5, 0.2)], 6)
    assert "5: 0.2" in run_script(SMALL, [Event(5, 0.2)])


def test_the_script_runs_outside_the_app(
    small: Dataset, small_folder: Path, tmp_path: Path
) -> None:
    config = TrainConfig(training_size=2_000, epochs=1, augmentation="elastic")
    path = tmp_path / "run.py"
    path.write_text(run_script(config, EVENTS, 12), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, path],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "MNIST_DIR": str(small_folder)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    by_hand = repeat_by_hand(config, small, EVENTS, 12)
    assert done.stdout == expected_output(by_hand)
    network = load_model(tmp_path / "model.safetensors")
    assert network.theta.tobytes() == by_hand.network.theta.tobytes()


def settings_in(script: str) -> dict[str, Any]:
    """Return the settings that a script names, evaluated."""
    for node in ast.walk(ast.parse(script)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "TrainConfig":
            return {str(item.arg): ast.literal_eval(item.value) for item in node.keywords}
    raise AssertionError("the script makes no TrainConfig")


@pytest.mark.parametrize("config", [TrainConfig(), ELSEWHERE, *recipes.values()])
def test_script_names_only_non_default_settings(config: TrainConfig) -> None:
    named = settings_in(run_script(config, []))
    assert TrainConfig(**named) == config
    usual = vars(TrainConfig())
    assert {name for name in usual if vars(config)[name] != usual[name]} == set(named)


def test_elsewhere_differs_in_every_field() -> None:
    names = [field.name for field in fields(TrainConfig)]
    assert list(settings_in(run_script(ELSEWHERE, []))) == names


def test_numbers_of_numpy_are_written_as_numbers() -> None:
    config = replace(SMALL, learning_rate=np.float64(0.1))
    script = run_script(config, [Event(1, np.float64(0.2))])
    assert settings_in(script)["learning_rate"] == 0.1
    assert "1: 0.2," in script


@pytest.mark.parametrize(
    "name", ['"', "'", "\"'", "\\", '")\nimport os\nos.abort()  # ', "$steps", "{x}", "\u202e", "ü"]
)
def test_untrusted_name_is_escaped_in_script(name: str) -> None:
    script = run_script(replace(SMALL, augmentation=name), [])
    assert settings_in(script)["augmentation"] == name
    statements = len(ast.parse(run_script(replace(SMALL, augmentation="affine"), [])).body)
    assert len(ast.parse(script).body) == statements


def test_script_is_ruff_formatted(ruff_output: Callable[[Sequence[str]], str]) -> None:
    configs = [TrainConfig(), ELSEWHERE, *recipes.values()]
    cases = product(configs, [(), EVENTS[:1], EVENTS], [None, 1_234_567])
    assert ruff_output([run_script(*case) for case in cases]) == ""
