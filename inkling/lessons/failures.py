"""What goes wrong in training, on purpose: experiments with a prediction to make first.

A `Experiment` is what all of them have in common: a set-up, a question with the answers to choose
from, and why things come as they do. A `Failure` trains a network; the other two are a gradient
check, which is here, too, and a race, which `inkling.training.race` runs. Which answer came true is
always read off the numbers: other digits may give another one than the text expects.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from inkling.runs.run import Run
from nn import TrainConfig, TrainRecord, recipes
from nn.activations import NormalizedSigmoid, PublishedSigmoid
from nn.diagnosis import NOT_FINITE
from nn.gradient_check import GradientCheck, gradient_check
from nn.losses import LOSSES
from nn.training import HasTrainTest, new_network


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """An experiment, in words.

    Attributes
    ----------
    key, title : str
        What it is called in the program, and on the screen.
    set_up : str
        What is changed, and in what.
    question : str
    options : tuple of str
        The answers to choose from, of which one comes true.
    why : tuple of str
        Paragraphs.
    """

    key: str
    title: str
    set_up: str
    question: str
    options: tuple[str, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Failure(Experiment):
    """An experiment that trains a network.

    Attributes
    ----------
    config : TrainConfig
        What fails.
    outcome : callable
        Run -> position in `options` of what came true; None where the run decides nothing.
    result : callable
        Run -> a few sentences with its numbers.
    mend : str
        What is changed in `mended`.
    mended : TrainConfig
        What learns.
    gradients : bool
        Whether a chart of each layer's gradient helps to see why.
    """

    config: TrainConfig
    outcome: Callable[[Run], int | None]
    result: Callable[[Run], str]
    mend: str
    mended: TrainConfig
    gradients: bool = False


def accuracy_of(run: Run) -> float:
    """Return the share of right answers by which a run is judged, from 0 to 1.

    On the images held back, if there are any: only historical recipes are judged on test images.
    """
    if run.info.validation_accuracy is not None:
        return run.info.validation_accuracy
    return run.info.test_accuracy or 0.0


def reads(run: Run) -> str:
    """Say in a sentence how well a run's network reads."""
    judged_on = "test images" if run.info.validation_accuracy is None else "images held back"
    return f"It reads {accuracy_of(run):.2%} of the {judged_on} right."


def _decides(run: Run) -> bool:
    """Whether nobody stopped the run or changed its eta, so that it shows what was asked."""
    return not run.events and (run.info.status == "done" or _overflowed(run))


def _overflowed(run: Run) -> bool:
    problem = run.history[-1].problem
    return problem is not None and problem.name == NOT_FINITE.name


def _by_accuracy(
    *levels: tuple[float, int], overflow: int | None = None
) -> Callable[[Run], int | None]:
    """Return a function that reads the outcome off a run's accuracy.

    Parameters
    ----------
    levels : (float, int)
        From this accuracy on, this option; the highest first, and one from 0 on.
    overflow : int, optional
        The option for a run whose numbers grew past what the computer can hold.
    """

    def outcome(run: Run) -> int | None:
        if not _decides(run):
            return None
        if overflow is not None and _overflowed(run):
            return overflow
        return next(option for least, option in levels if accuracy_of(run) >= least)

    return outcome


def _shuffled_outcome(run: Run) -> int | None:
    if not _decides(run):
        return None
    if accuracy_of(run) >= 0.2:
        return 2
    return 1 if run.history[-1].train_accuracy >= 0.9 else 0


def _small_layers_result(run: Run) -> str:
    last, config = run.history[-1], run.info.config
    chance = LOSSES[config.loss]().at_chance(10)
    return (
        f"{reads(run)} After {last.epoch:.3g} rounds, {run.info.steps:,} steps in all, its cost is "
        f"{last.train_loss:.3f}. To answer 0.1 for every digit, whatever the image, costs "
        f"{chance:.3f}. {_fading(run)}"
    )


def _deep_result(run: Run) -> str:
    return f"{reads(run)} {_fading(run)}"


def _fading(run: Run) -> str:
    """Compare the last gradients of the first and the last layer."""
    norms = run.history[-1].layer_gradient_norms
    if not 0 < 2 * norms[0] < norms[-1]:
        return "Its gradient is more than half as long in the first layer as in the last."
    return (
        f"Its gradient is {norms[-1] / norms[0]:,.0f} times shorter in the first layer than in the "
        "last."
    )


