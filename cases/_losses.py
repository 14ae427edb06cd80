"""The reduction that all losses share: the mean or the sum of a term per element or sample.

The upstream gradient g is a number. That of each term is g / m for the mean of m terms, and g for
their sum. The mean of no terms is NaN, their sum 0.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Ball, mean, total
from conformance.spec import Inputs, Parameters, Refusal, Spoiled, shapes

# Without a reduction, the loss is a mean.
REDUCTIONS = st.sampled_from([{}, {"reduction": "mean"}, {"reduction": "sum"}])


def elements(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw the shapes and the reduction of a loss whose target has the input's shape."""
    shape = draw(shapes(most_rank=3))
    return {"input": shape, "target": shape}, draw(REDUCTIONS)


def reduced(terms: Ball, reduction: str) -> Ball:
    """Return the mean or the sum of the terms."""
    return mean(terms) if reduction == "mean" else total(terms)


def share_of(grad_output: Ball, terms: int, reduction: str) -> tuple[Ball, ...]:
    """Return the factors of each term's upstream gradient: g, and for a mean 1/m."""
    if reduction == "sum" or terms < 2:
        return (grad_output,)
    return grad_output, grad_output.like(1.0) / grad_output.like(float(terms))


def _longer_target(inputs: Inputs, parameters: Parameters) -> Spoiled | None:
    target = inputs["target"]
    if target.ndim == 0 or target.shape[-1] == 1:
        return None  # these would broadcast
    more = np.zeros((*target.shape[:-1], 2), target.dtype)
    return {**inputs, "target": np.concatenate([target, more], axis=-1)}, parameters


def _unknown_reduction(inputs: Inputs, _parameters: Parameters) -> Spoiled:
    return inputs, {"reduction": "average"}


def with_element(name: str, number: float) -> Any:
    """Return a change that puts a number into the last element of an input."""

    def spoil(inputs: Inputs, parameters: Parameters) -> Spoiled | None:
        array = inputs[name].copy()
        if array.size == 0:
            return None
        array.reshape(-1)[-1] = number
        return {**inputs, name: array}, parameters

    return spoil


REDUCTION = Refusal("reduction-unknown", 'reduction must be "mean" or "sum"', _unknown_reduction)
SHAPES = Refusal("target-too-long", "target must have input's shape", _longer_target)

# The result and the parameter of every loss, in the contract's words.
SCALAR = "a scalar: a 0-d array or a NumPy scalar"
NOTE = 'reduction is "mean" or "sum".'
