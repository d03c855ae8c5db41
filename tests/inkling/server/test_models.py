"""Models: labels and uploads."""

from inkling.server.models import Model, UploadedModels, model_of
from nn import mlp


def model(name: str) -> Model:
    return model_of(mlp((784, 10)), name, name)


def test_label_has_name_layers_and_accuracy() -> None:
    network = mlp((784, 8, 10))
    model = Model("1", "fast-97", network.architecture, lambda: network, 0.975)
    assert model.label == "fast-97 · 97.50% · 8 hidden units"
    assert model.network is network
    assert model_of(network, "1", "mine").label == "mine · 8 hidden units"


def test_uploads_belong_to_their_visitor() -> None:
    uploads = UploadedModels()
    uploads.add("ann", model("a"))
    assert [m.id for m in uploads.of("ann")] == ["a"]
    assert uploads.of("bob") == []


def test_newest_upload_is_first_and_oldest_is_evicted() -> None:
    uploads = UploadedModels()
    for name in "abcdefg":
        uploads.add("ann", model(name))
    uploads.add("ann", model("e"))
    assert [m.id for m in uploads.of("ann")] == ["e", "g", "f", "d", "c"]


def test_least_recently_active_visitor_loses_uploads_first() -> None:
    uploads = UploadedModels()
    for visitor in range(101):
        uploads.add(str(visitor), model("m"))
    assert uploads.of("0") == []
    assert len(uploads.of("100")) == 1
