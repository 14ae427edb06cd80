"""The smallest case found in which a check fails as it did: the counterexample that is shown."""

from dataclasses import replace
from typing import Any

from conformance.explain.integers import filled, is_plain, shares
from conformance.explain.shrink import same_way, simplify, size
from conformance.implementation.implementation import Implementation
from conformance.judge.draw import trials
from conformance.judge.kinds import judge
from conformance.judge.search import Plan, Search
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.finding import Finding
from conformance.spec.operation import Operation

Failure = tuple[Case, Finding]
_EXAMPLES = 40


def smallest(
    check: Check, contender: Implementation, plan: Plan, case: Case, finding: Finding
) -> Failure:
    """A failing case made simple; where that leaves odd numbers, one of small integers instead."""
    judged = _Judge(check, contender)
    simple = _simplified(check.operation, judged, case, finding)
    if check.kind == "special" or case.refusal or is_plain(check.operation, simple[0]):
        return simple
    return _on_integers(check, judged, plan, simple[1]) or simple


class _Judge:
    """Judges cases until a call does not come back: each more might cost a process, or its time."""

    def __init__(self, check: Check, contender: Implementation) -> None:
        self._check = check
        self._contender = contender
        self.ended = False

    def __call__(self, case: Case) -> Finding:
        if self.ended:
            return Finding("errored", "given up: an earlier call did not come back")
        finding = judge(self._check, case, self._contender)
        self.ended = finding.verdict in {"crashed", "timed out"}
        return finding


def _simplified(operation: Operation, judged: _Judge, case: Case, finding: Finding) -> Failure:
    return simplify(case, finding, judged, operation.complete, shares(operation))


def _on_integers(check: Check, judged: _Judge, plan: Plan, finding: Finding) -> Failure | None:
    """A case of small integers that fails in the same way; None where none is found.

    That a result is NaN or infinite, elsewhere only wrong, is no other way here.
    """
    found: list[Failure] = []
    operation = check.operation

    def passes(structure: Any, seed: int) -> bool:
        cases = (trial.case for trial in trials(check, structure, seed))
        for case in (one for drawn in cases for one in filled(operation, drawn, seed)):
            one = judged(case)
            if same_way(one, finding) or _both_by_numbers(one, finding):
                found.append((case, one))
                return False
            if judged.ended:
                search.settle()
                return False
        return True

    search = Search(f"{check.id}: integers", replace(plan, examples=_EXAMPLES))
    search.over(operation.structures, passes)
    if not found:
        return None
    simple = _simplified(operation, judged, *min(found, key=lambda one: size(one[0])))
    return simple if is_plain(operation, simple[0]) else None


def _both_by_numbers(one: Finding, other: Finding) -> bool:
    return one.verdict == "fails" and {one.ours.flaw, other.ours.flaw} <= {"value", "class"}
