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
from dataclasses import dataclass, field
from typing import Any

from conformance.explain.diagnosis.digits import others
from conformance.explain.diagnosis.likeness import alike, alike_in_size
from conformance.explain.diagnosis.observations import Observation, is_wild
from conformance.explain.diagnosis.patterns import structures
from conformance.implementation.implementation import Implementation
from conformance.implementation.overlay import made
from conformance.judge.check import visit
from conformance.judge.kinds import judge_trial
from conformance.judge.search import Plan
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Verdict
from conformance.spec.check import Check, checks_of
from conformance.spec.finding import Finding
from conformance.spec.mistake import Mistake

# Structures drawn to tell mistakes apart, in the failing check and in each other one.
_EXAMPLES = 40
_ELSEWHERE = 6
_MOST_NAMED = 3
_MOST_OBSERVED = 120
# In which share of the cases that tell a mistake must agree; how many calm ones tell enough; by
# how much a share may be less than the best one; in how many cases one must agree that does not in
# all; and how many there must be before one that agrees in less than half of them is given up.
_AGREEMENT = 0.75
_ENOUGH = 4
_NEARLY = 0.1
_MANY = 8
_SOON = 12


@dataclass(frozen=True)
class Diagnosis:
    """Mistakes that behave as the implementation does, and what else there is to say.

    `agreements` has, for each mistake, the share of the telling cases in which it does; `hints`
    are the findings without what would give the answer away.
    """

    mistakes: tuple[Mistake, ...] = ()
    agreements: tuple[float, ...] = ()
    findings: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any] | None:
        """As the record has it; None where there is nothing to say."""
        if not self.mistakes and not self.findings:
            return None
        pairs = list(zip(self.mistakes, self.agreements, strict=True))[:_MOST_NAMED]
        named = [
            {"id": one.id, "sentence": one.sentence, "hint": one.hint, "agreement": round(share, 3)}
            for one, share in pairs
        ]
        return {"mistakes": named, "findings": list(self.findings), "hints": list(self.hints)}


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
        _Suspect(one, Implementation(_Limited(made(one, right), contender), one.id))
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
        # Where one of them is just within its bound and the other just outside, nothing is told.
        if finding.verdict == theirs.verdict == Verdict.FAILS or not agrees:
            for tally in (self.whole,) if wild else (self.whole, self.calm):
                tally.telling += 1
                tally.agreed += agrees
        return self.whole.telling < _SOON or self.agreement >= 0.5

    def is_likely(self, *, shown: bool) -> bool:
        """Whether it agrees in enough of the cases that tell, and these are enough for that."""
        if self.agreement == 1:
            return bool(self.whole.agreed) or not shown
        return self.agreement >= _AGREEMENT and self.whole.agreed >= _MANY

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
    fewest: int = 0
    ended: bool = False

    def over(self, plan: Plan, examples: int) -> None:
        """Draw cases of the check and meet them."""
        visit(self.check, Plan(examples, plan.seed), self._meet)

    def _meet(self, trial: Trial) -> bool:
        finding = judge_trial(self.check, trial, self.contender)
        if finding.verdict in {Verdict.CRASHED, Verdict.TIMED_OUT}:
            # Each more might cost a process, or its time.
            self.ended = True
            return False
        if finding.verdict == Verdict.NOT_PROVIDED:
            return True
        self.observed.append(Observation(trial, finding))
        wild = is_wild(trial.case)
        self.suspects = [
            one for one in self.suspects if one.meet(self.check, trial, finding, wild=wild)
        ]
        return len(self.observed) < _MOST_OBSERVED and len(self.suspects) >= self.fewest

    def likeliest(self, *, shown: bool) -> dict[Mistake, float]:
        """The mistakes that agree in most of the telling cases, and in which share of them.

        With `shown`, there must be such a case.
        """
        found = [one for one in self.suspects if one.is_likely(shown=shown)]
        best = max((one.agreement for one in found), default=0.0)
        # Only one that never disagrees sets itself apart from those that nearly never do.
        least = best if best == 1 else best - _NEARLY
        return {one.mistake: one.agreement for one in found if one.agreement >= least}


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
        left = inquiry.likeliest(shown=True)
        if len(left) > 1 and not inquiry.ended:
            kept = _told_apart(check, contender, plan, list(left), right)
            left = {one: left[one] for one in kept}
        seen = structures(check, inquiry.observed)
        if seen:
            # A structure tells more than that both are wrong by about as much.
            left = {one: share for one, share in left.items() if not one.noisy}
        said = seen
        if not left or check.kind == "refusal":
            said = seen + others(check, inquiry.observed, contender, plan, seen)
    words, hints = ([getattr(one, kind) for one in said] for kind in ("said", "hint"))
    return Diagnosis(tuple(left), tuple(left.values()), tuple(words), tuple(hints))


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
        inquiry = _Inquiry(other, contender, _suspects(named, contender, right), fewest=2)
        inquiry.over(plan, _ELSEWHERE)
        if inquiry.ended:
            break
        named = list(inquiry.likeliest(shown=False)) or named
    return named
