"""The notebook runs from top to bottom, and shows what it did when it ran.

CONFORMANCE_APPROVE=1 stores its outputs anew.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

PAGE = Path(__file__).parents[2] / "docs" / "lesson.ipynb"
# A kernel's threads and sockets warn of what is none of ours: it runs in a process of its own.
RUN = """\
import sys
import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=120, kernel_name="python3", record_timing=False).execute()
nbformat.write(notebook, sys.argv[2])
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """(As it is stored, as it is when it has run); where a cell raises, there is none."""
    made = tmp_path_factory.mktemp("lesson") / "lesson.ipynb"
    done = subprocess.run(
        [sys.executable, "-c", RUN, PAGE, made],
        cwd=PAGE.parents[1],
        capture_output=True,
        text=True,
        check=False,
        # Otherwise the debugger's remarks on frozen modules stand among the outputs.
        env={**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
    )
    assert done.returncode == 0, done.stderr
    fresh = nbformat.read(made, as_version=4)
    if os.environ.get("CONFORMANCE_APPROVE"):
        nbformat.write(stripped(fresh), PAGE)
    return nbformat.read(PAGE, as_version=4), fresh


def stripped(notebook):
    """Without what differs between runs of the same notebook; the kernel by its name alone."""
    notebook = nbformat.from_dict(notebook)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def told(cell):
    """What a cell shows, as text in which numbers are not told apart."""
    return re.sub(r"-?\d[\d.e+-]*", "#", "".join(output.text for output in cell.outputs))


def test_what_is_stored_is_what_a_run_shows(pages):
    stored, fresh = pages
    assert [told(cell) for cell in code(stored)] == [told(cell) for cell in code(fresh)]


def test_every_cell_was_run_in_order_and_none_to_its_error(pages):
    stored, _ = pages
    assert [cell.execution_count for cell in code(stored)] == list(range(1, len(code(stored)) + 1))
    outputs = [output for cell in code(stored) for output in cell.outputs]
    assert {(output.output_type, output.name) for output in outputs} == {("stream", "stdout")}


def test_it_fails_three_times_and_ends_well(pages):
    stored, _ = pages
    shown = [told(cell) for cell in code(stored)]
    assert sum("fails" in text for text in shown) >= 3
    assert sum("hint: " in text for text in shown) >= 2
    assert shown[-1].strip() == "<Verdict: conv#d conforms>"
    sources = "".join(cell.source for cell in code(stored))
    assert sources.count("assert_conforms()") == 3


def test_nothing_in_it_is_of_the_machine_that_it_was_run_on(pages):
    stored, _ = pages
    assert nbformat.writes(stored) == nbformat.writes(stripped(stored))
    assert not re.search(r"/home/|/tmp/|/root/|/usr/", PAGE.read_text("utf-8"))
