"""What an implementation sets of the process's state reaches its own calls, and nobody else.

Right code that sets it conforms, at its import or in a call, in this process or in its own. torch
and the bounds come to the same numbers.
"""

import decimal
import locale
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch

from cases import OPERATIONS
from conformance.implementation import process_state
from conformance.implementation.implementation import Implementation
from conformance.implementation.isolation.host import Isolated
from conformance.implementation.isolation.limits import Limits
from conformance.implementation.load import load, offered
from conformance.implementation.process_state import OWN, State, current, kept, own_state, set_state
from conformance.judge.check import judge_check
from conformance.judge.search import Plan
from conformance.spec.check import Check
from conformance.spec.outcome import Returned

OPERATION = {operation.name: operation for operation in OPERATIONS}
PLAN = Plan(examples=4)
CHECKS = [
    ("relu", "value", None, "float32"),
    ("log_softmax", "gradient", "x", "float32"),
    ("mse_loss", "gradient", "input", "float64"),
    ("linear", "special", None, "float32"),
]
SETTINGS = {
    "numpy raises": "import numpy as np\nnp.seterr(all='raise')",
    "numpy calls": "import numpy as np\nnp.seterrcall(print)\nnp.seterr(all='call')",
    "no gradients": "import torch\ntorch.set_grad_enabled(False)",
    "double by default": "import torch\ntorch.set_default_dtype(torch.float64)",
    "one thread": "import torch\ntorch.set_num_threads(1)",
    "numpy's seed": "import numpy as np\nnp.random.seed(1)",
    "python's seed": "import random\nrandom.seed(1)",
    "decimals": "import decimal\ndecimal.getcontext().prec = 2\n"
    "decimal.getcontext().traps[decimal.Inexact] = True",
    "locale": "import locale\nlocale.setlocale(locale.LC_ALL, 'C')",
    "warnings are errors": "import warnings\nwarnings.simplefilter('error')",
    "warnings reset": "import warnings\nwarnings.resetwarnings()",
}
# Its own arithmetic does not mind what is set: the verdict says what the suite makes of it.
SOURCE = """
import functools
import reference_impl
import numpy as np

def set_it():
{setting}

{at_import}

def _calm(function):
    @functools.wraps(function)
    def wrapped(*inputs, **parameters):
        {in_a_call}
        with np.errstate(all='ignore'):
            return function(*inputs, **parameters)
    return wrapped

for name in ('relu', 'log_softmax', 'mse_loss', 'linear'):
    globals()[name] = _calm(getattr(reference_impl, name))
    globals()[name + '_backward'] = _calm(getattr(reference_impl, name + '_backward'))
"""


@pytest.fixture(autouse=True)
def _as_it_was():
    """Whatever a test sets that the suite does not hold, such as a locale, is undone."""
    with kept(), warnings.catch_warnings(), decimal.localcontext():
        before, threads = locale.setlocale(locale.LC_ALL), torch.get_num_threads()
        yield
        locale.setlocale(locale.LC_ALL, before)
        torch.set_num_threads(threads)


def indented(text):
    return "\n".join(f"    {line}" for line in text.splitlines())


@pytest.fixture
def written(tmp_path):
    def write(setting, where):
        file = tmp_path / "right.py"
        calls = {"at_import": "pass", "in_a_call": "pass", where: "set_it()"}
        file.write_text(SOURCE.format(setting=indented(setting), **calls), "utf-8")
        return str(file)

    return write


def results(contender):
    return [judge_check(Check(OPERATION[name], *rest), contender, PLAN) for name, *rest in CHECKS]


@pytest.fixture(scope="module")
def usual():
    """What the checks come to where nobody sets anything."""
    found = results(load("reference_impl"))
    assert {result.verdict for result in found} == {"conforms"}
    return [result.tally for result in found]


@pytest.mark.parametrize("isolated", [False, True], ids=["here", "isolated"])
@pytest.mark.parametrize("where", ["at_import", "in_a_call"])
@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_right_code_that_sets_it_conforms_to_the_same_numbers(
    written, usual, setting, where, isolated
):
    spec, before = written(setting, where), current()
    contender = Isolated(spec, Limits(seconds=60.0)) if isolated else load(spec)
    found = results(contender)
    assert [(result.verdict, result.message) for result in found] == [("conforms", "")] * 4
    assert [result.tally for result in found] == list(usual)
    assert current() == before


FLUSHES = "import torch\ntorch.set_flush_denormal(True)"


