"""The suite under pytest: options, complete records, every way of running and of going wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import record
from conformance.run import Run

QUICK = ["--conformance-profile", "quick"]
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


def judge(directory, *options, timeout=120):
    """Run the suite in a process of its own, as a user does."""
    command = [sys.executable, "-m", "pytest", "--pyargs", "conformance.suite", *QUICK, *options]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider"],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        env={**os.environ, "COLUMNS": "100"},
    )


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


def test_the_record_is_the_same_however_the_run_is_spread(here):
    options = ["-k", "linear/value or sigmoid/gradient", "--implementation", "reference_impl"]
    ways = [["-n", "0"], ["-n", "2"], ["-p", "no:xdist"]]
    records = []
    for way in ways:
        done = judge(here, *options, *way)
        assert done.returncode == 0, done.stdout + done.stderr
        records.append(without_times(here))
    assert records[0] == records[1] == records[2]


def test_what_was_not_selected_is_in_the_record_by_name(here):
    judge(here, "-k", "linear/value", "-n", "0")
    found = lines_of(here)
    owed = {*Run().checks, *Run().claims}
    judged = {line["id"] for line in found.checks}
    assert judged == {"linear/value[float32]", "linear/value[float64]"}
    assert {line["id"] for line in found.not_selected} == owed - judged
    assert {line["reason"] for line in found.not_selected} == {"deselected"}


def test_a_run_cut_short_says_what_is_missing(here):
    done = judge(here, "-k", "linear", "-n", "0", "-x", "--implementation", "wrong.py")
    found = lines_of(here)
    assert not found.footer["complete"]
    assert "interrupted" in {line["reason"] for line in found.not_selected}
    assert done.returncode != 0


@pytest.mark.parametrize("spec", ["right.py", "right", "right:linear_holder"])
def test_an_implementation_is_found_by_file_module_and_attribute(here, spec):
    with (here / "right.py").open("a") as file:
        file.write("\nclass linear_holder:\n    linear = staticmethod(linear)\n")
    done = judge(here, "-k", "linear/value", "-n", "0", "--implementation", spec)
    assert done.returncode == 0, done.stdout
    assert {line["verdict"] for line in lines_of(here).checks} == {"conforms"}


def test_what_is_not_provided_is_neither_passed_nor_failed(here):
    done = judge(here, "-k", "linear or sigmoid/value", "-n", "0", "--implementation", "right.py")
    verdicts = {line["id"]: line["verdict"] for line in lines_of(here).checks}
    assert verdicts["linear/value[float32]"] == "conforms"
    assert verdicts["linear/gradient/x[float32]"] == "not provided"
    assert verdicts["sigmoid/value[float64]"] == "not provided"
    assert done.returncode == 0


def test_an_implementation_that_raises_on_import_leaves_a_complete_record(here):
    (here / "broken.py").write_text("raise RuntimeError('no licence key')\n")
    done = judge(here, "-k", "linear", "-n", "0", "--implementation", "broken.py")
    found = lines_of(here)
    assert {line["verdict"] for line in found.checks} == {"errored"}
    assert {line["id"] for line in found.checks} | {line["id"] for line in found.not_selected} == {
        *Run().checks,
        *Run().claims,
    }
    assert "RuntimeError: no licence key (broken.py, line 1)" in done.stdout
    assert done.returncode == 1


def test_an_implementation_that_takes_its_process_down_is_named(here):
    (here / "dying.py").write_text("import os\ndef linear(*a):\n    os._exit(3)\n")
    judge(here, "-k", "linear/value or sigmoid/value", "-n", "2", "--implementation", "dying.py")
    verdicts = {line["id"]: line["verdict"] for line in lines_of(here).checks}
    assert verdicts["linear/value[float32]"] == "crashed"
    assert verdicts["sigmoid/value[float32]"] == "not provided"


def test_a_report_that_cannot_be_written_is_not_lost(here):
    (here / "occupied").write_text("a file, not a directory")
    done = judge(here, "-k", "linear/value", "-n", "0", "--report", "occupied/inside")
    assert "cannot be written to 'occupied/inside'" in done.stdout
    assert "Choose a directory" in done.stdout


def test_other_projects_are_left_alone(here):
    (here / "test_other.py").write_text("def test_nothing():\n    assert True\n")
    command = [sys.executable, "-m", "pytest", "test_other.py", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert not (here / "conformance-report").exists()
    assert "conformance" not in done.stdout.split("\n", 6)[-1]


def test_timing_names_every_kind_of_work(here):
    done = judge(here, "-k", "linear/value", "-n", "0", "--timing")
    for name in ("import", "draw", "implementation", "torch", "bound", "compare"):
        assert f"\n  {name}" in done.stdout


def test_a_counterexample_replays_by_the_printed_command(here):
    judge(here, "-k", "linear/value", "-n", "0", "--implementation", "wrong.py")
    line = lines_of(here).checks[0]
    replay = line["counterexample"]["replay"]
    assert replay == "nn-conformance replay 'linear/value[float32]'"
    command = [sys.executable, "-m", "conformance", "replay", line["id"]]
    failing = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    assert failing.returncode == 1, failing.stderr
    assert line["counterexample"]["message"] in failing.stdout
    mended = subprocess.run(
        [*command, "--implementation", "right.py"], cwd=here, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert mended.returncode == 0, mended.stdout


def test_convention_fails_only_where_strictness_is_asked_for(here):
    source = "import numpy as np\nfrom reference_impl import relu\n"
    source += "def relu_backward(g, x):\n    return np.where(x < 0, 0, g)\n"
    (here / "other.py").write_text(source)
    options = ["-k", "relu/convention/slope-at-zero", "-n", "0", "--implementation", "other.py"]
    assert judge(here, *options).returncode == 0
    assert {line["verdict"] for line in lines_of(here).checks} == {"convention"}
    assert judge(here, *options, "--strict-conventions").returncode == 1
