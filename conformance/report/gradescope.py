"""A record as the results.json of Gradescope's autograder, with credit for each check.

The points are 100 in all, whatever the assignment asks for: every check that ran, or was to run
and was not reached, has its equal share in hundredths of a point, and the first of them a
hundredth more until the sum is exact. So a submission that ends the run loses what was not
reached. What was deselected is not asked for; claims are the document's and carry nothing.

The right value is never shown, for it could be copied: neither as such nor as the distance from
it. Shapes and dtypes that are due are shown, for the contract says them. Nor is the mistake that
a check behaves like, for its sentence is the answer; its hint is shown where hints are asked for.
"""

import json
from typing import Any

from conformance.record.facts import message
from conformance.record.file import Line, Record
from conformance.record.vocabulary import PASSED, Reason, Verdict
from conformance.report.counterexample import facts, replay
from conformance.report.diagnosis import hinted
from conformance.report.safe_text import limited

_WHOLE = 10_000  # hundredths of a point
_GIVEN_AWAY = {"expected", "bound"}


def gradescope(record: Record, *, hints: bool = False) -> str:
    """Return the record as results.json.

    Args:
        record: a run.
        hints: also show what to look at, the input that goes wrong, what came of it, and how to
            repeat it.
    """
    lines = sorted(_owed(record), key=lambda line: str(line["id"]))
    shares = list(zip(lines, _shares(len(lines)), strict=True))
    data: dict[str, Any] = {
        # Given as a whole, for the sum of the tests' is rounded where it is added up.
        "score": sum(points for line, points in shares if _is_passed(line)) / 100,
        "output": _summary(record, lines),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            _test(line, points, _hints(line, record) if hints else []) for line, points in shares
        ],
    }
    return json.dumps(data, indent=1, allow_nan=False) + "\n"


def _owed(record: Record) -> list[Line]:
    """Return the lines that carry points: checks that ran, or that the run did not come to."""
    unreached = [line for line in record.not_selected if line["reason"] == Reason.INTERRUPTED]
    return [*record.checks, *(line for line in unreached if line["operation"])]


def _is_passed(line: Line) -> bool:
    return line.get("verdict") in PASSED


def _shares(count: int) -> list[int]:
    """Return the whole in so many parts that differ by one at most."""
    part, rest = divmod(_WHOLE, max(count, 1))
    return [part + (position < rest) for position in range(count)]


def _summary(record: Record, lines: list[Line]) -> str:
    passed = sum(map(_is_passed, lines))
    words = f"{passed} of {len(lines)} checks pass." if lines else "No check ran."
    if not record.footer["complete"]:
        words += " The run was interrupted: what was not reached earns nothing."
    why = record.header.get("message")
    return f"{words} {limited(why)}" if why else words


def _test(line: Line, points: int, hints: list[str]) -> dict[str, Any]:
    passed = _is_passed(line)
    return {
        "name": limited(line["id"]),
        "name_format": "text",
        "score": points / 100 if passed else 0,
        "max_score": points / 100,
        "status": "passed" if passed else "failed",
        "output": "\n".join([*_output(line), *hints]),
        "output_format": "text",
        "visibility": "visible",
    }


def _output(line: Line) -> list[str]:
    if line["type"] == "not selected":
        return [f"{limited(line['id'])}: not reached", limited(line.get("message") or "")]
    verdict = line["verdict"]
    is_convention = verdict == Verdict.CONVENTION
    words = line.get("convention") if is_convention else message(line, truth=False)
    first = f"{limited(line['id'])}: {verdict}"
    return [f"{first}: {limited(words)}" if words else first]


def _hints(line: Line, record: Record) -> list[str]:
    if _is_passed(line):
        return []
    example = line.get("counterexample")
    rows = hinted(line.get("diagnosis"))
    rows += facts(example, line["dtype"] or "") if example else []
    shown = [f"{label}: {words}" for label, words in rows if label not in _GIVEN_AWAY]
    again = [f"replay: {replay(line, record)}"] if example else []
    return [*map(limited, shown), *again]
