"""The cases: every operation of the contract, and every claim of the document."""

from cases import (
    activations,
    convolution,
    linear,
    losses,
    mlp,
    networks,
    normalization,
    optimizer,
    pooling,
    recurrent,
    reshaping,
)
from cases.document import CLAIMS
from cases.document.expected import EXPECTATIONS
from conformance.spec.operation import Operation

__all__ = ["CLAIMS", "EXPECTATIONS", "OPERATIONS"]

OPERATIONS: tuple[Operation, ...] = (
    *linear.OPERATIONS,
    *activations.OPERATIONS,
    *losses.OPERATIONS,
    *convolution.OPERATIONS,
    *pooling.OPERATIONS,
    *normalization.OPERATIONS,
    *recurrent.OPERATIONS,
    *reshaping.OPERATIONS,
    *mlp.OPERATIONS,
    *optimizer.OPERATIONS,
    *networks.OPERATIONS,
)
