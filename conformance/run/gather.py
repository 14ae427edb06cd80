"""A run under pytest: the lines of all workers are gathered, and become the record."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from conformance.record import fields
from conformance.record import file as record
from conformance.record.fields import NAME
from conformance.record.vocabulary import FAILED, Reason, Verdict
from conformance.run.lines import described, header, judge_check, judge_claim, not_judged
from conformance.run.run import Run

PROPERTY = "conformance"


class Session:
    """The worker's side: judges, and attaches each line to its test's report."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.properties: list[tuple[str, Any]] = []

    def check(self, name: str) -> fields.Line:
        """Judge a check, attach its line to the test's report, and return it."""
        return self._attached(judge_check(self.run, name))

    def claim(self, name: str) -> fields.Line:
        """Judge a claim, attach its line to the test's report, and return it."""
        return self._attached(judge_claim(self.run, name))

    def _attached(self, line: fields.Line) -> fields.Line:
        self.properties.append((PROPERTY, json.dumps(line)))
        return line


class Gathering:
    """The controller's side: the lines that came in, and the ids that owe one."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.report = run.settings.report
        self.started = datetime.now(UTC)
        self.lines: dict[str, fields.Line] = {}
        self.selected: set[str] = set()
        self.seconds: dict[str, float] = {}
        self.notes: dict[str, str] = {}
        self.beyond: dict[str, str] = {}
        self.versions: dict[str, str] = {}

    def take(self, properties: Iterable[tuple[str, Any]]) -> None:
        """Keep the lines attached to a test's report."""
        for name, value in properties:
            if name == PROPERTY:
                line = json.loads(value)
                self.lines[line["id"]] = line

    def crashed(self, name: str, message: str) -> None:
        """Record that a test's process died before its line came in."""
        about = self.owed.get(name)
        if about and "operation" in about:
            self.lines[name] = not_judged(about, Verdict.CRASHED, message)
        else:
            # A claim has no such verdict: the fault is the suite's own.
            self.notes[name] = message

    def failed(self, name: str, message: str) -> None:
        """Record that a test failed, with its message where its line does not tell of a failure.

        That is so where a claim's verdict is not the reviewed one, and where a strict run meets
        another convention than torch's.
        """
        if name not in self.lines:
            self.crashed(name, message)
        elif self.lines[name]["verdict"] not in {*FAILED, Verdict.NOT_JUDGED}:
            self.beyond[name] = message

    @cached_property
    def owed(self) -> dict[str, dict[str, Any]]:
        """Return what is known beforehand of each line; set where a worker has told it."""
        return owed(self.run)

    def add_seconds(self, seconds: dict[str, float]) -> None:
        """Add the seconds of a worker, by kind of work."""
        for name, value in seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + value

    def write(self, *, complete: bool) -> record.Record:
        """Write the record, with a line for each id that was not judged, and return it."""
        missing = [
            fields.not_selected(
                id=name,
                **{field: about.get(field) for field in NAME},
                reason=Reason.INTERRUPTED if name in self.selected else Reason.DESELECTED,
                message=self.notes.get(name),
            )
            for name, about in self.owed.items()
            if name not in self.lines
        ]
        lines = [*self.lines.values(), *missing]
        elapsed = (datetime.now(UTC) - self.started).total_seconds()
        complete = complete and all(line["reason"] != Reason.INTERRUPTED for line in missing)
        footer = fields.footer(lines, seconds=round(elapsed, 1), complete=complete)
        path = Path(self.report) / record.FILE
        record.write(path, header(self.run, self.started, self.versions), lines, footer)
        return record.read(path)


def owed(run: Run) -> dict[str, dict[str, Any]]:
    """Return the fields of each line that are known beforehand, by the ids of a whole run."""
    checks = {check.id: described(check) for check in run.checks.values()}
    claims = {
        claim.id: {"section": run.section(claim), "name": claim.name}
        for claim in run.claims.values()
    }
    return {**checks, **claims}
