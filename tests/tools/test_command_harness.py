"""Programs of other languages, judged over their standard output by docs/protocol.md."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from conformance.__main__ import app
from conformance.implementation.isolation.limits import Limits
from conformance.implementation.isolation.program import Program
from conformance.implementation.load_error import LoadError
from conformance.record import file as record
from conformance.run import selection
from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.spec.outcome import Ended, Raised, Returned

# Each judges programs in processes of their own: part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

HARNESS = Path(__file__).parents[2] / "docs/examples/harness"
X = np.array([[1.0, -2.0], [3.0, -4.0]], np.float32)
LIMITS = Limits(seconds=1.0, memory=256, loading=60.0)
NODE = shutil.which("node")
COMPILER = shutil.which("cc")
needs_node = pytest.mark.skipif(not NODE, reason="there is no node here; .ci/run installs it")
needs_compiler = pytest.mark.skipif(not COMPILER, reason="there is no cc here; .ci/run installs it")


def judged(tmp_path, command, *asked):
    """The lines of a run by id, its exit code, and what it printed."""
    options = ["--profile", "quick", "-n", "0", "--report", str(tmp_path / "report")]
    done = CliRunner().invoke(app, ["run", "--command", shlex.join(command), *asked, *options])
    lines = record.read(tmp_path / "report" / record.FILE).checks
    return {line["id"]: line for line in lines}, done.exit_code, done.output


def compiled(tmp_path, old="", new=""):
    source = (HARNESS / "conv2d.c").read_text("utf-8")
    assert old in source
    (tmp_path / "conv2d.c").write_text(source.replace(old, new), "utf-8")
    program = str(tmp_path / "my_conv")
    flags = ["-O2", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([COMPILER, *flags, "-o", program, str(tmp_path / "conv2d.c")], check=True)
    return [program]


def scripted(tmp_path, name, old="", new=""):
    source = (HARNESS / name).read_text("utf-8")
    assert old in source
    (tmp_path / name).write_text(source.replace(old, new), "utf-8")
    return [NODE if name.endswith(".js") else sys.executable, str(tmp_path / name)]


def names_of(line):
    return [mistake["id"] for mistake in line["diagnosis"]["mistakes"]]


@needs_compiler
def test_conv2d_in_c_conforms_where_it_is_offered(tmp_path):
    lines, code, _ = judged(tmp_path, compiled(tmp_path), "conv2d")
    assert code == 0
    verdicts = {name: line["verdict"] for name, line in lines.items()}
    assert verdicts["conv2d/value[float32]"] == "conforms"
    assert verdicts["conv2d/special[float32]"] == "conforms"
    assert verdicts["conv2d/pure[float32]"] == "conforms"
    assert verdicts["conv2d/gradient/weight[float32]"] == "not provided"
    assert verdicts["conv2d/value[float64]"] == "not provided"
    offered = lines["conv2d/value[float32]"]["coverage"]
    assert {"groups", "dilation", "stride as a pair"} <= set(offered["missing"])


@needs_compiler
def test_a_flipped_kernel_in_c_is_called_by_its_name(tmp_path):
    flipped = "weight->size[2] - 1 - i, weight->size[3] - 1 - j)"
    command = compiled(
        tmp_path, "element(weight, out, c, i, j)", f"element(weight, out, c, {flipped}"
    )
    lines, code, output = judged(tmp_path, command, "conv2d", "-k", "value")
    assert code == 1
    line = lines["conv2d/value[float32]"]
    assert (line["verdict"], names_of(line)[0]) == ("fails", "conv2d/kernel-flipped")
    assert "the kernel is flipped" in output


@needs_node
def test_softmax_in_javascript_conforms(tmp_path):
    lines, code, _ = judged(tmp_path, scripted(tmp_path, "softmax.js"), "softmax")
    assert code == 0
    for dtype in ("float32", "float64"):
        assert lines[f"softmax/value[{dtype}]"]["verdict"] == "conforms"
        assert lines[f"softmax/gradient/x[{dtype}]"]["verdict"] == "not provided"


@needs_node
def test_a_softmax_without_its_maximum_is_called_by_its_name(tmp_path):
    command = scripted(tmp_path, "softmax.js", "logit - largest", "logit")
    lines, code, _ = judged(tmp_path, command, "softmax", "-k", "value or special")
    assert code == 1
    assert names_of(lines["softmax/value[float32]"])[0] == "softmax/maximum-not-subtracted"


def test_linear_in_plain_python_conforms_with_all_its_gradients(tmp_path):
    lines, code, _ = judged(tmp_path, scripted(tmp_path, "linear.py"), "linear")
    assert code == 0
    judged_lines = [line for line in lines.values() if line["operation"] == "linear"]
    assert {line["verdict"] for line in judged_lines} <= {"conforms", "convention", "not judged"}


PROGRAM = """
import os, sys, time

def answer(*lines, numbers=b""):
    sys.stdout.buffer.write(("".join(f"{line}\\n" for line in lines)).encode() + numbers)
    sys.stdout.buffer.flush()

