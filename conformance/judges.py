"""One judge for each kind of check: a trial and a contender in, a finding out."""

from typing import Any

import numpy as np

from conformance.bounds import Ball
from conformance.case import Case, Check, Convention
from conformance.compare import Comparison, compare
from conformance.implementation import Implementation
from conformance.oracle import refuses
from conformance.outcome import NotProvided, Outcome, Raised, Returned
from conformance.purity import trace_left
from conformance.timing import stopwatch
from conformance.trial import Trial
from conformance.verdict import CheckVerdict, Finding

_NUMERIC = frozenset({"value", "class"})


def judge(check: Check, case: Case, contender: Implementation) -> Finding:
    """Judge one case of a check."""
    trial = Trial(check.operation, check.dtype, case)
    return judge_trial(check, trial, contender)


def judge_trial(check: Check, trial: Trial, contender: Implementation) -> Finding:
    """The same, on a trial that torch has been asked about already.

    In NumPy's own error state, so that one call that changes it does not silence the next.
    """
    with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
        return _judge(check, trial, contender)


def _judge(check: Check, trial: Trial, contender: Implementation) -> Finding:
    if check.kind == "convention":
        return _convention(check, trial, contender)
    if check.kind == "refusal":
        return _refusal(trial, contender)
    if check.kind == "dtype":
        return _everything(trial, contender)
    if check.kind == "pure":
        return _pure(trial, contender)
    listen = check.kind == "special"
    if check.argument is None:
        return _value(trial, contender, listen=listen)
    return _gradient(trial, contender, check.argument, listen=listen)


def _held(actual: Any, expected: Any) -> Comparison:
    with stopwatch.lap("compare"):
        return compare(actual, expected)


def _weigh(
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
    absent = _absent(outcome)
    if absent:
        return Finding("not provided", absent)
    peer = _held(torch, expected)
    if isinstance(outcome, Raised):
        return Finding("fails", f"{what} raised {outcome}", torch=peer, expected=expected,
                       actual=str(outcome))  # fmt: skip
    ours = _held(actual, expected)
    finding = Finding("conforms", "", ours, peer, (), expected, actual)
    if ours.agrees:
        return _spurious(finding, outcome, what, calm=calm)
    if ours.flaw in _NUMERIC and peer.flaw in _NUMERIC:
        message = f"the case is suspect: torch lies outside the bound too. {ours.message}"
        return Finding("errored", message, ours, peer, (), expected, actual)
    message = ours.message.replace("the result", what, 1)
    return Finding("fails", message, ours, peer, (), expected, actual)


def _absent(outcome: Outcome) -> str:
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


def _value(trial: Trial, contender: Implementation, *, listen: bool = False) -> Finding:
    outcome = trial.forward(contender, listen=listen)
    actual = outcome.result if isinstance(outcome, Returned) else None
    return _weigh(outcome, actual, trial.value, trial.torch_value, "the result", calm=trial.finite)


def _gradient(
    trial: Trial, contender: Implementation, argument: str, *, listen: bool = False
) -> Finding:
    outcome = trial.backward(contender, listen=listen)
    return _weigh_gradient(trial, outcome, argument)


def _weigh_gradient(trial: Trial, outcome: Outcome, argument: str) -> Finding:
    actual = trial.pick(outcome, argument)
    if isinstance(outcome, Returned) and actual is None:
        return Finding("not provided", f"the gradient of {argument} is returned as None")
    expected = trial.gradient(trial.operation.gradients[argument])
    what = f"the gradient of {argument}"
    grads = trial.torch_gradients
    # One call computes all gradients: a warning may be due to another one's overflow.
    calm = trial.finite and all(np.isfinite(grad).all() for grad in grads.values())
    return _weigh(outcome, actual, expected, grads[argument], what, calm=calm)


def _everything(trial: Trial, contender: Implementation) -> Finding:
    """The value and every gradient that is provided; the first that is wrong."""
    found = _value(trial, contender)
    if found.verdict != "conforms" or not trial.operation.gradients:
        return found
    outcome = trial.backward(contender)
    if isinstance(outcome, NotProvided):
        return found
    gradients = [_weigh_gradient(trial, outcome, name) for name in trial.operation.gradients]
    return _first_wrong([found, *gradients])


def _first_wrong(found: list[Finding]) -> Finding:
    """The first finding that fails, else that is suspect, else all of them as one."""
    for verdict in ("fails", "errored"):
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
    )  # fmt: skip
    torch = max((one.torch for one in found), key=lambda one: one.ratio)
    return Finding("conforms", "", total, torch, (), found[0].expected, found[0].actual)


