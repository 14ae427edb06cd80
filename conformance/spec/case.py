"""The structure of a call, and a call: frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from conformance.bounds.floats import Array
from conformance.spec.tree import leaves

Inputs = dict[str, Any]


Parameters = dict[str, Any]


Shape = tuple[int, ...]


@dataclass(frozen=True)
class Structure:
    """Everything about a call but its numbers: shapes by input (a list for a list), parameters."""

    shapes: Mapping[str, Shape | list[Shape]]
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One call of a function.

    Attributes:
        inputs: the positional inputs by name: C-ordered arrays, or lists of them.
        parameters: the keyword parameters.
        grad_output: the upstream gradient; None where only the result is judged.
        layouts: by input, the layout in memory in which the implementation receives it.
        refusal: the name of the rule that these inputs break; None where they break none.
    """

    inputs: Inputs
    parameters: Parameters
    grad_output: Any = None
    layouts: Mapping[str, str] = field(default_factory=dict)
    refusal: str | None = None

    @property
    def arguments(self) -> Inputs:
        """Return the inputs by name, and the upstream gradient too where there is one."""
        upstream = {} if self.grad_output is None else {"grad_output": self.grad_output}
        return {**self.inputs, **upstream}

    @property
    def arrays(self) -> list[Array]:
        """Return every array of the inputs and of the upstream gradient."""
        return list(leaves(list(self.arguments.values())))

    def but(self, **arguments: Any) -> Self:
        """Return the case with other inputs, or with another upstream gradient."""
        inputs = {**self.inputs, **arguments}
        grad_output = inputs.pop("grad_output", self.grad_output)
        return replace(self, inputs=inputs, grad_output=grad_output)
