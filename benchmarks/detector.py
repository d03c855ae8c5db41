"""Training of the network that tells digits from other drawings.

It has one sigmoid output for each digit, and learns from digits with the target 1 at their label
and from non-digits with ten zeros (outlier exposure, Hendrycks et al. 2019). The non-digits are
random strokes, letters of other alphabets, signs, shapes and pairs of digits, drawn by the pen of
`digits.builtin`, and digits turned by a quarter. The kinds that `benchmarks.non_digits` measures
with are not among them.
"""

import json
from collections.abc import Iterator

import numpy as np

from benchmarks import non_digits
from data_loader import load_builtin, load_mnist
from digits import builtin
from digits.augment import augmentation
from digits.strokes import FORMS as DIGIT_FORMS
from digits.strokes import trace
from inkling.analysis.digit_detector import NETWORK, THRESHOLD
from nn import Network, cnn, load_model, save_model
from nn.optimizers import OPTIMIZERS

FILTERS, SIZES = (16, 32), (784, 64, 10)
EPOCHS, BATCH, LEARNING_RATE, SEED = 12, 100, 0.05, 0
COUNTS = {"random": 36_000, "closed": 8_000, "forms": 28_000, "pairs": 6_000, "turned": 6_000}
THICK_DIGITS = 8_000
REFUSED = 0.009  # share of the validation and of the built-in digits, at most
JITTER = 6.0
TURNED = (2, 3, 4, 5, 7)  # digits that are none when they are turned by a quarter

