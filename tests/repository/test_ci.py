"""Continuous integration has what the tests need, and sees where one is skipped for want of it."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = (ROOT / ".ci" / "run").read_text("utf-8")
TESTS = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
# A test that wants one of these says that `.ci/run` installs it; frameworks need not be there.
WANTED = re.compile(r'(?:shutil\.)?which\(\s*"(\w+)"')
TRIED = ("mkdocs", "playwright", "mutmut", "array_api_strict")


def test_every_program_that_a_test_looks_for_is_installed():
    programs = {name for path in TESTS for name in WANTED.findall(path.read_text("utf-8"))}
    assert programs >= {"cc", "node", "ps", "ruff"}
    installed = set(re.findall(r"command -v (\w+)", SCRIPT))
    # ruff is a package of Python's.
    assert programs - installed == {"ruff"}
    assert "chromium" in installed


def test_a_test_that_lacks_a_program_says_that_it_is_installed():
    for path in TESTS:
        text = path.read_text("utf-8")
        wants = WANTED.search(text) or any(f'importorskip("{name}' in text for name in TRIED)
        if wants or "BROWSER is None" in text:
            assert "; .ci/run installs it" in text, path


LINE = "SKIPPED [2] tests/tools/test_x.py:203: there is no node here; .ci/run installs it"


@pytest.mark.parametrize(
    "line, code", [(LINE, 1), ("SKIPPED [1] tests/adapters/test_jax.py:6: no jax", 0), ("", 0)]
)
def test_a_skipped_test_fails_the_run(tmp_path, line, code):
    log = tmp_path / "log"
    log.write_text(f"3 passed\n{line}\n", "utf-8")
    end = SCRIPT.partition("# A test that lacks")[2].partition("\n")[2]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f'log="{log}"\n{end}'],  # noqa: S607 - as its first line has it
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert ("error: these tests were skipped" in done.stderr) == bool(code)
