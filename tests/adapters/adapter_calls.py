"""Calls of an adapter: what tests of all adapters share."""

from conformance.implementation.load import load
from conformance.spec.outcome import Raised, Returned


class _Calls:
    def __init__(self, spec):
        self.implementation = load(spec)

    def __call__(self, name, *inputs, **parameters):
        outcome = self.implementation.call(name, inputs, parameters)
        assert isinstance(outcome, Returned), outcome
        return outcome.result

    def offers(self, name, *inputs, **parameters):
        outcome = self.implementation.call(name, inputs, parameters)
        return not (isinstance(outcome, Raised) and outcome.kind == "NotImplementedError")


def calls_of(spec):
    """A function that calls an adapter, and one that tells whether it offers a call."""
    calls = _Calls(spec)
    return calls, calls.offers
