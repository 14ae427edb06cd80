"""A run: its settings, and what is loaded from them at first use."""

import importlib
import importlib.util
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from conformance.implementation.bundled import bundled
from conformance.implementation.load_error import LoadError
from conformance.judge.stopwatch import Stopwatch
from conformance.record import expected_failures as expecting
from conformance.record.vocabulary import DTYPES, USUAL_DTYPES
from conformance.run.machine import isolation_trouble
from conformance.run.settings import REFERENCE, Settings

if TYPE_CHECKING:
    from conformance.implementation.implementation import Implementation
    from conformance.judge.search import Plan
    from conformance.spec.check import Check
    from conformance.spec.claim import Claim, Document
    from conformance.spec.finding import CheckResult
    from conformance.spec.mistake import Mistake
    from conformance.spec.operation import Operation


class Run:
    """The cases, checks, claims and implementation of some settings, each loaded at first use.

    Args:
        settings: by default those of the reference implementation.
        given: an object to judge, which the settings then only name.

    Attributes:
        wanted: ids of the checks that are going to be judged; None for all. Those that share
            trials are judged together.
        results: what checks came to that were judged with another one, until they are asked for.
    """

    def __init__(self, settings: Settings | None = None, given: object = None) -> None:
        self.settings = settings or Settings()
        self.given = given
        self.stopwatch = Stopwatch()
        self.wanted: frozenset[str] | None = None
        self.results: dict[str, CheckResult] = {}

    @cached_property
    def checks(self) -> dict[str, "Check"]:
        """Return every check of the operations in these dtypes, by id."""
        operations = self.operations.values()
        from conformance.spec.check import checks_of  # noqa: PLC0415 - imported with the cases

        checks = [check for operation in operations for check in checks_of(operation, self.dtypes)]
        return {check.id: check for check in checks}

    def grouped(self, names: "Iterable[str]") -> "dict[str, list[Check]]":
        """Return the checks of these ids, by operation and dtype: those that may share trials."""
        groups: dict[str, list[Check]] = {}
        for name in names:
            check = self.checks[name]
            groups.setdefault(check.group, []).append(check)
        return groups

    def together(self, check: "Check") -> "list[Check]":
        """Return the checks that share trials with one, itself among them, out of those wanted."""
        wanted = self.wanted
        return [
            other
            for other in self.checks.values()
            if other.operation is check.operation
            and other.dtype == check.dtype
            and other.sweep == check.sweep
            and (other is check or wanted is None or other.id in wanted)
        ]

    @cached_property
    def operations(self) -> "dict[str, Operation]":
        """Return every operation by name: functions of the contract, and networks of them."""
        return {operation.name: operation for operation in self._cases.OPERATIONS}

    @cached_property
    def functions(self) -> "dict[str, Operation]":
        """Return the functions of the contract by name."""
        known = self.operations
        return {name: operation for name, operation in known.items() if operation.network is None}

    @cached_property
    def dtypes(self) -> tuple[str, ...]:
        """Return the dtypes that the implementation offers, and the usual two in any case."""
        loaded = self._loaded
        offered = () if isinstance(loaded, LoadError) else loaded.dtypes
        return tuple(name for name in DTYPES if name in {*offered, *USUAL_DTYPES})

    @cached_property
    def _cases(self) -> Any:
        """Return the package of cases; NumPy is imported with it."""
        with self.stopwatch.lap("import"):
            return importlib.import_module(bundled(self.settings.cases))

    @cached_property
    def mistakes(self) -> "tuple[Mistake, ...]":
        """Return the named mistakes of the package of cases, if it has any."""
        name = f"{bundled(self.settings.cases)}.mistakes"
        if importlib.util.find_spec(name) is None:
            return ()
        mistakes: tuple[Mistake, ...] = importlib.import_module(name).MISTAKES
        return mistakes

    @cached_property
    def right(self) -> Any:
        """Return a right implementation, which a named mistake overlays."""
        return importlib.import_module(bundled(REFERENCE))

    @cached_property
    def claims(self) -> dict[str, "Claim"]:
        """Return every claim of the document, by id."""
        return {claim.id: claim for claim in self._cases.CLAIMS}

    @property
    def document(self) -> "Document | None":
        """Return the document that the claims are of; None where the cases have none."""
        document: Document | None = getattr(self._cases, "DOCUMENT", None)
        return document

    def section(self, claim: "Claim") -> str:
        """Return the number and the English heading of the section that a claim is of."""
        return self.document.section(claim.number) if self.document else claim.number

    @cached_property
    def expected_claims(self) -> Mapping[str, Any]:
        """Return the reviewed truth table of each claim, by id."""
        expectations: Mapping[str, Any] = self._cases.EXPECTATIONS
        return expectations

    @cached_property
    def plan(self) -> "Plan":
        """Return the plan of the search: how many structures, and the seed."""
        from conformance.judge.search import Plan  # noqa: PLC0415 - NumPy is imported only here

        return Plan(self.settings.structures, self.settings.seed)

    @property
    def contender(self) -> "Implementation":
        """Return the implementation.

        Raises:
            LoadError: where it cannot be loaded.
        """
        loaded = self._loaded
        if isinstance(loaded, LoadError):
            raise LoadError(str(loaded))
        return loaded

    @property
    def versions(self) -> dict[str, str]:
        """Return the versions that the implementation names; none where it is not loaded here."""
        loaded = self.__dict__.get("_loaded")
        return {} if loaded is None or isinstance(loaded, LoadError) else loaded.versions

    @cached_property
    def _loaded(self) -> "Implementation | LoadError":
        """Load the implementation once; return it, or the error."""
        try:
            with self.stopwatch.lap("import"):
                return self._load()
        except LoadError as error:
            return error

    def _load(self) -> "Implementation":
        implementation = self._found()
        for name, orders in implementation.layouts.items():
            known = self.operations[name].orders if name in self.operations else {}
            for strange in sorted({*orders} - {*known}):
                choice = ", ".join(map(repr, known))
                raise LoadError(
                    f"{self.settings.name!r}: LAYOUTS has {strange!r} for {name!r}, "
                    f"which has no such order of axes. "
                    f"{f'Give some of {choice}' if known else 'Take it out'}."
                )
        return implementation

    def _found(self) -> "Implementation":
        from conformance.implementation.load import load, offered  # noqa: PLC0415
        from conformance.implementation.signatures import (  # noqa: PLC0415
            declare,
            signatures_of,
        )

        settings = self.settings
        declare(signatures_of(self.operations.values()))
        arrays = (settings.tensors, settings.device)
        if self.given is not None:
            return offered(self.given, settings.implementation, arrays)
        if not settings.isolate and not settings.command:
            return load(settings.implementation, arrays)
        if trouble := isolation_trouble():
            raise LoadError(trouble)
        from conformance.implementation.isolation.host import Isolated  # noqa: PLC0415
        from conformance.implementation.isolation.limits import Limits  # noqa: PLC0415
        from conformance.implementation.isolation.program import Program  # noqa: PLC0415

        limits = Limits(settings.timeout, settings.memory, 6 * settings.timeout)
        if settings.command:
            return Program(settings.command, limits)
        return Isolated(settings.implementation, limits, arrays)

    @cached_property
    def expected(self) -> dict[str, str]:
        """Return the reasons of the checks that are expected to fail, by pattern of their ids.

        Raises:
            ExpectationError: the file cannot be read, or a pattern matches no check.
        """
        file = self.settings.expect
        if not file:
            return {}
        expected = expecting.read(file)
        if lost := expecting.unmatched(expected, self.checks):
            raise expecting.ExpectationError(
                f"{file}: {lost[0]!r} matches no check's id. Take the entry out, or give "
                f"one like {next(iter(self.checks))!r}."
            )
        return expected
