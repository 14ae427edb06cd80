"""The terminal view of a record: approved as a whole, and held to its promises one by one."""

import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from invented_record import (
    FAMILIES,
    absent,
    checks_of,
    claims,
    delta_rows,
    faulty,
    row,
    sound,
    whole,
)
from rich.cells import cell_len
from rich.console import Console

from conformance.record import fields
from conformance.report.claim_facts import conditions, notes, other_readings
from conformance.report.failures import stories
from conformance.report.numbers import array, number, share
from conformance.report.safe_text import shown
from conformance.report.terminal import STORIES, render
from conformance.report.totals import operations, total

APPROVED = Path(__file__).parents[1] / "approved"


def drawn(run, width=80, *, encoding="utf-8", colour=False):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
    console = Console(
        file=stream,
        width=width,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
    )
    render(run, console)
    return stream.buffer.getvalue().decode(encoding)


def approve(name, text):
    """Hold a view against its approved text; CONFORMANCE_APPROVE=1 approves what it is now."""
    file = APPROVED / name
    if os.environ.get("CONFORMANCE_APPROVE"):
        APPROVED.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("run", [faulty, sound])
def test_the_view_is_the_approved_one(run, width):
    approve(f"terminal-{run.__name__}-{width}.txt", drawn(run(), width))


def test_the_view_without_unicode_is_the_approved_one():
    text = drawn(faulty(), encoding="ascii")
    assert text.isascii()
    assert "\\u" not in text
    approve("terminal-faulty-ascii.txt", text)


@pytest.mark.parametrize("width", [60, 80, 119, 120, 200])
def test_no_line_is_wider_than_the_terminal(width):
    lines = [line for line in drawn(faulty(), width).splitlines() if "replay" not in line]
    assert max(map(cell_len, lines)) <= width
    assert not [line for line in lines if line != line.rstrip()]


