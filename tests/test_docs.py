"""The tables of the docs are the data that they are said to be."""

import json
import os
import re
from importlib import resources
from pathlib import Path

import pytest

from conformance.report.campaign import table
from conformance.run import Run

DOCS = Path(__file__).parent.parent / "docs"
FUNCTIONS = ("exp", "tanh", "log", "log1p", "expm1", "sigmoid", "sqrt")


def calibration_table():
    text = resources.files("conformance").joinpath("data/calibration.json").read_text("utf-8")
    data = json.loads(text)
    rows = [f"| | {' | '.join(FUNCTIONS)} |", "|---|" + "--:|" * len(FUNCTIONS)]
    for dtype, used in data["used"].items():
        for provider in ("numpy", "scipy", "torch"):
            worst = {
                name: max(
                    (
                        row["worst_ulp"]
                        for row in data["measured"]
                        if (row["provider"], row["dtype"], row["function"])
                        == (provider, dtype, name)
                    ),
                    default=None,
                )
                for name in FUNCTIONS
            }
            cells = ["" if worst[name] is None else f"{worst[name]:.2f}" for name in FUNCTIONS]
            rows.append(f"| {provider}, {dtype} | {' | '.join(cells)} |")
        rows.append(f"| **K, {dtype}** | {' | '.join(f'{used[name]:g}' for name in FUNCTIONS)} |")
    return "\n".join(rows)


def campaign_table():
    data = json.loads((DOCS / "campaign.json").read_text("utf-8"))
    return table(data["operations"], seed=data["seed"])


@pytest.mark.parametrize(
    "name, made", [("calibration", calibration_table), ("campaign", campaign_table)]
)
def test_a_table_of_the_numerics_page_is_its_data(name, made):
    page = DOCS / "numerics.md"
    text = page.read_text("utf-8")
    before, _, rest = text.partition(f"<!-- {name} begins -->\n")
    shown, _, after = rest.partition(f"<!-- {name} ends -->")
    if os.environ.get("CONFORMANCE_APPROVE"):
        shown = made() + "\n"
        page.write_text(
            f"{before}<!-- {name} begins -->\n{shown}<!-- {name} ends -->{after}", "utf-8"
        )
    assert shown.strip() == made()


def test_the_campaign_found_no_alarm_and_no_ratio_over_one():
    data = json.loads((DOCS / "campaign.json").read_text("utf-8"))
    assert sum(one["cases"] for one in data["operations"].values()) >= 200_000
    for one in data["operations"].values():
        assert one["alarms"] == []
        assert max([*one["worst_ratio"].values(), one["torch_worst_ratio"]]) < 1


def test_the_contract_page_names_every_function_and_gradient():
    text = (DOCS / "contract.md").read_text("utf-8")
    rows = [row for row in text.splitlines() if row.startswith("| `")]
    named = {name: row for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    known = {check.operation.name: check.operation for check in Run().checks.values()}
    operations = {name: one for name, one in known.items() if one.network is None}
    assert set(named) == set(operations)
    assert [name for name in known if f"`{name}`" not in text] == []
    for name, operation in operations.items():
        cells = named[name].split("|")
        assert [cell for cell in cells[4].strip().split(", ") if cell] == list(operation.gradients)
        for one in operation.inputs:
            assert one.name in cells[2]