def _dead_units_result(run: Run) -> str:
    last, highest = run.history[-1], max(record.train_loss for record in run.history)
    return (
        f"{reads(run)} Its cost was {highest:,.2f} at its highest and {last.train_loss:,.2f} at "
        f"the end; {last.dead_share:.0%} of the hidden units are dead."
    )


def _zero_result(run: Run) -> str:
    weights = sum(layer.W.size for layer in run.network.layers)
    other = sum(int(np.count_nonzero(layer.W)) for layer in run.network.layers)
    return (
        f"{reads(run)} After {run.info.steps:,} steps, {other:,} of its {weights:,} weights are "
        "other than 0."
    )


def _by_heart_result(run: Run) -> str:
    last, lowest = run.history[-1], min(run.history, key=_validation_loss)
    return (
        f"It gives {last.train_accuracy:.1%} of its own images the label that it was taught. "
        f"{reads(run)} The cost on those held back was lowest at epoch {lowest.epoch:.3g}, "
        f"{_validation_loss(lowest):.2f}; at the end it is {_validation_loss(last):.2f}."
    )


def _validation_loss(record: TrainRecord) -> float:
    return math.inf if record.validation_loss is None else record.validation_loss


_FAST = recipes["fast-97"]
_SMALL_LAYERS = replace(recipes["experiment-a-16-16"], epochs=20)
_DEEP = replace(_FAST, hidden_sizes=(64,) * 6, activation="sigmoid", initialization="xavier")
_SHUFFLED = replace(_FAST, training_size=1_000, epochs=40, shuffled_labels=True)
_HUNDRED = replace(_FAST, training_size=100, epochs=100)

