"""The mutants of the reference: each is rejected, or explained; and the machinery can tell."""

import ast
import json

import pytest

from conformance.judge.search import Plan

pytest.importorskip("mutmut", reason="install .[mutation]; .ci/run installs it")

from mutation import killing, table
from mutation.judging import judged
from mutation.mutants import Mutant, mutants
from mutation.statements import (
    REFERENCE,
    TEXT,
    TYPING,
    Site,
    by_rule,
    difference,
    only_when_raising,
    reviewed,
    stands,
)

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

SOURCES = {path.name: path.read_text("utf-8") for path in REFERENCE.glob("*.py")}
SMALL = ("optimizer.py", "reshaping.py")
# Of structures: enough for operations as simple as these.
FEW = Plan(5)
FLATTEN = "return x.reshape(_flat_shape(x))"


def explained(file):
    return {site for site in reviewed() if site.file == file}


def changed(file, old, new, *, raising=False, function="flatten"):
    """A mutant of our own."""
    assert old in SOURCES[file]
    site = Site(file, function, old, new)
    return Mutant(site, SOURCES[file].replace(old, new), "", raising)


@pytest.fixture(scope="module")
def drawn():
    return killing.drawn(killing.operations("reshaping.py")["flatten"], FEW)


@pytest.fixture(scope="module")
def sites():
    return {name: {one.site for one in mutants(name, SOURCES[name])} for name in SMALL}


def test_what_is_explained_stands_in_the_source():
    for site in reviewed():
        assert stands(site, SOURCES[site.file]), site


def test_every_reason_is_a_sentence():
    for site, reason in reviewed().items():
        assert len(reason.split()) > 5, site
        assert reason.endswith("."), site


def test_what_is_explained_is_a_mutant(sites):
    for name in SMALL:
        assert explained(name) <= sites[name]


def test_every_mutant_of_a_file_is_rejected_or_explained(sites, drawn, monkeypatch):
    tested = killing.unit_test
    monkeypatch.setattr(killing, "unit_test", lambda one: tested(one, "-k", "flatten"))
    monkeypatch.setattr(killing, "drawn", lambda _checks, _plan: drawn)
    told = []
    fates = dict(judged(["reshaping.py"], [FEW], told.append))
    assert set(fates) == sites["reshaping.py"]
    assert {site for site, fate in fates.items() if not fate} == explained("reshaping.py")
    assert {TEXT, killing.TESTED} < set(fates.values())
    assert told[0].startswith(f"{len(fates)} mutants")


def test_what_is_no_mutant_survives(drawn):
    same = changed("reshaping.py", FLATTEN, FLATTEN)
    assert killing.concerned(drawn, same)
    assert killing.killer(same, drawn) == ""
    assert killing.unit_test(same, "-k", "flatten") == ""


def test_a_mistake_is_rejected(drawn):
    wrong = changed("reshaping.py", FLATTEN, 'return x.reshape(_flat_shape(x), order="F")')
    assert killing.killer(wrong, drawn).startswith("flatten/")


def test_what_cannot_be_imported_is_rejected(drawn):
    wrong = changed("reshaping.py", "from math import prod", "from math import product")
    assert killing.killer(wrong, drawn) == "ImportError on import"


def test_what_ends_the_process_is_rejected(drawn):
    wrong = changed("reshaping.py", FLATTEN, "import os; os.kill(os.getpid(), 9)")
    assert killing.killer(wrong, drawn) == "signal 9"


def test_a_fault_of_the_judging_is_no_rejection():
    with pytest.raises(RuntimeError, match="the judging itself failed"):
        killing._forked(lambda: 1 / 0)


def test_a_mutant_meets_only_trials_that_call_it(drawn):
    backward = changed("reshaping.py", FLATTEN, FLATTEN, function="flatten_backward")
    met = killing.concerned(drawn, backward)
    assert {one.check.kind for one in met} >= {"gradient"}
    assert {one.check.kind for one in met}.isdisjoint({"value", "refusal"})
    assert not killing.concerned(drawn, changed("linear.py", "x @ weight.T", "x @ weight"))


