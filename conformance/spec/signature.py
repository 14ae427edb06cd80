"""What a function of the contract takes and returns, in words; and stubs to fill in."""

from collections.abc import Sequence
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


def call(operation: Operation, *, backward: bool = False) -> str:
    """Return how a function is called: conv2d(x, weight, bias, *, stride=1)."""
    arguments = ["grad_output"] if backward else []
    arguments += [argument.name for argument in operation.inputs]
    if operation.parameters:
        arguments.append("*")
    arguments += [keyword(name, default) for name, default in operation.parameters.items()]
    return f"{operation.name}{'_backward' * backward}({', '.join(arguments)})"


def keyword(name: str, default: Any) -> str:
    """Return a parameter as a definition has it: name=default, or the name of a required one."""
    if default is ...:
        return name
    # 1e-5, where Python itself writes 1e-05.
    text = f'"{default}"' if isinstance(default, str) else repr(default).replace("e-0", "e-")
    return f"{name}={text}"


def calls(operation: Operation) -> list[str]:
    """Return how the functions of an operation are called."""
    backward = [call(operation, backward=True)] if operation.gradients else []
    return [call(operation), *backward]


def rows(operation: Operation) -> dict[str, str]:
    """Return the shapes of inputs and result in words, and of which inputs there are gradients."""
    shapes = {argument.name: argument.shape for argument in operation.inputs}
    gradients = {"gradients of": ", ".join(operation.gradients)} if operation.gradients else {}
    return {**shapes, "returns": operation.result, **gradients}


def explained(operation: Operation) -> str:
    """Return all that the contract says of a function."""
    lines = [operation.formula, f"source: {operation.source}", "", *calls(operation)]
    width = max(map(len, rows(operation)))
    lines += ["", *(f"  {name:<{width}}  {text}" for name, text in rows(operation).items())]
    lines += [f"  {note}" for note in operation.notes]
    if operation.refusals:
        rules = dict.fromkeys(refusal.rule for refusal in operation.refusals)
        lines += ["", "refuses, with an ordinary exception, what breaks a rule:"]
        lines += [f"  {rule}" for rule in rules]
    if operation.conventions:
        lines += ["", "leaves open, torch's answer first:"]
        lines += [
            f"  {convention.question}: {', '.join(answer.name for answer in convention.answers)}"
            for convention in operation.conventions
        ]
    checks = [check.stem for check in checks_of(operation, ("float32",))]
    return "\n".join([*lines, "", "checks, in each dtype:", *(f"  {name}" for name in checks)])


def stubs_of(operation: Operation) -> tuple[str, ...]:
    """Return the function, and the one of its gradients, with docstrings and without a body."""
    forward = [operation.formula, "", *_shapes(operation)]
    forward += ["", f"Returns {operation.result}.", *operation.notes]
    if not operation.gradients:
        return (_stub(call(operation), forward),)
    gradients = ", ".join(operation.gradients)
    what = "gradients" if len(operation.gradients) > 1 else "gradient"
    backward = [f"The gradients of {operation.name}.", "", "grad_output: as the result"]
    backward += [*_shapes(operation), "", f"Returns the {what} of {gradients}.", *operation.notes]
    return _stub(call(operation), forward), _stub(call(operation, backward=True), backward)


def _shapes(operation: Operation) -> list[str]:
    return [f"{argument.name}: {argument.shape}" for argument in operation.inputs]


def _stub(called: str, words: Sequence[str]) -> str:
    first, *others = words
    indented = [f"    {line}" if line else "" for line in others]
    lines = [f"def {called}:", f'    """{first}', *indented, '    """']
    return "\n".join([*lines, "    raise NotImplementedError"])


def stubs(chosen: Sequence[Operation], file: str, owed: int) -> str:
    """Return a file with stubs of all these operations, of so many that the contract has."""
    title = f"{len(chosen)} operations of the contract"
    if len(chosen) == owed:
        title = "The whole contract"
    elif len(chosen) <= _FEW:
        title = ", ".join(operation.name for operation in chosen)
    texts = [text for operation in chosen for text in stubs_of(operation)]
    return "\n\n\n".join([_HEAD.format(title=f"{title}.", file=file).rstrip("\n"), *texts]) + "\n"
