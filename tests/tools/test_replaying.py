"""What replay prints moves no cursor; and it finds a record in a directory of any name."""

import shlex

import pytest
from typer.testing import CliRunner

from conformance.__main__ import app

EVIL = """
class Evil(Exception):
    pass

def relu(x):
    raise Evil("\\x1b[2J\\x1b[31mred\\n✓ conforms \\ud800 \\u202e")
"""
WRONG = "import numpy as np\ndef relu(x):\n    return np.maximum(x, 1)\n"
QUICK = ["-k", "relu/value and float32 and not rnn", "--profile", "quick", "-n", "0"]


def called(*arguments):
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.py").write_text(EVIL, "utf-8")
    (tmp_path / "wrong.py").write_text(WRONG, "utf-8")
    return tmp_path


@pytest.mark.usefixtures("here")
def test_what_an_implementation_says_is_shown_and_does_nothing():
    assert called("run", "evil.py", *QUICK).exit_code == 1
    called("replay", "relu/value[float32]", "--save", "case.json")
    for what in ("relu/value[float32]", "case.json", "conformance-report"):
        done = called("replay", what)
        assert done.exit_code == 1, done.output
        assert "\x1b" not in done.stdout
        assert "\u202e" not in done.stdout
        assert r"raised Evil: \x1b[2J\x1b[31mred\n✓ conforms \ud800 \u202e" in done.stdout


def test_why_it_cannot_be_imported_is_shown_and_does_nothing(here):
    (here / "evil.py").write_text("raise Exception('\\x1b[2J \\ud800')\n", "utf-8")
    called("run", "wrong.py", *QUICK)
    done = called("replay", "relu/value[float32]", "--implementation", "evil.py")
    assert done.exit_code == 2
    assert r"error: 'evil.py': importing it raised Exception: \x1b[2J \ud800 (" in done.stderr


@pytest.mark.parametrize("name", ["out{1}", "out {id}", "two  spaces", "it's", 'a "b" $HOME', "-o"])
def test_a_directory_of_any_name_is_in_the_command_that_repeats(here, name):
    done = called("run", "wrong.py", *QUICK, f"--report={name}")
    assert done.exit_code == 1, done.output
    (row,) = [row for row in done.stdout.splitlines() if row.startswith("    replay ")]
    _, *words = shlex.split(row)
    assert words == ["nn-conformance", "replay", "relu/value[float32]", "--report", name]
    assert (here / name / "record.jsonl").exists()
    again = called(*words[1:])
    assert again.exit_code == 1, again.output
    assert "the truth" in again.stdout


def test_bad_input_that_is_accepted_is_no_failure_to_repeat(tmp_path):
    file = tmp_path / "lenient.py"
    file.write_text("def linear(x, weight, bias):\n    return x @ weight.T + bias\n", "utf-8")
    words = ["run", str(file), "linear", "-n", "0", "--profile", "quick", "--report", str(tmp_path)]
    assert called(*words).exit_code == 0
    again = called("replay", str(tmp_path))
    assert again.exit_code == 0
    assert "there is nothing to repeat" in again.output
