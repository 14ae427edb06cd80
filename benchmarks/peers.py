"""The named mistakes before this suite and before two plain comparisons with torch, in one run.

A plain comparison is the test that one writes first: inputs from N(0, 1), ones as upstream
gradient, torch in the same dtype as the truth, and `numpy.testing.assert_allclose` with the pair
1e-5, 1e-8, or `torch.testing.assert_close` with its defaults. It gets what the suite gets: the
same structures, so the same shapes and parameters, and as many cases for every value and every
gradient in float32 and in float64. Labels and probabilities stay what they are. What it rejects
counts as found where it accepts the reference in the same case.

    python benchmarks/peers.py --output docs/peers.json
"""

import argparse
import importlib
import json
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from conformance.implementation.overlay import made
from conformance.judge.check import judge_sweep
from conformance.run.machine import limit_threads
from conformance.run.run import Run
from conformance.run.settings import REFERENCE, Settings

limit_threads()

import numpy as np  # noqa: E402 - after the number of its threads is set
import torch  # noqa: E402
from peers_tables import GROUPS, alarms_table, found_table  # noqa: E402

from cases.alternatives import ALTERNATIVES  # noqa: E402
from cases.mistakes import MISTAKES  # noqa: E402
from conformance.implementation.implementation import Implementation  # noqa: E402
from conformance.implementation.load import load  # noqa: E402
from conformance.judge.draw import fills, search  # noqa: E402
from conformance.judge.search import Plan  # noqa: E402
from conformance.judge.trial import Trial  # noqa: E402
from conformance.spec.case import Case, Structure  # noqa: E402
from conformance.spec.check import Check  # noqa: E402
from conformance.spec.mistake import Mistake  # noqa: E402
from conformance.spec.operation import Operation  # noqa: E402
from conformance.spec.outcome import Returned  # noqa: E402
from conformance.spec.tree import nested  # noqa: E402
from conformance.spec.values import fill_all, labels, probabilities  # noqa: E402

SUITE = "this suite"
# torch itself is left out: a plain comparison would compare it with itself.
RIGHT = (REFERENCE, *ALTERNATIVES)


def _allclose(actual: Any, torchs: Any) -> None:
    np.testing.assert_allclose(actual, torchs, 1e-5, 1e-8)


def _assert_close(actual: Any, torchs: Any) -> None:
    torch.testing.assert_close(
        torch.from_numpy(np.array(actual)), torch.from_numpy(np.array(torchs))
    )


Contenders = Mapping[str, Implementation]
PLAIN: Mapping[str, Callable[[Any, Any], None]] = {
    "assert_allclose": _allclose,
    "assert_close": _assert_close,
}


def _normal_case(operation: Operation, structure: Structure, dtype: str, rng: Any) -> Case:
    inputs = {}
    for one in operation.inputs:
        inputs[one.name] = fill_all(one.fill, rng, structure, one.name, dtype, "normal")
        if one.fill not in {labels, probabilities}:
            inputs[one.name] = nested(
                lambda a: np.asarray(rng.standard_normal(a.shape), dtype), inputs[one.name]
            )
    return operation.completed(Case(inputs, dict(structure.parameters)))


def _plain_cases(check: Check, structure: Structure, seed: int) -> Iterator[Trial]:
    for number in range(fills(check)):
        rng = np.random.Generator(np.random.PCG64([seed, number]))
        case = _normal_case(check.operation, structure, check.dtype, rng)
        trial = Trial(check.operation, check.dtype, case)
        if check.kind == "gradient":
            trial.case = case.but(grad_output=nested(np.ones_like, trial.torch_value))
        yield trial


def _answer(check: Check, trial: Trial, contender: Implementation) -> tuple[Any, Any]:
    """What the contender makes of a case, and torch."""
    if check.kind == "value":
        return trial.call(contender), trial.torch_value
    outcome = trial.call(contender, backward=True)
    torchs = trial.torch_gradients[check.argument or ""]
    picked = trial.pick(outcome, check.argument or "")
    return Returned(picked, ()) if isinstance(outcome, Returned) else outcome, torchs


def _passes(judge: Callable[[Any, Any], None], outcome: Any, torchs: Any) -> bool:
    """Whether a plain test would pass: a contender that raises fails it."""
    if not isinstance(outcome, Returned):
        return False
    try:
        _each(judge, outcome.result, torchs)
    except (AssertionError, TypeError, ValueError):
        return False
    return True


