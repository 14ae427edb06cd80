"""What the README shows is what the suite says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from conformance.__main__ import app
from conformance.implementation.load import load
from conformance.judge.check import Plan, run_check
from conformance.record.vocabulary import PROFILES, ClaimVerdict, Kind, Verdict
from conformance.run.run import Run

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def excerpt():
    block = re.search(
        r"<!-- report begins -->\n```text\n(.*?)```\n<!-- report ends -->", README, re.DOTALL
    )
    assert block, "the README has no excerpt of the report"
    return block.group(1)


def test_the_excerpt_is_the_report_of_the_command_above_it(tmp_path):
    command = re.search(
        r"^pytest .*--implementation docs/examples/flipped.py.*$", README, re.MULTILINE
    )
    assert command
    arguments = shlex.split(command.group(0))[1:]
    arguments[arguments.index("auto")] = "0"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            *arguments,
            "--report",
            tmp_path,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"},
    )
    report = done.stdout[done.stdout.index("── The document's claims") :]
    # Times and the place of the record are those of the run.
    report = report[: report.index("record: ")].replace(f" --report {tmp_path}", "")
    if os.environ.get("CONFORMANCE_APPROVE"):
        before, _, after = README.partition("```text\n" + excerpt() + "```")
        text = f"{before}```text\n{report.rstrip()}\n```{after}"
        (ROOT / "README.md").write_text(text, encoding="utf-8")
    assert "\n".join(row.rstrip() for row in report.splitlines()) == excerpt().rstrip("\n")


def test_the_tables_name_every_check_and_every_verdict():
    named = set(re.findall(r"^\| `([^`]+)` \|", README, re.MULTILINE))
    assert named == {*Kind, *Verdict}
    prose = README.replace("`holds when …`", "`holds when`").replace("\n", " ")
    assert [verdict for verdict in ClaimVerdict if f"`{verdict}`" not in prose] == []


def test_thorough_draws_ten_times_as_many():
    assert PROFILES["thorough"] == 10 * PROFILES["default"]


@pytest.mark.parametrize(
    "command", re.findall(r"^(?:pytest|nn-conformance) .*$", README, re.MULTILINE)
)
def test_every_option_of_a_command_exists(command):
    words = shlex.split(command)
    options = [word for word in words if word.startswith("-")]
    if words[0] == "pytest":
        known = (ROOT / "conformance/options.py").read_text("utf-8") + '"-n" "-k"'
        assert [word for word in options if f'"{word}"' not in known] == []
    else:
        parameters = get_command(app).commands[words[1]].params
        assert set(options) <= {name for one in parameters for name in one.opts}


def test_the_example_implementation_conforms(tmp_path):
    code = re.search(r"```python\n# my_ops.py\n(.*?)```", README, re.DOTALL)
    assert code
    (tmp_path / "my_ops.py").write_text(code.group(1), encoding="utf-8")
    contender = load(str(tmp_path / "my_ops.py"))
    checks = [check for check in Run().checks.values() if check.operation.name == "relu"]
    verdicts = {run_check(check, contender, Plan(examples=10)).verdict for check in checks}
    # Its slope at NaN is another valid one than torch's; it checks no input, and relu needs none.
    assert verdicts == {"conforms", "convention"}
