"""Compare the implementation's result and torch's with the true value and its error bound."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.compare import Flaw, combined, compare
from conformance.judge.stopwatch import lap
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Problem, Verdict
from conformance.spec.finding import Finding, Subject, raised
from conformance.spec.outcome import Ended, NotProvided, Outcome, Raised, Returned
from conformance.spec.tree import leaves


def weigh(
    trial: Trial,
    outcome: Outcome,
    argument: str | None = None,
    *,
    formula: Any = None,
    subject: Subject | None = None,
) -> Finding:
    """Return the finding of a call's result, or of one of the gradients that it returned.

    Args:
        trial: the case, with what is true of it.
        outcome: what became of the call.
        argument: the input whose gradient is judged; None to judge the result.
        formula: the gradient's formula, where it is not the operation's own.
        subject: what the finding is about, where the name of the argument does not tell.
    """
    subject = subject or Subject(argument=argument)
    if missing := absent(outcome):
        return missing
    expected = trial.gradient(formula) if formula else trial.expected(argument)
    if isinstance(outcome, Ended):
        return Finding(
            outcome.verdict, Problem.ENDED, subject, detail=outcome.message, expected=expected
        )
    peer = trial.peer(argument, expected)
    if isinstance(outcome, Raised):
        return raised(outcome, subject, torch=peer, expected=expected)
    actual = trial.pick(outcome, argument)
    if argument is not None and actual is None:
        return Finding(Verdict.NOT_PROVIDED, Problem.RETURNED_NONE, subject)
    with lap("compare"):
        ours = compare(actual, expected)
    finding = Finding(
        Verdict.CONFORMS, subject=subject, ours=ours, torch=peer, expected=expected, actual=actual
    )
    if not ours.agrees and not formula:
        finding = _graded(finding, trial, argument)
    if finding.ours.agrees:
        return finding
    is_suspect = ours.flaw.is_numeric and peer.flaw.is_numeric
    problem = (Problem.SUSPECT, Verdict.ERRORED) if is_suspect else (Problem.WRONG, Verdict.FAILS)
    return finding.but(*problem)


# Accuracies of elementary functions that a result may still be due to, in ulp. The best is tried
# first; other libraries' tanh is right to six or eight.
_GRADES = (3, 4, 6, 8)
# No bound grows by more than the largest of these, as no function was measured below one half ulp.
_COARSEST = 2.0 * _GRADES[-1]


def _graded(finding: Finding, trial: Trial, argument: str | None) -> Finding:
    """Return the finding, with the least accuracy of elementary functions that explains it."""
    ours = finding.ours
    if ours.flaw is not Flaw.VALUE or ours.ratio > _COARSEST:
        return finding
    for ulps in _GRADES:
        if compare(finding.actual, trial.within(ulps).expected(argument)).agrees:
            passed = replace(ours, flaw=Flaw.NONE)
            return replace(finding, verdict=Verdict.CONVENTION, grade=ulps, ours=passed)
    return finding


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


def spurious(trial: Trial, outcome: Outcome, *, backward: bool) -> str:
    """Return a warning that was given where nothing that may be computed overflows; else "".

    A call that gives gradients computes all of them, and may run the forward pass once more. What
    is cropped away, or folded, may be a product of several of the numbers that are given.
    """
    heard = outcome.warnings if isinstance(outcome, Returned) else ()
    if not heard or not trial.moderate(backward=backward):
        return ""
    computed = [None, *trial.operation.gradients] if backward else [None]
    balls = [ball for name in computed for ball in leaves(trial.expected(name))]
    is_calm = all(map(_is_finite, balls))
    if backward:
        gradients = trial.torch_gradients.values()
        is_calm = is_calm and all(np.isfinite(gradient).all() for gradient in gradients)
    return heard[0] if is_calm else ""


def _is_finite(ball: Ball) -> bool:
    return bool(np.isfinite(ball.value).all() and np.isfinite(ball.bound).all())


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
        torch=max((finding.torch for finding in findings), key=lambda torch: torch.ratio),
        expected=first.expected,
        actual=first.actual,
    )
