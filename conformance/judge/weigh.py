"""A result and torch's, held against the truth by one and the same bound: a finding."""

from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.compare import Comparison, added, compare
from conformance.judge.stopwatch import stopwatch
from conformance.spec.finding import Finding
from conformance.spec.outcome import Ended, NotProvided, Outcome, Raised, Returned

_NUMERIC = frozenset({"value", "class"})


def held(actual: Any, expected: Any) -> Comparison:
    """Compare, and take the time."""
    with stopwatch.lap("compare"):
        return compare(actual, expected)


def weigh(
    outcome: Outcome,
    actual: Any,
    expected: Any,
    torch: Any,
    what: str,
    *,
    calm: bool = False,
) -> Finding:
    """The implementation's result and torch's, by the same bound.

    `calm` says that everything given to the call and computed by it is finite, so that a
    warning would be spurious.
    """
    missing = absent(outcome)
    if missing:
        return Finding("not provided", missing)
    if isinstance(outcome, Ended):
        return Finding(outcome.verdict, f"{what}: {outcome.message}", expected=expected)
    peer = held(torch, expected)
    if isinstance(outcome, Raised):
        return Finding("fails", f"{what} raised {outcome}", torch=peer, expected=expected,
                       actual=str(outcome))  # fmt: skip
    ours = held(actual, expected)
    finding = Finding("conforms", "", ours, peer, (), expected, actual)
    if ours.agrees:
        return _spurious(finding, outcome, what, calm=calm)
    if ours.flaw in _NUMERIC and peer.flaw in _NUMERIC:
        message = f"the case is suspect: torch lies outside the bound too. {ours.message}"
        return Finding("errored", message, ours, peer, (), expected, actual)
    message = ours.message.replace("the result", what, 1)
    return Finding("fails", message, ours, peer, (), expected, actual)


def absent(outcome: Outcome) -> str:
    """Why there is nothing to judge; empty where there is something.

    NotImplementedError is how Python says "not offered": a check in which it occurs is not
    failed by it, but neither is it passed, however many other cases conform.
    """
    if isinstance(outcome, NotProvided):
        return f"{outcome.name} is not provided"
    if isinstance(outcome, Raised) and outcome.kind == "NotImplementedError":
        return str(outcome)
    return ""


def _spurious(finding: Finding, outcome: Outcome, what: str, *, calm: bool) -> Finding:
    """A warning is spurious where inputs and results are finite and nothing may overflow."""
    heard = outcome.warnings if isinstance(outcome, Returned) else ()
    if not heard or not calm or not _all_finite(finding.expected):
        return finding
    message = f"{what} is right, but gave a spurious warning: {heard[0]}"
    return Finding(
        "fails", message, finding.ours, finding.torch, (), finding.expected, finding.actual
    )


def _all_finite(expected: Any) -> bool:
    if isinstance(expected, Ball):
        return bool(np.isfinite(expected.value).all() and np.isfinite(expected.bound).all())
    return all(_all_finite(one) for one in expected)


def first_wrong(found: list[Finding]) -> Finding:
    """The first finding that fails, else that is suspect, else all of them as one."""
    for verdict in ("crashed", "timed out", "fails", "errored"):
        for one in found:
            if one.verdict == verdict:
                return one
    ours = [one.ours for one in found]
    worst = max(ours, key=lambda one: one.ratio)
    total = Comparison(
        "", "", worst.output, worst.index, worst.ratio, worst.ulps,
        sum(one.elements for one in ours),
        sum(one.exact for one in ours),
        sum(one.unjudged for one in ours),
        added(one.errors for one in ours),
    )  # fmt: skip
    torch = max((one.torch for one in found), key=lambda one: one.ratio)
    return Finding("conforms", "", total, torch, (), found[0].expected, found[0].actual)
