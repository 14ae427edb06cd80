"""The records of a run's shards as the record of the run."""

from collections.abc import Iterable, Mapping, Sequence

from conformance.record import fields
from conformance.record.file import Line, Record
from conformance.record.shard import Shard

# What two shards of one run may differ in: their part, when they ran, and on which machine.
_OF_THE_SHARD = {"shard", "started", "cpu"}


class MergeError(ValueError):
    """The records are not those of one run's shards, and why."""


def merge(records: Sequence[Record]) -> tuple[Line, list[Line], Line]:
    """Header, lines and footer of the one run whose shards these are.

    It started when the first shard did, and its seconds are the sum of the shards': what it cost,
    not how long anybody waited. Of an id that no shard judged, one stays that was interrupted.

    Args:
        records: the shards' records, in any order.

    Raises:
        MergeError: of different runs, or not all the shards, each once; or an id judged otherwise
            in another one, or not known to it.
    """
    if not records:
        raise MergeError("there is no record to merge; give those of all shards")
    for number, one in enumerate(records[1:], 2):
        _of_one_run(records[0].header, one.header, number)
    _each_once([one.header.get("shard") for one in records])
    shards = [_by_id(one) for one in records]
    _complete(shards)
    lines = [_one(name, [shard[name] for shard in shards]) for name in sorted(shards[0])]
    seconds = sum(float(one.footer["seconds"]) for one in records)
    complete = all(one.footer["complete"] for one in records)
    footer = fields.footer(lines, seconds=round(seconds, 1), complete=complete)
    return _header([one.header for one in records]), lines, footer


def _of_one_run(first: Line, other: Line, number: int) -> None:
    for name in sorted({*first, *other} - _OF_THE_SHARD):
        if first.get(name) != other.get(name):
            raise MergeError(
                f"{name} is {first.get(name)!r} in record 1 and {other.get(name)!r} in record "
                f"{number}; merge the shards of one run only"
            )


def _each_once(told: Sequence[str | None]) -> None:
    """Every shard is there, and once; of records that tell of none, nothing is known."""
    if set(told) == {None}:
        return
    found: dict[Shard, int] = {}
    for number, text in enumerate(told, 1):
        shard = _shard(text, number)
        count = next(iter(found), shard).count
        if shard.count != count:
            raise MergeError(
                f"record {number} is shard {shard}, and record 1 is one of {count}; merge the "
                f"shards of one run only"
            )
        if shard in found:
            raise MergeError(
                f"records {found[shard]} and {number} are both shard {shard}; give each shard once"
            )
        found[shard] = number
    if missing := sorted({*range(1, count + 1)} - {shard.number for shard in found}):
        names = ", ".join(str(Shard(number, count)) for number in missing)
        what = f"shard {names} is" if len(missing) == 1 else f"shards {names} are"
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


def _by_id(one: Record) -> dict[str, Line]:
    return {line["id"]: line for line in (*one.checks, *one.claims, *one.not_selected)}


def _complete(shards: Sequence[Mapping[str, Line]]) -> None:
    """Every shard has a line for every id, if only to say that it was deselected."""
    known = set().union(*shards)
    for number, shard in enumerate(shards, 1):
        if missing := sorted(known - set(shard)):
            raise MergeError(
                f"record {number} has no line for {missing[0]!r} ({len(missing)} ids in all), as "
                f"another has; a shard has one for all that the run owes, so run it again"
            )


def _one(name: str, lines: Iterable[Line]) -> Line:
    """The one line for an id: what a shard judged, else why none did."""
    numbered = list(enumerate(lines, 1))
    judged = [(number, line) for number, line in numbered if line["type"] != "not selected"]
    for number, line in judged[1:]:
        _agreeing(name, judged[0], (number, line))
    if judged:
        return judged[0][1]
    unreached = [line for _, line in numbered if line["reason"] == "interrupted"]
    told = [line for line in unreached if line.get("message")]
    return (told or unreached or [line for _, line in numbered])[0]


def _agreeing(name: str, first: tuple[int, Line], other: tuple[int, Line]) -> None:
    """What is judged twice is judged alike, but for the time it took."""
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


def _header(headers: Sequence[Line]) -> Line:
    """The first shard's header, as the whole run's, with every machine that took part."""
    machines = ", ".join(dict.fromkeys(header["cpu"] for header in headers))
    return {
        **min(headers, key=lambda header: str(header["started"])),
        "cpu": machines,
        "shard": None,
    }
