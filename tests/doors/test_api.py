"""Judging functions at hand: in a notebook, in a test of one's own."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import conformance
import reference_impl
from conformance.implementation.load_error import LoadError


def flipped(x):
    return -np.maximum(x, 0)


def slope(grad_output, x):
    return np.where(x > 0, grad_output, 0)


def quick(*arguments, **options):
    return conformance.check(*arguments, profile="quick", **options)


def test_a_function_and_its_backward_conform():
    verdict = quick("flatten", reference_impl.flatten, backward=reference_impl.flatten_backward)
    assert verdict.conforms
    assert verdict.failures == ()
    assert repr(verdict) == "<Verdict: flatten conforms>"
    verdict.assert_conforms()


def test_a_wrong_function_is_told_with_its_smallest_case():
    verdict = quick("relu", flipped, backward=slope)
    assert not verdict.conforms
    assert "relu/value[float32]" in {line["id"] for line in verdict.failures}
    with pytest.raises(AssertionError) as caught:
        verdict.assert_conforms()
    assert str(caught.value).startswith("does not conform\nConformance of flipped\n")
    for text in ("x            1.0", "expected     1.0", "got          -1.0"):
        assert text in str(caught.value)
    assert "nn-conformance replay" not in str(verdict)
    assert 'conformance.check(…, profile="quick", seed=0)' in str(verdict)
    default = conformance.check("relu", flipped, dtypes=["float32"])
    assert "conformance.check(…, seed=0)" in str(default)


def test_a_verdict_shows_itself_in_a_notebook():
    offers = SimpleNamespace(flatten=lambda x: x.reshape(len(x), -1), __name__="<b>bold</b>")
    shown = quick("flatten", offers)._repr_html_()
    assert '<div class="nn-conformance mixed"' in shown
    assert "&lt;b&gt;bold&lt;/b&gt;" in shown
    assert "<b>bold" not in shown


def test_a_notebook_tells_a_failure_as_the_report_does():
    shown = quick("relu", flipped, backward=slope)._repr_html_()
    assert '<article class="story card"' in shown
    assert "Expected, and what came" in shown
    assert "<math" in shown
    assert "<script" not in shown
    # Its style sheet is nested in a rule for its own part.
    assert ":root" not in shown
    assert ".nn-conformance {" in shown


def test_a_notebook_without_templates_shows_the_report_as_text(monkeypatch):
    monkeypatch.setattr("conformance.api.find_spec", lambda _: None)
    offers = SimpleNamespace(flatten=lambda x: x.reshape(len(x), -1), __name__="<b>bold</b>")
    shown = quick("flatten", offers)._repr_html_()
    assert shown.startswith("<pre>Conformance of &lt;b&gt;bold&lt;/b&gt;")


def test_a_forward_function_alone_is_judged_and_the_rest_is_not_provided():
    verdict = quick("tanh", np.tanh)
    found = {line["check"]: line["verdict"] for line in verdict.lines}
    assert found["value"] == "conforms"
    assert found["gradient"] == "not provided"
    assert verdict.conforms


@pytest.mark.parametrize(
    "offers", [SimpleNamespace(flatten=reference_impl.flatten), "docs/examples/flipped.py"]
)
def test_an_object_or_a_file_is_judged_in_what_it_offers(offers):
    verdict = quick(offers, dtypes=["float32"])
    expected = {"conv2d"} if isinstance(offers, str) else {"flatten"}
    assert {line["operation"] for line in verdict.lines} == expected
    assert {line["dtype"] for line in verdict.lines} == {"float32"}


def test_a_class_is_instantiated():
    class Mine:
        def flatten(self, x):
            return reference_impl.flatten(x)

    assert quick(Mine).conforms
    assert quick("flatten", Mine).conforms


def test_another_convention_fails_where_strictness_is_asked_for():
    def slope_of_one_at_zero(grad_output, x):
        return np.where(np.isnan(x) | (x >= 0), grad_output, 0)

    functions = ("relu", reference_impl.relu)
    assert quick(*functions, backward=slope_of_one_at_zero).conforms
    assert not quick(*functions, backward=slope_of_one_at_zero, strict=True).conforms


@pytest.mark.parametrize(
    "arguments, options, said",
    [
        (("rleu", flipped), {}, "there is no operation 'rleu'; did you mean relu"),
        (("relu", 3), {}, "int has none of the contract's functions; give a function beside"),
        (("relu", b"relu"), {}, "bytes has none of the contract's functions"),
        (("relu", None), {}, "'relu' is an operation, and its implementation is None; give"),
        ((None,), {}, "None has none of the contract's functions"),
        ((flipped,), {}, "flipped has none of the contract's functions; give a function beside"),
        ((SimpleNamespace(),), {}, "SimpleNamespace has none of the contract's functions"),
        (
            ("relu", flipped),
            {"dtypes": ["float8"]},
            "there is no dtype 'float8'; give one of float",
        ),
        (("relu", flipped), {"profile": "slow"}, "profile is 'slow'; give one of quick, "),
        ((reference_impl,), {"backward": slope}, "backward goes with one function"),
        (([], flipped), {}, "operations are []; give a name"),
    ],
)
def test_what_there_is_none_of_is_named(arguments, options, said):
    with pytest.raises(ValueError, match=r".") as caught:
        conformance.check(*arguments, **options)
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(LoadError, match=r"no such file: 'nowhere\.py'"):
        conformance.check("nowhere.py")


STATE = """
import os, random, sys, warnings
import hypothesis, numpy as np, rich.console, scipy.special, torch

