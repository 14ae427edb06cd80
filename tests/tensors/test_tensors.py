"""Code over another library's arrays, judged as it is written: --tensors."""

from pathlib import Path
from types import SimpleNamespace

import kernels
import numpy as np
import pytest
import torch

import conformance
from conformance.explain.diagnosis import diagnose
from conformance.implementation.isolation.host import Isolated
from conformance.implementation.libraries import library
from conformance.implementation.load import load, offered
from conformance.implementation.load_error import LoadError
from conformance.judge.check import judge_check
from conformance.judge.search import Plan
from conformance.run.run import Run
from conformance.spec.outcome import Returned

RUN = Run()
PLAN = Plan(examples=15)
TORCH = ("torch", "")
KERNELS = str(Path(kernels.__file__))


def brought(**functions):
    return offered(SimpleNamespace(**functions), "mine", TORCH)


def judged(name, contender):
    return judge_check(RUN.checks[name], contender, PLAN)


@pytest.fixture(scope="module", params=["here", "isolated"])
def contender(request):
    return load(KERNELS, TORCH) if request.param == "here" else Isolated(KERNELS, arrays=TORCH)


@pytest.mark.parametrize(
    "name",
    [
        "softmax/value[float32]",
        "softmax/gradient/x[float64]",
        "relu/value[float64]",
        "relu/gradient/x[float32]",
        "sigmoid/gradient/x[float32]",
        "sigmoid/pure[float32]",
        "sigmoid/dtype[float64]",
        "linear/gradient/weight[float32]",
        "conv2d/value[float32]",
        "conv2d/gradient/weight[float64]",
    ],
)
def test_right_code_conforms(contender, name):
    assert judged(name, contender).verdict == "conforms"


def test_a_wrong_backward_of_an_autograd_function_fails_alone(contender):
    assert judged("linear/gradient/bias[float32]", contender).verdict == "fails"
    assert judged("linear/gradient/x[float32]", contender).verdict == "conforms"


def test_a_wrong_backward_is_named():
    check = RUN.checks["linear/gradient/bias[float64]"]
    diagnosis = diagnose(check, load(KERNELS, TORCH), PLAN, RUN.mistakes, RUN.right)
    assert [each.id for each in diagnosis.mistakes] == ["linear/bias-gradient-averaged"]


def test_a_module_without_groups_conforms_where_it_is_offered():
    verdict = conformance.check("conv2d", kernels.conv2d, tensors="torch", profile="quick")
    assert verdict.conforms, str(verdict)
    assert "groups" in str(verdict)


def test_gradients_are_autograds_where_none_are_given():
    contender = brought(tanh=torch.tanh)
    assert contender.provides("tanh_backward")
    assert judged("tanh/gradient/x[float64]", contender).verdict == "conforms"


def test_a_detached_result_has_no_gradient():
    contender = brought(tanh=lambda x: torch.tanh(x.detach()))
    result = judged("tanh/gradient/x[float64]", contender)
    assert result.verdict == "fails"
    assert "does not require grad" in result.message


def test_several_results_and_lists_cross():
    def lstm_cell(x, h, c, w_ih, w_hh, b_ih, b_hh):
        return torch.lstm_cell(x, (h, c), w_ih, w_hh, b_ih, b_hh)

    contender = brought(lstm_cell=lstm_cell)
    for name in ("value", "gradient/c", "gradient/w_hh"):
        assert judged(f"lstm_cell/{name}[float32]", contender).verdict in {"conforms", "convention"}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_sixteen_bits_cross_to_the_bit(dtype):
    contender = offered(SimpleNamespace(relu=lambda x: x, DTYPES=(dtype,)), "mine", TORCH)
    given = np.array([1.5, -2.0, 3.0], np.float32).astype(dtype)
    outcome = contender.call("relu", (given,), {})
    assert isinstance(outcome, Returned)
    assert outcome.result.dtype == given.dtype
    assert outcome.result.tobytes() == given.tobytes()


def test_a_tensor_has_the_strides_of_its_array():
    seen = []

    def relu(x):
        seen.append(x.stride())
        return torch.relu(x)

    given = np.asfortranarray(np.ones((2, 3)))
    brought(relu=relu).call("relu", (given,), {})
    assert seen == [(1, 2)]


def test_writing_into_an_input_is_seen():
    contender = brought(relu=lambda x: x.clamp_(min=0))
    result = judged("relu/pure[float32]", contender)
    assert result.verdict == "fails"
    assert "its inputs" in result.message


def test_a_tensor_in_place_of_an_array_is_told_how_to_be_judged():
    contender = offered(SimpleNamespace(tanh=lambda x: torch.tanh(torch.tensor(x))), "mine")
    check = RUN.checks["tanh/value[float64]"]
    assert judge_check(check, contender, PLAN).verdict == "fails"
    (words,) = diagnose(check, contender, PLAN, RUN.mistakes, RUN.right).findings
    assert words == 'returns a torch.Tensor: judge it with --tensors torch, or tensors="torch"'


def test_the_library_stands_in_the_header():
    verdict = conformance.check(
        "tanh", torch.tanh, tensors="torch", profile="quick", dtypes=["float32"]
    )
    assert verdict.record.header["versions"]["torch"] == torch.__version__
    assert verdict.record.header["tensors"] == "torch"


@pytest.mark.parametrize(
    "name, device, words",
    [
        ("torhc", "", "no such package is installed"),
        ("not a name", "", "give the name of a package"),
        ("json", "", "has no asarray"),
        ("torch", "no_such", "which torch cannot use here"),
        ("numpy", "cuda", "only tensors of torch take one"),
    ],
)
def test_what_is_no_library_is_refused_with_the_remedy(name, device, words):
    with pytest.raises(LoadError, match=words):
        library(name, device)


def test_arrays_of_the_standard_go_the_same_way():
    strict = pytest.importorskip("array_api_strict", reason="install .[test]; .ci/run installs it")

    def relu(x):
        return strict.maximum(x, strict.zeros_like(x))

    contender = offered(SimpleNamespace(relu=relu), "mine", ("array_api_strict", ""))
    assert judged("relu/value[float32]", contender).verdict == "conforms"
    assert not contender.provides("relu_backward")
