"""How well failures are diagnosed: mistakes by strangers, and the named ones in other code.

python tests/proof/diagnosing.py [--output docs/diagnoses.json]

Each implementation meets the checks of its operation in the order of a report, and the first that
it fails is diagnosed, as the report's first story of it is.
"""

import argparse
import json
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from conformance.implementation.overlay import made
from conformance.record.vocabulary import Kind
from conformance.run.machine import limit_threads
from conformance.run.run import Run

limit_threads()

import numpy as np  # noqa: E402 - after the threads
from strangers import STRANGERS  # noqa: E402

import reference_impl  # noqa: E402
from cases.mistakes import MISTAKES  # noqa: E402
from conformance.explain.diagnosis import diagnose  # noqa: E402
from conformance.implementation.implementation import Implementation  # noqa: E402
from conformance.implementation.load import load  # noqa: E402
from conformance.judge.check import judge_check  # noqa: E402
from conformance.judge.search import Plan  # noqa: E402
from conformance.tools.proof.examples import shown_check  # noqa: E402

RUN = Run()
PLAN = Plan()
OTHERS = ("cases.alternatives.im2col", "cases.alternatives.fused", "cases.alternatives.einsum")


class OtherCode:
    """A right implementation that shares no line with the reference: the first that has it."""

    def __init__(self):
        self._all = [load(name)._offers for name in (*OTHERS, "conformance.adapters.torch")]

    def __getattr__(self, name):
        for one in self._all:
            if hasattr(one, name):
                return getattr(one, name)
        raise AttributeError(name)


def of_strangers():
    """Strangers with something wrong: what each is, and the name that is known for it."""
    return {name: one.MISTAKE for name, one in STRANGERS if not getattr(one, "RIGHT", False)}


def of_other_code():
    """The named mistakes, made of other code than the reference."""
    return {f"other code: {one.id}": one.id for one in MISTAKES}


def _fails(check, contender):
    with np.errstate():
        return judge_check(check, contender, Plan()).rejects


def _checks(name):
    """A maker of the implementation, since some keep a state; and the checks that it may fail."""
    if name.startswith("other code: "):
        mistake = next(one for one in MISTAKES if one.id == name.removeprefix("other code: "))
        return lambda: made(mistake, OtherCode()), [shown_check(mistake, RUN.checks)]
    kind = dict(STRANGERS)[name]

    def stranger():
        return Implementation(kind(), name)

    offered = stranger()
    owed = [
        one
        for one in RUN.checks.values()
        if one.operation.network is None and one.provided_by(offered)
    ]
    return stranger, sorted(owed, key=lambda one: (list(Kind).index(one.kind), one.id))


def diagnosed(name):
    """(The check that fails first, names of mistakes, what is said in words); None if none does."""
    contender, checks = _checks(name)
    check = next((one for one in checks if _fails(one, contender())), None)
    if check is None:
        return None
    with np.errstate():
        found = diagnose(check, contender(), PLAN, MISTAKES, reference_impl)
    return {
        "check": check.id,
        "named": [one.id for one in found.mistakes],
        "agreements": list(found.agreements),
        "findings": list(found.findings),
    }


def summed(known, found):
    """How many there are, called by their name, by a wrong one, and by none."""
    failing = {name: one for name, one in found.items() if one is not None}
    right = [name for name, one in failing.items() if known[name] in one["named"]]
    wrong = [name for name, one in failing.items() if one["named"] and name not in right]
    return {
        "failing": len(failing),
        "named": len(right),
        "wrong": sorted(wrong),
        "unnamed": sorted(set(failing) - {*right, *wrong}),
    }


def table(data):
    """The figures in Markdown."""
    rows = ["| implementations | fail | called by their name | by a wrong one | by none |"]
    rows.append("|---|--:|--:|--:|--:|")
    for title, one in data.items():
        named = f"{one['named']} ({100 * one['named'] // one['failing']} %)"
        cells = (one["failing"], named if title != "unknown" else "", len(one["wrong"]))
        rows.append(f"| {TITLES[title]} | {' | '.join(map(str, cells))} | {len(one['unnamed'])} |")
    return "\n".join(rows)


TITLES = {
    "strangers": "a named mistake, written by somebody else",
    "other code": "a named mistake, made of other right code",
    "unknown": "a mistake that has no name",
}


def groups():
    """What is diagnosed, in three groups: the name that is known for each, or None."""
    strangers = of_strangers()
    return {
        "strangers": {name: one for name, one in strangers.items() if one is not None},
        "other code": of_other_code(),
        "unknown": {name: one for name, one in strangers.items() if one is None},
    }


def figures(names: Iterable[str], workers: int):
    """The diagnosis of each, on several processes."""
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=limit_threads) as pool:
        return dict(zip(names, pool.map(diagnosed, names, chunksize=4), strict=True))


def main():
    """Print the table; write the data where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    data = {
        title: summed(known, figures(list(known), asked.workers))
        for title, known in groups().items()
    }
    print(table(data))  # noqa: T201 - a command
    if asked.output:
        text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
        Path(asked.output).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
