"""Where the cases and the reference are found: the engine's own, whoever else has such names."""

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.implementation.bundled import bundled, importable

ROOT = Path(__file__).parents[2]


def test_in_the_clone_they_have_short_names():
    for name in ("cases", "cases.alternatives", "reference_impl", "reference_impl.half"):
        assert bundled(name) == importable(name) == name
    assert bundled("my_cases.cases") == "my_cases.cases"


@pytest.mark.parametrize("stranger", ["cases.py", "cases/__init__.py"])
def test_a_stranger_of_such_a_name_is_not_taken_for_them(tmp_path, stranger):
    (tmp_path / stranger).parent.mkdir(exist_ok=True)
    (tmp_path / stranger).write_text("")
    code = (
        "from conformance.implementation.bundled import bundled, importable\n"
        "import importlib, cases\n"
        "assert importable('cases') == 'cases'\n"
        "name = bundled('cases')\n"
        "ours = importlib.import_module(name)\n"
        "alternatives = importlib.import_module(f'{name}.alternatives')\n"
        "print(name, ours is cases, len(ours.OPERATIONS) > 20, len(alternatives.ALTERNATIVES) > 3)"
    )
    command = [sys.executable, "-c", f"import sys\nsys.path.insert(1, {str(ROOT)!r})\n{code}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "conformance.cases False True True\n", done.stderr
