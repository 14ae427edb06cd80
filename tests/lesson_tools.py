"""What the tests of lessons share: a lesson on a file, and what it says."""

from io import StringIO

from rich.console import Console

from conformance.run.run import Run
from conformance.tools.lesson import progress as states
from conformance.tools.lesson.course import course
from conformance.tools.lesson.judging import isolated
from conformance.tools.lesson.screen import Screen
from conformance.tools.lesson.teaching import Teacher

HEAD = "import numpy as np\n\n\n"
RELU = """\
def relu(x):
    return np.maximum(x, 0)


def relu_backward(grad_output, x):
    return np.where(x > 0, grad_output, 0)
"""
RUN = Run()
COURSE = course(RUN.functions)


class Noting:
    """A desk that keeps what was judged."""

    def __init__(self, desk):
        self._desk = desk
        self.lines = []
        self.steps = []

    def load(self):
        return self._desk.load()

    def judge(self, step):
        judged = self._desk.judge(step)
        self.steps.append(f"{step.operation}: {step.name}")
        self.lines.extend(judged.lines)
        return judged


class Given:
    """A lesson on a file: the teacher, the desk, and all that was said."""

    def __init__(self, file, operation="", *, waits=True, timeout=3.0, judge=None, width=80):
        self._text = StringIO()
        self.desk = Noting(judge or isolated(file, timeout))
        self.file = file
        screen = Screen(Console(file=self._text, width=width), file.name, waits=waits)
        state, _ = states.read(states.beside(file), COURSE)
        state = states.moved(state, operation or state.operation)
        self.teacher = Teacher(file, COURSE, self.desk, screen, state)

    def said(self):
        """What was said since the last time this was asked."""
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return text


def write(file, text):
    """A file that begins as the stub does."""
    file.write_text(HEAD + text, "utf-8")
