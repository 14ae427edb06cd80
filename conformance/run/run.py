"""One run: which cases, which implementation, how long; its checks and claims judged one by one."""

import importlib
import importlib.util
import os
import platform
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.record import expected_failures as expecting
from conformance.record import file as record
from conformance.record.vocabulary import (
    DEFAULT_PROFILE,
    DTYPES,
    MEMORY,
    PROFILES,
    REPORT,
    TIMEOUT,
    USUAL_DTYPES,
    Verdict,
)

if TYPE_CHECKING:
    from conformance.implementation.implementation import Implementation
    from conformance.judge.check import Plan
    from conformance.spec.check import Check
    from conformance.spec.claim import Claim
    from conformance.spec.mistake import Mistake
    from conformance.spec.signature import Signature

REFERENCE = "reference_impl"
_LONGEST = 200
_LIBRARIES = ("nn-conformance", "numpy", "scipy", "torch", "hypothesis", "pytest")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def limit_threads() -> None:
    """One thread for BLAS and OpenMP; holds where NumPy is not imported yet, and in children.

    Workers of two threads each on two cores make small convolutions three to five times slower.
    """
    for name in _THREADS:
        os.environ.setdefault(name, "1")


def isolation_trouble() -> str:
    """Why code cannot be called in a process of its own here; empty where it can."""
    if sys.platform == "win32":
        return (
            "--isolate needs pipes between processes as Unix has them, which Windows does not. "
            "Judge without it, or in WSL or a container."
        )
    return ""


