"""Judge a check or a claim: every driver comes here, and gets a line whatever happens."""

import warnings
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conformance.implementation.load_error import LoadError
from conformance.record import expected_failures as expecting
from conformance.record import fields
from conformance.record.vocabulary import Verdict
from conformance.run import machine
from conformance.run.run import Run

if TYPE_CHECKING:
    from conformance.spec.check import Check


def judge_check(run: Run, name: str) -> fields.Line:
    """Judge a check, and return its line; an expected failure has its verdict from the entry."""
    # Neither pytest's filters of warnings nor a project's own may reach the code that is judged.
    with run.stopwatch.held(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        line = _line(run, name)
    return expecting.weighed(line, expecting.reason_for(name, run.expected))


def _line(run: Run, name: str) -> fields.Line:
    check, about = run.checks[name], described(run.checks[name])
    try:
        contender = run.contender
    except LoadError as error:
        return not_judged(about, Verdict.ERRORED, str(error))
    if check.dtype not in contender.dtypes:
        message = f"{check.dtype} is not among its DTYPES"
        return not_judged(about, Verdict.NOT_PROVIDED, message)
    try:
        # NumPy comes with these.
        from conformance.implementation.process_state import own_state  # noqa: PLC0415
        from conformance.run.judged_lines import check_line  # noqa: PLC0415

        with own_state():
            return check_line(run, about, check, contender)
    except Exception as error:  # noqa: BLE001 - the suite's own fault; the report goes on
        message = f"the suite itself failed: {type(error).__name__}: {error}"
        return not_judged(about, Verdict.ERRORED, message)


def described(check: "Check") -> dict[str, Any]:
    """Return the fields of a check's line that are known before it is judged."""
    return {
        "id": check.id,
        "operation": check.operation.name,
        "check": check.kind,
        "argument": check.argument,
        "dtype": check.dtype,
        "formula": check.operation.formula,
        "latex": check.operation.latex or None,
        "family": check.operation.family,
    }


def not_judged(about: dict[str, Any], verdict: Verdict, message: str) -> fields.Line:
    """Return the line of a check that was not judged; the message says why."""
    return fields.check(**about, verdict=verdict, message=message, cases=0, elements=0)


def judge_claim(run: Run, name: str) -> fields.Line:
    """Find the verdict of one claim; return its line."""
    from conformance.implementation.process_state import own_state  # noqa: PLC0415
    from conformance.run.judged_lines import claim_line  # noqa: PLC0415

    with run.stopwatch.lap("claims"), own_state():
        claim = run.claims[name]
        return claim_line(claim, run.plan, run.section(claim))


def _document(run: Run) -> dict[str, Any] | None:
    """Return title, author, language and headings of the document, and its claims in order."""
    return None if run.document is None else {**asdict(run.document), "claims": list(run.claims)}


def header(run: Run, started: datetime, versions: Mapping[str, str] | None = None) -> fields.Line:
    """Return the record's first line, with the versions that workers have told."""
    settings = run.settings
    profile = settings.profile if settings.examples is None else f"{settings.examples} examples"
    return fields.header(
        versions={**machine.versions(), **run.versions, **(versions or {})},
        seed=settings.seed,
        cpu=machine.cpu(),
        threads=1,
        implementation=settings.name,
        profile=profile,
        started=started.astimezone(UTC).isoformat(timespec="seconds"),
        shard=settings.shard,
        tensors=settings.tensors or None,
        device=settings.device or None,
        isolated=settings.isolate or None,
        command=True if settings.command else None,
        vectors=settings.vectors or None,
        at_hand=True if run.given is not None else None,
        document=_document(run),
    )
