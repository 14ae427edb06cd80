"""Cross-entropy of logits with the numbers of the true classes, and its gradient.

With p = softmax(x), m the number of samples (1 for the sum), and g the upstream gradient, a number:

    −log softmax(x)_t               grad_x = (p − onehot(t)) g / m
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Array, Ball, either, multiply
from conformance.spec import (
    LARGE,
    Input,
    Inputs,
    Lesson,
    Operation,
    Parameters,
    Refusal,
    Spoiled,
    Structure,
    TorchFunction,
    batch_sizes,
    labels,
    logits,
    structures,
)

from ._losses import NOTE, REDUCTION, REDUCTIONS, SCALAR, reduced, share_of, with_element
from .activations import log_softmax_of, probabilities_of


def _samples(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    # Without classes there is no valid target.
    n, classes = draw(batch_sizes()), draw(st.sampled_from([1, 2, 3, 4, 5, 7, 10, 33]))
    # Often as many samples as classes: there a sum over the wrong axis has the right shape.
    if draw(st.sampled_from((False, False, False, True))):
        n = classes = min(classes, 7)
    return {"input": (n, classes), "target": (n,)}, draw(REDUCTIONS)


def _cross_entropy(x: Ball, target: Array, reduction: str = "mean") -> Ball:
    return reduced(-log_softmax_of(x)[np.arange(target.size), target], reduction)


def _grad_cross_entropy(grad_output: Ball, x: Ball, target: Array, reduction: str = "mean") -> Ball:
    """Return (p − onehot) g / m, or p g / m − onehot g / m."""
    share = share_of(grad_output, target.size, reduction)
    p = probabilities_of(x)
    onehot = x.like(np.arange(x.shape[1]) == target[:, None])
    return either(multiply(p - onehot, *share), multiply(p, *share) - multiply(onehot, *share))


def _class_too_high(inputs: Inputs, parameters: Parameters) -> Spoiled | None:
    classes = inputs["input"].shape[1]
    spoiled: tuple[Inputs, Parameters] | None
    spoiled = with_element("target", classes)(inputs, parameters)
    return spoiled


def _one_target_more(inputs: Inputs, parameters: Parameters) -> Spoiled | None:
    target = inputs["target"]
    # One sample with two targets would broadcast.
    more = np.zeros(2 if target.size == 1 else 1, target.dtype)
    return {**inputs, "target": np.concatenate([target, more])}, parameters


def _target_as_column(inputs: Inputs, parameters: Parameters) -> Spoiled:
    return {**inputs, "target": inputs["target"][:, None]}, parameters


def _input_of_rank_three(inputs: Inputs, parameters: Parameters) -> Spoiled:
    return {**inputs, "input": inputs["input"][None]}, parameters


ORDER = 32
OPERATIONS = (
    Operation(
        name="cross_entropy",
        family="losses",
        formula="L = −Σᵢ log softmax(xᵢ)[tᵢ] / m",
        latex=r"L = -\frac{1}{m} \sum_i \log \operatorname{softmax}(x_i)[t_i]",
        source="torch.nn.functional.cross_entropy",
        inputs=(
            Input("input", logits, "(n, classes), logits"),
            Input("target", labels, "(n,), int64"),
        ),
        parameters={"reduction": "mean"},
        result=SCALAR,
        notes=(NOTE,),
        lesson=Lesson(
            100, "A loss over classes: the target is a number of a class, which has no gradient."
        ),
        structures=structures(_samples),
        large=Structure({"input": (2, LARGE), "target": (2,)}),
        torch=TorchFunction("torch.nn.functional.cross_entropy"),
        value=_cross_entropy,
        gradients={"input": _grad_cross_entropy},
        refusals=(
            REDUCTION,
            Refusal("class-too-high", "target must be less than classes", _class_too_high),
            Refusal("class-below-0", "target must be at least 0", with_element("target", -1)),
            Refusal("target-too-long", "target must have one entry per sample", _one_target_more),
            Refusal("target-of-rank-2", "target must be of rank 1", _target_as_column),
            Refusal("input-of-rank-3", "input must be of rank 2", _input_of_rank_three),
        ),
    ),
)
