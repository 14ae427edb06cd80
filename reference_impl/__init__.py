"""Neural-network operations and their gradients, written in NumPy as their formulas read.

For each operation `op` there is `op_backward(grad_output, <the same inputs>, **parameters)`. It
returns the gradients of a scalar loss L with respect to the inputs, given `grad_output`, the
gradient of L with respect to the output. Names, shapes and conventions are those of
torch.nn.functional.

A docstring gives the formula first, then the shapes, the errors and the source. Upper-case letters
are arrays of samples, such as X and Y; G = ∂L/∂Y is the gradient of the output.

Every public function of the files beside this one is offered here. `half` offers them once more.
"""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def _found() -> dict[str, Callable[..., Any]]:
    """Return the public functions by name, out of the files that define them."""
    files = [file.name for file in iter_modules(__path__)]
    modules = [
        import_module(f".{name}", __name__)
        for name in files
        if name != "half" and not name.startswith("_")
    ]
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
    }


_FUNCTIONS = _found()
__all__ = sorted(_FUNCTIONS)  # noqa: PLE0605 - a list of texts it is
globals().update(_FUNCTIONS)


def __getattr__(name: str) -> Callable[..., Any]:
    """Say to type checkers that there are functions here; a name that is asked for has none."""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
