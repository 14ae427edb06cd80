"""What a failure looks like: which named mistakes behave as the implementation does.

Every named mistake that breaks the check is made anew from a right implementation and meets the
same cases as the one that failed. What counts are the cases that tell: in which one of the two
fails. A mistake that agrees in all of them is named as such, and one that agrees in most as that;
numbers so large or small that a wrong formula may over- or underflow, in one order of evaluation
and not in another, are left aside where there are others. Of several that agree alike, cases of
the operation's other checks are drawn to tell them apart; those that still do are named together.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.case import Check, checks_of
from conformance.diagnosis.likeness import alike, alike_in_size
from conformance.diagnosis.observations import Observation, is_wild
from conformance.diagnosis.words import findings
from conformance.implementation import Implementation
from conformance.judges import judge_trial
from conformance.mistake import Mistake
from conformance.proving import visit
from conformance.runner import Plan
from conformance.trial import Trial
from conformance.verdict import Finding

# Structures drawn to tell mistakes apart, in the failing check and in each other one.
_EXAMPLES = 40
_ELSEWHERE = 6
_MOST_NAMED = 3
_MOST_OBSERVED = 120
# In how many of the cases that tell a mistake must agree; how many calm ones tell enough; and how
# many there must be before one that agrees in less than half of them is given up.
_AGREEMENT = 0.75
_ENOUGH = 4
_SOON = 12


@dataclass(frozen=True)
class Diagnosis:
    """Mistakes that behave as the implementation does, and what else there is to say.

    `agreement` is the share of the telling cases in which they do.
    """

    mistakes: tuple[Mistake, ...] = ()
    findings: tuple[str, ...] = ()
    agreement: float = 1.0

    def plain(self) -> dict[str, Any] | None:
        """As the record has it; None where there is nothing to say."""
        if not self.mistakes and not self.findings:
            return None
        named = [
            {
                "id": one.id,
                "sentence": one.sentence,
                "hint": one.hint,
                "agreement": self.agreement,
            }
            for one in self.mistakes[:_MOST_NAMED]
        ]
        return {"mistakes": named, "findings": list(self.findings)}


class _Limited:
    """A variant without the functions that another implementation does not offer."""

    def __init__(self, variant: Implementation, to: Implementation) -> None:
        self._variant = variant
        self._to = to

    def __getattr__(self, name: str) -> Any:
        if not self._to.provides(name):
            raise AttributeError(name)
        return self._variant.offered(name)


def _suspects(
    mistakes: Sequence[Mistake], contender: Implementation, right: Any
) -> list["_Suspect"]:
    """The mistakes, each in an implementation that offers what the contender offers."""
    return [
        _Suspect(one, Implementation(_Limited(one.made(right), contender), one.id))
        for one in mistakes
    ]


@dataclass
class _Tally:
    """Cases that tell: how many, and in how many of them both behave alike."""

    telling: int = 0
    agreed: int = 0

    @property
    def share(self) -> float:
        """In which share of them both behave alike; where none tells, nothing sets them apart."""
        return self.agreed / self.telling if self.telling else 1.0


@dataclass
class _Suspect:
    """A named mistake, and how it compared so far, over calm cases and over all."""

    mistake: Mistake
    variant: Implementation
    calm: _Tally = field(default_factory=_Tally)
    whole: _Tally = field(default_factory=_Tally)

    def meet(self, check: Check, trial: Trial, finding: Finding, *, wild: bool) -> bool:
        """Whether it is a suspect still, after one more case."""
        theirs = judge_trial(check, trial, self.variant)
        agrees = (alike_in_size if self.mistake.noisy else alike)(finding, theirs)
        if "fails" in {finding.verdict, theirs.verdict} or not agrees:
            for tally in (self.whole,) if wild else (self.whole, self.calm):
                tally.telling += 1
                tally.agreed += agrees
        return self.whole.telling < _SOON or self.agreement >= 0.5

    @property
    def agreement(self) -> float:
        """In which share of the telling cases it behaves as the implementation does."""
        return (self.calm if self.calm.telling >= _ENOUGH else self.whole).share


@dataclass
class _Inquiry:
    """Suspects and the one in question, case by case."""

    check: Check
    contender: Implementation
    suspects: list[_Suspect]
    observed: list[Observation] = field(default_factory=list)

    def over(self, plan: Plan, examples: int) -> None:
        """Draw cases of the check and meet them."""
        visit(self.check, replace(plan, examples=examples, small=False), self._meet)

    def _meet(self, trial: Trial) -> bool:
        finding = judge_trial(self.check, trial, self.contender)
        if finding.verdict in {"crashed", "timed out"}:
            return False
        self.observed.append(Observation(trial, finding))
        wild = is_wild(trial.case)
        self.suspects = [
            one for one in self.suspects if one.meet(self.check, trial, finding, wild=wild)
        ]
        return len(self.observed) < _MOST_OBSERVED

    def likeliest(self, *, shown: bool) -> tuple[list[Mistake], float]:
        """The mistakes that agree in most of the telling cases, and in how many they do.

        With `shown`, there must be such a case.
        """
        found = [
            one
            for one in self.suspects
            if one.agreement >= _AGREEMENT and (one.whole.agreed or not shown)
        ]
        best = max((one.agreement for one in found), default=0.0)
        return [one.mistake for one in found if one.agreement == best], best


def diagnose(
    check: Check,
    contender: Implementation,
    plan: Plan,
    mistakes: Sequence[Mistake],
    right: Any,
) -> Diagnosis:
    """What the failure of a check looks like.

    Deterministic: the same check, implementation, plan and versions give the same diagnosis.

    Args:
        check: the check that fails.
        contender: the implementation that fails it.
        plan: as the check was drawn.
        mistakes: the named mistakes, of all operations.
        right: a right implementation, to make them of.
    """
    if check.operation.network is not None:
        return Diagnosis()
    own = [one for one in mistakes if one.breaks_check(check.id)]
    inquiry = _Inquiry(check, contender, _suspects(own, contender, right))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inquiry.over(plan, _EXAMPLES)
        left, agreement = inquiry.likeliest(shown=True)
        if len(left) > 1:
            left = _told_apart(check, contender, plan, left, right)
        words = findings(check, inquiry.observed, contender, explained=bool(left))
    return Diagnosis(tuple(left), words, round(agreement, 3))


def _told_apart(
    check: Check, contender: Implementation, plan: Plan, named: list[Mistake], right: Any
) -> list[Mistake]:
    """Those that behave as the implementation does in the operation's other checks too.

    A check in which none does tells nothing: something else is wrong there. Nor does one of a
    convention, in which all may differ who are right.
    """
    for other in checks_of(check.operation, (check.dtype,)):
        if len(named) < 2:
            break
        asked = other.id != check.id and other.kind != "convention"
        if not asked or not other.provided_by(contender):
            continue
        inquiry = _Inquiry(other, contender, _suspects(named, contender, right))
        inquiry.over(plan, _ELSEWHERE)
        named = inquiry.likeliest(shown=False)[0] or named
    return named
