"""The commands as a shell runs them, and what they say where there is nothing to do."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cases.alternatives import ALTERNATIVES
from conformance.__main__ import app
from conformance.judge.draw import fills
from conformance.run.run import Run
from conformance.tools.proof.campaign import examples_for, right_implementations

ROOT = Path(__file__).parents[2]


def test_run_judges_from_the_project_itself(tmp_path):
    command = [
        sys.executable,
        "-c",
        "from conformance.__main__ import main; main()",
        "run",
        "reference_impl",
        "-n",
        "0",
    ]
    command += ["--profile", "quick", "-k", "test_operation and flatten and value"]
    command += ["--report", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "flatten" in done.stdout
    assert (tmp_path / "record.jsonl").exists()


@pytest.mark.parametrize("read", [0, 3])
@pytest.mark.parametrize("sign, code", [("", 0), ("-", 1)])
def test_a_reader_that_leaves_changes_no_exit_code(read, sign, code, tmp_path):
    source = f"import numpy as np\ndef relu(x):\n    return {sign}np.maximum(x, 0)\n"
    (tmp_path / "ops.py").write_text(source)
    command = [sys.executable, "-m", "conformance", "run", "ops.py", "-k", "relu/value[float32]"]
    command += ["-n", "0", "--profile", "quick"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for _ in range(read):
            process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == code


@pytest.mark.parametrize("command", ["mistakes", "sensitivity"])
def test_a_choice_of_nothing_is_said(command):
    done = CliRunner().invoke(app, [command, "-k", "conv3d"])
    assert done.exit_code == 2
    assert "-k 'conv3d' matches no id" in done.output
    assert "give a part of it" in done.output


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
        *ALTERNATIVES,
    )


def test_a_campaign_comes_to_as_many_cases_as_asked():
    run = Run()
    names = [name for name in run.checks if name.startswith("conv2d/gradient")]
    chosen = ["reference_impl", "cases.alternatives.scipy_correlate"]
    examples = examples_for(10_000, chosen, run, names)
    assert examples * len(chosen) * sum(fills(run.checks[name]) for name in names) >= 10_000
    # What an alternative does not offer adds nothing.
    linear = [name for name in run.checks if name.startswith("linear/value")]
    assert examples_for(600, chosen, run, linear) == examples_for(600, chosen[:1], run, linear)


def test_a_campaign_tells_an_alarm_and_counts_every_case(tmp_path):
    (tmp_path / "wrong.py").write_text(
        "def flatten(x):\n    return -x.reshape(len(x), -1)\n", encoding="utf-8"
    )
    file = tmp_path / "found.json"
    asked = ["campaign", "reference_impl", str(tmp_path / "wrong.py"), "--cases", "60"]
    asked += ["-k", "flatten/value[float32]", "--seed", "7", "-n", "1", "--output", str(file)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 1, done.output
    assert "seed 7: 1 alarms" in done.stdout
    assert "wrong.py: flatten/value[float32]: element" in done.stdout
    one = json.loads(file.read_text("utf-8"))["operations"]["flatten"]
    right, wrong = one["cases"]["reference_impl"], one["cases"][str(tmp_path / "wrong.py")]
    assert right >= 30 > wrong
    assert one["worst_ratio"][str(tmp_path / "wrong.py")] > 1


def test_a_campaign_over_what_is_not_there_is_said():
    done = CliRunner().invoke(app, ["campaign", "nowhere", "-k", "relu/value", "-n", "1"])
    assert done.exit_code == 2
    assert "'nowhere'" in done.output


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["run", "nowhere.py"], "no such file: 'nowhere.py'. Give the path"),
        (["run", "no_such_module"], "no module named 'no_such_module'"),
        (["run", "no-such-module"], "is neither the path of a Python file nor"),
        (["run", "reference_impl", "-n", "0", "-k", "conv3d"], "no check is left to judge"),
        (["run", "reference_impl", "--timeout", "0"], "Invalid value"),
        (["replay", "relu/value[float32]", "--report", "nowhere"], "there is no record here"),
        (["expect", "new.toml", "--report", "nowhere"], "there is no record here"),
        (["grade", "nowhere.py", "--timeout", "-1"], "Invalid value"),
    ],
)
def test_bad_input_ends_with_2_and_says_why(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert "Traceback" not in done.output


def test_python_m_conformance_is_the_command():
    command = [sys.executable, "-m", "conformance", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "Exit codes: 0 conforms, 1 does not, 2 could not judge." in done.stdout
