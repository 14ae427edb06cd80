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
from conformance.spec.finding import Finding
from conformance.spec.operation import Convention
from conformance.spec.outcome import Ended, NotProvided, Outcome, Raised, Returned


def judge(check: Check, case: Case, contender: Implementation) -> Finding:
    """Return the finding of one case of a check."""
    trial = Trial(check.operation, check.dtype, case)
    return judge_trial(check, trial, contender)


def judge_trial(check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Return the finding of a trial, whose torch and bounds may have been evaluated already.

    NumPy's own error state holds meanwhile, so that a call that changes it silences no other.
    """
    with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
        return _judge(check, trial, contender)


def _judge(check: Check, trial: Trial, contender: Implementation) -> Finding:
    if check.operation.network is not None:
        return judge_network(check, check.operation.network, trial, contender)
    if check.kind == Kind.CONVENTION:
        return _convention(check.question, trial, contender)
    if check.kind in _WHOLE:
        return _WHOLE[check.kind](trial, contender)
    backward = check.argument is not None
    outcome = trial.call(contender, backward=backward, listen=check.kind == Kind.SPECIAL)
    return weigh(trial, outcome, check.argument)


def _everything(trial: Trial, contender: Implementation) -> Finding:
    """Judge the value and every gradient that is provided; return the first that is wrong."""
    finding = weigh(trial, trial.call(contender))
    if not finding.verdict.passed or not trial.operation.gradients:
        return finding
    outcome = trial.call(contender, backward=True)
    if absent(outcome):
        return finding
    gradients = [weigh(trial, outcome, argument) for argument in trial.operation.gradients]
    return first_wrong([finding, *gradients])


def _pure(trial: Trial, contender: Implementation) -> Finding:
    """Judge two calls: right, equal to the bit, and without a trace; then the same backward."""
    finding = _everything(trial, contender)
    if not finding.verdict.passed:
        return finding
    for backward in (False, True) if trial.operation.gradients else (False,):
        function = trial.function(backward=backward)
        first, second = trial.handed(backward=backward), trial.handed(backward=backward)
        with lap("implementation"):
            trace = contender.twice(watch, function, first, second, dict(trial.case.parameters))
        if isinstance(trace.ended, Ended):
            return Finding(trace.ended.verdict, Problem.ENDED_EARLY, detail=trace.ended.message)
        if problem := _problem_of(trace):
            detail = "" if trace.ended is None else str(trace.ended)
            return finding.but(problem, what=function, names=trace.changed, detail=detail)
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
        return weigh(trial, trial.call(contender))
    rules = {refusal.name: refusal.rule for refusal in trial.operation.refusals}
    rule = rules[trial.case.refusal]
    if not trial.refused:
        return Finding(Verdict.ERRORED, Problem.TORCH_ACCEPTS, what=rule)
    return _refused(trial.call(contender), rule)


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


def _convention(convention: Convention, trial: Trial, contender: Implementation) -> Finding:
    """Find the valid answers that the gradient follows; torch must follow the first."""
    outcome = trial.call(contender, backward=True)
    findings = {
        answer.name: weigh(trial, outcome, convention.argument, formula=answer.gradient)
        for answer in convention.answers
    }
    names, first = tuple(findings), next(iter(findings.values()))
    if not first.torch.agrees:
        return Finding(
            Verdict.ERRORED, Problem.TORCH_DIFFERS, first.subject, names[0], torch=first.torch
        )
    fitting = tuple(name for name in names if findings[name].verdict == Verdict.CONFORMS)
    if not fitting:
        if first.problem is not Problem.WRONG:
            return first
        return first.but(Problem.NO_ANSWER, what=convention.question, names=names)
    verdict = Verdict.CONFORMS if names[0] in fitting else Verdict.CONVENTION
    return replace(findings[fitting[0]], verdict=verdict, torch=first.torch, answers=fitting)


_WHOLE = {Kind.REFUSAL: _refusal, Kind.DTYPE: _everything, Kind.PURE: _pure}
