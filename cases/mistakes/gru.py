"""Mistakes of the GRU: the reset gate misplaced, gates exchanged, gradients that lose their way."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake, Wrong

from ._gates import counted_twice, gate, logistic, ordered, stepped
from ._images import with_result
from ._recurrent import (
    broken_gradients,
    common,
    returned,
)
from ._wrong import value_checks
from .recurrent import in_time


def _gru_step(
    operation: str, *, before: bool = False, exchanged: bool = False, both: bool = False
) -> Wrong:
    """A GRU with another step; a sequence takes it over and over."""

    def step(x: Array, h: Array, *weights: Array) -> tuple[Array]:
        w_ih, w_hh, b_ih, b_hh = weights
        new = slice(2 * h.shape[1], None)
        a, b = x @ w_ih.T + b_ih, h @ w_hh.T + b_hh
        r, z = np.split(logistic((a + b)[:, : 2 * h.shape[1]]), 2, axis=1)
        inner = (r * h) @ w_hh[new].T + b_hh[new] if before else r * b[:, new]
        n = np.tanh(r * (a[:, new] + b[:, new]) if both else a[:, new] + inner)
        return ((z * n + (1 - z) * h) if exchanged else ((1 - z) * n + z * h),)

    return stepped(operation, step)


def _same_as_b_ih(gradients: Any, *_inputs: Any) -> Any:
    return *gradients[:-1], gradients[-2].copy()


def _without_direct_path(right: Any) -> Functions:
    """H gets what comes through the products, and not what z lets pass directly."""

    def gru_cell_backward(g: Array, x: Array, h: Array, *weights: Array) -> Any:
        grads = right.gru_cell_backward(g, x, h, *weights)
        w_ih, w_hh, b_ih, b_hh = weights
        units = slice(h.shape[1], 2 * h.shape[1])
        with np.errstate(all="ignore"):
            z = logistic((x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)[:, units])
            return grads[0], grads[1] - g * z, *grads[2:]

    return {"gru_cell_backward": gru_cell_backward}


def _gru_values(operation: str) -> tuple[Mistake, ...]:
    """Return the mistakes in what is computed."""
    values = value_checks(operation)
    return (
        Mistake(
            f"{operation}/reset-before-the-product",
            "the reset gate is applied to H, where it is to be applied to H W_hhᵀ + b_hh",
            "What does r multiply?",
            values,
            _gru_step(operation, before=True),
        ),
        Mistake(
            f"{operation}/reset-of-the-input-too",
            "the reset gate is applied to the input's part as well",
            "What does r multiply?",
            values,
            _gru_step(operation, both=True),
        ),
        Mistake(
            f"{operation}/z-and-its-complement-exchanged",
            "z is the share of the new, where it is to be that of the old",
            "What comes out where z is one?",
            values,
            _gru_step(operation, exchanged=True),
        ),
        Mistake(
            f"{operation}/r-and-z-exchanged",
            "the gates stand in Keras's order z, r, n, where the contract has r, z, n",
            "Which rows of the weights belong to which gate?",
            values,
            ordered(operation, (1, 0, 2)),
        ),
    )


def _gru_gradients(operation: str) -> tuple[Mistake, ...]:
    """Return the mistakes in the way back."""
    return (
        Mistake(
            f"{operation}/one-gradient-for-both-biases",
            "the gradient of b_hh is a copy of that of b_ih",
            "In which gate do the two biases play different parts?",
            broken_gradients(operation, "b_hh"),
            with_result(f"{operation}_backward", _same_as_b_ih),
        ),
        Mistake(
            f"{operation}/update-gate-not-trained",
            "the rows of w_ih's gradient that belong to z are zero",
            "Compare the gradient gate by gate.",
            broken_gradients(operation, "w_ih"),
            returned(operation, w_ih=gate(operation, 1, np.zeros_like)),
        ),
    )


MISTAKES: tuple[Mistake, ...] = (
    *common("gru_cell"),
    *common("gru"),
    *in_time("gru"),
    *_gru_values("gru_cell"),
    *_gru_gradients("gru_cell"),
    *_gru_values("gru"),
    *_gru_gradients("gru"),
    Mistake(
        "gru_cell/no-direct-way-to-the-old-state",
        "the gradient of H lacks what z lets through directly",
        "How many times does H occur in the formula?",
        broken_gradients("gru_cell", "h"),
        _without_direct_path,
    ),
    *(counted_twice(operation) for operation in ("gru_cell", "gru")),
)
