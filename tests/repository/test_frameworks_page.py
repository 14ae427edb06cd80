"""Each adapter has an extra, a test, and a place on the page of frameworks."""

import re
import tomllib
from pathlib import Path

import pytest

from conformance.tools.matrix import adapters

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/frameworks.md").read_text("utf-8")
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
    "optional-dependencies"
]
# What another adapter is made of: a backend, or another dtype.
VARIANTS = {
    "keras_jax": "keras",
    "keras_torch": "keras",
    "torch_16bit": "torch",
    "torch_compile": "torch",
    "torch_onednn": "torch",
}
OWN = [name for name in adapters() if name not in VARIANTS]


@pytest.mark.parametrize("name", [name for name in OWN if name != "torch"])
def test_an_adapter_has_an_extra_of_its_name_and_is_told(name):
    assert name in EXTRAS
    assert re.search(rf"\b{name}\b", PAGE)


@pytest.mark.parametrize("name", OWN)
def test_an_adapter_has_a_test_of_its_own(name):
    assert (ROOT / f"tests/adapters/test_{name}.py").is_file()


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_of_an_adapter(name):
    assert VARIANTS[name] in OWN


def test_the_page_shows_every_script_and_no_other():
    folder = ROOT / "docs/examples/frameworks"
    shown = set(re.findall(r"\(examples/frameworks/(\w+\.py)\)", PAGE))
    assert shown == {path.name for path in folder.glob("*.py")}