LETTERS = {
    "A": "0 100, 40 0!, 80 100 / 15 62, 66 62",
    "H": "0 0, 0 100 / 70 0, 70 100 / 0 50, 70 50",
    "K": "0 0, 0 100 / 60 0, 2 55!, 64 100",
    "N": "0 100, 0 0!, 64 100!, 64 0",
    "T": "0 0, 80 0 / 40 0, 40 100",
    "W": "0 0, 22 100!, 45 30!, 68 100!, 90 0",
    "Y": "0 0, 35 48 / 72 0, 35 48!, 35 100",
    "e": "6 52, 70 46!, 58 12, 30 6, 4 40, 14 84, 44 96, 72 80",
    "n": "0 6, 0 96!, 4 40, 32 6, 56 26, 58 96",
    "k": "0 0, 0 100 / 48 36, 2 66!, 50 100",
    "m": "0 6, 0 96!, 4 40, 24 6, 42 26, 42 96!, 46 40, 66 6, 86 26, 86 96",
}
SHAPES = {
    "heart": "50 28, 24 2, 2 26, 22 66, 50 98!, 78 66, 98 26, 76 2, 50 28",
    "square": "2 2, 96 4!, 98 96!, 4 98!, 2 2",
    "star": "50 0, 78 96!, 2 36!, 98 36!, 22 96!, 50 0",
    "plus": "50 4, 50 96 / 4 50, 96 50",
    "envelope": "2 16, 98 16!, 98 84!, 2 84!, 2 16!, 50 56!, 98 16",
    "zigzag": "0 30, 20 70!, 40 30!, 60 70!, 80 30!, 100 70",
}
SIGNS = {
    "pi": "0 8, 100 4 / 26 6, 18 98 / 72 6, 76 98",
    "sigma": "80 4, 2 2!, 46 50!, 0 98!, 84 96",
    "omega": "0 98, 30 96!, 6 60, 10 20, 50 2, 90 20, 94 60, 70 96!, 100 98",
    "psi": "0 10, 8 50, 50 64, 92 50, 100 10 / 50 0, 50 100",
    "phi": "50 20, 10 34, 10 66, 50 80, 90 66, 90 34, 50 20 / 50 0, 50 100",
    "lambda": "10 0, 26 6, 80 100 / 42 44, 0 100",
    "theta": "50 0, 14 24, 12 74, 50 100, 88 74, 86 24, 50 0 / 14 50, 86 50",
    "sha": "0 0, 2 96!, 50 98!, 100 96!, 100 0 / 50 0, 50 98",
    "zhe": "0 0, 100 100 / 100 0, 0 100 / 50 0, 50 100",
    "yu": "0 0, 0 100 / 0 50, 40 50 / 70 4, 40 30, 40 70, 70 98, 100 70, 100 30, 70 4",
    "ya": "70 100, 70 0!, 24 4, 10 28, 34 50, 70 52 / 40 52, 4 100",
    "i": "0 0, 4 100!, 66 0!, 70 100",
    "de": "0 100, 4 78!, 96 78!, 100 100 / 20 78, 44 2!, 78 4!, 80 78",
    "tse": "0 0, 2 80!, 70 80!, 70 0 / 70 80, 90 80!, 88 100",
    "ampersand": "96 96, 30 26, 44 0, 62 20, 14 62, 30 98, 84 58",
    "percent": "90 0, 10 100 / 20 4, 4 20, 20 36, 36 20, 20 4 / 80 64, 64 80, 80 98, 96 80, 80 64",
    "at": "66 60, 40 40, 34 66, 58 70, 70 36, 70 70, 96 60, 92 18, 50 2, 6 30, 8 80, 50 98, 84 90",
    "dollar": "80 20, 40 10, 16 30, 50 50, 84 70, 60 90, 16 80 / 50 0, 50 100",
    "euro": "90 10, 40 8, 20 50, 40 92, 90 90 / 0 40, 70 40 / 0 60, 66 60",
    "equals": "0 20, 100 16 / 0 80, 100 84",
    "divided": "0 50, 100 50 / 50 8, 50 14 / 50 86, 50 92",
    "less": "90 0, 0 50!, 92 100",
    "greater": "0 0, 90 50!, 2 100",
    "tick": "0 56, 30 100!, 100 0",
    "infinity": "50 50, 80 20, 100 50, 80 80, 50 50, 20 20, 0 50, 20 80, 50 50",
    "brace": "60 0, 34 12, 40 40, 10 50, 40 60, 34 88, 60 100",
    "bracket": "50 0, 0 2!, 2 98!, 52 100",
    "root": "0 60, 14 54!, 34 98!, 56 4!, 100 2",
    "question": "10 24, 40 0, 70 20, 62 46, 40 60, 40 76 / 40 94, 41 100",
    "section": "70 14, 40 2, 20 22, 70 54, 50 74, 24 56, 26 36, 74 70, 60 98, 20 88",
    "treble": "40 100, 56 84, 44 10, 60 0, 66 20, 16 58, 40 84, 74 66, 50 46, 34 64",
    "moon": "64 0, 16 20, 4 56, 30 94, 76 98!, 44 70, 40 30, 64 0",
    "cloud": "20 80, 0 60, 22 40, 34 14, 62 20, 78 36, 100 54, 84 80, 20 80",
    "flower": "50 40, 30 10, 60 4, 50 40, 90 14, 92 50, 50 40, 80 76, 50 80, 50 40, 14 70,"
    " 8 34, 50 40",
    "tree": "40 100, 42 66!, 2 64!, 50 0!, 98 66!, 58 66!, 60 100",
    "lightning": "60 0, 20 54!, 54 50!, 30 100!, 90 36!, 54 40!, 60 0",
    "man": "50 20, 38 10, 50 0, 62 10, 50 20!, 50 64!, 20 100 / 50 64, 80 100 / 14 36, 86 36",
    "cup": "0 10, 12 94!, 62 94!, 76 10!, 0 10 / 72 24, 100 34, 92 62, 66 66",
    "flag": "0 0, 0 100 / 0 2, 90 22!, 0 46",
    "umbrella": "0 50, 12 16, 50 0, 88 16, 100 50!, 0 50 / 50 50, 50 92, 36 100, 26 88",
    "window": "0 0, 98 2!, 100 98!, 2 100!, 0 0 / 50 0, 50 100 / 0 50, 100 50",
    "boat": "0 60, 22 98!, 80 98!, 100 60!, 0 60 / 50 60, 50 0!, 86 50!, 50 50",
    "key": "0 50, 14 34, 30 50, 14 66, 0 50 / 30 50, 100 50!, 100 70 / 80 50, 80 66",
    "bars": "0 0, 0 100 / 40 0, 40 100",
    "three bars": "0 0, 0 100 / 30 0, 30 100 / 60 0, 60 100",
    "ladder": "0 0, 0 100 / 50 0, 50 100 / 0 25, 50 25 / 0 50, 50 50 / 0 75, 50 75",
    "comb": "0 20, 100 20 / 6 20, 6 80 / 34 20, 34 80 / 64 20, 64 80 / 94 20, 94 80",
    "waves": "0 50, 16 20, 34 50, 50 80, 66 50, 84 20, 100 50",
    "corner": "0 0, 2 98!, 70 100",
    "hook": "60 0, 60 76, 40 98, 10 90, 4 70",
    "u with foot": "0 4, 4 80, 30 94, 58 70!, 60 4!, 64 98",
    "gamma": "0 0, 40 60, 50 90, 40 100, 34 88, 44 56, 80 0",
    "quote": "0 0, 6 40 / 40 0, 46 40",
    "colon": "0 0, 3 6 / 0 90, 3 96",
    "squiggle": "0 30, 20 0, 34 40, 10 70, 50 80, 60 30, 90 20, 80 70, 100 100",
}
FORMS = {**LETTERS, **SHAPES, **SIGNS}


