"""Named mistakes of conv2d: of its values, of how it is called, of its gradients."""

from conformance.spec import Mistake

from . import calls, gradients, values

MISTAKES: tuple[Mistake, ...] = (*values.MISTAKES, *calls.MISTAKES, *gradients.MISTAKES)
