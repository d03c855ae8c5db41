"""Detection of networks whose numbers overflowed, as after training with too large an eta."""

import numpy as np

from nn import Network


def is_finite(network: Network, *values: np.ndarray | float) -> bool:
    """Return whether all parameters of a network are finite, and all values computed with it.

    Parameters
    ----------
    network : Network
    *values : ndarray or float
        Outputs, activations or gradients, of any shape: with large finite parameters these may
        overflow alone.
    """
    return all(bool(np.isfinite(array).all()) for array in (network.theta, *values))
