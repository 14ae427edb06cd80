"""CONTRIBUTING.md is followed to the letter, in a copy of the repository."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cases import OPERATIONS

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
STEPS = TEXT.partition("## A new operation is two files\n")[2].partition("\n## ")[0]
NAME = "leaky_relu"
COMMANDS = re.findall(r"`((?:nn-conformance|python) [^`]*)`", STEPS)
# Where each file goes, as the steps name the places.
FILES = {
    "case.py": "cases/NAME.py",
    "reference.py": "reference_impl/NAME.py",
    "mistakes.py": "cases/mistakes/NAME.py",
}
COPIED = ("cases", "conformance", "reference_impl", "docs", "benchmarks", "tests/proof")
WRONG = """
import numpy as np

def leaky_relu(x, *, negative_slope=0.01):
    return np.where(x < 0, x, x * x.dtype.type(negative_slope))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the repository, with the files of a new operation and with nothing else changed."""
    place = tmp_path_factory.mktemp("repository")
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in COPIED:
        shutil.copytree(ROOT / folder, place / folder, ignore=ignored)
    for file, target in FILES.items():
        assert f"`{target}`" in STEPS
        source = ROOT / "tests/repository/leaky_relu" / file
        shutil.copyfile(source, place / target.replace("NAME", NAME))
    return place


def told(copy, command, code=0):
    """What a command prints in the copy; it must end with this code."""
    words = shlex.split(command.replace("NAME", NAME))
    arguments = ["-m", "conformance", *words[1:]] if words[0] == "nn-conformance" else words[1:]
    if words[1] == "run":
        arguments += ["-n", "0"]
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONIOENCODING": "utf-8", "COLUMNS": "160"},
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_it_takes_ten_lines():
    assert len([line for line in STEPS.splitlines() if line]) <= 10


def test_each_step_succeeds_and_shows_the_operation(copy):
    explained, reference, torch, mistakes, nothing = (told(copy, command) for command in COMMANDS)
    assert f"{NAME}_backward(grad_output, x, *, negative_slope=0.01)" in explained
    for judged in (reference, torch):
        assert re.search(rf"{NAME} .*conforms", judged), judged
    assert re.search(rf"^\| {NAME} \| 2 \|.* 100 % \|$", mistakes, re.MULTILINE)
    assert nothing == ""
    assert f"\n| `{NAME}` | x: any shape → " in (copy / "docs/contract.md").read_text("utf-8")
    functions = sum(operation.network is None for operation in OPERATIONS)
    assert f"{functions + 1} single operations" in (copy / "docs/proof.md").read_text("utf-8")


def test_what_is_wrong_fails(copy):
    (copy / "wrong.py").write_text(WRONG, "utf-8")
    assert f"{NAME}/value" in told(copy, f"nn-conformance run wrong.py {NAME}", code=1)


def test_it_is_listed_begun_and_taught(copy):
    assert re.search(rf"^ {NAME} +leaky relu x = ", told(copy, "nn-conformance list"), re.MULTILINE)
    told(copy, f"nn-conformance init stub.py {NAME}")
    assert f"def {NAME}(x, *, negative_slope=0.01):" in (copy / "stub.py").read_text("utf-8")
    lessons = told(copy, "nn-conformance lesson mine.py --list")
    assert re.search(rf"relu\b.*\n.*{NAME}.*\n.*sigmoid", lessons), lessons
