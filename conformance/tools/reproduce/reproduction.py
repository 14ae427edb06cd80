"""One counterexample in the pieces that a script or a test is put together from.

Every piece is code, or text made safe: what comes from an implementation goes through repr, or
into a comment on one line.
"""

import builtins
import keyword
import re
import textwrap
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.floats import Array, numpy_dtype, ulp
from conformance.explain.counterexample import restore
from conformance.judge.trial import Trial
from conformance.record.file import Line
from conformance.report.safe_text import shown
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.tree import nested
from conformance.tools.replay.replay import ReplayError
from conformance.tools.reproduce.expressions import expression
from conformance.tools.reproduce.literals import (
    Code,
    Group,
    call,
    dtype_name,
    in_layout,
    layouts_used,
    numbers,
    quoted,
    statement,
    upward,
)

Way = Literal["result", "warning", "refusal", "pure", "convention"]

_WARNED = re.compile(r"(the result|the gradient of \w+) is right, but gave a spurious warning: ")
_LEFT_A_TRACE = re.compile(r"(\w+) (changed|gave another result|overwrote|raised .* called again)")
_GRADIENT = re.compile(r"(?:element \([\d, ]*\) of )?the gradient of (\w+)")


@dataclass(frozen=True)
class Reproduction:
    """All that the templates write down."""

    check: Check
    line: Line
    implementation: str

    @cached_property
    def _stored(self) -> dict[str, Any]:
        found: dict[str, Any] = self.line["counterexample"]
        return found

    @cached_property
    def _case(self) -> Case:
        return restore(self.check.operation, self._stored)

    @cached_property
    def _trial(self) -> Trial:
        return Trial(self.check.operation, self.check.dtype, self._case)

    @cached_property
    def _message(self) -> str:
        return str(self._stored["message"] or self.line.get("message") or "")

    @cached_property
    def kind(self) -> Way:
        """What has to be looked at, which a check of one kind may fail in several ways."""
        if self._message == "follows no one convention throughout":
            what = "each of its cases is right, but not all by one convention: replay it"
            raise ReplayError(f"{self.check.id}: {what}")
        if self._case.refusal is not None:
            return "refusal"
        if self.check.kind == "convention":
            return "convention"
        if self.check.kind == "pure" and self._traced:
            return "pure"
        return "warning" if _WARNED.match(self._message) else "result"

    @cached_property
    def _traced(self) -> str | None:
        """The function that left a trace."""
        found = _LEFT_A_TRACE.match(self._message)
        names = {self.check.operation.name, f"{self.check.operation.name}_backward"}
        return found[1] if found and found[1] in names else None

    @cached_property
    def _argument(self) -> str | None:
        """The input whose gradient is wrong; None where it is the result."""
        check = self.check
        if self.kind == "convention":
            return next(c.argument for c in check.operation.conventions
                        if c.question == check.argument)  # fmt: skip
        if check.kind not in {"dtype", "pure"}:
            return check.argument
        found = _GRADIENT.match(self._message)
        return found[1] if found and found[1] in check.operation.gradients else None

    @property
    def _backward(self) -> bool:
        traced = self._traced if self.kind == "pure" else None
        return self._argument is not None or traced == f"{self.check.operation.name}_backward"

    # What is said of it.

    @property
    def id(self) -> str:
        """The check's."""
        return self.check.id

    @property
    def slug(self) -> str:
        """The id as part of a name."""
        return re.sub(r"\W+", "_", self.check.id).strip("_")

    @property
    def spec(self) -> str:
        """The implementation, as a literal."""
        return quoted(self.implementation)

    @property
    def formula(self) -> str:
        """The operation's, as a literal."""
        return quoted(self.check.operation.formula)

    @property
    def said(self) -> list[str]:
        """Formula and message, as lines of comments."""
        told = (self.check.operation.formula, self._message)
        return [line for text in told for line in textwrap.wrap(shown(text), 90)]

    @property
    def due(self) -> str:
        """A line to print: the rule that a refusal is owed to."""
        rules = self.check.operation.refusals
        rule = next(one.rule for one in rules if one.name == self._case.refusal)
        return quoted(f"due:   an exception, for {rule}")

    # What is given.

    @property
    def _given(self) -> dict[str, Any]:
        upstream = {"grad_output": self._case.grad_output} if self._backward else {}
        return {**upstream, **self._case.inputs}

    def _variables(self) -> list[str]:
        return [_variable(name) for name in self._given]

    @property
    def names(self) -> str:
        """The variables of all inputs, as a tuple."""
        names = ", ".join(self._variables())
        return names if len(self._given) > 1 else f"({names},)"

    @property
    def nested_inputs(self) -> bool:
        """Whether an input is a list or tuple of arrays."""
        return any(isinstance(one, list | tuple) for one in self._given.values())

    @property
    def bfloat16(self) -> bool:
        """Whether NumPy needs ml_dtypes to know the dtype."""
        return self.check.dtype == "bfloat16"

    def given(self, indent: int = 4) -> str:
        """Assignments of all inputs, each in its layout."""
        layouts = self._case.layouts
        rows = (
            statement(f"{_variable(name)} = ", in_layout(value, layouts.get(name, "")), indent)
            for name, value in self._given.items()
        )
        return "\n".join(rows)

    @property
    def helpers(self) -> list[str]:
        """The functions that make layouts, which the inputs need."""
        return layouts_used(self.given())

    # What is called.

    def call(self, start: str, indent: int = 4) -> str:
        """The call of the implementation, its result assigned or returned."""
        name = self.check.operation.name
        gradients = list(self.check.operation.gradients)
        arguments: list[Code] = list(self._variables())
        if not self._backward:
            return statement(start, self._call(name, arguments), indent)
        code = self._call(f"{name}_backward", arguments)
        if len(gradients) == 1:
            return statement(start, code, indent)
        wanted = f"grad_{self._argument}"
        places = ", ".join(wanted if one == self._argument else "_" for one in gradients)
        rows = [statement(f"{places} = ", code, indent), f"{' ' * indent}{start}{wanted}"]
        return "\n".join(rows)

    def call_again(self, indent: int) -> str:
        """The call of the function that left a trace, on any inputs."""
        assert self._traced is not None
        return statement("return ", self._call(self._traced, ["*inputs"]), indent)

    def _call(self, function: str, arguments: list[Code]) -> Group:
        return call(f"implementation.{function}", arguments, self._case.parameters)

    @property
    def truth(self) -> str:
        """The call of torch, where it has one; and the way back through it."""
        if self.kind not in {"result", "convention"}:
            return ""
        names = {name: _variable(name) for name in self._case.inputs}
        code = expression(self.check.operation, names, self._case.parameters)
        if code is None:
            return ""
        if self._argument is None:
            return statement("return ", code, 4)
        of = _variable(self._argument)
        rows = [f"    {of}.requires_grad_()", statement("output = ", code, 4)]
        return "\n".join([*rows, f"    return torch.autograd.grad(output, {of}, grad_output)[0]"])

    # What is due.

    @cached_property
    def _truth(self) -> Any:
        argument = self._argument
        if argument is None:
            return self._trial.value
        return self._trial.gradient(self.check.operation.gradients[argument])

    @property
    def nested(self) -> bool:
        """Whether the result is a list or tuple of arrays."""
        return self.kind in {"result", "warning"} and not isinstance(self._truth, Ball)

    def expected(self, start: str, indent: int = 0) -> str:
        """The truth, in float64."""
        return statement(start, numbers(nested(_value, self._truth)), indent)

    def bound(self, start: str, indent: int = 0) -> str:
        """How far from the truth each element may be."""
        return statement(start, numbers(nested(_allowed, self._truth)), indent)

    def answers(self, start: str, indent: int = 0) -> str:
        """Every answer to a question of convention: its gradient and bounds."""
        question = self.check.argument
        conventions = self.check.operation.conventions
        answers = next(one.answers for one in conventions if one.question == question)
        rows = []
        for answer in answers:
            ball = self._trial.gradient(answer.gradient)
            due = (numbers(_value(ball)), numbers(_allowed(ball)))
            rows.append(Group(f"{quoted(answer.name)}: (", due, ")"))
        return statement(start, Group("{", tuple(rows), "}"), indent)

    @property
    def dtype(self) -> str:
        """The result's, as code."""
        return dtype_name(numpy_dtype(self.check.dtype))

    @property
    def dtype_name(self) -> str:
        """The result's, in words."""
        return self.check.dtype

    # What the script imports.

    @property
    def ended(self) -> bool:
        """Whether the call took its process down, or did not come back."""
        return self.line["verdict"] in {"crashed", "timed out"}

    @property
    def needs(self) -> str:
        """What must be there for the script, in words."""
        packages = ["NumPy"] + ["torch"] * bool(self.truth) + ["ml_dtypes"] * self.bfloat16
        return f"{', '.join(packages)} and the implementation"

    def modules(self, *more: str) -> list[str]:
        """Modules of the standard library, in order."""
        found = {"importlib", "importlib.util", "operator", "sys", *more}
        found |= {"itertools", "random", "warnings"} if self.kind == "pure" else set()
        found |= {"warnings"} if self.kind == "warning" else set()
        return sorted(found | ({"faulthandler"} if more and self.ended else set()))


def _variable(name: str) -> str:
    """A name that hides nothing: input_ for input."""
    return f"{name}_" if hasattr(builtins, name) or keyword.iskeyword(name) else name


def _value(ball: Ball) -> Array:
    with np.errstate(over="ignore"):
        value: Array = ball.value.astype(np.float64)
    return value


def _allowed(ball: Ball) -> Array:
    """The bound, widened by what the truth lacks when it is written in float64."""
    value, arithmetic = _value(ball), ball.arithmetic
    bound = ball.bound * (1.0 + arithmetic.slack)
    if arithmetic.result.name == "float64":
        bound = bound + np.where(bound > 0, ulp(value, arithmetic.result) / 2, 0.0)
    return upward(np.asarray(bound))
