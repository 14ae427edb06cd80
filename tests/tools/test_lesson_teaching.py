"""What is judged at a save, and what is said of what had passed."""

import io

import pytest
from lesson_tools import COURSE, RELU, Given, write
from rich.console import Console

from conformance.tools.lesson import progress as states
from conformance.tools.lesson.judging import Judged
from conformance.tools.lesson.progress import Passed, Progress
from conformance.tools.lesson.screen import Screen


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "my_ops.py"


class Scripted:
    """A judge by a list of steps that fail."""

    def __init__(self):
        self.bad = set()
        self.judged = []

    def load(self):
        return ""

    def judge(self, step):
        name = f"{step.operation}: {step.name}"
        self.judged.append(name)
        verdict = "fails" if name in self.bad else "conforms"
        return Judged((line_of(step, verdict),))


def line_of(step, verdict):
    return {
        "id": f"{step.operation}/{step.kind}[float64]",
        "operation": step.operation,
        "check": step.kind,
        "argument": step.argument,
        "dtype": "float64",
        "verdict": verdict,
        "cases": 30,
        "worst_ratio": 0.5,
        "message": "wrong" if verdict == "fails" else None,
        "convention": None,
        "counterexample": None,
        "diagnosis": None,
    }


class Scribe(Given):
    """A lesson with a scripted judge, whose steps are its own."""

    def __init__(self, file, operation="", **options):
        self.judge = Scripted()
        super().__init__(file, operation, judge=self.judge, **options)
        self.desk = self.judge

    def take(self):
        taken, self.judge.judged = self.judge.judged, []
        return taken


def test_what_is_changed_is_judged_again_and_no_more(file):
    write(file, RELU + "\n\ndef sigmoid(x):\n    return x\n")
    given = Scribe(file)
    given.judge.bad = {"relu: special"}
    given.teacher.begin()
    assert given.teacher.judged() == 1
    assert given.take() == ["relu: value", "relu: gradient of x", "relu: dtype", "relu: edge",
                            "relu: special"]  # fmt: skip
    write(file, RELU.replace("x > 0", "x >= 0"))
    assert given.teacher.saved() == 1
    assert given.take() == ["relu: gradient of x", "relu: dtype", "relu: edge", "relu: special"]
    write(file, RELU.replace("x > 0", "x >= 0") + "\n\n# a remark\n")
    assert given.teacher.saved() == 1
    assert given.take() == ["relu: special"]


def test_what_had_passed_in_another_operation_is_judged_before_the_next_begins(file):
    steps = {one.name: Passed("old", 1, 1, 0.0) for one in COURSE.steps["relu"]}
    states.write(states.beside(file), Progress("sigmoid", {"relu": steps}))
    write(file, RELU)
    given = Scribe(file)
    given.judge.bad = {"relu: dtype"}
    assert given.teacher.judged() == 1
    sigmoid = [f"sigmoid: {one.name}" for one in COURSE.steps["sigmoid"]]
    assert given.take() == [*sigmoid, "relu: value", "relu: gradient of x", "relu: dtype"]
    said = given.said()
    assert "relu: dtype had passed before its code was changed." in said
    assert given.teacher.progress.operation == "relu"
    assert "✗ relu: the dtypes of results" in said
    coming = next(name for name in COURSE.operations if name not in {"relu", "sigmoid"})
    given.judge.bad = {f"{coming}: value"}
    assert given.teacher.saved() == 1
    assert given.take() == ["relu: dtype", "relu: edge", "relu: special", "relu: pure",
                            "relu: convention", f"{coming}: value"]  # fmt: skip


def test_the_end_names_the_command_that_judges_all(file):
    write(file, "IMPLEMENTATION = None\n")
    given = Scribe(file)
    given.teacher.begin()
    assert given.teacher.judged() == 0
    assert given.teacher.finished
    said = given.said()
    assert f"All {len(COURSE.operations)} operations conform" in said
    assert "nn-conformance run my_ops.py --isolate" in said
    assert said.count("conforms: ") == len(COURSE.operations)
    assert given.take() == [
        f"{one.operation}: {one.name}" for steps in COURSE.steps.values() for one in steps
    ]
    again = Scribe(file, waits=False)
    assert again.teacher.judged(once=True) == 0
    assert again.take() == []
    assert f"All {len(COURSE.operations)} operations conform" in again.said()


def test_nothing_is_wider_than_the_terminal(file):
    write(file, "IMPLEMENTATION = None\n")
    given = Scribe(file, width=60)
    given.judge.bad = {"lstm: special"}
    for name in COURSE.operations:
        given.teacher._keep(Progress(name))
        given.teacher.begin()
        given.teacher.judged(once=True)
    assert max(map(len, given.said().splitlines())) <= 60


def test_a_terminal_without_the_letters_is_spelled_for(file):
    write(file, "IMPLEMENTATION = None\n")
    given = Scribe(file)
    given.judge.bad = {"relu: special"}
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, "ascii", write_through=True), width=80)
    given.teacher._screen = Screen(console, file.name, waits=True)
    given.teacher.begin()
    assert given.teacher.judged() == 1
    given.teacher.reveal()
    given.teacher._screen.listed(COURSE, given.teacher.progress, lambda _: "")
    said = raw.getvalue().decode("ascii")
    assert "x relu: special numbers, in float64: fails" in said
    assert "/ relu" in said
    assert "o sigmoid" in said
