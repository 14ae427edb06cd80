"""Where a mutant differs from the source: by file, function and statement, however it is laid out.

Statements are compared as `ast.unparse` writes them, one to a line, without comments: a list of
mutants does not go stale because the formatter moved a bracket.
"""

import ast
import copy
import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path

REFERENCE = Path(__file__).parents[3] / "reference_impl"
MODULE = "<module>"

TEXT = "the mutant differs only in the text of an exception"
# Arguments, by their places, that these functions only print in the exceptions that they raise.
PRINTED = {"check_axes": (0,), "check_shape": (0, 3), "pair": (0,), "integer": (0,)}

TYPING = "the mutant differs only in what the type checker reads"


@dataclass(frozen=True, order=True)
class Site:
    """What stays of a mutant when line numbers are forgotten."""

    file: str
    function: str
    was: str
    becomes: str


def functions(tree):
    """The functions and classes of a module by dotted name; the module itself as <module>."""
    found = {MODULE: tree}

    def visit(node, prefix):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                name = f"{prefix}{child.name}"
                found[name] = child
                visit(child, f"{name}.")

    visit(tree, "")
    return found


def lines_of(node):
    """A node's statements, each on a line of its own."""
    return [line.strip() for line in ast.unparse(node).splitlines()]


def innermost(tree, line):
    """The name of the innermost function or class around a line."""
    around = [
        (child.lineno, name)
        for name, child in functions(tree).items()
        if name != MODULE and child.lineno <= line <= child.end_lineno
    ]
    return max(around)[1] if around else MODULE


def difference(before, after):
    """The statements of one node that another does not have, and what stands in their place."""
    old, new = lines_of(before), lines_of(after)
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    changed = [block for block in blocks if block[0] != "equal"]
    was = [line for _, start, end, _, _ in changed for line in old[start:end]]
    becomes = [line for _, _, _, start, end in changed for line in new[start:end]]
    return "\n".join(was), "\n".join(becomes)


def stands(one, source):
    """Whether the statement that a mutant replaces stands in the source."""
    node = functions(ast.parse(source)).get(one.function)
    return node is not None and set(one.was.splitlines()) <= set(lines_of(node))


def by_rule(before, after):
    """The reason that needs no reviewer: one that a program sees in the two syntax trees."""
    if _same(_without_texts, before, after):
        return TEXT
    return TYPING if _same(_without_types, before, after) else ""


def only_when_raising(before, after):
    """Whether two nodes differ only in the arguments of an exception that is raised."""
    return _same(_without_arguments, before, after)


def _same(blanked, before, after):
    first, second = (ast.dump(blanked(copy.deepcopy(node))) for node in (before, after))
    return first == second


def _calls(tree):
    """Calls by the plain name of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node


def _raised(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield node.exc


def _without_texts(tree):
    """Literal text in raised exceptions, and what the checks of arguments only print, blanked."""
    for call in _raised(tree):
        for node in ast.walk(call):
            if isinstance(node, ast.JoinedStr):
                node.values = [one for one in node.values if not isinstance(one, ast.Constant)]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                node.value = ""
    for name, call in _calls(tree):
        for place in PRINTED.get(name, ()):
            if place < len(call.args) and _is_text(call.args[place]):
                call.args[place] = ast.Constant("")
        if name == "check_axes" and isinstance(call.args[-1], ast.Constant):
            axes = call.args[-1]
            axes.value = axes.value.count(",") if isinstance(axes.value, str) else axes.value
    return tree


def _is_text(node):
    constant = isinstance(node, ast.Constant) and isinstance(node.value, str | type(None))
    return constant or isinstance(node, ast.JoinedStr)


def _without_arguments(tree):
    for call in _raised(tree):
        call.args = []
    return tree


def _without_types(tree):
    """Values of names that are declared to be type aliases."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
            node.value = None
    return tree


def reviewed():
    """The survivors that are explained, with the reasons. Some have several mutants each."""
    data = tomllib.loads((Path(__file__).parent / "survivors.toml").read_text("utf-8"))
    entries = [
        (Site(one["file"], one["function"], one["was"], becomes), one["reason"])
        for one in data["survivor"]
        for becomes in one["becomes"]
    ]
    found = dict(entries)
    if len(found) < len(entries):
        raise ValueError("survivors.toml explains a mutant twice: take one entry out")
    return found
