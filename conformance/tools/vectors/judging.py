"""Judge recorded results, by the very code that judges live ones, and keep the record."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from conformance.implementation.process_state import own_state
from conformance.judge.check import CheckRun
from conformance.judge.search import silent
from conformance.judge.trial import Trial
from conformance.record.vocabulary import DTYPES
from conformance.run.gather import Gathering
from conformance.run.lines import judge_check
from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.spec.finding import CheckResult
from conformance.spec.operation import Operation
from conformance.tools.vectors import index
from conformance.tools.vectors.export import checks_judged
from conformance.tools.vectors.index import VectorsError
from conformance.tools.vectors.recorded import Recorded, Vectors, recorded_results, results_at


class _RecordedRun(Run):
    """A run whose implementation is what was recorded."""

    def __init__(self, settings: Settings, recorded: Recorded) -> None:
        super().__init__(settings)
        self._recorded = recorded

    def _load(self) -> Recorded:
        return self._recorded


class Judged(NamedTuple):
    """What came of it: the lines of the record, and how many of the results due were there."""

    gathering: Gathering
    present: int
    due: int


def judged(folder: str, location: str, report: str) -> Judged:
    """Judge the results at a location as those of the vectors in a folder.

    Raises:
        VectorsError: the vectors or the results cannot be read, or are not of each other.
    """
    vectors = Vectors(index.read(Path(folder)))
    content, tensors = vectors.content, results_at(location)
    names = [each["tensor"] for entry in content["cases"] for each in entry["results"]]
    if names and not tensors.keys() & set(names):
        raise VectorsError(
            f"{location} has no result of these vectors: one would be called {names[0]!r}. Name "
            f"each tensor as the field 'tensor' of {index.FILE} says."
        )
    known = {entry["dtype"] for entry in content["cases"]}
    recorded = Recorded(location, tuple(name for name in DTYPES if name in known))
    profile = content["profile"]
    settings = Settings(
        location, vectors=folder, profile=profile, seed=content["seed"], report=report
    )
    run = _RecordedRun(settings, recorded)
    groups = _groups(run, vectors)
    for (operation, dtype), entries in groups.items():
        recorded.cover(operation, dtype)
        for entry in entries:
            recorded.keep(operation, vectors.case(entry), recorded_results(entry, tensors))
    gathering = Gathering(run)
    for (operation, dtype), entries in groups.items():
        run.results |= _results(operation, dtype, recorded, list(_cases(vectors, entries)))
        for check in checks_judged(operation, dtype):
            gathering.selected.add(check.id)
            gathering.lines[check.id] = judge_check(run, check.id)
    return Judged(gathering, len(tensors.keys() & set(names)), len(names))


def _groups(run: Run, vectors: Vectors) -> dict[tuple[Operation, str], list[dict[str, Any]]]:
    groups: dict[tuple[Operation, str], list[dict[str, Any]]] = defaultdict(list)
    for entry in vectors.content["cases"]:
        operation, dtype = run.functions.get(entry["operation"]), entry["dtype"]
        if operation is None or dtype not in DTYPES:
            raise VectorsError(
                f"{entry['id']!r} is of {entry['operation']!r} in {dtype!r}, which this version "
                f"does not judge. Write the vectors anew."
            )
        groups[operation, dtype].append(entry)
    return groups


def _cases(vectors: Vectors, entries: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield the cases with their sweeps, the smallest first: the first failure is shown."""
    cases = [(entry["sweep"], vectors.case(entry)) for entry in entries]
    yield from sorted(cases, key=lambda pair: sum(array.size for array in pair[1].arrays))


def _results(
    operation: Operation, dtype: str, recorded: Recorded, cases: list[tuple[str, Any]]
) -> dict[str, CheckResult]:
    """Judge the cases of an operation in a dtype; return what each check came to, by id."""
    runs = {
        check: CheckRun(check, recorded)
        for check in checks_judged(operation, dtype)
        if check.provided_by(recorded)
    }
    pending = dict(runs)
    with own_state(), silent():
        for sweep, case in cases:
            trial = Trial(operation, dtype, case)
            # A control is looked up where a case asks for it.
            for check in [each for each in pending if each.sweep == sweep]:
                if not pending[check].case(trial):
                    del pending[check]
    return {check.id: run.result() for check, run in runs.items()}
