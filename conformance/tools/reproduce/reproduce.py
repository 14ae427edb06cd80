"""A counterexample as a script, or as a test, that needs no more than NumPy and perhaps torch.

It holds the case itself, the truth with its bounds, and a few functions that compare; script.txt
has its text. Its verdict is that of the check, in code that a reader can follow.
"""

import builtins
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from string import Template
from types import FunctionType
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.floats import ulp
from conformance.explain.counterexample import restore
from conformance.judge.trial import Trial
from conformance.record.file import Line
from conformance.record.vocabulary import DTYPES, Kind, Problem, Verdict
from conformance.report.safe_text import shown
from conformance.run.run import Run
from conformance.spec.axis_order import RESULT, axes
from conformance.spec.case import Case
from conformance.spec.check import Check, checks_of
from conformance.spec.operation import Operation
from conformance.spec.tensors import TorchFunction
from conformance.tools.replay.replay import ReplayError
from conformance.tools.reproduce.literals import (
    array_code,
    call_code,
    in_layout,
    laid,
    quoted,
    tree_code,
    upward,
)

_, *_PARTS = re.split(r"(?m)^## (\w+)\n", Path(__file__).with_name("script.txt").read_text("utf-8"))
_SECTIONS = dict(zip(_PARTS[::2], _PARTS[1::2], strict=True))
_MODULES = "faulthandler functools importlib importlib.util itertools operator random sys warnings"
_TRACES = {Problem.CHANGED, Problem.ANOTHER_RESULT, Problem.OVERWROTE, Problem.RAISED_AGAIN}


def reproduction(line: Line, spec: str, file: str = "reproduce.py", *, pytest: bool = False) -> str:
    """Return a script, which ends with 1 while the implementation is wrong; or a test for pytest.

    Args:
        line: the line of a record.
        spec: the implementation, as `run` takes it.
        file: what the script will be called.
        pytest: return a test.

    Raises:
        ReplayError: no script can stand for the check, or its case was edited beyond repair.
    """
    check, ended = _check_of(line), line["verdict"] in {Verdict.CRASHED, Verdict.TIMED_OUT}
    fields = {
        "id": check.id,
        "slug": re.sub(r"\W+", "_", check.id).strip("_"),
        "formula": quoted(check.operation.formula),
        "implementation": quoted(spec),
        "file": file if re.fullmatch(r"[\w.-]+", file) else "reproduce.py",
        "watch": _SECTIONS["watch"] if ended else "",
        "dtype": check.dtype,
    }
    try:
        return _assembled(fields | _gaps(check, line), pytest=pytest)
    except Exception as error:
        raise ReplayError(
            f"{check.id}: its counterexample cannot be written down "
            f"({type(error).__name__}: {error}). Run the suite again."
        ) from error


def _check_of(line: Line) -> Check:
    """Return the check of a line, found without importing what was judged."""
    name, dtype, stored = line["id"], str(line.get("dtype")), line.get("counterexample") or {}
    operations = Run().operations.values() if dtype in DTYPES else ()
    checks = (check for operation in operations for check in checks_of(operation, (dtype,)))
    check = next((check for check in checks if check.id == name), None)
    if line["type"] == "claim":
        raise ReplayError(f"{name} is a claim about formulas, not a check of code: replay it")
    if check is None:
        raise ReplayError(f"{name} is no check of this version; run the suite again")
    if check.operation.network is not None:
        raise ReplayError(f"{name} is about many calls, each on what came before: replay it")
    if "finding" not in stored:
        raise ReplayError(f"{name} was judged by an older version; run the suite again")
    if stored["finding"]["problem"] == Problem.NO_ONE_CONVENTION:
        words = "each of its cases is right, but not all by one convention"
        raise ReplayError(f"{name}: {words}: replay it")
    for parameter in {*stored["parameters"]} - {*check.operation.parameters}:
        raise ReplayError(f"{name} has no parameter {parameter!r}; run the suite again")
    return check


