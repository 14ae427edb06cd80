"""Many submissions, each judged by a run of its own: what happens to one touches no other."""

import os
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
    """The grade of every submission, in the order given; its record is in a folder of its own."""
    folders = _folders(submissions, report)
    task = partial(_counted, bar, options)
    bar.expect(len(submissions))
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        return list(pool.map(task, submissions, folders))


def _folders(submissions: Sequence[str], report: Path) -> list[Path]:
    """A folder for each, named after its file; numbered where files share a name."""
    taken: dict[str, int] = {}
    found = []
    for one in submissions:
        stem = Path(one).stem or "submission"
        taken[stem] = taken.get(stem, 0) + 1
        found.append(report / (stem if taken[stem] == 1 else f"{stem}-{taken[stem]}"))
    return found


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
        return Grade(submission, read(folder / "record.jsonl"))
    except RecordError:
        said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
        return Grade(submission, None, said[-1][:_LONGEST])
