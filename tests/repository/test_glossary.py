"""Each term of the glossary has one sentence, and a class in the code or a section in the docs."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"


class Row(NamedTuple):
    term: str
    meaning: str
    where: str


def rows():
    lines = GLOSSARY.read_text("utf-8").splitlines()
    table = [line for line in lines if line.startswith("| ")][1:]
    return [Row(*(cell.strip() for cell in line.strip("| ").split(" | "))) for line in table]


ROWS = pytest.mark.parametrize("row", rows(), ids=[row.term for row in rows()])


def classes():
    for path in (ROOT / "conformance").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield node.name


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.fixture(scope="module")
def class_names():
    return set(classes())


@ROWS
def test_a_term_is_a_class_or_a_section(row, class_names):
    link = re.fullmatch(r"\[.+\]\((.+\.md)#(.+)\)", row.where)
    if link is None:
        assert row.where.strip("`") in class_names
    else:
        assert link[2] in anchors(GLOSSARY.parent / link[1])


@ROWS
def test_a_term_has_one_short_sentence(row):
    assert row.term.lower() in row.meaning.lower()
    assert row.meaning.endswith(".")
    assert ". " not in row.meaning
    assert len(row.meaning.split()) <= 30


def test_the_terms_are_in_alphabetical_order():
    terms = [row.term.lower() for row in rows()]
    assert len(terms) > 30
    assert terms == sorted(set(terms))
