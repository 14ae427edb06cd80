"""Compare the implementation's result and torch's with the true value and its error bound."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.choices import select
from conformance.bounds.compare import Comparison, Flaw, combined, compare, fitting
from conformance.judge.stopwatch import lap
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Problem, Verdict
from conformance.spec.finding import Finding, Subject, raised
from conformance.spec.outcome import Ended, NotProvided, Outcome, Raised, Returned
from conformance.spec.tree import leaves, nested


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
    if ours.flaw in {Flaw.VALUE, Flaw.CLASS}:
        finding = _excused(
            finding, trial, lambda of: of.gradient(formula) if formula else of.expected(argument)
        )
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
FLUSHES = "flushes subnormal numbers"
ROUNDS_EPS = "rounds eps to float32"


# What a result may be off by where only numbers below the normal range were flushed to zero, in
# smallest normal numbers: some are divided by 1e-12 afterwards.
_FLUSHED = 2.0**48


def _excused(finding: Finding, trial: Trial, truth: Callable[[Trial], Any]) -> Finding:
    """Return the finding, or the habits and the accuracy of elementary functions that explain it.

    The least accuracy that does is named.
    """
    possible = list(_habits(trial, finding.ours))
    for ulps in (0, *_GRADES):
        near = []
        for habits, others in possible:
            truths = [truth(other.within(ulps) if ulps else other) for other in others]
            due = _nearest(finding.actual, truths)
            came = compare(finding.actual, due)
            if FLUSHES in habits and not came.agrees:
                came = compare(_flushed(finding.actual, trial.smallest_normal), due)
            if came.agrees:
                ours = came if habits else replace(finding.ours, flaw=Flaw.NONE)
                return replace(
                    finding, verdict=Verdict.CONVENTION, habits=habits, grade=ulps, ours=ours
                )
            if came.flaw is Flaw.VALUE and came.ratio <= _COARSEST:
                near.append((habits, others))
        # No accuracy explains more.
        possible = near
    return finding


def _habits(trial: Trial, ours: Comparison) -> Iterator[tuple[tuple[str, ...], list[Trial]]]:
    """Yield habits that may explain a result, with the trials of which each element fits one."""
    is_little = ours.off_by is not None and ours.off_by <= _FLUSHED * trial.smallest_normal
    may_flush = is_little or trial.is_tiny
    is_value = ours.flaw is Flaw.VALUE
    if is_value:
        yield (), [trial]
    has_eps = is_value and trial.dtype == "float64" and "eps" in trial.operation.parameters
    eps = trial.rounding_eps() if has_eps else None
    if eps is not None:
        yield (ROUNDS_EPS,), [eps]
    if may_flush:
        yield (FLUSHES,), trial.flushing()
        if eps is not None:
            yield (FLUSHES, ROUNDS_EPS), eps.flushing()


def _flushed(actual: Any, smallest: float) -> Any:
    """Return a result whose numbers below the normal range are zero, as such code takes them."""

    def flush(array: Any) -> Any:
        if type(array) is not np.ndarray or array.dtype.kind not in "fV":
            return array
        return np.where(np.abs(array) < smallest, np.zeros_like(array), array)

    return nested(flush, actual)


def _nearest(actual: Any, truths: list[Any]) -> Any:
    """Return the first truth, but each element that another one holds as that one has it."""
    first, *others = truths
    results = list(leaves(actual))
    if not others or len(results) != len(list(leaves(first))):
        return first
    chosen = list(leaves(first))
    for other in others:
        for position, (result, ball) in enumerate(zip(results, leaves(other), strict=True)):
            if np.shape(result) == ball.shape:
                chosen[position] = select(fitting(np.asarray(result), ball), ball, chosen[position])
    iterator = iter(chosen)
    return nested(lambda _: next(iterator), first)


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
    habits = tuple(sorted({habit for finding in findings for habit in finding.habits}))
    return Finding(
        Verdict.CONVENTION if habits else Verdict.CONFORMS,
        habits=habits,
        ours=combined([finding.ours for finding in findings]),
        torch=max((finding.torch for finding in findings), key=lambda torch: torch.ratio),
        expected=first.expected,
        actual=first.actual,
    )
