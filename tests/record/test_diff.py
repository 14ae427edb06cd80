"""Two runs side by side: a regression is told from an improvement, and from another choice."""

import json
from dataclasses import replace

import pytest
from invented_record import checks_of, faulty, row, sound, whole

from conformance.record import fields
from conformance.record.diff import FACTOR, compare
from conformance.report.diff import text

NAME = "relu/value[float32]"


def relu(**changed):
    return whole(checks_of("relu", **{NAME: changed}))


@pytest.mark.parametrize(
    "before, after, direction",
    [
        ("conforms", "fails", "worse"),
        ("conforms", "not provided", "worse"),
        ("not provided", "fails", "worse"),
        ("expected failure", "fails", "worse"),
        ("fails", "conforms", "better"),
        ("crashed", "not provided", "better"),
        ("conforms", "convention", "other"),
        ("fails", "crashed", "other"),
    ],
)
def test_a_regression_is_told_from_an_improvement(before, after, direction):
    found = compare(relu(verdict=before), relu(verdict=after))
    assert [(one.id, one.direction) for one in found.changes] == [(NAME, direction)]
    assert (found.changes[0].before, found.changes[0].after) == (before, after)
    assert found.alike == len(relu().checks) - 1


def without(run, *, reason=None):
    left = [line for line in run.checks if line["id"] != NAME]
    return whole([*left, *([fields.not_selected(id=NAME, reason=reason)] if reason else [])])


@pytest.mark.parametrize(
    "verdict, reason, lost, found",
    [
        ("conforms", "deselected", "other", "other"),
        ("conforms", "interrupted", "worse", "other"),
        ("conforms", None, "worse", "other"),
        ("fails", "interrupted", "other", "worse"),
        ("fails", None, "other", "worse"),
    ],
)
def test_what_is_judged_in_one_record_only(verdict, reason, lost, found):
    run, other = relu(verdict=verdict), without(relu(), reason=reason)
    (change,) = compare(run, other).changes
    assert (change.direction, change.before, change.after) == (lost, verdict, reason)
    (change,) = compare(other, run).changes
    assert (change.direction, change.before, change.after) == (found, reason, verdict)


def test_another_message_is_told_though_the_verdict_is_the_same():
    a, b = (relu(verdict="fails", message=said) for said in ("off by 1", "off by 2"))
    (change,) = compare(a, b).changes
    assert (change.direction, change.was, change.now) == ("other", "off by 1", "off by 2")
    assert compare(a, a).changes == ()


@pytest.mark.parametrize(
    "before, after, direction",
    [((True, True), (True, False), "worse"), ((True, False), (True, True), "better")],
)
def test_a_claims_truth_table_is_compared(before, after, direction):
    def claim(held):
        rows = [row(None, str(place), holds=holds) for place, holds in enumerate(held)]
        verdict, name = "holds only when", "3.1/some"
        return whole([fields.claim(id=name, section="3.1", verdict=verdict, readings=rows)])

    assert [one.direction for one in compare(claim(before), claim(after)).changes] == [direction]


@pytest.mark.parametrize(
    "before, after, told",
    [
        (0.25, 0.25 * FACTOR, True),
        (0.5 * FACTOR, 0.5, True),
        (0.25, 0.24 * FACTOR, False),
        (0.0, 0.001, True),
        (0.0, 0.0, False),
        (0.5, "nan", True),
        ("nan", "nan", False),
        ("inf", "inf", False),
        (3.0, "inf", True),
        (None, 0.5, False),
    ],
)
def test_a_figure_is_told_where_it_changed_by_enough(before, after, told):
    found = compare(relu(worst_ratio=before), relu(worst_ratio=after))
    assert [one.id for one in found.figures] == [NAME] * told
    assert found.changes == ()
    json.dumps(found.plain(), allow_nan=False)


def test_settings_that_differ_are_told():
    a, b = relu(), relu()
    other = {**b.header, "seed": 1, "versions": {**b.header["versions"], "torch": "2.14"}}
    found = compare(a, replace(b, header=other))
    assert found.settings == (("seed", "0", "1"), ("torch", "2.13.0+cpu", "2.14"))


def test_the_text_of_a_comparison_is_in_order():
    shown = text(compare(sound(), faulty()))
    assert shown.startswith("Worse\n")
    assert "  conv2d/value[float32]: conforms → fails: element (0, 0, 0, 0)" in shown
    assert "  conforms → convention: one half\n    2 checks and claims: relu/conv" in shown
    assert shown.rstrip().splitlines()[-1].endswith(" the same")
    assert text(compare(faulty(), sound())).startswith("Better\n  conv2d/gradient/weight")
    assert "fails → conforms (was: element (0, 0, 0, 0)" in text(compare(faulty(), sound()))


def test_hostile_text_is_text_in_a_comparison():
    shown = text(compare(relu(), relu(verdict="fails", message="\x1b[31m\u202e\n\nBetter\n")))
    assert "\nBetter" not in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
