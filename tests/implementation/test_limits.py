"""How long a call may take: by its own processor time, and by a more patient clock."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from conformance.implementation.isolation import limits
from conformance.implementation.isolation.host import Isolated
from conformance.implementation.isolation.limits import (
    LimitPassed,
    Limits,
    Watch,
    parsed,
    processor_seconds,
)
from conformance.spec.outcome import Returned

X = np.array([[1.0, -2.0], [3.0, -4.0]], np.float32)


class Times:
    """A clock, and the processor time of a process, as a test sets them."""

    def __init__(self, used=0.0):
        self.now = 100.0
        self.used = used
        self.process = None

    def poll(self):
        return self.process

    @property
    def pid(self):
        raise AssertionError("a test asks for no real process")

    def watch(self, seconds=10.0, patience=10.0):
        return Watch(self, seconds, patience, lambda: self.used, lambda: self.now)


def test_a_busy_machine_makes_no_call_too_slow():
    times = Times(used=50.0)
    watch = times.watch()
    watch.look()
    # In 99 seconds by the clock the process got nine of a processor.
    for _ in range(99):
        times.now += 1.0
        times.used += 9.0 / 99
        watch.look()


def test_what_uses_its_processor_time_up_is_ended():
    times = Times(used=50.0)
    watch = times.watch()
    watch.look()
    times.now, times.used = 105.0, 60.0
    with pytest.raises(LimitPassed, match=r"^used over 10 s of processor time$"):
        watch.look()


def test_what_uses_none_is_ended_by_the_clock():
    times = Times()
    watch = times.watch()
    times.now += 99.9
    watch.look()
    times.now += 0.1
    with pytest.raises(LimitPassed, match=r"^did not answer within 100 s$"):
        watch.look()


def test_where_nothing_tells_the_processor_time_its_limit_goes_by_the_clock():
    times = Times(used=None)
    watch = times.watch(seconds=0.5)
    times.now += 0.4
    watch.look()
    times.now += 0.1
    with pytest.raises(LimitPassed, match=r"^did not answer within 0\.5 s$"):
        watch.look()


def test_what_is_there_is_read_however_late():
    """The suite itself may have been stopped, or had no processor."""
    times = Times()
    watch = times.watch()
    times.now += 1000.0
    reading, writing = os.pipe()
    os.write(writing, b"!")
    watch.wait(reading)
    os.close(writing)
    os.close(reading)


def test_an_ended_process_has_nothing_more_to_say():
    times = Times()
    watch = times.watch(seconds=0.01)
    times.process = 0
    reading, writing = os.pipe()
    times.now += 0.01
    with pytest.raises(EOFError):
        watch.wait(reading)
    os.write(writing, b"!")
    watch.wait(reading)
    os.close(writing)
    os.close(reading)


def test_a_process_that_got_no_processor_meanwhile_is_not_too_slow(tmp_path):
    """As under competition: it is stopped for many times its limit, then goes on."""
    file = tmp_path / "right.py"
    file.write_text("import numpy as np\ndef relu(x):\n    return np.maximum(x, 0)\n")
    contender = Isolated(str(file), Limits(seconds=0.1, patience=600.0))
    assert contender.provides("relu")
    process = contender._process._process
    os.kill(process.pid, signal.SIGSTOP)
    threading.Timer(1.0, os.kill, (process.pid, signal.SIGCONT)).start()
    began = time.monotonic()
    outcome = contender.call("relu", (X,), {})
    assert time.monotonic() - began > 0.9
    assert isinstance(outcome, Returned)
    assert outcome.result.tolist() == [[1, 0], [3, 0]]
    # No other process took its place.
    assert contender._process._process is process


SPINNING = """\
import sys, threading, time
def loop():
    while time.process_time() < 0.5:
        pass
threads = [threading.Thread(target=loop) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(flush=True)
sys.stdin.read()
"""


@pytest.fixture
def spun():
    """A process whose threads used half a second, and that is at rest now."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", SPINNING], **pipes) as process:
        process.stdout.readline()
        yield process
        process.stdin.close()


def test_all_threads_of_a_process_are_counted(spun):
    assert 0.4 < processor_seconds(spun.pid) < 60.0


def test_without_proc_ps_is_asked(spun, monkeypatch):
    monkeypatch.setattr(limits, "open", _none_such, raising=False)
    if shutil.which("ps") is None:
        pytest.skip("there is no ps here; .ci/run installs it")
    # Some tell whole seconds only.
    assert 0.0 <= processor_seconds(spun.pid) < 60.0


def test_without_either_there_is_no_processor_time(monkeypatch):
    monkeypatch.setattr(limits, "open", _none_such, raising=False)
    monkeypatch.setattr(limits.subprocess, "run", _none_such)
    assert processor_seconds(os.getpid()) is None


def _none_such(*_args, **_keywords):
    raise FileNotFoundError


def test_of_no_process_there_is_no_processor_time():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert processor_seconds(process.pid) is None


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("  0:00.01\n", 0.01),
        ("12:34.50", 754.5),
        ("00:00:07", 7.0),
        ("01:00:07", 3607.0),
        ("2-01:00:07", 2 * 86_400 + 3607.0),
    ],
)
def test_the_times_of_ps_are_read(text, seconds):
    assert parsed(text) == seconds


@pytest.mark.parametrize("text", ["", "TIME", "-"])
def test_what_is_no_time_is_not_read(text):
    with pytest.raises(ValueError, match=r"."):
        parsed(text)
