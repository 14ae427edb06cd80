"""The views of a record for other programs: they parse, they count right, and nothing escapes."""

import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from invented_record import checks_of, claims, faulty, row, sound, whole
from markdown_it import MarkdownIt

from conformance.record import fields
from conformance.report import junit as junit_module
from conformance.report import markdown as markdown_module
from conformance.report.safe_text import limited
from conformance.report.views import FORMATS

SAID = "<script>alert(1)</script> | `x` **b** ]]> </pre></details>"
EVIL = SAID + "\n\n# h\x00\x07\x1b[31m\u202ecod\ufffe"


def hostile(text=EVIL):
    """Every text that an implementation has a say in, in every kind of line."""
    found = fields.counterexample(
        inputs={"x": [1.0], text: text},
        parameters={text: text},
        expected=[2.0],
        actual=text,
        bound=[0.0],
        index=[0],
        message=text,
        replay=text,
    )
    wrong = {"message": text, "counterexample": found}
    changed = {
        "relu/value[float32]": {"verdict": "fails", **wrong},
        "relu/pure[float32]": {"verdict": "crashed", **wrong},
        "relu/value[float64]": {"verdict": "not provided", "message": text},
        "relu/convention/slope at 0[float32]": {"verdict": "convention", "convention": text},
    }
    lines = [*checks_of("relu", **changed), *claims()]
    lines += [{**line, "id": f"{text}/{line['id']}", "operation": text} for line in lines[:1]]
    lines.append(
        fields.claim(
            id=f"9.9/{text}",
            section=text,
            verdict="does not hold",
            readings=[row(text, other, holds=False, found=found) for other in (text, "other")],
            formula=text,
            source=text,
            message=text,
        )
    )
    missing = fields.not_selected(id=f"gone/{text}", reason="interrupted", message=text)
    run = whole([*lines, missing], complete=False)
    return replace(run, header={**run.header, "implementation": text, "message": text})


def partial():
    """A run that was asked for a part."""
    names = ("tanh/value[float32]", "3.1/weighted-sum")
    left = [fields.not_selected(id=name, reason="deselected") for name in names]
    return whole([*checks_of("relu"), *left])


def parsed(run):
    return ET.fromstring(FORMATS["junit"].render(run))  # noqa: S314 - of our own making


def cases(tree):
    return {case.get("name"): case for case in tree.iter("testcase")}