@pytest.mark.parametrize("isolated", [False, True], ids=["here", "isolated"])
@pytest.mark.parametrize("where", ["at_import", "in_a_call"])
def test_flushing_changes_nothing_of_torch_and_the_bounds(written, usual, where, isolated):
    spec = written(FLUSHES, where)
    contender = Isolated(spec, Limits(seconds=60.0)) if isolated else load(spec)
    found = results(contender)
    for result, tally in zip(found, usual, strict=True):
        # Its own results may lack what was flushed.
        assert result.verdict in {"conforms", "convention"}
        if result.verdict == "conforms":
            assert result.tally.torch_worst_ratio == tally.torch_worst_ratio
            assert result.tally.exact == tally.exact
    assert current().flushes is False


STATE = """
import numpy as np, torch
{setting}
tiny = np.full(1, 5e-324)

def relu(x):
    records, double = torch.is_grad_enabled(), torch.get_default_dtype() == torch.float64
    return np.geterr()["over"], records, double, bool((tiny * 2.0**60 == 0)[0])
"""


@pytest.mark.parametrize(
    "setting, seen",
    [
        ("", ("warn", True, False, False)),
        ("np.seterr(all='raise')", ("raise", True, False, False)),
        ("torch.set_grad_enabled(False)", ("warn", False, False, False)),
        ("torch.set_default_dtype(torch.float64)", ("warn", True, True, False)),
        ("torch.set_flush_denormal(True)", ("warn", True, False, True)),
    ],
)
def test_a_call_is_made_in_the_state_that_its_import_left(tmp_path, setting, seen):
    file = tmp_path / "looks.py"
    file.write_text(STATE.format(setting=setting), "utf-8")
    contender, before = load(str(file)), current()
    with own_state():
        assert contender.call("relu", (1.0,), {}) == Returned(seen)
        assert current() == OWN
    assert current() == before


def test_a_module_that_is_loaded_again_has_the_state_that_it_left_at_first(tmp_path, monkeypatch):
    (tmp_path / "sets_doubles.py").write_text(
        STATE.format(setting="torch.set_default_dtype(torch.float64)"), "utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    for _ in range(2):
        outcome = load("sets_doubles").call("relu", (1.0,), {})
        assert outcome == Returned(("warn", True, True, False))
    del sys.modules["sets_doubles"]


class Lazy:
    """Sets torch up at its first call, and silences NumPy there."""

    def __init__(self):
        self.calls = 0

    def relu(self, _x):
        self.calls += 1
        if self.calls == 1:
            torch.set_default_dtype(torch.float64)
            np.seterr(all="ignore")
        return str(torch.get_default_dtype()), np.geterr()["over"]


def test_what_a_call_sets_up_of_torch_is_there_at_the_next_and_an_error_state_is_not():
    contender = offered(Lazy, "lazy")
    assert contender.call("relu", (1.0,), {}) == Returned(("torch.float64", "ignore"))
    assert contender.call("relu", (1.0,), {}) == Returned(("torch.float64", "warn"))
    assert torch.get_default_dtype() == torch.float32


def test_an_interrupt_leaves_the_state_as_it_was():
    class Interrupted:
        def relu(self, _x):
            torch.set_grad_enabled(False)
            np.seterr(all="raise")
            raise KeyboardInterrupt

    before = current()
    with pytest.raises(KeyboardInterrupt):
        Implementation(Interrupted(), "interrupted").call("relu", (1.0,), {})
    assert current() == before


@pytest.mark.parametrize(
    "state",
    [
        State(errors=(dict.fromkeys(("divide", "over", "under", "invalid"), "raise"), None)),
        State(torch=(False, "float64")),
        State(flushes=True),
    ],
    ids=["numpy", "torch", "flushes"],
)
def test_the_callers_own_state_is_nothing_to_the_suite(usual, state):
    """As in a notebook, whose cells before may have set anything."""
    contender = Implementation(load("reference_impl")._offers, "reference_impl")
    set_state(state)
    before = current()
    found = results(contender)
    assert {result.verdict for result in found} == {"conforms"}
    assert [result.tally for result in found] == list(usual)
    assert current() == before


def test_to_load_and_to_call_imports_no_torch(tmp_path):
    (tmp_path / "small.py").write_text("def relu(x):\n    return x\n", "utf-8")
    code = (
        "import sys\nfrom conformance.implementation.load import load\n"
        "load('small.py').call('relu', (1,), {})\nassert 'torch' not in sys.modules"
    )
    paths = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": paths}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)


def test_before_torch_is_imported_its_state_is_its_own(monkeypatch):
    torch.set_default_dtype(torch.float64)
    with monkeypatch.context() as patched:
        patched.delitem(sys.modules, "torch")
        assert current().torch == (True, "float32")
        set_state(OWN)
    assert torch.get_default_dtype() == torch.float64
    # An implementation has imported it meanwhile.
    set_state(OWN)
    assert torch.get_default_dtype() == torch.float32


def test_flushing_is_seen():
    assert not process_state._flushes()
    torch.set_flush_denormal(True)
    assert process_state._flushes()
