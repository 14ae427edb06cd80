"""Many implementations side by side: what each operation of each comes to, in a few columns.

The columns are those that an author of a framework would accept: core numerics on ordinary
numbers, with their accuracy; special values; empty and single axes; what is offered; which
conventions are followed; how many rules of validation are kept.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from conformance.record.facts import message, real
from conformance.record.file import Line, Record
from conformance.record.vocabulary import FAILED, Kind, Verdict
from conformance.report import totals
from conformance.report.failures import Story, stories

_CORE = (Kind.VALUE, Kind.GRADIENT, Kind.TRAINING)
_ENDED = {Verdict.CRASHED, Verdict.TIMED_OUT}
_GRADE = re.compile(r"elementary functions within (\d+) ulp")
_RULES = re.compile(r"keeps (\d+) of (\d+) rules")
_REFUSES = "refuses empty arrays"
# An error that is a smaller share of the largest due number leaves digits that are right.
_FEW_DIGITS = 2.0**-10
_NOTHING = 1000
WITHIN, COARSER, LOSES, WRONG, CRASHES, ABSENT = (
    "within the bound",
    "within {} ulp",
    "loses digits",
    "wrong",
    "crashes",
    "not offered",
)
# How good a word is, the worst first.
TONES = {CRASHES: "bad", WRONG: "bad", LOSES: "bad", ABSENT: "absent"}


@dataclass(frozen=True)
class Cell:
    """What one operation of one implementation comes to.

    Attributes:
        operation: its name.
        family: the heading that it stands under.
        checks: the lines of its checks.
        stories: what fails, one for each thing that goes wrong.
    """

    operation: str
    family: str
    checks: tuple[Line, ...]
    stories: tuple[Story, ...] = ()

    def _of(self, *kinds: Kind) -> list[Line]:
        return [check for check in self.checks if check["check"] in kinds]

    @cached_property
    def core(self) -> str:
        """Return what value and gradients come to on finite, ordinary numbers."""
        judged = [each for each in self._of(*_CORE) if each["verdict"] != Verdict.NOT_PROVIDED]
        if not judged:
            return ABSENT
        verdicts = {each["verdict"] for each in judged}
        if verdicts & _ENDED:
            return CRASHES
        failing = [each for each in judged if each["verdict"] in FAILED]
        if failing:
            return LOSES if all(map(_has_digits, failing)) else WRONG
        grades = [int(n) for each in judged for n in _GRADE.findall(each.get("convention") or "")]
        return COARSER.format(max(grades)) if grades else WITHIN

    @property
    def tone(self) -> str:
        """Return whether the core is good, bad, or absent."""
        return TONES.get(self.core, "good" if self.core == WITHIN else "mixed")

    @property
    def special(self) -> str:
        """Return what NaN, infinite and huge numbers come to."""
        return _summed(self._of(Kind.SPECIAL))

    @property
    def edge(self) -> str:
        """Return what axes of length zero and one come to."""
        lines = self._of(Kind.EDGE)
        if any(_REFUSES in (each.get("convention") or "") for each in lines):
            return "refuses"
        return _summed(lines)

    @property
    def traces(self) -> str:
        """Return what dtypes and traces of calls come to."""
        return _summed(self._of(Kind.DTYPE, Kind.PURE))

    @property
    def coverage(self) -> str:
        """Return what is not offered; empty where all is."""
        words = dict.fromkeys(
            name
            for check in self.checks
            if check.get("coverage")
            for name in check["coverage"]["missing"]
        )
        every = self._of(Kind.GRADIENT)
        there = {check["argument"] for check in every if check["verdict"] != Verdict.NOT_PROVIDED}
        absent = dict.fromkeys(check["argument"] for check in every) if there else {}
        gradients = [f"gradient of {name}" for name in absent if name not in there]
        if every and not there:
            gradients = ["gradients"]
        return ", ".join([*words, *gradients]) if self.core != ABSENT else ""

    @property
    def conventions(self) -> tuple[str, ...]:
        """Return the names of the conventions that are followed instead of torch's."""
        named = [
            f"{check['argument']}: {words}" if check["check"] == Kind.CONVENTION else words
            for check in self.checks
            if check["check"] != Kind.REFUSAL and check.get("convention")
            for words in str(check["convention"]).split(", ")
        ]
        return tuple(
            dict.fromkeys(each for each in named if each != _REFUSES and not _GRADE.match(each))
        )

    @property
    def validation(self) -> str:
        """Return how many rules of bad input are kept, of how many."""
        kept = [_RULES.match(each.get("convention") or "") for each in self._of(Kind.REFUSAL)]
        counts = [(int(each[1]), int(each[2])) for each in kept if each]
        if counts:
            return "{} of {}".format(*min(counts))
        return _summed(self._of(Kind.REFUSAL), right="all")

    @property
    def cases(self) -> int:
        """Return how many cases were judged."""
        return sum(check["cases"] for check in self.checks)