def _gaps(check: Check, line: Line) -> dict[str, str]:
    """Return what fills the gaps of script.txt; "way" names the section that compares."""
    stored, orders = line["counterexample"], tuple(line.get("axes") or ())
    operation, finding, case = check.operation, stored["finding"], restore(check.operation, stored)
    way = _way(check, stored)
    is_whole = way in {"refusal", "pure"}
    argument = None if is_whole else check.gradient_of or finding["subject"][1]
    is_backward = argument or (way, finding["what"]) == ("pure", f"{operation.name}_backward")
    given = ({"grad_output": case.grad_output} if is_backward else {}) | case.inputs
    variables = {name: f"{name}_" if hasattr(builtins, name) else name for name in given}
    names = ", ".join(variables.values())
    inputs = [
        laid(f"{variables[name]} = {in_layout(value, case.layouts.get(name, ''))}", 4)
        for name, value in given.items()
    ]
    rules = {refusal.name: refusal.rule for refusal in operation.refusals}
    function = f"implementation.{operation.name}{'_backward' if is_backward else ''}"
    handed = [
        _in_order(variables[name], _sequence(operation, orders, name, value))
        for name, value in given.items()
    ]
    code = call_code(function, handed, case.parameters)
    is_without_torch = is_whole or way in {"dtype", "warning"}
    return {
        "way": way,
        "words": "\n".join(f"    # {row}" for row in textwrap.wrap(shown(stored["message"]), 90)),
        "names": names,
        "given": names if len(given) > 1 else f"({names},)",
        "inputs": "\n".join(inputs),
        "call": _call(code, argument, operation, orders),
        "torch": "" if is_without_torch else _torch(check, case, variables, argument),
        "rule": quoted(f"due:   an exception, for {rules[case.refusal]}") if case.refusal else "",
        **_due(check, Trial(operation, check.dtype, case), way, argument),
    }


def _way(check: Check, stored: dict[str, Any]) -> str:
    """Return how the check failed."""
    if stored["refusal"] is not None:
        return "refusal"
    if check.kind == Kind.CONVENTION:
        return "convention"
    if check.kind == Kind.DTYPE:
        return "dtype"
    problem = stored["finding"]["problem"]
    return "pure" if problem in _TRACES else "warning" if problem == Problem.WARNED else "result"


def _sequence(operation: Operation, orders: tuple[str, ...], name: str, value: Any) -> Any:
    """Return the axes in which an argument is handed over; None where it is as in the contract."""
    argument = RESULT if name == "grad_output" else name
    is_tree = isinstance(value, list | tuple)
    return None if is_tree else axes(operation, orders, argument, value.ndim)


def _in_order(code: str, sequence: Any) -> str:
    return code if sequence is None else f"np.transpose({code}, {tuple(map(int, sequence))})"


def _call(code: str, argument: str | None, operation: Operation, orders: tuple[str, ...]) -> str:
    """Return the call of the implementation, and of its gradients the one that is wrong."""
    sequence = axes(operation, orders, argument or RESULT)
    back = None if sequence is None else np.argsort(sequence)
    gradients = list(operation.gradients)
    if argument is None or len(gradients) == 1:
        return laid(f"return {_in_order(code, back)}", 4)
    results = ", ".join(f"grad_{name}" if name == argument else "_" for name in gradients)
    return laid(f"{results} = {code}", 4) + f"\n    return {_in_order(f'grad_{argument}', back)}"


def _torch(check: Check, case: Case, variables: Mapping[str, str], argument: str | None) -> str:
    """Return torch's call, and the way back through it; empty where it is more than a call."""
    code = oracle_code(check.operation, [variables[name] for name in case.inputs], case.parameters)
    if not code or argument is None:
        return code and laid(f"return {code}", 4)
    x = variables[argument]
    rows = [f"    {x}.requires_grad_()", laid(f"output = {code}", 4)]
    return "\n".join([*rows, f"    return torch.autograd.grad(output, {x}, grad_output)[0]"])


class Symbol:
    """A tensor, or torch itself: attributes, indices and calls become code.

    Whatever needs a number, as a loop or a comparison does, raises TypeError.
    """

    __iter__ = __bool__ = __eq__ = __hash__ = None  # type: ignore[assignment]

    def __init__(self, code: str) -> None:
        self._code = code

    def __repr__(self) -> str:
        return self._code

    def __getattr__(self, name: str) -> "Symbol":
        return Symbol(f"{self}.{name}")

    def __getitem__(self, key: Any) -> "Symbol":
        ends = (key.start, key.stop) if isinstance(key, slice) else (key,)
        return Symbol(f"{self}[{':'.join('' if end is None else quoted(end) for end in ends)}]")

    def __call__(self, *inputs: Any, **parameters: Any) -> "Symbol":
        """Return the call as code."""
        return Symbol(call_code(str(self), map(quoted, inputs), parameters))


