"""Expected failures: a TOML file of patterns of ids, each with the reason why its checks fail.

    "conv2d/special/*" = "NaN is not passed on; nobody needs it"

In a pattern * and ? are wild; brackets mean themselves. An entry that matches no check is an error,
and so is a check that conforms although it is expected to fail.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from conformance.record.vocabulary import FAILED, PASSED, Verdict


class ExpectationError(Exception):
    """The file cannot be followed."""


def read(path: str) -> dict[str, str]:
    """Read a file: return the reason of each pattern.

    Raises:
        ExpectationError: naming the file, the entry, and what it should be.
    """
    try:
        data: dict[str, Any] = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise ExpectationError(
            f"{path}: it cannot be read: {error.strerror}. "
            f"`nn-conformance expect {path}` writes one."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExpectationError(f"{path}: it is no TOML: {error}") from None
    for pattern, reason in data.items():
        if not isinstance(reason, str) or not reason.strip():
            raise ExpectationError(
                f"{path}: {pattern!r} has {reason!r}; give the reason as a text, "
                f'"{pattern}" = "why it fails"'
            )
    return data


def reason_for(name: str, expected: Mapping[str, str]) -> str | None:
    """Return why a check is expected to fail; None where it is not."""
    for pattern, reason in expected.items():
        if _matches(name, pattern):
            return reason
    return None


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def unmatched(expected: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the patterns that no id matches."""
    known = list(names)
    return [pattern for pattern in expected if not any(_matches(name, pattern) for name in known)]


def weighed(line: Mapping[str, Any], reason: str | None) -> Mapping[str, Any]:
    """Apply an entry of the file to a check's line.

    A check that failed becomes "expected failure". One that passed "fails", and is marked stale:
    the entry is out of date.
    """
    if reason is None:
        return line
    if line["verdict"] in FAILED:
        message = f"{reason} ({line['verdict']}: {line['message']})"
        return {**line, "verdict": Verdict.EXPECTED, "message": message}
    if line["verdict"] in PASSED:
        message = f"it conforms, and was expected to fail: {reason}. Take the entry out."
        return {**line, "verdict": Verdict.FAILS, "message": message, "stale": True}
    return line


def fails(line: Mapping[str, Any]) -> bool:
    """Return whether a check failed, expected or not; one whose entry is stale has not."""
    return line["verdict"] in {*FAILED, Verdict.EXPECTED} and not line.get("stale")


@dataclass(frozen=True)
class Revision:
    """A file of expected failures brought up to date: its entries, and how they changed."""

    entries: Mapping[str, str]
    kept: int
    new: int
    dropped: int


def revised(
    before: Mapping[str, str], failing: Sequence[str], unjudged: Iterable[str], reason: str
) -> Revision:
    """Update the entries to what fails now.

    An entry stays while it matches a check that fails, or that was not judged. The order stays
    too, as the first entry that matches gives the reason.
    """
    lost = set(unmatched(before, [*failing, *unjudged]))
    kept = {pattern: why for pattern, why in before.items() if pattern not in lost}
    new = {name: reason for name in sorted(failing) if reason_for(name, kept) is None}
    return Revision({**kept, **new}, len(kept), len(new), len(lost))


def written(entries: Mapping[str, str]) -> str:
    """Return the file of these entries, as text."""
    rows = [f"{_text(pattern)} = {_text(reason)}\n" for pattern, reason in entries.items()]
    return "# Checks that are known to fail, and why.\n" + "".join(rows)


def _text(text: str) -> str:
    """Return a TOML string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False)
