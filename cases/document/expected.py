"""The reviewed verdicts of the claims, with which those of a run are compared."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from conformance.spec import row_name


@dataclass(frozen=True)
class Expectation:
    """The reviewed verdict of a claim, the rows that hold, and the rows that do not."""

    verdict: str
    holds: frozenset[str]
    does_not_hold: frozenset[str]

    def changes(self, line: Mapping[str, Any]) -> list[str]:
        """Return in words how a claim's line of the record differs from the reviewed verdict."""
        rows = {
            row_name(row["reading"], row["condition"]): row["holds"] for row in line["readings"]
        }
        held = {name for name, holds in rows.items() if holds}
        changed = [f"now holds: {name}" for name in sorted(held - self.holds)]
        changed += [f"no longer holds: {name}" for name in sorted(self.holds - held)]
        changed += [f"is gone: {name}" for name in sorted(self.does_not_hold - set(rows))]
        if line["verdict"] != self.verdict:
            changed.insert(0, f"{line['verdict']!r}, which was {self.verdict!r}")
        return changed


def _read() -> Mapping[str, Expectation]:
    text = Path(__file__).with_name("verdicts.toml").read_text("utf-8")
    return MappingProxyType(
        {
            name: Expectation(
                entry["verdict"],
                frozenset(entry.get("holds", ())),
                frozenset(entry.get("does_not_hold", ())),
            )
            for name, entry in tomllib.loads(text).items()
        }
    )


EXPECTATIONS = _read()
