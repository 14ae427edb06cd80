"""Whether a call leaves a trace: on its inputs, its earlier results, or the process around it.

Each of two calls begins in a state of its own (seeds, error state, warning filters) that no
implementation would choose: one that always sets the same state leaves no trace in the state
that an earlier call of it has left behind.
"""

import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.bounds.floats import Array
from conformance.implementation.implementation import Implementation
from conformance.spec.outcome import NotProvided, Outcome, Returned

# As they are now: what is watched may put others in their place.
_geterr, _geterrcall = np.geterr, np.geterrcall
_getstate, _setstate, _seed = random.getstate, random.setstate, random.seed
# NumPy's global generator is what is watched.
_get_numpys, _set_numpys = np.random.get_state, np.random.set_state
_seed_numpys = np.random.seed
_shares_memory = np.shares_memory

# What an error state that no program asks for looks like; the second is the opposite.
_ERROR_STATES = (
    {"divide": "warn", "over": "ignore", "under": "warn", "invalid": "ignore"},
    {"divide": "ignore", "over": "warn", "under": "ignore", "invalid": "warn"},
)
_SEEDS = (271_828_182, 314_159_265)


@dataclass(frozen=True)
class Trace:
    """What became of two calls on equal inputs.

    Attributes:
        ended: the first outcome that was no result; None where there were two.
        changed: what a call changed beside its result.
        same: whether both results are the same to the bit.
        overwritten: whether the second call wrote into the first one's result, or shares its place.
    """

    ended: Outcome | None = None
    changed: tuple[str, ...] = ()
    same: bool = True
    overwritten: bool = False


def watch(
    name: str, first_inputs: Any, second_inputs: Any, parameters: dict[str, Any], by: Implementation
) -> Trace:
    """Call twice, in the process that the implementation is in, and look around."""
    first, changed = _watched(0, name, first_inputs, parameters, by)
    if not isinstance(first, Returned):
        return Trace(ended=first)
    if changed:
        return Trace(changed=changed)
    before = _bits(first.result)
    second, changed = _watched(1, name, second_inputs, parameters, by)
    if not isinstance(second, Returned):
        return Trace(changed=changed, same=False)
    return Trace(
        changed=changed,
        same=_bits(second.result) == before,
        overwritten=_bits(first.result) != before or _share_memory(first.result, second.result),
    )


def _watched(
    which: int,
    name: str,
    inputs: Any,
    parameters: dict[str, Any],
    by: Implementation,
) -> tuple[Outcome, tuple[str, ...]]:
    """One call in a state of its own, and the names of what it changed."""
    given = _bits(inputs)
    with _peculiar_state(which):
        before = _global_state()
        outcome = by.call(name, inputs, dict(parameters))
        after = _global_state()
    changed = [key for key in before if after[key] != before[key]]
    if isinstance(outcome, NotProvided):
        return outcome, ()
    return outcome, ("its inputs",) * (_bits(inputs) != given) + tuple(changed)


@contextmanager
def _peculiar_state(which: int) -> Iterator[None]:
    """A global state that tells of any change; the one before it returns afterwards."""
    kept, kept_numpys, call = _getstate(), _get_numpys(), _geterrcall()
    try:
        with np.errstate(**_ERROR_STATES[which]), warnings.catch_warnings():  # type: ignore[arg-type]
            warnings.resetwarnings()
            # Matches everything, and is no filter that anyone else would set.
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


def _bits(tree: Any) -> Any:
    """Everything in nested arrays, as bytes that compare equal when nothing changed."""
    if isinstance(tree, tuple | list):
        return [_bits(one) for one in tree]
    return (tree.dtype.str, tree.shape, tree.tobytes()) if hasattr(tree, "tobytes") else repr(tree)


def _share_memory(first: Any, second: Any) -> bool:
    """Whether results of two calls, on inputs of their own, lie in the same place."""
    return any(_shares_memory(a, b) for a in _arrays(first) for b in _arrays(second))


def _arrays(tree: Any) -> Iterator[Array]:
    if isinstance(tree, tuple | list):
        for one in tree:
            yield from _arrays(one)
    elif isinstance(tree, np.ndarray):
        yield tree