_FAILURES = (
    Failure(
        key="small-layers",
        title="Two layers of 16",
        set_up="Experiment A, as it was published: two hidden layers of 16 units, sigmoids "
        "throughout, weights that start tiny (spread 0.01), pixels from 0 to 255, and batches of "
        "10,000 images. It ran for 100 rounds, but 20 show the same.",
        question="How many of 100 test images will it read after 20 rounds?",
        options=(
            "Fewer than 20: hardly better than guessing",
            "20 to 80: the layers are small, but it learns",
            "More than 80: two layers do more than one",
        ),
        why=(
            "**Hardly anything of the image gets through.** A unit in the second hidden layer adds "
            "up 16 numbers between 0 and 1, times weights around 0.01. The sum is close to 0 for "
            "every image, and the sigmoid turns it into about one half. To the output layer, a 3 "
            "and a 7 look all but alike.",
            "**So the cost falls fastest if the image is ignored.** Every digit is right about one "
            "time in ten. Ten outputs of 0.1 lower the cost to 0.45, and there the curve lies "
            "flat. The largest of the ten then belongs to the most frequent digit. In MNIST that "
            "is the 1, and 11.35% of its test images are ones.",
            "**And little comes back.** The error has to pass the same tiny weights on its way "
            "down, so the lower layers get a far smaller gradient than the last one. Batches of "
            "10,000 leave only six steps a round. And the raw pixels push the sums of the first "
            "layer to 20 and more, where a sigmoid is flat.",
            "**One remedy is not enough.** Scaled pixels alone change nothing, and better weights "
            "or smaller batches alone help little. Together they do: it was not for want of units.",
        ),
        config=_SMALL_LAYERS,
        outcome=_by_accuracy((0.8, 2), (0.2, 1), (0, 0)),
        result=_small_layers_result,
        mend="The same two layers, sigmoids, cost and eta. But the pixels go from 0 to 1, the "
        "weights start as large as each layer needs (Xavier's rule), and batches of 10 make "
        "thousands of steps a round. Three rounds.",
        mended=replace(
            _SMALL_LAYERS,
            initialization="xavier",
            initial_scale=1.0,
            input_scale=1 / 255,
            batch_size=10,
            epochs=3,
        ),
        gradients=True,
    ),
    Failure(
        key="high-eta",
        title="Eta far too high",
        set_up="The recipe fast-97, which reads 97 of 100 digits. One thing is changed: eta, the "
        "length of the steps, is 15 instead of 0.15.",
        question="Steps a hundred times as long: what will come of it?",
        options=(
            "It learns faster: over 90 of 100",
            "It jumps about, but learns: 20 to 90 of 100",
            "It stops learning, and only guesses",
            "Its numbers grow without bounds",
        ),
        why=(
            "**The gradient knows the way, but not how far.** It says which way is downhill from "
            "here. A step that is a hundred times too long ends beyond the valley, higher up on "
            "the other side, where the slope is steeper. The next step is longer still. Momentum, "
            "which adds steps up, makes it worse.",
            "**Then the units die.** One could expect the numbers to grow without end. With ReLU, "
            "something else comes first: a giant step makes the sum of a hidden unit negative for "
            "every image. It then answers 0 to all of them, and where a ReLU is 0 its slope is 0, "
            "too. No gradient reaches it any more, so it never comes back.",
            "**What is left is guessing.** With all hidden units dead, only the ten output biases "
            "still learn, and they know nothing of the image. A cost near 2.30 is the sign of it: "
            "that is ln 10, the cost of giving all ten digits the same probability.",
            "**What to do:** begin anew with a smaller eta; to lower it now would not wake the "
            "dead. A good eta is somewhat below the largest one at which the cost falls steadily.",
        ),
        config=replace(_FAST, learning_rate=15.0),
        outcome=_by_accuracy((0.9, 0), (0.2, 1), (0, 2), overflow=3),
        result=_dead_units_result,
        mend="Eta is 0.15 again: the recipe as it is.",
        mended=_FAST,
    ),
    Failure(
        key="zero-weights",
        title="All weights zero",
        set_up="The recipe fast-97. One thing is changed: all weights start at 0 instead of at "
        "small random numbers.",
        question="Training will move the weights anyway. What will it make of them?",
        options=(
            "It learns nothing, and only guesses",
            "It learns, but less: 20 to 90 of 100",
            "It learns just as well: the start does not matter",
        ),
        why=(
            "**Nothing gets through, upwards or downwards.** All sums are 0, so every hidden unit "
            "answers 0. The gradient of a weight is what comes in through it, times the error of "
            "the unit that it leads to. In the output layer, what comes in is 0. In the hidden "
            "layer, the error is 0, for it has to come down through weights that are 0. So no "
            "weight ever moves.",
            "**Only the ten output biases learn.** With them the network finds out how frequent "
            "each digit is, and gives every image the same answer.",
            "**Another number would hardly be better.** If all weights of a layer begin alike, all "
            "its units compute the same, get the same gradient and stay twins: 128 of them can do "
            "no more than one. Random numbers are no good guess of the weights. They are there to "
            "make the units differ, so that each can become something of its own.",
            "**What to do:** small random weights, the smaller the more inputs a unit has. The "
            "rules by Xavier Glorot (for sigmoid and tanh) and Kaiming He (for ReLU) say how "
            "small. Biases may start at 0.",
        ),
        config=replace(_FAST, initialization="normal", initial_scale=0.0),
        outcome=_by_accuracy((0.9, 2), (0.2, 1), (0, 0)),
        result=_zero_result,
        mend="The weights start at random, by He's rule: the recipe as it is.",
        mended=_FAST,
    ),
    Failure(
        key="raw-pixels",
        title="Pixels not scaled",
        set_up="The recipe fast-97. One thing is changed: the pixels go in as they are stored, "
        "from 0 for paper to 255 for ink, instead of from 0 to 1.",
        question="The images are the same. What will come of it?",
        options=(
            "No difference: over 95 of 100",
            "It learns, but less: 20 to 95 of 100",
            "Its numbers grow without bounds",
            "It stops learning, and only guesses",
        ),
        why=(
            "**The images are the same, but the steps are not.** The gradient of a weight is its "
            "input times the error of its unit. If the inputs are 255 times larger, so is the "
            "step of the weight. And each bit of that step moves the unit's sum 255 times as far. "
            "Together: 255 times 255, some 65,000 times.",
            "**So this is an eta far too high in disguise.** The first steps throw the sums so far "
            "that the ReLUs end at 0 for every image: dead, all of them. What is left is the cost "
            "of guessing, 2.30.",
            "**A smaller eta helps only halfway.** Try 0.001 on the Train page: it learns, but not "
            "as well. Its first answers are far too sure of themselves, and have to be unlearned. "
            "And while the weights need tiny steps, the biases need the old ones.",
            "**What to do:** bring all inputs to about the same size, around 1, before anything "
            "else. For pixels, dividing by 255 is enough. For other data, subtract the mean and "
            "divide by the standard deviation.",
        ),
        config=replace(_FAST, input_scale=1.0),
        outcome=_by_accuracy((0.95, 0), (0.2, 1), (0, 3), overflow=2),
        result=_dead_units_result,
        mend="The pixels are divided by 255: the recipe as it is.",
        mended=_FAST,
    ),
    Failure(
        key="deep-sigmoids",
        title="Six sigmoid layers",
        set_up="The recipe fast-97, but with six hidden layers of 64 units instead of one of 128, "
        "and sigmoids instead of ReLU. The weights start by Xavier's rule, which was made for such "
        "S-shaped curves.",
        question="Six layers instead of one: how many of 100 images will it read?",
        options=(
            "More than 95: depth helps",
            "20 to 95: it learns, but less than with one layer",
            "Fewer than 20: it only guesses",
        ),
        why=(
            "**The error fades on its way down.** Backpropagation hands it from layer to layer, "
            "and each time multiplies it by the weights and by the slope of the sigmoid. That "
            "slope is 1/4 at most. With weights of the usual size, each layer leaves about a "
            "quarter of the error; after six layers, about a thousandth. The chart of the "
            "gradients shows it. The lower layers hardly learn.",
            "**The image fades on its way up, too,** for the same reason: each layer's answers "
            "differ four times less from image to image than those of the layer below. The upper "
            "layers do get a gradient, but hardly anything to tell a 3 from a 7 by. So the network "
            "learns only how frequent each digit is.",
            "**What to do:** use ReLU, whose slope is 1 wherever it is on, with weights by He's "
            "rule, which keeps signals and errors at their size. tanh works as well: its slope is "
            "1 in the middle. Adam, which makes the steps of every weight about equally long, gets "
            "even these sigmoids going.",
            "This is the vanishing gradient, one of the reasons why deep networks were hard to "
            "train until about 2010 (Glorot and Bengio 2010).",
        ),
        config=_DEEP,
        outcome=_by_accuracy((0.95, 0), (0.2, 1), (0, 2)),
        result=_deep_result,
        mend="The same six layers with ReLU, and weights by He's rule.",
        mended=replace(_DEEP, activation="relu", initialization="he"),
        gradients=True,
    ),
    Failure(
        key="shuffled-labels",
        title="Shuffled labels",
        set_up="The recipe fast-97 with 1,000 training images, 40 epochs, and the labels of these "
        "images shuffled: one 3 may be called 8, the next one 0. The images held back keep their "
        "true labels.",
        question="There is nothing to be understood in these labels. What will it do?",
        options=(
            "It fails on many of its own images, too",
            "It learns its own by heart, and guesses at others",
            "It reads other images all the same",
        ),
        why=(
            "**It can learn anything by heart.** The network has 101,770 weights and biases for "
            "1,000 images. That is enough to give each image its label, whether that makes sense "
            "or not.",
            "**So a training accuracy of 100% proves nothing.** Only images that it has not "
            "learned from show whether it has understood anything. Of those it reads about one "
            "in ten, which is guessing. And the cost on them climbs: it answers wrongly, "
            "and ever more surely.",
            "**With true labels the same network does not end like this.** Nothing keeps it from "
            "learning by heart then, either. But what all the 3s have in common is quicker to "
            "learn than a thousand exceptions (Zhang and others 2017, Arpit and others 2017).",
            "**What to do:** where a network learns its own images well and reads others no better "
            "than guessing, look at the labels first. It is easy to sort the images and forget to "
            "sort the labels along with them.",
        ),
        config=_SHUFFLED,
        outcome=_shuffled_outcome,
        result=_by_heart_result,
        mend="The same 1,000 images with their true labels.",
        mended=replace(_SHUFFLED, shuffled_labels=False),
    ),
    Failure(
        key="hundred-images",
        title="100 images",
        set_up="The recipe fast-97 with 100 training images instead of 55,000, and 100 epochs "
        "instead of 2.",
        question="It will see each of its images 100 times. How many others will it read?",
        options=(
            "Fewer than 50 of 100",
            "50 to 90 of 100",
            "More than 90 of 100, as of its own",
        ),
        why=(
            "**It knows its own images, accidents included.** The network has 101,770 weights and "
            "biases, and very many ways to set them get 100 images right. It found one. Ways "
            "of writing a digit that none of the 100 shows, it cannot know.",
            "**Watch the two costs part.** At first both fall. Then the one on its own images goes "
            "on towards 0, while the other one turns and climbs. That is overfitting. The accuracy "
            "hardly suffers, for most answers stay the same. But the network becomes too sure of "
            "them, also of the wrong ones.",
            "**What to do:** the best remedy is more images. The next best: images distorted a "
            "little, anew each time they are seen. And where the cost on the images held back "
            "turns, one may stop.",
        ),
        config=_HUNDRED,
        outcome=_by_accuracy((0.9, 2), (0.5, 1), (0, 0)),
        result=_by_heart_result,
        mend="10,000 images, each seen once: the same number of steps, and no more work.",
        mended=replace(_HUNDRED, training_size=10_000, epochs=1),
    ),
)

