"""Judge a check or a claim, explain its failure, and make its line of the record."""

import time
from collections.abc import Sequence
from typing import Any

from conformance.explain.counterexample import claim_counterexample, counterexample
from conformance.explain.diagnosis import diagnose
from conformance.explain.smallest import smallest, smallest_of_row
from conformance.implementation.implementation import Implementation
from conformance.judge.check import judge_checks
from conformance.judge.claim import RowResult, judge_claim
from conformance.judge.coverage import coverage_of
from conformance.judge.search import Plan
from conformance.record import fields
from conformance.record.fields import Line
from conformance.record.vocabulary import Verdict
from conformance.run.run import Run
from conformance.spec.check import Check
from conformance.spec.claim import Claim
from conformance.spec.finding import CheckResult
from conformance.spec.outcome import message_of

_LONGEST = 200


def check_line(run: Run, about: dict[str, Any], check: Check, contender: Implementation) -> Line:
    """Judge a check, explain its failure, and return its line of the record."""
    began = time.perf_counter()
    result = _result(run, check, contender)
    finding, tally = result.finding, result.tally
    failures = [smallest(check, contender, run.plan, failure) for failure in result.failures]
    # Bad input that is accepted is shown too, and is no failure.
    if failures and finding is not None:
        finding = failures[0].finding
    verdict = result.verdict if finding is None else finding.verdict
    is_wrong = verdict == Verdict.FAILS or (finding is None and result.rejects)
    return fields.check(
        **about,
        verdict=verdict,
        cases=tally.cases,
        elements=tally.elements,
        exact_share=tally.share(tally.exact),
        unjudged_share=tally.share(tally.unjudged),
        worst_ratio=tally.worst_ratio,
        worst_ulp=tally.worst_ulp,
        torch_worst_ratio=tally.torch_worst_ratio,
        counterexample=counterexample(check, failures[0]) if failures else None,
        further=[counterexample(check, failure) for failure in failures[1:]] or None,
        coverage=coverage_of(check, contender).plain(),
        axes=list(contender.layouts.get(check.operation.name, ())) or None,
        declined=tally.declined or None,
        convention=result.convention or None,
        message=None if finding is None else finding.message,
        torch_defect=result.defect and counterexample(check, result.defect),
        diagnosis=_diagnosis(run, check, contender) if is_wrong else None,
        errors=list(tally.errors),
        seconds=round(tally.seconds + time.perf_counter() - began, 3),
    )


def _result(run: Run, check: Check, contender: Implementation) -> CheckResult:
    """Return what a check came to; it is judged together with those that share its trials."""
    if check.id not in run.results:
        group = [other for other in run.together(check) if other.id not in run.results]
        run.results |= judge_checks(group, contender, run.plan)
    return run.results.pop(check.id)


def _diagnosis(run: Run, check: Check, contender: Implementation) -> dict[str, Any] | None:
    """Return the diagnosis of a failure; where the diagnosis itself fails, its error."""
    try:
        return diagnose(check, contender, run.plan, run.mistakes, run.right).plain()
    except Exception as error:  # noqa: BLE001 - a remark must not take the verdict down
        why = f"no diagnosis: {type(error).__name__}: {message_of(error)[:_LONGEST]}"
        return {"mistakes": [], "findings": [why], "hints": []}


def claim_line(claim: Claim, plan: Plan, section: str) -> Line:
    """Judge a claim of a section, and return its line of the record."""
    began = time.perf_counter()
    result = judge_claim(claim, plan)
    readings = [_reading(claim, row, plan) for row in result.rows]
    return fields.claim(
        id=claim.id,
        section=section,
        name=claim.name,
        verdict=result.verdict,
        readings=readings,
        statement=claim.statement,
        formula=claim.text or None,
        latex=claim.latex or None,
        message=result.reason or _first_failure(readings),
        source=claim.truth or None,
        seconds=round(time.perf_counter() - began, 3),
    )


def _reading(claim: Claim, result: RowResult, plan: Plan) -> dict[str, Any]:
    row, failure = result.row, result.failure
    if failure is not None:
        failure = smallest_of_row(claim, row, plan, failure)
    return {
        "reading": row.reading,
        "condition": row.condition,
        "holds": result.holds,
        "cases": result.cases,
        "counterexample": failure and claim_counterexample(failure),
    }


def _first_failure(readings: Sequence[dict[str, Any]]) -> str | None:
    """Return what is wrong in the first row that does not hold; None where all hold."""
    for reading in readings:
        if not reading["holds"]:
            first = reading["counterexample"]
            return "no case was judged" if first is None else str(first["message"])
    return None