def _pure(trial: Trial, contender: Implementation) -> Finding:
    """Two calls: right, equal to the bit, and without a trace; then the same backward."""
    found = _everything(trial, contender)
    if found.verdict != "conforms":
        return found
    name, parameters = trial.operation.name, trial.case.parameters
    message = trace_left(name, trial.handed(), trial.handed(), parameters, contender)
    if not message and trial.operation.gradients:
        name, first, second = f"{name}_backward", trial.handed_back(), trial.handed_back()
        message = trace_left(name, first, second, parameters, contender)
    if not message:
        return found
    return Finding("fails", message, found.ours, found.torch, (), found.expected, found.actual)


def _refusal(trial: Trial, contender: Implementation) -> Finding:
    """A good call must be answered rightly, its spoiled neighbours refused.

    The good call is the control: without it, a function that always raises would pass.
    """
    if trial.case.refusal is None:
        return _value(trial, contender)
    rule = next(one.rule for one in trial.operation.refusals if one.name == trial.case.refusal)
    with stopwatch.lap("torch"):
        refused = refuses(trial.operation, trial.case)
    if not refused:
        message = f"the case is suspect: torch accepts what should break the rule that {rule}"
        return Finding("errored", message)
    outcome = trial.forward(contender)
    if isinstance(outcome, NotProvided):
        return Finding("not provided", _absent(outcome))
    if isinstance(outcome, Returned):
        message = f"accepted bad input: {rule}"
        return Finding("fails", message, expected=None, actual=outcome.result)
    if not outcome.ordinary:
        message = f"refused bad input with {outcome}, which is no ordinary exception"
        return Finding("fails", message, actual=str(outcome))
    return Finding("conforms", ours=Comparison(elements=1, exact=1))


def _convention(check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Which of the valid answers the gradient follows; torch must follow the first."""
    convention = next(c for c in check.operation.conventions if c.question == check.argument)
    outcome = trial.backward(contender)
    actual = trial.pick(outcome, convention.argument)
    absent = _absent(outcome)
    if absent or (isinstance(outcome, Returned) and actual is None):
        message = absent or f"the gradient of {convention.argument} is returned as None"
        return Finding("not provided", message)
    torch = trial.torch_gradients[convention.argument]
    what = f"the gradient of {convention.argument}"
    found = [
        _weigh(outcome, actual, trial.gradient(answer.gradient), torch, what)
        for answer in convention.answers
    ]
    if not found[0].torch.agrees:
        message = f"the case is suspect: torch does not follow {convention.answers[0].name}"
        return Finding("errored", f"{message}. {found[0].torch.message}", torch=found[0].torch)
    answers = tuple(
        answer.name
        for answer, one in zip(convention.answers, found, strict=True)
        if one.verdict == "conforms"
    )
    if not answers:
        return _no_answer(found[0], convention)
    verdict: CheckVerdict = "conforms" if answers[0] == convention.answers[0].name else "convention"
    first = next(one for one in found if one.verdict == "conforms")
    return Finding(verdict, "", first.ours, found[0].torch, answers, first.expected, first.actual)


def _no_answer(found: Finding, convention: Convention) -> Finding:
    known = ", ".join(answer.name for answer in convention.answers)
    message = f"{found.message}; no valid answer to {convention.question} ({known}) gives this"
    return Finding("fails", message, found.ours, found.torch, (), found.expected, found.actual)