FAILURES: dict[str, Failure] = {failure.key: failure for failure in _FAILURES}
"""What trains a network and fails, by key."""

GRADIENT_CHECK = Experiment(
    key="missing-term",
    title="The missing term",
    set_up="Experiment B reads about 78 of 100 test images after ten epochs. Its outputs are ten "
    "sigmoids, divided by their sum. A gradient check tests its backpropagation by brute force: "
    "change one weight a little, up and down, and see how much the cost changes. Nothing is "
    "trained.",
    question="How far is its gradient from the true one?",
    options=(
        "Not at all: a network that learns has the right one",
        "A little: by less than 10%",
        "Far: by more than 10%",
    ),
    why=(
        "**A term is missing.** Each output is a sigmoid $s$ divided by the sum $S$ of all ten: "
        "$p = s / S$. If one sigmoid rises, so does the sum, and the shares of the nine others "
        "fall. The published gradient multiplies the error $p - y$ by $p\\,(1 - p)$, the slope of "
        "a sigmoid that stands alone. It leaves the division out. For one image with the target "
        "$y$, the slope of the cost is:\n\n"
        "$$\n\\frac{(p - y) - \\sum (p - y)\\,p}{S}\\; s\\,(1 - s)\n$$",
        "**Why it learns all the same:** its error has the right sign for every output. It pushes "
        "the right digit up and all others down. That is a sensible rule, but it does not go down "
        "the slope of the cost that is reported.",
        "**Why it matters:** a wrong gradient seldom stops a network. It makes it learn worse, or "
        "differently than one believes, and nothing complains. Even the right one is no promise: "
        "with the term put back, this network learns more slowly at the same eta. But then that is "
        "the fault of the cost, and not of a slip.",
        "**What to do:** check every new derivative once, in float64, on a few images and weights. "
        "And do not divide sigmoids by their sum: softmax with cross-entropy gives "
        "probabilities, too, and its gradient is simply $p - y$.",
    ),
)

