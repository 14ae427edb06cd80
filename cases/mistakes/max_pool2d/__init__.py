"""Named mistakes of max pooling: of its results and gradients, and of how it is called."""

from conformance.spec import Mistake

from . import calls, results

MISTAKES: tuple[Mistake, ...] = (*results.MISTAKES, *calls.MISTAKES)