@dataclass(frozen=True)
class Run:
    """The settings of a run. Nothing is imported until the first check or claim is asked for."""

    implementation: str = REFERENCE
    cases: str = "cases"
    profile: str = DEFAULT_PROFILE
    seed: int = 0
    examples: int | None = None
    report: str = REPORT
    given: object = None
    isolate: bool = False
    timeout: float = TIMEOUT
    memory: int = MEMORY
    expect: str = ""
    shard: str | None = None

    @cached_property
    def checks(self) -> dict[str, "Check"]:
        """Every check that the cases owe in these dtypes, by id."""
        operations = self._cases.OPERATIONS
        from conformance.spec.check import checks_of  # noqa: PLC0415 - imported with the cases

        owed = [check for one in operations for check in checks_of(one, self.dtypes)]
        return {check.id: check for check in owed}

    @cached_property
    def signatures(self) -> "dict[str, Signature]":
        """How every function of the contract is called, by name."""
        from conformance.spec.signature import signatures  # noqa: PLC0415

        return signatures(self.cases, self._cases.OPERATIONS)

    @cached_property
    def dtypes(self) -> tuple[str, ...]:
        """Those that the implementation offers, and the usual two whether it does or not."""
        offered = () if isinstance(self.contender, str) else self.contender.dtypes
        return tuple(name for name in DTYPES if name in {*offered, *USUAL_DTYPES})

    @cached_property
    def _cases(self) -> Any:
        """The package of cases; with it come NumPy and torch."""
        from conformance.judge.stopwatch import stopwatch  # noqa: PLC0415

        with stopwatch.lap("import"):
            return importlib.import_module(self.cases)

    @cached_property
    def mistakes(self) -> "tuple[Mistake, ...]":
        """The named mistakes that the cases come with; none where they come with none."""
        name = f"{self.cases}.mistakes"
        if importlib.util.find_spec(name) is None:
            return ()
        found: tuple[Mistake, ...] = importlib.import_module(name).MISTAKES
        return found

    @cached_property
    def right(self) -> Any:
        """A right implementation, to make the named mistakes of."""
        return importlib.import_module(REFERENCE)

    @cached_property
    def claims(self) -> dict[str, "Claim"]:
        """Every claim of the document, by id."""
        return {claim.id: claim for claim in self._cases.CLAIMS}

    @cached_property
    def expected_claims(self) -> Mapping[str, Any]:
        """The reviewed truth table of each claim: what a change is noticed against."""
        expectations: Mapping[str, Any] = self._cases.EXPECTATIONS
        return expectations

    @cached_property
    def plan(self) -> "Plan":
        """How checks are drawn, and how a failure is repeated."""
        from conformance.judge.check import Plan  # noqa: PLC0415 - NumPy is imported only here

        replay = "nn-conformance replay '{id}'" + " --isolate" * self.isolate
        if Path(self.report) != Path(REPORT):
            replay += f" --report {self.report}"
        if self.given is not None:
            # What is at hand here cannot be found by a command.
            profile = f'profile="{self.profile}", ' * (self.profile != DEFAULT_PROFILE)
            replay = f"conformance.check(…, {profile}seed={self.seed})"
        return Plan(self.examples or PROFILES[self.profile], self.seed, replay=replay)

    @cached_property
    def contender(self) -> "Implementation | str":
        """The implementation; or, where it cannot be loaded, why."""
        from conformance.implementation.implementation import LoadError  # noqa: PLC0415
        from conformance.implementation.load import load, offered  # noqa: PLC0415
        from conformance.judge.stopwatch import stopwatch  # noqa: PLC0415

        if self.isolate and (trouble := isolation_trouble()):
            return trouble
        try:
            if self.given is not None:
                return offered(self.given, self.implementation)
            with stopwatch.lap("import"):
                if self.isolate:
                    from conformance.implementation.isolation.host import Isolated, Limits  # noqa: PLC0415

                    return Isolated(
                        self.implementation, Limits(self.timeout, self.memory, 6 * self.timeout)
                    )
                return load(self.implementation)
        except LoadError as error:
            return str(error)

    def about(self, name: str) -> dict[str, Any]:
        """What a check's line says of it before it has run."""
        check = self.checks[name]
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

    @cached_property
    def expected(self) -> dict[str, str]:
        """Patterns of checks that are expected to fail, and why.

        Raises:
            ExpectationError: where the file cannot be followed.
        """
        if not self.expect:
            return {}
        expected = expecting.read(self.expect)
        if lost := expecting.unmatched(expected, self.checks):
            raise expecting.ExpectationError(
                f"{self.expect}: {lost[0]!r} matches no check's id. Take the entry out, or give "
                f"one like {next(iter(self.checks))!r}."
            )
        return expected

    def judge_check(self, name: str) -> record.Line:
        """Judge one check: its line of the record, whatever happens."""
        return expecting.weighed(self._line(name), expecting.reason_for(name, self.expected))

    def _line(self, name: str) -> record.Line:
        check, about = self.checks[name], self.about(name)
        if isinstance(self.contender, str):
            return not_judged(about, Verdict.ERRORED, self.contender)
        if check.dtype not in self.contender.dtypes:
            message = f"{check.dtype} is not among its DTYPES"
            return not_judged(about, Verdict.NOT_PROVIDED, message)
        return self._judged(about, check, self.contender)

    def _judged(
        self, about: dict[str, Any], check: "Check", contender: "Implementation"
    ) -> record.Line:
        from conformance.judge.check import run_check  # noqa: PLC0415

        try:
            result = run_check(check, contender, self.plan)
        except Exception as error:  # noqa: BLE001 - the suite's own fault; the report goes on
            message = f"the suite itself failed: {type(error).__name__}: {error}"
            return not_judged(about, Verdict.ERRORED, message)
        tally = result.tally
        diagnosis = self._diagnosis(check, contender) if result.verdict == "fails" else None
        return record.check(
            **about,
            verdict=result.verdict,
            cases=tally.cases,
            elements=tally.elements,
            exact_share=tally.share(tally.exact),
            unjudged_share=tally.share(tally.unjudged),
            worst_ratio=tally.worst_ratio,
            worst_ulp=tally.worst_ulp,
            torch_worst_ratio=tally.torch_worst_ratio,
            counterexample=result.counterexample,
            convention=result.convention or None,
            message=result.message or None,
            torch_defect=result.torch_defect,
            diagnosis=diagnosis,
            errors=list(tally.errors),
            seconds=round(result.seconds, 3),
        )

    def _diagnosis(self, check: "Check", contender: "Implementation") -> dict[str, Any] | None:
        """What a failure looks like; None where nothing can be said, or the attempt goes wrong."""
        from conformance.explain.diagnosis import diagnose  # noqa: PLC0415
        from conformance.spec.outcome import message_of  # noqa: PLC0415

        try:
            return diagnose(check, contender, self.plan, self.mistakes, self.right).plain()
        except Exception as error:  # noqa: BLE001 - a remark must not take the verdict down
            why = f"no diagnosis: {type(error).__name__}: {message_of(error)[:_LONGEST]}"
            return {"mistakes": [], "findings": [why], "hints": []}

    def judge_claim(self, name: str) -> record.Line:
        """Find the verdict of one claim: its line of the record."""
        from conformance.judge.claim import run_claim  # noqa: PLC0415
        from conformance.judge.stopwatch import stopwatch  # noqa: PLC0415

        with stopwatch.lap("claims"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run_claim(self.claims[name], self.plan).line()

    def header(self, started: datetime) -> record.Line:
        """The record's first line."""
        return record.header(
            versions={"python": platform.python_version(), **_versions()},
            seed=self.seed,
            cpu=_cpu(),
            threads=1,
            implementation=self.implementation,
            profile=self.profile if self.examples is None else f"{self.examples} examples",
            started=started.astimezone(UTC).isoformat(timespec="seconds"),
            shard=self.shard,
        )


def not_judged(about: dict[str, Any], verdict: str, message: str) -> record.Line:
    """The line of a check that came to no judgement, and why."""
    return record.check(**about, verdict=verdict, message=message, cases=0, elements=0)


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _cpu() -> str:
    """The processor's name; its architecture where the system does not tell."""
    if sys.platform == "linux":
        for row in Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines():
            if row.startswith("model name"):
                return row.partition(":")[2].strip()
    return platform.processor() or platform.machine()
