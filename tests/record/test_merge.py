"""The shards of a run become the run again, and nothing else is taken for shards."""

from dataclasses import replace

import pytest
from invented_record import claims, sound, whole
from test_diff import NAME, relu, without

from conformance.record import fields
from conformance.record.merge import MergeError, merge


def shards(run, count=3):
    """The run dealt out: each shard has what it judged, and a line for all that it did not."""
    judged = sorted([*run.checks, *run.claims], key=lambda line: line["id"])
    for number in range(count):
        mine = judged[number::count]
        known = {line["id"] for line in mine}
        rest = [
            fields.not_selected(id=line["id"], reason="deselected")
            for line in judged
            if line["id"] not in known
        ]
        started = f"2025-11-23T05:06:0{7 + count - 1 - number}+00:00"
        one = whole([*mine, *rest, *run.not_selected], complete=run.footer["complete"])
        yield replace(one, header={**run.header, "started": started})


def test_what_no_shard_came_to_stays_so():
    told = fields.not_selected(id=NAME, reason="interrupted", message="went down")
    left = [line for line in relu().checks if line["id"] != NAME]
    one = whole([*left, told], complete=False)
    other = whole(fields.not_selected(id=x["id"], reason="deselected") for x in relu().checks)
    _, lines, footer = merge([other, one])
    (line,) = (line for line in lines if line["id"] == NAME)
    assert (line["reason"], line["message"]) == ("interrupted", "went down")
    assert (footer["complete"], footer["not_selected"]) == (False, 1)


def changed(run, **fields):
    return replace(run, header={**run.header, **fields})


@pytest.mark.parametrize(
    "name, value",
    [
        ("implementation", "other.py"),
        ("seed", 1),
        ("profile", "quick"),
        ("versions", {"torch": "1"}),
        ("threads", 2),
        ("later", "a setting not known yet"),
    ],
)
def test_records_of_different_runs_are_refused(name, value):
    one, other, _ = shards(sound())
    with pytest.raises(MergeError, match=f"{name} is .* in record 1 and .* in record 2"):
        merge([one, changed(other, **{name: value})])


def test_shards_may_run_on_different_machines():
    one, two, three = shards(sound())
    header, _, _ = merge([one, changed(two, cpu="Arm"), three])
    assert header["cpu"] == "AMD EPYC 7B13, Arm"


def told(*names):
    """The error of merging three shards that call themselves so."""
    parts = [changed(one, shard=name) for one, name in zip(shards(sound()), names, strict=False)]
    with pytest.raises(MergeError) as caught:
        merge(parts)
    return str(caught.value)


def test_every_shard_is_merged_once():
    parts = [changed(one, shard=f"{number}/3") for number, one in enumerate(shards(sound()), 1)]
    header, lines, _ = merge(parts[::-1])
    assert header["shard"] is None
    assert lines == merge([sound()])[1]
    assert "shard 3/3 is missing; give the records of all 3" in told("2/3", "1/3")
    assert "shards 1/4, 4/4 are missing" in told("2/4", "3/4")
    assert "shards 2/3, 3/3 are missing" in told("1/3")
    assert "records 1 and 3 are both shard 1/3; give each" in told("1/3", "2/3", "1/3")
    assert "record 2 is shard 2/2, and record 1 is one of 3; merge" in told("1/3", "2/2")
    assert "record 2 is of a whole run, and another of a shard; merge" in told("1/3", None, "3/3")
    assert "record 1 is of a whole run" in told(None, "1/3")
    assert "record 1 calls itself shard '4/3', which is none; run" in told("4/3")


def test_an_id_judged_twice_is_judged_alike():
    same = [relu(), relu(seconds=99.0)]
    assert len(merge(same)[1]) == len(relu().checks)
    with pytest.raises(MergeError, match=r"is 'conforms' in record 1 and 'fails' in record 2"):
        merge([relu(), relu(verdict="fails")])
    with pytest.raises(MergeError, match="other figures in record 2 than in record 1"):
        merge([relu(), relu(worst_ratio=0.5)])


def test_an_id_that_a_shard_does_not_know_is_refused():
    with pytest.raises(MergeError, match=r"record 2 has no line for 'relu/value\[float32\]' \(1 "):
        merge([relu(), without(relu())])


def test_nothing_to_merge_is_said():
    with pytest.raises(MergeError, match="no record to merge"):
        merge([])


def test_claims_too_are_dealt_out():
    run = whole(claims())
    _, lines, footer = merge(list(shards(run)))
    assert [line["id"] for line in lines] == [line["id"] for line in run.claims]
    assert footer["claims"] == run.footer["claims"]
