"""The grades of many submissions as one table, on the terminal and as CSV."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.record.file import Record
from conformance.record.vocabulary import PASSED, Verdict
from conformance.report.safe_text import shown
from conformance.report.totals import operations


@dataclass(frozen=True)
class Grade:
    """What a submission came to: its record; or, where there is none, why."""

    submission: str
    record: Record | None
    trouble: str = ""

    @property
    def passed(self) -> int:
        """Return how many checks it passes."""
        checks = self.record.checks if self.record else ()
        return sum(check["verdict"] in PASSED for check in checks)

    @property
    def owed(self) -> int:
        """Return how many checks it owes, those that it does not provide among them."""
        return len(self.record.checks) if self.record else 0

    @property
    def message(self) -> str:
        """Return why nothing was judged: there is no record, or every check has one error."""
        if self.record is None:
            return self.trouble
        errors = {check.get("message") for check in self.record.checks}
        is_errored = all(check["verdict"] == Verdict.ERRORED for check in self.record.checks)
        return str(errors.pop()) if is_errored and len(errors) == 1 else ""


def _rows(grades: Sequence[Grade]) -> tuple[list[str], list[list[str]]]:
    """Return head and rows: score, then the words of each operation that anyone owed."""
    words = [
        {each.name: each.words for each in operations(grade.record)} if grade.record else {}
        for grade in grades
    ]
    names = sorted(set().union(*words))
    head = ["submission", "passed", "of", "score", *names, "message"]
    rows = []
    for grade, by_name in zip(grades, words, strict=True):
        score = f"{100 * grade.passed // grade.owed} %" if grade.owed else "0 %"
        cells = ["" if grade.message else by_name.get(name, "") for name in names]
        figures = [grade.submission, str(grade.passed), str(grade.owed), score]
        rows.append([*figures, *cells, grade.message])
    return head, rows


def as_csv(grades: Sequence[Grade]) -> str:
    """Return the table as CSV, cells that a spreadsheet would run as formulas quoted as text."""
    head, rows = _rows(grades)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([[_harmless(cell) for cell in row] for row in rows])
    return text.getvalue()


def _harmless(cell: str) -> str:
    plain = shown(cell, "utf-8", 1000)
    return f"'{plain}" if plain[:1] in {"=", "+", "-", "@"} else plain


def show(grades: Sequence[Grade]) -> None:
    """Print the table."""
    head, rows = _rows(grades)
    console = Console(highlight=False)
    table = Table(box=None)
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(cell, console.encoding, 300)) for cell in row))
    console.print(table)