RACE = Experiment(
    key="race",
    title="The race",
    set_up="Experiment A's race: one image at a time against 10,000 at once. The network is the "
    "same, 784-16-16-10, and so are the first weights and the images. The two take turns on one "
    "core, and each has a clock of its own.",
    question="How many times as many images a second does the batch get through?",
    options=(
        "Less than twice as many: the sums are the same",
        "2 to 10 times as many",
        "10 to 100 times as many",
        "More than 100 times as many",
    ),
    why=(
        "**Python is slow, and NumPy is not.** For every step Python makes about a hundred calls, "
        "each of which takes about a millionth of a second before it computes anything. For one "
        "image that is most of the work. For 10,000 it is nothing.",
        "**The weights move less often.** The loop rewrites all its 13,002 weights and biases "
        "after every image, the batch after 10,000. And a product of large matrices uses every "
        "number many times once it has been fetched from memory.",
        "**But images are not steps.** As published, neither network learns anything, see *Two "
        "layers of 16*. Run the race mended, and the loop is far ahead in cost, slow as it is, "
        "for it has made very many more steps.",
        "**What to do:** take a batch in between. 100 images at once are almost as fast as 10,000, "
        "and make a hundred times as many steps.",
    ),
)

LESSONS: dict[str, Experiment] = {
    lesson.key: lesson for lesson in (*_FAILURES[:5], GRADIENT_CHECK, *_FAILURES[5:], RACE)
}
"""All nine, in the order in which they are shown."""


