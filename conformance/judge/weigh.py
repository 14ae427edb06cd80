"""Compare the implementation's result and torch's with the true value and its error bound."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.compare import Comparison, combined, compare
from conformance.judge.stopwatch import lap
from conformance.record.vocabulary import Problem, Verdict
from conformance.spec.finding import Finding, Subject, raised
from conformance.spec.outcome import Ended, NotProvided, Outcome, Raised, Returned


def weigh(
    outcome: Outcome,
    actual: Any,
    expected: Any,
    torch: Any,
    subject: Subject,
    *,
    calm: bool = False,
) -> Finding:
    """Return the finding of one result.

    `calm` says that everything given to the call and computed by it is finite, so that a
    warning would be spurious.
    """
    if missing := absent(outcome):
        return missing
    if isinstance(outcome, Ended):
        return Finding(
            outcome.verdict, Problem.ENDED, subject, detail=outcome.message, expected=expected
        )
    peer = _compared(torch, expected)
    if isinstance(outcome, Raised):
        return raised(outcome, subject, torch=peer, expected=expected)
    ours = _compared(actual, expected)
    finding = Finding(
        Verdict.CONFORMS, subject=subject, ours=ours, torch=peer, expected=expected, actual=actual
    )
    if ours.agrees:
        return _spurious(finding, outcome, calm=calm)
    finding = finding.but(Problem.WRONG)
    if ours.flaw.is_numeric and peer.flaw.is_numeric:
        return finding.but(Problem.SUSPECT, verdict=Verdict.ERRORED)
    return finding


def _compared(actual: Any, expected: Any) -> Comparison:
    with lap("compare"):
        return compare(actual, expected)


def absent(outcome: Outcome) -> Finding | None:
    """Return the finding that there is nothing to judge; None where there is something.

    NotImplementedError is how Python says "not offered": a check in which it occurs is not
    failed by it, but neither is it passed, however many other cases conform.
    """
    if isinstance(outcome, NotProvided):
        return Finding(Verdict.NOT_PROVIDED, Problem.ABSENT, what=outcome.name)
    if isinstance(outcome, Raised) and outcome.kind == NotImplementedError.__name__:
        return Finding(
            Verdict.NOT_PROVIDED,
            Problem.NOT_IMPLEMENTED,
            what=outcome.kind,
            detail=outcome.message,
        )
    return None


def _spurious(finding: Finding, outcome: Outcome, *, calm: bool) -> Finding:
    """Fail a warning where inputs and results are finite and nothing may overflow."""
    heard = outcome.warnings if isinstance(outcome, Returned) else ()
    if not heard or not calm or not _all_finite(finding.expected):
        return finding
    return finding.but(Problem.WARNED, detail=heard[0])


def _all_finite(expected: Any) -> bool:
    if isinstance(expected, Ball):
        return bool(np.isfinite(expected.value).all() and np.isfinite(expected.bound).all())
    return all(map(_all_finite, expected))


def first_wrong(findings: Sequence[Finding]) -> Finding:
    """Return the first finding that fails, else that is suspect, else all of them as one."""
    for verdict in (Verdict.CRASHED, Verdict.TIMED_OUT, Verdict.FAILS, Verdict.ERRORED):
        for finding in findings:
            if finding.verdict == verdict:
                return finding
    first = findings[0]
    return Finding(
        Verdict.CONFORMS,
        ours=combined([finding.ours for finding in findings]),
        torch=max((finding.torch for finding in findings), key=lambda one: one.ratio),
        expected=first.expected,
        actual=first.actual,
    )
