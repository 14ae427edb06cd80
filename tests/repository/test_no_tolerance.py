"""No tolerance is chosen by hand: its two usual names occur nowhere in the project."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KINDS = {".py", ".md", ".toml", ".ini", ".txt", ".rst", ".cfg", ".json", ".yml", ".yaml", ".ipynb"}
# Of other makers, or results of runs.
SKIPPED = {"build", "dist", "site", "shared", "conformance-report", "node_modules", "venv"}
CHOSEN = re.compile(r"(?<![a-z])[ra]tol(?![a-z])", re.IGNORECASE)


def files():
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part != ".github" for part in parts)
        if path.is_file() and path.suffix in KINDS and not hidden and not SKIPPED & set(parts):
            yield path


def test_no_tolerance_is_chosen_by_hand():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if CHOSEN.search(line)
    ]
    assert not found, "\n".join(found)


def test_every_part_of_the_project_is_read():
    folders = {path.relative_to(ROOT).parts[0] for path in files()}
    assert {"conformance", "cases", "reference_impl", "tests", "README.md"} <= folders


@pytest.mark.parametrize("letter", "ra")
@pytest.mark.parametrize("text", ["f(x, {}=1e-5)", "gradient_{}", "`{}`", "{}: float"])
def test_a_tolerance_would_be_noticed(letter, text):
    assert CHOSEN.search(text.format(letter + "tol"))
    assert not CHOSEN.search(text.format(f"s{letter}toll"))
