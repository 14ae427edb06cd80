"""What torch computes, as an expression that a script can hold: read off the oracle itself.

An oracle is a function of torch's, or one that returns an expression of its arguments and torch;
of anything longer there is no expression.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from conformance.spec.operation import Operation
from conformance.spec.tensors import TorchFunction
from conformance.tools.reproduce.literals import Code, Group, call, quoted

Values = Mapping[str, list[ast.expr]]


def expression(
    operation: Operation, variables: Mapping[str, str], parameters: Mapping[str, Any]
) -> Code | None:
    """A call of torch on variables, by the names of inputs; None where it takes more than that."""
    given: list[Code] = [variables[one.name] for one in operation.inputs]
    if isinstance(operation.torch, TorchFunction):
        return call(operation.torch.name, given, dict(parameters))
    returned = _returned(operation.torch)
    if returned is None:
        return None
    values = _bound(operation.torch, list(variables.values()), parameters)
    if _free(returned) - {"torch", *values}:
        return None
    return _code(_Substituted(values).visit(returned))


def _returned(function: Callable[..., Any]) -> ast.expr | None:
    """The one expression that a function written in Python returns."""
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (TypeError, OSError):
        return None
    definition = ast.parse(source).body[0]
    found = [node.value for node in ast.walk(definition) if isinstance(node, ast.Return)]
    inner = [node for node in ast.walk(definition) if isinstance(node, ast.FunctionDef)]
    return found[0] if len(found) == 1 and inner == [definition] else None


def _bound(
    function: Callable[..., Any], variables: list[str], parameters: Mapping[str, Any]
) -> Values:
    """For each of the function's own names what it stands for; several for *args."""
    arguments = [ast.Name(one) for one in variables]
    constants = {name: ast.parse(quoted(one), mode="eval").body for name, one in parameters.items()}
    bound = inspect.signature(function).bind(*arguments, **constants)
    defaults = {
        name: ast.parse(quoted(one.default), mode="eval").body
        for name, one in inspect.signature(function).parameters.items()
        if one.default is not one.empty
    }
    given = {**defaults, **bound.arguments}
    return {name: list(one) if isinstance(one, tuple) else [one] for name, one in given.items()}


def _free(code: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(code) if isinstance(node, ast.Name)}


class _Substituted(ast.NodeTransformer):
    """Names replaced by what they stand for."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._values[node.id][0] if node.id in self._values else node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        arguments = [one for argument in node.args for one in self._argument(argument)]
        keywords = [ast.keyword(one.arg, self.visit(one.value)) for one in node.keywords]
        return ast.Call(self.visit(node.func), arguments, keywords)

    def _argument(self, node: ast.expr) -> list[ast.expr]:
        if isinstance(node, ast.Starred) and isinstance(node.value, ast.Name):
            return self._values[node.value.id]
        return [self.visit(node)]


def _code(node: ast.expr) -> Code:
    """The expression; a call may be laid out over several lines."""
    if not isinstance(node, ast.Call):
        return _text(node)
    keywords = (f"{one.arg}={_text(one.value)}" for one in node.keywords)
    return Group(f"{_text(node.func)}(", (*map(_text, node.args), *keywords), ")")


def _text(node: ast.expr) -> str:
    return ast.unparse(node).replace("'", '"')