def oracle_code(operation: Operation, variables: list[str], parameters: Mapping[str, Any]) -> str:
    """Return a call of torch on variables; empty where the oracle does more than that."""
    oracle: Any = operation.torch
    if isinstance(oracle, TorchFunction):
        oracle = Symbol(oracle.name)
    else:
        names, defaults = {**oracle.__globals__, "torch": Symbol("torch")}, oracle.__defaults__
        oracle = FunctionType(oracle.__code__, names, None, defaults, oracle.__closure__)
    try:
        code = oracle(*map(Symbol, variables), **parameters)
    except Exception:  # noqa: BLE001 - torch's functions raise many kinds on what is no tensor
        return ""
    return str(code) if isinstance(code, Symbol) else ""


def _due(check: Check, trial: Trial, way: str, argument: str | None) -> dict[str, str]:
    """Return the constants of what is due, and the function that compares a result with it."""
    if way == "convention":
        otherwise = check.question.otherwise
        # What more than bounds tell is left to the suite.
        others = [otherwise] if otherwise is not None and otherwise.holds is None else []
        answers = [*check.question.answers, *others]
        balls = [(answer.name, trial.gradient(answer.gradient)) for answer in answers]
        rows = [f"({quoted(name)}, {_value(ball)}, {_bound(ball)})" for name, ball in balls]
        return {"due": _SECTIONS["choice"] + laid(f"ANSWERS = [{', '.join(rows)}]")}
    if way in {"refusal", "pure", "dtype"}:
        return {"due": ""}
    gradients = check.operation.gradients
    truth = trial.value if argument is None else trial.gradient(gradients[argument])
    rows = [f"EXPECTED = {tree_code(truth, _value)}", f"BOUND = {tree_code(truth, _bound)}"]
    function = "fault" if isinstance(truth, Ball) else "nested_fault"
    return {"due": _SECTIONS["due"] + "\n".join(map(laid, rows)), "fault": function}


def _value(ball: Ball) -> str:
    with np.errstate(over="ignore"):
        return array_code(ball.value.astype(np.float64), dtype=False)


def _bound(ball: Ball) -> str:
    """Return the bound, widened by what the truth lacks when it is written in float64."""
    arithmetic, bound = ball.arithmetic, ball.bound * (1.0 + ball.arithmetic.slack)
    if arithmetic.result.name == "float64":
        with np.errstate(over="ignore"):
            lost = ulp(ball.value.astype(np.float64), arithmetic.result) / 2
        bound = bound + np.where(bound > 0, lost, 0.0)
    return array_code(upward(np.asarray(bound)), dtype=False)


def _assembled(fields: dict[str, str], *, pytest: bool) -> str:
    """Return the sections of script.txt that are needed, their gaps filled."""

    def text(name: str) -> str:
        return Template(_SECTIONS[name]).substitute(fields)

    torch = [] if pytest or not fields["torch"] else ["torch"]
    fields["show"] = _SECTIONS["show"] if torch else ""
    blocks = [
        text("case"),
        *([text("oracle")] if torch else []),
        text("head") + text(fields["way"]),
    ]
    end = text("test" if pytest else "script")
    for name, section in _SECTIONS.items():
        is_called = re.search(rf"\b{name}\(", "".join([*blocks, end]))
        blocks += [section] if section.startswith(f"def {name}(") and is_called else []
    blocks = [end, *blocks] if pytest else [*blocks, end]
    code = "\n\n".join(blocks)
    imports = [name for name in _MODULES.split() if re.search(rf"\b{name}\.", code)]
    bfloat16 = ["ml_dtypes"] if fields["dtype"] == "bfloat16" else []
    fields["imports"] = "\n".join(f"import {name}" for name in imports)
    fields["packages"] = "\n".join(f"import {name}" for name in [*bfloat16, "numpy as np", *torch])
    fields["needs"] = ", ".join(["NumPy", *torch, *bfloat16])
    fields["usage"] = "" if pytest else text("usage")
    return f"{text('start')}\n\n{code}"
