"""`nn-conformance run` as its own command: what it judges, what it prints, and to whom."""

import json
import os
import pty
import re
import select
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.__main__ import app
from conformance.record import file as record
from conformance.record.vocabulary import ClaimVerdict
from conformance.run import names
from conformance.run.run import Run

# Whole runs in processes of their own: part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

RELU = """
import numpy as np

def relu(x):
    print("a thousand words")
    return np.maximum(x, {least})
"""
CONV2D = "from reference_impl import conv2d, conv2d_backward\n"
QUICK = ["--profile", "quick", "-n", "0"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "right.py").write_text(RELU.format(least=0))
    (tmp_path / "wrong.py").write_text(RELU.format(least=1))
    (tmp_path / "conv.py").write_text(CONV2D)
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def called(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def judged(here):
    return record.read(here / "conformance-report" / "record.jsonl")


def operations(here):
    return {check["operation"] for check in judged(here).checks}


def command(*arguments):
    return [sys.executable, "-m", "conformance", *arguments]


def on_a_terminal(here, *arguments, **environment):
    """What a command writes where a terminal of 80 columns is, and how it ends."""
    ours, theirs = pty.openpty()
    settings = {"TERM": "xterm", "COLUMNS": "80", **environment}
    done = subprocess.Popen(
        command(*arguments), cwd=here, stdout=theirs, stderr=theirs, env={**os.environ, **settings}
    )
    os.close(theirs)
    parts = []
    while select.select([ours], [], [], 100)[0]:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux's way to say that the other side is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    return b"".join(parts).decode(), done.wait(timeout=60)


def test_an_operation_is_taken_by_its_whole_name(here):
    assert called("run", "right.py", "relu", *QUICK).exit_code == 0
    assert operations(here) == {"relu"}
    owed = {*Run().checks, *Run().claims}
    left = {line["id"] for line in judged(here).not_selected}
    assert left == {name for name in owed if not name.startswith("relu/")}
    assert {line["reason"] for line in judged(here).not_selected} == {"deselected"}


def test_a_line_of_what_did_not_run_says_what_it_is(here):
    called("run", "right.py", "relu", "-k", "value", *QUICK)
    run = Run()
    for line in judged(here).not_selected:
        if line["section"] is not None:
            claim = run.claims[line["id"]]
            assert (line["section"], line["name"]) == (run.section(claim), claim.name)
            continue
        check = run.checks[line["id"]]
        told = (line["operation"], line["check"], line["argument"], line["dtype"])
        assert told == (check.operation.name, check.kind, check.argument, check.dtype)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("place", ["out{1}", 'it\'s "my" out'])
def test_the_printed_command_repeats_a_failure_wherever_the_report_is(place):
    asked = ["run", "wrong.py", "relu", "-k", "value and float32", *QUICK, "--report", place]
    done = called(*asked)
    assert done.exit_code == 1, done.output
    (command,) = (row for row in done.output.splitlines() if row.startswith("    replay "))
    _, name, *words = shlex.split(command)
    assert (name, words[0], words[-1]) == ("nn-conformance", "replay", place)
    again = called(*words)
    assert again.exit_code == 1, again.output
    assert "implementation: wrong.py" in again.output


def test_claims_are_taken_by_id_and_by_section(here):
    assert called("run", "right.py", "6", "3.1/weighted-sum", *QUICK).exit_code == 0
    of_six = sorted(name for name in Run().claims if name.startswith("6/"))
    assert [one["id"] for one in judged(here).claims] == ["3.1/weighted-sum", *of_six]
    assert judged(here).checks == ()


@pytest.mark.parametrize(
    "options, left",
    [
        (["-k", "value"], {"relu/value[float32]", "relu/value[float64]"}),
        (["-k", "value", "--dtype", "float64"], {"relu/value[float64]"}),
        (["-k", "value", "--shard", "1/2"], {"relu/value[float32]"}),
        (["-k", "value", "--shard", "1/2", "--dtype", "float64"], {"relu/value[float64]"}),
    ],
)
def test_names_go_with_every_other_choice(here, options, left):
    called("run", "right.py", "relu", *QUICK, *options)
    assert {check["id"] for check in judged(here).checks} == left


def test_workers_judge_what_is_named(here):
    done = called("run", "right.py", "relu", "-k", "value", "--profile", "quick", "-n", "2")
    assert done.exit_code == 0, done.output
    assert operations(here) == {"relu"}


def test_plain_pytest_takes_the_same_names(here):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--pyargs"]
    command += [
        "conformance.suite",
        "--conformance-profile",
        "quick",
        "--conformance-implementation",
    ]
    command += ["right.py", "--conformance-operation", "relu", "-k", "value", "-n", "0"]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    # Its own output is as ever.
    assert "2 passed" in done.stdout
    assert operations(here) == {"relu"}
    done = subprocess.run(
        [*command, "--conformance-operation", "rleu"],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "there is no operation or claim 'rleu'; did you mean relu" in done.stderr


def test_a_file_of_one_operation_conforms_where_it_provides(here, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    done = called("run", "conv.py", "-k", "test_operation", *QUICK)
    assert done.exit_code == 0, done.output
    last = done.stdout.splitlines()[-2]
    assert re.fullmatch(
        r"○ conforms where provided and judged: 28 operations not provided, 1 conforms, .* cases",
        last,
    )
    verdicts = {line["operation"]: set() for line in judged(here).checks}
    for line in judged(here).checks:
        verdicts[line["operation"]].add(line["verdict"])
    assert verdicts.pop("conv2d") == {"conforms"}
    assert set(map(frozenset, verdicts.values())) == {frozenset({"not provided"})}


@pytest.mark.parametrize("named, code", [(["relu"], 2), (["linear"], 2), (["3.2"], 0)])
def test_a_run_that_finds_nothing_to_judge_is_no_success(here, named, code):
    (here / "empty.py").write_text("def rleu(x):\n    return x\n")
    done = CliRunner().invoke(app, ["run", "empty.py", *named, *QUICK])
    assert done.exit_code == code, done.output
    assert ("nothing was judged" in done.output) == (code == 2)


def test_pytest_elsewhere_says_where_the_checks_are(here):
    assert (here / "right.py").exists()
    asked = ["--conformance-implementation", "right.py", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *asked], capture_output=True, text=True, check=False
    )
    assert done.returncode == 5
    assert "nn-conformance run right.py" in done.stdout


def test_names_are_known_without_the_cases_and_are_theirs():
    checks = {check.operation.name for check in Run().checks.values()}
    assert set(names.operations()) == checks
    assert set(names.functions()) == set(Run().functions)
    claims = Run().claims
    sections = {claim.number for claim in claims.values()}
    assert set(names.everything()) == {*checks, *sections, *claims}


def test_nothing_but_the_report_where_no_terminal_is(here):
    done = subprocess.run(
        command("run", "wrong.py", "relu", *QUICK),
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout.startswith("Conformance of wrong.py\n")
    assert done.stdout.splitlines()[-1] == "record: conformance-report/record.jsonl"
    assert "✗ fails: relu/value[float32, float64]" in done.stdout
    assert not {"\x1b", "\r"} & set(done.stdout)
    foreign = ("FAILURES", "FAILED", " passed in", "test session", "thousand words", "rootdir")
    for words in foreign:
        assert words not in done.stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_progress_is_shown_on_a_terminal_and_gone_in_the_end(here, workers):
    asked = ["run", "wrong.py", "relu", "--profile", "quick", "-n", workers]
    said, code = on_a_terminal(here, *asked, CI="")
    assert code == 1
    assert re.search(r"18/18 checks, 2 fail", said)
    # Taken away before the report: the last line of progress is erased.
    progress, report = said.split("Conformance of wrong.py", 1)
    assert progress.rstrip("\r\n").endswith(
        ("\x1b[2K", "\x1b[0m", "\x1b[1m", "\x1b[?25h", "\x1b[1A")
    )
    assert "\x1b[?25h" in progress
    assert "checks," not in report
    assert "thousand words" not in said


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"CI": "", "TERM": "dumb"}])
def test_progress_is_not_for_machines(here, environment):
    said, code = on_a_terminal(here, "run", "right.py", "relu", *QUICK, **environment)
    assert code == 0
    assert "18/18" not in said
    assert "\x1b[?25" not in said


