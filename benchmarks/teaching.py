"""Fine-tuning on a few drawings: accuracy gained and lost, with and without rehearsal.

Mirrored and turned validation digits stand in for drawings in an unusual handwriting: a few are
trained on, 300 others are tested.
"""

import numpy as np

from data_loader import load
from inkling.data.user_drawings import UserDrawings
from inkling.training.fine_tuning import FineTuningRequest, fine_tune
from inkling.training.session import RunControls
from nn import Network, TrainConfig, load_pretrained, recipes, train
from nn.training import HasTrainTest, train_validation_split

SEEDS = range(4)
OTHERS = 300
EXAMPLES = (5, 20)
TURNABLE = (2, 3, 4, 5, 7)  # digits that are others, or none, when mirrored or turned


def main() -> None:
    """Fine-tune both networks on both handwritings, and print the means over all seeds."""
    dataset = load()
    for record in train(recipes["fast-97"], dataset):
        fast = record.network
    assert fast is not None
    print("| network | examples | others | validation with rehearsal | without | s |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, network in (("built-in", load_pretrained()), ("fast-97", fast)):
        for hand in ("mirrored", "turned"):
            for count in EXAMPLES:
                print(f"| {name} | {count} {hand} | {teach(network, dataset, hand, count)} |")


def teach(network: Network, dataset: HasTrainTest, hand: str, count: int) -> str:
    """Return the cells of a row: shares in percent, and seconds with a rehearsal."""
    found = []
    for seed in SEEDS:
        images, labels = digits_of(dataset, hand, seed)
        drawings = UserDrawings(images[:count], labels[:count])
        others, truth = images[count : count + OTHERS], labels[count : count + OTHERS]
        runs = []
        for rehearse in (True, False):
            request = FineTuningRequest(network, drawings, rehearse, seed)
            result = fine_tune(request, dataset, RunControls, lambda progress: None)
            assert result is not None
            runs.append(result)
        rehearsed, plain = runs
        found.append(
            (
                right(network, others, truth),
                right(rehearsed.network, others, truth),
                rehearsed.accuracy_before,
                rehearsed.accuracy_after,
                plain.accuracy_after,
                rehearsed.seconds / 100,
            )
        )
    before, after, known, rehearsed_share, plain_share, seconds = 100 * np.mean(found, axis=0)
    return (
        f"{before:.0f} → {after:.0f} | {known:.2f} → {rehearsed_share:.2f} | {plain_share:.1f} | "
        f"{seconds:.1f}"
    )


def digits_of(dataset: HasTrainTest, hand: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return digits in an unusual handwriting, (n, 28, 28) uint8, and its labels (n,)."""
    rng = np.random.default_rng(seed)
    digit = TURNABLE[seed % len(TURNABLE)]
    _, examples = train_validation_split(dataset, TrainConfig())
    chosen = rng.permutation(np.flatnonzero(examples.labels == digit))
    images = examples.images[chosen]
    odd = images[:, :, ::-1] if hand == "mirrored" else images.swapaxes(1, 2)[:, ::-1]
    return np.ascontiguousarray(odd), examples.labels[chosen].astype(np.uint8)


def right(network: Network, images: np.ndarray, labels: np.ndarray) -> float:
    """Return the accuracy of a network on images."""
    return float(np.mean(network.predict_proba(images).argmax(axis=1) == labels))
