"""The command `claims`, and the language in which claims are told."""

import pytest
from typer.testing import CliRunner

from conformance.__main__ import app
from conformance.record.file import read

QUICK = ("--profile", "quick", "-n", "0")


def called(*words):
    return CliRunner().invoke(app, words)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_claims_of_a_section_are_judged_and_nothing_else(here):
    done = called("claims", "3.1", *QUICK)
    assert done.exit_code == 0, done.output
    record = read(here / "conformance-report/record.jsonl")
    assert {line["id"] for line in record.claims} == {"3.1/weighted-sum", "3.1/activation"}
    assert record.checks == ()
    lines = done.output.splitlines()
    assert lines[0] == "The claims of 深度学习原理与实践：神经网络的奥秘"
    assert "✓ 2 claims: 2 hold" in lines
    assert record.header["document"]["author"] == "禅与计算机程序设计艺术"


def test_a_claim_is_told_in_another_language(here):
    done = called("claims", "2.1/one-weight", "--language", "zh", "--format", "story,html", *QUICK)
    assert done.exit_code == 0, done.output
    assert "仅当：只有一个输入" in done.output
    for name in ("document.md", "report.html"):
        text = (here / "conformance-report" / name).read_text("utf-8")
        assert "每个神经元有一个权重和一个偏置。" in text
    assert "<h1>《深度学习原理与实践：神经网络的奥秘》的论断</h1>" in text
    again = called("render", "conformance-report", "--format", "story").output
    assert "Each neuron has one weight and one bias." in again
    assert "每个神经元" not in again


@pytest.mark.parametrize(
    "words, error",
    [
        (("3.9",), "there is no section or claim '3.9'"),
        (("relu",), "there is no section or claim 'relu'"),
        (("3.1", "--language", "xx"), "there is no language 'xx'; give one of en, zh"),
    ],
)
def test_what_is_not_there_ends_with_a_line(words, error):
    done = called("claims", *words)
    assert done.exit_code == 2
    assert error in done.output
