"""What the HTML report tells of a failure: its case, its sum, and what it behaves like."""

import subprocess
import sys
from pathlib import Path

import pytest
from invented_failures import FINDING, HINT, SENTENCE, told
from invented_record import faulty
from reading_pages import MATHML, found, only, story_of, strictly, words

from conformance.report.html.document import html

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tree():
    return strictly(html(told()))


def test_a_story_says_what_it_behaves_like_and_how_to_repeat_it(tree):
    said = words(story_of(tree, "conv2d"))
    assert f"Behaves like: {SENTENCE}" in said
    assert f"Hint: {HINT}" in said
    assert FINDING in said
    assert "nn-conformance replay 'conv2d/value[float32]'" in said
    assert "called with stride = (1, 2), padding = 0" in said
    assert "in memory x transposed" in said
    assert "weight contiguous" not in said
    assert "The error is 1. Sound code errs by 1e-05 here at most" in said


def test_a_story_has_an_address_made_of_its_check(tree):
    assert only(tree, "article", id="failure/conv2d/value") is story_of(tree, "conv2d")


def test_a_story_boxes_what_goes_into_its_element(tree):
    story = story_of(tree, "conv2d")
    assert [words(cell) for cell in found(story, "td", class_="used")] == [
        *("2 goes in", "3 goes in"),
        *("4 goes in", "5 goes in"),
        "1 goes in",
    ]


def test_a_story_marks_what_differs_by_more_than_its_bound(tree):
    story = story_of(tree, "conv2d")
    assert found(story, "td", class_="differs") == []
    worst = [words(cell) for cell in found(story, "td", class_="worst")]
    assert worst == ["24≠ differs, the worst", "23≠ differs, the worst"]


def test_a_story_writes_its_sum_out(tree):
    equations = [words(one) for one in found(story_of(tree, "conv2d"), "p", class_="equation")]
    assert equations == [
        "24 = x[0, 0, 1, 1]·weight[0, 0, 0, 0] + x[0, 0, 1, 2]·weight[0, 0, 0, 1] + bias[0]",
        "24 = 2·4 + 3·5 + 1, but 23 came",
    ]


def test_a_story_without_terms_and_diagnosis_reads_well():
    said = words(story_of(strictly(html(faulty())), "conv2d"))
    assert "element (0, 0, 0, 0) of the result is 0.100000001, the truth 1" in said
    for absent in ("Behaves like", "Boxed", "The sum behind", "None", "Undefined"):
        assert absent not in said


@pytest.fixture(scope="module")
def flipped(tmp_path_factory):
    """The page of a real run, of a first conv2d whose kernel is flipped."""
    folder = tmp_path_factory.mktemp("run")
    command = [sys.executable, "-m", "conformance", "run", "docs/examples/flipped.py", "-n", "0"]
    settings = ["--profile", "quick", "--format", "html", "--report", str(folder)]
    done = subprocess.run(
        [*command, *settings, "-k", "conv2d/value or conv2d/dtype or 3.2/hidden"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return strictly((folder / "report.html").read_text("utf-8"))


def test_a_real_run_tells_the_mistake_and_the_sum(flipped):
    story = story_of(flipped, "conv2d")
    said = words(story)
    assert "Behaves like: the kernel is flipped" in said
    assert "x[0, 0, 0, 1]·weight[0, 0, 0, 1]" in said
    assert found(story, "td", class_="used")
    assert found(story, "td", class_="worst")
    assert "Not run" in words(flipped)


def test_a_real_run_has_its_formulas_and_claims(flipped):
    assert list(story_of(flipped, "conv2d").iter(f"{MATHML}math"))
    claim = only(flipped, "article", id="3.2/hidden-delta")
    assert list(claim.iter(f"{MATHML}math"))
    assert len(found(claim, "td", class_="bad")) == 9
