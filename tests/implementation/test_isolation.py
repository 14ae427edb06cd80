"""What an implementation may do to the process that it is called in, and the verdict that it gets.

The files of tests/hostile each do one thing. None of them comes away with more than it deserves,
and none keeps others from their verdicts.
"""

import ast
import csv
import shutil
import time
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cases import OPERATIONS
from conformance.__main__ import app
from conformance.implementation.isolation.hello import read_hello
from conformance.implementation.isolation.host import Isolated
from conformance.implementation.isolation.limits import Limits
from conformance.implementation.isolation.trees import Unpacking
from conformance.implementation.isolation.wire import WireError
from conformance.implementation.load import load
from conformance.implementation.load_error import LoadError
from conformance.judge.check import judge_check
from conformance.judge.search import Plan
from conformance.run.lines import judge_check as judged_line
from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.spec.check import Check
from conformance.spec.outcome import Ended, Raised, Returned

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

HOSTILE = Path(__file__).parents[1] / "hostile"
OPERATION = {operation.name: operation for operation in OPERATIONS}
PLAN = Plan(examples=3)
LIMITS = Limits(seconds=2.0, memory=256)
# With the clock as the stricter limit: what sleeps is soon found, and so is what stands still.
IMPATIENT = Limits(seconds=2.0, memory=256, loading=600.0, patience=0.25)
OF_IMPORTS = {
    "loops_on_import.py": Limits(loading=2.0),
    "sleeps_on_import.py": Limits(loading=60.0, patience=0.025),
}
X = np.array([[1.0, -2.0], [3.0, -4.0]], np.float32)


def verdict(spec, kind="value", operation="relu", limits=LIMITS):
    contender = Isolated(str(HOSTILE / spec), limits)
    found = judge_check(Check(OPERATION[operation], kind, None, "float32"), contender, PLAN)
    return found.verdict, found.message


@pytest.mark.parametrize(
    "spec, expected, said",
    [
        ("endless_loop.py", "timed out", "the call used over 2 s of processor time"),
        ("loops_in_threads.py", "timed out", "the call used over 2 s of processor time"),
        ("leaves_another.py", "crashed", "ended itself with exit status 3"),
        ("segmentation_fault.py", "crashed", "crashed with SIGSEGV"),
        ("leaves.py", "crashed", "ended itself with exit status 0"),
        ("exits.py", "fails", "raised SystemExit: 0"),
        ("interrupts.py", "fails", "raised KeyboardInterrupt"),
        ("eats_memory.py", "fails", "raised MemoryError"),
        ("talks.py", "conforms", ""),
        ("recurses.py", "fails", "raised RecursionError"),
        ("skips.py:Skip", "fails", "raised Skipped: please"),
        ("skips.py:Exit", "fails", "raised Exit: please"),
        ("skips.py:Xfail", "fails", "raised XFailed: please"),
        ("skips.py:Reject", "fails", "raised UnsatisfiedAssumption"),
        ("skips.py:SkipTest", "fails", "raised SkipTest: please"),
        ("returns.py:Nothing", "fails", "is None, not a NumPy array"),
        ("returns.py:Text", "fails", "is a str, not a NumPy array"),
        ("returns.py:List", "fails", "is a list, not a NumPy array"),
        ("returns.py:Objects", "fails", "is object, not float32"),
        ("returns.py:Masked", "fails", "MaskedArray, not a NumPy array"),
        ("returns.py:Tensor", "fails", "is a torch.Tensor, not a NumPy array"),
        ("returns.py:Generator", "fails", "is a generator, not a NumPy array"),
        ("returns.py:Pair", "fails", "is a tuple, not a NumPy array"),
        ("returns.py:Equal", "fails", "Always, not a NumPy array"),
        ("returns.py:Endless", "fails", "is a list, not a NumPy array"),
        ("returns.py:Huge", "fails", "its result does not cross: it takes over 256 MiB"),
        ("patches.py", "fails", ""),
        ("answers_itself.py", "crashed", "sent what is no answer"),
        ("forks.py", "fails", ""),
    ],
)
def test_whatever_a_call_does_the_verdict_is_right(spec, expected, said):
    found, message = verdict(spec)
    assert found == expected, message
    assert said in message


@pytest.mark.parametrize("spec", ["sleeps.py", "stops.py"])
def test_what_uses_no_processor_is_ended_by_the_clock(spec):
    assert verdict(spec, limits=IMPATIENT) == (
        "timed out",
        "the result: the call did not answer within 0.5 s",
    )


