"""How long a student waits: from saving a wrong file to seeing what is wrong, in a warm lesson.

python benchmarks/lesson.py
"""

import tempfile
import time
from io import StringIO
from pathlib import Path
from statistics import median

from conformance.run.machine import limit_threads
from conformance.run.run import Run

limit_threads()

from rich.console import Console  # noqa: E402 - after the threads

from conformance.tools.lesson.course import course  # noqa: E402
from conformance.tools.lesson.judging import isolated  # noqa: E402
from conformance.tools.lesson.lesson import PERIOD, Watch  # noqa: E402
from conformance.tools.lesson.progress import Progress  # noqa: E402
from conformance.tools.lesson.screen import Screen  # noqa: E402
from conformance.tools.lesson.teaching import Teacher  # noqa: E402

ROUNDS = 5
# Wrong by a factor, in a file that has nothing to import but NumPy and the reference.
FILE = """\
import reference_impl


def {name}(*inputs, **parameters):
    result = reference_impl.{name}(*inputs, **parameters)
    return tuple(1.5 * one for one in result) if isinstance(result, tuple) else 1.5 * result
"""
OPERATIONS = ("relu", "linear", "softmax", "cross_entropy", "layer_norm", "conv2d", "lstm")


def main() -> None:
    """Print the seconds for each operation; the first judgement of each is not counted."""
    run = Run()
    lessons = course(run.functions)
    print("| operation | median, s | slowest, s |")
    print("|---|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "my_ops.py"
        for name in OPERATIONS:
            file.write_text(FILE.format(name=name), encoding="utf-8")
            screen = Screen(Console(file=StringIO(), width=80), file.name, waits=True)
            teacher = Teacher(file, lessons, isolated(file, 3.0), screen, Progress(name))
            waits = [waited(teacher, Watch(file), number) for number in range(ROUNDS + 1)][1:]
            print(f"| {name} | {median(waits):.2f} | {max(waits):.2f} |")


def waited(teacher: Teacher, watch: Watch, number: int) -> float:
    """From a save to the end of what is said of it; with the longest wait for the next look."""
    with teacher.file.open("a", encoding="utf-8") as stream:
        stream.write(f"# {number}\n")
    began = time.perf_counter()
    assert watch.differs(teacher.seen)
    assert teacher.saved() == 1
    return time.perf_counter() - began + PERIOD


if __name__ == "__main__":
    main()
