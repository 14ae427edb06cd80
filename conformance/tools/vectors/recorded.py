"""Results that were recorded elsewhere, as an implementation: it looks up what it is asked for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from conformance.bounds.floats import Array
from conformance.implementation.implementation import Implementation
from conformance.implementation.purity import Trace, bits
from conformance.spec.case import Case
from conformance.spec.coverage import WHOLE
from conformance.spec.operation import Operation
from conformance.spec.outcome import NotProvided, Outcome, Returned
from conformance.tools.vectors import index, safetensors
from conformance.tools.vectors.index import Index, VectorsError


class Recorded(Implementation):
    """Recorded results by function, inputs and parameters; all else is not provided."""

    def __init__(self, name: str, dtypes: tuple[str, ...]) -> None:
        super().__init__(None, name)
        self._recorded_dtypes = dtypes
        self._results: dict[str, Any] = {}
        self._functions: set[str] = set()

    @property
    def dtypes(self) -> tuple[str, ...]:
        """Return the dtypes of the cases."""
        return self._recorded_dtypes

    def keep(self, operation: Operation, case: Case, results: Mapping[str | None, Any]) -> None:
        """Keep the results of a case: the value by None, and the gradients by input."""
        if None in results:
            inputs = tuple(case.inputs.values())
            self._keep(operation.name, inputs, case.parameters, results[None])
        gradients = [results.get(name) for name in operation.gradients]
        if any(gradient is not None for gradient in gradients):
            inputs = (case.grad_output, *case.inputs.values())
            result = gradients[0] if len(gradients) == 1 else tuple(gradients)
            self._keep(f"{operation.name}_backward", inputs, case.parameters, result)

    def _keep(self, function: str, inputs: Any, parameters: dict[str, Any], result: Any) -> None:
        self._functions.add(function)
        self._results[_key(function, inputs, parameters)] = result

    def cover(self, operation: Operation, dtype: str) -> None:
        """Say that all of an operation is offered: a case without a result tells nothing else."""
        for function in (operation.name, f"{operation.name}_backward"):
            self.coverage[function, dtype] = WHOLE

    def provides(self, function: str) -> bool:
        """Return whether there is a result of this function."""
        return function in self._functions

    def accepts(self, function: str) -> frozenset[str] | None:  # noqa: ARG002 - the same for all
        """Return None: a case is looked up with all of its parameters."""
        return None

    def call(
        self,
        function: str,
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        *,
        listen: bool = False,  # noqa: ARG002 - no warning was recorded
    ) -> Outcome:
        """Return the recorded result of these inputs; that there is none where it is so."""
        key = _key(function, inputs, parameters)
        return Returned(self._results[key]) if key in self._results else NotProvided(function)

    def twice(
        self,
        watch: Callable[..., Any],  # noqa: ARG002 - nothing is called
        function: str,
        first: tuple[Any, ...],  # noqa: ARG002
        second: tuple[Any, ...],  # noqa: ARG002
        parameters: dict[str, Any],  # noqa: ARG002
    ) -> Trace:
        """Return that nothing can be said of two calls."""
        return Trace(ended=NotProvided(function))


def _key(function: str, inputs: Any, parameters: Mapping[str, Any]) -> str:
    return repr((function, bits(list(inputs)), sorted(parameters.items())))


def results_at(location: str) -> dict[str, Array]:
    """Read the tensors of a file, or of all files *.safetensors of a directory.

    Raises:
        VectorsError: there are none, or a file cannot be read.
    """
    path = Path(location)
    files = sorted(path.glob("*.safetensors")) if path.is_dir() else [path]
    if not files:
        raise VectorsError(f"{location} has no file *.safetensors; write the results into one")
    tensors: dict[str, Array] = {}
    for file in files:
        tensors |= _read(file)
    return tensors


def _read(file: Path) -> dict[str, Array]:
    try:
        return safetensors.read(file)
    except safetensors.TensorError as error:
        raise VectorsError(str(error)) from error


class Vectors:
    """The cases of a directory, with their arrays."""

    def __init__(self, vectors: Index) -> None:
        self.content = vectors.content
        self._folder = vectors.folder
        self._tensors: dict[str, dict[str, Array]] = {}

    def case(self, entry: dict[str, Any]) -> Case:
        """Return the case of an entry of the index.

        Raises:
            VectorsError: its file lacks a tensor.
        """
        inputs = {each["name"]: self._value(entry, each) for each in entry["inputs"]}
        parameters = {name: _tupled(value) for name, value in entry["parameters"].items()}
        upstream = entry.get("grad_output")
        return Case(inputs, parameters, None if upstream is None else self._value(entry, upstream))

    def _value(self, entry: dict[str, Any], argument: dict[str, Any]) -> Any:
        file = entry["file"]
        if file not in self._tensors:
            self._tensors[file] = _read(self._folder / file)
        try:
            # What is read is read-only; a case is anybody's.
            arrays = [self._tensors[file][name].copy() for name in argument["tensors"]]
        except KeyError as error:
            why = f"{self._folder / file} has no tensor {error}, which {index.FILE} names"
            raise VectorsError(f"{why}. Write the vectors anew.") from error
        if argument.get("nesting") is None:
            return arrays[0]
        return tuple(arrays) if argument["nesting"] == "tuple" else arrays


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def recorded_results(entry: dict[str, Any], tensors: Mapping[str, Array]) -> dict[str | None, Any]:
    """Return the results of a case by argument, nested as they are due; those that are there."""
    results: dict[str | None, Any] = {}
    for argument in {result["argument"]: None for result in entry["results"]}:
        due = [result for result in entry["results"] if result["argument"] == argument]
        if all(result["tensor"] in tensors for result in due):
            pairs = [(tuple(result["path"]), tensors[result["tensor"]]) for result in due]
            results[argument] = _nested(pairs)
    return results


def _nested(pairs: list[tuple[tuple[int, ...], Array]]) -> Any:
    """Return arrays nested by their paths."""
    if pairs[0][0] == ():
        return pairs[0][1]
    count = 1 + max(path[0] for path, _ in pairs)
    return tuple(
        _nested([(path[1:], array) for path, array in pairs if path[0] == position])
        for position in range(count)
    )
