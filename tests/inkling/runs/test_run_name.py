"""Names of runs: recipe and changes."""

from dataclasses import replace

import pytest
from hypothesis import example, given

from inkling.runs.run_file import MAX_NAME
from inkling.runs.run_name import changes, nearest_recipe, run_name
from nn import TrainConfig, recipes
from tests.configs import configs

FAST = recipes["fast-97"]


@pytest.mark.parametrize("name", recipes)
def test_recipe_keeps_its_name(name: str) -> None:
    assert run_name(recipes[name]) == nearest_recipe(recipes[name]) == name
    assert changes(vars(recipes[name]), recipes[name]) == []


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (replace(FAST, hidden_sizes=(16,)), "fast-97 with 16 units"),
        (
            replace(FAST, epochs=20, learning_rate=0.5),
            "fast-97 with learning rate 0.5 and 20 epochs",
        ),
        (
            replace(FAST, seed=3, learning_rate=0.5, hidden_sizes=(16,)),
            "fast-97 with 16 units, learning rate 0.5 and seed 3",
        ),
        (replace(recipes["builtin"], augmentation=None), "builtin with no distortion"),
        (replace(recipes["fast-98"], optimizer="adam"), "fast-98 with optimiser Adam"),
    ],
)
def test_name_is_the_nearest_recipe_and_what_differs(config: TrainConfig, name: str) -> None:
    assert run_name(config) == name


def test_name_begins_with_the_recipe_that_was_changed() -> None:
    config = replace(recipes["fast-97"], hidden_sizes=(148,), epochs=recipes["fast-98"].epochs)
    assert nearest_recipe(config) == "fast-98"
    assert run_name(config, "fast-97") == "fast-97 with 148 units and 5 epochs"


def test_changes_that_do_not_fit_are_counted() -> None:
    config = replace(
        recipes["experiment-a-128"],
        activation="tanh",
        dtype="float64",
        batch_size=1,
        epochs=3,
        seed=8,
        training_size=300,
    )
    assert run_name(config) == (
        "experiment-a-128 with activation tanh, float64 and 4 other changes"
    )


@given(configs())
@example(TrainConfig(hidden_sizes=(4_096, *[100] * 9), seed=2**32 - 1))
@example(TrainConfig(augmentation="x" * 500))
def test_any_name_leaves_room_for_a_number(config: TrainConfig) -> None:
    name = run_name(config)
    assert name.startswith(nearest_recipe(config))
    assert len(f"{name} #999") <= MAX_NAME