class _CompleteDerivative(NormalizedSigmoid):
    """Experiment B's outputs with the term put back that its derivative leaves out."""

    label = "Normalised sigmoid, whole derivative"

    def forward(self, Z: np.ndarray) -> np.ndarray:
        """P = S / sum(S) in each row; the sum is kept, for it cannot be told from P."""
        S = PublishedSigmoid.forward(self, Z)
        self._sum = S.sum(axis=1, keepdims=True)
        S /= self._sum
        return S

    def backward(self, A: np.ndarray, dA: np.ndarray) -> np.ndarray:
        """dS = (dA - sum(dA * P)) / sum(S), then dZ = dS * S * (1 - S)."""
        S = A * self._sum
        dS = (dA - np.sum(dA * A, axis=1, keepdims=True)) / self._sum
        return dS * S * (1 - S)


@dataclass(frozen=True, eq=False)
class CheckedLayer:
    """A gradient check of some weights of a layer.

    Attributes
    ----------
    published, complete : GradientCheck
        With the derivative that was published, and with the missing term put back.
    """

    published: GradientCheck
    complete: GradientCheck

    def largest(self, count: int) -> list[int]:
        """Return the positions of the weights with the largest true gradients."""
        return np.argsort(-np.abs(self.complete.numerical))[:count].tolist()


_CHECKED_IMAGES = 20
_CHECKED_WEIGHTS = 40  # of each layer
_INKED = 100  # pixels
_EPSILON = 1e-5  # at 1e-6 rounding takes one more digit away
_AGREES = 1e-6
_PAIRS = 4  # weights of each layer in a table


def check_experiment_b(dataset: HasTrainTest, seed: int = 0) -> tuple[CheckedLayer, ...]:
    """Check the gradient of experiment B's untrained network by brute force, layer by layer.

    Parameters
    ----------
    dataset : HasTrainTest
        The check is on its first training images.
    seed : int
        Of the network's weights, and of the choice of those that are checked.
    """
    config = recipes["experiment-b"]
    rng = np.random.default_rng(seed)
    network, loss = new_network(config, rng), LOSSES[config.loss]()
    images = dataset.train.images[:_CHECKED_IMAGES]
    labels = dataset.train.labels[:_CHECKED_IMAGES]

    # The weights of a pixel that is white in all images have no gradient, right or wrong.
    inked = np.argsort(network.inputs(images).mean(axis=0))[-_INKED:]
    hidden = np.arange(config.hidden_sizes[0])
    checked, start = [], 0
    for layer, inputs in zip(network.layers, (inked, hidden), strict=True):
        rows = rng.choice(inputs, _CHECKED_WEIGHTS)
        columns = rng.integers(layer.W.shape[1], size=_CHECKED_WEIGHTS)
        indices = start + rows * layer.W.shape[1] + columns
        start += layer.W.size + layer.b.size
        checks = []
        for output in (NormalizedSigmoid(), _CompleteDerivative()):
            network.layers[-1].activation = output
            checks.append(
                gradient_check(network, images, labels, loss, indices=indices, epsilon=_EPSILON)
            )
        checked.append(CheckedLayer(*checks))
    return tuple(checked)


def check_outcome(layers: tuple[CheckedLayer, ...]) -> int:
    """Return which of the options of `GRADIENT_CHECK` came true."""
    error = max(layer.published.relative_error for layer in layers)
    if error < _AGREES:
        return 0
    return 1 if error < 0.1 else 2


def check_result(layers: tuple[CheckedLayer, ...]) -> str:
    """Say how far backpropagation and brute force are apart."""
    first, second = (layer.published.relative_error for layer in layers)
    worst = max(layer.complete.relative_error for layer in layers)
    return (
        f"As published, backpropagation and brute force differ by {first:.0%} in the first layer "
        f"and by {second:.0%} in the second. With the missing term put back they agree to "
        f"{math.floor(-math.log10(max(worst, 1e-15)))} digits."
    )


def check_table(layers: tuple[CheckedLayer, ...]) -> str:
    """Return a table, in Markdown, of the weights of each layer with the largest gradients."""
    lines = [
        "| Layer | Without the term | Brute force | With the term |",
        "| --- | ---: | ---: | ---: |",
    ]
    for number, layer in enumerate(layers, 1):
        columns = (layer.published.analytic, layer.published.numerical, layer.complete.analytic)
        for k in layer.largest(_PAIRS):
            cells = " | ".join(f"{1e3 * column[k]:.3f}" for column in columns)
            lines.append(f"| {number} | {cells} |".replace("-", "\N{MINUS SIGN}"))
    return "\n".join(lines)
