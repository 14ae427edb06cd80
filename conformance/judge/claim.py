"""Run one claim: try its formula in every row, sum the rows up, make each "no" small."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.explain.counterexample import expected_of, plain, positions
from conformance.explain.shrink import simplify, size
from conformance.judge.check import Plan, Search
from conformance.record import file as record
from conformance.spec.case import Case, Structure
from conformance.spec.claim import Claim, ClaimVerdict, Formula, Row, row_name
from conformance.spec.finding import Finding, Tally

# Each drawn structure is filled with numbers so many times.
_FILLS = 3
# A row whose claim has many of them gets fewer structures, but never fewer than these.
_LEAST_EXAMPLES = 10
_ROWS_AT_FULL_EXAMPLES = 4


@dataclass(frozen=True)
class RowResult:
    """Whether a row holds, over how many cases, and its smallest counterexample as plain data."""

    reading: str | None
    condition: str | None
    holds: bool
    cases: int
    counterexample: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """Reading and condition in one line, as `Row.name`."""
        return row_name(self.reading, self.condition)


@dataclass(frozen=True)
class ClaimResult:
    """A claim's verdict, its truth table, and what is to be said of it."""

    claim: Claim
    verdict: ClaimVerdict
    rows: tuple[RowResult, ...]
    message: str = ""
    seconds: float = 0.0

    def line(self) -> record.Line:
        """The claim's line of the record."""
        return record.claim(
            id=self.claim.id,
            section=self.claim.section,
            name=self.claim.name,
            verdict=self.verdict,
            readings=[asdict(row) for row in self.rows],
            formula=self.claim.text,
            latex=self.claim.latex or None,
            message=self.message or None,
            source=self.claim.source,
            seconds=round(self.seconds, 3),
        )


class _RowRun:
    """One row, as its cases come in."""

    def __init__(self, row: Row, formula: Formula) -> None:
        self._row = row
        self._formula = formula
        self.tally = Tally()
        self.failure: tuple[Case, Finding] | None = None

    def judge(self, case: Case) -> Finding:
        """The row's own judgement; no failure where the inputs lie outside its universe."""
        if not self._row.admits(case):
            return Finding("errored", "outside the universe of the claim")
        with np.errstate(all="ignore"):
            return self._row.judge(self._formula, case)

    def example(self, structure: Structure, seed: int) -> bool:
        """Judge a structure, filled several times; whether every case agrees."""
        for number in range(_FILLS):
            rng = np.random.Generator(np.random.PCG64([seed, number]))
            case = Case(self._row.fill(rng, structure), dict(structure.parameters))
            if not self._agrees(case):
                return False
        return True

    def _agrees(self, case: Case) -> bool:
        finding = self.judge(case)
        if finding.verdict == "errored":
            return True
        if self.failure is None:
            self.tally.add(finding)
        if finding.verdict != "fails":
            return True
        if self.failure is None or size(case) < size(self.failure[0]):
            self.failure = (case, finding)
        return False


def run_claim(claim: Claim, plan: Plan) -> ClaimResult:
    """Try a claim's formula in every row of its truth table.

    Deterministic: the same claim, plan and versions give the same result but for its seconds.

    Raises:
        Suspect: torch and the suite's own truth contradict each other.
    """
    began = time.perf_counter()
    if claim.formula is None:
        message = "the document gives no formula for it"
        return ClaimResult(claim, "named, not specified", (), message)
    rows = tuple(_run_row(claim, row, claim.formula, plan) for row in claim.rows)
    held = [row for row in rows if row.holds]
    verdict: ClaimVerdict = "holds" if len(held) == len(rows) else "holds when"
    if not held:
        verdict = "does not hold"
    return ClaimResult(claim, verdict, rows, _message(rows), time.perf_counter() - began)


def _message(rows: tuple[RowResult, ...]) -> str:
    """What is wrong in the first row that does not hold."""
    wrong = [row for row in rows if not row.holds]
    if not wrong:
        return ""
    first = wrong[0].counterexample
    return "no case was judged" if first is None else str(first["message"])


