"""Make the record of a run from the records of its shards."""

from collections.abc import Mapping, Sequence

from conformance.record import fields
from conformance.record.file import Line, Record
from conformance.record.shard import Shard
from conformance.record.vocabulary import Reason

# What two shards of one run may differ in: their part, when they ran, and on which machine.
_OF_THE_SHARD = {"shard", "started", "cpu"}


class MergeError(ValueError):
    """The records are not those of one run's shards, and why."""


def merge(records: Sequence[Record]) -> tuple[Line, list[Line], Line]:
    """Merge the records of a run's shards; return header, lines and footer of the whole run.

    The run started when its first shard did. Its seconds are the sum of the shards': what it cost,
    not how long anybody waited. An id that no shard judged stays interrupted, if any shard's was.

    Args:
        records: the shards' records, in any order.

    Raises:
        MergeError: the records are of different runs, or not each shard is there once; or an id
            is judged differently in two records, or missing in one.
    """
    if not records:
        raise MergeError("there is no record to merge; give those of all shards")
    headers = [record.header for record in records]
    for number, header in enumerate(headers[1:], 2):
        _check_of_one_run(headers[0], header, number)
    _check_shards([header.get("shard") for header in headers])
    shards = [record.by_id for record in records]
    _check_ids(shards)
    lines = [_line(name, [shard[name] for shard in shards]) for name in sorted(shards[0])]
    seconds = sum(float(record.footer["seconds"]) for record in records)
    complete = all(record.footer["complete"] for record in records)
    footer = fields.footer(lines, seconds=round(seconds, 1), complete=complete)
    # The first shard's header is the whole run's, with every machine that took part.
    header = min(headers, key=lambda header: str(header["started"]))
    machines = ", ".join(dict.fromkeys(header["cpu"] for header in headers))
    return {**header, "cpu": machines, "shard": None}, lines, footer


def _check_of_one_run(first: Line, other: Line, number: int) -> None:
    for name in sorted({*first, *other} - _OF_THE_SHARD):
        if first.get(name) != other.get(name):
            raise MergeError(
                f"{name} is {first.get(name)!r} in record 1 and {other.get(name)!r} in record "
                f"{number}; merge the shards of one run only"
            )


def _check_shards(names: Sequence[str | None]) -> None:
    """Check that every shard is there once. Of records without a name nothing is known."""
    if set(names) == {None}:
        return
    numbers: dict[Shard, int] = {}
    for number, text in enumerate(names, 1):
        shard = _shard(text, number)
        count = next(iter(numbers), shard).count
        if shard.count != count:
            raise MergeError(
                f"record {number} is shard {shard}, and record 1 is one of {count}; merge the "
                f"shards of one run only"
            )
        if shard in numbers:
            raise MergeError(
                f"records {numbers[shard]} and {number} are both shard {shard}; give each shard "
                f"once"
            )
        numbers[shard] = number
    if missing := sorted({*range(1, count + 1)} - {shard.number for shard in numbers}):
        listed = ", ".join(str(Shard(number, count)) for number in missing)
        what = f"shard {listed} is" if len(missing) == 1 else f"shards {listed} are"
        raise MergeError(f"{what} missing; give the records of all {count}")


def _shard(text: str | None, number: int) -> Shard:
    if text is None:
        raise MergeError(
            f"record {number} is of a whole run, and another of a shard; merge the shards of one "
            f"run only"
        )
    try:
        return Shard.read(text)
    except ValueError:
        raise MergeError(
            f"record {number} calls itself shard {text!r}, which is none; run that shard again"
        ) from None


def _check_ids(shards: Sequence[Mapping[str, Line]]) -> None:
    """Check that each shard has a line for each id, if only to say that it was deselected."""
    known = set().union(*shards)
    for number, shard in enumerate(shards, 1):
        if missing := sorted(known - set(shard)):
            raise MergeError(
                f"record {number} has no line for {missing[0]!r} ({len(missing)} ids in all), as "
                f"another has; a shard has one for all that the run owes, so run it again"
            )


def _line(name: str, lines: Sequence[Line]) -> Line:
    """Return the line for an id: a shard's judgement, else the reason why there is none."""
    judged = [(n, line) for n, line in enumerate(lines, 1) if line["type"] != "not selected"]
    for other in judged[1:]:
        _check_alike(name, judged[0], other)
    if judged:
        return judged[0][1]
    unreached = [line for line in lines if line["reason"] == Reason.INTERRUPTED]
    with_message = [line for line in unreached if line.get("message")]
    return (with_message or unreached or lines)[0]


def _check_alike(name: str, first: tuple[int, Line], other: tuple[int, Line]) -> None:
    """Check that two judgements of one id are alike, but for the time they took."""
    (number, line), (again, same) = first, other
    if line["verdict"] != same["verdict"]:
        raise MergeError(
            f"{name!r} is {line['verdict']!r} in record {number} and {same['verdict']!r} in "
            f"record {again}; run it alone to see which is true, and merge one of them"
        )
    if {**line, "seconds": None} != {**same, "seconds": None}:
        raise MergeError(
            f"{name!r} has other figures in record {again} than in record {number}; one run "
            f"judges it once, so leave one of them out"
        )
