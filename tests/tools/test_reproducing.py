"""Scripts and tests written for failures: they fail on what failed, and pass on the reference."""

# ruff: noqa: S102, S307 - what is written is code, and has to be run

import contextlib
import io
import json
import re
import shutil
import subprocess
import sys
import textwrap
import warnings
from dataclasses import replace
from functools import cache, partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import reference_impl
from cases.mistakes import MISTAKES
from conformance.__main__ import app
from conformance.bounds.floats import numpy_dtype
from conformance.explain.counterexample import counterexample
from conformance.explain.smallest import smallest
from conformance.implementation.implementation import Implementation
from conformance.implementation.layouts import LAYOUTS, layout_of
from conformance.implementation.load import load
from conformance.implementation.overlay import made
from conformance.judge.check import judge_check
from conformance.judge.draw import visit
from conformance.judge.search import Plan
from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.spec.tree import leaves, nested
from conformance.tools.replay.replay import ReplayError
from conformance.tools.reproduce.literals import (
    WIDTH,
    array_code,
    call_code,
    in_layout,
    laid,
    tree_code,
    upward,
)
from conformance.tools.reproduce.reproduce import oracle_code, reproduction

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

CHECKS = Run().checks
script = reproduction
as_test = partial(reproduction, pytest=True)
SINGLE = {name: check for name, check in CHECKS.items() if check.operation.network is None}
OPERATIONS = {check.operation.name: check.operation for check in SINGLE.values()}

# Each function is wrong in one way, and right in all others.
WRONG = """
import numpy as np

import reference_impl
from reference_impl import *
from reference_impl import __all__

DTYPES = ("float16", "bfloat16", "float32", "float64")


def conv2d(x, weight, bias, **parameters):
    return reference_impl.conv2d(x, weight[:, :, ::-1, ::-1], bias, **parameters)


def conv2d_backward(grad_output, x, weight, bias, **parameters):
    grads = reference_impl.conv2d_backward(grad_output, x, weight, bias, **parameters)
    return grads[0], 2 * grads[1], grads[2]


def sigmoid(x):
    result = np.asarray(reference_impl.sigmoid(x))
    np.exp(np.abs(x) * 1000)
    return result


def tanh(x):
    np.seterr(over="raise")
    return reference_impl.tanh(x)


def relu(x):
    return 2 * reference_impl.relu(x)


def relu_backward(grad_output, x):
    return np.where(x == 0, 1.7, np.where(x > 0, 1, 0)).astype(x.dtype) * grad_output


def batch_norm(x, weight, bias, *, eps=1e-5):
    return reference_impl.batch_norm(x, weight, bias, eps=abs(eps) or 1e-5)


def max_pool2d_backward(grad_output, x, **parameters):
    raise KeyError("no such\\nwindow")


def flatten(x):
    return reference_impl.flatten(x).tolist()


def softmax(x):
    raise SystemExit(0)


def log_softmax(x):
    return np.log(reference_impl.softmax(x))


def mse_loss(input, target, reduction="mean"):
    return np.float64(reference_impl.mse_loss(input, target, reduction=reduction))


def cross_entropy_backward(grad_output, input, target, reduction="mean"):
    return reference_impl.cross_entropy_backward(grad_output, input, target)


def lstm(*inputs):
    outputs, h, c = reference_impl.lstm(*inputs)
    return outputs, c, h


def forward_propagate(x, weights, biases, **parameters):
    activations, zs = reference_impl.forward_propagate(x, weights, biases, **parameters)
    return activations, [z + 1 for z in zs]


def gradient_descent(parameters, gradients, *, learning_rate):
    return reference_impl.gradient_descent(parameters, gradients, learning_rate=-learning_rate)
"""
FAILING = {
    "conv2d/value[float32]": "result",
    "conv2d/gradient/weight[float64]": "result",
    "sigmoid/special[float32]": "warning",
    "tanh/pure[float64]": "pure",
    "relu/value[float16]": "result",
    "relu/value[bfloat16]": "result",
    "relu/convention/slope-at-zero[float32]": "convention",
    "batch_norm/refusal[float32]": "refusal",
    "max_pool2d/gradient/x[float32]": "result",
    "flatten/value[float64]": "result",
    "softmax/value[float32]": "result",
    "log_softmax/special[float64]": "result",
    "mse_loss/dtype[float32]": "dtype",
    "cross_entropy/gradient/input[float32]": "result",
    "lstm/value[float32]": "result",
    "forward_propagate/value[float64]": "result",
    "gradient_descent/value[float32]": "result",
}
# What only a script of one of these ways has in it.
MARKS = {
    "warning": "simplefilter",
    "pure": "def trace",
    "convention": "Mathematics leaves a choice",
    "refusal": "bad input was accepted",
    "dtype": "def dtype_fault",
}


