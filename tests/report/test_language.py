"""The catalogue has every word that the report says of the document's claims."""

import io
import os
import re

import pytest
from babel.messages import mofile, pofile
from test_report_story import CHINESE

from conformance.report.language import (
    DOMAIN,
    ENGLISH,
    LANGUAGES_AT,
    Catalogue,
    catalogue,
    languages,
    say,
    say_all,
    spoken,
)
from conformance.run.run import Run

OTHERS = [code for code in languages() if code != ENGLISH]
# Names that are the same in every language.
NAMES = re.compile(
    r"\b(sigmoid|softmax|tanh|float\d\d|torch(\.\w+)*|linear|conv\dd|max_pool\w*|and|"
    r"torch.autograd|optim|BCE|CE|ReLU|mean|out|in)\b"
)
WORD = re.compile(r"[a-z]{3,}")


def words_of_claims():
    """Every text of the claims that stands in a report, but for formulas and code."""
    run = Run()
    for claim in run.claims.values():
        yield run.section(claim), say
        yield claim.statement, say
        yield claim.untestable, say
        for row in claim.rows:
            yield row.reading or "", say_all
            yield row.condition or "", say_all
        if claim.formula:
            yield claim.truth, say


@pytest.mark.parametrize("code", OTHERS)
def test_every_word_of_the_claims_is_in_the_catalogue(code):
    missing = []
    with spoken(code):
        for text, translate in words_of_claims():
            if WORD.search(NAMES.sub("", text)) and translate(text) == text:
                missing.append(text)
    assert missing == []


def test_the_published_story_has_no_english_sentence():
    text = re.sub(r"<pre>.*?</pre>", "", CHINESE.read_text("utf-8"), flags=re.DOTALL)
    lines = [line for line in text.splitlines()[4:] if re.search(r"[a-z]+ [a-z]+ [a-z]+", line)]
    assert lines == []


@pytest.mark.parametrize("code", OTHERS)
def test_the_compiled_catalogue_is_that_of_the_source(code):
    folder = LANGUAGES_AT / code / "LC_MESSAGES"
    source = pofile.read_po(io.BytesIO((folder / f"{DOMAIN}.po").read_bytes()), locale=code)
    compiled = io.BytesIO()
    mofile.write_mo(compiled, source)
    file = folder / f"{DOMAIN}.mo"
    if os.environ.get("CONFORMANCE_APPROVE"):
        file.write_bytes(compiled.getvalue())
    assert file.read_bytes() == compiled.getvalue()


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_gaps_of_its_message(code):
    path = LANGUAGES_AT / code / "LC_MESSAGES" / f"{DOMAIN}.po"
    for message in pofile.read_po(io.BytesIO(path.read_bytes()), locale=code):
        if message.id:
            gaps = [set(re.findall(r"\{\w+\}", text)) for text in (message.id, message.string)]
            # A name that its readers need not have is left out.
            assert gaps[1] <= gaps[0] <= gaps[1] | {"{english}"}, message.id
            assert message.string


def test_a_sentence_with_gaps_fits_what_was_found():
    with spoken("zh"):
        assert say("size 1, where torch refuses") == "尺寸为 1，而 torch 拒绝"
        assert say("3 become 3") == "3 变为 3"
        assert say_all("L = BCE after sigmoid, 1 hidden layer").endswith("，1 个隐藏层")
        assert say("nobody said this") == "nobody said this"
    assert say("holds") == "holds"


def test_a_template_is_no_sentence():
    with spoken("zh"):
        # "{reading}: {verdict}" joins two texts; it does not take a text apart.
        assert say("ValueError: shapes (1,1)") == "ValueError: shapes (1,1)"


def test_english_needs_no_catalogue():
    assert isinstance(catalogue(ENGLISH), Catalogue)
    assert languages()[0] == ENGLISH
    assert OTHERS == ["zh"]