def parsed(*sources):
    return tuple(map(ast.parse, sources))


@pytest.mark.parametrize(
    "before, after, told",
    [
        ("a = 1\nb = 2", "a = 1\nb = 3", ("b = 2", "b = 3")),
        ("a = f(1,\n  2)", "a = f(1, 2)", ("", "")),
        ("a = 1\nb = 2", "b = 2", ("a = 1", "")),
        ("if a:\n    b()", "if not a:\n    b()", ("if a:", "if not a:")),
    ],
)
def test_the_statement_that_differs(before, after, told):
    assert difference(*parsed(before, after)) == told


RAISE = 'if x < 1:\n    raise ValueError(f"x is {x}")'


@pytest.mark.parametrize(
    "before, after, rule",
    [
        (RAISE, RAISE.replace("x is", "XXx isXX"), TEXT),
        (RAISE, RAISE.replace("{x}", "{y}"), ""),
        (RAISE, RAISE.replace("< 1", "< 2"), ""),
        (RAISE, RAISE.replace("ValueError", "TypeError"), ""),
        (RAISE, RAISE.replace("raise ", ""), ""),
        ('f("a")', 'f("b")', ""),
        ('check_shape("x", x, (n,), "x")', 'check_shape("XXxXX", x, (n,), None)', TEXT),
        ('check_shape("x", x, (n,), "x")', 'check_shape("x", x, (m,), "x")', ""),
        ('check_shape("x", x, (n,), "x")', 'check_shape("x", None, (n,), "x")', ""),
        ('check_axes("x", x, "n, c")', 'check_axes("x", x, "N, C")', TEXT),
        ('check_axes("x", x, "n, c")', 'check_axes("x", x, "n, c, h")', ""),
        ("Pair: TypeAlias = tuple[int, int]", "Pair: TypeAlias = None", TYPING),
        ("pair: int = 1", "pair: int = None", ""),
    ],
)
def test_what_is_the_same_by_rule(before, after, rule):
    assert by_rule(*parsed(before, after)) == rule


@pytest.mark.parametrize(
    "after, only",
    [
        (RAISE.replace("{x}", "{y}"), True),
        (RAISE.replace('f"x is {x}"', "None"), True),
        (RAISE.replace("ValueError", "TypeError"), False),
        (RAISE.replace("< 1", "<= 1"), False),
    ],
)
def test_what_differs_only_when_raising(after, only):
    assert only_when_raising(*parsed(RAISE, after)) is only


def test_the_results_are_of_these_files_and_these_reasons(sites):
    data = json.loads(table.RESULTS.read_text("utf-8"))
    assert set(data["files"]) == set(SOURCES) - {"__init__.py"}
    assert data["total"] == table.total(data["files"])
    assert data["total"][table.SURVIVED] == 0
    for name, row in data["files"].items():
        assert row["mutants"] == sum(row[head] for head in table.HEADS)
        assert row[table.EXPLAINED] == len(explained(name))
    for name in SMALL:
        assert data["files"][name]["mutants"] == len(sites[name])


def test_the_table_counts_fates():
    known, unknown = (Site("a.py", "f", "a = 1", f"a = {k}") for k in (2, 3))
    fates = [(known, ""), (unknown, ""), (known, TEXT), (known, killing.TESTED)]
    fates += [(known, "linear/value[float32]"), (known, "signal 14"), (unknown, TYPING)]
    row = table.counts(fates, {known})
    assert list(row.values()) == [7, 2, 1, 2, 1, 1]
    shown = table.markdown({"files": {"a.py": row}, "total": table.total({"a.py": row, "b": row})})
    assert shown.splitlines()[2:] == [
        "| a.py | 7 | 2 | 1 | 2 | 1 | 1 |",
        "| all | 14 | 4 | 2 | 4 | 2 | 2 |",
    ]
