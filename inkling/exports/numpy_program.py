"""A network as one Python file that depends on NumPy only."""

import base64
from string import Template

from nn import Network
from nn.diagnosis import is_finite

_PROGRAM = Template('''\
"""Reads handwritten digits: a neural network of dense layers, trained with Inkling.

It needs Python 3.10 or newer and NumPy, nothing else. It answers for the images in a .npy file,
(n, 28, 28) uint8,

    python this_file.py images.npy

or in a program, where `predict_proba(images)` returns the probability of each digit.
"""

import base64
import sys
from itertools import pairwise

import numpy as np

# Units of each layer, the pixels first; what pixels 0..255 are multiplied by on their way in.
SIZES = $sizes
INPUT_SCALE = $input_scale

$formulas

def predict_proba(images):
    """Return the probability of each digit for each image.

    Parameters
    ----------
    images : ndarray, (n, 28, 28) uint8
        0 is paper, 255 is ink.

    Returns
    -------
    ndarray, (n, 10) $dtype
        Rows sum to 1.

    Raises
    ------
    ValueError
        If the images have another shape or type.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.shape[1:] != (28, 28):
        raise ValueError(f"images are (n, 28, 28) uint8, not {images.shape} {images.dtype}")
    A = images.reshape(len(images), SIZES[0]).astype(np.$dtype) * INPUT_SCALE
$answer

def read_layers():
    """Return the weights W (inputs, units) and biases b (units,) of each layer."""
    numbers = np.frombuffer(base64.b64decode(NUMBERS), "$stored").astype(np.$dtype)
    layers, start = [], 0
    for inputs, units in pairwise(SIZES):
        middle, end = start + inputs * units, start + inputs * units + units
        layers.append((numbers[start:middle].reshape(inputs, units), numbers[middle:end]))
        start = end
    return layers


def main(arguments):
    """Print the answers to the images in a .npy file; return the exit code."""
    if len(arguments) != 2:
        print(f"Name one .npy file of images: python {arguments[0]} images.npy", file=sys.stderr)
        return 2
    path = arguments[1]
    try:
        with open(path, "rb") as file:
            images = np.lib.format.read_array(file)
        probabilities = predict_proba(images)
    except OSError as error:
        print(f"{path} cannot be read: {error.strerror}.", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"{path} is no .npy file of images: {error}.", file=sys.stderr)
        return 1
    for k, shares in enumerate(probabilities):
        print(f"image {k}: {shares.argmax()} ({shares.max():.1%})")
    return 0


# W and b of each layer, from the pixels up: $bits-bit floating point in base64.
NUMBERS = """
$numbers"""
LAYERS = read_layers()

if __name__ == "__main__":
    sys.exit(main(sys.argv))
''')

_HIDDEN = """\
    for W, b in LAYERS[:-1]:
        A = $hidden(A @ W + b)  # (n, inputs) @ (inputs, units) -> (n, units)
"""
_OUTPUT = """\
    W, b = LAYERS[-1]
    return $output(A @ W + b)
"""
_SHARES = """\
    W, b = LAYERS[-1]
    P = $output(A @ W + b) + np.finfo(np.$dtype).tiny  # where all ten are 0: 1/10 each
    return P / P.sum(axis=1, keepdims=True)
"""


def numpy_program(network: Network) -> str:
    """Return the source of a Python program that predicts with this network, using only NumPy.

    The program's ``predict_proba`` takes images (n, 28, 28) uint8 and computes what
    `Network.predict_proba` does, in the same dtype. It contains the weights and the formulas of the
    activations that this network uses.

    Parameters
    ----------
    network : Network
        Of 784 inputs and 10 outputs, float32 or float64.

    Raises
    ------
    ValueError
        If a weight is not finite, or the network has convolutions.
    """
    if not is_finite(network):
        raise ValueError("a network whose weights are not all finite cannot be exported")
    if network.filters:
        raise ValueError("a network with convolutions cannot be exported as a NumPy program yet")
    used = network.activation_layers
    sources = dict.fromkeys(activation.numpy_source for activation in used)
    answer = _HIDDEN if len(used) > 1 else ""
    answer += _SHARES if network.output == "sigmoid" else _OUTPUT
    stored = network.dtype.newbyteorder("<")
    return _PROGRAM.substitute(
        sizes=network.sizes,
        input_scale=network.input_scale,
        formulas="\n".join(sources),
        answer=Template(answer).substitute(
            hidden=used[0].numpy_name, output=used[-1].numpy_name, dtype=network.dtype.name
        ),
        dtype=network.dtype.name,
        stored=stored.str,
        bits=8 * network.dtype.itemsize,
        numbers=base64.encodebytes(network.theta.astype(stored).tobytes()).decode(),
    )