def main() -> None:
    """Train the network, calibrate its threshold, and write both for the app."""
    mnist, drawn = load_mnist(), load_builtin()
    rng = np.random.default_rng(SEED)
    thick, thick_labels = thick_digits(rng, THICK_DIGITS)
    digits = np.concatenate([mnist.train.images[:-5_000], drawn.train.images[::2], thick])
    labels = np.concatenate([mnist.train.labels[:-5_000], drawn.train.labels[::2], thick_labels])
    others = non_digit_images(rng, digits, labels)
    images = np.concatenate([digits, others])
    targets = np.zeros((len(images), 10), np.float32)
    targets[np.arange(len(labels)), labels] = 1
    network = train(images, targets, rng)
    save_model(network, NETWORK, "float16")
    network = load_model(NETWORK)
    threshold = min(
        float(np.quantile(network.outputs(images).max(axis=1), REFUSED))
        for images in (mnist.train.images[-5_000:], drawn.test.images)
    )
    THRESHOLD.write_text(json.dumps({"threshold": round(threshold, 4)}) + "\n", encoding="utf-8")
    print(f"threshold {threshold:.4f}")


def train(images: np.ndarray, targets: np.ndarray, rng: np.random.Generator) -> Network:
    """Return a network that was trained with binary cross-entropy on distorted images."""
    network = cnn(FILTERS, SIZES, output="sigmoid", rng=rng)
    optimizer = OPTIMIZERS["nesterov"](network.theta)
    distort = augmentation("mild-affine-elastic-photometric")
    assert distort is not None
    steps, step = EPOCHS * len(images) // BATCH, 0
    for epoch in range(EPOCHS):
        order = rng.permutation(len(images))
        lost = 0.0
        for start in range(0, len(images) - BATCH + 1, BATCH):
            chosen = order[start : start + BATCH]
            batch = distort(images[chosen], rng)
            Z = network.forward(network.inputs(batch))
            A = network.output_activation.apply(Z)
            lost -= float(np.log(np.where(targets[chosen] > 0, A, 1 - A) + 1e-7).sum())
            network.backward((A - targets[chosen]) / BATCH)
            rate = LEARNING_RATE * (1 + np.cos(np.pi * step / steps)) / 2
            optimizer.step(network.theta, network.gradient, rate)
            step += 1
        print(f"epoch {epoch + 1}: {lost / len(images):.4f}", flush=True)
    return network