def _each(judge: Callable[[Any, Any], None], actual: Any, torchs: Any) -> None:
    if isinstance(torchs, tuple | list):
        for one, other in zip(actual, torchs, strict=True):
            _each(judge, one, other)
    else:
        judge(actual, torchs)


def _plain_rejections(
    check: Check, wrong: Contenders, sound: Contenders, plan: Plan
) -> dict[str, set[str]]:
    """For each plain comparison the contenders that it rejects on a check's budget of cases.

    That it rejects something wrong counts only in a case in which it accepts the reference: where
    it rejects everything it has found nothing.
    """
    rejected: dict[str, set[str]] = {judge: set() for judge in PLAIN}

    def meet(trial: Trial, contenders: Contenders, judges: set[str]) -> None:
        for name, contender in contenders.items():
            left = [judge for judge in judges if name not in rejected[judge]]
            if left:
                outcome, torchs = _answer(check, trial, contender)
                found = (judge for judge in left if not _passes(PLAIN[judge], outcome, torchs))
                for judge in found:
                    rejected[judge].add(name)

    def example(structure: Structure, seed: int) -> bool:
        for trial in _plain_cases(check, structure, seed):
            right, torchs = _answer(check, trial, sound[REFERENCE])
            meet(trial, wrong, {judge for judge in PLAIN if _passes(PLAIN[judge], right, torchs)})
            meet(trial, sound, set(PLAIN))
        return True

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search(check, plan, example)
    return rejected


def judged(name: str, seed: int) -> dict[str, Any]:
    """One check: what each judge rejects among the mistakes, and among what is right."""
    check = Run(Settings(seed=seed)).checks[name]
    right = importlib.import_module(REFERENCE)
    wrong = {one.id: made(one, right) for one in MISTAKES if one.operation == check.operation.name}
    sound = {one: load(one) for one in RIGHT}
    sound = {one: it for one, it in sound.items() if check.provided_by(it)}
    plan = Plan(seed=seed)
    results = judge_sweep([check], {**wrong, **sound}, plan, first=True)
    rejected = {SUITE: {one for (_, one), it in results.items() if it.rejects}}
    if check.kind in {"value", "gradient"}:
        rejected |= _plain_rejections(check, wrong, sound, plan)
    return {
        "check": name,
        "wrong": {judge: sorted(found & set(wrong)) for judge, found in rejected.items()},
        "alarms": {judge: sorted(found & set(sound)) for judge, found in rejected.items()},
        "sound": sorted(sound),
    }


def _kinds_broken(checks: Mapping[str, Check], mistake: Mistake) -> set[str]:
    return {
        check.kind
        for name, check in checks.items()
        if check.operation.name == mistake.operation and mistake.breaks_check(name)
    }


def summary(
    checks: Mapping[str, Check], results: list[dict[str, Any]], seed: int
) -> dict[str, Any]:
    """Everything found, by mistake and by right implementation."""
    judges = [SUITE, *PLAIN]
    mistakes = {}
    for one in MISTAKES:
        kinds = _kinds_broken(checks, one)
        mistakes[one.id] = {
            "group": next(group for group in GROUPS if group in kinds),
            "found_by": [
                judge
                for judge in judges
                if any(one.id in result["wrong"].get(judge, ()) for result in results)
            ],
        }
    # A plain comparison has no say in other checks, and so raises no alarm there.
    compared = [one for one in results if checks[one["check"]].kind in {"value", "gradient"}]
    right = {
        name: {
            "checks": sum(name in one["sound"] for one in compared),
            "alarms": {
                judge: [one["check"] for one in compared if name in one["alarms"][judge]]
                for judge in judges
            },
        }
        for name in RIGHT
    }
    return {"seed": seed, "judges": judges, "mistakes": mistakes, "right": right}


def main() -> None:
    """Judge everything; print two tables, and write what they show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="a JSON file for the figures")
    parser.add_argument("-k", dest="select", default="", help="only checks whose id contains this")
    given = parser.parse_args()
    run = Run(Settings(seed=given.seed))
    checks = {
        name: check
        for name, check in run.checks.items()
        if check.operation.network is None and given.select in name
    }
    task = partial(judged, seed=given.seed)
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        results = list(pool.map(task, checks, chunksize=4))
    data = summary(run.checks, results, given.seed)
    print(found_table(data), alarms_table(data), sep="\n\n")
    if given.output:
        given.output.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
