"""What a view shows to repeat a counterexample: a command for any place, or the call."""

import shlex
from dataclasses import replace

import pytest
from invented_record import faulty

from conformance.report.counterexample import replay

NAME = "conv2d/value[float32]"
PLACES = ["out", "out{1}", "my out", "it's", 'a"b', "$(rm -r x)", "a;b", "*", "-x", "über", "a\\b"]


def line(run):
    return next(check for check in run.checks if check["id"] == NAME)


@pytest.mark.parametrize("place", PLACES)
def test_a_shell_reads_the_place_as_it_is_written(place):
    run = replace(faulty(), location=place)
    words = ["nn-conformance", "replay", NAME, "--report", place]
    assert shlex.split(replay(line(run), run)) == words


@pytest.mark.parametrize("place", ["conformance-report", "./conformance-report/"])
def test_the_usual_place_is_left_out(place):
    run = replace(faulty(), location=place)
    assert replay(line(run), run) == f"nn-conformance replay '{NAME}'"


def test_what_ran_in_a_process_of_its_own_is_repeated_so():
    run = faulty()
    run = replace(run, header={**run.header, "isolated": True})
    assert replay(line(run), run) == f"nn-conformance replay '{NAME}' --isolate"


@pytest.mark.parametrize(
    "profile, seed, call",
    [
        ("default", 0, "conformance.check(…, seed=0)"),
        ("quick", 7, 'conformance.check(…, profile="quick", seed=7)'),
    ],
)
def test_an_object_is_judged_again_by_the_call(profile, seed, call):
    run = faulty()
    told = {**run.header, "at_hand": True, "profile": profile, "seed": seed}
    assert replay(line(run), replace(run, header=told)) == call
