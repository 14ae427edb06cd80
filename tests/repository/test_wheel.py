"""The built wheel: it has all that it needs, a project needs nothing but it, it disturbs none."""

import email
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

ROOT = Path(__file__).parents[2]
OPS = """
import numpy as np

def flatten(x):
    return x.reshape(x.shape[0], int(np.prod(x.shape[1:])))
"""
# A project with packages and options of names that are the suite's own in its clone.
PROJECT = {
    "my_ops.py": OPS,
    "cases/__init__.py": "OPERATIONS = 'those of somebody else'\n",
    "reference_impl/__init__.py": "def relu(x):\n    return -x\n",
    "pytest.ini": "[pytest]\nfilterwarnings = error\n",
    "conftest.py": """
def pytest_addoption(parser):
    for name in ("--dtype", "--report", "--implementation", "--shard", "--seed"):
        parser.addoption(name)
""",
    "test_of_their_own.py": """
import cases, pytest, reference_impl

@pytest.mark.parametrize("name", ["add", "conv2d"])
def test_operation(name, request):
    assert request.config.getoption("--dtype") == "decimal"
    assert cases.OPERATIONS == "those of somebody else"
    assert reference_impl.relu(1) == -1
""",
    "test_my_ops.py": """
import conformance, pytest, my_ops

@pytest.mark.conformance(my_ops, profile="quick", dtypes=["float32"])
def test_my_ops(conformance_verdict):
    conformance_verdict.assert_conforms()

def test_where_it_comes_from():
    assert conformance.__file__.startswith(PLACE)
    conformance.check("flatten", my_ops.flatten, profile="quick").assert_conforms()
""",
}
# As where nothing but the wheel is installed: without the clone that these tests run in.
ALONE = """
import sys
from pathlib import Path
sys.path[:] = [one for one in sys.path if not (Path(one) / "tests" / "repository").is_dir()]
from conformance.__main__ import main
main()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def place(wheel, tmp_path_factory):
    """Where the wheel is installed."""
    place = tmp_path_factory.mktemp("installed")
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target"]
    subprocess.run([*install, str(place), str(wheel)], check=True, capture_output=True)
    return place


@pytest.fixture
def project(tmp_path):
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.replace("PLACE", "__import__('os').environ['PLACE']"))
    return tmp_path


def called(place, folder, *arguments):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(place), "PLACE": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_it_holds_what_it_needs_and_nothing_of_the_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.partition("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"conformance"}
    for needed in (
        "conformance/py.typed",
        "conformance/bounds/calibration.json",
        "conformance/run/pytest.ini",
        "conformance/report/html/templates/report.html.jinja",
        "conformance/report/html/templates/report.css",
        "conformance/report/html/templates/report.js",
        "conformance/tools/reproduce/script.txt",
        "conformance/cases/document/verdicts.toml",
        "conformance/reference_impl/half.py",
    ):
        assert needed in names
    assert [name for name in names if Path(name).name.startswith(("test_", "conftest"))] == []


def test_its_description_has_no_link_that_leads_nowhere(wheel):
    archive = zipfile.ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith("METADATA")]
    description = email.message_from_bytes(archive.read(name)).get_payload()
    links = re.findall(r"\]\(([^)]*)\)", description)
    assert [link for link in links if not link.startswith("https://")] == []
    assert "nn-conformance run my_ops.py" in description


def test_a_projects_own_tests_options_and_packages_are_left_alone(place, project):
    asked = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--dtype", "decimal"]
    code, said = called(place, project, *asked, "--report", "nowhere")
    assert code == 0, said
    assert re.search(r"\d+ passed", said)
    # The suite writes its report where its own checks ran, and nowhere else.
    assert not (project / "conformance-report").exists()
    assert not (project / "nowhere").exists()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_project_is_judged(place, project, workers):
    asked = ["run", "my_ops.py", "-n", workers, "-k", "flatten/value", "--profile", "quick"]
    code, said = called(place, project, "-m", "conformance", *asked)
    assert code == 0, said
    assert "conforms" in said


def test_the_clone_judges_a_project_with_packages_of_its_own(project):
    asked = ["run", "my_ops.py", "-n", "2", "-k", "flatten/value", "--profile", "quick"]
    code, said = called(ROOT, project, "-m", "conformance", *asked)
    assert code == 0, said
    code, said = called(ROOT, project, "-m", "conformance", "explain", "flatten")
    assert code == 0, said


def test_a_reference_of_their_own_is_judged_where_there_is_one(place, project):
    asked = ["run", "reference_impl", "relu", "-n", "0", "-k", "value", "--profile", "quick"]
    code, said = called(place, project, "-c", ALONE, *asked)
    assert code == 1, said
    assert "x            1.0" in said
    (project / "elsewhere").mkdir()
    code, said = called(place, project / "elsewhere", "-c", ALONE, *asked)
    assert code == 0, said
    assert "conforms where judged" in said


def test_the_suite_is_proved_from_the_wheel_too(place, project):
    asked = ["mistakes", "-k", "relu/value[float32] and not rnn", "-n", "0", "--profile", "quick"]
    code, said = called(place, project, "-c", ALONE, *asked)
    assert code == 0, said
    asked = ["campaign", "-k", "flatten/value[float32]", "-n", "0", "--cases", "60", "--seed", "1"]
    code, said = called(place, project, "-c", ALONE, *asked)
    assert code == 0, said
    assert "seed 1: 0 alarms" in said
