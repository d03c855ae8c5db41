"""Recipes: named configs with known results, two historical experiments among them.

The historical configs reproduce what was published, weaknesses included.
"""

from nn.config import TrainConfig

_EXPERIMENT_A = TrainConfig(
    activation="sigmoid",
    output="sigmoid",
    initialization="normal",
    initial_scale=0.01,
    input_scale=1.0,  # raw pixels, 0 to 255
    validation_size=0,
    test_each_epoch=True,
    loss="mean-squared-error",
    optimizer="sgd",
    learning_rate=0.6,  # fitted; the source does not name it
    schedule="constant",
    batch_size=10_000,
    epochs=100,
)


def _variant(base: TrainConfig, **changes: object) -> TrainConfig:
    return TrainConfig(**(vars(base) | changes))


_FAST = TrainConfig()

recipes: dict[str, TrainConfig] = {
    "fast-97": _variant(_FAST, hidden_sizes=(128,), epochs=2),
    "fast-98": _variant(_FAST, hidden_sizes=(256,), epochs=5),
    "eta-too-high": _variant(_FAST, hidden_sizes=(128,), epochs=2, learning_rate=5.0),
    "builtin": _variant(
        _FAST, hidden_sizes=(256,), epochs=10, data="builtin", augmentation="elastic"
    ),
    "pretrained": _variant(
        _FAST,
        hidden_sizes=(512, 256, 128),
        data="both",
        augmentation="affine-elastic",
        learning_rate=0.1,
        schedule="cosine",
        batch_size=250,
        epochs=100,
    ),
    "conv-99": _variant(
        _FAST, filters=(8, 40), hidden_sizes=(128,), learning_rate=0.1, averaging=0.2, epochs=3
    ),
    "conv": _variant(
        _FAST,
        filters=(32, 64),
        hidden_sizes=(128,),
        data="both",
        augmentation="mild-affine-elastic-photometric",
        learning_rate=0.07,
        schedule="cosine",
        epochs=28,
        seed=1,
    ),
    "experiment-a-16-16": _variant(_EXPERIMENT_A, hidden_sizes=(16, 16)),
    "experiment-a-128": _variant(_EXPERIMENT_A, hidden_sizes=(128,)),
    "experiment-b": TrainConfig(
        hidden_sizes=(100,),
        activation="published-sigmoid",
        output="normalized-sigmoid",
        initialization="normal",
        initial_scale=1.0,
        initial_bias=0.1,
        dtype="float64",
        validation_size=0,
        test_each_epoch=True,
        loss="mean-squared-error",
        optimizer="sgd",
        learning_rate=2.0,
        schedule="constant",
        batch_size=1_000,
        epochs=10,
        sampling="with-replacement",
        update_order="layer-by-layer",
    ),
}
"""Configs by name; the README lists results measured with them."""

summaries: dict[str, str] = {
    "fast-97": "About 97.9% validation accuracy on MNIST in two epochs",
    "fast-98": (
        "About 98.4% validation accuracy on MNIST in five epochs, with twice the hidden units"
    ),
    "eta-too-high": "A learning rate of 5: the steps are so long that the network only guesses",
    "builtin": "Learns from the built-in digits, and reads digits that people wrote",
    "pretrained": "The built-in dense network: MNIST and built-in digits, distorted each "
    "time. Takes ten minutes",
    "conv-99": (
        "About 99% validation accuracy on MNIST in three epochs: two convolutions before "
        "the hidden layer"
    ),
    "conv": "The built-in network: convolutions, MNIST and built-in digits, distorted each "
    "time. Takes ten minutes",
    "experiment-a-16-16": (
        "Experiment A: two small hidden layers that learn nothing. 11.35% test accuracy: the "
        "answer is always 1"
    ),
    "experiment-a-128": "Experiment A with one layer of 128: 85% to 91% test accuracy after "
    "20 epochs, depending on the seed, about 94% after 100",
    "experiment-b": "Experiment B: 784-100-10 with a term missing from its gradient. 77% "
    "to 81% test accuracy after 10 epochs, depending on the seed",
}
"""One line on each recipe, for users."""
