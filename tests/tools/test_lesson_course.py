"""What is taught, in which order; how far a student is; what a file of theirs holds."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.tools.lesson import progress as states
from conformance.tools.lesson.course import ORDER, Step, checks_in, course
from conformance.tools.lesson.progress import Passed, Progress, ProgressError, Stuck
from conformance.tools.lesson.source import SourceError, beginning, missing_stubs, parsed

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

RUN = Run()
COURSE = course(RUN.functions)
RELU, LINEAR = COURSE.operations["relu"], COURSE.operations["linear"]
STEPS = COURSE.steps["relu"]
PASSED = Passed("old", 2, 60, 0.25)


def names(operation):
    return [step.name for step in COURSE.steps[operation.name]]


# The course


def test_every_function_of_the_contract_is_taught_once():
    assert set(COURSE.operations) == set(RUN.functions)
    assert next(iter(COURSE.operations)) == "relu"
    assert all(taught.lesson.sentence.endswith(".") for taught in COURSE.operations.values())


def test_no_two_lessons_stand_at_one_place_and_what_has_none_is_not_taught():
    orders = [operation.lesson.order for operation in COURSE.operations.values()]
    assert orders == sorted(set(orders))
    silent = replace(RELU, lesson=None)
    assert list(course({"relu": silent, "linear": LINEAR}).operations) == ["linear"]


def test_a_cell_is_taught_before_its_sequence_and_a_window_before_a_convolution():
    order = list(COURSE.operations)
    for first, then in [
        ("lstm_cell", "lstm"),
        ("avg_pool2d", "conv2d"),
        ("softmax", "cross_entropy"),
        ("forward_propagate", "backpropagate"),
    ]:
        assert order.index(first) < order.index(then)


def test_steps_go_from_the_plainest_on():
    assert names(RELU) == [
        "value",
        "gradient of x",
        "dtype",
        "edge",
        "special",
        "pure",
        "convention",
    ]
    assert names(LINEAR)[:4] == ["value", "gradient of x", "gradient of weight", "gradient of bias"]
    assert names(LINEAR)[4:] == ["dtype", "edge", "special", "refusal", "pure"]


@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("float32",), ("float16", "float64")])
def test_every_check_in_the_dtypes_offered_is_in_one_step(dtypes):
    checks = Run().checks if "float16" not in dtypes else _half_checks()
    for taught, steps in COURSE.steps.items():
        owed = [
            check.id
            for check in checks.values()
            if check.operation.name == taught and check.dtype in dtypes
        ]
        found = [name for step in steps for name in checks_in(step, checks, dtypes)]
        assert sorted(found) == sorted(owed)
        assert all(checks_in(step, checks, dtypes) for step in steps)


def _half_checks():
    given = SimpleNamespace(DTYPES=("float16", "float64"))
    return Run(Settings("half"), given).checks


def test_a_step_asks_for_the_plainest_check_first():
    found = checks_in(Step("linear", "dtype"), RUN.checks, ("float32", "float64"))
    assert found[:2] == ["linear/value[float32]", "linear/gradient/x[float32]"]
    assert found[-2:] == ["linear/dtype[float64]", "linear/dtype[float32]"]
    found = checks_in(Step("linear", "special"), RUN.checks, ("float32", "float64"))
    assert found[0] == "linear/special[float64]"
    assert found[4] == "linear/special[float32]"


@pytest.mark.parametrize(
    "kind, functions",
    [
        ("value", ("relu",)),
        ("refusal", ("relu",)),
        ("gradient", ("relu_backward",)),
        ("convention", ("relu_backward",)),
        ("pure", ("relu", "relu_backward")),
        ("edge", ("relu", "relu_backward")),
        ("dtype", ("relu", "relu_backward")),
    ],
)
def test_a_step_depends_on_the_functions_that_it_calls(kind, functions):
    assert Step("relu", kind).functions == functions


# Progress


def done(operation, code="old"):
    return {step.name: Passed(code, 2, 60, 0.25) for step in COURSE.steps[operation.name]}


def current(state, code):
    """The step of relu that is worked on, by code whose every step has this fingerprint."""
    return next(iter(states.left(STEPS, state, lambda _: code)), None)


def test_the_first_step_not_passed_by_the_present_code_is_worked_on():
    state = Progress("relu")
    assert current(state, "old").name == "value"
    state = states.with_passed(state, STEPS[0], PASSED)
    assert current(state, "old").name == "gradient of x"
    assert current(state, "new").name == "value"
    state = Progress("relu", {"relu": done(RELU)})
    assert current(state, "old") is None


def test_failing_in_the_same_way_is_worth_one_more_hint_and_in_another_begins_again():
    state = states.with_failed(Progress("relu"), STEPS[0], "one way")
    assert state.stuck == Stuck("one way", 1)
    state = states.with_failed(state, STEPS[0], "one way")
    assert state.stuck == Stuck("one way", 2)
    assert states.with_hint(state).stuck == Stuck("one way", 3)
    assert states.with_failed(state, STEPS[0], "other").stuck == Stuck("other", 1)
    assert states.with_passed(state, STEPS[0], PASSED).stuck is None
    assert states.with_hint(Progress("relu")).stuck is None


def test_what_fails_is_passed_no_more_and_is_worked_on_wherever_it_is():
    state = Progress("linear", {"relu": done(RELU)})
    state = states.with_failed(state, STEPS[1], "a way")
    assert state.operation == "relu"
    assert state.of(STEPS[1]) is None
    assert state.of(STEPS[0]) == PASSED


def test_only_what_was_passed_by_other_code_is_judged_again():
    state = Progress("sigmoid", {"relu": done(RELU), "linear": done(LINEAR, "new")})
    assert states.changed(COURSE, state, lambda _: "old") == list(COURSE.steps["linear"])


def test_the_next_operation_is_after_the_present_one_and_then_from_the_top():
    everything = {name: done(operation) for name, operation in COURSE.operations.items()}
    assert states.following(COURSE, Progress("tanh", {"relu": done(RELU)})) == "flatten"
    passed = {name: steps for name, steps in everything.items() if name != "tanh"}
    assert states.following(COURSE, Progress("lstm", passed)) == "tanh"
    assert states.following(COURSE, Progress("lstm", everything)) is None


def test_moving_to_where_one_is_keeps_the_hints():
    state = Progress("relu", {}, Stuck("a way", 2))
    assert states.moved(state, "relu") is state
    assert states.moved(state, "conv2d") == Progress("conv2d")


def test_progress_comes_back_as_it_was_kept(tmp_path):
    path = states.beside(tmp_path / "my_ops.py")
    assert path.name == ".my_ops.lesson.json"
    state = Progress("linear", {"relu": done(RELU)}, Stuck("a way", 2))
    states.write(path, state)
    assert states.read(path, COURSE) == (state, "")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert states.read(tmp_path / "nothing.json", COURSE) == (Progress("relu"), "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "\0\0\0",
        "[" * 100_000,
        '{"format": 2}',
        '{"format": 1, "operation": "conv3d", "passed": {}, "stuck": null}',
        '{"format": 1, "operation": "relu", "passed": {"relu": {"value": 1}}, "stuck": null}',
        '{"format": 1, "operation": "relu", "passed": [], "stuck": null}',
        '{"format": 1, "operation": "relu", "passed": {}, "stuck": {"way": "x", "level": "y"}}',
    ],
)
def test_progress_that_cannot_be_understood_is_begun_anew(tmp_path, text):
    path = tmp_path / ".my_ops.lesson.json"
    path.write_text(text, "utf-8")
    state, trouble = states.read(path, COURSE)
    assert state == Progress("relu")
    assert trouble.startswith(".my_ops.lesson.json cannot be understood (")
    assert trouble.endswith("so the lesson begins anew")


def test_progress_in_letters_of_no_code_is_begun_anew(tmp_path):
    path = tmp_path / ".my_ops.lesson.json"
    path.write_bytes(b"\xff\xfe\x00\xd8")
    assert states.read(path, COURSE)[0] == Progress("relu")


def test_progress_that_cannot_be_kept_is_said(tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(ProgressError, match=r"progress cannot be kept in .* Give a file in a"):
        states.write(tmp_path / "file" / "x.json", Progress("relu"))


def test_kept_progress_is_plain_json(tmp_path):
    states.write(tmp_path / "x.json", Progress("relu", {"relu": {"value": PASSED}}))
    data = json.loads((tmp_path / "x.json").read_text("utf-8"))
    assert data["passed"]["relu"]["value"]["cases"] == 60


# The student's file

CODE = """\
import numpy as np
import scipy

