"""A run: its settings, and what is loaded from them when it is first asked for."""

import importlib
import importlib.util
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

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
    from conformance.spec.claim import Claim
    from conformance.spec.mistake import Mistake
    from conformance.spec.operation import Operation


class Run:
    """The cases, checks, claims and implementation that settings name. Nothing is loaded at first.

    Args:
        settings: by default those of the reference implementation.
        given: the object to judge, where it is at hand; the settings then only name it.
    """

    def __init__(self, settings: Settings | None = None, given: object = None) -> None:
        self.settings = settings or Settings()
        self.given = given
        self.stopwatch = Stopwatch()

    @cached_property
    def checks(self) -> dict[str, "Check"]:
        """Every check that the cases owe in these dtypes, by id."""
        operations = self.operations.values()
        from conformance.spec.check import checks_of  # noqa: PLC0415 - imported with the cases

        owed = [check for one in operations for check in checks_of(one, self.dtypes)]
        return {check.id: check for check in owed}

    @cached_property
    def operations(self) -> "dict[str, Operation]":
        """Return every operation by name: the functions of the contract, and the networks."""
        return {operation.name: operation for operation in self._cases.OPERATIONS}

    @cached_property
    def functions(self) -> "dict[str, Operation]":
        """Return the functions of the contract by name."""
        known = self.operations
        return {name: operation for name, operation in known.items() if operation.network is None}

    @cached_property
    def dtypes(self) -> tuple[str, ...]:
        """Those that the implementation offers, and the usual two whether it does or not."""
        loaded = self._loaded
        offered = () if isinstance(loaded, LoadError) else loaded.dtypes
        return tuple(name for name in DTYPES if name in {*offered, *USUAL_DTYPES})

    @cached_property
    def _cases(self) -> Any:
        """The package of cases; with it comes NumPy."""
        with self.stopwatch.lap("import"):
            return importlib.import_module(self.settings.cases)

    @cached_property
    def mistakes(self) -> "tuple[Mistake, ...]":
        """The named mistakes that the cases come with; none where they come with none."""
        name = f"{self.settings.cases}.mistakes"
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
        """How checks are drawn."""
        from conformance.judge.search import Plan  # noqa: PLC0415 - NumPy is imported only here

        return Plan(self.settings.structures, self.settings.seed)

    @property
    def contender(self) -> "Implementation":
        """The implementation.

        Raises:
            LoadError: where it cannot be loaded.
        """
        loaded = self._loaded
        if isinstance(loaded, LoadError):
            raise LoadError(str(loaded))
        return loaded

    @cached_property
    def _loaded(self) -> "Implementation | LoadError":
        """The implementation or the error, either of which is found once."""
        try:
            with self.stopwatch.lap("import"):
                return self._load()
        except LoadError as error:
            return error

    def _load(self) -> "Implementation":
        from conformance.implementation.load import load, offered  # noqa: PLC0415

        settings = self.settings
        if self.given is not None:
            return offered(self.given, settings.implementation)
        if not settings.isolate:
            return load(settings.implementation)
        if trouble := isolation_trouble():
            raise LoadError(trouble)
        from conformance.implementation.isolation.host import Isolated, Limits  # noqa: PLC0415

        limits = Limits(settings.timeout, settings.memory, 6 * settings.timeout)
        return Isolated(settings.implementation, limits)

    @cached_property
    def expected(self) -> dict[str, str]:
        """Patterns of checks that are expected to fail, and why.

        Raises:
            ExpectationError: where the file cannot be followed.
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
