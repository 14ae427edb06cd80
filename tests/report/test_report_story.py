"""The document's own story: its page is what a run finds, and nothing foreign escapes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from invented_record import claims, faulty, row, whole
from markdown_it import MarkdownIt
from test_report_formats import PLAIN_TAGS, SAID, Page, hostile

from conformance.record import fields
from conformance.report.claims import story
from conformance.run.lines import judge_claim
from conformance.run.run import Run

PAGE = Path(__file__).parents[2] / "docs" / "document.md"
COMMAND = ["run", "-k", "test_claim", "--format", "story"]
# Of every kind of verdict that has a formula, and quickly tried.
FRESH = ("3.1/weighted-sum", "3.2/gradients", "3.2/gradient-descent", "4.1/sigmoid-derivative")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page that is published; CONFORMANCE_APPROVE=1 makes it anew, by the command it names."""
    if os.environ.get("CONFORMANCE_APPROVE"):
        folder = tmp_path_factory.mktemp("document")
        command = [sys.executable, "-m", "conformance", *COMMAND]
        subprocess.run(command, cwd=folder, capture_output=True, check=True)
        shutil.copyfile(folder / "conformance-report" / "document.md", PAGE)
    return PAGE.read_text("utf-8")


def reviewed():
    """The claims as they are now, with the verdicts that were reviewed, and nothing of a run."""
    run = Run()
    for claim in run.claims.values():
        expected = run.expected_claims[claim.id]
        yield fields.claim(
            id=claim.id,
            section=claim.section,
            verdict=expected.verdict,
            readings=[
                row(one.reading, one.condition, holds=one.name in expected.holds)
                for one in claim.rows
            ],
            formula=claim.text,
            source=claim.source,
            message=None if claim.formula else "the document gives no formula for it",
        )


def bare(text):
    """A page without what only a run can tell: how many cases, and counterexamples."""
    text = re.sub(r"<details>.*?</details>\n\n?", "", text, flags=re.DOTALL)
    text = re.sub(r"^✗ [^\n]*:\n\n<pre>.*?</pre>\n\n?", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"over [\d,]+ cases", "over all cases", text).rstrip()


def test_the_page_has_every_formula_and_the_reviewed_verdicts(page):
    assert bare(page) == bare(story(whole(reviewed())))


def test_the_page_says_by_which_command_it_was_made(page):
    assert f"`nn-conformance {' '.join(COMMAND)}`" in " ".join(page.split())


@pytest.mark.parametrize("name", FRESH)
def test_the_page_is_what_a_run_finds_now(page, name):
    text = story(whole([judge_claim(Run(), name)]))
    claim = text[text.index("\n### ") :].strip()
    assert f"{claim}\n" in page


def test_every_cross_of_a_table_has_its_counterexample(page):
    crosses = sum(line.count("| ✗ ") for line in page.splitlines() if line.startswith("|"))
    assert crosses > 50
    # The cell of a table of verdicts says more than the sign.
    crosses -= sum("✗ does not hold" in line for line in page.splitlines())
    single = sum(
        len(claim["readings"]) == 1 and claim["verdict"] == "does not hold" for claim in reviewed()
    )
    assert len(re.findall(r"^✗ [^\n]*:$", page, re.MULTILINE)) == crosses + single


def test_a_stale_page_is_noticed(page):
    lines = list(reviewed())
    turned = [{**line, "readings": [dict(one) for one in line["readings"]]} for line in lines]
    first = next(line for line in turned if line["id"] == "3.2/hidden-delta")
    first["readings"][0]["holds"] = True
    for changed in (turned, [{**lines[0], "formula": "another"}, *lines[1:]], lines[1:]):
        assert bare(page) != bare(story(whole(changed)))


def test_a_claim_is_told_with_its_table_and_the_case_against_it():
    text = story(faulty())
    assert "## 3.2\n\n### hidden-delta\n\n<pre>\nδ_i^l = Σ_j δ_j^{l+1} w_ji g′(z_i)\n</pre>" in text
    assert "**◐ holds when …**, over 720 cases." in text
    assert "- when δ is ∂L/∂a\\: ½Σ(a−y)², any" in text
    assert "| | δ is ∂L/∂a | δ is ∂L/∂z |\n|---|:-:|:-:|" in text
    assert "| BCE, sigmoid | ✗ | ✓ |" in text
    block = text[text.index("✗ the argument is z:") :].splitlines()
    assert block[2:5] == [
        "<pre>",
        "z                  [2.0]",
        "the truth          at (0,): 0.10499358540350662",
    ]
    assert "○ named, not specified" in text


def test_what_was_not_tried_is_named():
    left = [fields.not_selected(id=name, reason="deselected") for name in ("3.1/x", "relu/value")]
    text = story(whole([*claims(), *left]))
    assert "## Not tried" in text
    assert "- 3.1/x" in text
    assert "relu" not in text


def test_a_record_without_claims_tells_of_none():
    head = "# Which of its formulas to believe\n\nNo claim was tried. All of them are by "
    head += "`nn-conformance run -k test_claim --format story`.\n"
    assert story(whole([])) == head
    left = fields.not_selected(id="3.1/x", reason="deselected")
    assert story(whole([left])).startswith(f"{head}\n## Not tried\n\n")


def test_hostile_text_is_text_in_the_story():
    text = story(hostile())
    shown = Page(text)
    assert set(shown.tags) <= {*PLAIN_TAGS, "h1", "code", "ul", "li"}
    assert SAID in shown.text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e\ufffe]", text)


def test_the_page_renders_as_tables_blocks_and_lists(page):
    rules = MarkdownIt("commonmark", {"html": True}).enable("table")
    text = rules.render(page)
    assert text.count("<details>") == text.count("</details>")
    assert text.count("<pre>") == text.count("</pre>") > 50
    assert "<p>|" not in text
