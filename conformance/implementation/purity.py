"""Find what a call changes besides its result: its inputs, earlier results, the process's state.

Two calls are made. Each begins in another state (seeds, error state, warning filters), which no
implementation would choose. An implementation that always sets the same state changes at least one
of them.
"""

import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.implementation.implementation import Implementation
from conformance.spec.outcome import NotProvided, Outcome, Returned
from conformance.spec.tree import leaves

# Kept as they are now: the implementation may put others in their place.
_geterr, _geterrcall = np.geterr, np.geterrcall
_getstate, _setstate, _seed = random.getstate, random.setstate, random.seed
# NumPy's global generator is what is watched.
_get_numpys, _set_numpys = np.random.get_state, np.random.set_state
_seed_numpys = np.random.seed
_shares_memory = np.shares_memory

# Two error states that no program asks for, one the opposite of the other.
_ERROR_STATES = (
    {"divide": "warn", "over": "ignore", "under": "warn", "invalid": "ignore"},
    {"divide": "ignore", "over": "warn", "under": "ignore", "invalid": "warn"},
)
_SEEDS = (271_828_182, 314_159_265)


@dataclass(frozen=True)
class Trace:
    """What two calls on equal inputs left behind.

    Attributes:
        ended: the outcome of the first call, if it gave no result.
        changed: what a call changed besides its result.
        same: whether both results have the same bits.
        overwritten: whether the second call wrote into the first result, or shares its memory.
    """

    ended: Outcome | None = None
    changed: tuple[str, ...] = ()
    same: bool = True
    overwritten: bool = False


def watch(
    name: str, first_inputs: Any, second_inputs: Any, parameters: dict[str, Any], by: Implementation
) -> Trace:
    """Call twice in the implementation's own process; return what the calls left behind."""
    first, changed = _watched(0, name, first_inputs, parameters, by)
    if not isinstance(first, Returned):
        return Trace(ended=first)
    if changed:
        return Trace(changed=changed)
    before, given = bits(first.result), bits(first_inputs)
    second, changed = _watched(1, name, second_inputs, parameters, by)
    if bits(first_inputs) != given:
        changed = (*changed, "the inputs of an earlier call")
    if not isinstance(second, Returned):
        return Trace(changed=changed, same=False)
    return Trace(
        changed=changed,
        same=bits(second.result) == before,
        overwritten=bits(first.result) != before or _share_memory(first.result, second.result),
    )


def _watched(
    which: int,
    name: str,
    inputs: Any,
    parameters: dict[str, Any],
    by: Implementation,
) -> tuple[Outcome, tuple[str, ...]]:
    """Call once in a state of its own; return the outcome, and the names of what it changed."""
    given = bits(inputs)
    with _peculiar_state(which):
        before = _global_state()
        outcome = by.call(name, inputs, dict(parameters))
        after = _global_state()
    changed = [key for key in before if after[key] != before[key]]
    if isinstance(outcome, NotProvided):
        return outcome, ()
    return outcome, ("its inputs",) * (bits(inputs) != given) + tuple(changed)


@contextmanager
def _peculiar_state(which: int) -> Iterator[None]:
    """Set a global state in which any change shows; restore the former state afterwards."""
    kept, kept_numpys, call = _getstate(), _get_numpys(), _geterrcall()
    try:
        with np.errstate(**_ERROR_STATES[which]), warnings.catch_warnings():  # type: ignore[arg-type]
            warnings.resetwarnings()
            # It matches everything, and nobody else would set it.
            warnings.filterwarnings("ignore", message="(?s:.*)")
            _seed(_SEEDS[which])
            _seed_numpys(_SEEDS[which])
            yield
    finally:
        _setstate(kept)
        _set_numpys(kept_numpys)
        np.seterrcall(call)


def _global_state() -> dict[str, Any]:
    algorithm, keys, *rest = _get_numpys(legacy=True)
    return {
        "NumPy's error state": (_geterr(), _geterrcall()),
        "NumPy's global random state": (algorithm, np.asarray(keys).tobytes(), rest),
        "Python's global random state": hash(_getstate()),
        "the warning filters": list(warnings.filters),
    }


def bits(tree: Any) -> Any:
    """Return the contents of nested arrays as data that compare equal when nothing changed."""
    if isinstance(tree, tuple | list):
        return [bits(item) for item in tree]
    return (tree.dtype.str, tree.shape, tree.tobytes()) if hasattr(tree, "tobytes") else repr(tree)


def _share_memory(first: Any, second: Any) -> bool:
    """Return whether the results of two calls lie in the same memory."""
    ours, theirs = (
        [leaf for leaf in leaves(tree) if isinstance(leaf, np.ndarray)] for tree in (first, second)
    )
    return any(_shares_memory(a, b) for a in ours for b in theirs)
