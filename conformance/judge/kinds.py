"""One judge for each kind of check: a trial and a contender in, a finding out."""

import numpy as np

from conformance.bounds.compare import Comparison
from conformance.implementation.implementation import Implementation
from conformance.implementation.purity import said, watch
from conformance.judge.network import judge_network
from conformance.judge.trial import Trial
from conformance.judge.weigh import absent, first_wrong, weigh
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.finding import CheckVerdict, Finding
from conformance.spec.operation import Convention
from conformance.spec.outcome import Ended, NotProvided, Outcome, Returned


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
    if check.operation.network is not None:
        return judge_network(check, check.operation.network, trial, contender)
    if check.kind == "convention":
        return _convention(check, trial, contender)
    if check.kind in _WHOLE:
        return _WHOLE[check.kind](trial, contender)
    listen = check.kind == "special"
    if check.argument is None:
        return _value(trial, contender, listen=listen)
    return _gradient(trial, contender, check.argument, listen=listen)


def _value(trial: Trial, contender: Implementation, *, listen: bool = False) -> Finding:
    outcome = trial.forward(contender, listen=listen)
    actual = outcome.result if isinstance(outcome, Returned) else None
    return weigh(outcome, actual, trial.value, trial.torch_value, "the result", calm=trial.finite)


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
    return weigh(outcome, actual, expected, grads[argument], what, calm=calm)


def _everything(trial: Trial, contender: Implementation) -> Finding:
    """The value and every gradient that is provided; the first that is wrong."""
    found = _value(trial, contender)
    if found.verdict != "conforms" or not trial.operation.gradients:
        return found
    outcome = trial.backward(contender)
    if isinstance(outcome, NotProvided):
        return found
    gradients = [_weigh_gradient(trial, outcome, name) for name in trial.operation.gradients]
    return first_wrong([found, *gradients])


def _pure(trial: Trial, contender: Implementation) -> Finding:
    """Two calls: right, equal to the bit, and without a trace; then the same backward."""
    found = _everything(trial, contender)
    if found.verdict != "conforms":
        return found
    name, parameters = trial.operation.name, trial.case.parameters
    calls = [(name, trial.handed)]
    if trial.operation.gradients:
        calls.append((f"{name}_backward", trial.handed_back))
    for function, handed in calls:
        trace = contender.twice(watch, function, handed(), handed(), dict(parameters))
        if isinstance(trace.ended, Ended):
            return Finding(trace.ended.verdict, trace.ended.message)
        message = said(function, trace)
        if message:
            return Finding(
                "fails", message, found.ours, found.torch, (), found.expected, found.actual
            )
    return found


def _refusal(trial: Trial, contender: Implementation) -> Finding:
    """A good call must be answered rightly, its spoiled neighbours refused.

    The good call is the control: without it, a function that always raises would pass.
    """
    if trial.case.refusal is None:
        return _value(trial, contender)
    rule = next(one.rule for one in trial.operation.refusals if one.name == trial.case.refusal)
    if not trial.refused:
        message = f"the case is suspect: torch accepts what should break the rule that {rule}"
        return Finding("errored", message)
    return _refused(trial.forward(contender), rule)


def _refused(outcome: Outcome, rule: str) -> Finding:
    if isinstance(outcome, NotProvided):
        return Finding("not provided", absent(outcome))
    if isinstance(outcome, Ended):
        return Finding(outcome.verdict, outcome.message)
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
    missing = absent(outcome)
    if missing or (isinstance(outcome, Returned) and actual is None):
        message = missing or f"the gradient of {convention.argument} is returned as None"
        return Finding("not provided", message)
    torch = trial.torch_gradients[convention.argument]
    what = f"the gradient of {convention.argument}"
    found = [
        weigh(outcome, actual, trial.gradient(answer.gradient), torch, what)
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


_WHOLE = {"refusal": _refusal, "dtype": _everything, "pure": _pure}