@pytest.mark.parametrize(
    "attribute, said",
    [
        ("ErrorState", "changed NumPy's error state"),
        ("Filters", "changed the warning filters"),
        ("NumpySeed", "changed NumPy's global random state"),
        ("Seed", "changed Python's global random state"),
        ("Inputs", "changed its inputs"),
        ("Kept", "overwrote the result that an earlier call had returned"),
    ],
)
def test_what_a_call_leaves_behind_is_found_over_there(attribute, said):
    assert verdict(f"state.py:{attribute}") == ("conforms", "")
    found, message = verdict(f"state.py:{attribute}", kind="pure")
    assert found == "fails"
    assert said in message


def test_what_watches_cannot_be_patched():
    found, message = verdict("patches.py", kind="pure", operation="tanh")
    assert found == "fails"
    assert "changed NumPy's error state and the warning filters" in message


@pytest.mark.parametrize(
    "spec, said",
    [
        ("raises_on_import.py", "importing it raised RuntimeError: not today"),
        (
            "leaves_on_import.py",
            "while it was imported, its process ended itself with exit status 7",
        ),
        (
            "loops_on_import.py",
            "while it was imported, its process used over 2 s of processor time. Move what",
        ),
        (
            "sleeps_on_import.py",
            "while it was imported, its process did not answer within 1.5 s. Move what",
        ),
        ("nowhere.py", "no such file"),
        ("syntax_error.py", "importing it raised SyntaxError"),
    ],
)
def test_what_cannot_be_imported_is_told_in_one_line(spec, said, tmp_path):
    # As a text it is nobody's to format.
    shutil.copy(HOSTILE / "syntax_error.txt", tmp_path / "syntax_error.py")
    place = tmp_path if spec == "syntax_error.py" else HOSTILE
    with pytest.raises(LoadError) as caught:
        Isolated(str(place / spec), OF_IMPORTS.get(spec, LIMITS))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_line_of_a_run_tells_why_there_was_no_import():
    run = Run(Settings(str(HOSTILE / "leaves_on_import.py"), isolate=True))
    line = judged_line(run, "relu/value[float32]")
    assert line["verdict"] == "errored"
    assert "exit status 7" in line["message"]


def test_after_a_crash_the_next_call_is_answered(tmp_path):
    file = tmp_path / "once.py"
    file.write_text(
        "import os\nimport numpy as np\n"
        "def relu(x):\n    return np.maximum(x, 0)\n"
        "def tanh(x):\n    os.abort()\n"
    )
    contender = Isolated(str(file), LIMITS)
    ended = contender.call("tanh", (X,), {})
    assert ended == Ended("crashed", "its process crashed with SIGABRT")
    outcome = contender.call("relu", (X,), {})
    assert isinstance(outcome, Returned)
    assert outcome.result.tolist() == [[1, 0], [3, 0]]


@pytest.mark.parametrize("limit", [0.2, 0.5])
def test_a_call_is_ended_when_its_time_is_up(limit):
    contender = Isolated(str(HOSTILE / "endless_loop.py"), Limits(seconds=limit))
    began = time.monotonic()
    ended = contender.call("relu", (X,), {})
    assert isinstance(ended, Ended)
    assert limit <= time.monotonic() - began < limit + 5


def same_outcome(one, other):
    if isinstance(one, Returned):
        same(one.result, other.result)
        assert one.warnings == other.warnings
    else:
        assert one == other


def same(one, other):
    assert type(one) is type(other)
    if isinstance(one, tuple | list):
        for pair in zip(one, other, strict=True):
            same(*pair)
    else:
        assert one.dtype == other.dtype
        assert np.array_equal(one, other, equal_nan=True)


@pytest.fixture(scope="module")
def pair():
    return load("reference_impl"), Isolated("reference_impl", LIMITS)


@pytest.mark.parametrize(
    "function, inputs, parameters",
    [
        ("relu", (X,), {}),
        ("relu", (X[::-1, ::-1],), {}),
        ("mse_loss", (X, -X), {"reduction": "sum"}),
        ("linear", (X, X, X[0]), {}),
        ("linear_backward", (X, X, X, X[0]), {}),
        ("cross_entropy", (X, np.array([1, 0])), {}),
        ("max_pool2d", (X[None, None],), {"kernel_size": (2, 1), "stride": None}),
        ("forward_propagate", (X, [X, X], [X[0], X[1]]), {"activation": "tanh"}),
        ("gradient_descent", ([X, X[0]], [X, X[1]]), {"learning_rate": 0.5}),
        ("relu", (X.astype(np.int64),), {}),
        ("linear", (X, X[:1, :1], X), {}),
        ("nothing", (X,), {}),
    ],
)
def test_what_comes_back_is_what_a_direct_call_returns(pair, function, inputs, parameters):
    direct, isolated = pair
    same_outcome(
        isolated.call(function, inputs, parameters), direct.call(function, inputs, parameters)
    )


