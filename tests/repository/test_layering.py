"""Who may import whom, read from the sources; and what an import costs."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STDLIB = frozenset(sys.stdlib_module_names)


def files(*folders):
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found, folders
    return found


def imports(path):
    """Dotted names of all that a file imports, inside functions too."""
    package = list(path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parent = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*parent, *(node.module or "").split(".")]).strip(".")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def offences(paths, allowed):
    return {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in imports(path)
        if not allowed(name)
    }


def packages(*names):
    return lambda name: name.partition(".")[0] in names


def others(*names):
    return lambda name: name.partition(".")[0] not in names


def within(*prefixes):
    return lambda name: any(f"{name}.".startswith(f"{prefix}.") for prefix in prefixes)


def test_the_reference_imports_numpy_and_scipy_only():
    allowed = packages("numpy", "scipy", "reference_impl", *STDLIB)
    assert not offences(files("reference_impl"), allowed)


def test_those_who_write_cases_import_two_facades_and_nothing_deeper():
    offered = {
        f"conformance.{room}.{name}"
        for room in ("bounds", "spec")
        for name in import_module(f"conformance.{room}").__all__
    }
    allowed = others("conformance")
    assert not offences(files("cases"), lambda name: allowed(name) or name in offered)


@pytest.mark.parametrize("folder", ["cases", "reference_impl"])
def test_no_package_of_ours_names_itself(folder):
    """As `conformance.cases` and `conformance.reference_impl` they are in a wheel."""
    absolute = {
        f"{path.relative_to(ROOT)} imports {node.module}"
        for path in files(folder)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and not node.level
        if (node.module or "").partition(".")[0] == folder
    }
    assert not absolute
    assert not offences(files(folder), others("tests", *{"cases", "reference_impl"} - {folder}))


def test_cases_are_named_without_torch():
    assert imported_by("import cases.mistakes") == {"numpy"}


def test_the_engine_imports_neither_cases_nor_the_reference():
    assert not offences(files("conformance"), others("cases", "reference_impl", "tests"))


def test_the_report_imports_the_record_alone():
    allowed = within("conformance.record", "conformance.line", "conformance.report", "rich")
    standard = packages(*STDLIB)
    views = [path for path in files("conformance/report") if "html" not in path.parts]
    assert not offences(views, lambda name: allowed(name) or standard(name))


def test_the_page_imports_what_draws_it_too():
    allowed = within("conformance.record", "conformance.line", "conformance.report")
    drawing = packages("jinja2", "latex2mathml", "markupsafe", "matplotlib", *STDLIB)
    pages = files("conformance/report/html")
    assert not offences(pages, lambda name: allowed(name) or drawing(name))


def test_the_record_imports_nothing_of_the_engine():
    paths = [ROOT / "conformance" / name for name in ("record.py", "line.py")]
    own, standard = within("conformance.line", "conformance.__version__"), packages(*STDLIB)
    assert not offences(paths, lambda name: own(name) or standard(name))


CORE = ("formats", "bounds", "elementary", "case", "outcome", "verdict", "compare")
ABOVE = ("cli", "api", "plugin", "runner", "run", "session", "judges", "implementation", "oracle")


def test_the_core_imports_nothing_above_it():
    paths = [ROOT / "conformance" / f"{name}.py" for name in CORE]
    above = within(*(f"conformance.{name}" for name in (*ABOVE, "report", "adapters")), "torch")
    assert not offences(paths, lambda name: not above(name))


def test_torch_stands_behind_one_door():
    doors = {"oracle.py", "calibration.py", "torch.py"}
    paths = [path for path in files("conformance") if path.name not in doors]
    assert not offences(paths, others("torch"))


def imported_by(statement):
    """Which heavy packages a statement brings in, in a process of its own."""
    heavy = {"numpy", "scipy", "torch", "jinja2", "latex2mathml", "matplotlib"}
    code = f"import sys\n{statement}\nprint(*(set(sys.modules) & {heavy}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module", ["conformance", "conformance.plugin", "conformance.run", "conformance.record"]
)
def test_an_import_that_costs_nothing(module):
    assert imported_by(f"import {module}") == set()


def test_the_views_of_a_record_cost_nothing_until_they_are_asked_for():
    assert imported_by("import conformance.report.formats") == set()


def test_the_reference_is_used_without_torch():
    assert "torch" not in imported_by("import reference_impl")


def test_an_import_that_does_cost_is_noticed():
    assert "numpy" in imported_by("import conformance.formats")


@pytest.mark.parametrize(
    "source, names",
    [
        ("import torch.nn as nn", ["torch.nn"]),
        ("def f():\n    from cases import linear", ["cases.linear"]),
        ("from . import linear", ["conformance.report.linear"]),
        ("from ..line import Line", ["conformance.line.Line"]),
    ],
)
def test_imports_are_found_wherever_they_stand(monkeypatch, tmp_path, source, names):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / "conformance" / "report" / "some.py"
    path.parent.mkdir(parents=True)
    path.write_text(source, "utf-8")
    assert list(imports(path)) == names
