"""Make what the pages of docs/ show anew: their data, the tables made of it, and what runs print.

    python docs/figures.py              everything; the data take some hours
    python docs/figures.py tables       the tables alone, out of the data that are there
    python docs/figures.py mistakes     these data, and then the tables

`tox -e figures` does it in an environment of its own.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path[:0] = [
    str(ROOT / folder) for folder in (".", "docs", "tests", "tests/proof", "benchmarks")
]

import contract_table  # noqa: E402 - found beside this file
import diagnosing  # noqa: E402
import peers_tables  # noqa: E402
import performance_table  # noqa: E402
import protocol_exchange  # noqa: E402
import record_table  # noqa: E402
from mutation.table import markdown  # noqa: E402

from conformance.report import frameworks_table  # noqa: E402
from conformance.tools.proof import tables  # noqa: E402

CALIBRATION = ROOT / "conformance/bounds/calibration.json"
_FUNCTIONS = ("exp", "tanh", "log", "log1p", "expm1", "sigmoid", "sqrt")

# The commands that measure, by the data that they write.
COMMANDS = {
    "calibration": "benchmarks/calibration.py",
    "mistakes": "-m conformance mistakes",
    "sensitivity": "-m conformance sensitivity",
    "counterexamples": "-m conformance counterexamples",
    "campaign": "-m conformance campaign --cases 2000000",
    "diagnoses": "tests/proof/diagnosing.py",
    "mutants": "tests/proof/mutation/run.py",
    "peers": "benchmarks/peers.py",
    "isolation": "benchmarks/isolation.py",
    "performance": "benchmarks/performance.py",
}
# The tests of pages that show what a run prints; where CONFORMANCE_APPROVE is set they write it.
PAGES = (
    "tests/repository/test_pages.py",
    "tests/repository/test_lesson_notebook.py",
    "tests/report/test_report_story.py",
    "tests/record/test_record.py",
)


def data(name: str) -> Any:
    """Return the data of this name."""
    return json.loads(_file(name).read_text("utf-8"))


def _file(name: str) -> Path:
    return CALIBRATION if name == "calibration" else DOCS / f"{name}.json"


def _calibration() -> str:
    found = data("calibration")
    rows = [f"| | {' | '.join(_FUNCTIONS)} |", "|---|" + "--:|" * len(_FUNCTIONS)]
    for dtype, used in found["used"].items():
        for provider in ("numpy", "scipy", "torch"):
            measured = [
                row
                for row in found["measured"]
                if (row["provider"], row["dtype"]) == (provider, dtype)
            ]
            cells = [_worst(measured, function) for function in _FUNCTIONS]
            rows.append(f"| {provider}, {dtype} | {' | '.join(cells)} |")
        rows.append(f"| **K, {dtype}** | {' | '.join(f'{used[name]:g}' for name in _FUNCTIONS)} |")
    return "\n".join(rows)


def _worst(measured: list[Any], function: str) -> str:
    ulps = [row["worst_ulp"] for row in measured if row["function"] == function]
    return f"{max(ulps):.2f}" if ulps else ""


def _campaign() -> str:
    found = data("campaign")
    return tables.campaign_table(found["operations"], seed=found["seed"])


def _costs() -> str:
    found = data("isolation")
    ratios = sorted(found["operations"].values())
    return (
        f"Over all checks a run took {found['all']:.1f} × as long as without isolation. "
        f"For half of the operations the factor is at most {median(ratios):.1f}, "
        f"and for none over {ratios[-1]:.1f}."
    )


# What stands between the markers "NAME begins" and "NAME ends" of a page.
TABLES: dict[tuple[str, str], Callable[[], str]] = {
    ("contract", "functions"): contract_table.functions,
    ("frameworks", "overview"): lambda: frameworks_table.overview(data("frameworks")),
    ("frameworks", "core"): lambda: frameworks_table.core(data("frameworks")),
    ("frameworks", "accuracies"): lambda: frameworks_table.accuracies(data("frameworks")),
    ("frameworks", "partly"): lambda: frameworks_table.partly(data("frameworks")),
    ("frameworks", "habits"): lambda: frameworks_table.habits(data("frameworks")),
    ("isolation", "costs"): _costs,
    ("numerics", "calibration"): _calibration,
    ("numerics", "sensitivity"): lambda: tables.sensitivity_table(data("sensitivity")["checks"]),
    ("numerics", "campaign"): _campaign,
    ("performance", "performance"): lambda: performance_table.operations(data("performance")),
    ("performance", "starts"): lambda: performance_table.starts(data("performance")),
    ("proof", "mistakes"): lambda: tables.score_table(data("mistakes")),
    ("proof", "counterexamples"): lambda: tables.example_table(data("counterexamples")["mistakes"]),
    ("proof", "diagnoses"): lambda: diagnosing.table(data("diagnoses")),
    ("proof", "mutants"): lambda: markdown(data("mutants")),
    ("proof", "operations"): contract_table.counts,
    ("proof", "found"): lambda: peers_tables.found_table(data("peers")),
    ("proof", "alarms"): lambda: peers_tables.alarms_table(data("peers")),
    ("protocol", "exchange"): protocol_exchange.exchange,
    ("record", "fields"): record_table.tables,
}


def shown(page: str, name: str) -> str:
    """Return what a page shows under this name."""
    return _between(name).search((DOCS / f"{page}.md").read_text("utf-8")).group(2)


def _between(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {name} begins -->\s*)(.*?)(\s*<!-- {name} ends -->)", re.DOTALL)


def write_tables() -> None:
    """Write every table into its page."""
    for (page, name), table in TABLES.items():
        path, made = DOCS / f"{page}.md", table()
        text = path.read_text("utf-8")
        new = _between(name).sub(lambda found, made=made: found[1] + made + found[3], text)
        path.write_text(new, "utf-8", newline="\n")
    _run("docs/commands_page.py")


def measure(name: str) -> None:
    """Write the data of this name."""
    print(f"{name}: python {COMMANDS[name]}", flush=True)  # noqa: T201 - it may take hours
    _run(*COMMANDS[name].split(), "--output", str(_file(name)))


def _run(*arguments: str, **environment: str) -> None:
    """Run Python in the repository."""
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    settings = {**os.environ, "PYTHONPATH": paths, **environment}
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, env=settings)


def main() -> None:
    """Do what is asked for on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "what", nargs="*", metavar="WHAT", choices=["tables", *COMMANDS, []], help="all by default"
    )
    what = parser.parse_args().what
    for name in COMMANDS:
        if name in what or not what:
            measure(name)
    write_tables()
    if not what:
        _run("-m", "pytest", "-q", *PAGES, CONFORMANCE_APPROVE="1")


if __name__ == "__main__":
    main()
