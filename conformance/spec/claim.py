"""What claims are made of: a formula, and the readings and conditions that it is tried in.

Frozen data. A claim holds no verdict: each row of its truth table is filled by running it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis.strategies import SearchStrategy

from conformance.spec.case import Case, Inputs, Structure
from conformance.spec.finding import Finding

Formula = Callable[..., Any]

# (the claim's formula, inputs and parameters) -> "conforms" where they agree, "fails" where not
Judge = Callable[[Formula, Case], Finding]


class Suspect(Exception):  # noqa: N818 - it accuses the suite, not its input
    """The truth that a formula is held against is in doubt: no verdict can be reached."""


def _everywhere(_case: Case) -> bool:
    return True


def row_name(reading: str | None, condition: str | None) -> str:
    """Return reading and condition in one line, without those that are None."""
    return ", ".join(part for part in (reading, condition) if part is not None)


@dataclass(frozen=True)
class Row:
    """One row of a claim's truth table.

    Attributes:
        reading: what the symbols are taken to mean; None where there is one reading only.
        condition: what else is fixed, such as a loss or an activation; None where nothing is.
        structures: strategy of shapes and parameters.
        fill: NumPy's generator and a structure -> arrays by name.
        judge: whether the formula agrees with the truth on these inputs.
        admits: whether inputs belong to the universe, so that none outside it is ever offered
            as a counterexample.
    """

    reading: str | None
    condition: str | None
    structures: SearchStrategy[Structure]
    fill: Callable[[Any, Structure], Inputs]
    judge: Judge
    admits: Callable[[Case], bool] = field(default=_everywhere)

    @property
    def name(self) -> str:
        """Return reading and condition in one line; empty where there is neither."""
        return row_name(self.reading, self.condition)


@dataclass(frozen=True)
class Claim:
    """Something that the document says, stated so that it can be tried.

    Attributes:
        id: stable and readable: 3.2/output-delta.
        section: number and heading of the section that says it.
        text: the formula in one line.
        source: where it is said, and what it is held against.
        rows: readings × conditions.
        formula: the formula as code, in the signature that the rows' judges call; None where
            the document names a model and gives no formula for it.
        latex: the formula in LaTeX.
    """

    id: str
    section: str
    text: str
    source: str
    rows: tuple[Row, ...]
    formula: Formula | None
    latex: str = ""

    @property
    def number(self) -> str:
        """Return the number of its section, with which the id begins: 3.2."""
        return self.id.partition("/")[0]

    @property
    def name(self) -> str:
        """Return the id without its section: output-delta."""
        return self.id.partition("/")[2]
