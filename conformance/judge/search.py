"""Examples of a strategy, drawn by Hypothesis until one fails; then smaller ones if asked."""

import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException, Unsatisfiable
from hypothesis.strategies import SearchStrategy

from conformance.implementation.process_state import own_state

try:
    from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

    _ = HypothesisProvider._maybe_draw_constant  # noqa: SLF001 - replaced below
except (ImportError, AttributeError) as error:
    raise ImportError(
        f"Hypothesis {hypothesis.__version__} draws in another way than nn-conformance knows. "
        f"Install one of the versions 6.135 to 6.170."
    ) from error

# Examples that Hypothesis may try while it makes a failure small; counted, so that a run is
# the same on a slow machine.
_SHRINK_BUDGET = 150

# With the structure itself this seeds the fill.
_NUMBERS = st.integers(0, 255)


class _Draws(HypothesisProvider):
    """Hypothesis's own way of drawing, but for two habits. Shrinking is the same.

    Hypothesis draws constants from the source of modules that happen to be imported. What is drawn
    would depend on whose implementation is judged, and on how the suite was installed.
    Under its own name, every third example is an earlier one with a part copied over another: a
    third fewer distinct shapes. This provider has another name.
    """

    def _maybe_draw_constant(self, *_args: Any, **_options: Any) -> None:
        return None


_BACKEND = "nn-conformance"


@dataclass(frozen=True)
class Plan:
    """How a run draws: how many structures for each check, and the seed."""

    examples: int = 40
    seed: int = 0


@contextmanager
def silent() -> Iterator[None]:
    """Hide warnings in this context: they are judged where a call listens for them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _Wrong(Exception):  # noqa: N818 - a signal to Hypothesis that the example is interesting
    """Raised inside a Hypothesis test where a case fails."""


class Search:
    """Examples of a strategy until one fails.

    With `shrink`, smaller ones that fail too are drawn after it, within a budget. What is drawn
    until the first failure is the same with and without it.
    """

    def __init__(self, name: str, plan: Plan, *, shrink: bool = False) -> None:
        self._name = name
        self._plan = plan
        self._shrink = shrink
        self.failed = False
        self._left = _SHRINK_BUDGET if shrink else 0

    def settle(self) -> None:
        """Stop looking for a smaller example."""
        self._left = 0

    def over(self, strategy: SearchStrategy[Any], test: Callable[[Any, int], bool]) -> None:
        """Call a test with examples and seeds, until it returns that one does not pass."""

        def body(example: Any, number: int) -> None:
            if self.failed:
                if self._left <= 0:
                    return
                self._left -= 1
            if not test(example, zlib.crc32(f"{example!r}: {number}".encode())):
                self.failed = True
                raise _Wrong

        seed = zlib.crc32(f"{self._plan.seed}:{self._name}".encode())
        given = hypothesis.given(strategy, _NUMBERS)(body)
        try:
            with silent(), own_state():
                hypothesis.seed(seed)(self._settings()(given))()
        except Unsatisfiable:
            # Nothing of this kind can be drawn: no axis of the operation may be empty.
            return
        except (_Wrong, HypothesisException, BaseExceptionGroup):
            # Past its budget a failing example no longer fails, which Hypothesis calls flaky.
            if not self.failed:
                raise

    def _settings(self) -> hypothesis.settings:
        phases = (Phase.generate, Phase.shrink) if self._shrink else (Phase.generate,)
        # Hypothesis looks it up by name, and imports it from there.
        AVAILABLE_PROVIDERS.setdefault(_BACKEND, f"{__name__}.{_Draws.__name__}")
        return hypothesis.settings(
            backend=_BACKEND,
            max_examples=self._plan.examples,
            database=None,
            deadline=None,
            derandomize=False,
            print_blob=False,
            report_multiple_bugs=False,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        )
