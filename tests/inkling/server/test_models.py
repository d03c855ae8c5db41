"""Models that answer."""

from inkling.server.models import Model, UploadedModels, model_of
from nn import mlp


def model(name: str) -> Model:
    return model_of(mlp((784, 10)), name, name)


def test_the_label_says_name_layers_and_accuracy() -> None:
    network = mlp((784, 8, 10))
    kept = Model("1", "fast-97", network.sizes, lambda: network, 0.975)
    assert kept.label == "fast-97 · 784-8-10 · 97.50%"
    assert kept.network is network
    assert model_of(network, "1", "mine").label == "mine · 784-8-10"


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
