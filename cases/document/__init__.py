"""The claims of the document, a file for each section; its listings are in `as_documented`."""

from conformance.spec import Claim

from . import (
    backward,
    cross_correlation,
    forward,
    listings_cnn,
    listings_mlp,
    listings_sigmoid,
    models,
    training,
)

__all__ = ["CLAIMS"]

CLAIMS: tuple[Claim, ...] = (
    *training.CLAIMS,
    *forward.CLAIMS,
    *backward.CLAIMS,
    *models.CLAIMS,
    *listings_sigmoid.CLAIMS,
    *listings_mlp.CLAIMS,
    *listings_cnn.CLAIMS,
    *cross_correlation.CLAIMS,
)
