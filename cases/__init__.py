"""The cases: every operation of the contract, and every claim of the document."""

from conformance.spec import Operation

from . import (
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
from .document import CLAIMS
from .document.expected import EXPECTATIONS

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
