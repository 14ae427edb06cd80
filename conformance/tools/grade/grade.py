"""Many submissions, each judged by a run of its own: what happens to one touches no other."""

import itertools
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from conformance.record.file import RecordError, read
from conformance.report.grades import Grade
from conformance.run.progress_bar import Bar

_LONGEST = 300


def grade(
    submissions: Sequence[str], options: Sequence[str], report: Path, workers: int, bar: Bar
) -> list[Grade]:
    """Return the grade of every submission, in the order given.

    Each is judged in a process of its own, so many at a time; its record is in a folder of its own.
    """
    folders = _folders(submissions, report)
    task = partial(_counted, bar, options)
    bar.expect(len(submissions))
    with ThreadPoolExecutor(max(workers, 1)) as pool:
        return list(pool.map(task, submissions, folders))


def _folders(submissions: Sequence[str], report: Path) -> list[Path]:
    """Return a folder for each, named after its file; numbered where that name is taken."""
    # Some file systems take A and a for one.
    taken: set[str] = set()
    folders = []
    for submission in submissions:
        stem = Path(submission).stem or "submission"
        names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
        name = next(name for name in names if name.casefold() not in taken)
        taken.add(name.casefold())
        folders.append(report / name)
    return folders


def _counted(bar: Bar, options: Sequence[str], submission: str, folder: Path) -> Grade:
    found = _graded(options, submission, folder)
    bar.advance(failed=found.passed < found.owed or found.record is None)
    return found


def _graded(options: Sequence[str], submission: str, folder: Path) -> Grade:
    command = [sys.executable, "-m", "conformance", "run", submission, "--isolate", "-n", "0"]
    command += [*options, "--report", str(folder)]
    # An older run's record is no grade.
    (folder / "record.jsonl").unlink(missing_ok=True)
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        command, capture_output=True, text=True, check=False
    )
    try:
        record = read(folder / "record.jsonl")
    except RecordError:
        said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
        return Grade(submission, None, said[-1][:_LONGEST])
    if record.header["implementation"] != submission:
        whose = record.header["implementation"]
        return Grade(submission, None, f"the record in {folder} is that of {whose}")
    return Grade(submission, record)