def _summed(lines: Iterable[Line], right: str = "right") -> str:
    """Return what lines of one kind come to in a word; empty where nothing was judged."""
    verdicts = {each["verdict"] for each in lines}
    if verdicts & _ENDED:
        return CRASHES
    if verdicts & set(FAILED):
        return WRONG
    return right if verdicts & {Verdict.CONFORMS, Verdict.CONVENTION, Verdict.EXPECTED} else ""


def _has_digits(check: Line) -> bool:
    """Return whether the largest error still leaves some digits of the largest number right."""
    every = [check.get("counterexample"), *(check.get("further") or ())]
    for case in filter(None, every):
        finding = case.get("finding") or {}
        off_by = real(finding.get("off_by"))
        if finding.get("flaw") != "value" or off_by is None:
            return False
        largest = max((abs(number) for number in _numbers(case["expected"])), default=0.0)
        if not off_by <= _FEW_DIGITS * largest:
            return False
    return True


def _numbers(tree: object) -> Iterable[float]:
    if isinstance(tree, list | tuple):
        for branch in tree:
            yield from _numbers(branch)
    elif (number := real(tree)) is not None:
        yield number


@dataclass(frozen=True)
class Framework:
    """One implementation's record, as a column; or why there is none."""

    name: str
    record: Record | None
    trouble: str = ""
    accuracy: Mapping[str, Mapping[str, float | str]] = field(default_factory=dict)

    @property
    def ulps(self) -> str:
        """Return the worst errors of sigmoid and tanh, in ulp, in float32 and in float64."""
        parts = [
            f"{', '.join(f'{name} {in_ulps(error)}' for name, error in errors.items())} ({dtype})"
            for dtype, errors in self.accuracy.items()
        ]
        return "; ".join(parts)

    @cached_property
    def cells(self) -> dict[str, Cell]:
        """Return what each operation comes to, by its name."""
        if self.record is None:
            return {}
        every = stories(self.record)
        return {
            each.name: Cell(
                each.name,
                each.family,
                each.checks,
                tuple(story for story in every if story.operation == each.name),
            )
            for each in totals.operations(self.record)
        }

    @property
    def version(self) -> str:
        """Return the versions of what computes, beside those of the suite itself."""
        if self.record is None:
            return ""
        own = {"python", "nn-conformance", "numpy", "scipy", "hypothesis", "pytest"}
        versions = self.record.header["versions"]
        others = {name: number for name, number in versions.items() if name not in own}
        if len(others) > 1 and self.name != "torch":
            others.pop("torch", None)
        return ", ".join(f"{name} {number}" for name, number in others.items())

    @property
    def offered(self) -> int:
        """Return how many operations are offered, at least in part."""
        return sum(cell.core != ABSENT for cell in self.cells.values())

    def count(self, *words: str) -> int:
        """Return how many operations come to one of these words."""
        return sum(cell.core in words for cell in self.cells.values())

    @property
    def coarser(self) -> int:
        """Return how many operations are right with coarser elementary functions."""
        return sum(cell.tone == "mixed" for cell in self.cells.values())


def in_ulps(error: float | str) -> str:
    """Return an error in ulp; beyond a thousand nothing is right, and it is not told how little."""
    number = real(error)
    return str(error) if number is not None and number <= _NOTHING else f"over {_NOTHING:,}"


def rows(frameworks: Sequence[Framework]) -> list[tuple[str, str]]:
    """Return every operation that somebody was judged on, as (family, name)."""
    known = {(cell.family, cell.operation) for each in frameworks for cell in each.cells.values()}
    return sorted(known)


def words_of(story: Story) -> str:
    """Return what is wrong, in words."""
    return message(story.first)
