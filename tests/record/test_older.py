"""A record of an older version is read as one of today's: what it lacks is completed."""

import json
import re
from pathlib import Path

import pytest
from invented_record import faulty
from typer.testing import CliRunner

import conformance
from conformance.__main__ import app
from conformance.record import fields
from conformance.record import file as record
from conformance.record.older import completed


def without(line):
    """A line as older versions wrote it: no name of its own, an output in brackets, a command."""
    given = dict(line)
    if given["type"] == "footer":
        counts = given["checks"]
        return {**given, "checks": {k: n for k, n in counts.items() if k != "not judged"}}
    for later in ("further", "coverage", "declined"):
        given.pop(later, None)
    if given["type"] == "not selected":
        return {name: given[name] for name in ("type", "id", "reason", "message")}
    given.pop("stale", None)
    if given["type"] == "claim":
        given.pop("name")
        for row in given["readings"]:
            row.update(counterexample=_found(row["counterexample"]))
    for name in ("counterexample", "torch_defect"):
        if name in given:
            given[name] = _found(given[name])
    return given


def _found(counterexample):
    if counterexample is None:
        return None
    return {**counterexample, "output": "[0][1]", "replay": "nn-conformance replay 'x' --report {"}


def test_an_older_record_is_completed_and_shown(tmp_path):
    path = tmp_path / "record.jsonl"
    today = faulty()
    lines = [*today.checks, *today.claims, *today.not_selected]
    record.write(path, today.header, lines, today.footer)
    rows = [json.loads(row) for row in path.read_text("ascii").splitlines()]
    path.write_text("".join(json.dumps(without(row)) + "\n" for row in rows), "ascii")
    run = record.read(path)
    assert [line["name"] for line in run.claims] == [line["name"] for line in today.claims]
    assert run.not_selected == today.not_selected
    assert run.footer == today.footer
    found = [line["counterexample"] for line in run.checks if line["counterexample"]]
    assert {tuple(one["output"]) for one in found} == {(0, 1)}
    done = CliRunner().invoke(app, ["render", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert f"nn-conformance replay 'conv2d/value[float32]' --report {tmp_path}" in done.stdout


@pytest.mark.parametrize(
    "name, expected",
    [
        ("relu/value[float32]", ("relu", "value", None, "float32", None, None)),
        ("conv2d/gradient/x[half]", ("conv2d", "gradient", "x", "half", None, None)),
        ("network_mlp/other", ("network_mlp", None, None, None, None, None)),
        ("3.2/output-delta", (None, None, None, None, "3.2", "output-delta")),
        ("2", (None, None, None, None, "2", "2")),
    ],
)
def test_the_id_of_what_did_not_run_says_what_it_is(name, expected):
    line = fields.not_selected(
        **completed({"type": "not selected", "id": name, "reason": "deselected"})
    )
    named = ("operation", "check", "argument", "dtype", "section", "name")
    assert tuple(line[field] for field in named) == expected


@pytest.mark.parametrize(
    "message, stale",
    [("it conforms, and was expected to fail: known. Take", True), ("it is wrong", None)],
)
def test_a_stale_entry_was_told_in_words(message, stale):
    line = {"type": "check", "id": "relu/pure[float32]", "message": message}
    assert completed(line)["stale"] is stale


@pytest.mark.parametrize("line", [{"type": []}, {"type": "check"}, {"type": "claim", "id": 3}, {}])
def test_what_is_no_line_stays_as_it_is(line):
    assert completed(line) == line


def test_nothing_else_takes_an_id_apart():
    """What a line is about stands in its fields; a check, a claim and a mistake know their own."""
    engine = Path(conformance.__file__).parent
    # replay looks at what somebody typed.
    allowed = {"record/older.py", "spec/claim.py", "spec/mistake.py", "tools/replay/replay.py"}
    parting = re.compile(r"""(partition|split)\(["'][/\[]["']""")
    sources = {str(path.relative_to(engine)): path for path in engine.rglob("*.py")}
    parted = {name for name, path in sources.items() if parting.search(path.read_text("utf-8"))}
    assert parted == allowed