def test_colour_adds_nothing_but_colour():
    coloured = drawn(faulty(), colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == drawn(faulty())


def test_every_operation_and_claim_has_its_line():
    text = drawn(faulty())
    for name in FAMILIES:
        assert name in text
    for claim in claims():
        is_named = claim["id"].partition("/")[2] in text
        assert is_named == (claim["verdict"] != "not testable")
    assert "· not testable: 1; --format story tells why" in text


def test_what_fails_comes_last_and_the_verdict_ends_it():
    text = drawn(faulty())
    parts = ("The operations", "Not provided", "The document's claims", "Not run", "What fails")
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "does not conform" in text.splitlines()[-1]
    assert "✗ fails" not in drawn(sound())
    assert drawn(sound()).splitlines()[-1].startswith("✓ conforms: all 7 operations")


def test_an_operation_has_its_worst_verdict():
    by_name = {one.name: one for one in operations(faulty())}
    assert by_name["conv2d"].words == "fails 4 of 16"
    assert by_name["conv2d"].worst == float("inf")
    assert by_name["relu"].words == "convention"
    assert by_name["max_pool2d"].words == "not provided"
    assert by_name["linear"].words == "conforms"


def test_an_operation_is_not_passed_by_what_did_not_run():
    missing = fields.not_selected(id="linear/value[float16]", reason="deselected")
    run = whole([*checks_of("linear"), missing])
    (one,) = operations(run)
    assert (one.verdict, one.words) == ("partly", "16 of 17 conform")
    assert total(run)[1].startswith("conforms where judged: 1 operation in part")


def test_nothing_judged_is_not_conforming():
    run = whole([fields.not_selected(id="linear/value[float32]", reason="deselected")])
    assert total(run) == ("not provided", "nothing judged: no operation ran, 0 cases")
    text = drawn(whole(checks_of("max_pool2d", **absent("max_pool2d"))))
    assert text.splitlines()[-1].startswith("○ nothing judged: 1 operation not provided")


def test_a_run_of_claims_alone_says_what_they_came_to():
    left = fields.not_selected(id="linear/value[float32]", reason="deselected")
    run = whole([*claims(), left])
    text = drawn(run)
    said = "◐ 6 claims: 1 holds, 1 under a condition, 2 do not, 1 only named, 1 untestable"
    assert text.splitlines()[-1] == said
    assert text.count(said) == 2
    assert "nothing judged" not in text
    (held,) = (claim for claim in claims() if claim["verdict"] == "holds")
    assert total(whole([held])) == ("holds", "1 claims: 1 holds")


def test_what_was_not_asked_for_is_one_line():
    names = ["linear/value[float16]", "relu/value[float32]", "3.1/weighted-sum"]
    left = [fields.not_selected(id=name, reason="deselected") for name in names]
    text = drawn(whole([*checks_of("linear"), *left]))
    assert text.splitlines()[-3:-1] == ["  2 checks and 1 claim not asked for", ""]
    assert "Not run" not in text
    assert "relu" not in text
    gone = fields.not_selected(id="relu/value[float64]", reason="interrupted")
    text = drawn(whole([*checks_of("linear"), *left, gone], complete=False))
    assert "1 not reached: relu (1)\n  2 checks and 1 claim not asked for\n" in text


def test_a_formula_that_does_not_fit_is_left_out():
    narrow, wide = drawn(sound()), drawn(sound(), 200)
    (row,) = (line for line in narrow.splitlines() if " conv2d " in line)
    assert row.split() == ["✓", "conv2d", "conforms", "2,560", "0.81"]
    assert "y[n,o] = b[o] + Σ_c" in wide
    assert "y = x Wᵀ + b " in narrow


def test_one_mistake_is_one_story():
    told = [story for story in stories(faulty()) if story.operation == "conv2d"]
    ids = [[check["id"] for check in story.checks] for story in told]
    assert ids == [
        ["conv2d/value[float32]", "conv2d/value[float64]"],
        ["conv2d/gradient/weight[float32]", "conv2d/gradient/x[float32]"],
    ]


def test_a_file_that_cannot_be_loaded_is_one_story_of_all_operations():
    broken = {"verdict": "errored", "message": "my_ops.py raises NameError", "cases": 0}
    every = {line["id"]: broken for name in FAMILIES for line in checks_of(name)}
    run = whole([line for name in FAMILIES for line in checks_of(name, **every)])
    assert len(stories(run)) == 1
    text = drawn(run)
    assert text.count("raises NameError") == 1
    assert "binary_cross_entropy_with_logits (all 12)" in " ".join(text.split())


def test_many_stories_are_cut_but_every_operation_keeps_one():
    words = [f"a fault of its own, {word}" for word in "abcdefghijklmnopqrst"]
    lines = list(checks_of("conv2d"))
    bad = {
        line["id"]: {"verdict": "errored", "message": word}
        for line, word in zip(lines, words, strict=False)
    }
    bad["linear/value[float32]"] = {"verdict": "errored", "message": "the last one"}
    run = whole([*checks_of("conv2d", **bad), *checks_of("linear", **bad)])
    text = drawn(run)
    assert f"and {len(stories(run)) - STORIES} more, in the record" in text
    assert "the last one" in text


def test_foreign_text_can_do_no_harm():
    evil = "[bold red]\x1b[2Jgone\u202egnp.exe[/]\r\n:smile: " + "long " * 500
    changed = {
        "linear/value[float32]": {"verdict": "errored", "message": evil},
        "linear/value[float64]": {"verdict": "convention", "convention": evil},
    }
    run = whole(checks_of("linear", **changed))
    run = replace(run, header={**run.header, "implementation": evil, "message": evil})
    text = drawn(run)
    assert "[bold red]\\x1b[2Jgone\\u202egnp.exe[/] :smile: long" in text
    assert not set("\x1b\u202e\r") & set(text)
    assert max(map(cell_len, text.splitlines())) <= 80
    assert text.count("long") < 400


def test_text_is_spelled_in_the_letters_of_the_terminal():
    assert shown("y = x Wᵀ + b − ½ δ²", "ascii") == "y = x W^T + b - 1/2 delta^2"
    assert shown("Σ √x ≤ ∞", "latin-1") == "sum sqrtx <= inf"
    assert shown("naïve 漢", "latin-1") == "naïve \\u6f22"
    assert shown("日本", longest=3) == "日…"


@pytest.mark.parametrize(
    "ratio, text",
    [
        (0.0, "0"),
        (1e-9, "<0.01"),
        (0.8125, "0.81"),
        (0.99999, "<1"),
        (1.0, "1.00"),
        (1.0000001, ">1"),
        (37.25, "37.25"),
        (4096.0, "4.1e3"),
        (1.51e7, "1.51e7"),
        (float("inf"), "∞"),
        (float("nan"), "nan"),
        (None, ""),
    ],
)
def test_a_share_is_never_rounded_onto_the_bound(ratio, text):
    assert share(ratio) == text


def test_numbers_are_short_but_not_others():
    assert number(0.10000000149011612, "float32") == "0.1"
    assert number(0.10000000149011612, "float64") == "0.10000000149011612"
    assert number(16777217.0, "float32") == "16777217.0"
    assert number(3.4028234663852886e38, "float32") == "3.4028235e+38"
    assert number(1e300, "float32") == "1e+300"
    assert number("nan", "float32") == "nan"
    assert array([[1.0, 2.0], [3.0, "inf"]]) == "[[1.0, 2.0], [3.0, inf]]"
    assert array([[0.0] * 5] * 6).endswith("… (30 numbers, 6×5)")


def test_a_claim_says_when_it_holds_as_the_document_means_it_then_otherwise():
    def claim(*rows):
        return {"readings": list(rows), "verdict": "holds only when", "message": None}

    delta = claim(*delta_rows())
    assert conditions(delta) == "only when ½Σ(a−y)²"
    assert other_readings(delta) == (
        "δ is ∂L/∂z: holds only when ½Σ(a−y)², identity; or BCE, sigmoid; or CE, softmax",
    )
    assert notes(delta) == [conditions(delta), *other_readings(delta)]
    fits = claim(*(row(None, f"p = {p}", holds=p != 3) for p in range(5)))
    assert conditions(fits) == "except when p = 3"
    assert notes(fits) == ["except when p = 3"]
    few = claim(row(None, "fits", holds=True), row(None, "does not", holds=False))
    assert conditions(few) == "only when fits"
    two = claim(row("a", None, holds=False), row("z", None, holds=True))
    assert other_readings(two) == ("z: holds",)


def test_the_views_need_neither_torch_nor_numpy():
    code = "import sys, conformance.report.terminal; print({'torch', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
