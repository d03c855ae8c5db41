"""Run files: exact round trips, and `RunError` for every invalid file."""

import json
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_loader import Dataset
from inkling.runs.run import Run
from inkling.runs.run_file import RunError, read_info, run_bytes, run_from_bytes
from nn import ModelError, TrainConfig, recipes
from nn.storage import model_bytes, model_from_bytes

Trained = Callable[..., Run]
SHORT = TrainConfig(hidden_sizes=(8,), epochs=2, batch_size=50, validation_size=100)
RECORDS = 20


@pytest.fixture(scope="module")
def run(tiny: Dataset, trained: Trained) -> Run:
    return trained(SHORT, tiny)


def parts(run: Run) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return modifiable copies of a file's arrays and metadata."""
    data = run_bytes(run)
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return dict(safetensors.numpy.load(data)), header["__metadata__"]


def refusal(arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> str:
    with pytest.raises(RunError) as refused:
        run_from_bytes(safetensors.numpy.save(arrays, metadata))
    return str(refused.value)


def same_history(one: Run, other: Run) -> bool:
    return repr(one.history) == repr(other.history)  # NaN is not equal to itself


def test_run_file_round_trip(run: Run) -> None:
    back = run_from_bytes(run_bytes(run))
    assert back.info == run.info
    assert back.events == run.events
    assert same_history(back, run)
    np.testing.assert_array_equal(back.network.theta, run.network.theta)
    assert [s.step for s in back.snapshots] == [s.step for s in run.snapshots]
    for one, other in zip(back.snapshots, run.snapshots, strict=True):
        np.testing.assert_array_equal(one.theta, other.theta)


@pytest.mark.parametrize("name", [name for name in recipes if recipes[name].data == "mnist"])
def test_runs_of_every_recipe_round_trip(name: str, tiny: Dataset, trained: Trained) -> None:
    config = replace(
        recipes[name],
        batch_size=100,
        epochs=1,
        validation_size=min(100, recipes[name].validation_size),
    )
    run = trained(config, tiny)
    back = run_from_bytes(run_bytes(run))
    assert back.info == run.info
    assert same_history(back, run)


def test_run_with_convolutions_round_trips(tiny: Dataset, trained: Trained) -> None:
    run = trained(replace(SHORT, filters=(3, 4), kernel_size=4, shrink="pool"), tiny)
    back = run_from_bytes(run_bytes(run))
    assert back.info == run.info
    assert back.network.architecture == run.network.architecture
    assert same_history(back, run)
    assert len(back.history[0].layer_gradient_norms) == 4
    np.testing.assert_array_equal(back.network.theta, run.network.theta)
    snapshot = back.snapshots[1]
    np.testing.assert_array_equal(
        back.network_at(snapshot).theta, snapshot.theta.astype(np.float32)
    )


@pytest.mark.parametrize("changes", [{"kernel_size": 3}, {"shrink": "pool"}, {"filters": (4, 3)}])
def test_network_with_other_convolutions_than_its_settings_is_refused(
    changes: dict[str, Any], tiny: Dataset, trained: Trained
) -> None:
    config = replace(SHORT, filters=(3, 4), kernel_size=4)
    arrays, metadata = parts(trained(config, tiny))
    metadata["config"] = json.dumps(vars(replace(config, **changes)))
    assert refusal(arrays, metadata) == (
        "The network in the file does not match the settings in it."
    )


def test_diverged_run_is_saved_with_its_diagnosis(tiny: Dataset, trained: Trained) -> None:
    config = replace(
        SHORT, hidden_sizes=(32,) * 8, optimizer="sgd", learning_rate=100.0, schedule="constant"
    )
    run = trained(config, tiny)
    assert not run.info.finite
    back = run_from_bytes(run_bytes(run))
    assert back.info == run.info
    assert same_history(back, run)
    problem = back.history[-1].problem
    assert problem is not None
    assert problem.name == "not finite"


def test_stopped_run_records_its_epoch(tiny: Dataset, trained: Trained) -> None:
    run = trained(SHORT, tiny, steps=3)
    assert run.info.status == "stopped"
    assert run.info.steps == 3
    assert run_from_bytes(run_bytes(run)).info == run.info


def test_metadata_is_readable_json(run: Run) -> None:
    _, metadata = parts(run)
    assert TrainConfig.from_dict(json.loads(metadata["config"])) == SHORT
    assert json.loads(metadata["events"]) == [{"step": 3, "learning_rate": 0.05}]
    assert json.loads(metadata["result"])["test_accuracy"] == run.info.test_accuracy
    assert json.loads(metadata["history"])["train_loss"][0] == run.history[0].train_loss
    assert metadata["owner"] == "ann"


def test_read_info_equals_run_info(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.write_bytes(run_bytes(run))
    assert read_info(path) == run.info


def test_run_and_model_files_are_distinguished(run: Run) -> None:
    with pytest.raises(ModelError, match="Train page"):
        model_from_bytes(run_bytes(run))
    with pytest.raises(RunError, match="does not contain a run"):
        run_from_bytes(model_bytes(run.network))


def change(key: str, **values: Any) -> Callable[[dict[str, str]], None]:
    """Return a function that sets values within one of the JSON texts."""

    def apply(metadata: dict[str, str]) -> None:
        metadata[key] = json.dumps(json.loads(metadata[key]) | values)

    return apply


@pytest.mark.parametrize(
    "spoil",
    [
        change("run", id="../../etc/passwd"),
        change("run", id=7),
        change("run", name=None),
        change("run", notes="x" * 3_000),
        change("run", created="now"),
        change("run", created=math.nan),
        change("run", created=5e11),  # the year 17814
        change("config", epochs=0),
        change("config", hidden_sizes=[4]),
        change("config", filters=[4]),
        change("config", shape=3),
        change("config", augmentation="upside-down"),
        change("result", status="perfect"),
        change("result", test_accuracy=1.5),
        change("result", steps=-1),
        change("result", finite="yes"),
        change("result", finite=False),
        change("history", step=[1]),
        change("history", step=[]),
        change("history", train_loss=None),
        change("history", layer_gradient_norms=[[]] * RECORDS),
        change("history", finite=[1] * RECORDS),
        change("history", dead_share=[10**400] * RECORDS),
        change("history", layer_gradient_norms=[[1, 10**400]] * RECORDS),
        lambda metadata: metadata.update(config="[]"),
        lambda metadata: metadata.update(run="{"),
        lambda metadata: metadata.update(result="[" * 100_000),
        lambda metadata: metadata.update(events="3"),
        lambda metadata: metadata.update(events='[{"step": 1, "learning_rate": "big"}]'),
        lambda metadata: metadata.update(events='[{"step": 1, "learning_rate": NaN}]'),
        lambda metadata: metadata.update(network="{}"),
        lambda metadata: metadata.pop("owner"),
        lambda metadata: metadata.pop("history"),
        lambda metadata: metadata.update(format="inkling-run-2"),
    ],
)
def test_invalid_run_header_is_refused(run: Run, spoil: Callable[[dict[str, str]], None]) -> None:
    arrays, metadata = parts(run)
    assert len(json.loads(metadata["history"])["step"]) == RECORDS
    spoil(metadata)
    assert len(refusal(arrays, metadata)) < 400


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("snapshots", np.zeros((3, 5), np.float16)),
        ("snapshots", np.zeros((3, 6370), np.float32)),
        ("snapshot_steps", np.array([3, 2, 1])),
        ("snapshot_steps", np.array([], np.int64)),
        ("snapshot_steps", np.array([-1, 2, 3])),
        ("layers.0.W", np.zeros((3, 3), np.float32)),
        ("layers.0.W", np.full((784, 8), np.nan, np.float32)),
        ("extra", np.zeros(3)),
    ],
)
def test_invalid_run_arrays_are_refused(run: Run, name: str, array: np.ndarray) -> None:
    arrays, metadata = parts(run)
    arrays[name] = array
    refusal(arrays, metadata)


def test_missing_snapshots_are_refused(run: Run) -> None:
    arrays, metadata = parts(run)
    del arrays["snapshots"]
    assert "snapshots" in refusal(arrays, metadata)


def test_control_characters_are_removed_from_text(run: Run) -> None:
    arrays, metadata = parts(run)
    change("run", name="a\nb\x1b[31m" + "c" * 200, notes="one\ntwo\x00")(metadata)
    info = run_from_bytes(safetensors.numpy.save(arrays, metadata)).info
    assert info.name.startswith("ab[31mccc")
    assert len(info.name) == 80
    assert info.notes == "one\ntwo"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_file_is_read_or_raises_run_error(run: Run, tmp_path: Path, data: Any) -> None:
    whole = bytearray(run_bytes(run))
    header = 8 + int.from_bytes(whole[:8], "little")
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, header + 200))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    for read in (lambda: run_from_bytes(path.read_bytes()), lambda: read_info(path)):
        with suppress(RunError):
            read()


@given(st.binary(max_size=400))
def test_arbitrary_bytes_raise_run_error(data: bytes) -> None:
    with pytest.raises(RunError):
        run_from_bytes(data)
