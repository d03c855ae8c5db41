"""Which other models are asked about an image."""

from collections.abc import Callable

import pytest

from inkling.runs.run import RunInfo
from inkling.server.models import Model, model_of
from inkling.ui import model_choice, services
from inkling.ui.mistakes.other_models import MAX_MODELS, MIN_ACCURACY, other_models
from nn import TrainConfig, mlp

NETWORK = mlp((784, 2, 10))
BUILTIN = model_of(NETWORK, "pretrained", "Built-in network")
DENSE = model_of(NETWORK, "pretrained-dense", "Built-in dense network")
UPLOAD = model_of(NETWORK, "upload", "mine.safetensors")

Kept = Callable[[list[RunInfo]], list[Model]]


def info(run_id: str, seed: int, accuracy: float | None = 0.97, group: str = "") -> RunInfo:
    return RunInfo(
        id=run_id,
        name=run_id,
        created=0.0,
        config=TrainConfig(seed=seed),
        data_name="MNIST",
        status="done",
        steps=1,
        epochs=1.0,
        seconds=1.0,
        validation_accuracy=accuracy,
        test_accuracy=0.97,
        test_images=10_000,
        finite=True,
        group=group,
    )


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Let these be the runs that are kept, the newest first; return their models."""

    def keep(infos: list[RunInfo]) -> list[Model]:
        runs = [model_of(NETWORK, each.id, each.name) for each in infos]
        monkeypatch.setattr(services, "finished_runs", lambda: infos)
        models = [*runs, UPLOAD, BUILTIN, DENSE]
        monkeypatch.setattr(model_choice, "available_models", lambda: models)
        monkeypatch.setattr(model_choice, "builtin_models", lambda: (BUILTIN, DENSE))
        return runs

    return keep


def test_other_models_end_with_the_builtin_networks(kept: Kept) -> None:
    first, second = kept([info("a", 1), info("b", 2)])
    assert other_models(first) == [second, UPLOAD, BUILTIN, DENSE]
    assert other_models(BUILTIN) == [first, second, UPLOAD, DENSE]
    assert other_models(UPLOAD) == [first, second, BUILTIN, DENSE]


def test_runs_of_low_or_no_validation_accuracy_are_excluded(kept: Kept) -> None:
    infos = [info("a", 1, MIN_ACCURACY - 0.01), info("b", 2, None), info("c", 3, MIN_ACCURACY)]
    poor, unknown, good = kept(infos)
    assert other_models(BUILTIN) == [good, UPLOAD, DENSE]
    assert other_models(poor) == [good, UPLOAD, BUILTIN, DENSE]
    assert unknown not in other_models(good)


def test_runs_of_sweeps_are_excluded(kept: Kept) -> None:
    _, single = kept([info("a", 1, group="sweep"), info("b", 2)])
    assert other_models(BUILTIN) == [single, UPLOAD, DENSE]


def test_runs_with_equal_settings_are_included_once(kept: Kept) -> None:
    first, twin, other = kept([info("a", 1), info("b", 1), info("c", 2)])
    assert other_models(BUILTIN) == [first, other, UPLOAD, DENSE]
    assert other_models(first) == other_models(twin) == [other, UPLOAD, BUILTIN, DENSE]


def test_only_the_newest_models_are_included(kept: Kept) -> None:
    runs = kept([info(f"run{k}", k) for k in range(20)])
    assert other_models(BUILTIN) == [*runs[:MAX_MODELS], DENSE]
    assert other_models(runs[0]) == [*runs[1 : MAX_MODELS + 1], BUILTIN, DENSE]
