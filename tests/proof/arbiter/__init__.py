"""A fourth opinion: every formula of the contract written out afresh, in numbers of 50 digits.

It shares no code with what it is held against: not with the truth of `cases`, not with torch, not
with the reference. Gradients are central differences of the values, so no derivative is written.
"""

from arbiter import (
    activations,
    convolution,
    linear,
    losses,
    mlp,
    normalization,
    optimizer,
    pooling,
    recurrent,
    reshaping,
)

# By operation: (*inputs, **parameters) -> outputs, over arrays of 50-digit numbers.
FORMULAS = {
    formula.__name__: formula
    for family in (
        linear,
        activations,
        losses,
        convolution,
        pooling,
        normalization,
        recurrent,
        reshaping,
        mlp,
        optimizer,
    )
    for formula in family.FORMULAS
}
