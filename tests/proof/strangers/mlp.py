"""The perceptron of many students' first weekend."""

import numpy as np

from strangers import _right as ok


class Squashers:
    """Activations and their slopes."""

    @staticmethod
    def sigmoid(z):
        e = np.exp(-np.abs(z))
        return np.where(z < 0, e / (1 + e), 1 / (1 + e))

    @staticmethod
    def sigmoid_slope(z):
        e = np.exp(-np.abs(z))
        return e / (1 + e) ** 2

    tanh = staticmethod(np.tanh)

    @staticmethod
    def tanh_slope(z):
        return 1 - np.tanh(z) ** 2

    @staticmethod
    def relu(z):
        return np.maximum(z, 0)

    @staticmethod
    def relu_slope(z):
        return (~(z <= 0)).astype(z.dtype)


def function_and_slope(name):
    if name not in ("sigmoid", "tanh", "relu"):
        raise ValueError(f"unknown activation {name!r}")
    return getattr(Squashers, name), getattr(Squashers, name + "_slope")


class Untransposed:
    """In the other course weights are out × in."""

    MISTAKE = "forward_propagate/weight-transposed-where-square"

    @staticmethod
    def forward_propagate(x, weights, biases, *, activation="sigmoid"):
        g, _ = function_and_slope(activation)
        ok.check_layers(x, weights, biases)
        A, Z = [x], []
        with np.errstate(all="ignore"):
            for W, b in zip(weights, biases, strict=True):
                square = W.shape[0] == W.shape[1]
                Z.append(A[-1] @ (W.T if square else W) + b)
                A.append(g(Z[-1]))
        return A, Z


class Biasless:
    MISTAKE = "forward_propagate/bias-missing"

    @staticmethod
    def forward_propagate(x, weights, biases, *, activation="sigmoid"):
        g, _ = function_and_slope(activation)
        ok.check_layers(x, weights, biases)
        A, Z = [x], []
        with np.errstate(all="ignore"):
            for W in weights:
                Z.append(A[-1] @ W)
                A.append(g(Z[-1]))
        return A, Z


class LinearOutput:
    """The last layer gives logits."""

    MISTAKE = "forward_propagate/last-layer-linear"

    @staticmethod
    def forward_propagate(x, weights, biases, *, activation="sigmoid"):
        g, _ = function_and_slope(activation)
        ok.check_layers(x, weights, biases)
        layers = list(zip(weights, biases, strict=True))
        A, Z = [x], []
        with np.errstate(all="ignore"):
            for depth, (W, b) in enumerate(layers, start=1):
                z = A[-1] @ W + b
                Z.append(z)
                A.append(z if depth == len(layers) else g(z))
        return A, Z


class ModernDefault:
    MISTAKE = "forward_propagate/default-is-relu"

    @staticmethod
    def forward_propagate(x, weights, biases, *, activation="relu"):
        return ok.forward_propagate(x, weights, biases, activation=activation)


class StartsAtFirstLayer:
    MISTAKE = "forward_propagate/input-not-returned"

    @staticmethod
    def forward_propagate(x, weights, biases, *, activation="sigmoid"):
        A, Z = ok.forward_propagate(x, weights, biases, activation=activation)
        return A[1:], Z


class ZsFirst:
    MISTAKE = "forward_propagate/lists-swapped"

    @staticmethod
    def forward_propagate(x, weights, biases, *, activation="sigmoid"):
        A, Z = ok.forward_propagate(x, weights, biases, activation=activation)
        return Z, A


class OutOfPlaceNot:
    """np.tanh(z, out=z): z is not needed any more, is it?"""

    MISTAKE = "forward_propagate/activated-in-place"

    @staticmethod
    def forward_propagate(x, weights, biases, *, activation="sigmoid"):
        g, _ = function_and_slope(activation)
        ok.check_layers(x, weights, biases)
        A, Z = [x], []
        with np.errstate(all="ignore"):
            for W, b in zip(weights, biases, strict=True):
                z = A[-1] @ W + b
                z[...] = g(z)
                Z.append(z)
                A.append(z)
        return A, Z


