"""Judge functions and objects in a notebook, in a test, or at the prompt.

verdict = conformance.check("conv2d", my_conv2d, backward=my_conv2d_backward)
verdict.assert_conforms()
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from html import escape
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

from conformance.implementation.implementation import Implementation
from conformance.implementation.layers import is_layer, layer
from conformance.implementation.load import missing
from conformance.record import fields
from conformance.record import file as record
from conformance.record.file import Line, Record
from conformance.record.vocabulary import DEFAULT_PROFILE, FAILED, PASSED, PROFILES
from conformance.report.views import terminal
from conformance.run.lines import header, judge_check
from conformance.run.names import operations, unknown
from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.spec.check import Check

__all__ = ["Verdict", "check", "layer", "marked"]

_NOTHING = (
    "has none of the contract's functions; give a function beside the name of one operation, or a "
    "module, class or object that has some of them"
)


@dataclass(frozen=True)
class Verdict:
    """What the checks came to. It prints as the report, which a notebook shows by itself."""

    record: Record
    strict: bool = False

    @property
    def lines(self) -> tuple[Line, ...]:
        """Return one line of the record for each check."""
        return self.record.checks

    @property
    def failures(self) -> tuple[Line, ...]:
        """Return the lines of the checks that failed."""
        wrong = {*FAILED, *(["convention"] if self.strict else [])}
        return tuple(line for line in self.lines if line["verdict"] in wrong)

    @property
    def conforms(self) -> bool:
        """Return whether something was judged, and nothing failed."""
        judged = any(line["verdict"] in PASSED for line in self.lines)
        return judged and not self.failures

    def assert_conforms(self) -> None:
        """Raise an AssertionError with the whole report, unless the verdict is `conforms`."""
        __tracebackhide__ = True
        if not self.conforms:
            raise AssertionError(f"does not conform\n{self}")

    def __str__(self) -> str:
        return terminal(self.record)

    def __repr__(self) -> str:
        names = sorted({line["operation"] for line in self.lines})
        what = ", ".join(names) if len(names) <= 3 else f"{len(names)} operations"
        if self.conforms:
            return f"<Verdict: {what} conforms>"
        if not self.failures:
            return f"<Verdict: {what} not provided>"
        return f"<Verdict: {what} fails {len(self.failures)} of {len(self.lines)} checks>"

    def _repr_html_(self) -> str:
        if not all(map(find_spec, ("jinja2", "latex2mathml"))):
            return f"<pre>{escape(str(self))}</pre>"
        from conformance.report.html.notebook import notebook  # noqa: PLC0415 - jinja2 comes with it

        return notebook(self.record)


def check(
    what: Any,
    implementation: Any = None,
    *,
    backward: Callable[..., Any] | None = None,
    dtypes: Iterable[str] | None = None,
    profile: str = DEFAULT_PROFILE,
    seed: int = 0,
    strict: bool = False,
    tensors: str = "",
    device: str = "",
) -> Verdict:
    """Judge an implementation of one operation, of several, or of all that it offers.

    Args:
        what: the name of an operation, or several names; or the implementation itself, whose
            functions are then all judged.
        implementation: the function of the named operation; or a module, a class or an object
            with functions of the contract; or the path of a file, or the name of a module.
        backward: the function that returns the gradients; goes with a function.
        dtypes: only these, such as ["float32"].
        profile: how many structures each check draws: "quick", "default", "thorough" or "soak".
        seed: each seed draws other cases.
        strict: whether another convention than torch's fails.
        tensors: the library whose arrays it takes: "torch", "jax", or one of the array API
            standard. Without a backward function, gradients are the library's own.
        device: where torch's tensors are, such as "cuda".

    Raises:
        ValueError: if there is no such operation, dtype or profile, or if the implementation has
            no function of the contract.
        LoadError: if the implementation cannot be imported.
    """
    names, offers = _named(what, implementation)
    offers, title = _offered(names, offers, backward)
    run = _run(offers, title, profile, seed, tensors=tensors, device=device)
    return Verdict(_judged(run, _chosen(run, names, dtypes)), strict)


def marked(
    implementation: Any,
    operations: str | Iterable[str] = (),
    *,
    dtypes: Iterable[str] | None = None,
    profile: str = DEFAULT_PROFILE,
    seed: int = 0,
    strict: bool = False,
) -> dict[str, Callable[[], Verdict]]:
    """Return a function for each check, by the check's id; it judges the check when called.

    The arguments are those of `check`; `@pytest.mark.conformance` takes them too.

    Raises:
        ValueError, LoadError: as `check`.
    """
    names = (operations,) if isinstance(operations, str) else tuple(operations)
    offers, title = _offered(names if callable(implementation) else (), implementation, None)
    run = _run(offers, title, profile, seed)

    def judge(name: str) -> Verdict:
        return Verdict(_judged(run, [name]), strict)

    return {name: partial(judge, name) for name in _chosen(run, names, dtypes)}


def _run(offers: Any, title: str, profile: str, seed: int, **others: Any) -> Run:
    if profile not in PROFILES:
        raise ValueError(f"profile is {profile!r}; give one of {', '.join(PROFILES)}")
    given = None if isinstance(offers, str) else offers
    return Run(Settings(title, profile=profile, seed=seed, **others), given)


def _named(what: Any, implementation: Any) -> tuple[tuple[str, ...], Any]:
    """Return the names of the operations, none for all, and the implementation."""
    if implementation is None:
        if isinstance(what, str) and what in operations() and missing(what):
            raise ValueError(
                f"{what!r} is an operation, and its implementation is None; give a function, as in "
                f"conformance.check({what!r}, my_function)"
            )
        return (), what
    names = (what,) if isinstance(what, str) else tuple(what)
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"operations are {what!r}; give a name such as 'conv2d', or several")
    return names, implementation


def _offered(names: tuple[str, ...], offers: Any, backward: Any) -> tuple[Any, str]:
    """Return the object to judge, or where to find it; and its name in the report."""
    if offers is None:
        raise ValueError(f"None {_NOTHING}")
    if isinstance(offers, str):
        return offers, offers
    title = str(getattr(offers, "__name__", type(offers).__name__))
    # A class without the function of that name is a layer.
    is_class = isinstance(offers, type) and len(names) == 1 and not hasattr(offers, names[0])
    if (is_layer(offers) or is_class) and len(names) == 1 and backward is None:
        return SimpleNamespace(**{names[0]: offers}), title if is_class else "a layer"
    if isinstance(offers, type) or not callable(offers) or len(names) != 1:
        if backward is not None:
            raise ValueError("backward goes with one function of one operation named")
        return offers, title
    functions = {names[0]: offers}
    if backward is not None:
        functions[f"{names[0]}_backward"] = backward
    return SimpleNamespace(**functions), title


def _chosen(run: Run, names: tuple[str, ...], dtypes: Iterable[str] | None) -> list[str]:
    """Return ids of the checks of these operations and dtypes; without names, of all it offers."""
    contender = run.contender
    known = {check.operation.name for check in run.checks.values()}
    wanted = tuple(run.dtypes if dtypes is None else dtypes)
    if trouble := unknown(names, known, "operation"):
        raise ValueError(trouble)
    for name in wanted:
        if name not in run.dtypes:
            raise ValueError(f"there is no dtype {name!r}; give one of {', '.join(run.dtypes)}")
    if not any(_offers(contender, check) for check in run.checks.values()):
        raise ValueError(f"{run.settings.implementation} {_NOTHING}")

    def is_meant(check: Check) -> bool:
        if check.dtype not in wanted:
            return False
        return check.operation.name in names if names else _offers(contender, check)

    return [name for name, check in run.checks.items() if is_meant(check)]


def _offers(contender: Implementation, check: Check) -> bool:
    """Return whether it has a function of the check's operation; no network is one of them."""
    name = check.operation.name
    return contender.provides(name) or contender.provides(f"{name}_backward")


def _judged(run: Run, names: Iterable[str]) -> Record:
    started = datetime.now(UTC)
    names = list(names)
    run.wanted = frozenset(names)
    lines = sorted((judge_check(run, name) for name in names), key=lambda line: str(line["id"]))
    seconds = (datetime.now(UTC) - started).total_seconds()
    footer = fields.footer(lines, seconds=round(seconds, 1), complete=True)
    return record.assembled([header(run, started), *lines, footer])
