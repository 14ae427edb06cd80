"""The English of the sources: docstrings begin with a verb, and names are nouns of the domain.

A public function's docstring says what comes back, and so begins with an imperative verb. Names
that say nothing about their value, such as `one` or `found`, are refused.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# The folders whose English is held.
ROOMS = ["cases", "conformance", "reference_impl"]

IMPERATIVES = """
Add Apply Build Call Check Choose Clear Close Collect Compare Complete Compute Count Create Cut
Decide Delete Describe Divide Draw End Evaluate Explain Fill Find Give Group Hide Import Join Judge
Keep Limit List Load Make Mark Measure Merge Move Name Open Parse Pick Print Put Raise Read Record
Register Remove Render Repeat Replace Replay Report Return Run Save Say Score Search Send Set Show
Shrink Skip Split Start Stop Store Take Tell Update Use Validate Wait Warn Weigh Wrap Write Yield
"""
VERBS = frozenset(IMPERATIVES.split())
RIDDLES = {"asked", "found", "one", "place", "said", "told"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules():
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    assert paths
    return paths


MODULES = pytest.mark.parametrize(
    "path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in modules()]
)


def public_functions(tree, owner=""):
    """Functions, methods and properties that others may use, and those of public classes."""
    for node in tree.body:
        name = getattr(node, "name", "_")
        if isinstance(node, ast.If):
            yield from public_functions(node, owner)
        elif name.startswith("_") or is_overload(node):
            continue
        elif isinstance(node, ast.ClassDef):
            yield from public_functions(node, f"{owner}{name}.")
        elif isinstance(node, Function):
            yield f"{owner}{name}", node


def is_overload(node):
    return any("overload" in ast.unparse(part) for part in getattr(node, "decorator_list", ()))


def bound_names(tree):
    """Names of variables, parameters, attributes, functions and classes, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, Function | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname, node.lineno


def faults(source):
    """What the English of a module lacks, a line each."""
    tree = ast.parse(source)
    for name, function in public_functions(tree):
        words = (ast.get_docstring(function) or "").split()
        if not words:
            yield f"{function.lineno}: {name} has no docstring"
        elif words[0].rstrip(".,:;") not in VERBS or words[1:2] == ["of"]:
            yield f"{function.lineno}: {name} begins with {words[0]!r}, which is no known verb"
    for name, line in bound_names(tree):
        if name in RIDDLES:
            yield f"{line}: {name!r} is no name for a thing"


@MODULES
def test_docstrings_begin_with_a_verb_and_names_are_nouns(path):
    assert not list(faults(path.read_text("utf-8")))


@pytest.mark.parametrize(
    "source, fault",
    [
        ("def f():\n  pass", "f has no docstring"),
        ("def f():\n  '''The ids that are chosen.'''", "f begins with 'The'"),
        ("def f():\n  '''Name of the file.'''", "f begins with 'Name'"),
        ("def f():\n  '''Return the ids.'''", ""),
        ("def _f():\n  pass", ""),
        ("class A:\n  '''A noun.'''\n  def f(self):\n    '''Whether.'''", "A.f begins with"),
        ("class A:\n  @property\n  def f(self):\n    '''E as an array.'''", "A.f begins with"),
        ("class A:\n  def __len__(self):\n    return 1", ""),
        ("for one in ():\n  pass", "'one' is no name"),
        ("def _f(place):\n  pass", "'place' is no name"),
        ("def _told():\n  pass", ""),
        ("_ = [said for said in ()]", "'said' is no name"),
    ],
)
def test_faults_are_seen(source, fault):
    seen = " ".join(faults(source))
    assert fault in seen if fault else not seen
