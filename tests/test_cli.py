"""The commands as a shell runs them, and what they say where there is nothing to do."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cases.variants import VARIANTS
from conformance.campaign import Sum, examples_for, right_implementations
from conformance.cli import app
from conformance.drawing import fills
from conformance.report.campaign import table
from conformance.run import Run

ROOT = Path(__file__).parents[1]
LINE = {
    "operation": "relu",
    "id": "relu/value[float32]",
    "message": "",
    "cases": 4,
    "elements": 10,
    "unjudged_share": 0.1,
    "exact_share": 0.5,
    "worst_ratio": 0.25,
    "torch_worst_ratio": 0.5,
}


def test_run_judges_from_the_project_itself(tmp_path):
    command = [sys.executable, "-c", "from conformance.cli import main; main()", "run", "-n", "0"]
    command += ["--profile", "quick", "-k", "test_operation and flatten and value"]
    command += ["--report", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "flatten" in done.stdout
    assert (tmp_path / "record.jsonl").exists()


@pytest.mark.parametrize("command", ["mistakes", "sensitivity"])
def test_a_choice_of_nothing_is_said(command):
    done = CliRunner().invoke(app, [command, "-k", "conv3d"])
    assert done.exit_code == 2
    assert "no check's id contains 'conv3d'" in done.output
    assert "give a part of one" in done.output


def test_mistakes_scores_a_check_and_writes_the_figures(tmp_path):
    file = tmp_path / "score.json"
    asked = ["mistakes", "-k", "relu/value[float32]", "-n", "1", "--output", str(file)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "| relu |" in done.stdout
    data = json.loads(file.read_text("utf-8"))
    found, broken = data["operations"]["relu"]["value"]
    assert found == broken > 0


def test_sensitivity_shows_the_finest_error_still_rejected():
    done = CliRunner().invoke(app, ["sensitivity", "-k", "flatten/value", "-n", "1"])
    assert done.exit_code == 0, done.output
    # Nothing is computed: the last bit is noticed.
    assert done.stdout.splitlines()[-1] == "| flatten | 23 / 52 |"


def test_a_campaign_goes_over_all_that_is_right():
    assert right_implementations("cases") == (
        "reference_impl",
        "conformance.adapters.torch",
        *VARIANTS,
    )


def test_a_campaign_draws_as_many_cases_as_asked_of_what_is_offered():
    run = Run()
    for implementation in ("reference_impl", "cases.variants.scipy_correlate"):
        examples = examples_for(10_000, run, implementation)
        most = examples * sum(map(fills, run.checks.values()))
        assert most >= 10_000
    assert examples > examples_for(10_000, run, "reference_impl")


def test_an_alarm_of_a_campaign_is_told():
    one = Sum()
    one.add("a", {**LINE, "verdict": "conforms"})
    one.add("b", {**LINE, "verdict": "fails", "message": "wrong", "worst_ratio": 3.0})
    assert one.plain()["worst_ratio"] == {"a": 0.25, "b": 3.0}
    shown = table({"relu": one.plain()}, seed=7)
    assert "| relu | 2 | 8 | 20 | 50.0% | 10.0% | 3.000000 | 0.500000 |" in shown
    assert shown.endswith("seed 7: 1 alarms\nb: relu/value[float32]: wrong")
