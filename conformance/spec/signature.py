"""What a function of the contract takes and returns, in words; and stubs to fill in."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from conformance.spec.check import checks_of
from conformance.spec.operation import Operation

_HEAD = '''"""{title}

Fill in one function after the other; what still raises NotImplementedError is reported as not
provided. Judge them with

    nn-conformance run {file}
"""

import numpy as np
'''
# So many are named in the head of a file.
_FEW = 4


@dataclass(frozen=True)
class Signature:
    """One function: its inputs and parameters, and what comes back.

    Attributes:
        operation: what the cases know of it.
        inputs: shapes by name, in order.
        parameters: defaults by name, as Python writes them; empty where there is none.
        result: what is returned.
        notes: whatever else has to be known.
    """

    operation: Operation
    inputs: dict[str, str]
    parameters: dict[str, str]
    result: str
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The function's."""
        return self.operation.name

    def call(self, *, backward: bool = False) -> str:
        """How it is called: conv2d(x, weight, bias, *, stride=1)."""
        first = ["grad_output"] if backward else []
        keywords = [f"{k}={default}" if default else k for k, default in self.parameters.items()]
        star = ["*"] if keywords else []
        arguments = ", ".join([*first, *self.inputs, *star, *keywords])
        return f"{self.name}{'_backward' * backward}({arguments})"

    def explained(self) -> str:
        """All of it, for a reader."""
        one = self.operation
        lines = [one.formula, f"source: {one.source}", "", self.call()]
        if one.gradients:
            lines.append(self.call(backward=True))
        rows = {**self.inputs, "returns": self.result}
        if one.gradients:
            rows["gradients of"] = ", ".join(one.gradients)
        width = max(map(len, rows))
        lines += ["", *(f"  {name:<{width}}  {text}" for name, text in rows.items())]
        lines += [f"  {note}" for note in self.notes]
        if one.refusals:
            rules = dict.fromkeys(refusal.rule for refusal in one.refusals)
            lines += ["", "refuses, with an ordinary exception, what breaks a rule:"]
            lines += [f"  {rule}" for rule in rules]
        if one.conventions:
            lines += ["", "leaves open, torch's answer first:"]
            lines += [
                f"  {asked.question}: {', '.join(answer.name for answer in asked.answers)}"
                for asked in one.conventions
            ]
        checks = [check.id.partition("[")[0] for check in checks_of(one, ("float32",))]
        return "\n".join([*lines, "", "checks, in each dtype:", *(f"  {name}" for name in checks)])

    def stub(self) -> str:
        """Both functions, with docstrings and without a body."""
        parts = [self._stub(backward=False)]
        if self.operation.gradients:
            parts.append(self._stub(backward=True))
        return "\n\n\n".join(parts)

    def _stub(self, *, backward: bool) -> str:
        lines = [f"def {self.call(backward=backward)}:", f'    """{self.operation.formula}', ""]
        if backward:
            lines = [
                f"def {self.call(backward=True)}:",
                f'    """The gradients of {self.name}.',
                "",
            ]
            lines += ["    grad_output: as the result"]
        lines += [f"    {name}: {shape}" for name, shape in self.inputs.items()]
        returned = ", ".join(self.operation.gradients) if backward else self.result
        what = "the gradients of " if backward and len(self.operation.gradients) > 1 else ""
        what = what or ("the gradient of " if backward else "")
        lines += ["", f"    Returns {what}{returned}.", *(f"    {note}" for note in self.notes)]
        return "\n".join([*lines, '    """', "    raise NotImplementedError"])


def signatures(cases: str, operations: Sequence[Operation]) -> dict[str, Signature]:
    """The signature of every function, out of the package of cases."""
    text = resources.files(cases).joinpath("contract.toml").read_text("utf-8")
    known: dict[str, Any] = tomllib.loads(text)
    return {
        one.name: Signature(
            one,
            known[one.name]["inputs"],
            known[one.name].get("parameters", {}),
            known[one.name]["result"],
            tuple(known[one.name].get("notes", ())),
        )
        for one in operations
        if one.network is None
    }


def stubs(chosen: Sequence[Signature], file: str, owed: int) -> str:
    """A file with all of them to fill in, of so many that the contract has."""
    title = f"{len(chosen)} operations of the contract"
    if len(chosen) == owed:
        title = "The whole contract"
    elif len(chosen) <= _FEW:
        title = ", ".join(one.name for one in chosen)
    head = _HEAD.format(title=f"{title}.", file=file)
    return head + "".join(f"\n\n{one.stub()}\n" for one in chosen)
