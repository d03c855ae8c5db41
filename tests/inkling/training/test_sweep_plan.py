"""Plans of sweeps: their trials, names and validation."""

from dataclasses import replace
from typing import Any

import pytest

from inkling.runs.run import RunInfo, new_id
from inkling.training.sweep_plan import MAX_TRIALS, SweepPlan
from nn import ConfigError, TrainConfig

BASE = TrainConfig(hidden_sizes=(8,), epochs=1, batch_size=50, validation_size=100)
GRID = SweepPlan(base=BASE, xs=((4,), (8,), (6, 5)), ys=(0.05, 0.2))
SEEDS = SweepPlan.over_seeds(BASE, 4)


def test_trials_run_row_by_row() -> None:
    assert GRID.total == len(GRID.trials) == 6
    assert [(t.hidden_sizes, t.learning_rate) for t in GRID.trials] == [
        ((4,), 0.05),
        ((8,), 0.05),
        ((6, 5), 0.05),
        ((4,), 0.2),
        ((8,), 0.2),
        ((6, 5), 0.2),
    ]
    assert [GRID.cell(k) for k in range(6)] == [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)]


def test_a_trial_differs_from_the_base_in_nothing_else() -> None:
    for trial in GRID.trials:
        changed = replace(trial, hidden_sizes=BASE.hidden_sizes, learning_rate=BASE.learning_rate)
        assert changed == BASE


def test_without_y_there_is_a_single_row() -> None:
    plan = SweepPlan(base=BASE, x="epochs", xs=(1, 2), y=None)
    assert (plan.total, plan.ys) == (2, ())


def test_seeds_are_a_single_row() -> None:
    plan = SweepPlan.over_seeds(replace(BASE, seed=7), 3)
    assert [trial.seed for trial in plan.trials] == [7, 8, 9]
    assert [plan.cell(k) for k in range(3)] == [(0, 0), (1, 0), (2, 0)]


def test_hidden_sizes_and_eta_are_the_usual_settings() -> None:
    plan = SweepPlan(base=TrainConfig())
    assert (plan.x, plan.y) == ("hidden_sizes", "learning_rate")
    assert len(set(plan.trials)) == plan.total > 1


def test_trial_names_are_distinct() -> None:
    assert GRID.name(5) == "6-5 units, learning rate 0.2"
    assert SEEDS.name(1) == "seed 1"
    plan = SweepPlan(
        base=BASE, x="hidden_sizes", xs=((), (9,)), y="augmentation", ys=(None, "elastic")
    )
    assert plan.name(0) == "no hidden layer, no distortion"
    assert len({plan.name(k) for k in range(plan.total)}) == plan.total


def test_lists_from_a_file_count_as_tuples() -> None:
    assert SweepPlan(base=BASE, xs=[[4], [8]], ys=[0.1]).xs == ((4,), (8,))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": "colour"}, "colour: not a setting"),
        ({"x": "data", "xs": ("mnist", "builtin")}, "data: not a setting"),
        ({"x": "learning_rate", "xs": (0.1, 0.2)}, "two different settings"),
        ({"xs": ()}, "hidden_sizes: at least one value"),
        ({"ys": (0.1, 0.1)}, "learning_rate: at least one value, and none twice"),
        ({"ys": ()}, "learning_rate: at least one value"),
        (
            {"ys": (0.1, 200.0)},
            r"learning_rate: a number .* \(in the run with 4 units, learning rate 200",
        ),
        ({"xs": ("wide",)}, "hidden_sizes"),
        ({"y": "augmentation", "ys": ("mirror",)}, "augmentation: one of"),
        ({"base": replace(BASE, validation_size=0)}, "with these settings there are none"),
        ({"y": "validation_size", "ys": (100, 0)}, "with these settings there are none"),
        (
            {"y": "kernel_size", "ys": (3, 5)},
            "kernel_size: changes nothing with the other",
        ),
        ({"y": "filters", "ys": ((), (8, 8, 8))}, "too few for filters of .* with .*8-8-8 filters"),
        ({"ys": tuple(0.001 * k for k in range(1, MAX_TRIALS))}, f"at most {MAX_TRIALS} runs"),
    ],
)
def test_invalid_plan_is_refused(changes: dict[str, Any], message: str) -> None:
    usual: dict[str, Any] = {"base": BASE, "xs": GRID.xs, "ys": GRID.ys}
    with pytest.raises(ConfigError, match=message):
        SweepPlan(**usual | changes)


def info(config: TrainConfig) -> RunInfo:
    return RunInfo(
        id=new_id(),
        name="a trial",
        created=0.0,
        config=config,
        data_name="tiny",
        status="done",
        steps=10,
        epochs=1.0,
        seconds=1.0,
        validation_accuracy=0.9,
        test_accuracy=0.9,
        test_images=200,
        finite=True,
    )


def test_plan_is_rebuilt_from_saved_runs() -> None:
    plan = SweepPlan(base=BASE, xs=((4,), (6, 5), (8,)), y="augmentation", ys=(None, "elastic"))
    runs = {k: info(plan.trials[k]) for k in (5, 0, 1, 4)}
    again, results = SweepPlan.from_runs(runs.values())
    assert (again.x, again.xs, again.y, again.ys) == (plan.x, plan.xs, plan.y, plan.ys)
    assert again.trials == plan.trials
    assert results == runs


@pytest.mark.parametrize("count", [1, 3])
def test_plan_over_seeds_is_rebuilt_from_runs(count: int) -> None:
    plan = SweepPlan.over_seeds(BASE, count)
    again, results = SweepPlan.from_runs(map(info, plan.trials))
    assert again == plan
    assert results.keys() == set(range(count))


def test_unrelated_runs_are_not_a_sweep() -> None:
    with pytest.raises(ConfigError, match="differ in 3"):
        SweepPlan.from_runs([info(BASE), info(replace(BASE, seed=1, epochs=2, learning_rate=0.1))])


def test_setting_without_effect_in_some_of_the_runs_is_refused() -> None:
    with pytest.raises(ConfigError, match="kernel_size: changes nothing in some of the runs"):
        SweepPlan(base=TrainConfig(), x="filters", xs=((), (8,)), y="kernel_size", ys=(3, 5))
