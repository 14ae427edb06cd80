"""The examples in the docstrings of the room run, and each public function has one."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

from conformance import bounds

MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.iter_modules(bounds.__path__, f"{bounds.__name__}.")
]
# A command, and the comparison that ends every formula.
WITHOUT_EXAMPLES = {"calibration", "compare"}


def last_name(module):
    return module.__name__.rpartition(".")[2]


@pytest.mark.parametrize("module", MODULES, ids=last_name)
def test_the_examples_of_a_module_show_what_they_give(module):
    assert doctest.testmod(module).failed == 0


def public_functions():
    for module in MODULES:
        if last_name(module) not in WITHOUT_EXAMPLES:
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == module.__name__ and not name.startswith("_"):
                    yield pytest.param(function, id=f"{last_name(module)}.{name}")


@pytest.mark.parametrize("function", list(public_functions()))
def test_a_public_function_has_an_example(function):
    assert doctest.DocTestFinder().find(function)[0].examples
