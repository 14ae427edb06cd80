"""One counterexample in a file of its own: JSON that can be sent, edited, and repeated.

    {"format": 1, "type": "check", "id": "conv2d/value[float32]",
     "implementation": "my_ops.py", "reading": null, "condition": null, "counterexample": {…}}

Of a claim, `reading` and `condition` name the row of its truth table.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.record import fields, older
from conformance.record.file import Line, RecordError

_FORMAT = 1
_TYPES = ("check", "claim")
_FIELDS = ("format", "type", "id", "implementation", "reading", "condition", "counterexample")


class CaseError(ValueError):
    """A file that holds no case, and why."""


@dataclass(frozen=True)
class SavedCase:
    """A counterexample, as much of its line as a replay needs, and the code that it is of."""

    implementation: str
    line: Line


def text(line: Line, implementation: str) -> str:
    """Return the file's text: of a claim, its first counterexample."""
    rows = [row for row in line.get("readings") or () if row["counterexample"]]
    row = rows[0] if rows else {"reading": None, "condition": None, **line}
    data = {
        "format": _FORMAT,
        "type": line["type"],
        "id": line["id"],
        "implementation": implementation,
        "reading": row["reading"],
        "condition": row["condition"],
        "counterexample": row["counterexample"],
    }
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read(file: str) -> SavedCase:
    """Read the case in a file.

    Raises:
        CaseError: it cannot be read, or breaks a rule.
    """
    try:
        return _checked(json.loads(Path(file).read_text("utf-8")))
    except OSError as error:
        why = f"it cannot be read: {error.strerror}"
    except RecordError as error:
        why = str(error)
    except (ValueError, RecursionError) as error:
        why = f"it is no JSON: {error}"
    raise CaseError(f"{file}: {why}. `nn-conformance replay ID --save {file}` writes one.")


def _checked(data: Any) -> SavedCase:
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        raise RecordError(f"it holds no case, which is an object with format {_FORMAT}")
    if wrong := sorted(set(data) ^ set(_FIELDS)):
        what = "has no" if wrong[0] in _FIELDS else "must not have"
        raise RecordError(f"it {what} {wrong[0]!r}; a case has {', '.join(_FIELDS)}")
    for name in ("id", "implementation"):
        if not isinstance(data[name], str):
            raise RecordError(f"{name} is {data[name]!r}, but must be text")
    if data["type"] not in _TYPES:
        raise RecordError(f"type is {data['type']!r}, but must be one of {', '.join(_TYPES)}")
    if not isinstance(data["counterexample"], dict):
        raise RecordError("counterexample must be an object")
    data["counterexample"] = fields.counterexample(**older.counterexample(data["counterexample"]))
    line = {"type": data["type"], "id": data["id"]}
    if data["type"] == "check":
        line |= {"verdict": "fails", "counterexample": data["counterexample"]}
    else:
        row = {name: data[name] for name in ("reading", "condition", "counterexample")}
        line |= {"verdict": "does not hold", "readings": [row]}
    return SavedCase(data["implementation"], line)
