"""One judge for each kind of check: a trial and an implementation in, a finding out.

A trial yields facts of several kinds, and each judge looks at those of its own kind alone. A wrong
dtype does not fail the check of the value, nor does writing into an input. What a check is not
about, it leaves to the check that is.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from conformance.bounds.compare import Comparison, Flaw, compare_dtypes
from conformance.implementation.implementation import Implementation
from conformance.implementation.process_state import own_state
from conformance.implementation.purity import Trace, bits, watch
from conformance.judge.asking import ask
from conformance.judge.draw import control, plain_trials
from conformance.judge.habits import of_special_values
from conformance.judge.network import judge_network
from conformance.judge.search import silent
from conformance.judge.stopwatch import lap
from conformance.judge.trial import Trial
from conformance.judge.weigh import absent, first_wrong, spurious, weigh
from conformance.record.vocabulary import Kind, Problem, Verdict
from conformance.spec.axis_order import given
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.finding import Finding, Subject
from conformance.spec.operation import Convention
from conformance.spec.outcome import Ended, NotProvided, Outcome, Raised, Returned
from conformance.spec.tree import nested

REFUSES = "refuses empty arrays"
_RIGHT = {Verdict.CONFORMS, Verdict.CONVENTION}


def judge(check: Check, case: Case, contender: Implementation) -> Finding:
    """Return the finding of one case of a check, judged in the suite's own state."""
    with own_state():
        return judge_trial(check, Trial(check.operation, check.dtype, case), contender)


