"""State of the process that any code may set, and that changes what all code computes.

It is held on both sides of a call. The implementation is called in the state that its import left:
its error state of NumPy is part of it. The suite's own work is done in a state of its own: torch
must record gradients, and no bound may be computed with subnormal numbers flushed to zero.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

# Kept as they are now: the implementation may put others in their place.
_geterr, _seterr = np.geterr, np.seterr
_geterrcall, _seterrcall = np.geterrcall, np.seterrcall

# Not computed here, where subnormal numbers may be flushed already.
_SMALLEST_NORMAL, _SUBNORMAL = sys.float_info.min, 5e-324
_HALF, _LARGE = 0.5, 2.0**60


@dataclass(frozen=True)
class State:
    """State of the process; None for what stays as it is.

    Attributes:
        errors: NumPy's error state, and the function that it calls.
        torch: whether torch records gradients, and the name of its default dtype.
        flushes: whether this thread's processor flushes subnormal numbers to zero.
    """

    errors: tuple[dict[str, Any], Any] | None = None
    torch: tuple[bool, str] | None = None
    flushes: bool | None = None


OWN = State(
    ({"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}, None),
    (True, "float32"),
    flushes=False,
)


def current() -> State:
    """Return the state as it is now. Before torch is imported, its part is torch's own."""
    torch = _imported_torch()
    recorded = OWN.torch
    if torch is not None:
        name = str(torch.get_default_dtype()).removeprefix("torch.")
        recorded = (torch.is_grad_enabled(), name)
    return State((dict(_geterr()), _geterrcall()), recorded, _flushes())


def set_state(state: State, now: State | None = None) -> None:
    """Set a state, as far as it is not so already; `now` is what it is, where that is known."""
    now = now or current()
    if state.errors is not None and state.errors != now.errors:
        modes, function = state.errors
        _seterr(**modes)
        _seterrcall(function)
    torch = _imported_torch()
    if torch is None:
        return
    if state.torch is not None and state.torch != now.torch:
        records, name = state.torch
        torch.set_grad_enabled(records)
        torch.set_default_dtype(getattr(torch, name))
    if state.flushes is not None and state.flushes != now.flushes:
        # NumPy computes on the same processor, and has no such switch.
        torch.set_flush_denormal(state.flushes)


@contextmanager
def kept() -> Iterator[None]:
    """Keep the state: whatever is set in this context is undone after it."""
    before = current()
    try:
        yield
    finally:
        set_state(before)


@contextmanager
def own_state() -> Iterator[None]:
    """Set the suite's own state in this context, whatever the code around it has set."""
    with kept():
        set_state(OWN)
        yield


def _imported_torch() -> Any:
    """Return torch if somebody has imported it: to import it for this would cost seconds."""
    torch = sys.modules.get("torch")
    # While it is being imported it has not yet all of its functions.
    return torch if hasattr(torch, "set_flush_denormal") else None


def _flushes() -> bool:
    """Return whether subnormal numbers are flushed to zero, as results or as operands."""
    return _SMALLEST_NORMAL * _HALF == 0.0 or _SUBNORMAL * _LARGE == 0.0
