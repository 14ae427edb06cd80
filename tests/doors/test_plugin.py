"""The suite under pytest: options, complete records, every way of running and of going wrong."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import torch
from typer.testing import CliRunner

import cases
import reference_impl
from conformance.__main__ import app
from conformance.record import fields
from conformance.record import file as record
from conformance.run import judged_lines
from conformance.run.run import Run

# Whole runs in processes of their own: part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

# Imported here, before a run inside this process: NumPy and torch can be imported only once.
IMPORTED = (cases, judged_lines, reference_impl, torch)
SUITE = ["--pyargs", "conformance.suite", "--conformance-profile", "quick"]
SUITE += ["-p", "no:cacheprovider"]
RIGHT = """
import numpy as np

def linear(x, weight, bias):
    if x.ndim != 2 or weight.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ValueError("shapes")
    if bias.shape != weight.shape[:1]:
        raise ValueError("bias")
    with np.errstate(all="ignore"):
        return x @ weight.T + bias
"""
WRONG = RIGHT.replace("+ bias", "- bias")


def judge(directory, *options):
    """Run the suite in a process of its own, as a user does."""
    command = [sys.executable, "-m", "pytest", *SUITE, *options]
    return subprocess.run(
        command,
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100"},
    )


@pytest.fixture
def judged(here, pytester, monkeypatch):
    """Run the suite in this process, where torch is imported already."""
    monkeypatch.chdir(here)
    monkeypatch.syspath_prepend(here)
    monkeypatch.setenv("COLUMNS", "100")
    return lambda *options: pytester.runpytest_inprocess(*SUITE, *options)


@pytest.fixture
def here(tmp_path):
    (tmp_path / "right.py").write_text(RIGHT)
    (tmp_path / "wrong.py").write_text(WRONG)
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    return tmp_path


def lines_of(directory, name="conformance-report"):
    return record.read(Path(directory) / name / "record.jsonl")


def without_times(directory):
    rows = (Path(directory) / "conformance-report/record.jsonl").read_text().splitlines()
    found = [json.loads(row) for row in rows]
    return [{k: v for k, v in row.items() if k not in {"seconds", "started"}} for row in found]


def test_the_record_is_the_same_however_the_run_is_spread(here, judged):
    options = ["-k", "linear/value or sigmoid/gradient or 3.1/weighted-sum"]
    records = []
    for way in (["-n", "0"], ["-p", "no:xdist"]):
        assert judged(*options, *way).ret == 0
        records.append(without_times(here))
    done = judge(here, *options, "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert records[0] == records[1] == without_times(here)


def test_every_line_of_a_real_record_fits_the_published_schema(here, judged):
    judged("-k", "linear or 4.1/sigmoid", "-n", "0", "--conformance-implementation", "wrong.py")
    validator = jsonschema.Draft202012Validator(fields.schema())
    rows = (here / "conformance-report/record.jsonl").read_text().splitlines()
    lines = [json.loads(row) for row in rows]
    assert [error.message for line in lines for error in validator.iter_errors(line)] == []
    assert {line["type"] for line in lines} == {
        "header",
        "check",
        "claim",
        "not selected",
        "footer",
    }
    assert {"fails", "not provided"} <= {line.get("verdict") for line in lines}
    ids = [line["id"] for line in lines[1:-1]]
    assert ids == sorted(ids)


def test_a_project_without_checks_is_loaded_nothing_for(tmp_path):
    (tmp_path / "conftest.py").write_text(
        "import os, pathlib, sys\n"
        "def pytest_unconfigure(config):\n"
        "    loaded = {'numpy', 'torch', 'cases', 'conformance.cases'} & set(sys.modules)\n"
        "    pathlib.Path(f'{os.getpid()}.seen').write_text(' '.join(loaded))\n"
    )
    (tmp_path / "test_it.py").write_text(
        "import pytest\n@pytest.mark.parametrize('name', ['add', 'relu/value'])\n"
        "def test_operation(name):\n    pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    seen = [path.read_text() for path in tmp_path.glob("*.seen")]
    assert seen == ["", "", ""]
    assert not (tmp_path / "conformance-report").exists()


def test_what_was_not_selected_is_in_the_record_by_name(here, judged):
    judged("-k", "linear/value", "-n", "0")
    found = lines_of(here)
    owed = {*Run().checks, *Run().claims}
    judged_ids = {line["id"] for line in found.checks}
    assert judged_ids == {"linear/value[float32]", "linear/value[float64]"}
    assert {line["id"] for line in found.not_selected} == owed - judged_ids
    assert {line["reason"] for line in found.not_selected} == {"deselected"}


def test_a_run_cut_short_says_what_is_missing(here, judged):
    done = judged("-k", "linear", "-n", "0", "-x", "--conformance-implementation", "wrong.py")
    found = lines_of(here)
    assert not found.footer["complete"]
    assert "interrupted" in {line["reason"] for line in found.not_selected}
    assert done.ret != 0


@pytest.mark.parametrize("spec", ["right.py", "right", "right:holder"])
def test_an_implementation_is_found_by_file_module_and_attribute(here, judged, spec):
    with (here / "right.py").open("a") as file:
        file.write("\nclass holder:\n    linear = staticmethod(linear)\n")
    done = judged("-k", "linear/value", "-n", "0", "--conformance-implementation", spec)
    assert done.ret == 0
    assert {line["verdict"] for line in lines_of(here).checks} == {"conforms"}


def test_what_is_not_provided_is_neither_passed_nor_failed(here, judged):
    done = judged(
        "-k", "linear or sigmoid/value", "-n", "0", "--conformance-implementation", "right.py"
    )
    verdicts = {line["id"]: line["verdict"] for line in lines_of(here).checks}
    assert verdicts["linear/value[float32]"] == "conforms"
    assert verdicts["linear/gradient/x[float32]"] == "not provided"
    assert verdicts["sigmoid/value[float64]"] == "not provided"
    assert done.ret == 0


def test_an_implementation_that_raises_on_import_leaves_a_complete_record(here, judged):
    (here / "broken.py").write_text("raise RuntimeError('no licence key')\n")
    done = judged("-k", "linear/", "-n", "0", "--conformance-implementation", "broken.py")
    found = lines_of(here)
    assert {line["verdict"] for line in found.checks} == {"errored"}
    ids = {line["id"] for line in (*found.checks, *found.not_selected)}
    assert ids == {*Run().checks, *Run().claims}
    assert "RuntimeError: no licence key (broken.py, line 1)" in done.stdout.str()
    assert done.ret == 1


def test_an_implementation_that_takes_its_process_down_is_named(here):
    (here / "dying.py").write_text("import os\ndef linear(*a):\n    os._exit(3)\n")
    options = ["-k", "linear/value and float32", "-n", "1"]
    judge(here, *options, "--conformance-implementation", "dying.py")
    verdicts = {line["id"]: line["verdict"] for line in lines_of(here).checks}
    assert verdicts["linear/value[float32]"] == "crashed"


def test_a_report_that_cannot_be_written_is_not_lost(here, judged):
    (here / "occupied").write_text("a file, not a directory")
    done = judged("-k", "linear/value", "-n", "0", "--conformance-report", "occupied/inside")
    said = done.stdout.str()
    assert "cannot be written to 'occupied/inside'" in said
    assert "Choose a directory" in said


def test_other_projects_are_left_alone(here):
    (here / "test_other.py").write_text(
        "import sys\ndef test_nothing():\n    assert not {'numpy', 'torch'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-m", "pytest", "test_other.py", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert not (here / "conformance-report").exists()
    assert "onformance" not in done.stdout


def test_timing_names_every_kind_of_work(judged):
    said = judged("-k", "linear/value", "-n", "0", "--conformance-timing").stdout.str()
    for name in ("import", "draw", "implementation", "torch", "bound", "compare", "claims"):
        assert f"\n  {name}" in said


def test_a_counterexample_replays_by_the_printed_command(here, judged):
    run = judged("-k", "linear/value", "-n", "0", "--conformance-implementation", "wrong.py")
    line = lines_of(here).checks[0]
    printed = next(row for row in run.stdout.lines if row.startswith("    replay "))
    _, *words = shlex.split(printed)
    assert words == ["nn-conformance", "replay", "linear/value[float32]"]
    failing = CliRunner().invoke(app, words[1:])
    assert failing.exit_code == 1, failing.output
    assert line["counterexample"]["message"] in failing.output
    mended = CliRunner().invoke(app, [*words[1:], "--implementation", "right.py"])
    assert mended.exit_code == 0, mended.output
    for refused in (["nothing/value[float32]"], ["linear/gradient/x[float32]"]):
        assert CliRunner().invoke(app, ["replay", *refused]).exit_code == 2


def test_a_counterexample_to_a_claim_replays(here, judged):
    judged("-k", "4.1/sigmoid-derivative", "-n", "0")
    done = CliRunner().invoke(app, ["replay", "4.1/sigmoid-derivative"])
    assert done.exit_code == 1, done.output
    assert lines_of(here).claims[0]["message"] in done.output


def test_convention_fails_only_where_strictness_is_asked_for(here, judged):
    source = "import numpy as np\nfrom reference_impl import relu\n"
    source += "def relu_backward(g, x):\n    return np.where(x < 0, 0, g)\n"
    (here / "other.py").write_text(source)
    options = [
        "-k",
        "relu/convention/slope-at-zero",
        "-n",
        "0",
        "--conformance-implementation",
        "other.py",
    ]
    assert judged(*options).ret == 0
    assert {line["convention"] for line in lines_of(here).checks} == {"one"}
    assert judged(*options, "--conformance-strict").ret == 1


def test_a_claim_that_cannot_be_tried_says_why(here, judged, monkeypatch):
    def broken(*_args):
        raise ZeroDivisionError("the suite's own fault")

    monkeypatch.setattr("conformance.run.judged_lines.judge_claim", broken)
    assert judged("-k", "4.1/sigmoid-derivative", "-n", "0").ret == 1
    (line,) = [one for one in lines_of(here).not_selected if one["reason"] == "interrupted"]
    assert line["id"] == "4.1/sigmoid-derivative"
    assert "the suite's own fault" in line["message"]
    assert not lines_of(here).footer["complete"]
