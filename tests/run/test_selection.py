"""A run in shards, merged, is the run; and what a run of one operation comes to."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.__main__ import app
from conformance.record import file as record

# Whole runs in processes of their own: part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

FLATTEN = """
import numpy as np

def flatten(x):
    return x.reshape(x.shape[0], int(np.prod(x.shape[1:])))

def flatten_backward(grad_output, x):
    return grad_output.reshape(x.shape)

def relu(x):
    return x
"""


def run(folder, *options):
    asked = ["run", "my_ops.py", "-n", "0", "--profile", "quick", "--report", str(folder)]
    return CliRunner().invoke(app, [*asked, *options])


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "my_ops.py").write_text(FLATTEN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def but_for_times(folder):
    """Every line of a record without what a clock says."""
    lines = [json.loads(row) for row in (folder / "record.jsonl").read_text().splitlines()]
    for line in lines:
        for name in ("started", "seconds"):
            line.pop(name, None)
    return lines


def test_three_shards_merged_are_the_single_run(project):
    chosen = ("-k", "flatten or relu/value or 3.1")
    report = ("--report", "merged")
    whole = run("merged", *chosen)
    assert whole.exit_code == 1
    expected = but_for_times(project / "merged")
    for number in (1, 2, 3):
        run(f"shard-{number}", *chosen, "--shard", f"{number}/3")
    shards = [but_for_times(project / f"shard-{number}") for number in (1, 2, 3)]
    assert [lines[0]["shard"] for lines in shards] == ["1/3", "2/3", "3/3"]
    judged = [sum("verdict" in line for line in lines) for lines in shards]
    assert sum(judged) == sum("verdict" in line for line in expected)
    assert max(judged) - min(judged) <= 1
    (project / "merged" / "record.jsonl").unlink()
    done = CliRunner().invoke(app, ["merge", "shard-1", "shard-2", "shard-3", *report])
    assert done.exit_code == 0, done.output
    assert but_for_times(project / "merged") == expected


def test_one_operation_conforms_and_the_rest_is_not_provided(project):
    file = project / "my_ops.py"
    file.write_text(FLATTEN.partition("def relu")[0])
    done = run("report", "-k", "test_operation", "--format", "junit,badge")
    assert done.exit_code == 0, done.output
    found = record.read(project / "report" / "record.jsonl")
    counts = found.footer["checks"]
    assert counts["conforms"] == 14
    assert counts["not provided"] == len(found.checks) - 14
    suites = ET.fromstring((project / "report" / "junit.xml").read_text("utf-8"))  # noqa: S314 - our own
    assert len(list(suites.iter("testcase"))) >= len(found.checks)
    assert json.loads((project / "report" / "badge.json").read_text("utf-8"))["schemaVersion"] == 1


@pytest.mark.usefixtures("project")
def test_a_format_that_there_is_none_of_is_said_before_the_run():
    done = run("report", "--format", "junit,pdf")
    assert done.exit_code == 2
    assert "there is no format 'pdf'; give one or more of terminal, " in done.output
    assert not Path("report").exists()