def line_of(check, failure):
    return {
        "type": "check", "id": check.id, "dtype": check.dtype, "verdict": failure.finding.verdict,
        "message": failure.finding.message, "counterexample": counterexample(check, failure),
    }  # fmt: skip


def failing(check, contender, *, small=False):
    plan = Plan(examples=40)
    result = judge_check(check, contender, plan)
    assert result.rejects, (check.id, result.verdict)
    failure = result.failure
    return line_of(check, smallest(check, contender, plan, failure) if small else failure)


@cache
def lines(folder):
    (folder / "wrong.py").write_text(WRONG, "utf-8")
    (folder / "right.py").write_text("from reference_impl import *\n", "utf-8")
    contender = load(str(folder / "wrong.py"))
    checks = Run(Settings(str(folder / "wrong.py"))).checks
    return [failing(checks[name], contender, small=i < 3) for i, name in enumerate(FAILING)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reproduced")


def slug(name):
    return re.sub(r"\W+", "_", name).strip("_")


RUNNER = """
import runpy, sys

codes = []
_, implementation, *files = sys.argv
for file in files:
    sys.argv = [file, implementation]
    try:
        runpy.run_path(file, run_name="__main__")
    except SystemExit as end:
        codes.append(end.code)
    except Exception:
        codes.append(1)
assert not [name for name in sys.modules if name.partition(".")[0] in ("conformance", "cases")]
print("codes:", codes)
"""


def test_scripts_fail_on_what_failed_and_pass_on_the_reference_without_this_package(folder):
    files = []
    for line in lines(folder):
        files.append(folder / f"{slug(line['id'])}.py")
        files[-1].write_text(script(line, "wrong.py", files[-1].name), "utf-8")
    for implementation, code in (("wrong.py", 1), ("reference_impl", 0)):
        command = [sys.executable, "-c", RUNNER, implementation, *map(str, files)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == f"codes: {[code] * len(files)}", done.stdout


def test_a_script_shows_what_is_due_and_what_came(folder):
    file = folder / "alone.py"
    file.write_text(script(lines(folder)[0], "wrong.py", file.name), "utf-8")
    command = [sys.executable, file.name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    shown = done.stdout.splitlines()
    starts = [
        "conv2d/value[float32]: y",
        "torch: tensor",
        "due:   ",
        "bound: ",
        "came:  ",
        "wrong:",
    ]
    assert len(shown) == len(starts)
    assert all(row.startswith(start) for row, start in zip(shown, starts, strict=True))


def test_a_script_without_an_implementation_says_so_and_ends_with_2(folder):
    file = folder / "pure.py"
    line = next(line for line in lines(folder) if line["id"].startswith("tanh/pure"))
    file.write_text(script(line, "nowhere.py", file.name), "utf-8")
    done = subprocess.run([sys.executable, file.name], cwd=folder, capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("nowhere.py cannot be loaded: ")


def test_a_file_that_quits_when_it_is_loaded_is_not_right(folder):
    line = next(line for line in lines(folder) if line["id"].startswith("tanh/pure"))
    (folder / "quits.py").write_text("import sys\nsys.exit(0)\n", "utf-8")
    file = folder / "on_quits.py"
    file.write_text(script(line, "quits.py", file.name), "utf-8")
    done = subprocess.run([sys.executable, file.name], cwd=folder, capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("quits.py cannot be loaded: SystemExit(0)")


def test_a_case_that_somebody_edited_is_told_in_one_line(folder):
    line = next(line for line in lines(folder) if line["id"].startswith("conv2d/value"))
    stored = {**line["counterexample"], "parameters": {"stride": "x"}}
    for write in (script, as_test):
        with pytest.raises(ReplayError, match=r"cannot be written down \(ValueError: ") as caught:
            write({**line, "counterexample": stored}, "x.py")
        assert "\n" not in str(caught.value)


def test_tests_fail_on_what_failed_and_pass_on_the_reference(folder):
    where = folder / "tests"
    where.mkdir()
    for line in lines(folder):
        code = as_test(line, "impl.py")
        (where / f"test_{slug(line['id'])}.py").write_text(code, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
    command += ["-p", "no:nn-conformance", "--rootdir", str(folder), str(where)]
    for name, said in (("wrong", "failed"), ("right", "passed")):
        shutil.copy(folder / f"{name}.py", folder / "impl.py")
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        last = done.stdout.splitlines()[-1]
        assert re.match(rf"{len(FAILING)} {said}[^,]*( in |, \d+ warnings? in )", last), done.stdout


def test_each_way_to_fail_has_a_script_of_its_own(folder):
    found = {line["id"]: script(line, "x.py") for line in lines(folder)}
    for name, way in FAILING.items():
        for other, mark in MARKS.items():
            assert bool(re.search(mark, found[name])) == (way == other), (name, other)


def test_a_test_has_one_function_to_collect_and_names_the_check(folder):
    for line in lines(folder):
        code = as_test(line, "x.py")
        assert re.findall(r"^def (test_\w+)", code, re.MULTILINE) == [f"test_{slug(line['id'])}"]
        assert "conformance" not in re.sub(r'^""".*\n', "", code).replace("nn-conformance", "")


def in_this_process(code, offered):
    """What becomes of a script, with an object in the place of a file."""
    names = {"__name__": "reproduced"}
    exec(compile(code, "script", "exec"), names)
    names["load"] = lambda _spec: offered
    out = io.StringIO()
    out.reconfigure = lambda **_options: None
    try:
        with contextlib.redirect_stdout(out), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if "main" in names:
                return names["main"]("x.py")
            next(names[name] for name in names if name.startswith("test_"))()
    except (Exception, pytest.fail.Exception):  # noqa: BLE001 - as a process ends with 1
        return 1
    return 0


# What keeps a state is wrong again only where all calls before are made again.
SPREAD = [mistake for mistake in MISTAKES[::13] if "kept" not in mistake.id]


@pytest.mark.parametrize("mistake", SPREAD, ids=lambda mistake: mistake.id)
def test_any_mistake_is_shown_by_a_script_and_a_test(mistake):
    owed = [name for name, check in SINGLE.items() if check.operation.name == mistake.operation]
    broken = [name for name in owed if mistake.breaks_check(name)]
    wrong = made(mistake, reference_impl)
    line = failing(SINGLE[broken[len(mistake.id) % len(broken)]], wrong)
    for code in (script(line, "x.py"), as_test(line, "x.py")):
        assert max(map(len, code.splitlines())) <= WIDTH
        assert [in_this_process(code, one) for one in (wrong._offers, reference_impl)] == [1, 0]


@pytest.mark.skipif(
    shutil.which("ruff") is None, reason="ruff comes with the extra docs; .ci/run installs it"
)
def test_what_is_written_is_clean_and_formatted(folder):
    where = folder / "clean"
    where.mkdir()
    for line in lines(folder):
        (where / f"{slug(line['id'])}.py").write_text(script(line, "x.py"), "utf-8")
        (where / f"test_{slug(line['id'])}.py").write_text(as_test(line, "x.py"), "utf-8")
    options = ["--isolated", "--no-cache", "--line-length", str(WIDTH), where]
    for command in (["check", "--select", "E,F,W,I,B,UP,SIM,RET,C4"], ["format", "--check"]):
        done = subprocess.run(["ruff", *command, *options], capture_output=True, text=True,  # noqa: S607
                              check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(2, 3), (3,), (), (2, 0, 3), (1, 1, 2, 2)], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_a_layout_is_built_again(folder, layout, shape, dtype):
    names = {"np": np, **helpers(folder)}
    value = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    built = eval(in_layout(value, layout), names)
    due = LAYOUTS[layout](value)
    assert built.flags.writeable == due.flags.writeable
    if value.size > 1:
        assert layout_of(built) == layout_of(due)
        assert built.strides == due.strides
    assert (built.dtype, built.shape, built.tobytes()) == (due.dtype, due.shape, due.tobytes())


def helpers(folder):
    """The functions that a script has for layouts."""
    line = json.loads(json.dumps(lines(folder)[0]))
    names = {"__name__": "reproduced"}
    for kinds in (("sliced", "reversed", "read-only"), ("offset",) * 3):
        line["counterexample"]["layouts"] = dict(zip(("x", "weight", "bias"), kinds, strict=True))
        exec(compile(script(line, "x.py"), "script", "exec"), names)
    return {name: names[name] for name in ("sliced", "backwards", "offset", "read_only")}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_a_number_is_written_to_the_bit(dtype):
    import ml_dtypes  # noqa: PLC0415

    kind = numpy_dtype(dtype)
    bits = np.random.default_rng(7).integers(0, 256, 4000 * kind.itemsize, dtype=np.uint8)
    with np.errstate(invalid="ignore"):
        value = bits.view(kind).copy()
        value[np.isnan(value)] = np.nan
    value[:4] = [0.0, -0.0, np.inf, -np.inf]
    built = eval(array_code(value), {"np": np, "ml_dtypes": ml_dtypes})
    assert built.dtype == kind
    assert np.array_equal(built, value, equal_nan=True)
    assert np.array_equal(np.signbit(built[:4]), np.signbit(value[:4]))


def test_short_numbers_are_written_short():
    assert array_code(np.array([0.1, -2.0, 1e20], "float32")) == (
        "np.array([0.1, -2.0, 1e20], np.float32)"
    )
    assert array_code(np.zeros((3, 3)), dtype=False) == "np.zeros((3, 3))"
    assert array_code(-np.zeros((3, 3)), dtype=False).startswith("np.array([[-0.0")


def test_a_bound_in_four_digits_is_never_smaller():
    bounds = np.random.default_rng(3).random(200) * 10.0 ** np.arange(-300, 300, 3)
    higher = upward(bounds)
    assert (higher >= bounds).all()
    assert (higher <= bounds * 1.0011).all()
    assert [float(f"{one:.3e}") for one in higher] == higher.tolist()
    assert upward(np.array([[0.0, np.inf]])).tolist() == [[0.0, np.inf]]


def as_test_is_broken_where_it_is_too_long_and_only_there():
    short = call_code("f", ["x"], {"stride": (1, 2), "name": "it's"})
    assert laid(short) == 'f(x, stride=(1, 2), name="it\'s")'
    long = laid(f"y = {array_code(np.full((3, 9), 1 / 3))}", indent=4)
    assert max(map(len, long.splitlines())) <= WIDTH
    names = {"np": np}
    exec(textwrap.dedent(long), names)
    assert np.array_equal(names["y"], np.full((3, 9), 1 / 3))


@pytest.mark.parametrize("count", range(4))
@pytest.mark.parametrize("kind", [list, tuple])
def test_nested_arrays_are_written_as_they_are(kind, count):
    tree = kind(kind(np.arange(j, j + 20.0) / 3 for j in range(i)) for i in range(count))
    code = tree_code(tree, array_code)
    for line in (code, laid(f"tree = {code}").removeprefix("tree = ")):
        built = eval(line, {"np": np})
        assert repr(built) == repr(tree)


def test_torchs_own_calls_are_read_off_the_oracle():
    found = {}
    for name, operation in OPERATIONS.items():
        names = {one.name: one.name for one in operation.inputs}
        parameters = {"learning_rate": 0.5} if name == "gradient_descent" else {}
        found[name] = oracle_code(operation, list(names), parameters)
    assert found["conv2d"] == "torch.nn.functional.conv2d(x, weight, bias)"
    assert found["softmax"] == "torch.nn.functional.softmax(x, dim=-1)"
    assert found["layer_norm"] == (
        "torch.nn.functional.layer_norm(x, x.shape[-1:], weight, bias, 1e-05)"
    )
    assert found["lstm_cell"] == "torch.lstm_cell(x, (h, c), w_ih, w_hh, b_ih, b_hh)"
    assert found["mse_loss"] == 'torch.nn.functional.mse_loss(input, target, reduction="mean")'
    assert {name for name, code in found.items() if not code} == {
        "rnn_tanh", "rnn_relu", "lstm", "gru",
        "forward_propagate", "backpropagate", "gradient_descent",
    }  # fmt: skip


def test_torchs_own_calls_compute_what_the_oracle_computes():
    for name, operation in OPERATIONS.items():
        check = SINGLE[f"{name}/value[float64]"]

        def meet(trial, operation=operation):
            names = list(trial.case.inputs)
            code = oracle_code(operation, names, trial.case.parameters)
            tensors = [nested(torch.from_numpy, value) for value in trial.case.inputs.values()]
            if code:
                result = eval(code, {"torch": torch, **dict(zip(names, tensors, strict=True))})
                due = operation.torch(*tensors, **trial.case.parameters)
                pairs = zip(leaves(result), leaves(due), strict=True)
                assert all(torch.equal(*map(torch.nan_to_num, pair)) for pair in pairs), code
            return True

        visit(check, Plan(examples=5), meet)


@pytest.mark.parametrize("oracle", [
    lambda x: [y + 1 for y in x],
    lambda x: x or x.abs(),
    lambda x: x.abs() if x.shape[0] == 1 else x,
    lambda x: x + 1,
    lambda _x: 1,
])  # fmt: skip
def test_of_an_oracle_that_does_more_than_call_torch_there_is_no_code(oracle):
    operation = replace(OPERATIONS["relu"], torch=oracle)
    assert oracle_code(operation, ["x"], {}) == ""


HOSTILE = 'a\n"""\nraise SystemExit(0)\r\x00\u202e\u2028\\'


def test_foreign_text_stays_text(folder):
    line = json.loads(json.dumps(lines(folder)[0]))
    line["counterexample"]["message"] = line["message"] = HOSTILE
    assert eval(call_code("dict", [], {"mode": HOSTILE})) == {"mode": HOSTILE}
    for code in (script(line, HOSTILE, HOSTILE), as_test(line, HOSTILE)):
        names = {"__name__": "reproduced"}
        exec(compile(code, "script", "exec"), names)
        assert names["IMPLEMENTATION"] == HOSTILE
        assert not {"\r", "\x00", "\u202e", "\u2028"} & set(code)
    line["counterexample"]["parameters"] = {"stride=1)\nraise SystemExit(": 1}
    with pytest.raises(ReplayError, match=r"has no parameter 'stride=1\)\\nraise"):
        script(line, "x.py")


def test_of_an_older_record_there_is_no_script(folder):
    line = json.loads(json.dumps(lines(folder)[0]))
    del line["counterexample"]["finding"]
    for write in (script, as_test):
        with pytest.raises(ReplayError, match="by an older version; run the suite again"):
            write(line, "x.py")


@pytest.mark.parametrize("verdict", ["crashed", "timed out"])
def test_a_call_that_ended_its_process_says_where(folder, verdict):
    code = script({**lines(folder)[0], "verdict": verdict}, "x.py")
    assert "faulthandler.dump_traceback_later(60, exit=True)" in code
    assert "import faulthandler\n" in code
    assert "faulthandler" not in script(lines(folder)[0], "x.py")


@pytest.mark.parametrize(
    "change, said",
    [
        ({"type": "claim", "id": "3.2/gradients"}, "is a claim about formulas"),
        ({"id": "mlp/value[float32]"}, "is about many calls"),
        ({"id": "conv3d/value[float32]"}, "is no check of this version"),
        ({"id": "conv2d/value[int8]", "dtype": "int8"}, "is no check of this version"),
    ],
)
def test_what_no_script_can_show_is_said(folder, change, said):
    if change["id"] not in CHECKS and change["id"].startswith("mlp"):
        networks = [name for name in CHECKS if name not in SINGLE]
        change = {"id": networks[0], "dtype": networks[0][-8:-1]}
    for write in (script, as_test):
        with pytest.raises(ReplayError, match=said):
            write({**lines(folder)[0], **change}, "x.py")


def test_a_question_answered_in_two_ways_is_no_single_case():
    rng = iter(range(10**6))

    def relu_backward(grad_output, x):
        return np.where(x > 0, 1, np.where(x == 0, next(rng) % 2, 0)).astype(x.dtype) * grad_output

    contender = Implementation(SimpleNamespace(relu_backward=relu_backward), "fickle")
    line = failing(SINGLE["relu/convention/slope-at-zero[float32]"], contender)
    with pytest.raises(ReplayError, match="not all by one convention"):
        script(line, "x.py")


def test_the_command_writes_a_script_and_says_what_it_cannot(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("def relu(x):\n    return -x\n", "utf-8")
    judged = ["run", "mine.py", "-n", "0", "-k", "relu/value[float32]", "--profile", "quick"]
    done = subprocess.run([sys.executable, "-m", "conformance", *judged], capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    asked = ["reproduce", "relu/value[float32]"]
    shown = CliRunner().invoke(app, asked)
    assert shown.exit_code == 0, shown.output
    assert "    python relu_value_float32.py " in shown.stdout
    assert 'IMPLEMENTATION = "mine.py"' in shown.stdout
    done = CliRunner().invoke(app, [*asked, "--output", "kept.py", "--implementation", "other.py"])
    assert (done.exit_code, done.output) == (0, "kept.py: run it with: python kept.py\n")
    assert 'IMPLEMENTATION = "other.py"' in (tmp_path / "kept.py").read_text("utf-8")
    assert "def test_relu_value_float32():" in CliRunner().invoke(app, [*asked, "--pytest"]).stdout
    for wrong, said in (
        (["relu/value[float64]"], "nor in the record"),
        (["relu/value[float32]", "--report", "nowhere"], "there is no record here"),
        (["relu/value[float32]", "--output", "no/where.py"], "cannot be written"),
    ):
        done = CliRunner().invoke(app, ["reproduce", *wrong])
        assert done.exit_code == 2, done.output
        assert said in " ".join(done.output.split())
        assert "Traceback" not in done.output