def test_warnings_come_back(tmp_path):
    file = tmp_path / "warns.py"
    file.write_text(
        "import numpy as np\ndef relu(x):\n    np.float32(1) / (x[0, 0] - 1)\n    return x\n"
    )
    outcome = Isolated(str(file), LIMITS).call("relu", (X,), {}, listen=True)
    assert isinstance(outcome, Returned)
    assert outcome.warnings == ("divide by zero encountered in scalar divide",)


def test_what_is_written_into_an_input_is_written_here_too():
    contender = Isolated(str(HOSTILE / "state.py:Inputs"), LIMITS)
    x = X.copy()
    contender.call("relu", (x,), {})
    assert x.tolist() == [[1, 0], [3, 0]]


def test_a_long_message_is_cut(tmp_path):
    file = tmp_path / "verbose.py"
    file.write_text("def relu(x):\n    raise ValueError('x' * 10**7)\n")
    outcome = Isolated(str(file), LIMITS).call("relu", (X,), {})
    assert isinstance(outcome, Raised)
    assert len(outcome.message) <= 2000


def test_the_process_ends_with_its_owner():
    contender = Isolated(str(HOSTILE / "endless_loop.py"), LIMITS)
    process = contender._process._process
    assert process.poll() is None
    del contender
    assert process.wait(timeout=5) is not None


def test_a_crash_is_repeated_in_isolation_by_the_command_under_it(tmp_path):
    asked = ["run", str(HOSTILE / "leaves.py"), "--isolate", "-n", "0", "--profile", "quick"]
    asked += ["-k", "relu/value and not rnn and float32", "--report", str(tmp_path)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 1
    name = "relu/value[float32]"
    assert f"nn-conformance replay '{name}' --isolate --report {tmp_path}" in done.output
    again = CliRunner().invoke(app, ["replay", name, "--isolate", "--report", str(tmp_path)])
    assert again.exit_code == 1
    assert "its process ended itself with exit status 0" in again.output


@pytest.mark.thorough
def test_over_all_of_them_a_run_finishes_and_only_the_right_one_passes(tmp_path):
    specs = []
    for file in sorted(HOSTILE.glob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        classes = [one.name for one in tree.body if isinstance(one, ast.ClassDef)]
        specs += [f"{file}:{name}" for name in classes] or [str(file)]
    asked = ["grade", *specs, "-k", "test_operation and relu and not rnn and (value or pure)"]
    asked += ["--profile", "quick", "--timeout", "0.5", "--report", str(tmp_path)]
    done = CliRunner().invoke(app, [*asked, "--csv", str(tmp_path / "grades.csv")])
    assert done.exit_code == 0, done.output
    rows = csv.DictReader(StringIO((tmp_path / "grades.csv").read_text("utf-8")))
    whole = [row["submission"] for row in rows if row["score"] == "100 %"]
    assert whole == [str(HOSTILE / "talks.py")]


@pytest.mark.parametrize(
    "lines",
    [
        ["array float32 2 4611686018427387904 4611686018427387904"],
        ["array float32 1 2", "layout none"],
        ["array O 1 2"],
        ["array float32"],
        ["array float32 2 2"],
        ["array float32 1 -2"],
        ["array"],
        [""],
        [],
        ["7"],
        ["tuple 3", "none"],
        ["list 1"] * 100_000 + ["none"],
        ["hollow O 2 1000000 1000000"],
    ],
    ids=str,
)
def test_what_was_never_packed_is_no_value(lines):
    with pytest.raises(WireError):
        Unpacking(lines, b"\0" * 8).value()


@pytest.mark.parametrize("line", ["dtype O", "dtype", "size 3", "layout conv2d", "layout a b"])
def test_what_greets_must_say_what_can_be_judged(line):
    with pytest.raises(WireError):
        read_hello(Unpacking(["hello 1", line], b""))
    hello = read_hello(Unpacking(["hello 1", "dtype float32", "function relu"], b""))
    assert (hello.dtypes, hello.functions) == (("float32",), {"relu": None})
    with pytest.raises(LoadError, match="not today"):
        read_hello(Unpacking(["hello 1", "error not today"], b""))
