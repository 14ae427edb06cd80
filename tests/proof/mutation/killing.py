"""A mutant before the suite: which trials call the mutated function, and which of them rejects it.

Cases, torch's answers and bounds are the same for every mutant; they are found once, with the
reference as it is. Each mutant is then judged in a process forked from that one, in which the
reference is imported anew with the mutated file in place of its own.
"""

import importlib
import importlib.abc
import importlib.util
import io
import os
import signal
import sys
import traceback
import warnings
from collections import defaultdict
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from conformance.implementation.implementation import Implementation
from conformance.judge.check import CheckRun
from conformance.judge.draw import visit
from conformance.run.run import Run
from conformance.run.settings import REFERENCE

TESTS = Path(__file__).parents[2]
TESTED = "the reference's own tests"
# Seconds for one call: a mutant that never ends is killed, and so is its process.
PATIENCE = 30
# Begins what a process says that failed for another reason than its mutant.
_FAULT = "the judging itself failed: "


@dataclass(frozen=True)
class Drawn:
    """A trial of a check, and the functions of the reference that it calls, by file."""

    check: object
    trial: object
    calls: frozenset


def operations(file):
    """The checks of each operation whose module, or one that it imports from, is this file."""
    by_operation = defaultdict(list)
    for check in Run().checks.values():
        # Networks are made of operations that are judged one by one.
        if check.operation.network is None:
            by_operation[check.operation.name].append(check)
    return {name: owed for name, owed in by_operation.items() if file in _files_behind(name)}


def _files_behind(operation):
    reference = importlib.import_module(REFERENCE)
    known, new = set(), {getattr(reference, operation).__module__}
    while new:
        known |= new
        values = [value for name in new for value in vars(sys.modules[name]).values()]
        used = {str(getattr(value, "__module__", "")) for value in values}
        new = {name for name in used if name.startswith(f"{REFERENCE}.")} - known
    return {f"{name.removeprefix(REFERENCE + '.')}.py" for name in known}


def drawn(checks, plan):
    """The trials of some checks, and what they call. Those of one sweep share their trials."""
    reference, found = importlib.import_module(REFERENCE), []
    by_sweep = defaultdict(list)
    for check in checks:
        by_sweep[check.sweep, check.dtype].append(check)
    for sharing in by_sweep.values():
        # A trial keeps what an implementation returned: each check has one of its own.
        runs = {
            check: CheckRun(check, Implementation(reference, REFERENCE), first=True)
            for check in sharing
        }

        def meet(trial, runs=runs):
            for check, run in runs.items():
                with _listening() as calls:
                    passes = run.case(trial)
                assert passes, f"the reference itself fails {check.id}"
                found.append(Drawn(check, trial, frozenset(calls)))
            return True

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            visit(sharing[0], plan, meet)
    return found


class _listening:  # noqa: N801 - a context manager is used as a function is
    """Take down which functions of the reference are called."""

    def __enter__(self):
        self._calls = set()
        sys.setprofile(self._hear)
        return self._calls

    def __exit__(self, *_error):
        sys.setprofile(None)

    def _hear(self, frame, event, _argument):
        # Every call there is comes by here: nothing is done for those of other packages.
        if event == "call" and f"/{REFERENCE}/" in (path := frame.f_code.co_filename):
            name = frame.f_code.co_qualname.replace(".<locals>", "").partition(".<")[0]
            self._calls.add((Path(path).name, name))


def concerned(found, mutant):
    """The trials that a mutant can change. The first of each check before the second of any.

    Where what is mutated is run on import, these are all that call anything in its file.
    """
    file, function = mutant.site.file, mutant.site.function
    everywhere = function in _run_on_import()
    by_check = defaultdict(list)
    for one in found:
        called = (file, function) in one.calls
        called |= everywhere and any(file == place for place, _ in one.calls)
        if called and (not mutant.raising or one.trial.case.refusal is not None):
            by_check[one.check.id].append(one)
    longest = max(map(len, by_check.values()), default=0)
    return [ones[k] for k in range(longest) for ones in by_check.values() if k < len(ones)]


