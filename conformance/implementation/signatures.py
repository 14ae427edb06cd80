"""What the functions of the contract are called with: their inputs, and which have gradients.

The contract itself is made of the operations. This table is for what has to know a call without
them: code that is judged in another process, where nothing of the suite is loaded.
"""

from typing import Any

_GATED = ("w_ih", "w_hh", "b_ih", "b_hh")
_RECURRENT = {
    f"{kind}{form}": ("x", *states, *_GATED)
    for kind, states in (
        ("rnn_tanh", ("h",)),
        ("rnn_relu", ("h",)),
        ("lstm", ("h", "c")),
        ("gru", ("h",)),
    )
    for form in ("", "_cell")
}
_LAYERS = ("linear", "conv2d", "batch_norm", "layer_norm")
_OF_ONE = (
    "sigmoid", "tanh", "relu", "softmax", "log_softmax", "max_pool2d", "avg_pool2d", "flatten",
)  # fmt: skip
_LOSSES = (
    "mse_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
)
_OF_LISTS = {
    "forward_propagate": ("x", "weights", "biases"),
    "backpropagate": ("y", "activations", "zs", "weights"),
    "gradient_descent": ("parameters", "gradients"),
}

INPUTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_LAYERS, ("x", "weight", "bias")),
    **dict.fromkeys(_OF_ONE, ("x",)),
    **dict.fromkeys(_LOSSES, ("input", "target")),
    **_RECURRENT,
    **_OF_LISTS,
}
_WINDOWS = {"stride": None, "padding": 0, "ceil_mode": False}
# Keyword parameters with their defaults; ... where one must be given.
PARAMETERS: dict[str, dict[str, Any]] = {
    "conv2d": {"stride": 1, "padding": 0, "dilation": 1, "groups": 1},
    "max_pool2d": {"kernel_size": ..., "dilation": 1, **_WINDOWS},
    "avg_pool2d": {"kernel_size": ..., "count_include_pad": True, **_WINDOWS},
    **{name: {"eps": 1e-5} for name in ("batch_norm", "layer_norm")},
    **{name: {"reduction": "mean"} for name in _LOSSES},
    **{name: {"activation": "sigmoid"} for name in ("forward_propagate", "backpropagate")},
    "gradient_descent": {"learning_rate": ...},
}
BACKWARD = "_backward"


def differentiable(operation: str) -> tuple[str, ...]:
    """Return the inputs of an operation that have gradients; they come before all others.

    >>> differentiable("mse_loss"), differentiable("gradient_descent")
    (('input',), ())
    """
    if operation in _OF_LISTS:
        return ()
    return tuple(name for name in INPUTS.get(operation, ()) if name != "target")


def operation_of(function: str) -> str:
    """Return the operation that a function belongs to.

    >>> operation_of("conv2d_backward"), operation_of("conv2d")
    ('conv2d', 'conv2d')
    """
    return function.removesuffix(BACKWARD)
