"""The calls on which the arbiter is asked: small shapes, every parameter, points with a slope."""

from dataclasses import dataclass, field, replace
from itertools import count, pairwise
from zlib import crc32

import numpy as np

from arbiter import FORMULAS
from arbiter.precision import NearKinkError, exact
from conformance.spec.case import Case
from conformance.spec.tree import nested

# Spread further, most probabilities vanish beside one: even 50 digits lose their slopes.
FAR = 3.0


@dataclass(frozen=True, eq=False)
class Call:
    """An operation, the shapes of its inputs, its parameters, and a word for what is special.

    The first input is normal, times `spread`, plus `offset`.
    """

    operation: str
    word: str
    shapes: tuple
    parameters: dict = field(default_factory=dict)
    spread: float = 1.0
    offset: float = 0.0

    @property
    def id(self):
        return f"{self.operation}-{self.word}"


def _activations():
    for name in ("sigmoid", "tanh", "relu"):
        yield Call(name, "scalar", ((),))
        yield Call(name, "matrix", ((3, 4),))
        yield Call(name, "far", ((6,),), spread=20.0)
    for name, spread in (("softmax", FAR), ("log_softmax", 300.0)):
        yield Call(name, "row", ((5,),))
        yield Call(name, "square", ((4, 4),))
        yield Call(name, "three-axes", ((2, 3, 4),))
        yield Call(name, "far", ((3, 4),), spread=spread, offset=2000.0)


def _losses():
    for name in ("mse_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"):
        yield Call(name, "default", ((3, 4), (3, 4)))
        yield Call(name, "mean", ((5,), (5,)), {"reduction": "mean"})
        yield Call(name, "sum", ((2, 3), (2, 3)), {"reduction": "sum"})
    yield Call("binary_cross_entropy_with_logits", "far", ((6,), (6,)), spread=100.0)
    yield Call("cross_entropy", "default", ((3, 4), (3,)))
    yield Call("cross_entropy", "mean", ((4, 4), (4,)), {"reduction": "mean"})
    yield Call("cross_entropy", "sum", ((1, 5), (1,)), {"reduction": "sum"})
    yield Call("cross_entropy", "far", ((2, 5), (2,)), spread=FAR, offset=2000.0)


def _windows():
    plain = ((2, 2, 3, 4), (3, 2, 2, 3), (3,))
    yield Call("conv2d", "plain", plain)
    given = {"stride": (2, 1), "padding": (1, 2)}
    yield Call("conv2d", "stride-padding", ((1, 2, 4, 3), (2, 2, 3, 2), (2,)), given)
    yield Call("conv2d", "dilation", ((1, 1, 5, 4), (2, 1, 2, 2), (2,)), {"dilation": (3, 2)})
    given = {"stride": 2, "padding": 1, "groups": 2}
    yield Call("conv2d", "groups", ((1, 4, 3, 3), (6, 2, 2, 2), (6,)), given)
    images, hanging = ((2, 2, 4, 4),), ((1, 2, 4, 6),)
    yield Call("max_pool2d", "plain", images, {"kernel_size": 2})
    given = {"kernel_size": (3, 2), "stride": (1, 2), "padding": (1, 0)}
    yield Call("max_pool2d", "stride-padding", ((1, 2, 5, 4),), given)
    given = {"kernel_size": 2, "stride": 1, "dilation": (3, 2)}
    yield Call("max_pool2d", "dilation", ((1, 2, 5, 4),), given)
    ceil = {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}
    yield Call("max_pool2d", "ceil-mode", hanging, ceil)
    yield Call("avg_pool2d", "plain", images, {"kernel_size": (3, 2)})
    given = {"kernel_size": 3, "stride": (2, 1), "padding": (0, 1)}
    yield Call("avg_pool2d", "stride-padding", ((1, 1, 5, 4),), given)
    given = {"kernel_size": (3, 2), "stride": 1, "padding": 1, "count_include_pad": False}
    yield Call("avg_pool2d", "pad-not-counted", ((1, 1, 3, 4),), given)
    yield Call("avg_pool2d", "ceil-mode", hanging, ceil)
    given = {**ceil, "count_include_pad": False}
    yield Call("avg_pool2d", "ceil-mode-pad-not-counted", hanging, given)


