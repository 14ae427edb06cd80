"""Every mutant of the reference before the suite: python tests/proof/mutation/run.py [FILE ...].

Ends with 1 where a mutant survives that survivors.toml does not explain, and where it explains
one that does not survive.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[n]) for n in (1, 2, 3)]

from conformance.run.machine import limit_threads  # noqa: E402 - before NumPy is imported

limit_threads()

import typer  # noqa: E402
from mutation import table  # noqa: E402
from mutation.judging import ROUNDS, judged  # noqa: E402
from mutation.statements import REFERENCE, reviewed  # noqa: E402


def main():
    """Judge files, or all; compare what survives with what is explained."""
    given = _arguments()
    files = given.files or [
        path.name for path in sorted(REFERENCE.glob("*.py")) if path.name != "__init__.py"
    ]
    began = time.process_time()
    fates = judged(files, ROUNDS[: given.rounds], typer.echo)
    if given.log:
        lines = [json.dumps({**vars(site), "fate": fate}) for site, fate in fates]
        Path(given.log).write_text("\n".join([*lines, ""]), "utf-8")
    explained = {site for site in reviewed() if site.file in files}
    survivors = {site for site, fate in fates if not fate}
    rows = {
        file: table.counts([pair for pair in fates if pair[0].file == file], explained)
        for file in files
    }
    if given.output:
        table.write(Path(given.output), rows)
    typer.echo(table.markdown({"files": rows, "total": table.total(rows)}))
    typer.echo(f"{time.process_time() - began + sum(os.times()[2:4]):.0f} s of CPU time")
    for word, sites in (
        ("survives, not explained", survivors - explained),
        ("explained, does not survive", explained - survivors),
    ):
        for site in sorted(sites):
            typer.echo(f"\n{word}: {site.file}, {site.function}\n{site.was}\n{site.becomes}")
    return 1 if survivors != explained else 0


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help="linear.py, say; all by default")
    parser.add_argument("--rounds", type=int, default=len(ROUNDS), help="fewer, to be quick")
    parser.add_argument("--log", help="write a line for each mutant, with its fate")
    parser.add_argument("--output", help="write the counts, by file: docs/mutants.json")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
