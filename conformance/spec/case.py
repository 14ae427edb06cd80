"""The structure of a call, and a call: frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
    """One call: inputs (C-ordered arrays), parameters, upstream gradient, layouts in memory.

    `layouts` names, by input, the layout in which the implementation receives it. `refusal`
    names the rule that these inputs break, where they break one.
    """

    inputs: Inputs
    parameters: Parameters
    grad_output: Any = None
    layouts: Mapping[str, str] = field(default_factory=dict)
    refusal: str | None = None