def requests():
    lines = []
    for line in iter(sys.stdin.buffer.readline, b""):
        lines.append(line.decode().rstrip("\\n"))
        if lines[-1].startswith("end "):
            sys.stdin.buffer.read(int(lines[-1][4:]))
            yield lines
            lines = []

for lines in requests():
    if lines[0].startswith("hello"):
        answer("hello 1", "function relu", "dtype float32", "end 0")
        continue
    number = lines[0].split()[1]
    ACT
"""
ZEROS = "answer(f'returned {number}', 'array float32 2 2 2', 'end 16', numbers=bytes(16))"


def acting(tmp_path, act):
    file = tmp_path / "program.py"
    file.write_text(PROGRAM.replace("ACT", act), "utf-8")
    return shlex.join([sys.executable, str(file)])


@pytest.mark.parametrize(
    "act, verdict, said",
    [
        ("sys.exit(3)", "crashed", "its process ended itself with exit status 3"),
        ("sys.exit('no card')", "crashed", "exit status 1; the last it said was 'no card'"),
        ("os.abort()", "crashed", "its process crashed with SIGABRT"),
        ("while True: pass", "timed out", "the call used over 1 s of processor time"),
        ("print('debug: here', flush=True)", "crashed", "it begins with 'debug: here', not with"),
        ("answer('returned 99', 'end 0')", "crashed", "it answers another call: '99' instead of 1"),
        ("answer(f'returned {number}', 'end 0')", "crashed", "a line is missing"),
        (
            "answer(f'returned {number}', 'array float32 2 2 2', 'end 8', numbers=bytes(8))",
            "crashed",
            "numbers are missing: an array takes 16 bytes, and 8 are left",
        ),
        (
            "answer(f'returned {number}', 'array float32 1 1', 'end 8', numbers=bytes(8))",
            "crashed",
            "4 bytes of numbers are left that belong to no array",
        ),
        (
            "answer(f'returned {number}', 'array float 2 2 2 2', 'end 0')",
            "crashed",
            "has not as many sizes as its rank says",
        ),
        (
            "answer(f'returned {number}', 'array real32 1 2', 'end 8', numbers=bytes(8))",
            "crashed",
            "'real32' is no dtype, such as float32",
        ),
        (
            "answer(f'returned {number}', 'none', 'wrning x', 'end 0')",
            "crashed",
            "its line 'wrning x' does not belong there",
        ),
        ("answer('end 99999999999999999999')", "crashed", "it begins with 'end 9"),
        ("sys.stdout.buffer.write(bytes(100_000)); sys.stdout.flush()", "crashed", "no line"),
    ],
)
def test_a_program_that_misbehaves_is_ended_with_the_right_verdict(tmp_path, act, verdict, said):
    program = Program(acting(tmp_path, act), LIMITS)
    ended = program.call("relu", (X,), {})
    assert isinstance(ended, Ended)
    assert ended.verdict == verdict
    assert said in ended.message
    # The next call has a new process.
    assert isinstance(program.call("relu", (X,), {}), Ended)


@pytest.mark.parametrize("act", ["time.sleep(60)", "pass"])
def test_what_does_not_answer_is_ended_by_the_clock(tmp_path, act):
    limits = Limits(seconds=1.0, memory=256, loading=60.0, patience=0.5)
    ended = Program(acting(tmp_path, act), limits).call("relu", (X,), {})
    assert ended == Ended("timed out", "the call did not answer within 0.5 s")


def test_what_does_not_read_does_not_keep_the_suite_waiting(tmp_path):
    file = tmp_path / "deaf.py"
    file.write_text(
        "import time\nprint('hello 1\\nfunction relu\\nend 0', flush=True)\ntime.sleep(60)"
    )
    limits = Limits(seconds=1.0, memory=256, loading=60.0, patience=0.5)
    program = Program(shlex.join([sys.executable, str(file)]), limits)
    ended = program.call("relu", (np.zeros(1 << 20, np.float32),), {})
    assert ended == Ended("timed out", "the call did not answer within 0.5 s")


@pytest.mark.parametrize(
    "act, outcome",
    [
        (
            "answer(f'not-offered {number}', 'message no', 'end 0')",
            Raised("NotImplementedError", "no", ordinary=True),
        ),
        (
            "answer(f'raised {number}', 'kind ValueError', 'message a\\\\nb', 'end 0')",
            Raised("ValueError", "a\nb", ordinary=True),
        ),
        ("answer(f'raised {number}', 'end 0')", Raised("Error", "", ordinary=True)),
    ],
)
def test_a_call_may_be_declined_or_refused(tmp_path, act, outcome):
    assert Program(acting(tmp_path, act), LIMITS).call("relu", (X,), {}) == outcome


def test_a_result_comes_back(tmp_path):
    outcome = Program(acting(tmp_path, ZEROS), LIMITS).call("relu", (X,), {})
    assert isinstance(outcome, Returned)
    assert outcome.result.tolist() == [[0, 0], [0, 0]]
    assert outcome.result.dtype == np.float32


@pytest.mark.parametrize(
    "hello, said",
    [
        (["hello 2", "end 0"], "it speaks version '2' of the protocol, and this nn-conformance"),
        (["welcome", "end 0"], "its first line is 'welcome', and not 'hello 1'"),
        (["hello 1", "end 0"], "it offers no function"),
        (["hello 1", "error there is no card here", "end 0"], "there is no card here"),
        (["hello 1", "function relu", "dtype float8", "end 0"], "dtype 'float8' cannot be judged"),
        (["hello 1", "function relu", "size 3", "end 0"], "there is no line 'size'"),
        (["hello 1", "function conv2d", "layout conv2d chw", "end 0"], "cannot be meant"),
        ([], "before it answered hello, its process ended itself with exit status 0"),
    ],
)
def test_a_greeting_that_is_wrong_is_one_line_and_exit_code_2(tmp_path, hello, said):
    file = tmp_path / "program.py"
    file.write_text(f"print({chr(10).join(hello)!r})" if hello else "", "utf-8")
    command = shlex.join([sys.executable, str(file)])
    with pytest.raises(LoadError) as caught:
        Program(command, LIMITS)
    assert said in str(caught.value)
    asked = ["run", "--command", command, "relu", "-n", "0", "--report", str(tmp_path / "report")]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 2
    assert done.output.count("\n") == 1
    assert said in done.output


def test_what_it_declares_is_asked_for_and_nothing_more(tmp_path):
    file = tmp_path / "program.py"
    lines = ["hello 1", "function conv2d stride", "dtype float32", "dtype float16"]
    lines += ["parameter conv2d stride int 1", "parameter conv2d stride int 2"]
    lines += ["layout conv2d nhwc", "version my_blas 1.2", "end 0"]
    file.write_text(f"print({chr(10).join(lines)!r})", "utf-8")
    program = Program(shlex.join([sys.executable, str(file)]), LIMITS)
    assert program.dtypes == ("float32", "float16")
    assert program.parameters == {"conv2d": {"stride": [1, 2]}}
    assert program.layouts == {"conv2d": ("nhwc",)}
    assert program.versions == {"my_blas": "1.2"}
    assert program.accepts("conv2d") == {"stride"}
    assert program.provides("conv2d")
    assert not program.provides("relu")


def test_memory_without_end_is_refused_to_it(tmp_path):
    act = f"x = bytearray(1 << 30)\n    {ZEROS}"
    ended = Program(acting(tmp_path, act), LIMITS).call("relu", (X,), {})
    assert isinstance(ended, Ended)
    assert "the last it said was 'MemoryError'" in ended.message


def test_a_failure_of_a_program_is_repeated_with_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = ["run", "--command", acting(tmp_path, ZEROS), "relu", "-k", "value and float32"]
    done = CliRunner().invoke(app, [*asked, "-n", "0", "--profile", "quick"])
    assert done.exit_code == 1
    name = "relu/value[float32]"
    assert f"nn-conformance replay '{name}'" in done.output
    again = CliRunner().invoke(app, ["replay", name, "--save", "case.json"])
    assert again.exit_code == 1
    assert "replay case.json --command " in again.output
    saved = ["replay", "case.json", "--command", acting(tmp_path, ZEROS)]
    assert CliRunner().invoke(app, saved).exit_code == 1
    script = CliRunner().invoke(app, ["reproduce", name])
    assert script.exit_code == 2
    assert "a script calls Python code" in script.output


@pytest.mark.parametrize(
    "command, said",
    [
        ("no_such_program", "there is no program 'no_such_program'"),
        ("'", "is no command line: No closing quotation"),
        (" ", "there is no program ''"),
    ],
)
def test_a_command_line_that_starts_nothing_is_named(command, said):
    done = CliRunner().invoke(app, ["run", "--command", command, "relu"])
    assert done.exit_code == 2
    assert said in done.output


def test_pytest_takes_a_command_line_too(pytester):
    command = shlex.join([sys.executable, str(HARNESS / "linear.py")])
    asked = ["--pyargs", "conformance.suite", "--conformance-profile=quick", "-n0"]
    asked += [f"--conformance-command={command}", "--conformance-operation=linear"]
    done = pytester.runpytest_subprocess(*asked, "-k", "value and float32")
    done.assert_outcomes(passed=1, deselected=done.parseoutcomes()["deselected"])
    done.stdout.fnmatch_lines([f"*Conformance of {command[:20]}*"])
    (header, *_) = (pytester.path / "conformance-report/record.jsonl").read_text().splitlines()
    assert json.loads(header)["command"] is True
    assert json.loads(header)["implementation"] == command


def test_two_things_to_judge_are_refused():
    both = selection.trouble(Run(Settings("my_ops.py", "./my_ops")))
    assert "name two things to judge; give one" in both
    assert selection.trouble(Run(Settings(command="./my_ops"))) == ""


def test_a_harness_is_short():
    for file in HARNESS.iterdir():
        if file.is_file():
            assert len(file.read_text("utf-8").splitlines()) < 100, file
