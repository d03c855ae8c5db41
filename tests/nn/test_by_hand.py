"""Two tiny networks worked out with pencil and paper, from the sums to the first update.

Some weights contain L = log 3, because exp(L) = 3: a sigmoid of L is 3/4, one of -L is 1/4, and a
softmax of two scores that are L apart is 3/4 and 1/4. So every activation is a simple fraction.
"""

import numpy as np

from nn.losses import MeanSquaredError, SoftmaxCrossEntropy
from nn.network import Network
from nn.optimizers import SGD

L = 1.0986122886681098  # log 3


def network(sizes: tuple[int, ...], activation: str, output: str, *arrays: list) -> Network:
    """Return a network in float64 with the given W1, b1, W2, b2."""
    theta = np.concatenate([np.ravel(array) for array in arrays])
    return Network(sizes, activation, output, theta=theta, dtype=np.float64)


def assert_close(actual: np.ndarray | float, expected: list | float) -> None:
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-12)


def test_sigmoid_and_mean_squared_error() -> None:
    """2-2-2, one image: the pixels 1 and 2, label 0."""
    net = network(
        (2, 2, 2),
        "sigmoid",
        "sigmoid",
        [[2, -1], [-1, 0.5]],  # W1: a row per pixel, a column per unit
        [0, L],
        [[3, -3], [-2, 2]],  # W2
        [0, -L],
    )
    X, labels = np.array([[1.0, 2.0]]), np.array([0])
    W1, b1, W2, b2 = net.parameters
    dW1, db1, dW2, db2 = net.gradients

    # Forward. Z1 = (1*2 - 2*1 + 0, -1*1 + 2*0.5 + L) = (0, L)
    #          Z2 = (0.5*3 - 0.75*2 + 0, -0.5*3 + 0.75*2 - L) = (0, -L)
    hidden, A = net.activations(X)
    assert_close(hidden, [[0.5, 0.75]])
    assert_close(A, [[0.5, 0.25]])

    # Loss. Target (1, 0): ((0.5 - 1)**2 + 0.25**2) / 2
    loss = MeanSquaredError(net.output_activation)
    assert_close(loss.value(A, labels), 0.15625)

    # Delta of the outputs, (A - Y) * A * (1 - A): (-0.5 * 0.25, 0.25 * 0.1875)
    loss.forward(net.forward(X), labels)
    delta = loss.backward()
    assert_close(delta, [[-0.125, 0.046875]])

    net.backward(delta)
    # dW2: hidden activation times delta. 0.5*-0.125, 0.5*0.046875; 0.75*-0.125, 0.75*0.046875
    assert_close(dW2, [[-0.0625, 0.0234375], [-0.09375, 0.03515625]])
    assert_close(db2, [-0.125, 0.046875])
    # Back through W2:      ( 3*-0.125 - 3*0.046875, -2*-0.125 + 2*0.046875) = (-0.515625, 0.34375)
    # Delta of the hidden:  (-0.515625 * 0.25,        0.34375 * 0.1875)
    assert_close(db1, [-0.12890625, 0.064453125])
    # dW1: pixel times delta, the pixels being 1 and 2.
    assert_close(dW1, [[-0.12890625, 0.064453125], [-0.2578125, 0.12890625]])

    # One step of SGD with eta 2: each parameter less twice its gradient.
    SGD(net.theta).step(net.theta, net.gradient, 2)
    assert_close(W1, [[2.2578125, -1.12890625], [-0.484375, 0.2421875]])
    assert_close(b1, [0.2578125, L - 0.12890625])
    assert_close(W2, [[3.125, -3.046875], [-1.8125, 1.9296875]])
    assert_close(b2, [0.25, -L - 0.09375])
    assert loss.forward(net.forward(X), labels) < 0.15625


def test_relu_softmax_and_cross_entropy() -> None:
    """3-2-2, a batch of two images, both of label 1: the first is read wrong."""
    net = network(
        (3, 2, 2),
        "relu",
        "softmax",
        [[1, -3], [1, 0.5], [1, 1]],  # W1
        [-1, 0.5],
        [[1, 0], [1 - L, 0.5]],  # W2
        [L, 2],
    )
    X, labels = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]), np.array([1, 1])
    W1, b1, W2, b2 = net.parameters
    dW1, db1, dW2, db2 = net.gradients

    # Forward. Image 1: Z1 = (1 + 2 - 1, -3 + 2 + 0.5) = (2, -0.5): the second unit is off
    #                   Z2 = (2 + L, 2)
    #          Image 2: Z1 = (1 + 1 - 1, 0.5 + 1 + 0.5) = (1, 2)
    #                   Z2 = (1 + 2*(1 - L) + L, 2*0.5 + 2) = (3 - L, 3)
    hidden, A = net.activations(X)
    assert_close(hidden, [[2, 0], [1, 2]])
    assert_close(A, [[0.75, 0.25], [0.25, 0.75]])

    # Loss. (-log 0.25 - log 0.75) / 2 = (1.386294 + 0.287682) / 2
    loss = SoftmaxCrossEntropy(net.output_activation)
    assert_close(loss.value(A, labels), 0.8369882167858358)

    # Delta of the outputs, (A - Y) / 2: (0.75, 0.25 - 1) / 2 and (0.25, 0.75 - 1) / 2
    loss.forward(net.forward(X), labels)
    delta = loss.backward()
    assert_close(delta, [[0.375, -0.375], [0.125, -0.125]])

    net.backward(delta)
    # dW2. Unit 1: 2*0.375 + 1*0.125; unit 2: 0*0.375 + 2*0.125; the second column is its negative.
    assert_close(dW2, [[0.875, -0.875], [0.25, -0.25]])
    assert_close(db2, [0.5, -0.5])
    # Back through W2. Image 1: 0.375*1 - 0.375*0 = 0.375; unit 2 is off and passes 0.
    #                  Image 2: 0.125*1 - 0.125*0 = 0.125; 0.125*(1 - L) - 0.125*0.5
    #                           = 0.0625 - 0.125*L = -0.074827
    d = -0.07482653608351372
    assert_close(db1, [0.5, d])
    # dW1. Pixel 1: 1*0.375, 0; pixel 2: 1*0.125, d; pixel 3: 2*0.375 + 1*0.125, 2*0 + 1*d
    assert_close(dW1, [[0.375, 0], [0.125, d], [0.875, d]])

    # One step of SGD with eta 0.5: each parameter less half its gradient; half of d is -0.037413.
    SGD(net.theta).step(net.theta, net.gradient, 0.5)
    assert_close(W1, [[0.8125, -3], [0.9375, 0.5374132680417569], [0.5625, 1.0374132680417569]])
    assert_close(b1, [-1.25, 0.5374132680417569])
    assert_close(W2, [[0.5625, 0.4375], [0.875 - L, 0.625]])
    assert_close(b2, [L - 0.25, 2.25])
    assert loss.forward(net.forward(X), labels) < 0.8369882167858358
