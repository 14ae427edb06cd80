"""One judge for each kind of check: a trial and an implementation in, a finding out."""

from dataclasses import replace

import numpy as np

from conformance.bounds.compare import Comparison
from conformance.implementation.implementation import Implementation
from conformance.implementation.purity import Trace, watch
from conformance.judge.network import judge_network
from conformance.judge.stopwatch import lap
from conformance.judge.trial import Trial
from conformance.judge.weigh import absent, first_wrong, weigh
from conformance.record.vocabulary import Kind, Problem, Verdict
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.finding import RESULT, Finding, Subject
from conformance.spec.operation import Convention
from conformance.spec.outcome import Ended, NotProvided, Outcome, Raised, Returned


def judge(check: Check, case: Case, contender: Implementation) -> Finding:
    """Return the finding of one case of a check."""
    trial = Trial(check.operation, check.dtype, case)
    return judge_trial(check, trial, contender)


def judge_trial(check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Return the finding of a trial, whose torch and bounds may have been asked already.

    NumPy's own error state holds meanwhile, so that a call that changes it silences no other.
    """
    with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
        return _judge(check, trial, contender)


def _judge(check: Check, trial: Trial, contender: Implementation) -> Finding:
    if check.operation.network is not None:
        return judge_network(check, check.operation.network, trial, contender)
    if check.kind == Kind.CONVENTION:
        return _convention(check, trial, contender)
    if check.kind in _WHOLE:
        return _WHOLE[check.kind](trial, contender)
    listen = check.kind == Kind.SPECIAL
    if check.argument is None:
        return _value(trial, contender, listen=listen)
    return _gradient(trial, contender, check.argument, listen=listen)


def _value(trial: Trial, contender: Implementation, *, listen: bool = False) -> Finding:
    outcome = trial.forward(contender, listen=listen)
    actual = outcome.result if isinstance(outcome, Returned) else None
    return weigh(outcome, actual, trial.value, trial.torch_value, RESULT, calm=trial.finite)


def _gradient(
    trial: Trial, contender: Implementation, argument: str, *, listen: bool = False
) -> Finding:
    outcome = trial.backward(contender, listen=listen)
    return _weigh_gradient(trial, outcome, argument)


def _weigh_gradient(trial: Trial, outcome: Outcome, argument: str) -> Finding:
    actual, subject = trial.pick(outcome, argument), Subject(argument=argument)
    if isinstance(outcome, Returned) and actual is None:
        return Finding(Verdict.NOT_PROVIDED, Problem.RETURNED_NONE, subject)
    expected = trial.gradient(trial.operation.gradients[argument])
    grads = trial.torch_gradients
    # One call computes all gradients: a warning may be due to another one's overflow.
    calm = trial.finite and all(np.isfinite(grad).all() for grad in grads.values())
    return weigh(outcome, actual, expected, grads[argument], subject, calm=calm)


def _everything(trial: Trial, contender: Implementation) -> Finding:
    """Judge the value and every gradient that is provided; return the first that is wrong."""
    finding = _value(trial, contender)
    if not finding.verdict.passed or not trial.operation.gradients:
        return finding
    outcome = trial.backward(contender)
    if absent(outcome):
        return finding
    gradients = [_weigh_gradient(trial, outcome, name) for name in trial.operation.gradients]
    return first_wrong([finding, *gradients])


def _pure(trial: Trial, contender: Implementation) -> Finding:
    """Judge two calls: right, equal to the bit, and without a trace; then the same backward."""
    finding = _everything(trial, contender)
    if not finding.verdict.passed:
        return finding
    name, parameters = trial.operation.name, trial.case.parameters
    calls = [(name, trial.handed)]
    if trial.operation.gradients:
        calls.append((f"{name}_backward", trial.handed_back))
    for function, handed in calls:
        with lap("implementation"):
            trace = contender.twice(watch, function, handed(), handed(), dict(parameters))
        if isinstance(trace.ended, Ended):
            return Finding(trace.ended.verdict, Problem.ENDED_EARLY, detail=trace.ended.message)
        if problem := _problem_of(trace):
            return finding.but(
                problem,
                what=function,
                names=trace.changed,
                detail="" if trace.ended is None else str(trace.ended),
            )
    return finding


def _problem_of(trace: Trace) -> Problem:
    """Return what two calls left behind; none where they are pure, or not offered."""
    if trace.ended is not None:
        is_error = isinstance(trace.ended, Raised) and not absent(trace.ended)
        return Problem.RAISED_AGAIN if is_error else Problem.NONE
    if trace.changed:
        return Problem.CHANGED
    if not trace.same:
        return Problem.ANOTHER_RESULT
    return Problem.OVERWROTE if trace.overwritten else Problem.NONE


def _refusal(trial: Trial, contender: Implementation) -> Finding:
    """Judge a good call, which must be answered rightly, or a spoiled one, which must be refused.

    The good call is the control: without it, a function that always raises would pass.
    """
    if trial.case.refusal is None:
        return _value(trial, contender)
    rule = next(one.rule for one in trial.operation.refusals if one.name == trial.case.refusal)
    if not trial.refused:
        return Finding(Verdict.ERRORED, Problem.TORCH_ACCEPTS, what=rule)
    return _refused(trial.forward(contender), rule)


def _refused(outcome: Outcome, rule: str) -> Finding:
    if isinstance(outcome, NotProvided):
        return Finding(Verdict.NOT_PROVIDED, Problem.ABSENT, what=outcome.name)
    if isinstance(outcome, Ended):
        return Finding(outcome.verdict, Problem.ENDED_EARLY, detail=outcome.message)
    if isinstance(outcome, Returned):
        return Finding(Verdict.FAILS, Problem.ACCEPTED, what=rule, actual=outcome.result)
    if not outcome.ordinary:
        return Finding(
            Verdict.FAILS,
            Problem.ABRUPT,
            what=outcome.kind,
            detail=outcome.message,
            actual=str(outcome),
        )
    return Finding(Verdict.CONFORMS, ours=Comparison(elements=1, exact=1))


def _convention(check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Find the valid answers that the gradient follows; torch must follow the first."""
    convention = check.question
    subject = Subject(argument=convention.argument)
    outcome = trial.backward(contender)
    actual = trial.pick(outcome, convention.argument)
    if missing := absent(outcome):
        return missing
    if isinstance(outcome, Returned) and actual is None:
        return Finding(Verdict.NOT_PROVIDED, Problem.RETURNED_NONE, subject)
    torch = trial.torch_gradients[convention.argument]
    findings = [
        weigh(outcome, actual, trial.gradient(answer.gradient), torch, subject)
        for answer in convention.answers
    ]
    return _answered(findings, convention)


def _answered(findings: list[Finding], convention: Convention) -> Finding:
    """Return what the findings by each valid answer, torch's first, come to together."""
    first, names = findings[0], [answer.name for answer in convention.answers]
    if not first.torch.agrees:
        return Finding(
            Verdict.ERRORED, Problem.TORCH_DIFFERS, first.subject, names[0], torch=first.torch
        )
    fitting = {
        name: finding
        for name, finding in zip(names, findings, strict=True)
        if finding.verdict == Verdict.CONFORMS
    }
    if not fitting:
        if first.problem is not Problem.WRONG:
            return first
        return first.but(Problem.NO_ANSWER, what=convention.question, names=tuple(names))
    verdict = Verdict.CONFORMS if names[0] in fitting else Verdict.CONVENTION
    followed = next(iter(fitting.values()))
    return replace(followed, verdict=verdict, torch=first.torch, answers=tuple(fitting))


_WHOLE = {Kind.REFUSAL: _refusal, Kind.DTYPE: _everything, Kind.PURE: _pure}
