"""A network as one Python file that depends on NumPy only."""

import base64
from string import Template

from nn import Network
from nn.diagnosis import is_finite

_PROGRAM = Template('''\
"""Reads handwritten digits: a network of $kind, trained with Inkling.

It needs only Python 3.10 or newer and NumPy. To read the images in a .npy file, an array of shape
(n, 28, 28) and type uint8:

    python this_file.py images.npy

In a program, `predict_proba(images)` returns the probability of each digit.
"""

import base64
import math
import sys

import numpy as np

# Shape of the weights of each layer: $described.
SHAPES = [
$shapes]
INPUT_SCALE = $input_scale  # pixels from 0 to 255 are multiplied by this

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
$answer

def read_layers():
    """Return the weights W and the biases b of each layer, from the pixels up."""
    numbers = np.frombuffer(base64.b64decode(NUMBERS), "$stored").astype(np.$dtype)
    layers, start = [], 0
    for shape in SHAPES:
        middle = start + math.prod(shape)
        end = middle + $biases
        layers.append((numbers[start:middle].reshape(shape), numbers[middle:end]))
        start = end
    return layers


def main(arguments):
    """Print the answers to the images in a .npy file; return the exit code."""
    if len(arguments) != 2:
        print(f"Usage: python {arguments[0]} images.npy", file=sys.stderr)
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
        print(f"{path} is not a .npy file of images: {error}.", file=sys.stderr)
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

_CONVOLVE = '''
def convolve(X, W, b):
    """The sum of each filter W[f] times the patch under it, plus b[f], at every place.

    (n, channels, rows, columns) -> (n, filters, places down, places across)
    """
    patches = np.lib.stride_tricks.sliding_window_view(X, W.shape[2:], axis=(2, 3))
    Z = np.tensordot(patches$strided, W, axes=((1, 4, 5), (1, 2, 3)))
    return np.moveaxis(Z + b, -1, 1)
'''
_MAX_POOL = '''
def max_pool(X):
    """The largest number of every square of 2 x 2; an odd row or column is left out."""
    n, channels, rows, columns = X.shape
    X = X[:, :, : rows - rows % 2, : columns - columns % 2]
    return X.reshape(n, channels, rows // 2, 2, columns // 2, 2).max(axis=(3, 5))
'''

_PIXELS = """\
    A = images.reshape(len(images), 784).astype(np.$dtype) * INPUT_SCALE
"""
_CONVOLUTIONS = """\
    if len(images) > 500:  # the patches of more images at once would take too much memory
        parts = [images[k : k + 500] for k in range(0, len(images), 500)]
        return np.concatenate([predict_proba(part) for part in parts])
    A = images[:, np.newaxis].astype(np.$dtype) * INPUT_SCALE  # (n, 1, 28, 28)
    for W, b in LAYERS[:$convolutions]:
        A = $convolution
    A = A.reshape(len(A), $features)
"""
_HIDDEN = """\
    for W, b in LAYERS[$convolutions:-1]:
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
        If a weight is not finite.
    """
    if not is_finite(network):
        raise ValueError("a network whose weights are not all finite cannot be exported")
    used = network.activation_layers
    sources = dict.fromkeys(activation.numpy_source for activation in used)
    convolutions = len(network.filters)
    answer = _CONVOLUTIONS if convolutions else _PIXELS
    answer += _HIDDEN if len(network.dense_layers) > 1 else ""
    answer += _SHARES if network.output == "sigmoid" else _OUTPUT
    hidden, pool = used[0].numpy_name, network.shrink == "pool"
    sums = "max_pool(convolve(A, W, b))" if pool else "convolve(A, W, b)"
    if convolutions:
        sources[_CONVOLVE.replace("$strided", "" if pool else "[:, :, ::2, ::2]")] = None
        if pool:
            sources[_MAX_POOL] = None
    stored = network.dtype.newbyteorder("<")
    return _PROGRAM.substitute(
        kind="convolutions and dense layers" if convolutions else "dense layers",
        described="(filters, channels, rows, columns), then (inputs, units)"
        if convolutions
        else "(inputs, units)",
        shapes="".join(f"    {W.shape},\n" for W in network.parameters[::2]),
        biases="(shape[0] if len(shape) == 4 else shape[1])" if convolutions else "shape[1]",
        input_scale=network.input_scale,
        formulas="\n".join(sources),
        answer=Template(answer).substitute(
            hidden=hidden,
            output=used[-1].numpy_name,
            dtype=network.dtype.name,
            convolutions=convolutions or "",
            convolution=f"{hidden}({sums})",
            features=len(network.dense_layers[0].W),
        ),
        dtype=network.dtype.name,
        stored=stored.str,
        bits=8 * network.dtype.itemsize,
        numbers=base64.encodebytes(network.theta.astype(stored).tobytes()).decode(),
    )
