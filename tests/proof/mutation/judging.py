"""What becomes of a mutant: by rule, before the suite's trials, before the reference's tests."""

from mutation import killing
from mutation.mutants import mutants
from mutation.statements import REFERENCE, TEXT

from conformance.judge.search import Plan

# Few cases find most mutants; what is left meets more, and others.
ROUNDS = (Plan(10, 0), Plan(40, 1))

# A file behind more operations than these meets the reference's own tests first, which are cheap.
_FEW = 15


def judged(files, rounds, tell):
    """Every mutant of some files, with what rejects it, or with why nothing need reject it.

    `tell` is called with a line after each step.
    """
    every = [one for file in files for one in mutants(file, (REFERENCE / file).read_text("utf-8"))]
    fates = {number: one.rule for number, one in enumerate(every)}
    tell(f"{len(every)} mutants, {sum(map(bool, fates.values()))} by rule")
    behind = {file: killing.operations(file) for file in files}
    shared = {file for file, owed in behind.items() if len(owed) > _FEW}
    _meet_unit_tests(tell, every, fates, shared)
    for plan in rounds:
        for name, checks in {k: v for owed in behind.values() for k, v in owed.items()}.items():
            left = [n for n in fates if not fates[n] and name in behind[every[n].site.file]]
            found = killing.drawn(checks, plan) if left else []
            for n in left:
                fates[n] = killing.killer(every[n], found)
            _report(tell, f"{plan.examples} structures of {name}, seed {plan.seed}", left, fates)
        if plan is rounds[0]:
            _meet_unit_tests(tell, every, fates, set(files) - shared)
    for n, one in enumerate(every):
        # What is left of these raises the right exception, if any, with other words.
        fates[n] = fates[n] or (TEXT if one.raising else "")
    return [(one.site, fates[n]) for n, one in enumerate(every)]


def _meet_unit_tests(tell, every, fates, files):
    left = [n for n in fates if not fates[n] and every[n].site.file in files]
    for n in left:
        fates[n] = killing.unit_test(every[n])
    _report(tell, killing.TESTED, left, fates)


def _report(tell, what, left, fates):
    if left:
        survive = sum(not fates[n] for n in left)
        tell(f"{what}: {len(left)} mutants, {survive} survive")