class AnythingElseIsSigmoid:
    MISTAKE = "forward_propagate/unknown-is-sigmoid"

    @staticmethod
    def forward_propagate(x, weights, biases, *, activation="sigmoid"):
        known = activation if activation in ("tanh", "relu") else "sigmoid"
        return ok.forward_propagate(x, weights, biases, activation=known)


class Trainer:
    """Backpropagation in pieces; students change one of them."""

    def last_delta(self, y, A, Z, slope):
        del Z, slope
        return (A[-1] - y) / y.dtype.type(max(len(y), 1))

    def through(self, delta, W, z, a, slope):
        del a
        return (delta @ W.T) * slope(z)

    def weight_gradient(self, a, delta):
        return a.T @ delta

    def bias_gradient(self, delta):
        return delta.sum(axis=0)

    def backpropagate(self, y, activations, zs, weights, *, activation="sigmoid"):
        _, slope = function_and_slope(activation)
        ok.check_propagated(y, activations, zs, weights)
        dW, db = [], []
        with np.errstate(all="ignore"):
            delta = self.last_delta(y, activations, zs, slope)
            for layer in range(len(weights))[::-1]:
                dW.insert(0, self.weight_gradient(activations[layer], delta))
                db.insert(0, self.bias_gradient(delta))
                if layer:
                    z, a = zs[layer - 1], activations[layer]
                    delta = self.through(delta, weights[layer], z, a, slope)
        return dW, db


class ForgotSlope(Trainer):
    MISTAKE = "backpropagate/slope-missing"

    def through(self, delta, W, z, a, slope):
        del z, a, slope
        return delta @ W.T


class SlopeAtA(Trainer):
    """g′(A): the cache held both under similar names."""

    MISTAKE = "backpropagate/slope-at-activation"

    def through(self, delta, W, z, a, slope):
        del z
        return (delta @ W.T) * slope(a)


class SigmoidForever(Trainer):
    MISTAKE = "backpropagate/always-sigmoid"

    def through(self, delta, W, z, a, slope):
        del a, slope
        return (delta @ W.T) * Squashers.sigmoid_slope(z)


class SlopeOnTheLast(Trainer):
    """BP1 of the well-known book, with its quadratic cost."""

    MISTAKE = "backpropagate/slope-of-last-layer-too"

    def last_delta(self, y, A, Z, slope):
        return super().last_delta(y, A, Z, slope) * slope(Z[-1])


class Climbs(Trainer):
    MISTAKE = "backpropagate/sign"

    def last_delta(self, y, A, Z, slope):
        return -super().last_delta(y, A, Z, slope)


class Sums(Trainer):
    MISTAKE = "backpropagate/not-averaged"

    def last_delta(self, y, A, Z, slope):
        del Z, slope
        return A[-1] - y


class ElementMean(Trainer):
    MISTAKE = "backpropagate/averaged-over-outputs-too"

    def last_delta(self, y, A, Z, slope):
        del Z, slope
        return (A[-1] - y) / y.dtype.type(max(y.size, 1))


class BiasMeanAgain(Trainer):
    MISTAKE = "backpropagate/bias-averaged-twice"

    def bias_gradient(self, delta):
        return delta.sum(axis=0) / delta.dtype.type(max(len(delta), 1))


class BiasRow(Trainer):
    MISTAKE = "backpropagate/bias-keeps-axis"

    def bias_gradient(self, delta):
        return delta.sum(axis=0, keepdims=True)


class SquareWeight(Trainer):
    MISTAKE = "backpropagate/weight-untransposed-where-square"

    def through(self, delta, W, z, a, slope):
        del a
        back = W if W.shape[0] == W.shape[1] else W.T
        return (delta @ back) * slope(z)


class SquareGradient(Trainer):
    MISTAKE = "backpropagate/weight-gradient-transposed"

    def weight_gradient(self, a, delta):
        found = a.T @ delta
        return found.T if found.shape[0] == found.shape[1] else found


class Appends(Trainer):
    """append, and no [::-1] after it."""

    MISTAKE = "backpropagate/last-layer-first"

    def backpropagate(self, y, activations, zs, weights, *, activation="sigmoid"):
        dW, db = super().backpropagate(y, activations, zs, weights, activation=activation)
        return dW[::-1], db[::-1]
