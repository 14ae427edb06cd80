"""Expected failures, shards and dtypes: which checks run, and what may fail."""

import pytest
from invented_record import header
from typer.testing import CliRunner

from conformance.__main__ import app
from conformance.record import expected_failures as expecting
from conformance.record import fields
from conformance.record import file as record
from conformance.record.shard import Shard
from conformance.run.run import Run
from conformance.run.settings import Settings

WRONG = """
import numpy as np

def flatten(x):
    return -x.reshape(x.shape[0], int(np.prod(x.shape[1:])))

def flatten_backward(grad_output, x):
    return grad_output.reshape(x.shape)
"""
LINE = {"id": "relu/value[float32]", "verdict": "fails", "message": "it is wrong"}


@pytest.mark.parametrize(
    "text, said",
    [
        ("relu = ", "it is no TOML"),
        ('"relu/*" = 1', "'relu/*' has 1; give the reason as a text"),
        ('"relu/*" = " "', "give the reason as a text"),
        (None, "it cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_followed_is_told(text, said, tmp_path):
    file = tmp_path / "expected.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(expecting.ExpectationError) as caught:
        expecting.read(str(file))
    assert said in str(caught.value)
    assert str(file) in str(caught.value)


def test_brackets_of_an_id_mean_themselves():
    expected = {"relu/value[float32]": "one", "relu/gradient/*": "two"}
    assert expecting.reason_for("relu/value[float32]", expected) == "one"
    assert expecting.reason_for("relu/valuef", expected) is None
    assert expecting.reason_for("relu/gradient/x[float64]", expected) == "two"
    assert expecting.unmatched(expected, ["relu/value[float32]"]) == ["relu/gradient/*"]


@pytest.mark.parametrize("verdict", ["fails", "crashed", "timed out", "errored"])
def test_what_fails_as_expected_says_so_and_why(verdict):
    line = expecting.weighed({**LINE, "verdict": verdict}, "known")
    assert line["verdict"] == "expected failure"
    assert line["message"] == f"known ({verdict}: it is wrong)"


@pytest.mark.parametrize("verdict", ["conforms", "convention"])
def test_what_conforms_against_expectation_fails(verdict):
    line = expecting.weighed({**LINE, "verdict": verdict}, "known")
    assert line["verdict"] == "fails"
    assert "Take the entry out" in line["message"]


def test_what_was_not_expected_stays():
    assert expecting.weighed(LINE, None) is LINE
    absent = {**LINE, "verdict": "not provided"}
    assert expecting.weighed(absent, "known") is absent


def test_a_written_file_is_read_again(tmp_path):
    file = tmp_path / "expected.toml"
    names = ["relu/value[float32]", 'relu/"\\*']
    entries = dict.fromkeys(names, 'it is "known"\\')
    file.write_text(expecting.written(entries), encoding="utf-8")
    assert expecting.read(str(file)) == entries


def judged(name, **given):
    about = {"id": f"relu/{name}[float32]", "operation": "relu", "check": name, "message": None}
    return fields.check(**{**about, "verdict": "fails", "cases": 1, "elements": 1, **given})


def of_record(folder, *lines):
    """What `expect` says to a record of these lines, and the file's entries after it."""
    footer = fields.footer(lines, seconds=1.0, complete=True)
    record.write(folder / "record.jsonl", header(), lines, footer)
    file = folder / "expected.toml"
    done = CliRunner().invoke(app, ["expect", str(file), "--report", str(folder)])
    assert done.exit_code == 0, done.output
    told = done.output.replace(str(file), "FILE").strip()
    return told, expecting.read(str(file)) if file.exists() else None


def test_a_file_that_is_there_keeps_the_reasons_that_still_hold(tmp_path):
    file = tmp_path / "expected.toml"
    mine = {"relu/special*": "zero by hand", "relu/gone*": "mended", "conv2d/*": "not judged"}
    mine["relu/pure*"] = "out of date"
    file.write_text(expecting.written(mine), encoding="utf-8")
    left = fields.not_selected(id="conv2d/value[float32]", reason="deselected")
    stale = expecting.weighed(judged("pure", verdict="conforms"), "out of date")
    lines = [left, stale, judged("special", verdict="expected failure"), judged("value")]
    told, entries = of_record(tmp_path, *lines)
    assert told == "FILE: 2 kept, 1 new, 2 dropped. Judge with: nn-conformance run … --expect FILE"
    assert list(entries.items()) == [
        ("relu/special*", "zero by hand"),
        ("conv2d/*", "not judged"),
        ("relu/value[float32]", "known; say why"),
    ]


def test_of_a_record_in_which_nothing_fails_nothing_is_written(tmp_path):
    right = judged("value", verdict="conforms")
    told, entries = of_record(tmp_path, right)
    assert (told, entries) == ("nothing fails in this record; FILE is not written", None)
    (tmp_path / "expected.toml").write_text('"relu/*" = "known"\n')
    told, entries = of_record(tmp_path, right)
    assert told == "FILE: 0 kept, 0 new, 1 dropped. Nothing fails any more: the file is empty now."
    assert entries == {}


def run(file, *options):
    asked = ["run", str(file), "-n", "0", "--profile", "quick", "--report", str(file.parent)]
    return CliRunner().invoke(app, [*asked, "-k", "test_operation and flatten", *options])


def test_what_a_record_has_failing_may_fail_next_time(tmp_path):
    file, toml = tmp_path / "wrong.py", tmp_path / "expected.toml"
    file.write_text(WRONG)
    assert run(file, "--dtype", "float32").exit_code == 1
    found = record.read(tmp_path / "record.jsonl")
    assert {line["dtype"] for line in found.checks} == {"float32"}
    done = CliRunner().invoke(app, ["expect", str(toml), "--report", str(tmp_path)])
    assert done.exit_code == 0
    assert expecting.read(str(toml)).keys() == {"flatten/value[float32]"}
    assert run(file, "--dtype", "float32", "--expect", str(toml)).exit_code == 0
    found = record.read(tmp_path / "record.jsonl")
    assert found.footer["checks"]["expected failure"] == 1
    # Mended, the file is out of date.
    file.write_text(WRONG.replace("-x", "x"))
    assert run(file, "--dtype", "float32", "--expect", str(toml)).exit_code == 1


@pytest.mark.parametrize(
    "options",
    [("--expect", "nowhere.toml"), ("--shard", "4/3"), ("--shard", "one"), ("--dtype", "float8")],
)
def test_an_option_that_cannot_be_followed_ends_with_2(options, tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text(WRONG)
    assert run(file, *options).exit_code == 2


def test_an_entry_that_matches_nothing_is_an_error(tmp_path):
    file = tmp_path / "expected.toml"
    file.write_text('"relux/*" = "known"')
    with pytest.raises(expecting.ExpectationError, match=r"'relux/\*' matches no check's id"):
        _ = Run(Settings(expect=str(file))).expected


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "a/b", "1/3/5", ""])
def test_a_shard_that_means_none_is_refused(text):
    with pytest.raises(ValueError, match=r"give I/N"):
        Shard.read(text)


def test_shards_share_out_everything_once():
    assert Shard.read(None).has(17)
    shards = [Shard.read(f"{number}/3") for number in (1, 2, 3)]
    assert [[one.has(place) for one in shards].count(True) for place in range(20)] == [1] * 20
