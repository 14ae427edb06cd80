"""The script of a failure: made from the record alone, it tells right code from wrong code."""

import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from invented_failures import hostile, told

import conformance
import reference_impl
from conformance.record.vocabulary import FAILED
from conformance.report.script import script

ROOT = Path(__file__).parents[2]


def turned(x, weight, bias=None, **parameters):
    return reference_impl.conv2d(x, weight[..., ::-1, ::-1], bias, **parameters)


def raising(*_, **__):
    raise ArithmeticError("no")


def softmax(x):
    e = np.exp(x)
    return e / e.sum(axis=-1, keepdims=True)


def linear_backward(grad_output, x, weight, bias=None):
    grads = reference_impl.linear_backward(grad_output, x, weight, bias)
    return grads[0], 2 * grads[1], *grads[2:]


def lstm(*arguments, **parameters):
    output, (h, c) = reference_impl.lstm(*arguments, **parameters)
    return output, (h, 2 * c)


def warning(x):
    warnings.warn("spurious", RuntimeWarning, stacklevel=2)
    return np.maximum(x, 0)


WRONG = {
    "relu": SimpleNamespace(relu=warning),
    "conv2d": SimpleNamespace(conv2d=turned),
    "softmax": SimpleNamespace(softmax=softmax),
    "tanh": SimpleNamespace(tanh=raising),
    "linear": SimpleNamespace(linear=reference_impl.linear, linear_backward=linear_backward),
    "flatten": SimpleNamespace(flatten=lambda x: 2 * x.reshape(len(x), -1)),
}


def judged(operation):
    """The record of a wrong implementation, as though it had been a module called `wrong`."""
    verdict = conformance.check(operation, WRONG[operation], profile="quick", dtypes=["float32"])
    header = {**verdict.record.header, "at_hand": None, "implementation": "wrong"}
    return replace(verdict.record, header=header)


def ended(code, folder, implementation):
    (folder / "wrong.py").write_text(implementation, "utf-8")
    (folder / "failure.py").write_text(code, "utf-8")
    settings = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}"}
    command = [sys.executable, "failure.py"]
    done = subprocess.run(
        command, cwd=folder, env=settings, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("operation", WRONG)
def test_a_script_ends_with_1_for_wrong_code_and_with_0_for_right_code(tmp_path, operation):
    record = judged(operation)
    failing = [check for check in record.checks if check["verdict"] in FAILED]
    scripts = [code for check in failing if (code := script(check, record))]
    assert scripts
    for code in scripts[:3]:
        assert len(code) < 4000
        wrong = f"from test_report_script import WRONG\n\nIMPLEMENTATION = WRONG[{operation!r}]\n"
        wrong += "globals().update(vars(IMPLEMENTATION))\n"
        assert ended(code, tmp_path, wrong)[0] == 1, code
        came, said = ended(code, tmp_path, "from reference_impl import *\n")
        assert came == 0, code + said


def test_bad_input_that_is_accepted_has_a_script(tmp_path):
    careless = (ROOT / "docs" / "examples" / "flipped.py").read_text("utf-8")
    (tmp_path / "wrong.py").write_text(careless, "utf-8")
    file = str(tmp_path / "wrong.py")
    verdict = conformance.check("conv2d", file, profile="quick", dtypes=["float32"])
    record = replace(verdict.record, header={**verdict.record.header, "at_hand": None})
    check = next(c for c in record.checks if c["check"] == "refusal" and c["counterexample"])
    code = script(check, record)
    assert "# Bad input: bias must have one entry per output channel." in code
    assert ended(code, tmp_path, careless)[0] == 1
    assert ended(code, tmp_path, "from reference_impl import *\n")[0] == 0


@pytest.mark.parametrize(
    "header, line",
    [
        ({"command": True}, {}),
        ({"at_hand": True}, {}),
        ({"vectors": "vectors"}, {}),
        ({"tensors": "torch"}, {}),
        ({"implementation": "a b.py"}, {}),
        ({"implementation": "x; import os"}, {}),
        ({}, {"axes": ["nhwc"]}),
        ({}, {"check": "pure"}),
        ({}, {"operation": "a.b"}),
        ({}, {"counterexample": None}),
    ],
)
def test_what_the_record_does_not_say_in_full_has_no_script(header, line):
    record = judged("conv2d")
    check = next(c for c in record.checks if c["verdict"] in FAILED)
    assert script(check, record)
    assert script({**check, **line}, replace(record, header={**record.header, **header})) == ""


def test_a_script_holds_nothing_foreign_but_names_and_numbers():
    record = hostile()
    assert {script(check, record) for check in record.checks if check["counterexample"]} == {""}


def test_an_older_record_has_no_script():
    check = next(c for c in told().checks if c["id"] == "conv2d/value[float32]")
    assert script(check, told()) == ""