torch.set_num_threads(2)
np.seterr(divide="raise")

def state():
    algorithm, keys, *rest = np.random.get_state()
    of_torch = torch.get_num_threads(), torch.backends.mkldnn.enabled
    return {
        "torch": (of_torch, torch.get_rng_state().tolist()),
        "NumPy": (np.geterr(), np.geterrcall(), algorithm, keys.tolist(), rest),
        "Python": (random.getstate(), list(warnings.filters), list(sys.path), dict(os.environ)),
        "hypothesis": dict(hypothesis.internal.conjecture.providers.AVAILABLE_PROVIDERS),
    }

before = state()
import conformance, conformance.plugin, conformance.api, conformance.adapters.torch
import conformance.judge.check, conformance.explain.smallest, conformance.tools.replay.replay
assert state() == before
relu = lambda x: np.maximum(x, 1)
assert not conformance.check("relu", relu, profile="quick").conforms
after = state()
assert after.pop("hypothesis").keys() - before.pop("hypothesis").keys() == {"nn-conformance"}
assert after == before
"""


def test_a_process_is_left_as_it_was():
    done = subprocess.run(
        [sys.executable, "-c", STATE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


OPS = """
import numpy as np

def relu(x):
    return np.maximum(x, 0)

def relu_backward(grad_output, x):
    return np.where(x > 0, grad_output, 0)

def sigmoid(x):
    return 1 / (1 + np.exp(x))
"""
PAGE = (Path(__file__).parents[2] / "docs/how-to/judge.md").read_text("utf-8")


def run_in(directory, *options):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


def test_a_project_of_ones_own_goes_through_the_checks_in_three_lines(tmp_path):
    (tmp_path / "my_ops.py").write_text(OPS)
    (lines,) = re.findall(r"```python\n(@pytest.*?)```", PAGE, re.DOTALL)
    assert lines.count("\n") == 3
    (tmp_path / "test_my_ops.py").write_text(f"import pytest, my_ops\n{lines}")
    done = run_in(
        tmp_path, "--conformance-profile", "quick", "-rA", "--conformance-dtype", "float32"
    )
    assert "PASSED test_my_ops.py::test_my_ops[relu/gradient/x[float32]]" in done.stdout
    assert "FAILED test_my_ops.py::test_my_ops[sigmoid/value[float32]]" in done.stdout
    assert "SKIPPED" in done.stdout
    assert "float64" not in done.stdout
    assert "does not conform" in done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize(
    "marker, said",
    [
        ("", "asks for conformance_verdict and does not say of what"),
        ('@pytest.mark.conformance("nowhere.py")', "no such file: 'nowhere.py'"),
        ('@pytest.mark.conformance("my_ops.py", ["conv3d"])', "there is no operation 'conv3d'"),
    ],
)
def test_a_marker_that_cannot_be_followed_is_told(marker, said, tmp_path):
    (tmp_path / "my_ops.py").write_text(OPS)
    (tmp_path / "test_it.py").write_text(
        f"import pytest\n{marker}\ndef test_it(conformance_verdict):\n    pass\n"
    )
    done = run_in(tmp_path)
    assert done.returncode != 0
    assert said in done.stdout + done.stderr
