"""The tables of the docs are the data that they are said to be."""

import re
from pathlib import Path
from statistics import median

import diagnosing
import pytest
from arbiter.calls import CALLS
from arbiter.differences import STEP
from arbiter.precision import CONTEXT, MARGIN
from figures import TABLES, data, shown
from test_layering import ROOMS

from cases import OPERATIONS
from cases.mistakes import MISTAKES
from conformance.explain.diagnosis import suspects
from conformance.implementation.load import load
from conformance.judge.check import judge_check
from conformance.judge.search import Plan
from conformance.record.vocabulary import (
    MEMORY,
    PATIENCE,
    PROFILES,
    TIMEOUT,
    ClaimVerdict,
    Kind,
    Verdict,
)
from conformance.report.views import FORMATS
from conformance.run.run import Run
from conformance.tools.proof.campaign import right_implementations
from conformance.tools.proof.proof import NUMERIC

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page, name", TABLES)
def test_a_table_of_a_page_is_its_data(page, name):
    """`python docs/figures.py tables` writes them anew."""
    assert shown(page, name) == TABLES[page, name]()


def test_every_table_stands_where_it_should():
    for page in {page for page, _ in TABLES}:
        text = (DOCS / f"{page}.md").read_text("utf-8")
        names = re.findall(r"<!-- (\w+) begins -->", text)
        assert names == re.findall(r"<!-- (\w+) ends -->", text)
        assert sorted(names) == sorted(name for where, name in TABLES if where == page)


def test_the_campaign_found_no_alarm_and_no_ratio_over_one():
    operations = data("campaign")["operations"]
    judged = {name for one in operations.values() for name in one["cases"]}
    assert set(right_implementations("cases")) == judged
    assert sum(sum(one["cases"].values()) for one in operations.values()) >= 2_000_000
    for one in operations.values():
        assert one["alarms"] == []
        assert max([*one["worst_ratio"].values(), one["torch_worst_ratio"]]) < 1


def test_every_named_mistake_is_rejected_by_what_it_breaks_and_by_nothing_else():
    found = data("mistakes")
    assert (found["missed"], found["wronged"]) == ([], [])
    counted = [one.operation for one in MISTAKES]
    of_networks = {one.name for one in OPERATIONS if one.network is not None}
    known = {name: counted.count(name) for name in found["mistakes"]}
    assert found["mistakes"] == known
    assert set(known) - of_networks == set(counted)


def test_counterexamples_are_small_and_of_integers_wherever_the_mistake_shows_on_them():
    found = data("counterexamples")["mistakes"]
    assert set(found) == {one.id for one in MISTAKES}
    nonzero = [one["nonzero"] for one in found.values()]
    assert median(nonzero) <= 4
    assert max(nonzero) <= 16
    assert [name for name, one in found.items() if one["integers"] and not one["plain"]] == []


def test_failures_are_called_by_their_names_and_never_by_a_wrong_one():
    found = data("diagnoses")
    for title, known in diagnosing.groups().items():
        one = found[title]
        assert one["wrong"] == []
        assert one["failing"] == one["named"] + len(one["unnamed"])
        # Some named mistakes cannot be made of code that refuses what they accept.
        assert len(known) - 5 <= one["failing"] <= len(known)
        if title == "unknown":
            assert one["named"] == 0
        else:
            assert one["named"] >= 0.95 * one["failing"]


# Every check of these families in float32 at the k that is promised, or finer.
@pytest.mark.parametrize(
    "families, k",
    [
        (("linear", "convolution"), 20),
        (("activations", "pooling", "reshaping", "optimizer", "mlp"), 19),
        (("losses", "recurrent", "normalization"), 18),
        (("networks",), 14),
    ],
)
def test_the_sensitivity_is_what_is_promised(families, k):
    found = data("sensitivity")["checks"]
    checks = Run().checks
    measured = {name: check for name, check in checks.items() if check.kind in NUMERIC}
    assert set(found) == set(measured)
    owed = {
        name: found[name]
        for name, check in measured.items()
        if check.dtype == "float32" and check.operation.family in families
    }
    assert {name: finest for name, finest in owed.items() if finest < k} == {}


