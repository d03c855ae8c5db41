"""Diagnosis of a training run from its loss, gradients and activations.

With ReLU a learning rate that is too high rarely gives infinities: units die instead. So five
symptoms are checked: numbers that are not finite, dead or saturated hidden units, a vanishing
gradient, a loss at the level of guessing, and a loss above that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nn.losses import Loss
from nn.network import Network

_DEAD_SLOPE = 0.01  # of the activation; the steepest is 1 for ReLU and tanh, 1/4 for sigmoid
_DEAD_SHARE = 0.5
_NEAR_CHANCE = 0.02  # relative to the loss of guessing
_OVERFITTING = 1.3  # validation loss, relative to its lowest value
_VANISHING = 1e-2  # the first layer's gradient norm, relative to the last layer's


@dataclass(frozen=True)
class Problem:
    """A problem of a run: its name, a sentence for users, and advice."""

    name: str
    sentence: str
    advice: str

    def __str__(self) -> str:
        """Return sentence and advice."""
        return f"{self.sentence} {self.advice}"


NOT_FINITE = Problem(
    "not finite",
    "The network's numbers overflowed, and the run ended.",
    "Try a smaller learning rate.",
)


def dead_shares(network: Network, X: np.ndarray) -> tuple[float, ...]:
    """Share of each hidden layer's units whose slope is nearly 0 for all images.

    A ReLU unit is dead where it is 0 for all of them, a sigmoid or tanh unit where it sits at the
    flat end of its curve for all of them: its weights no longer change.

    Parameters
    ----------
    network : Network
    X : ndarray, (n, inputs)
        Scaled images.

    Returns
    -------
    tuple of float
        From 0 to 1, the layer after the inputs first.
    """
    shares = []
    hidden = network.activation_layers[:-1]
    for activation, A in zip(hidden, network.activations(X)[:-1], strict=True):
        slope = activation.gradient(A, np.ones_like(A))
        # The largest of each unit (n, units), or of each filter (filters, rows, columns, n).
        largest = slope.max(axis=0 if slope.ndim == 2 else (1, 2, 3))
        shares.append(float(np.mean(largest < _DEAD_SLOPE)))
    return tuple(shares)


def is_finite(network: Network, *values: np.ndarray | float) -> bool:
    """Return whether all parameters of a network are finite, and all values computed with it.

    Parameters
    ----------
    network : Network
    *values : ndarray or float
        Losses, outputs, activations or gradients, of any shape: with large finite parameters these
        may overflow alone.
    """
    return all(bool(np.isfinite(array).all()) for array in (network.theta, *values))


def diagnose(
    loss: Loss,
    train_loss: float,
    train_accuracy: float,
    dead: float,
    gradient_norms: Sequence[float] = (),
    *,
    has_filters: bool = False,
) -> Problem | None:
    """Return the most important problem of a run, or None.

    Parameters
    ----------
    loss : Loss
    train_loss, train_accuracy : float
        Mean over the latest batches.
    dead : float
        Share of all hidden units, see `dead_shares`.
    gradient_norms : sequence of float
        Norm of the last gradient in each layer, the first hidden layer first.
    has_filters : bool
        Whether filters are among the hidden units.

    Returns
    -------
    Problem or None
    """
    if not np.isfinite(train_loss):
        return NOT_FINITE
    chance = loss.at_chance(10)
    at_chance = train_accuracy < 0.2
    if dead > _DEAD_SHARE:
        units = "filters and hidden units" if has_filters else "hidden units"
        return Problem(
            "dead units",
            f"{dead:.0%} of the {units} are dead or saturated: they let hardly any gradient "
            "through, so they hardly learn.",
            "Try a smaller learning rate, or another initialisation.",
        )
    if at_chance and train_loss > 1.5 * chance:
        return Problem(
            "worse than chance",
            f"The cost is {train_loss:.2f}, worse than giving every digit the same probability "
            f"({chance:.2f}).",
            "If it does not fall, try a smaller learning rate.",
        )
    if (
        at_chance
        and len(gradient_norms) > 1
        and 0 < gradient_norms[0] < _VANISHING * gradient_norms[-1]
    ):
        times = gradient_norms[-1] / gradient_norms[0]
        return Problem(
            "vanishing gradient",
            f"The gradient vanishes on its way down: at the first layer it is {times:,.0f} "
            "times smaller than at the last, so the lower layers hardly learn.",
            "Try ReLU, another initialisation, or fewer layers.",
        )
    if at_chance and abs(train_loss - chance) < _NEAR_CHANCE * chance:
        return Problem(
            "stuck at chance",
            f"The cost is stuck at {train_loss:.2f}, no better than guessing "
            f"({chance:.2f}). So far the network gives every image the same answer.",
            "If it stays there, try another learning rate, activation or initialisation.",
        )
    return None


def overfitting(
    train_losses: Sequence[float], validation_losses: Sequence[float | None]
) -> Problem | None:
    """Return the problem "overfitting" if a run overfits its training images, else None.

    A run overfits if its validation loss has risen well above its lowest value and is above its
    training loss.

    Parameters
    ----------
    train_losses, validation_losses : sequence of float
        Of a run so far, at the same steps; None without validation images.

    Returns
    -------
    Problem or None
    """
    validation = [value for value in validation_losses if value is not None]
    if not validation or not np.isfinite(validation).all():
        return None
    lowest = min(validation)
    if validation[-1] < max(_OVERFITTING * lowest, train_losses[-1]):
        return None
    return Problem(
        "overfitting",
        f"Overfitting: the validation cost has risen from {lowest:.2f} to "
        f"{validation[-1]:.2f}, while the training cost is {train_losses[-1]:.2g}.",
        "Try more training images, distorted images, fewer epochs or fewer units.",
    )