def _normalization():
    shapes = {
        "batch_norm": [((4, 3), (3,), (3,)), ((2, 2, 3, 2), (2,), (2,))],
        "layer_norm": [((3, 4), (4,), (4,)), ((2, 3, 3), (3,), (3,))],
    }
    for name, (matrix, more) in shapes.items():
        yield Call(name, "matrix", matrix)
        yield Call(name, "more-axes", more, {"eps": 0.1})
        yield Call(name, "off-centre", matrix, {"eps": 1e-3}, offset=-300.0)


def _recurrent():
    cells = (("rnn_tanh", 1, 1), ("rnn_relu", 1, 1), ("lstm", 4, 2), ("gru", 3, 1))
    for name, gates, states in cells:
        for word, n, steps, features in (("plain", 2, 3, 1), ("square", 2, 2, 2), ("one", 1, 1, 3)):
            state = [(n, 2)] * states
            weights = ((gates * 2, features), (gates * 2, 2), *[(gates * 2,)] * 2)
            yield Call(f"{name}_cell", word, ((n, features), *state, *weights))
            yield Call(name, word, ((n, steps, features), *state, *weights))


def _mlp():
    for activation in ("sigmoid", "tanh", "relu", None):
        word = activation or "default"
        given = {"activation": activation} if activation else {}
        n, widths = (3, (2, 3, 2, 2)) if activation else (2, (2, 2, 2))
        layers = [(n, width) for width in widths]
        weights, biases = list(pairwise(widths)), [(width,) for width in widths[1:]]
        yield Call("forward_propagate", word, (layers[0], weights, biases), given)
        yield Call("backpropagate", word, (layers[-1], layers, layers[1:], weights), given)


def _others():
    yield Call("linear", "plain", ((3, 4), (2, 4), (2,)))
    yield Call("linear", "square", ((3, 3), (3, 3), (3,)))
    yield Call("flatten", "rows", ((3, 4),))
    yield Call("flatten", "images", ((1, 2, 3, 2),))
    steps = [(2, 3), (3,), ()]
    yield Call("gradient_descent", "small", (steps, steps), {"learning_rate": 0.1})
    yield Call("gradient_descent", "none", (steps, steps), {"learning_rate": 0.0})


CALLS = (
    *_activations(),
    *_losses(),
    *_windows(),
    *_normalization(),
    *_recurrent(),
    *_mlp(),
    *_others(),
)


def drawn(operation, call):
    """A case of a call, no point of it near a kink, and what the arbiter says of its value."""
    for attempt in count():
        rng = np.random.default_rng([crc32(call.id.encode()), attempt])
        case = _case(operation, call, rng)
        inputs = [nested(exact, one) for one in case.inputs.values()]
        try:
            value = FORMULAS[call.operation](*inputs, **call.parameters)
        except NearKinkError:
            continue
        if operation.gradients:
            case = replace(case, grad_output=_upstream(rng, value))
        return case, value
    raise AssertionError


def _upstream(rng, outputs):
    return nested(lambda one: _normal(rng, one.shape), outputs)


def _normal(rng, shape):
    # NumPy's generators give a scalar where the shape is ().
    return np.asarray(rng.standard_normal(shape))


def _case(operation, call, rng):
    inputs = {}
    for one, shape in zip(operation.inputs, call.shapes, strict=True):
        inputs[one.name] = _filled(call, one.name, shape, rng)
    first = operation.inputs[0].name
    if (call.spread, call.offset) != (1.0, 0.0):
        inputs[first] = inputs[first] * call.spread + call.offset
    if operation.complete is not None:
        inputs = operation.complete(inputs, call.parameters)
    return Case(inputs, call.parameters)


def _filled(call, name, shape, rng):
    """Labels, probabilities, or normal numbers."""
    if isinstance(shape, list):
        return [_filled(call, name, one, rng) for one in shape]
    if (call.operation, name) == ("cross_entropy", "target"):
        return rng.integers(0, call.shapes[0][1], shape)
    binary = call.operation.startswith("binary_cross_entropy") and name == "target"
    if binary or call.operation == "binary_cross_entropy":
        return rng.uniform(0.05, 0.95, shape)
    return _normal(rng, shape)
