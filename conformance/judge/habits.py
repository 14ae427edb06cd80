"""Conventions of special values that libraries follow on purpose, and that have names.

A result whose NaN or infinities are wrong is held against each of them. Numbers are not excused by
any: only what special values come to.
"""

from dataclasses import replace

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.choices import multiplied_by_zero
from conformance.bounds.compare import Comparison, Flaw, compare
from conformance.bounds.floats import Array
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Problem, Verdict
from conformance.spec.check import Check
from conformance.spec.finding import Finding
from conformance.spec.tree import leaves

ZERO_PRODUCTS = "zero times NaN or infinity is zero"
ZERO_GATES = "an infinite gradient times zero is NaN"


def of_special_values(check: Check, trial: Trial, finding: Finding) -> Finding:
    """Return a wrong finding, or the first convention that explains it."""
    for convention in (_without_zero_products, _shut_by_zero, _by_habit):
        explained = convention(check, trial, finding)
        if explained is not finding:
            return explained
    return finding


def _explained(finding: Finding, ours: Comparison, name: str) -> Finding:
    right = replace(finding, verdict=Verdict.CONVENTION, problem=Problem.NONE)
    return replace(right, ours=ours, habits=(name,))


def _without_zero_products(check: Check, trial: Trial, finding: Finding) -> Finding:
    """Return the finding, or that a product of zero with NaN or infinity is taken for zero.

    Libraries of linear algebra skip products with zero. An element follows that convention if NaN
    is due, and it is the limit of the formula when every infinity is replaced by ever larger
    numbers of its sign, and every NaN by ever larger numbers of either sign.
    """
    due, actual = list(leaves(finding.expected)), list(map(np.asarray, leaves(finding.actual)))
    follows = [np.ones(ball.shape, bool) for ball in due]
    for sign in (1.0, -1.0):
        small, large = (
            leaves(trial.with_large(size, sign).expected(check.argument)) for size in (1.0, 2.0)
        )
        for mask, came, first, second in zip(follows, actual, small, large, strict=True):
            np.logical_and(mask, _is_limit(came, first, second), out=mask)
    for mask, came, ball in zip(follows, actual, due, strict=True):
        value = np.where(np.isnan(ball.value) & mask, came, ball.value)
        if not compare(came, Ball(value, ball.bound, ball.arithmetic)).agrees:
            return finding
    ours = replace(finding.ours, flaw=Flaw.NONE, ratio=0.0, ulps=0.0)
    return _explained(finding, ours, ZERO_PRODUCTS)


def _shut_by_zero(check: Check, trial: Trial, finding: Finding) -> Finding:
    """Return the finding, or that what a gate shuts out is multiplied by zero.

    Zero times an infinite upstream gradient is NaN. Of finite numbers it is the same.
    """
    if check.argument is None:
        return finding
    if all(np.isfinite(array).all() for array in leaves(trial.case.grad_output)):
        return finding
    with multiplied_by_zero():
        truth = trial.anew().expected(check.argument)
    ours = compare(finding.actual, truth)
    return _explained(finding, ours, ZERO_GATES) if ours.agrees else finding


def _by_habit(check: Check, trial: Trial, finding: Finding) -> Finding:
    """Return the finding, or the habit whose formula for special values the result follows."""
    for name, habit in trial.operation.habits.items():
        if check.argument is None or check.argument in habit.gradients:
            ours = compare(finding.actual, trial.by_habit(habit, check.argument))
            if ours.agrees:
                return _explained(finding, ours, name)
    return finding


def _is_limit(actual: Array, first: Ball, second: Ball) -> Array:
    """Return a mask of the elements that both balls hold, or towards which they grow."""
    with np.errstate(all="ignore"):
        inside = [np.abs(actual - ball.value) <= ball.bound for ball in (first, second)]
        grows = np.sign(actual) * (second.value - first.value) > np.abs(first.value) / 2
        result: Array = np.where(np.isinf(actual), grows, inside[0] & inside[1])
    return result
