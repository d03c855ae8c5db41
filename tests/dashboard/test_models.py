"""Models that answer."""

import numpy as np

from dashboard.jobs import TrainingJob
from dashboard.models import Model, UploadedModels, model_of
from data_loader import Dataset
from nn import Network, TrainConfig


def model(name: str) -> Model:
    return Model(name, name, Network((784, 10)))


def test_the_label_says_name_layers_and_accuracy() -> None:
    network = Network((784, 8, 10))
    assert Model("1", "fast-97", network, 0.975).label == "fast-97 · 784-8-10 · 97.50%"
    assert Model("1", "mine", network).label == "mine · 784-8-10"


def test_a_run_becomes_a_model_when_it_has_ended(tiny: Dataset) -> None:
    job = TrainingJob(TrainConfig(epochs=1, validation_size=100), tiny, "ann", "run")
    assert model_of(job) is None
    job.run(lambda: False)
    left = model_of(job)
    assert left is not None
    assert left.test_accuracy == job.test_accuracy
    P = left.network.predict_proba(tiny.test.images)
    assert np.mean(P.argmax(axis=1) == tiny.test.labels) == job.test_accuracy


def test_uploads_belong_to_their_visitor() -> None:
    uploads = UploadedModels()
    uploads.add("ann", model("a"))
    assert [m.id for m in uploads.of("ann")] == ["a"]
    assert uploads.of("bob") == []


def test_the_newest_upload_comes_first_and_the_oldest_goes() -> None:
    uploads = UploadedModels()
    for name in "abcdefg":
        uploads.add("ann", model(name))
    uploads.add("ann", model("e"))
    assert [m.id for m in uploads.of("ann")] == ["e", "g", "f", "d", "c"]


def test_uploads_of_the_visitor_longest_silent_go_first() -> None:
    uploads = UploadedModels()
    for visitor in range(101):
        uploads.add(str(visitor), model("m"))
    assert uploads.of("0") == []
    assert len(uploads.of("100")) == 1


def test_a_network_that_training_spoiled_answers_nobody(tiny: Dataset) -> None:
    job = TrainingJob(TrainConfig(epochs=1, validation_size=100), tiny, "ann", "run")
    job.run(lambda: False)
    assert job.network is not None
    job.network.theta[3] = np.nan
    assert model_of(job) is None
