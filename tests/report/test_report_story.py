"""The document's own story: its page is what a run finds, and nothing foreign escapes."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from invented_record import claims, faulty, row, whole
from markdown_it import MarkdownIt
from test_report_formats import PLAIN_TAGS, SAID, Page, hostile

from conformance.record import fields
from conformance.report.claims import story
from conformance.report.language import spoken
from conformance.run.lines import header, judge_claim
from conformance.run.run import Run

PAGE = Path(__file__).parents[2] / "docs" / "document.md"
CHINESE = PAGE.with_name("document.zh.md")
COMMAND = ["claims", "--format", "story"]
# Of every kind of verdict that has a formula, and quickly tried.
FRESH = ("3.1/weighted-sum", "3.2/gradients", "3.2/gradient-descent", "4.1/sigmoid-derivative")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page that is published; CONFORMANCE_APPROVE=1 makes it anew, by the command it names."""
    if os.environ.get("CONFORMANCE_APPROVE"):
        folder = tmp_path_factory.mktemp("document")
        command = [sys.executable, "-m", "conformance"]
        subprocess.run([*command, *COMMAND], cwd=folder, capture_output=True, check=True)
        shutil.copyfile(folder / "conformance-report" / "document.md", PAGE)
        again = ["render", "conformance-report", "--format", "story", "--language", "zh"]
        done = subprocess.run([*command, *again], cwd=folder, capture_output=True, check=True)
        CHINESE.write_bytes(done.stdout)
    return PAGE.read_text("utf-8")


def reviewed():
    """The claims as they are now, with the verdicts that were reviewed, and nothing of a run."""
    run = Run()
    for claim in run.claims.values():
        expected = run.expected_claims[claim.id]
        is_run = claim.formula is not None and not claim.needs
        verdict = "not testable" if claim.needs else expected.verdict
        yield fields.claim(
            id=claim.id,
            section=run.section(claim),
            verdict=verdict,
            readings=[
                row(one.reading, one.condition, holds=one.name in expected.holds)
                for one in claim.rows
                if is_run
            ],
            statement=claim.statement,
            formula=claim.text or None,
            source=claim.truth or None,
            message=judge_claim(run, claim.id)["message"] if not is_run else None,
        )


def bare(text):
    """A page without what only a run can tell: how many cases, and counterexamples."""
    text = re.sub(r"<details>.*?</details>\n\n?", "", text, flags=re.DOTALL)
    text = re.sub(
        r"^✗ [^\n]*[:：]\n\n<pre>.*?</pre>\n\n?", "", text, flags=re.DOTALL | re.MULTILINE
    )
    return re.sub(r"over [\d,]+ cases|共 [\d,]+ 个用例", "over all cases", text).rstrip()


def recorded(lines):
    """A record of these lines, of the document that there is."""
    return replace(whole(lines), header=header(Run(), datetime.now(UTC)))


def test_the_page_has_every_formula_and_the_reviewed_verdicts(page):
    assert bare(page) == bare(story(recorded(reviewed())))


def test_the_chinese_page_says_the_same(page):
    with spoken("zh"):
        text = story(recorded(reviewed()))
    chinese = CHINESE.read_text("utf-8")
    assert bare(chinese) == bare(text)
    # What is no word is the same: verdicts' signs, formulas, numbers of cases, counterexamples.
    signs = re.compile(r"[✓◐✗○]|<pre>|\d+\.\d+")
    assert signs.findall(chinese) == signs.findall(page)


def test_the_page_says_by_which_command_it_was_made(page):
    assert f"`nn-conformance {' '.join(COMMAND)}`" in " ".join(page.split())


@pytest.mark.parametrize("name", FRESH)
def test_the_page_is_what_a_run_finds_now(page, name):
    text = story(recorded([judge_claim(Run(), name)]))
    claim = text[text.index("\n### ") :].strip()
    assert f"{claim}\n" in page


def test_every_cross_of_a_table_has_its_counterexample(page):
    # A cell of the table of verdicts says more than the sign.
    crosses = len(re.findall(r"(?<=\| )✗(?= \|)", page))
    assert crosses > 50
    single = sum(
        len(claim["readings"]) == 1 and claim["verdict"] == "does not hold" for claim in reviewed()
    )
    assert len(re.findall(r"^✗ [^\n]*:$", page, re.MULTILINE)) == crosses + single


def test_a_stale_page_is_noticed(page):
    lines = list(reviewed())
    turned = [{**line, "readings": [dict(one) for one in line["readings"]]} for line in lines]
    first = next(line for line in turned if line["id"] == "3.2/hidden-delta")
    first["readings"][0]["holds"] = True
    other = [{**line, "formula": "another"} if line is first else line for line in turned]
    for changed in (turned, other, lines[1:]):
        assert bare(page) != bare(story(recorded(changed)))


def test_a_claim_is_told_with_its_table_and_the_case_against_it():
    text = story(faulty())
    assert "## Section 3.2 · 反向传播算法\n\n### 3.2/output-delta\n\nIn the last" in text
    assert "<pre>\nδ_i^l = Σ_j δ_j^{l+1} w_ji g′(z_i)\n</pre>" in text
    assert "**◐ holds only when ½Σ(a−y)²**, over 720 cases." in text
    assert "- as the document means it: δ is ∂L/∂a\n- read as δ is ∂L/∂z\\: holds" in text
    assert "holds only when ½Σ(a−y)², identity; or BCE, sigmoid; or CE, softmax" in text
    assert "*神经网络* (Neural networks), by 佚名, in Chinese." in text
    assert "- Deep learning is used in medicine. *it is a list of uses*" in text
    assert (
        "[3.2/output-delta](#32output-delta) | ◐ δ is ∂L/∂a\\: holds only when ½Σ(a−y)²; δ is"
        in text
    )
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
    head = "# Which of its formulas to believe\n\n"
    head += "*神经网络* (Neural networks), by 佚名, in Chinese.\n\n"
    head += "No claim was tried. All of them are by "
    head += "`nn-conformance claims --format story`.\n"
    assert story(whole([])) == head
    left = fields.not_selected(id="3.1/x", reason="deselected")
    assert story(whole([left])).startswith(f"{head}\n## Not tried\n\n")


def test_hostile_text_is_text_in_the_story():
    text = story(hostile())
    shown = Page(text)
    assert set(shown.tags) <= {*PLAIN_TAGS, "h1", "code", "ul", "li", "em", "a"}
    # A claim's id makes the address, with nothing in it but letters.
    targets = re.findall(r"\]\(([^)]*)\)", text)
    assert targets
    assert all(re.fullmatch(r"#[\w-]*", target) for target in targets)
    assert SAID in shown.text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e\ufffe]", text)


def test_the_page_renders_as_tables_blocks_and_lists(page):
    rules = MarkdownIt("commonmark", {"html": True}).enable("table")
    text = rules.render(page)
    assert text.count("<details>") == text.count("</details>")
    assert text.count("<pre>") == text.count("</pre>") > 50
    assert "<p>|" not in text
