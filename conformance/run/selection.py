"""Select the checks and claims that a run judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.record.expected_failures import ExpectationError
from conformance.record.shard import Shard
from conformance.run import names
from conformance.run.machine import isolation_trouble
from conformance.run.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.run.run import Run


def chosen(run: Run, ids: Sequence[str | None]) -> list[bool]:
    """Return one bool per item: chosen by the settings and by the shard.

    An item that is neither a check nor a claim has no id, and is always chosen.
    """
    shard = Shard.read(run.settings.shard)
    # Dealt out in the order of ids, so that slow neighbours go to different shards.
    wanted = sorted(name for name in ids if name is not None and _is_wanted(run, name))
    kept = {name for index, name in enumerate(wanted) if shard.has(index)}
    return [name is None or name in kept for name in ids]


def _is_wanted(run: Run, name: str) -> bool:
    wanted, dtypes = run.settings.operations, run.settings.dtypes
    if not wanted and not dtypes:
        return True
    check, claim = run.checks.get(name), run.claims.get(name)
    is_of_dtype = check is not None and check.dtype in dtypes
    called = {check.operation.name} if check else {claim.number, claim.id} if claim else {name}
    return (not wanted or not called.isdisjoint(wanted)) and (not dtypes or is_of_dtype)


def matching(ids: Iterable[str], expression: str) -> list[str]:
    """Return the ids that match an expression of pytest's -k; all where it is empty."""
    if not expression:
        return list(ids)
    from _pytest.mark.expression import Expression  # noqa: PLC0415 - there is no public way

    compiled = Expression.compile(expression)

    def matches(name: str) -> bool:
        # As in pytest, a word matches any part of the test's name, whatever the case.
        test = f"test_operation[{name}]".lower()
        return compiled.evaluate(lambda word, /, **_: word.lower() in test)

    return [name for name in ids if matches(name)]


def _trouble_of_process(settings: Settings) -> str:
    if settings.command and settings.implementation not in {"", Settings.implementation}:
        return (
            f"--conformance-command and --conformance-implementation {settings.implementation!r} "
            f"name two things to judge; give one"
        )
    return isolation_trouble() if settings.isolate or settings.command else ""


def trouble(run: Run) -> str:
    """Return an error, in one line, for settings that cannot be met; empty where all can."""
    settings = run.settings
    try:
        Shard.read(settings.shard)
    except ValueError as error:
        return str(error)
    if why := _trouble_of_process(settings):
        return why
    known = names.everything(settings.cases) if settings.operations else ()
    if why := names.unknown(settings.operations, known, "operation or claim"):
        return why
    for dtype in settings.dtypes:
        if dtype not in run.dtypes:
            return f"there is no dtype {dtype!r} here; give one of {', '.join(run.dtypes)}"
    try:
        _ = run.expected
    except ExpectationError as error:
        return str(error)
    return ""
