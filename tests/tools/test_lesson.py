"""A lesson as a student takes it, command by command: stub, wrong, right; loops and crashes."""

import pytest
from lesson_tools import COURSE, HEAD, RELU, Given, write
from typer.testing import CliRunner

from conformance.__main__ import app
from conformance.tools.lesson import progress as states
from conformance.tools.lesson.progress import Passed, Progress

# Whole runs in processes of their own: part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

LINEAR = """\
def linear(x, weight, bias):
    if x.ndim != 2 or weight.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ValueError("shapes")
    if bias.shape != weight.shape[:1]:
        raise ValueError("bias")
    return x @ weight.T + bias


def linear_backward(grad_output, x, weight, bias):
    return grad_output @ weight, grad_output.T @ x, grad_output.sum(0)
"""
SOFTMAX = """\
def softmax(x):
    powers = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(-1, keepdims=True)
"""
CONV2D = """\
from reference_impl import conv2d, conv2d_backward
"""
FLIPPED = """\
import reference_impl


def conv2d(x, weight, bias, **parameters):
    return reference_impl.conv2d(x, weight[..., ::-1, ::-1], bias, **parameters)


def conv2d_backward(grad_output, x, weight, bias, **parameters):
    return reference_impl.conv2d_backward(grad_output, x, weight, bias, **parameters)
"""
SLOPES = """

def softmax_backward(grad_output, x):
    y = softmax(x)
    return y * (grad_output - (grad_output * y).sum(-1, keepdims=True))
"""
NO_GROUPS = """

def conv2d(x, weight, bias, stride=1, padding=0, dilation=1):
    return right(x, weight, bias, stride=stride, padding=padding, dilation=dilation)
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "my_ops.py"


def lesson(*arguments):
    done = CliRunner().invoke(app, ["lesson", *map(str, arguments)])
    assert "Traceback" not in done.output
    return done.exit_code, done.output


def once(*options):
    return lesson("my_ops.py", "--once", *options)


# The scripted student


def test_from_the_stub_by_a_wrong_function_to_the_next_operation(file):
    code, said = once()
    assert code == 1
    assert "relu x = max(x, 0)" in said
    assert "○ not written yet" in said
    stub = file.read_text("utf-8")
    assert "def relu(x):" in stub
    assert "def relu_backward(grad_output, x):" in stub

    file.write_text(stub.replace("    raise NotImplementedError", "    return abs(x)", 1), "utf-8")
    code, said = once()
    assert code == 1
    assert "✗ relu: the result, in float64: fails" in said
    assert "the result is 1, which is wrong" in said
    assert "Judge it again for the next hint: what kind." in said
    assert "formula  " not in said
    assert "What is the result at x = −1?" not in said
    assert "What is the result at x = −1?" in once()[1]
    code, said = once()
    assert "formula      relu x = max(x, 0)" in said
    assert "(All hints are shown.)" in said

    write(file, RELU)
    code, said = once()
    assert code == 0
    assert said.count("✓") == 1
    assert "✓ relu: value: 120 cases, each exactly right" in said
    assert said.endswith("  Next: gradient of x; 6 steps of relu to go.\n")
    for step in ("gradient of x", "dtype", "edge", "special", "pure"):
        code, said = once()
        assert (code, said.count("✓")) == (0, 1)
        assert f"✓ relu: {step}: " in said
    assert said.endswith("  Next: convention; 1 step of relu to go.\n")
    code, said = once()
    assert said.endswith("  Next: sigmoid.\n")
    assert code == 0
    assert "✓ relu conforms: 18 checks, 1,781 cases, worst error <1 × its bound." in said
    assert "def sigmoid" not in file.read_text("utf-8")
    assert once()[0] == 1
    assert file.read_text("utf-8").startswith(HEAD + RELU)
    assert "def sigmoid(x):" in file.read_text("utf-8")


def test_another_slope_at_the_kink_is_told_and_passes(file):
    write(file, RELU.replace("x > 0", "x >= 0"))
    for _ in COURSE.steps["relu"]:
        code, said = once()
        assert code == 0, said
    assert "≈ another valid answer than torch's: slope-at-zero: one" in said


@pytest.mark.parametrize(
    "operation, right, wrong, step, told",
    [
        ("linear", LINEAR, ("weight.T", "weight"), "value", "linear: the result, in float64"),
        ("linear", LINEAR, ("grad_output.T @ x", "x.T @ grad_output"), "gradient of weight", ""),
        ("softmax", SOFTMAX, (" - x.max(-1, keepdims=True, initial=-np.inf)", ""), "value", "got"),
        ("conv2d", CONV2D, (CONV2D, FLIPPED), "value", "is made of"),
    ],
)
def test_a_wrong_step_is_hinted_at_until_it_is_right(file, operation, right, wrong, step, told):
    write(file, right.replace(*wrong))
    state = passed_before(operation, step, file)
    states.write(states.beside(file), state)
    code, first = once()
    assert code == 1
    assert f"✗ {operation}: " in first
    said = first + once()[1] + once()[1]
    assert "(All hints are shown.)" in said
    assert told in said
    assert "the truth" not in said
    write(file, right)
    code, said = once()
    assert code == 0, said
    assert f"✓ {operation}: {step}: " in said


def passed_before(operation, step, file):
    """The progress of a student who has come so far."""
    given = Given(file, operation)
    code = given.teacher.code(given.teacher._source())
    state = given.teacher.progress
    for one in COURSE.steps[operation]:
        if one.name == step:
            return state
        state = states.with_passed(state, one, Passed(code(one), 1, 1, 0.0))
    raise AssertionError(step)


# What does not come back, and what is no Python


@pytest.mark.parametrize(
    "body, verdict",
    [
        ("    while True:\n        pass\n", "timed out"),
        ("    import os\n    os.abort()\n", "crashed"),
        ("    import os\n    os._exit(3)\n", "crashed"),
    ],
)
def test_a_function_that_does_not_come_back_does_not_end_the_lesson(file, body, verdict):
    write(file, f"def relu(x):\n{body}")
    code, said = once("--timeout", "0.5")
    assert code == 1
    assert f"✗ relu: the result, in float64: {verdict}" in said


@pytest.mark.parametrize(
    "text, told",
    [
        ("def relu(x:\n    return x\n", "! my_ops.py, line 4: "),
        ("1 / 0\n", "raised ZeroDivisionError: division by zero (my_ops.py, line 4)"),
        ("import no_such_module\n", "no module named 'no_such_module'"),
        ("DTYPES = ('float8',)\n", "DTYPES has 'float8'"),
    ],
)
def test_a_file_that_cannot_be_judged_is_told_in_one_line_and_left_alone(file, text, told):
    write(file, text)
    code, said = once()
    assert code == 2
    assert told in " ".join(said.split())
    if "line" in told:
        assert file.read_text("utf-8").startswith(HEAD + text)


def test_what_a_file_says_is_text(file):
    write(file, "def relu(x):\n    raise ValueError('\\x1b[2J[red]\\u202e')\n")
    code, said = once()
    assert code == 1
    assert "\\x1b[2J[red]\\u202e" in said
    assert "\x1b" not in said


def test_a_dtype_that_is_not_offered_is_not_asked_for(file):
    write(file, 'DTYPES = ("float32",)\n\n\n' + RELU)
    code, said = once()
    assert code == 0
    assert "✓ relu: value: 120 cases" in said


# Options


def test_a_jump_and_a_list_and_a_reset(file):
    write(file, RELU)
    assert once()[0] == 0
    code, said = lesson("my_ops.py", "--list")
    assert code == 0
    rows = said.splitlines()
    assert len(rows) == len(COURSE.operations)
    assert " ".join(rows[0].split()) == "◐ relu 1 of 7 here: gradient of x is next"
    assert once("--operation", "linear")[0] == 1
    assert "def linear(x, weight, bias):" in file.read_text("utf-8")
    write(file, RELU.replace("np.maximum(x, 0)", "abs(x)"))
    rows = lesson("my_ops.py", "--list")[1].splitlines()
    assert " ".join(rows[0].split()) == "◐ relu 1 of 7 changed since: value"
    assert " ".join(rows[4].split()) == "○ linear 0 of 9 here"
    rows = lesson("my_ops.py", "--reset", "--list")[1].splitlines()
    assert rows[0] == "Forgotten: 1 step of relu."
    assert " ".join(rows[1].split()) == "○ relu 0 of 7 here"
    code, said = once("--reset")
    assert code == 1
    assert said.startswith("There was nothing to forget.\n")
    assert "✗ relu: the result" in said
    assert file.read_text("utf-8").startswith(HEAD + "def relu")


def test_one_operation_is_reset_alone(file):
    passed = {"value": Passed("old", 1, 1, 0.0), "dtype": Passed("old", 1, 1, 0.0)}
    states.write(states.beside(file), Progress("tanh", {"relu": passed, "linear": passed}))
    write(file, RELU)
    code, said = lesson("my_ops.py", "--reset", "--operation", "relu", "--list")
    rows = [" ".join(row.split()) for row in said.splitlines()]
    assert (code, rows[0]) == (0, "Forgotten: 2 steps of relu.")
    assert rows[1] == "○ relu 0 of 7 here"
    assert "◐ linear 2 of 9 changed since: value, dtype" in rows
    kept, _ = states.read(states.beside(file), COURSE)
    assert kept.operation == "relu"
    assert kept.passed.keys() == {"linear"}
    said = lesson("my_ops.py", "--reset", "--list")[1]
    assert said.startswith("Forgotten: 2 steps of linear.\n")


def test_an_exception_is_told_once(file):
    write(file, "def relu(x):\n    raise ValueError('boom')\n")
    _, said = once()
    assert "the result raised ValueError: boom" in said
    assert said.count("boom") == 1


def test_progress_that_is_spoiled_is_said_and_begun_anew(file):
    write(file, RELU)
    states.beside(file).write_text("{", "utf-8")
    code, said = once()
    assert code == 0
    assert "! .my_ops.lesson.json cannot be understood" in said
    assert "begins anew" in said
    assert "cannot be understood" not in once()[1]


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["my_ops.txt"], "'my_ops.txt' is no name of a Python file; give one that ends in .py"),
        (["my_ops"], "give one that ends in .py"),
        (["folder.py"], "'folder.py' is a directory; give the name of a file in it"),
        (["nowhere/my_ops.py"], "there is no directory 'nowhere'; make it"),
        (["my_ops.py", "--operation", "conv3d"], "there is no operation 'conv3d'; give one of"),
        (["my_ops.py", "--timeout", "0"], "Invalid value"),
        (["/proc/my_ops.py"], "progress cannot be kept in '/proc/.my_ops.lesson.json'"),
    ],
)
def test_bad_input_ends_with_2_and_says_why(file, arguments, told):
    (file.parent / "folder.py").mkdir()
    code, said = lesson(*arguments)
    assert code == 2
    assert told in said
    assert not file.exists()


# What a run names, and a lesson asks for


def at(operation, step, file, text):
    """Judge a step of a file whose steps before it are passed."""
    write(file, text)
    states.write(states.beside(file), passed_before(operation, step, file))
    return once()


def test_a_rule_that_is_not_kept_is_hinted_at_until_it_is(file):
    accepting = LINEAR.replace("if bias.shape != weight.shape[:1]", "if bias.ndim != 1")
    code, said = at("linear", "refusal", file, accepting)
    flat = " ".join(said.split())
    assert code == 1
    assert "✗ linear: bad input, in float64: keeps " in flat
    assert "not: bias must have one entry per output" in flat
    assert "accepted bad input: bias must have one entry per output" in flat
    said += once()[1] + once()[1]
    assert "(All hints are shown.)" in said
    assert "must refuse" in said
    write(file, LINEAR)
    code, said = once()
    assert code == 0, said
    assert "✓ linear: refusal: " in said


def test_empty_arrays_may_be_refused_and_that_is_told(file):
    refusing = SOFTMAX.replace(", initial=-np.inf", "")
    code, said = at("softmax", "edge", file, refusing + SLOPES)
    assert code == 0, said
    assert "✓ softmax: edge: " in said
    assert "≈ another valid answer than torch's: refuses empty arrays" in said


def test_what_is_offered_in_part_is_told(file):
    text = CONV2D.replace("conv2d, conv2d_backward", "conv2d as right") + NO_GROUPS
    code, said = at("conv2d", "value", file, text)
    assert code == 0, said
    assert "✓ conv2d: value: " in said
    assert "≈ offered in part; not: groups" in said
