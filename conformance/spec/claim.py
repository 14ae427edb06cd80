"""What a document's claims are made of: a formula, and the rows that it is tried in.

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
        examples: at most so many structures are drawn, where each takes long.
    """

    reading: str | None
    condition: str | None
    structures: SearchStrategy[Structure]
    fill: Callable[[Any, Structure], Inputs]
    judge: Judge
    admits: Callable[[Case], bool] = field(default=_everywhere)
    examples: int | None = None

    @property
    def name(self) -> str:
        """Return reading and condition in one line; empty where there is neither."""
        return row_name(self.reading, self.condition)


@dataclass(frozen=True)
class Heading:
    """The heading of a section: as the document has it, and in English."""

    number: str
    title: str
    english: str


@dataclass(frozen=True)
class Document:
    """The document whose claims are judged.

    Attributes:
        title: the title, in the document's language.
        english: the title in English.
        author: the author's name.
        language: the language of the document, by its code: zh.
        headings: the headings of all its sections, in order.
        legend: what the letters of its claims mean.
    """

    title: str
    english: str
    author: str
    language: str
    headings: tuple[Heading, ...]
    legend: str = ""

    def section(self, number: str) -> str:
        """Return a section as number and English heading; the number alone if it is unknown."""
        known = {heading.number: heading.english for heading in self.headings}
        return f"{number} {known[number]}" if number in known else number


@dataclass(frozen=True)
class Claim:
    """One statement of the document, put so that it can be tried.

    The first row's reading is the one in which the document means it. Its rows decide the verdict;
    rows of other readings are shown beside it.

    Attributes:
        id: stable and readable, the section first: 3.2/output-delta.
        statement: what the document says, in one sentence of our own.
        text: the formula or the line of code, in the document's notation, on one line.
        truth: what it is held against, such as torch.nn.functional.linear.
        rows: readings × conditions.
        formula: the formula as code, in the signature that the rows' judges call; None where
            the document names a model and gives no formula, and where nothing can be run.
        latex: the formula in LaTeX.
        untestable: why the statement cannot be run; empty where it can.
        needs: a package that the rows import, and that may be missing.
    """

    id: str
    statement: str
    text: str = ""
    truth: str = ""
    rows: tuple[Row, ...] = ()
    formula: Formula | None = None
    latex: str = ""
    untestable: str = ""
    needs: str = ""

    @property
    def number(self) -> str:
        """Return the number of its section, with which the id begins: 3.2."""
        return self.id.partition("/")[0]

    @property
    def name(self) -> str:
        """Return the id without its section: output-delta."""
        return self.id.partition("/")[2]

    @property
    def own_reading(self) -> str | None:
        """Return the reading in which the document means it."""
        return self.rows[0].reading if self.rows else None
