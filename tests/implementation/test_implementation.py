import sys
import warnings

import pytest

from conformance.implementation.implementation import Implementation
from conformance.implementation.load import load
from conformance.implementation.load_error import LoadError
from conformance.spec.outcome import NotProvided, Raised, Returned

SOURCE = """
def relu(x):
    return x

class Layers:
    DTYPES = ("float32",)

    def tanh(self, x):
        return -x

layers = Layers()
"""


@pytest.fixture(autouse=True)
def _importable(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def written(tmp_path):
    def write(source, name="my_operations.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, "utf-8")
        return str(path)

    return write


def result_of(loaded, function):
    return loaded.call(function, (3,), {})


def test_a_file(written):
    path = written(SOURCE)
    assert load(path).name == path
    assert result_of(load(path), "relu") == Returned(3)


@pytest.mark.parametrize("attribute", ["Layers", "layers"])
def test_an_attribute_of_a_file_or_of_a_module(written, attribute):
    path = written(SOURCE)
    for spec in (f"{path}:{attribute}", f"my_operations:{attribute}"):
        assert result_of(load(spec), "tanh") == Returned(-3)
        assert load(spec).dtypes == ("float32",)
        assert result_of(load(spec), "relu") == NotProvided("relu")


def test_a_module_and_a_module_in_a_package(written):
    written(SOURCE)
    written("", "layered/__init__.py")
    written(SOURCE, "layered/dense.py")
    for spec in ("my_operations", "layered.dense"):
        assert result_of(load(spec), "relu") == Returned(3)
        assert load(spec).dtypes == ("float32", "float64")


def test_a_module_hands_over_its_implementation(written):
    written(SOURCE + "\nIMPLEMENTATION = Layers\n")
    assert result_of(load("my_operations"), "tanh") == Returned(-3)


def test_an_attribute_of_an_attribute(written):
    written(SOURCE + "\nclass Outer:\n    inner = layers\n")
    assert result_of(load("my_operations:Outer.inner"), "tanh") == Returned(-3)


def test_a_file_imports_its_neighbours_and_leaves_the_path_alone(written):
    written("def relu(x):\n    return 7\n", "beside/neighbour_of_mine.py")
    path = written("import sys\nfrom neighbour_of_mine import relu\n", "beside/main.py")
    before = list(sys.path)
    assert result_of(load(path), "relu") == Returned(7)
    assert sys.path == before


def test_an_entry_that_a_file_puts_on_the_path_stays(written, monkeypatch):
    path = written("import sys\nsys.path.insert(0, 'elsewhere')\n", "beside/main.py")
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = list(sys.path)
    load(path)
    assert sys.path == ["elsewhere", *before]


@pytest.mark.parametrize(
    "spec, said",
    [
        ("nowhere/to_be_found.py", "no such file"),
        ("to_be_found.py", "no such file"),
        ("nowhere_to_be_found", "no module named 'nowhere_to_be_found'"),
        ("my-operations", "neither the path of a Python file nor the name of a module"),
        ("", "neither the path"),
        ("my_operations:absent", "my_operations has no attribute 'absent'"),
        ("my_operations:layers.absent", "Layers has no attribute 'absent'"),
    ],
)
def test_what_cannot_be_found_is_named(written, spec, said):
    written(SOURCE)
    with pytest.raises(LoadError, match=said) as caught:
        load(spec)
    assert spec.partition(":")[0] in str(caught.value)


@pytest.mark.parametrize(
    "source, said",
    [
        ("def relu(:\n", r"SyntaxError: .*broken\.py, line 1\)$"),
        ("x = 1\nx / 0\n", r"ZeroDivisionError: division by zero \(broken\.py, line 2\)$"),
        ("import sys\nsys.exit(3)\n", r"SystemExit: 3"),
        ("import absent_library\n", "no module named 'absent_library'"),
        ("raise BaseException('all over')\n", "BaseException: all over"),
    ],
)
def test_a_file_that_cannot_be_imported_says_where_and_why(written, source, said):
    path = written(source, "broken.py")
    for spec in (path, "broken"):
        with pytest.raises(LoadError, match=said):
            load(spec)


def test_a_class_that_cannot_be_instantiated(written):
    path = written("class Layers:\n    def __init__(self, size):\n        pass\n")
    said = r"instantiating Layers\(\) raised TypeError: \S+\(\) missing [^(]*$"
    with pytest.raises(LoadError, match=said):
        load(f"{path}:Layers")


def test_a_file_that_is_no_python(written):
    with pytest.raises(LoadError, match=r"must end in \.py"):
        load(written("hello", "notes.txt"))


def test_two_files_of_one_name_are_two_modules(written):
    before = set(sys.modules)
    one = written("def relu(x):\n    return 1\n", "first/my_ops.py")
    other = written("def relu(x):\n    return 2\n", "second/my_ops.py")
    for loaded, expected in ((load(one), 1), (load(other), 2), (load(one), 1)):
        assert result_of(loaded, "relu") == Returned(expected)
    prefix = "_implementation_my_ops_"
    names = [name for name in sys.modules if name.startswith(prefix) and name not in before]
    assert sorted(sys.modules[name].relu(0) for name in names) == [1, 2]


def test_warnings_at_the_import_are_no_errors(written):
    # Under the settings of this project's own tests every warning is one.
    source = "import warnings\nwarnings.warn('old', DeprecationWarning)\n"
    source += 'def relu(x):\n    "Written \\* as in Markdown."\n    return x\n'
    for spec in (written(source, "warning_ops.py"), "warning_ops"):
        assert result_of(load(spec), "relu") == Returned(3)


class SpeechlessError(Exception):
    def __str__(self):
        raise RuntimeError


class Offers:
    constant = 3

    def ends(self, error):
        raise error

    def warns(self, category):
        warnings.warn("careful", category, stacklevel=1)
        return category


@pytest.mark.parametrize(
    "error, kind, ordinary",
    [
        (ValueError("bad"), "ValueError", True),
        (NotImplementedError(), "NotImplementedError", True),
        (SystemExit(2), "SystemExit", False),
        (GeneratorExit(), "GeneratorExit", False),
        (SpeechlessError(), "SpeechlessError", True),
    ],
)
def test_every_exit_of_a_call_is_an_outcome(error, kind, ordinary):
    outcome = Implementation(Offers(), "it").call("ends", (error,), {})
    assert isinstance(outcome, Raised)
    assert (outcome.kind, outcome.ordinary) == (kind, ordinary)


def test_an_interrupt_is_the_users():
    with pytest.raises(KeyboardInterrupt):
        Implementation(Offers(), "it").call("ends", (KeyboardInterrupt(),), {})


@pytest.mark.parametrize("name", ["constant", "absent"])
def test_what_cannot_be_called_is_not_provided(name):
    contender = Implementation(Offers(), "it")
    assert not contender.provides(name)
    assert contender.call(name, (), {}) == NotProvided(name)


@pytest.mark.parametrize(
    "category, heard",
    [(RuntimeWarning, ("careful",)), (UserWarning, ("careful",)), (DeprecationWarning, ())],
)
def test_warnings_are_heard_when_listened_to(category, heard):
    outcome = Implementation(Offers(), "it").call("warns", (category,), {}, listen=True)
    assert outcome == Returned(category, heard)