@pytest.mark.usefixtures("here")
def test_what_the_record_does_not_tell_is_told(monkeypatch):
    from conformance.judge.claim import ClaimResult  # noqa: PLC0415 - with it comes NumPy

    def changed(claim, _plan):
        return ClaimResult(claim, ClaimVerdict.DOES_NOT_HOLD, ())

    monkeypatch.setattr("conformance.run.judged_lines.judge_claim", changed)
    done = called("run", "right.py", "3.1/weighted-sum", *QUICK)
    assert done.exit_code == 1
    last = done.stdout.splitlines()[-1]
    assert last.startswith("error: 3.1/weighted-sum: differs from the reviewed verdict: ")


def test_warnings_and_files_left_open_are_no_failures(here):
    (here / "old.py").write_text(
        "import warnings\nimport numpy as np\n"
        "warnings.warn('old', DeprecationWarning)\n"
        "def relu(x):\n"
        "    open(__file__)\n    warnings.warn('careful')\n    return np.maximum(x, 0)\n"
    )
    done = called("run", "old.py", "relu", "-k", "value", *QUICK)
    assert done.exit_code == 0, done.output


def test_a_stub_that_is_left_as_it_was_is_not_provided(here):
    assert called("init", "stub.py", "relu", "linear").exit_code == 0
    stub = (here / "stub.py").read_text("utf-8")
    filled = stub.replace("raise NotImplementedError", "return np.maximum(x, 0)", 1)
    (here / "stub.py").write_text(filled, "utf-8")
    done = called("run", "stub.py", "relu", *QUICK)
    assert done.exit_code == 0, done.output
    verdicts = {line["id"]: line["verdict"] for line in judged(here).checks}
    kinds = {"value", "special", "dtype", "pure"}
    assert {verdicts[f"relu/{kind}[float32]"] for kind in kinds} == {"conforms"}
    backward = {name for name in verdicts if "gradient" in name or "special/" in name}
    assert {verdicts[name] for name in backward} == {"not provided"}


