"""Write cases to files: inputs, parameters, upstream gradients, truths and their bounds.

The cases are those of a run with the same seed and profile. What cannot be told by numbers alone
is left out: refusals, conventions, purity, and whole networks.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from conformance.bounds.floats import Array
from conformance.implementation.process_state import own_state
from conformance.implementation.purity import bits
from conformance.judge.draw import control, plain_trials, visit
from conformance.judge.search import Plan, silent
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Kind
from conformance.spec.check import Check, checks_of
from conformance.spec.operation import Operation
from conformance.spec.tree import leaves
from conformance.tools.vectors import index, safetensors
from conformance.tools.vectors.exported import exported

KINDS = (Kind.VALUE, Kind.GRADIENT, Kind.DTYPE, Kind.EDGE, Kind.SPECIAL)
"""The kinds of checks that recorded results can be judged by."""


class Export(NamedTuple):
    """What was written: the number of cases, and the files."""

    cases: int
    files: list[Path]


def export(
    operations: Iterable[Operation],
    dtypes: Iterable[str],
    plan: Plan,
    folder: Path,
    about: dict[str, Any],
) -> Export:
    """Write the cases of operations in these dtypes, and the index; `about` begins the index."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs = [(operation, dtype) for operation in operations for dtype in dtypes]
    cases, files = [], []
    for operation, dtype in pairs:
        tensors: dict[str, Array] = {}
        file = f"{operation.name}-{dtype}.safetensors"
        with own_state(), silent():
            for sweep, number, trial in _numbered(drawn(operation, dtype, plan)):
                name = f"{operation.name}/{dtype}/{sweep}/{number:04}"
                cases.append(_case(name, sweep, file, trial, tensors))
        safetensors.write(folder / file, tensors)
        files.append(folder / file)
    index.write(folder, {"format": index.FORMAT, **about, "cases": cases})
    return Export(len(cases), [*files, folder / index.FILE])


def checks_judged(operation: Operation, dtype: str) -> list[Check]:
    """Return the checks of an operation that recorded results can be judged by."""
    return [check for check in checks_of(operation, (dtype,)) if check.kind in KINDS]


def drawn(operation: Operation, dtype: str, plan: Plan) -> list[tuple[str, Trial]]:
    """Return the trials of an operation, each with the sweep that it is of, and those of controls.

    No case is there twice.
    """
    trials: list[tuple[str, Trial]] = []
    by_sweep = {check.sweep: check for check in checks_judged(operation, dtype)}
    for sweep, check in by_sweep.items():

        def meet(trial: Trial, sweep: str = sweep) -> bool:
            trials.append((sweep, trial))
            return True

        visit(check, plan, meet)
    controls = [control(trial) for sweep, trial in trials if sweep == "special"]
    if "edge" in by_sweep:
        controls += plain_trials(by_sweep["edge"])
    trials += [("control", trial) for trial in controls]
    return list({_key(sweep, trial): (sweep, trial) for sweep, trial in trials}.values())


def _key(sweep: str, trial: Trial) -> str:
    case = trial.case
    return repr((sweep, bits(list(case.arguments.values())), sorted(case.parameters.items())))


def _numbered(trials: list[tuple[str, Trial]]) -> Iterator[tuple[str, int, Trial]]:
    counts: dict[str, int] = {}
    for sweep, trial in trials:
        counts[sweep] = counts.get(sweep, -1) + 1
        yield sweep, counts[sweep], trial


def _case(
    name: str, sweep: str, file: str, trial: Trial, tensors: dict[str, Array]
) -> dict[str, Any]:
    """Return the case's entry of the index; its arrays go to `tensors`."""
    case = trial.case
    inputs = [_argument(name, key, value, tensors) for key, value in case.inputs.items()]
    upstream = case.grad_output
    gradients = () if upstream is None else tuple(trial.operation.gradients)
    return {
        "id": name,
        "operation": trial.operation.name,
        "dtype": trial.dtype,
        "sweep": sweep,
        "file": file,
        "inputs": inputs,
        "parameters": dict(case.parameters),
        "grad_output": None
        if upstream is None
        else _argument(name, "grad_output", upstream, tensors),
        "results": [
            result
            for argument in (None, *gradients)
            for result in _results(name, argument, trial.expected(argument), tensors)
        ],
    }


def _argument(name: str, key: str, value: Any, tensors: dict[str, Array]) -> dict[str, Any]:
    is_nested = isinstance(value, list | tuple)
    names = [f"{name}/input/{key}"]
    if is_nested:
        names = [f"{name}/input/{key}/{position}" for position in range(len(value))]
    tensors.update(zip(names, leaves(value), strict=True))
    return {"name": key, "tensors": names, "nesting": type(value).__name__ if is_nested else None}


def _results(
    name: str, argument: str | None, truth: Any, tensors: dict[str, Array]
) -> Iterator[dict[str, Any]]:
    what = "value" if argument is None else f"gradient/{argument}"
    for path, ball in paths(truth):
        tail = "/".join([what, *map(str, path)])
        numbers = exported(ball)
        names = {part: f"{name}/{part}/{tail}" for part in ("truth", "low", "bound")}
        for part, array in numbers._asdict().items():
            if array is not None:
                tensors[names[part]] = array
        low = None if numbers.low is None else names["low"]
        result = f"{name}/{tail}"
        yield {"tensor": result, "argument": argument, "path": list(path), **names, "low": low}


def paths(tree: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Yield the leaves of nested lists and tuples, each with its path."""
    if not isinstance(tree, list | tuple):
        yield path, tree
        return
    for position, branch in enumerate(tree):
        yield from paths(branch, (*path, position))
