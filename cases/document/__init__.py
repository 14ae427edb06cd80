"""The claims of the document, a file for each subject; its listings are in `as_documented`."""

from conformance.spec import Claim

from . import (
    backward,
    cross_correlation,
    forward,
    frameworks,
    learning,
    listings_cnn,
    listings_mlp,
    listings_sigmoid,
    models,
    sharing,
    structure,
    training,
    untestable,
)
from .headings import DOCUMENT

__all__ = ["CLAIMS", "DOCUMENT"]

_FILES = (
    structure,
    training,
    learning,
    forward,
    backward,
    models,
    listings_sigmoid,
    listings_mlp,
    listings_cnn,
    cross_correlation,
    sharing,
    frameworks,
    untestable,
)
_SECTIONS = [heading.number for heading in DOCUMENT.headings]

CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (claim for file in _FILES for claim in file.CLAIMS),
        key=lambda claim: _SECTIONS.index(claim.number),
    )
)