def judge_trial(check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Return the finding of a trial, whose torch and bounds may have been evaluated already.

    A failure that ordinary numbers show as well is not judged by a check of other numbers.
    """
    if check.operation.network is not None:
        return judge_network(check, trial, contender)
    finding = _KINDS[check.kind](check, trial, contender)
    if finding.verdict in _CONTROLLED.get(check.kind, ()):
        with silent():
            plain = _ordinary(check, trial, contender)
        if plain.verdict not in {Verdict.CONFORMS, Verdict.NOT_PROVIDED}:
            return not_judged(plain.subject, plain.message or plain.detail)
    return finding


def _ordinary(check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Judge the control of a trial: the same on ordinary numbers, or without an empty axis."""
    if check.kind != Kind.EDGE:
        return weigh_ordinary(check, control(trial), contender)
    findings = [_edge(check, each, contender) for each in plain_trials(check)]
    judged = [each for each in findings if each.verdict != Verdict.NOT_PROVIDED]
    # Of several calls, some may be right by chance.
    wrong = (each for each in judged if each.verdict != Verdict.CONFORMS)
    return next(wrong, judged[0] if judged else Finding(Verdict.NOT_PROVIDED))


def weigh_ordinary(check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Judge what a check looks at, the value or a gradient, by its numbers alone."""
    argument = check.gradient_of
    return weigh(trial, trial.call(contender, backward=argument is not None), argument)


def not_judged(subject: Subject, why: str) -> Finding:
    """Return the finding that a case tells nothing about what a check asks."""
    return Finding(Verdict.NOT_JUDGED, Problem.CONTROL, subject, detail=why)


def _numbers(check: Check, trial: Trial, contender: Implementation) -> Finding:
    return weigh_ordinary(check, trial, contender)


def _special(check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Judge numbers that are not finite, or extreme; and warnings where none of that is due."""
    backward = check.argument is not None
    outcome = trial.call(contender, backward=backward, listen=True)
    finding = weigh(trial, outcome, check.argument)
    if finding.problem is Problem.WRONG and finding.ours.flaw is Flaw.CLASS:
        finding = of_special_values(check, trial, finding)
    warning = spurious(trial, outcome, backward=backward) if finding.ours.agrees else ""
    return finding.but(Problem.WARNED, detail=warning) if warning else finding


def _dtype(_check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Judge the dtype of the value and of every gradient."""
    compared, subjects = [], []
    for argument in (None, *trial.operation.gradients):
        outcome = trial.call(contender, backward=argument is not None)
        if isinstance(outcome, Ended):
            return Finding(outcome.verdict, Problem.ENDED_EARLY, detail=outcome.message)
        if argument is None and (missing := absent(outcome)):
            return missing
        result = trial.pick(outcome, argument)
        if result is not None:
            compared.append(compare_dtypes(result, trial.due(argument)))
            subjects.append(Subject(argument=argument))
    for subject, comparison in zip(subjects, compared, strict=True):
        if not comparison.agrees:
            return Finding(Verdict.FAILS, Problem.WRONG, subject, ours=comparison)
    if not any(comparison.elements for comparison in compared):
        return not_judged(Subject(), "no array is returned")
    elements = sum(comparison.elements for comparison in compared)
    return Finding(Verdict.CONFORMS, ours=Comparison(elements=elements))


def _pure(_check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Judge two calls, forward and backward: equal to the bit, and without a trace."""
    if not trial.twice:
        return not_judged(Subject(), "it is called once here")
    finding = Finding(Verdict.NOT_JUDGED, Problem.CONTROL, detail="nothing is returned")
    names = trial.orders(contender)
    for backward in (False, True) if trial.operation.gradients else (False,):
        function = trial.function(backward=backward)
        first, second = (
            given(
                trial.operation,
                names,
                trial.handed(contender, backward=backward),
                backward=backward,
            )
            for _ in range(2)
        )
        parameters = trial.taken(contender, function)
        if isinstance(parameters, NotProvided):
            finding = finding if backward else absent(parameters) or finding
            break
        with lap("implementation"):
            trace = contender.twice(watch, function, first, second, parameters)
        if isinstance(trace.ended, Ended):
            return Finding(trace.ended.verdict, Problem.ENDED_EARLY, detail=trace.ended.message)
        if not backward and trace.ended is not None and (missing := absent(trace.ended)):
            return missing
        if trace.ended is None:
            elements = trial.size(backward=backward) + finding.ours.elements
            finding = Finding(Verdict.CONFORMS, ours=Comparison(elements=elements, exact=elements))
        returns = isinstance(trial.call(contender, backward=backward), Returned)
        if problem := _problem_of(trace, returns=returns):
            detail = "" if trace.ended is None else str(trace.ended)
            return finding.but(problem, what=function, names=trace.changed, detail=detail)
        if backward and _remembers(trial, contender):
            return finding.but(Problem.ANOTHER_RESULT, what=function)
    return finding


def _remembers(trial: Trial, contender: Implementation) -> bool:
    """Return whether gradients depend on what the operation was given in a call before."""
    first, function = trial.call(contender, backward=True), trial.function(backward=True)
    of_first = trial.taken(contender, trial.function())
    of_second = trial.taken(contender, function)
    if isinstance(of_first, NotProvided) or isinstance(of_second, NotProvided):
        return False
    others = nested(lambda array: np.array(np.flip(array)), list(trial.handed(contender)))
    again = trial.handed(contender, backward=True)
    with lap("implementation"):
        ask(contender, trial.operation, others, of_first)
        second = ask(contender, trial.operation, again, of_second, backward=True)
    if not (isinstance(first, Returned) and isinstance(second, Returned)):
        return False
    differs: bool = bits(first.result) != bits(second.result)
    return differs


def _problem_of(trace: Trace, *, returns: bool) -> Problem:
    """Return what two calls left behind; none where they are pure, or always raise."""
    if trace.ended is not None:
        is_error = isinstance(trace.ended, Raised) and not absent(trace.ended)
        return Problem.RAISED_AGAIN if returns and is_error else Problem.NONE
    if trace.changed:
        return Problem.CHANGED
    if not trace.same:
        return Problem.ANOTHER_RESULT
    return Problem.OVERWROTE if trace.overwritten else Problem.NONE


def _edge(_check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Judge the value and every gradient of an empty axis, which may be refused, or a large one."""
    findings = []
    for argument in (None, *trial.operation.gradients):
        outcome = trial.call(contender, backward=argument is not None)
        is_refusal = isinstance(outcome, Raised) and outcome.ordinary and not absent(outcome)
        if is_refusal and trial.is_empty:
            return Finding(Verdict.CONVENTION, habits=(REFUSES,), detail=f"raised {outcome}")
        finding = weigh(trial, outcome, argument)
        if finding.verdict != Verdict.NOT_PROVIDED:
            findings.append(finding)
        elif argument is None:
            return finding
    return first_wrong(findings)


def _refusal(_check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Judge a spoiled call, which must be refused where the good call is answered.

    The good call is the control: without it, a function that always raises would pass.
    """
    if trial.case.refusal is None:
        return weigh(trial, trial.call(contender))
    rules = {refusal.name: refusal.rule for refusal in trial.operation.refusals}
    rule = rules[trial.case.refusal]
    if trial.control is not None:
        good = trial.control.call(contender)
        if missing := absent(good):
            return missing
        if isinstance(good, Raised):
            return not_judged(Subject(), f"the good call raised {good}")
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


def _convention(check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Find the valid answers that the gradient follows; torch must follow the first."""
    convention = check.question
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
    fitting = tuple(name for name in names if findings[name].verdict in _RIGHT)
    if not fitting:
        if valid := _otherwise(convention, trial, outcome):
            return replace(valid, torch=first.torch)
        if first.problem is not Problem.WRONG:
            return first
        return first.but(Problem.NO_ANSWER, what=convention.question, names=convention.names)
    finding = findings[fitting[0]]
    if names[0] not in fitting:
        finding = replace(finding, verdict=Verdict.CONVENTION)
    return replace(finding, torch=first.torch, answers=fitting)


def _otherwise(convention: Convention, trial: Trial, outcome: Outcome) -> Finding | None:
    """Return the finding of a result that is valid without following an answer of those known."""
    otherwise = convention.otherwise
    if otherwise is None:
        return None
    finding = weigh(trial, outcome, convention.argument, formula=otherwise.gradient)
    if finding.verdict not in _RIGHT:
        return None
    if otherwise.holds is not None:
        given = trial.case.arguments
        inputs = [given[argument.name] for argument in trial.operation.inputs]
        if not otherwise.holds(
            finding.actual, given["grad_output"], *inputs, **trial.case.parameters
        ):
            return None
    return replace(finding, verdict=Verdict.CONVENTION, answers=(otherwise.name,))


_KINDS: dict[Kind, Callable[[Check, Trial, Implementation], Finding]] = {
    Kind.VALUE: _numbers,
    Kind.GRADIENT: _numbers,
    Kind.DTYPE: _dtype,
    Kind.PURE: _pure,
    Kind.EDGE: _edge,
    Kind.SPECIAL: _special,
    Kind.REFUSAL: _refusal,
    Kind.CONVENTION: _convention,
}
# What is held against a control, by kind.
_CONTROLLED = {
    Kind.SPECIAL: {Verdict.FAILS, Verdict.CONVENTION},
    Kind.CONVENTION: {Verdict.FAILS},
    Kind.EDGE: {Verdict.FAILS, Verdict.CONVENTION},
}
