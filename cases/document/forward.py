"""Section 3.1: forward propagation.

    z_i = Σ_j w_ij a_j + b_i        a_i = g(z_i)

The weight is stored out × in, as torch's `linear` stores it.
"""

from typing import Any

from hypothesis import strategies as st

from conformance.bounds import Ball, matmul
from conformance.spec import Case, Claim, Finding, Formula, Judge, Row, Structure, sizes, torch

from .functions import ACTIVATIONS, NAMED
from .judging import ball, calm, compare_formula, tensor


def weighted_sum(w: Ball, a: Ball, b: Ball) -> Ball:
    """Return z_i = Σ_j w_ij a_j + b_i."""
    return matmul(w, a, plus=b)


def activation(g: Any, z: Ball) -> Any:
    """Return a_i = g(z_i)."""
    return g(z)


def _weighted_sum(formula: Formula, case: Case) -> Finding:
    w, a, b = (case.inputs[name] for name in ("w", "a", "b"))
    truth = torch.nn.functional.linear(tensor(a), tensor(w), tensor(b)).numpy()
    return compare_formula(formula, (ball(w), ball(a), ball(b)), truth)


def _activation(name: str) -> Judge:
    g = ACTIVATIONS[name]

    def judge(formula: Formula, case: Case) -> Finding:
        z = case.inputs["z"]
        return compare_formula(formula, (g.value, ball(z)), g.torch(tensor(z)).numpy())

    return judge


def _layer(out: int, features: int) -> Structure:
    return Structure({"w": (out, features), "a": (features,), "b": (out,)})


_LAYERS = st.builds(_layer, sizes(), sizes())
_VECTORS = sizes(1, 6).map(lambda n: Structure({"z": (n,)}))

CLAIMS = (
    Claim(
        "3.1/weighted-sum",
        "The input of a neuron is the weighted sum of the outputs before it, plus its bias.",
        "z_i = Σ_j w_ij a_j + b_i",
        "torch.nn.functional.linear",
        (Row(None, None, _LAYERS, calm, _weighted_sum),),
        weighted_sum,
        latex=r"z_i^{(l)} = \sum_{j=1}^{n^{(l-1)}} w_{ij}^{(l)} a_j^{(l-1)} + b_i^{(l)}",
    ),
    Claim(
        "3.1/activation",
        "The output of a neuron is g of its input; g is often sigmoid, tanh or ReLU.",
        "a_i = g(z_i)",
        "torch.sigmoid, torch.tanh, torch.relu",
        tuple(Row(None, f"g: {name}", _VECTORS, calm, _activation(name)) for name in NAMED),
        activation,
        latex=r"a_i^{(l)} = g(z_i^{(l)})",
    ),
)