def test_a_convention_that_strictness_refuses_is_told(here):
    (here / "other.py").write_text(
        "import numpy as np\nfrom reference_impl import relu\n"
        "def relu_backward(g, x):\n    return np.where(x < 0, 0, g)\n"
    )
    asked = ["run", "other.py", "relu", "-k", "slope-at-zero and float32", *QUICK]
    assert called(*asked).exit_code == 0
    done = called(*asked, "--strict")
    assert done.exit_code == 1
    said = "error: relu/convention/slope-at-zero[float32]: not as in torch: one"
    assert said in done.stdout


@pytest.mark.usefixtures("here")
def test_an_error_of_the_suites_own_is_seen(monkeypatch):
    monkeypatch.setattr(Run, "checks", property(lambda _: 1 / 0))
    done = called("run", "right.py", "relu", *QUICK)
    assert done.exit_code == 2
    assert "error: the checks could not be collected" in done.stderr
    assert "ZeroDivisionError" in done.stderr


def test_a_worker_that_crashes_is_in_the_report(here):
    (here / "dying.py").write_text("import os\ndef relu(x):\n    os._exit(3)\n")
    done = called("run", "dying.py", "relu", "-k", "value and float32", "-n", "1")
    assert done.exit_code == 1
    assert "! crashed: relu/value[float32]" in done.stdout
    assert "crashed while running" in done.stdout


def test_the_settings_of_the_place_do_not_matter(here, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "-v --color=yes -k nothing")
    (here / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n")
    (here / "conftest.py").write_text("1 / 0\n")
    assert called("run", "right.py", "relu", "-k", "value", *QUICK).exit_code == 0
    assert os.environ["PYTEST_ADDOPTS"] == "-v --color=yes -k nothing"
    assert "PYTEST_DISABLE_PLUGIN_AUTOLOAD" not in os.environ


def test_an_older_record_is_not_written_in_formats(here):
    asked = ["run", "right.py", "relu", "-k", "value", *QUICK]
    called(*asked)
    (here / "lost.toml").write_text('"nowhere/*" = "why"\n')
    done = called(*asked, "--expect", "lost.toml", "--format", "json")
    assert done.exit_code == 2
    assert not (here / "conformance-report" / "summary.json").exists()


def test_run_gives_hints_where_asked(here):
    asked = ["run", "wrong.py", "relu", "-k", "value", *QUICK, "--format", "gradescope"]
    results = here / "conformance-report" / "results.json"
    called(*asked)
    assert "replay" not in results.read_text("utf-8")
    called(*asked, "--hints")
    assert "nn-conformance replay" in json.loads(results.read_text("utf-8"))["tests"][0]["output"]


def test_grading_takes_operations_and_shows_progress(here):
    asked = [
        "grade",
        "right.py",
        "wrong.py",
        "--operation",
        "relu",
        "--profile",
        "quick",
        "-n",
        "1",
    ]
    said, code = on_a_terminal(here, *asked, CI="")
    assert code == 0
    assert "2/2 submissions, 2 fail" in said
    found = record.read(Path(here) / "conformance-report" / "right" / "record.jsonl")
    assert {check["operation"] for check in found.checks} == {"relu"}
