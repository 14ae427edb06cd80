"""A lesson that waits: for saves, for Enter, for the end."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lesson_tools import HEAD, RELU, Given, write

from conformance.tools.lesson.lesson import Watch, follow

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "my_ops.py"


class Hands:
    """What a student does between two looks at the file."""

    def __init__(self, given, *deeds):
        self._given = given
        self._deeds = list(deeds)
        self.heard = []

    def __call__(self, _seconds):
        self.heard.append(self._given.said())
        return self._deeds.pop(0)() if self._deeds else "end"


def test_a_save_is_judged_and_enter_shows_one_more_hint(file):
    write(file, "def relu(x):\n    return abs(x)\n")
    given = Given(file)
    given.teacher.begin()
    assert given.teacher.judged() == 1

    def saves(text):
        def deed():
            part = file.with_suffix(".part")
            write(part, text)
            part.replace(file)
            return ""

        return deed

    def writes_half():
        file.write_text(HEAD + RELU[:-10], "utf-8")
        return ""

    hands = Hands(
        given,
        lambda: "enter",
        lambda: "enter",
        lambda: "enter",
        lambda: "",
        saves("def relu(x):\n    return x\n"),
        writes_half,
        lambda: "",
        saves(RELU),
    )
    follow(given.teacher, Watch(file, lambda _: None), hands)
    begun, first, second, third, idle, saved, half, idle_too, right = hands.heard
    assert "Press Enter for the next hint: what kind." in begun
    assert "What is the result at x = −1?" in first
    assert "formula" in second
    assert "(All hints are shown.)" in second
    assert third == ""
    assert idle == idle_too == ""
    assert "✗ relu: the result" in saved
    assert "! my_ops.py, line 9: " in half
    assert "✓ relu conforms: " in right
    assert "sigmoid: value" in right
    assert "def sigmoid(x):" in file.read_text("utf-8")


def test_a_file_that_is_being_written_is_waited_for(file):
    file.write_bytes(b"")
    growing = iter([b"def", b"def relu", b"def relu"])

    def sleep(_seconds):
        file.write_bytes(next(growing))

    watch = Watch(file, sleep)
    assert not watch.differs(b"")
    assert watch.differs(b"old")
    assert next(growing, None) is None
    assert not watch.differs(b"def relu")


def test_a_file_that_comes_back_as_it_was_is_no_save(file):
    file.write_bytes(b"")
    watch = Watch(file, lambda _: file.write_bytes(b"old"))
    assert not watch.differs(b"old")


def test_a_file_that_is_away_is_waited_for_and_told_of_once(file):
    write(file, "def relu(x):\n    return abs(x)\n")
    given = Given(file)
    assert given.teacher.judged() == 1
    file.unlink()
    hands = Hands(given, *[lambda: ""] * 25)
    follow(given.teacher, Watch(file, lambda _: None), hands)
    told = [words for words in hands.heard[1:] if words]
    assert told == ["! my_ops.py is not there; once it is saved, the lesson goes on\n"]


# A terminal


def test_on_a_terminal_it_waits_and_ctrl_c_says_where_it_goes_on(file):
    write(file, "def relu(x):\n    return abs(x)\n")
    with _terminal(file) as (process, read):
        assert "hint: what kind" in read("hint: what kind")
        write(file, RELU.replace("x > 0", "x < 0"))
        assert "✓ relu: value" in read("the next hint: ")
        process.send_signal(signal.SIGINT)
        said = read("lesson my_ops.py")
        assert process.wait(20) == 0
    assert "It goes on at relu, gradient of x: nn-conformance lesson my_ops.py" in said


@contextlib.contextmanager
def _terminal(file):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", "lesson", file.name],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=file.parent,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80", "PYTHONPATH": str(ROOT)},
        # What a shell runs in the background ignores Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )

    def read(until):
        found, deadline = "", time.monotonic() + 60
        while until not in found:
            assert time.monotonic() < deadline, found
            if select.select([ours], [], [], 0.2)[0]:
                found += os.read(ours, 65536).decode("utf-8", "replace")
        return found

    try:
        yield process, read
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)