def non_digit_images(
    rng: np.random.Generator, digits: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Return images (n, 28, 28) uint8 that are not digits, in the proportions of `COUNTS`."""
    turned = digits[np.isin(labels, TURNED)]
    turned = turned[rng.permutation(len(turned))[: COUNTS["turned"]]]
    return np.concatenate(
        [
            *_random_strokes(rng),
            *_closed_lines(rng),
            *_forms(rng),
            _pairs(rng, digits),
            np.rot90(turned, axes=(1, 2)),
        ]
    )


def _random_strokes(rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Draw blocks of images, each of random strokes, half of them with corners."""
    size = 20  # of one path, with other deviations each
    for _ in range(COUNTS["random"] // size):
        strokes = []
        count = int(rng.choice([1, 2, 3, 4], p=[0.3, 0.35, 0.25, 0.1]))
        for _ in range(count):
            points = int(rng.integers(6, 12)) if count == 1 else int(rng.integers(2, 5))
            corner = "!" if rng.random() < 0.5 else ""
            places = rng.uniform(0, 100, (points, 2))
            words = [f"{x:.1f} {y:.1f}{corner}" for x, y in places]
            strokes.append(", ".join([words[0].rstrip("!"), *words[1:-1], words[-1].rstrip("!")]))
        yield _drawn(rng, " / ".join(strokes), size, 10.0)


def _closed_lines(rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Draw blocks of images, each of a closed line of random straight pieces."""
    size = 20
    for _ in range(COUNTS["closed"] // size):
        count = int(rng.integers(3, 7))
        angles = 2 * np.pi * (np.arange(count) + rng.uniform(-0.3, 0.3, count)) / count
        radii = rng.uniform(25, 50, count)
        corners = np.column_stack([50 + radii * np.cos(angles), 50 + radii * np.sin(angles)])
        words = [f"{x:.1f} {y:.1f}" for x, y in (*corners, corners[0])]
        yield _drawn(rng, f"{words[0]}, {'!, '.join(words[1:])}", size, 4.0)


def _forms(rng: np.random.Generator) -> Iterator[np.ndarray]:
    for path in FORMS.values():
        yield _drawn(rng, path, COUNTS["forms"] // len(FORMS), JITTER)


def _drawn(rng: np.random.Generator, path: str, size: int, jitter: float) -> np.ndarray:
    """Draw a path with random deviations, (size, 28, 28) uint8, as `digits.builtin` draws."""
    form = trace(path, builtin.POSITIONS)
    shifts = jitter * rng.standard_normal((size, *form.points.shape))
    ways = (form.matrix @ (form.points + shifts)).swapaxes(1, 2).astype(np.float32)
    points = builtin.bend(rng, builtin.transform(rng, ways))
    median, deviation = builtin.WIDTH
    width = median * np.exp(deviation * rng.standard_normal((size, 1), np.float32))
    radius = width / 2 * np.exp(builtin.pressure(rng, size))
    low, high = builtin.EDGE
    edge = low + (high - low) * rng.random((size, 1, 1), np.float32)
    down = np.broadcast_to(form.down, (size, len(form.down)))
    return builtin.place(builtin.ink(builtin.fit(points, radius), radius, down, edge))


def thick_digits(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw built-in digits with a pen so thick that loops are filled, and thin them.

    Returns
    -------
    ndarray, (count, 28, 28) uint8, and ndarray, (count,) uint8
        Images and labels.
    """
    images, labels = [], []
    for _ in range(0, count, builtin.BLOCK):
        forms = rng.choice(len(DIGIT_FORMS), builtin.BLOCK, p=builtin.form_shares())
        points = builtin.bend(rng, builtin.transform(rng, builtin.write(rng, forms)))
        width = rng.uniform(2.6, 4.6, (builtin.BLOCK, 1)).astype(np.float32)
        radius = (width / 2 * np.exp(builtin.pressure(rng, builtin.BLOCK))).astype(np.float32)
        move = (rng.uniform(0.4, 1.1, builtin.BLOCK) * radius.mean(1)).astype(np.float32)[:, None]
        points = builtin.fit(points, radius)
        down = np.array([trace(form.path, builtin.POSITIONS).down for form in DIGIT_FORMS])
        edge = np.ones((builtin.BLOCK, 1, 1), np.float32)
        box = builtin.ink(points, radius + move, down[forms], edge, builtin.MARGIN)
        inner = slice(builtin.MARGIN, -builtin.MARGIN)
        images.append(builtin.place(builtin.thin(box, move[:, None])[:, inner, inner]))
        labels.append(np.array([DIGIT_FORMS[form].digit for form in forms], np.uint8))
    return np.concatenate(images), np.concatenate(labels)


def _pairs(rng: np.random.Generator, digits: np.ndarray) -> np.ndarray:
    """Reduce two digits beside each other to the size of one."""
    images = []
    for _ in range(COUNTS["pairs"]):
        first, second = (non_digits.crop(digits[k]) for k in rng.integers(0, len(digits), 2))
        pair = np.hstack([first, np.zeros((28, int(rng.integers(1, 9)))), second])[4:24]
        scale = 20 / max(pair.shape)
        rows, columns = ((np.arange(round(n * scale)) + 0.5) / scale - 0.5 for n in pair.shape)
        small = non_digits.interpolate(pair, rows.clip(0), columns.clip(0, pair.shape[1] - 1))
        ink = min(1.6, 255 / max(small.max(), 1)) * small  # lines are thicker than a reduced pen's
        box = np.zeros((20, 20), np.float32)
        top, left = ((20 - n) // 2 for n in small.shape)
        box[top : top + small.shape[0], left : left + small.shape[1]] = ink / 255
        images.append(box)
    return builtin.place(np.array(images).clip(0, 1))
