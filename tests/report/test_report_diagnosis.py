"""A diagnosis in every view: told where help is wanted, kept back where the answer would be."""

import json
from dataclasses import replace

import pytest
from invented_record import MISTAKES, checks_of, diagnosis, faulty, flipped, pixel, whole
from test_report_formats import EVIL, SAID
from test_report_gradescope import outputs

from conformance.report.failures import stories
from conformance.report.views import FORMATS

FLIPPED, TRANSPOSED = "conv2d/kernel-flipped", "conv2d/kernel-transposed"
SENTENCE, HINT = MISTAKES["cross_entropy/no-shift"]
FOUND = "only where a logit is larger than 709"


def diagnosed(**by_check):
    """The flipped kernel's failures, some of them with mistakes."""
    changed = flipped()
    for check, names in by_check.items():
        changed[check] = {**changed[check], "diagnosis": diagnosis(*names)}
    return whole(checks_of("conv2d", **changed))


def told(run):
    return [
        ([check["id"] for check in story.checks], [m["id"] for m in story.diagnosis["mistakes"]])
        for story in stories(run)
        if story.diagnosis["mistakes"]
    ]


@pytest.mark.parametrize("name", ["terminal", "junit", "markdown", "json"])
def test_a_view_tells_the_mistake_its_hint_and_what_was_found(name):
    text = FORMATS[name].render(faulty())
    for words in (SENTENCE, HINT, FOUND):
        assert text.count(words) == 1


@pytest.mark.parametrize("name", ["terminal", "junit", "markdown"])
def test_two_mistakes_that_no_case_tells_apart_are_both_named(name):
    run = diagnosed(**{"conv2d/value[float32]": [FLIPPED, TRANSPOSED]})
    text = " ".join(FORMATS[name].render(run).split())
    first, second = (MISTAKES[one][0] for one in (FLIPPED, TRANSPOSED))
    assert f"behaves like: {first}; or like: {second}" in text
    for one in (FLIPPED, TRANSPOSED):
        assert f"hint: {MISTAKES[one][1]}" in text


def test_checks_that_behave_like_one_mistake_are_one_story():
    ids = sorted(flipped())
    value, *rest = [ids[2], ids[3], ids[0], ids[1]]
    assert told(diagnosed(**{one: [FLIPPED] for one in ids})) == [([value, *rest], [FLIPPED])]


def test_the_mistake_of_a_story_explains_all_of_its_checks():
    value, other = "conv2d/value[float32]", "conv2d/value[float64]"
    weight, x = "conv2d/gradient/weight[float32]", "conv2d/gradient/x[float32]"
    run = diagnosed(
        **{value: [FLIPPED, TRANSPOSED], other: [TRANSPOSED], weight: [TRANSPOSED], x: [FLIPPED]}
    )
    # x's gradient has its message, and with it its story, in common with the weight's.
    assert told(run) == [([value, other, weight, x], [TRANSPOSED])]


def test_different_mistakes_are_different_stories():
    changed = {
        f"conv2d/gradient/{name}[float32]": {
            "verdict": "fails",
            "counterexample": pixel(f"wrong in {name}"),
            "diagnosis": diagnosis(mistake),
        }
        for name, mistake in (("x", FLIPPED), ("weight", TRANSPOSED))
    }
    assert len(told(whole(checks_of("conv2d", **changed)))) == 2


def failing(checks, **findings):
    """These checks of conv2d, each failing in words of its own."""
    changed = {
        check: {
            "verdict": "fails",
            "counterexample": pixel(f"wrong in {check}"),
            "diagnosis": diagnosis(findings=findings[name]),
        }
        for name, check in checks.items()
    }
    return stories(whole(checks_of("conv2d", **changed)))


def test_checks_of_one_output_of_which_the_same_was_found_are_one_story():
    checks = {"a": "conv2d/value[float32]", "b": "conv2d/dtype[float32]"}
    checks |= {"c": "conv2d/gradient/x[float32]", "d": "conv2d/pure[float32]"}
    only, always = "it fails only where dilation is over 1", "the result has the wrong sign"
    told = failing(checks, a=[only, always], b=[only], c=[only], d=[always])
    names = [[check["id"] for check in story.checks] for story in told]
    # The gradient's cause may be another; and by now the story is of what its checks share.
    assert names == [[checks["a"], checks["b"]], [checks["c"]], [checks["d"]]]
    assert told[0].diagnosis["findings"] == [only]


def test_a_crash_is_not_told_with_a_wrong_value():
    changed = flipped()
    for check, verdict in (
        ("conv2d/value[float32]", "crashed"),
        ("conv2d/value[float64]", "fails"),
    ):
        changed[check] = {**changed[check], "verdict": verdict, "diagnosis": diagnosis(FLIPPED)}
    assert len(told(whole(checks_of("conv2d", **changed)))) == 2


def test_gradescope_has_the_hint_where_asked_and_never_the_sentence():
    name = "cross_entropy/special[float64]"
    plain, hinted = outputs(faulty())[name], outputs(faulty(), hints=True)[name]
    assert f"hint: {HINT}" in hinted.splitlines()
    assert f"found: {FOUND}" in hinted.splitlines()
    for text in (HINT, FOUND):
        assert text not in plain
    for text in (plain, hinted):
        assert SENTENCE not in text


def test_gradescope_has_the_hint_of_the_first_mistake_alone():
    name = "conv2d/value[float32]"
    text = outputs(diagnosed(**{name: [FLIPPED, TRANSPOSED]}), hints=True)[name]
    assert MISTAKES[FLIPPED][1] in text
    assert MISTAKES[TRANSPOSED][1] not in text


def test_gradescope_has_a_hint_of_a_check_without_a_counterexample():
    changed = {"verdict": "fails", "message": "wrong", "diagnosis": diagnosis(FLIPPED)}
    run = whole(checks_of("conv2d", **{"conv2d/dtype[float32]": changed}))
    assert MISTAKES[FLIPPED][1] in outputs(run, hints=True)["conv2d/dtype[float32]"]


@pytest.mark.parametrize("name", ["terminal", "junit", "markdown", "json"])
def test_a_diagnosis_that_is_hostile_is_text(name):
    wrong = {"mistakes": [{"id": EVIL, "sentence": EVIL, "hint": EVIL}], "findings": [EVIL]}
    changed = {**flipped()["conv2d/value[float32]"], "diagnosis": wrong}
    run = whole(checks_of("conv2d", **{"conv2d/value[float32]": changed}))
    text = FORMATS[name].render(replace(run, header={**run.header, "message": None}))
    assert not {"\x00", "\x07", "\x1b", "\u202e", "\ufffe"} & set(text)
    if name == "json":
        (failing,) = json.loads(text)["failing"]
        assert SAID in failing["mistakes"][0]["sentence"]
        assert SAID in failing["findings"][0]
