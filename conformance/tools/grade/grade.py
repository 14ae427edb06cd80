"""Grade many submissions, each by a run of its own, so that none disturbs another."""

import itertools
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from conformance.record.file import FILE, RecordError, read
from conformance.report.grades import Grade
from conformance.run.progress_bar import Bar

_LONGEST = 300


def grades(
    submissions: Sequence[str], options: Sequence[str], report: Path, workers: int
) -> list[Grade]:
    """Judge every submission; return the grades, in the order given.

    Each has a process and a folder of its own; so many processes run at a time.
    """
    folders = _folders(submissions, report)
    with Bar("grading", "submissions") as bar, ThreadPoolExecutor(max(workers, 1)) as pool:
        bar.expect(len(submissions))
        return list(pool.map(partial(_counted, bar, options), submissions, folders))


def _folders(submissions: Sequence[str], report: Path) -> list[Path]:
    """Return a folder for each submission, named after its file; a repeated name gets a number."""
    # Some file systems do not distinguish A from a.
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
    result = _graded(options, submission, folder)
    bar.advance(failed=result.passed < result.owed or result.record is None)
    return result


def _graded(options: Sequence[str], submission: str, folder: Path) -> Grade:
    command = [sys.executable, "-m", "conformance", "run", submission, "--isolate", "-n", "0"]
    command += [*options, "--report", str(folder)]
    # Should this run write no record, an older one must not be taken for it.
    (folder / FILE).unlink(missing_ok=True)
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        command, capture_output=True, text=True, check=False
    )
    try:
        record = read(folder / FILE)
    except RecordError:
        lines = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
        return Grade(submission, None, lines[-1][:_LONGEST])
    if record.header["implementation"] != submission:
        other = record.header["implementation"]
        return Grade(submission, None, f"the record in {folder} is that of {other}")
    return Grade(submission, record)