@cache
def _run_on_import():
    """The names of functions that are called, and of classes that are made, on import."""
    kept = {name: sys.modules.pop(name) for name in _of_reference()}
    with _listening() as calls:
        importlib.import_module(REFERENCE)
    for name in _of_reference():
        del sys.modules[name]
    sys.modules.update(kept)
    return {name for _, name in calls}


def _of_reference():
    return [name for name in sys.modules if name.partition(".")[0] == REFERENCE]


def killer(mutant, found):
    """What rejects a mutant among these trials: a check's id; "" where nothing does."""
    trials = concerned(found, mutant)
    return _forked(lambda: _unimported(mutant) or _rejecting(trials)) if trials else ""


def unit_test(mutant, *options):
    """Says so where the tests of the reference itself reject a mutant; else ""."""
    return _forked(lambda: _unimported(mutant) or _tested(options))


def _rejecting(trials):
    contender = importlib.import_module(REFERENCE)
    runs = _runs(trials, contender)
    for one in trials:
        signal.alarm(PATIENCE)
        if not runs[one.check.id].case(one.trial):
            return one.check.id
    signal.alarm(0)
    odd = {name for name, verdict in _verdicts(runs).items() if verdict != "conforms"}
    if not odd:
        return ""
    # Some of a check's trials alone may be none to judge the reference itself by either.
    _restore()
    trials = [one for one in trials if one.check.id in odd]
    usual = _runs(trials, importlib.import_module(REFERENCE))
    for one in trials:
        usual[one.check.id].case(one.trial)
    expected = _verdicts(usual)
    return next((name for name in sorted(odd) if expected[name] == "conforms"), "")


def _runs(trials, reference):
    contender = Implementation(reference, REFERENCE)
    return {one.check.id: CheckRun(one.check, contender, first=True) for one in trials}


def _verdicts(runs):
    return {name: run.result().verdict for name, run in runs.items()}


def _tested(options):
    signal.alarm(4 * PATIENCE)
    # This process has imported what pytest would like to import itself.
    quiet = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    without = ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:hypothesispytest"]
    # The tests, and what they import of each other, may hold the reference as it was.
    for name, module in list(sys.modules.items()):
        if TESTS in Path(getattr(module, "__file__", None) or "").parents:
            del sys.modules[name]
    files = map(str, sorted(TESTS.glob("reference/test_reference*.py")))
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = pytest.main(["-x", *quiet, *without, *options, *files])
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        raise RuntimeError(said.getvalue())
    return TESTED if code else ""


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds one module's source in a string."""

    def __init__(self, name, source):
        self._name = name
        self._source = source

    def find_spec(self, name, _path, _target=None):
        return importlib.util.spec_from_loader(name, self) if name == self._name else None

    def get_source(self, _name):
        return self._source


def _unimported(mutant):
    """Import the reference anew with one file mutated; where that fails, the exception's name."""
    signal.alarm(PATIENCE)
    _restore()
    name = f"{REFERENCE}.{mutant.site.file.removesuffix('.py')}"
    sys.meta_path.insert(0, _Changed(name, mutant.source))
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - whatever a mutant does
        return f"{type(error).__name__} on import"
    return ""


def _restore():
    """Forget the reference, so that it is imported anew, and as it stands in its files."""
    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, _Changed)]
    for name in _of_reference():
        del sys.modules[name]


def _forked(judge):
    """What it says in a process of its own; the signal, where a mutant ends that process."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Python warns of a fork where there are threads; mutants warn of what they please.
        warnings.simplefilter("ignore")
        child = os.fork()
        if child == 0:
            os.close(reading)
            _answer(judge, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if answer.startswith(_FAULT):
        raise RuntimeError(answer)
    return answer if status == 0 else f"signal {os.WTERMSIG(status)}"


def _answer(judge, writing):
    try:
        answer = judge()
    except BaseException:  # noqa: BLE001 - the other process raises it
        answer = f"{_FAULT}{traceback.format_exc()}"
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(answer.encode())
    os._exit(0)
