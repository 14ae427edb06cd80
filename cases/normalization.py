"""Normalization by the statistics of a batch's channels, or of each row.

The formulas, and the admissible ways of computing them, are in `_normalization`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Array, Ball
from conformance.spec import (
    LARGE,
    SPECIAL_REGIMES,
    Input,
    Inputs,
    Lesson,
    Operation,
    Parameters,
    Part,
    Refusal,
    Shape,
    Spoil,
    Spoiled,
    Structure,
    Tensor,
    axis_lengths,
    choices,
    mostly_normal,
    structures,
    torch,
)

from ._normalization import EPS, gradients_of, moments_of, normalized

# None leaves it out.
_EPS = (None, 1e-5, 1e-3, 0.1, 1.0)


def _parameters(draw: DrawFn) -> dict[str, Any]:
    eps = draw(st.sampled_from(choices("eps", _EPS)))
    return {} if eps is None else {"eps": eps}


# Rows of no value, of one, and long enough for blocks of four and eight.
_ROWS = (1, 2, 3, 4, 5, 0, 8, 11)


def _channels(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    c = draw(st.sampled_from([1, 2, 3, 4]))
    n = draw(st.sampled_from([1, 2, 3, 4, c]))
    sizes = st.sampled_from([1, 2, 3, c])
    pixels = [draw(sizes) for _ in range(draw(st.integers(0, 2)))]
    if n * int(np.prod(pixels)) == 1:
        n = 2  # one value has no variance
    if pixels and draw(axis_lengths([1] * 9 + [0])) == 0:
        pixels[-1] = 0
    return {"x": (n, c, *pixels), "weight": (c,), "bias": (c,)}, _parameters(draw)


def _rows(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    d = draw(axis_lengths(_ROWS))
    # Often as many rows as values: in a square a transposed result has the right shape.
    sizes = axis_lengths([1, 2, 3, 4, 0, d, d, d])
    others = [draw(sizes) for _ in range(draw(st.sampled_from([1, 0, 2])))]
    return {"x": (*others, d), "weight": (d,), "bias": (d,)}, _parameters(draw)


def _offset(rng: Any, shape: Shape, dtype: str, regime: str, structure: Structure) -> Array:
    """Return real numbers, often with a mean far above their spread, or a spread near √ε."""
    array = mostly_normal(rng, shape, dtype, regime, structure)
    plain = regime in SPECIAL_REGIMES and rng.random() < 0.5
    if regime in {"normal", "integers", *SPECIAL_REGIMES} and not plain:
        scale = (1.0, 1.0, 2.0**-6, 2.0**5)[int(rng.integers(0, 4))]
        offset = (0.0, -300.0, 8.0, -100.0, 1e3)[int(rng.integers(0, 5))]
        with np.errstate(over="ignore"):
            array = (array * scale + offset).astype(dtype)
    return array


def _along_channels(parameter: Ball, x: Ball) -> Ball:
    return parameter.reshape(-1, *(1,) * (len(x.shape) - 2))


def _batch_norm(x: Ball, weight: Ball, bias: Ball, eps: float = EPS) -> Ball:
    scale, shift = _along_channels(weight, x), _along_channels(bias, x)
    return normalized(moments_of(x, (0, *range(2, len(x.shape))), eps), scale, shift)


def _batch_backward(
    grad_output: Ball, x: Ball, weight: Ball, _bias: Ball, eps: float = EPS
) -> Mapping[str, Ball]:
    axes = (0, *range(2, len(x.shape)))
    scale = _along_channels(weight, x)
    return gradients_of(grad_output, x, scale, within=axes, across=axes, eps=eps)


def _layer_norm(x: Ball, weight: Ball, bias: Ball, eps: float = EPS) -> Ball:
    return normalized(moments_of(x, (-1,), eps), weight, bias)


def _layer_backward(
    grad_output: Ball, x: Ball, weight: Ball, _bias: Ball, eps: float = EPS
) -> Mapping[str, Ball]:
    others = tuple(range(len(x.shape) - 1))
    return gradients_of(grad_output, x, weight, within=(-1,), across=others, eps=eps)


def _torch_batch_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = EPS) -> Tensor:
    return torch.nn.functional.batch_norm(x, None, None, weight, bias, training=True, eps=eps)


def _torch_layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = EPS) -> Tensor:
    return torch.nn.functional.layer_norm(x, x.shape[-1:], weight, bias, eps)


def _with_shape(name: str, reshaped: Callable[[Inputs], Shape | None]) -> Spoil:
    """Return a change that replaces an input by ones of another shape, where there is one."""

    def spoil(inputs: Inputs, parameters: Parameters) -> Spoiled | None:
        shape = reshaped(inputs)
        # Without values, torch takes any weight and bias.
        if shape is None or inputs["x"].size == 0:
            return None
        return {**inputs, name: np.ones(shape, inputs[name].dtype)}, parameters

    return spoil


def _longer(name: str) -> Spoil:
    # Two more, so that neither zero nor one becomes a size that broadcasts.
    return _with_shape(name, lambda inputs: (inputs[name].size + 2,))


def _one(name: str) -> Spoil:
    return _with_shape(name, lambda inputs: None if inputs[name].size == 1 else (1,))


def _with_eps(eps: float) -> Spoil:
    return lambda inputs, parameters: (inputs, {**parameters, "eps": eps})


_ONE_VALUE = _with_shape("x", lambda inputs: (1, *inputs["weight"].shape))
_RANK_ONE = _with_shape("x", lambda inputs: inputs["weight"].shape)
_PARAMETERS = tuple(
    Refusal(f"{name}-{what}", f"{name} must have one entry per channel", spoil(name))
    for what, spoil in (("too-long", _longer), ("of-one", _one))
    for name in ("weight", "bias")
)


def _parts(backward: Callable[..., Mapping[str, Ball]]) -> dict[str, Part]:
    return {name: Part(backward, name) for name in ("x", "weight", "bias")}


_LATEX = (
    r"y = \gamma \frac{x - \mu}{\sqrt{v + \varepsilon}} + \beta, "
    r"\quad \mu \text{ and } v \text{ of each %s}"
)


ORDER = 60
OPERATIONS = (
    Operation(
        name="batch_norm",
        family="normalization",
        formula="y = γ (x − μ) / √(v + ε) + β, μ and v of each channel",
        latex=_LATEX % "channel",
        source="torch.nn.functional.batch_norm, training=True",
        inputs=(
            Input("x", _offset, "(n, c, …)"),
            Input("weight", mostly_normal, "(c,)"),
            Input("bias", mostly_normal, "(c,)"),
        ),
        orders={"nhwc": ("x", "result")},
        parameters={"eps": 1e-5},
        result="x's shape; by the statistics of each channel in this batch",
        lesson=Lesson(160, "The same by channel, over all other axes at once."),
        structures=structures(_channels),
        large=Structure(
            # Of two values each: over many the bound of a mean is wide.
            {"x": (2, LARGE), "weight": (LARGE,), "bias": (LARGE,)}
        ),
        torch=_torch_batch_norm,
        value=_batch_norm,
        gradients=_parts(_batch_backward),
        refusals=(
            *_PARAMETERS,
            Refusal("one-value", "a channel must have more than one value", _ONE_VALUE),
            Refusal("x-of-rank-1", "x must be of rank 2 at least", _RANK_ONE),
            Refusal("eps-zero", "eps must be positive", _with_eps(0.0)),
            Refusal("eps-negative", "eps must be positive", _with_eps(-1e-5)),
        ),
    ),
    Operation(
        name="layer_norm",
        family="normalization",
        formula="y = γ (x − μ) / √(v + ε) + β, μ and v of each row",
        latex=_LATEX % "row",
        source="torch.nn.functional.layer_norm, over the last axis",
        inputs=(
            Input("x", _offset, "(…, d)"),
            Input("weight", mostly_normal, "(d,)"),
            Input("bias", mostly_normal, "(d,)"),
        ),
        parameters={"eps": 1e-5},
        result="x's shape; by the statistics of each row",
        lesson=Lesson(
            150,
            "Mean and variance of a row depend on every number in it, and the gradient knows that.",
        ),
        structures=structures(_rows),
        large=Structure({"x": (LARGE, 2), "weight": (2,), "bias": (2,)}),
        torch=_torch_layer_norm,
        value=_layer_norm,
        gradients=_parts(_layer_backward),
        refusals=(
            *_PARAMETERS,
            Refusal("x-of-rank-0", "x must have an axis", _with_shape("x", lambda _inputs: ())),
        ),
    ),
)
