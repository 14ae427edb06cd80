"""Every check on the page: its address, what it came to, and where its failure is told."""

import pytest
from invented_failures import told
from reading_pages import found, only, strictly, words

from conformance.report.html.document import html


@pytest.fixture(scope="module")
def tree():
    return strictly(html(told()))


def test_an_operation_has_its_name_as_address_and_folds_its_checks(tree):
    part = only(tree, "details", id="conv2d")
    assert words(part.find("summary")) == "conv2d ✗ fails 4 of 16 16 checks"
    (row,) = (r for r in tree.iter("tr") if r.get("data-name") == "conv2d")
    assert row[0].find("a").get("href") == "#conv2d"


@pytest.mark.parametrize(
    "address, said",
    [
        ("conv2d/value", ["value", "✗ fails", "float32, float64", "320", "1.51e7", "0.75"]),
        ("conv2d/gradient/bias", ["gradient/bias", "✓ conforms", "float32, float64", "320"]),
        ("conv2d/gradient/weight", ["gradient/weight", "✗ fails", "float32", "160", "∞"]),
    ],
)
def test_a_check_has_its_name_as_address_and_says_what_it_came_to(tree, address, said):
    (place,) = (e for e in only(tree, "details", id="conv2d").iter() if e.get("id") == address)
    row = place if place.tag == "tr" else place.find("tr")
    assert [words(cell) for cell in row][: len(said)] == said


def test_a_check_that_fails_leads_to_its_story(tree):
    (link,) = only(tree, "tbody", id="conv2d/value").iter("a")
    story = only(tree, "article", id=link.get("href")[1:])
    assert "conv2d/value[float32]" in words(story)


def test_what_is_no_failure_is_said_in_its_row(tree):
    (body,) = (
        e
        for e in only(tree, "details", id="relu").iter("tbody")
        if e.get("data-kind") == "convention"
    )
    assert "one half" in words(body)


def test_the_verdict_stands_beside_the_name(tree):
    heads = [words(head) for head in found(tree, "table", class_="matrix")[0].iter("th")]
    assert heads[:3] == ["operation", "verdict", "value"]
    (row,) = (r for r in tree.iter("tr") if r.get("data-name") == "conv2d")
    assert words(row[1]) == "✗ fails 4 of 16"
