"""Operations small enough to be taken in at a glance, for tests of the engine."""

from types import SimpleNamespace

import numpy as np
import torch
from hypothesis import strategies as st

from conformance.bounds.ball import Ball, multiply
from conformance.bounds.choices import select
from conformance.implementation.implementation import Implementation
from conformance.spec.case import Structure
from conformance.spec.operation import Answer, Convention, Input, Operation, Refusal
from conformance.spec.strategies import structures
from conformance.spec.values import real

TRIPLE = 3.0


def vectors(draw):
    return {"x": (draw(st.integers(1, 6)),)}, {}


def torch_triple(x):
    if x.ndim != 1:
        raise ValueError
    return TRIPLE * x


def triple(**changes):
    """Three times x, for vectors x."""
    return Operation(
        **{
            "name": "triple",
            "family": "small",
            "formula": "y = 3x",
            "source": "",
            "inputs": (Input("x", real),),
            "structures": structures(vectors),
            "torch": torch_triple,
            "value": lambda x: x * TRIPLE,
            "gradients": {"x": lambda grad_output, _x: grad_output * TRIPLE},
            "refusals": (
                Refusal("rank", "x must be of rank 1", lambda i, p: ({"x": i["x"][None]}, p)),
            ),
        }
        | changes
    )


def right_triple(x):
    if x.ndim != 1:
        raise ValueError("x must be of rank 1")
    return x.dtype.type(TRIPLE) * x


def right_triple_backward(grad_output, _x):
    return grad_output.dtype.type(TRIPLE) * grad_output


def contender(**changes):
    """A right implementation of `triple`, changed."""
    offers = {"triple": right_triple, "triple_backward": right_triple_backward} | changes
    return Implementation(SimpleNamespace(**offers), "changed")


def _slope(at_zero):
    def gradient(grad_output, x):
        slope = np.where(x.value == 0, at_zero, np.sign(x.value))
        return multiply(grad_output, Ball.exact(slope, x.arithmetic))

    return gradient


def _with_a_zero(_rng, inputs, _parameters):
    x = inputs["x"].copy()
    x[0] = 0
    return {"x": x}


def magnitude():
    """|x|, whose slope at zero is a question of convention: torch says 0."""
    return Operation(
        name="magnitude",
        family="small",
        formula="y = |x|",
        source="",
        inputs=(Input("x", real),),
        structures=structures(vectors),
        torch=torch.abs,
        value=lambda x: select(x.value < 0, -x, x),
        gradients={"x": _slope(0.0)},
        conventions=(
            Convention(
                "slope at zero",
                "x",
                _with_a_zero,
                tuple(Answer(name, _slope(s)) for name, s in (("0", 0), ("1", 1), ("-1", -1))),
            ),
        ),
    )


def empty_vectors():
    return st.just(Structure({"x": (0,)}))
