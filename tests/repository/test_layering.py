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


# The rooms, the lowest first, and the rooms that each may import.
ROOMS = {
    "record": (),
    "report": ("record",),
    "bounds": ("record",),
    "spec": ("bounds", "record"),
    "implementation": ("spec", "bounds", "record"),
    "judge": ("implementation", "spec", "bounds", "record"),
    "explain": ("judge", "implementation", "spec", "bounds", "record"),
    "run": ("explain", "judge", "implementation", "spec", "bounds", "record", "report"),
    "tools": ("run", "explain", "judge", "implementation", "spec", "bounds", "record", "report"),
    # Beside the rooms: one file a framework, imported by nobody inside.
    "adapters": ("run", "judge", "implementation", "spec", "bounds"),
    # The doors.
    "api": ("run", "implementation", "spec", "record", "report"),
    "plugin": ("api", "run", "record"),
    "suite": ("run", "record"),
    "__main__": ("tools",),
    "__init__": ("api",),
}
# Other people's packages that a room may import; each room may import Python's own.
OUTSIDE = {
    "report": ("rich", "jinja2", "markupsafe", "latex2mathml", "matplotlib"),
    "bounds": ("numpy",),
    "spec": ("numpy", "hypothesis", "torch"),
    "implementation": ("numpy",),
    "judge": ("numpy", "hypothesis", "torch"),
    "explain": ("numpy", "torch"),
    "run": ("rich", "pytest", "_pytest"),
    "tools": ("rich", "typer", "numpy", "_pytest"),
    "adapters": (
        "numpy",
        "torch",
        "autograd",
        "flax",
        "jax",
        "keras",
        "mlx",
        "onnx",
        "onnxruntime",
        "optax",
        "openvino",
        "paddle",
        "pytensor",
        "sklearn",
        "tensorflow",
        "tinygrad",
    ),
    "api": ("rich",),
    "plugin": ("pytest", "xdist"),
    "suite": ("pytest",),
    "__main__": ("typer",),
}


def room_of(path):
    return path.relative_to(ROOT / "conformance").with_suffix("").parts[0]


def room_imported(name):
    """The room that a name of the engine is in; none for what the package itself is or says."""
    room = name.split(".")[1:2]
    return None if room in ([], ["__version__"]) else room[0]


def test_every_module_is_in_a_room_that_is_known():
    assert {room_of(path) for path in files("conformance")} == set(ROOMS)


def test_a_room_imports_only_rooms_below_it():
    known = list(ROOMS)
    for room, below in ROOMS.items():
        assert set(below) <= set(known[: known.index(room)]) or room == "__init__"


@pytest.mark.parametrize("room", ROOMS)
def test_a_module_imports_its_own_room_and_those_that_its_room_may(room):
    mine = [path for path in files("conformance") if room_of(path) == room]
    may = {None, room, *ROOMS[room]}
    inside, outside = packages("conformance"), packages(*STDLIB, *OUTSIDE.get(room, ()))
    assert not offences(
        mine, lambda name: room_imported(name) in may if inside(name) else outside(name)
    )


def test_only_the_page_imports_what_draws_it():
    views = [path for path in files("conformance/report") if "html" not in path.parts]
    assert not offences(views, others("jinja2", "markupsafe", "latex2mathml", "matplotlib"))


def test_torch_is_imported_by_name_in_few_places():
    doors = {"spec/tensors.py", "judge/oracle.py", "explain/derivatives.py"}
    doors |= {f"adapters/torch{kind}.py" for kind in ("", "_compile", "_onednn")}
    paths = files("conformance")
    named = {
        str(path.relative_to(ROOT / "conformance"))
        for path in paths
        if "torch" in {name.partition(".")[0] for name in imports(path)}
    }
    assert named == doors


def test_tests_mirror_the_rooms():
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    rooms = {room for room in ROOMS if (ROOT / "conformance" / room).is_dir()}
    assert rooms - {"adapters"} <= folders


def imported_by(statement):
    """Which heavy packages a statement brings in, in a process of its own."""
    heavy = {"numpy", "scipy", "torch", "jinja2", "latex2mathml", "matplotlib"}
    code = f"import sys\n{statement}\nprint(*(set(sys.modules) & {heavy}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        "conformance",
        "conformance.plugin",
        "conformance.record.file",
        "conformance.run.gather",
        "conformance.run.selection",
    ],
)
def test_an_import_that_costs_nothing(module):
    assert imported_by(f"import {module}") == set()


def test_the_views_of_a_record_cost_nothing_until_they_are_asked_for():
    assert imported_by("import conformance.report.views") == set()


def test_the_reference_is_used_without_torch():
    assert "torch" not in imported_by("import reference_impl")


def test_an_import_that_does_cost_is_noticed():
    assert "numpy" in imported_by("import conformance.bounds.floats")


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
