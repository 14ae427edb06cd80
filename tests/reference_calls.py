"""Calls of the reference's operations that are good, for tests to spoil one argument of."""

import numpy as np

import reference_impl

RNN = {"x": (2, 3), "h": (2, 4), "w_ih": (4, 3), "w_hh": (4, 4), "b_ih": (4,), "b_hh": (4,)}
GRU = {**RNN, "w_ih": (12, 3), "w_hh": (12, 4), "b_ih": (12,), "b_hh": (12,)}
LSTM = {"x": (2, 3), "h": (2, 4), "c": (2, 4), "w_ih": (16, 3), "w_hh": (16, 4)}
LSTM |= {"b_ih": (16,), "b_hh": (16,)}
SEQUENCE = {"x": (2, 5, 3)}
PAIR = {"input": (2, 3), "target": (2, 3)}
SCALED = {"weight": (3,), "bias": (3,)}
IMAGE = {"x": (2, 3, 5, 6)}
CONVOLUTION = {"stride": 1, "padding": (1, 0), "dilation": (2, 1), "groups": 2}

# For each operation the shapes of its inputs, and parameters that are not the defaults.
CALLS = {
    **dict.fromkeys(("sigmoid", "tanh", "relu", "softmax", "log_softmax"), ({"x": (2, 3)}, {})),
    "linear": ({"x": (2, 3), "weight": (4, 3), "bias": (4,)}, {}),
    "mse_loss": (PAIR, {"reduction": "sum"}),
    "binary_cross_entropy": (PAIR, {"reduction": "sum"}),
    "binary_cross_entropy_with_logits": (PAIR, {"reduction": "sum"}),
    "cross_entropy": ({"input": (2, 3), "target": (2,)}, {"reduction": "sum"}),
    "conv2d": ({"x": (2, 4, 5, 6), "weight": (6, 2, 3, 2), "bias": (6,)}, CONVOLUTION),
    "max_pool2d": (IMAGE, {"kernel_size": (2, 3), "stride": 1, "dilation": (2, 1)}),
    "avg_pool2d": (IMAGE, {"kernel_size": (2, 3), "stride": 1, "count_include_pad": False}),
    "batch_norm": ({"x": (2, 3, 4), **SCALED}, {"eps": 1e-3}),
    "layer_norm": ({"x": (2, 3), **SCALED}, {"eps": 1e-3}),
    "rnn_tanh_cell": (RNN, {}),
    "rnn_relu_cell": (RNN, {}),
    "lstm_cell": (LSTM, {}),
    "gru_cell": (GRU, {}),
    "rnn_tanh": ({**RNN, **SEQUENCE}, {}),
    "rnn_relu": ({**RNN, **SEQUENCE}, {}),
    "lstm": ({**LSTM, **SEQUENCE}, {}),
    "gru": ({**GRU, **SEQUENCE}, {}),
    "flatten": ({"x": (2, 3, 4)}, {}),
}

# Where arguments are lists of arrays; "x" and "y" alone are not.
LISTS = {
    "forward_propagate": {"x": [(2, 3)], "weights": [(3, 4), (4, 2)], "biases": [(4,), (2,)]},
    "backpropagate": {
        "y": [(2, 2)],
        "activations": [(2, 3), (2, 4), (2, 2)],
        "zs": [(2, 4), (2, 2)],
        "weights": [(3, 4), (4, 2)],
    },
    "gradient_descent": {"parameters": [(2, 3), (3,)], "gradients": [(2, 3), (3,)]},
}

# Axes that no other argument of the forward function has a say in.
FREE = {
    **{(name, "x"): {0, 1} for name in ("sigmoid", "tanh", "relu", "softmax", "log_softmax")},
    ("linear", "x"): {0},
    ("cross_entropy", "input"): {1},
    ("conv2d", "x"): {0, 2, 3},
    ("conv2d", "weight"): {2, 3},
    ("max_pool2d", "x"): {0, 1, 2, 3},
    ("avg_pool2d", "x"): {0, 1, 2, 3},
    ("batch_norm", "x"): {0, 2},
    ("layer_norm", "x"): {0},
    **{(name, "x"): {1} for name in ("rnn_tanh", "rnn_relu", "lstm", "gru")},
    ("flatten", "x"): {0, 1, 2},
}
# Backward functions have the upstream gradient to go by; of a loss it is a scalar.
FREE_BACKWARD = {("cross_entropy", "input"): {1}}
ANY_RANK = {"sigmoid", "tanh", "relu", "softmax", "log_softmax", "batch_norm", "layer_norm"}


def array(shape, dtype="float32"):
    """Numbers in (0, 1), probabilities among other things, in no order."""
    count = int(np.prod(shape))
    return ((np.arange(count) * 7 % 11 + 1) / 13).reshape(shape).astype(dtype)


def call(operation, dtype="float32"):
    shapes, parameters = CALLS[operation]
    inputs = {name: array(shape, dtype) for name, shape in shapes.items()}
    if operation == "cross_entropy":
        inputs["target"] = np.array([2, 0])
    return inputs, parameters


def forward(operation, inputs, parameters):
    return getattr(reference_impl, operation)(*inputs.values(), **parameters)


def lists(operation):
    return {name: [array(one) for one in shapes] for name, shapes in LISTS[operation].items()}


def call_lists(operation, inputs):
    given = [value[0] if name in {"x", "y"} else value for name, value in inputs.items()]
    parameters = {"learning_rate": 0.1} if operation == "gradient_descent" else {}
    return getattr(reference_impl, operation)(*given, **parameters)


def upstream(operation, dtype="float32"):
    output = forward(operation, *call(operation, dtype))
    if isinstance(output, tuple):
        return tuple(array(one.shape, dtype) for one in output)
    return array(np.shape(output), dtype)


def backward(operation, grad_output, inputs, parameters):
    function = getattr(reference_impl, f"{operation}_backward")
    return function(grad_output, *inputs.values(), **parameters)
