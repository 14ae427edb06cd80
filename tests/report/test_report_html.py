"""The HTML report: one valid page, whole, safe, and the same each time."""

import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from invented_failures import (
    EVIL,
    SAID,
    TURNED,
    hostile,
    many,
    told,
)
from invented_record import faulty, sound, whole
from reading_pages import MATHML, found, only, strictly, words

from conformance.record import file as record
from conformance.report.html import stories
from conformance.report.html.anchors import OWN
from conformance.report.html.document import html
from conformance.report.views import FORMATS

ROOT = Path(__file__).parents[2]
RUNS = {
    "told": told(),
    "faulty": faulty(),
    "sound": sound(),
    "hostile": hostile(),
    "empty": whole([]),
    "many": many(20),
}


@pytest.fixture(scope="module", params=RUNS)
def page(request):
    return html(RUNS[request.param])


@pytest.fixture(scope="module")
def tree():
    return strictly(html(told()))


def test_it_is_a_format():
    assert FORMATS["html"].file == "report.html"
    assert FORMATS["html"].render is html


def test_the_syntax_is_html(page):
    strictly(page)


def test_ids_are_unique_and_every_link_leads_somewhere(page):
    tree = strictly(page)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in tree.iter():
        target = element.get("href") or ""
        assert not target or target.removeprefix("#") in ids, target
        for name in (element.get("aria-labelledby") or "").split():
            assert name in ids


def test_no_name_takes_an_address_of_the_page_itself(page):
    own = {e.get("id") for e in strictly(page).iter() if e.tag in {"h2", "main"}}
    assert own - {None} <= OWN


def test_nothing_is_fetched(page):
    tree = strictly(page)
    assert not {"link", "img", "iframe", "object", "embed"} & {e.tag for e in tree.iter()}
    for element in tree.iter():
        assert not element.get("src")
        assert (element.get("href") or "#").startswith("#")
    assert "@import" not in page
    assert re.findall(r"url\((?!#)", page) == []