class Page(HTMLParser):
    """The tags and the text of rendered Markdown."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.text = [], ""
        rules = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        self.feed(rules.render(source))

    def handle_starttag(self, tag, attrs):  # noqa: ARG002 - as the base class has it
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


PLAIN_TAGS = {
    *("h2", "h3", "p", "strong", "sub", "table", "thead", "tbody", "tr", "th", "td", "br"),
    *("details", "summary", "pre"),
}


@pytest.mark.parametrize("run", [faulty(), sound(), hostile(), whole([]), partial()])
def test_the_junit_counts_are_the_footers_less_what_nobody_asked_for(run):
    tree, checks = parsed(run), run.footer["checks"]
    errors = sum(checks[verdict] for verdict in ("crashed", "timed out", "errored"))
    missed = [line for line in run.not_selected if line["reason"] == "interrupted"]
    skipped = checks["not provided"] + checks["expected failure"] + len(missed)
    claims = run.footer["claims"]
    skipped += claims["named, not specified"] + claims["not testable"]
    lines = len(run.checks) + len(run.claims) + len(missed)
    wanted = {"tests": lines, "failures": checks["fails"], "errors": errors, "skipped": skipped}
    assert {name: int(tree.get(name)) for name in wanted} == wanted
    for name, count in wanted.items():
        assert sum(int(suite.get(name)) for suite in tree) == count


def test_a_junit_suite_is_an_operation_with_its_checks():
    suites = {suite.get("name"): suite for suite in parsed(faulty())}
    conv = cases(suites["convolution.conv2d"])
    assert {case.get("classname") for case in conv.values()} == {"convolution.conv2d"}
    assert set(conv) == {line["id"] for line in checks_of("conv2d")}
    assert float(suites["convolution.conv2d"].get("time")) == pytest.approx(0.25 * len(conv))
    assert "claims.section 3-2" in suites


def test_a_junit_failure_tells_the_counterexample():
    wrong = cases(parsed(faulty()))["conv2d/value[float32]"].find("failure")
    assert wrong.get("type") == "fails"
    assert "off by 7.5e+06 ulp" in wrong.get("message")
    lines = wrong.text.splitlines()
    assert "x: [[[[1.0, 0.0], [0.0, 0.1]]]]" in lines
    assert "expected: at (0, 0, 0, 0): 1.0" in lines
    assert "got: at (0, 0, 0, 0): 0.1" in lines
    assert "bound: 5.96e-08" in lines
    assert "replay: nn-conformance replay 'conv2d/value[float32]'" in lines


@pytest.mark.parametrize(
    "verdict, tag",
    [
        ("fails", "failure"),
        ("crashed", "error"),
        ("timed out", "error"),
        ("errored", "error"),
        ("not provided", "skipped"),
        ("expected failure", "skipped"),
        ("convention", "system-out"),
    ],
)
def test_every_verdict_has_its_element(verdict, tag):
    changed = {"relu/value[float32]": {"verdict": verdict, "message": "why"}}
    case = cases(parsed(whole(checks_of("relu", **changed))))["relu/value[float32]"]
    assert [child.tag for child in case] == [tag]
    assert [child.get("type", verdict) for child in case] == [verdict]


def test_claims_are_cases_that_never_fail():
    found = cases(parsed(sound()))
    assert found["4.1/sigmoid-derivative"].findtext("system-out").startswith("does not hold")
    assert "only when ½Σ(a−y)²" in found["3.2/output-delta"].findtext("system-out")
    assert found["3.3/lstm"].find("skipped") is not None


def test_what_was_not_reached_is_skipped_beside_its_kind():
    lines = [*checks_of("relu"), *claims()]
    lines += [
        fields.not_selected(id=name, reason="interrupted")
        for name in ("relu/value[float16]", "3.1/unknown", "9.9/new", "tanh/value[float32]")
    ]
    found = cases(parsed(whole(lines)))
    places = {"relu/value[float16]": "activations.relu", "3.1/unknown": "claims.section 3-1"}
    places |= {"9.9/new": "claims.section 9-9", "tanh/value[float32]": "tanh"}
    for name, place in places.items():
        assert found[name].get("classname") == place
        assert found[name].find("skipped").get("type") == "interrupted"


def test_what_was_not_asked_for_is_no_case_and_one_line():
    assert set(cases(parsed(partial()))) == {line["id"] for line in checks_of("relu")}
    page = FORMATS["markdown"].render(partial())
    assert "\n1 check and 1 claim not asked for.\n" in page
    assert "tanh" not in page


def test_a_time_that_is_no_number_is_none():
    seconds = {"value[float32]": float("nan"), "value[float64]": None, "pure[float32]": "inf"}
    changed = {f"relu/{name}": {"seconds": value} for name, value in seconds.items()}
    found = cases(parsed(whole(checks_of("relu", **changed))))
    assert {found[name].get("time") for name in changed} == {"0.000"}


def test_hostile_text_is_text_in_junit():
    tree = parsed(hostile())
    assert {element.tag for element in tree.iter()} == {
        *("testsuites", "testsuite", "properties", "property"),
        *("testcase", "failure", "error", "skipped", "system-out"),
    }
    assert cases(tree)["relu/value[float32]"].find("failure").get("message").startswith(SAID)
    assert not re.search(r"[^\x20-\x7e\n]", FORMATS["junit"].render(hostile()))


def test_junit_without_cleaning_is_noticed(monkeypatch):
    monkeypatch.setattr(junit_module, "limited", lambda text: text)
    with pytest.raises(ET.ParseError):
        parsed(hostile())


def test_markdown_has_the_verdict_the_tables_and_the_stories():
    text = FORMATS["markdown"].render(faulty())
    lines = text.splitlines()
    assert lines[2].startswith("❌ **does not conform: 2 operations fail, 1 not provided")
    assert "| conv2d | ❌ fails 4 of 16 | 2,560 | ∞ | 0.75 |" in lines
    assert "| 4.1/sigmoid-derivative | σ′ = z (1 − z) | ❌ does not hold |" in text
    assert text.count("<details>") == text.count("</details>") == 3
    page = Page(text)
    assert "replay: nn-conformance replay 'conv2d/value[float32]'" in page.text
    assert set(page.tags) <= PLAIN_TAGS


def test_hostile_text_is_text_in_markdown():
    text = FORMATS["markdown"].render(hostile())
    page = Page(text)
    assert set(page.tags) <= PLAIN_TAGS
    assert f"Judged: {SAID}" in page.text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e\ufffe]", text)


def rows(text):
    return [len(re.findall(r"<td", row)) for row in re.findall(r"<tr>.*?</tr>", text, re.DOTALL)]


def test_a_hostile_name_takes_one_cell():
    rules = MarkdownIt("commonmark").enable("table")
    tables = rules.render(FORMATS["markdown"].render(hostile())).split("<table>")[1:]
    assert [set(rows(table)) - {0} for table in tables] == [{5}, {4}]


@pytest.mark.parametrize(
    "text",
    [r"a \| b", r"\\|", "a_b_c _d_ *e*", "https://x.org www.x.org a@b.org", "~~s~~ $x$ :tada:"],
)
def test_escaped_text_reads_as_it_is(text):
    table = f"| a | b |\n|---|---|\n| {markdown_module.escaped(text)} | 1 |\n"
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(table)
    assert f"<td>{html.escape(text)}</td>\n<td>1</td>" in shown


@pytest.mark.parametrize("name", ["escaped", "_quoted"])
def test_markdown_without_escapes_is_noticed(monkeypatch, name):
    monkeypatch.setattr(markdown_module, name, limited)
    assert not set(Page(FORMATS["markdown"].render(hostile())).tags) <= PLAIN_TAGS


def test_a_page_tells_no_more_stories_than_it_has_room_for(monkeypatch):
    monkeypatch.setattr(markdown_module, "STORIES", 1)
    text = FORMATS["markdown"].render(faulty())
    assert text.count("<details>") == 1
    assert "And 2 more, in the record." in text


def test_a_badge_is_what_shields_reads():
    data = json.loads(FORMATS["badge"].render(faulty()))
    fields = {"schemaVersion": 1, "label": "conformance"}
    assert data == {**fields, "message": "2 of 7 operations fail", "color": "red"}


@pytest.mark.parametrize(
    "changed, message, color",
    [
        ({}, "conforms", "brightgreen"),
        ({"verdict": "convention"}, "conforms", "brightgreen"),
        ({"verdict": "not provided"}, "conforms where provided", "yellowgreen"),
        ({"verdict": "fails"}, "1 of 1 operations fails", "red"),
        ({"verdict": "timed out"}, "1 of 1 operations fails", "red"),
    ],
)
def test_a_badges_colour_is_its_verdicts(changed, message, color):
    run = whole(checks_of("relu", **{"relu/value[float32]": changed}))
    data = json.loads(FORMATS["badge"].render(run))
    assert (data["message"], data["color"]) == (message, color)


def test_nothing_judged_is_grey():
    for run, words in ((whole([]), "nothing judged"), (whole(claims()), "6 claims")):
        data = json.loads(FORMATS["badge"].render(run))
        assert (data["message"], data["color"]) == (words, "lightgrey")


def summarised(run):
    return json.loads(FORMATS["json"].render(run), parse_constant=pytest.fail)


def test_the_summary_counts_as_the_footer_does():
    run = faulty()
    data = summarised(run)
    assert data["counts"] == {n: run.footer[n] for n in ("checks", "claims", "not_selected")}
    assert len(data["failing"]) == run.footer["checks"]["fails"]
    assert {one["name"]: one["verdict"] for one in data["operations"]}["conv2d"] == "fails"
    assert data["header"]["implementation"] == "my_ops.py"
    assert data["claims"]["4.1/sigmoid-derivative"] == "does not hold"
    assert {one["worst_ratio"] for one in data["operations"]} >= {"inf", None}


def test_hostile_text_is_text_in_the_summary():
    shown = json.dumps(summarised(hostile()), ensure_ascii=False)
    assert SAID in shown
    assert not re.search(r"[\x00-\x1f\u202e\ufffe]", shown)


def test_the_terminals_text_is_plain():
    text = FORMATS["terminal"].render(faulty())
    assert "\x1b" not in text
    assert "does not conform" in text


@pytest.mark.parametrize("name", FORMATS)
def test_a_very_long_text_is_cut_and_said_to_be(name):
    text = FORMATS[name].render(hostile("long " * 100_000))
    assert len(text) < 100_000
    assert name in {"terminal", "badge"} or "(cut; the record has all of it)" in text


def test_a_text_that_fits_is_not_said_to_be_cut():
    assert limited("x" * 400) == "x" * 400
    assert limited("x" * 401) == "x" * 399 + "… (cut; the record has all of it)"
    assert limited("\x00" * 100) == r"\x00" * 100
    assert limited(" " * 5000 + "x").endswith("(cut; the record has all of it)")
    assert limited("ends in …") == "ends in …"


def test_no_two_formats_share_a_file():
    assert len({view.file for view in FORMATS.values()}) == len(FORMATS)