def test_the_suite_finds_what_plain_comparisons_miss_and_alarms_at_nothing_right():
    found = data("peers")
    suite, *plain = found["judges"]
    assert set(found["mistakes"]) == {one.id for one in MISTAKES}
    assert [name for name, one in found["mistakes"].items() if suite not in one["found_by"]] == []
    assert [name for name, one in found["right"].items() if one["alarms"][suite]] == []
    assert len(plain) == 2
    told = re.findall(
        r"^\| `(\w+/[\w-]+)` \|", (DOCS / "proof.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(told) == 5
    assert {name for name in told if found["mistakes"][name]["found_by"] != [suite]} == set()


def test_the_contract_page_names_every_operation():
    text = (DOCS / "contract.md").read_text("utf-8")
    assert [one.name for one in OPERATIONS if f"`{one.name}`" not in text] == []


def rows_of(page):
    """The first cell of each row of a page's tables, without its backquotes."""
    return re.findall(r"^\| `([^`]+)` \|", (DOCS / page).read_text("utf-8"), re.MULTILINE)


def test_the_tables_name_every_kind_of_check_and_every_verdict():
    assert rows_of("verdicts.md") == [*Kind, *Verdict, *ClaimVerdict]


def test_the_table_of_formats_names_every_format_and_its_file():
    page = (DOCS / "how-to/ci.md").read_text("utf-8")
    found = dict(re.findall(r"^\| `(\w+)` \| `([\w.]+)` \|", page, re.MULTILINE))
    assert found == {name: one.file for name, one in FORMATS.items()}


def test_the_profiles_draw_as_many_as_is_said():
    page = (DOCS / "how-to/judge.md").read_text("utf-8")
    assert (
        "`--profile thorough` | draws ten times as many structures; `quick` draws a quarter" in page
    )
    assert PROFILES["thorough"] == 10 * PROFILES["default"] == 40 * PROFILES["quick"]


def test_the_example_of_how_to_judge_conforms(tmp_path):
    page = (DOCS / "how-to/judge.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n# my_ops.py\n(.*?)```", page, re.DOTALL)
    (tmp_path / "my_ops.py").write_text(code, encoding="utf-8")
    contender = load(str(tmp_path / "my_ops.py"))
    checks = [check for check in Run().checks.values() if check.operation.name == "relu"]
    verdicts = {judge_check(check, contender, Plan(examples=10)).verdict for check in checks}
    # Its slope at NaN is another valid one than torch's; it checks no input, and relu needs none.
    assert verdicts == {"conforms", "convention"}


def words_of(page):
    return " ".join((DOCS / page).read_text("utf-8").split())


def test_the_numbers_of_the_arbiters_section_are_its_own():
    proof = words_of("proof.md")
    assert f"numbers of {CONTEXT.dps} digits" in proof
    assert f"points within {MARGIN} of a kink" in proof
    assert float(STEP) == 2.0**-50
    assert f"The arbiter judges {len(CALLS)} small cases in float64" in proof


def test_the_numbers_of_diagnoses_are_those_in_use():
    assert len(MISTAKES) > 500
    assert suspects._AGREEMENT == 0.75
    for page in ("verdicts.md", "proof.md"):
        assert "at least three quarters" in words_of(page)
    assert "more than 500 named mistakes" in words_of("verdicts.md")


def test_the_limits_of_a_call_are_those_in_use():
    page = words_of("how-to/isolate.md")
    assert f"the processor time of one call, in seconds ({TIMEOUT:g} by default)" in page
    assert f"MiB that calls may take ({MEMORY} by default)" in page
    assert PATIENCE == 10
    assert "By the clock a call may take ten times as long" in page
    assert f"`--timeout` seconds ({TIMEOUT:g}) of processor time" in words_of("isolation.md")
    assert "ten times as long as the first" in words_of("isolation.md")
    assert f"within {PATIENCE * TIMEOUT:g} s" in words_of("isolation.md")
    assert f"`--memory` MiB ({MEMORY})" in words_of("isolation.md")


def test_the_table_of_rooms_is_what_may_be_imported():
    page = (DOCS / "architecture.md").read_text("utf-8")
    found = re.findall(r"^\| `(\w+)/` \|[^|]*\| ([^|]*) \| `conformance", page, re.MULTILINE)
    rooms = [name for name in ROOMS if (DOCS.parent / "conformance" / name).is_dir()]
    assert [name for name, _ in found] == [name for name in rooms if name != "adapters"]
    for name, words in found:
        assert tuple(words.replace("–", "").split(", ")) == (ROOMS[name] or ("",))