def test_headings_go_down_one_step_at_a_time(page):
    levels = [int(e.tag[1]) for e in strictly(page).iter() if re.fullmatch("h[1-6]", str(e.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_landmarks_language_and_a_way_past_the_head(page):
    tree = strictly(page)
    assert tree.get("lang") == "en"
    for tag in ("main", "nav"):
        only(tree, tag)
    assert only(tree, "a", class_="skip").get("href") == "#main"
    assert words(only(tree, "title"))


def test_tables_have_captions_and_heads_with_a_scope(page):
    for table in strictly(page).iter("table"):
        assert words(table.find("caption"))
        heads = list(table.iter("th"))
        assert heads
        assert all(head.get("scope") in {"col", "row", "rowgroup"} for head in heads)


def test_plots_are_told_in_words_and_as_a_table(page):
    for figure in found(strictly(page).find("body"), "figure", class_="card"):
        (drawing,) = (e for e in figure.iter() if e.get("role") == "img")
        assert len(drawing.get("aria-label")) > 40
        assert words(only(figure, "table"))


@pytest.mark.parametrize("name", RUNS)
def test_the_same_run_gives_the_same_bytes(name):
    assert html(RUNS[name]) == html(RUNS[name])


def test_another_process_gives_the_same_bytes_too(tmp_path):
    run = replace(told(), location=str(tmp_path))
    lines = [*run.checks, *run.claims, *run.not_selected]
    record.write(tmp_path / "record.jsonl", run.header, lines, run.footer)
    command = [sys.executable, "-m", "conformance", "render", str(tmp_path), "--format", "html"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.decode("utf-8").replace("\r\n", "\n") == html(
        replace(run, location=str(tmp_path))
    )


def test_the_verdict_stands_at_the_top(tree):
    assert words(only(tree, "h1")) == "Conformance of my_ops.py"
    assert "does not conform: 2 operations fail" in words(only(tree, "p", class_="verdict"))
    settings = words(only(tree, "dl"))
    assert "seed 0" in settings
    assert "torch 2.13.0+cpu" in settings


def test_the_checks_are_counted_at_a_glance(tree):
    first, second = found(tree, "div", class_="tally")
    tally = told().footer["checks"]
    assert f"✗ {tally['fails']} fail" in words(first)
    assert "≈ 2 other conventions" in words(first)
    assert words(second).startswith("6 claims of the document ✓ 1 holds ◐ 1 under a condition")


def test_claims_are_told_with_their_truth_tables(tree):
    claim = only(tree, "article", id="3.2/output-delta")
    tables = list(claim.iter("table"))
    assert [words(table.find("caption")).partition(":")[0] for table in tables] == [
        "δ is ∂L/∂a",
        "δ is ∂L/∂z",
    ]
    rows = [[words(cell) for cell in row] for row in tables[1].iter("tr")]
    assert rows[0] == ["condition", "identity", "sigmoid", "softmax"]
    assert rows[2] == ["BCE", "✗ not", "✓ holds", "✗ not"]


def test_every_not_leads_to_its_counterexample(tree):
    claim = only(tree, "article", id="4.1/sigmoid-derivative")
    assert list(claim.iter("table")) == []  # one reading makes no table
    claim = only(tree, "article", id="3.2/hidden-delta")
    (link,) = (link for link in claim.iter("a") if words(link) == "✗ not")
    example = only(claim, "li", id=link.get("href")[1:])
    assert words(example).startswith("∂L/∂a z = [2.0]: expected")


def test_the_matrix_says_each_check_by_sign_and_word(tree):
    (row,) = (r for r in tree.iter("tr") if r.get("data-name") == "conv2d")
    cells = [words(cell) for cell in row]
    assert cells[2:7] == ["✗fails", "✗2/6fails 2 of 6", "✓conforms", "not owed", "✓conforms"]
    assert cells[9] == "not owed"
    assert cells[-2:] == ["∞", "0.75"]


def test_a_failing_cell_leads_to_its_story(tree):
    (row,) = (r for r in tree.iter("tr") if r.get("data-name") == "conv2d")
    target = row[2].find("a").get("href")
    story = only(tree, "article", id=target[1:])
    assert "conv2d" in words(next(story.iter("h3")))


def test_a_formula_is_mathml_with_no_latex_left(tree):
    formulas = list(tree.iter(f"{MATHML}math"))
    assert formulas
    assert not any("\\" in words(one) for one in formulas)


def test_without_latex_the_formula_is_its_text(tree):
    claim = only(tree, "article", id="4.1/sigmoid-derivative")
    assert words(only(claim, "span", class_="text-formula")) == "σ′ = z (1 − z)"


def test_remarks_are_told(tree):
    body = words(tree)
    for heading in ("Other conventions", "Defects of torch", "Not provided", "Not run"):
        assert heading in body
    assert "torch is off by 2 ulp" in body
    assert "2 not reached: flatten (2)" in body


def test_foreign_text_is_text_and_nothing_else():
    page = html(hostile())
    tree = strictly(page)
    assert len(list(tree.iter("script"))) == 1
    assert SAID not in page
    assert SAID in words(tree)
    assert "{{ 7 * 7 }}" in words(tree)
    for letter in (TURNED[0], "\x00", "\x1b", "\ufffe"):
        assert letter not in page
    assert "\\u202ecod" in page


def test_ten_megabytes_of_a_message_do_not_reach_the_page():
    page = html(hostile("x" * 10_000_000 + EVIL))
    assert len(page) < 500_000
    assert "(cut; the record has all of it)" in page


def test_twenty_failures_fit_into_a_megabyte():
    page = html(many(20))
    assert len(stories.failures(many(20))["stories"]) >= 20
    assert len(page.encode()) < 1_000_000


def test_the_other_failures_are_named():
    run = many(stories.STORIES + 3)
    said = words(strictly(html(run)))
    assert "And 3 more" in said
    assert len(found(strictly(html(run)), "article", class_="story")) == stories.STORIES


def test_a_run_without_rounding_errors_has_no_plots():
    bare = [{**c, "errors": None, "worst_ratio": None, "torch_worst_ratio": None}
            for c in sound().checks]  # fmt: skip
    page = html(replace(sound(), checks=tuple(bare)))
    assert 'id="errors"' not in page


def test_the_plots_take_their_colours_from_the_style_sheet():
    drawings = re.findall(r'<svg .*?class="plot".*?</svg>', html(told()), re.DOTALL)
    assert len(drawings) == 2
    for drawing in drawings:
        ET.fromstring(drawing)  # noqa: S314 - of our own making
        assert re.findall(r"#[0-9a-f]{6}", drawing) == []
        assert "date" not in drawing.lower()