SLOPE = 0

def helper(x):
    return x * SLOPE

def relu(x):
    return np.maximum(x, 0)

def relu_backward(grad_output, x):
    return helper(x)
"""


def source(text):
    return parsed(text.encode(), "my_ops.py")


@pytest.mark.parametrize(
    "old, new, changed",
    [
        ("np.maximum(x, 0)", "np.maximum(x, 1)", {"relu"}),
        ("x * SLOPE", "x + SLOPE", {"relu_backward"}),
        ("SLOPE = 0", "SLOPE = 1", {"relu_backward"}),
        ("import scipy", "import json", set()),
        ("import numpy as np", "import numpy as np, math", {"relu"}),
        ("import scipy", "import scipy\nnp.seterr(all='ignore')", {"relu", "relu_backward"}),
        ("import scipy", "from other import *", {"relu", "relu_backward"}),
        ("import scipy", "import scipy\nIMPLEMENTATION = None", {"relu", "relu_backward"}),
        ("def relu(x):\n", "# a remark\ndef relu( x ):\n", set()),
        ("import numpy", '"""A docstring."""\nimport numpy', set()),
    ],
)
def test_a_fingerprint_changes_with_the_code_that_is_used_and_no_other(old, new, changed):
    assert old in CODE
    before, after = source(CODE), source(CODE.replace(old, new))
    found = {
        name for name in ("relu", "relu_backward") if before.print([name]) != after.print([name])
    }
    assert found == changed


@pytest.mark.parametrize(
    "text, defined",
    [
        ("def relu(x): pass", True),
        ("relu = lambda x: x", True),
        ("from other import relu", True),
        ("from other import f as relu", True),
        ("from other import *", True),
        ("IMPLEMENTATION = object()", True),
        ("if True:\n    def relu(x): pass", True),
        ("try:\n    from a import relu\nexcept ImportError:\n    relu = None", True),
        ("def f():\n    relu = 1", False),
        ("def f():\n    global relu\n    relu = 1", False),
        ("class A:\n    def relu(self): pass", False),
        ("x = [relu for relu in ()]", False),
        ("x = (relu := 1)", True),
        ("with open('f') as relu: pass", True),
        ("for x, (*relu,) in (): pass", True),
        ("relu(1)", False),
        ("# def relu(x): pass", False),
        ("", False),
    ],
)
def test_what_a_file_defines_is_found_without_running_it(text, defined):
    assert source(text).defines("relu") is defined


@pytest.mark.parametrize(
    "raw, said",
    [
        (b"import os\ndef relu(x:\n    pass\n", "my_ops.py, line 2: "),
        (b"x = '\xff'\n", "my_ops.py"),
        (b"x = 1\0\n", "my_ops.py"),
        (b"\ndef relu(x, x):\n    pass\n", "my_ops.py, line 2: duplicate argument"),
        (b"nonlocal relu\n", "my_ops.py, line 1: nonlocal"),
        (b"1 + " * 3000 + b"1", "my_ops.py"),
        (b"-" * 100_000 + b"1", "my_ops.py"),
    ],
)
def test_what_is_no_python_is_told_in_one_line(raw, said):
    with pytest.raises(SourceError) as raised:
        parsed(raw, "my_ops.py")
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)


def test_a_file_is_begun_with_the_first_stub():
    first = parsed(beginning(RELU, "my_ops.py"), "my_ops.py")
    assert first.defines("relu")
    assert first.defines("relu_backward")
    assert first.defines("np")
    assert missing_stubs(first, RELU) == b""


@pytest.mark.parametrize("operation", COURSE.operations.values(), ids=lambda taught: taught.name)
def test_what_is_missing_is_added_and_nothing_else(operation):
    names = [operation.name]
    names += [f"{operation.name}_backward"] if operation.gradients else []
    for there in names:
        before = source(f"def {there}(): pass")
        added = missing_stubs(before, operation)
        after = parsed(before.raw + added, "my_ops.py")
        assert all(after.defines(name) for name in names)
        assert added.count(b"\ndef ") == len(names) - 1


def test_a_stub_keeps_the_ends_of_lines_and_the_encoding():
    added = missing_stubs(source("x = 1\r\n"), RELU)
    assert added.count(b"\n") == added.count(b"\r\n") > 5
    with pytest.raises(SourceError, match="save it as UTF-8"):
        missing_stubs(parsed(b"# coding: latin-1\n", "f.py"), COURSE.operations["conv2d"])
    bom = parsed(b"\xef\xbb\xbfx = 1\n", "f.py")
    assert not missing_stubs(bom, RELU).startswith(b"\xef\xbb\xbf")


def test_kinds_of_checks_are_all_in_the_order():
    taught = {check.kind for check in RUN.checks.values() if check.operation.network is None}
    assert taught == set(ORDER)
