"""What became of the mutants of each file, as data and as a table in Markdown."""

import json
import platform
from collections import Counter
from importlib import metadata
from pathlib import Path

from mutation.killing import TESTED
from mutation.statements import TEXT, TYPING

RESULTS = Path(__file__).parents[3] / "docs" / "mutants.json"
# The heads of the columns, after the file and the number of its mutants.
CHECK = "rejected by a check"
TESTS = "by its own tests"
RULE = "other words or types only"
EXPLAINED = "equivalent, explained"
SURVIVED = "survived"
HEADS = (CHECK, TESTS, RULE, EXPLAINED, SURVIVED)


def counts(fates, explained):
    """How many mutants there are of each kind, from pairs of a site and its fate."""
    found = Counter(_kind(site, fate, explained) for site, fate in fates)
    return {"mutants": len(fates), **{head: found[head] for head in HEADS}}


def _kind(site, fate, explained):
    if not fate:
        return EXPLAINED if site in explained else SURVIVED
    return {TEXT: RULE, TYPING: RULE, TESTED: TESTS}.get(fate, CHECK)


def write(path, rows):
    """Write the counts of each file; those of files that were not judged now stay as they are."""
    known = json.loads(path.read_text("utf-8"))["files"] if path.exists() else {}
    files = dict(sorted({**known, **rows}.items()))
    versions = {"python": platform.python_version()}
    versions |= {name: metadata.version(name) for name in ("mutmut", "numpy")}
    data = {"versions": versions, "files": files, "total": total(files)}
    path.write_text(json.dumps(data, indent=1) + "\n", "utf-8")


def total(files):
    """The sums over all files."""
    return {head: sum(row[head] for row in files.values()) for head in ("mutants", *HEADS)}


def markdown(data):
    """The table; a column in which nothing would stand is left out."""
    heads = ["mutants", *(head for head in HEADS if data["total"][head])]
    lines = [f"| file | {' | '.join(heads)} |", "|---|" + "--:|" * len(heads)]
    for name, row in {**data["files"], "all": data["total"]}.items():
        lines.append(f"| {name} | {' | '.join(f'{row[head]:,}' for head in heads)} |")
    return "\n".join(lines)


def shown():
    """The table of the results that stand in docs/mutants.json."""
    return markdown(json.loads(RESULTS.read_text("utf-8")))
