"""A network as an ONNX file, the exchange format of neural networks.

The graph computes the same operations as `Network.predict_proba`, in the same dtype.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from inkling import __version__
from nn import Network
from nn.activations import Activation
from nn.config import CLASSES, SIDE
from nn.convolution import Conv2D, Flatten, MaxPool2D, Unflatten, image_sides
from nn.diagnosis import is_finite
from nn.layers import Dense, Layer
from nn.storage import arrays_of

# Both of 2022: supported by current runtimes, and no operator here needs newer ones.
_OPSET = 17
_IR_VERSION = 8
_MODEL_VERSION = 1  # of the graph's inputs and outputs


class _Node(NamedTuple):
    operator: str
    inputs: tuple[str, ...]
    result: str
    attributes: dict[str, Any]


class _Graph:
    """A graph of operations on named arrays.

    Parameters
    ----------
    constants : dict of str to ndarray
        Initial arrays.
    dtype : numpy dtype
        Of the numbers that `number` adds.
    """

    def __init__(self, constants: dict[str, np.ndarray], dtype: np.dtype) -> None:
        self.constants = constants
        self.dtype = dtype
        self.nodes: list[_Node] = []

    def number(self, value: float) -> str:
        """Add a constant; return its name."""
        name = repr(value)
        self.constants[name] = np.array(value, self.dtype)
        return name

    def apply(self, operator: str, *inputs: str, result: str = "", **attributes: Any) -> str:
        """Add a node; return the name of its result."""
        result = result or f"{operator}.{len(self.nodes)}"
        self.nodes.append(_Node(operator, inputs, result, attributes))
        return result

    def row_shares(self, A: str) -> str:
        """Divide each row of A by its sum; return the name of the result."""
        self.constants["axes"] = np.array([1], np.int64)
        return self.apply("Div", A, self.apply("ReduceSum", A, "axes", keepdims=1))


def onnx_bytes(network: Network) -> bytes:
    """Return a network as the bytes of an ONNX file.

    Its input is ``images``, (n, 28, 28) uint8, 0 paper and 255 ink, for any n. Its output is
    ``probabilities``, (n, 10), in the network's dtype, as `Network.predict_proba` gives them.

    Parameters
    ----------
    network : Network
        Of 784 inputs and 10 outputs, float32 or float64.

    Raises
    ------
    ValueError
        If a weight is not finite (programs differ in what they make of NaN), or there is no
        translation of one of its layers.
    """
    from onnx import TensorProto, checker, helper, numpy_helper  # slow to import, rarely needed

    if not is_finite(network):
        raise ValueError("a network whose weights are not all finite cannot be exported")
    # float64 is kept: onnxruntime has all operators in double that are used for it.
    element_type = helper.np_dtype_to_tensor_dtype(network.dtype)
    graph = _graph_of(network, element_type)
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, ["n", 28, 28])
    probabilities = helper.make_tensor_value_info("probabilities", element_type, ["n", CLASSES])
    nodes = [
        helper.make_node(operator, inputs, [result], name=result, **attributes)
        for operator, inputs, result, attributes in graph.nodes
    ]
    constants = [numpy_helper.from_array(array, name) for name, array in graph.constants.items()]
    layers = str(network.architecture)
    model = helper.make_model(
        helper.make_graph(nodes, "digits", [images], [probabilities], constants),
        producer_name="Inkling",
        producer_version=__version__,
        model_version=_MODEL_VERSION,
        doc_string=f"Reads handwritten digits: the network {layers}, trained with Inkling. "
        "images: (n, 28, 28) uint8, 0 paper, 255 ink. "
        "probabilities: (n, 10), of the digits 0 to 9.",
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
    )
    helper.set_model_props(
        model,
        {
            "layers": layers,
            "activation": network.activation,
            "output": network.output,
            "class_names": json.dumps([str(digit) for digit in range(CLASSES)]),
            "input_scale": repr(network.input_scale),  # in the graph: images are to be uint8
        },
    )
    checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def _graph_of(network: Network, element_type: int) -> _Graph:
    """Return the graph of `predict_proba`, from ``images`` to ``probabilities``.

    Parameters
    ----------
    network : Network
    element_type : int
        ONNX's number for the network's dtype.
    """
    graph = _Graph(arrays_of(network), network.dtype)
    scaled = graph.apply(
        "Mul", graph.apply("Cast", "images", to=element_type), graph.number(network.input_scale)
    )
    # After Mul, not before: onnxruntime would make Mul and MatMul one, with a float32 factor.
    A = scaled if network.filters else graph.apply("Flatten", scaled, axis=1)
    names = iter(graph.constants.copy())
    sides = iter(image_sides(SIDE, network.filters, network.kernel_size, network.shrink))
    for layer in (*network.layers, network.output_activation):
        A = _add_layer(graph, layer, A, names, sides)
    if network.output == "sigmoid":
        # Max, not Add: onnxruntime leaves out the addition of what is 0 as a float32. The result
        # is the same, since a sigmoid by tanh is either 0 or so large that tiny is lost on it.
        tiny = graph.number(float(np.finfo(network.dtype).tiny))
        A = graph.row_shares(graph.apply("Max", A, tiny))
    graph.apply("Identity", A, result="probabilities")
    return graph


def _add_layer(
    graph: _Graph, layer: Layer, A: str, names: Iterator[str], sides: Iterator[int]
) -> str:
    """Add a layer, with the next names of its parameters; return the name of its result.

    `sides` has the rows of the image before each convolution.

    Images are (n, channels, rows, columns) in ONNX, so that of the layers that change the shape
    only the number of dimensions remains.
    """
    match layer:
        case Activation():
            return layer.onnx(graph, A)
        case Dense():
            return graph.apply("Add", graph.apply("MatMul", A, next(names)), next(names))
        case Conv2D():
            side = next(sides)
            if graph.dtype != np.float32:
                return _add_double_convolution(graph, layer, A, (next(names), next(names)), side)
            strides = [layer.stride, layer.stride]
            return graph.apply("Conv", A, next(names), next(names), strides=strides)
        case MaxPool2D():
            size = [layer.size, layer.size]
            return graph.apply("MaxPool", A, kernel_shape=size, strides=size)
        case Unflatten():
            graph.constants["channels"] = np.array([1], np.int64)
            return graph.apply("Unsqueeze", A, "channels")
        case Flatten():
            return graph.apply("Flatten", A, axis=1)
    raise ValueError(f"there is no translation of {type(layer).__name__} into ONNX")


def _add_double_convolution(
    graph: _Graph, layer: Conv2D, A: str, parameters: tuple[str, str], side: int
) -> str:
    """Add a convolution in double precision, which onnxruntime's Conv does not have.

    As in `Conv2D` it is a matrix product of patches, which Gather copies, and filters.
    """
    W, b = parameters
    filters, channels, k, _ = layer.W.shape
    pixels = np.arange(channels * side**2).reshape(channels, side, side)
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (k, k), axis=(1, 2))
    patches = windows[:, :: layer.stride, :: layer.stride].transpose(1, 2, 0, 3, 4)
    rows, columns = patches.shape[:2]
    index, shape = f"{W}.patches", f"{W}.shape"
    graph.constants[index] = patches.reshape(rows * columns, channels * k * k)
    graph.constants[shape] = np.array([0, filters, rows, columns], np.int64)  # 0: as it is
    graph.constants[W] = layer.W.reshape(filters, -1).T
    P = graph.apply("Gather", graph.apply("Flatten", A, axis=1), index, axis=1)
    Z = graph.apply("Add", graph.apply("MatMul", P, W), b)  # (n, places, filters)
    return graph.apply("Reshape", graph.apply("Transpose", Z, perm=[0, 2, 1]), shape)
