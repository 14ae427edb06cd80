"""The built wheel: what it holds, and that a stranger's project needs nothing but it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OPS = """
import numpy as np

def flatten(x):
    return x.reshape(x.shape[0], int(np.prod(x.shape[1:])))
"""
TESTS = """
import conformance, pytest, my_ops

@pytest.mark.conformance(my_ops, profile="quick", dtypes=["float32"])
def test_my_ops(conformance_verdict):
    conformance_verdict.assert_conforms()

def test_where_it_comes_from():
    assert conformance.__file__.startswith({place!r})
    conformance.check("flatten", my_ops.flatten, profile="quick").assert_conforms()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_what_it_needs_and_nothing_of_the_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.partition("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {
        "conformance",
        "reference_impl",
        "cases",
    }
    for needed in (
        "conformance/bounds/calibration.json",
        "conformance/run/pytest.ini",
        "conformance/report/html/templates/report.html.jinja",
        "conformance/report/html/templates/report.css",
        "conformance/report/html/templates/report.js",
        "conformance/tools/reproduce/script.txt",
        "cases/document/verdicts.toml",
    ):
        assert needed in names
    assert [name for name in names if Path(name).name.startswith(("test_", "conftest"))] == []


def test_a_strangers_project_uses_it(wheel, tmp_path):
    place = tmp_path / "installed"
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target"]
    subprocess.run([*install, str(place), str(wheel)], check=True, capture_output=True)
    project = tmp_path / "project"
    project.mkdir()
    (project / "my_ops.py").write_text(OPS)
    (project / "test_my_ops.py").write_text(TESTS.format(place=str(place)))
    environment = {**os.environ, "PYTHONPATH": str(place)}
    for arguments, said in (
        (["pytest", "-q", "-p", "no:cacheprovider"], "passed"),
        (["conformance", "run", "my_ops.py", "-n", "0", "-k", "flatten/value"], "conforms"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert said in done.stdout