def _run_row(claim: Claim, row: Row, formula: Formula, plan: Plan) -> RowResult:
    share = _ROWS_AT_FULL_EXAMPLES / max(len(claim.rows), _ROWS_AT_FULL_EXAMPLES)
    examples = max(_LEAST_EXAMPLES, round(plan.examples * share))
    run = _RowRun(row, formula)
    search = Search(f"{claim.id}: {row.name}", replace(plan, examples=examples))
    search.over(row.structures.map(lambda structure: structure), run.example)
    if run.failure is None:
        # A row on which nothing was judged is not passed by absence.
        holds = run.tally.elements > 0
        return RowResult(row.reading, row.condition, holds, run.tally.cases)
    case, finding = run.failure
    if plan.small:
        case, finding = simplify(case, finding, run.judge)
    stored = _counterexample(case, finding)
    return RowResult(row.reading, row.condition, False, run.tally.cases, stored)


def _counterexample(case: Case, finding: Finding) -> dict[str, Any]:
    """Everything that a reader needs to see the disagreement, and a machine to repeat it."""
    expected, bound = _expected(finding)
    return {
        "inputs": {name: plain(array) for name, array in case.inputs.items()},
        "parameters": {name: plain(value) for name, value in case.parameters.items()},
        "expected": expected,
        "actual": plain(finding.actual),
        "bound": bound,
        "output": positions(finding.ours.output),
        "index": None if finding.ours.index is None else list(finding.ours.index),
        "message": finding.message,
    }


def _expected(finding: Finding) -> tuple[Any, Any]:
    """The truth as plain data, and its bound where it has one."""
    if _is_balls(finding.expected):
        return expected_of(finding.expected)
    return plain(finding.expected), None


def _is_balls(tree: Any) -> bool:
    if isinstance(tree, list | tuple):
        return all(_is_balls(one) for one in tree)
    return isinstance(tree, Ball)


def replay_claim(claim: Claim, rows: Sequence[Mapping[str, Any]]) -> tuple[str, bool]:
    """Judge stored counterexamples again: in words, and whether any of them still disagrees.

    Args:
        claim: the claim as it is now.
        rows: rows of the claim's line in the record; those that hold are passed over.
    """
    shown, wrong = [f"{claim.id}: {claim.text}"], False
    for row in rows:
        if row["counterexample"] is None:
            continue
        finding = rejudge(claim, row)
        fails = finding.verdict == "fails"
        wrong = wrong or fails
        shown += [f"{_label(row)}", *_numbers(row["counterexample"], finding)]
        shown.append(finding.message if fails else f"{finding.verdict}: this case is right now")
    return "\n".join(shown), wrong


def _numbers(stored: Mapping[str, Any], finding: Finding) -> list[str]:
    expected, bound = _expected(finding)
    table = {
        **stored["inputs"],
        **stored["parameters"],
        "expected": expected,
        "bound": bound,
        "actual": plain(finding.actual),
    }
    return [
        f"  {name} = {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in table.items()
        if value is not None
    ]


def rejudge(claim: Claim, stored: Mapping[str, Any]) -> Finding:
    """Judge the counterexample of one stored row again.

    Raises:
        ValueError: the row has no counterexample, or the claim has no such row or no formula.
    """
    counterexample = stored["counterexample"]
    if counterexample is None:
        raise ValueError(f"{claim.id}: the row {_label(stored)} holds: it has no counterexample")
    if claim.formula is None:
        raise ValueError(f"{claim.id}: the document gives no formula: nothing can be replayed")
    row = _row_of(claim, stored)
    inputs = {name: _array(value) for name, value in counterexample["inputs"].items()}
    case = Case(inputs, dict(counterexample["parameters"]))
    return _RowRun(row, claim.formula).judge(case)


def _row_of(claim: Claim, stored: Mapping[str, Any]) -> Row:
    for row in claim.rows:
        if (row.reading, row.condition) == (stored["reading"], stored["condition"]):
            return row
    known = "; ".join(row.name or "the only row" for row in claim.rows)
    raise ValueError(f"{claim.id} has no row {_label(stored)}; it has {known}")


def _label(stored: Mapping[str, Any]) -> str:
    return row_name(stored["reading"], stored["condition"]) or "the only row"


def _array(numbers: Any) -> Any:
    """Claims are tried on float64 arrays without empty axes: nested lists say everything."""
    return np.array(numbers, np.float64)
