"""How examples are drawn rests on names of Hypothesis's own; where it changes them, it is said."""

import subprocess
import sys

import pytest
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import HypothesisProvider

from conformance.judge.search import Plan, Search, _Draws


def test_what_is_replaced_is_there():
    assert "_maybe_draw_constant" in vars(HypothesisProvider)
    assert _Draws._maybe_draw_constant is not HypothesisProvider._maybe_draw_constant


def test_examples_are_drawn_this_way(monkeypatch):
    asked = []
    monkeypatch.setattr(_Draws, "_maybe_draw_constant", lambda *_, **__: asked.append(1))
    Search("a name", Plan(examples=3)).over(st.integers(), lambda _example, _seed: True)
    assert asked


@pytest.mark.parametrize(
    "change",
    ["del providers.HypothesisProvider._maybe_draw_constant", "del providers.AVAILABLE_PROVIDERS"],
)
def test_another_hypothesis_is_told_by_its_version(change):
    code = (
        "import hypothesis\nfrom hypothesis.internal.conjecture import providers\n"
        f"{change}\nimport conformance.judge.search"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: Hypothesis 6.")
    assert last.endswith("Install one of the versions 6.135 to 6.170.")
