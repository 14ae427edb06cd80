"""The mistakes that all recurrent networks may have, and the changes that they are made of.

The inputs are x, h, in an LSTM c, then w_ih, w_hh, b_ih, b_hh.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake, Wrong, nested

from ._images import with_inputs, with_result, without_strides
from ._wrong import dtype_checks, gradient_checks, silencing, value_checks


def arguments(operation: str) -> tuple[str, ...]:
    """Return the names of a recurrent operation's inputs, all of which have a gradient."""
    states = ("h", "c") if operation.startswith("lstm") else ("h",)
    return ("x", *states, "w_ih", "w_hh", "b_ih", "b_hh")


def broken_gradients(operation: str, *names: str) -> tuple[str, ...]:
    """Return the checks that wrong gradients break: of these inputs, or of all."""
    return gradient_checks(operation, *(names or arguments(operation)))


def given(operation: str, **changes: Callable[[Array], Array]) -> Wrong:
    """Return a mistake that changes some inputs first."""

    def change(*inputs: Array) -> tuple[Array, ...]:
        names = arguments(operation)
        return tuple(
            changes[name](array) if name in changes else array
            for name, array in zip(names, inputs, strict=True)
        )

    return with_inputs(operation, change)


def returned(operation: str, **changes: Callable[..., Array]) -> Wrong:
    """Return a mistake that returns change(gradient, *inputs) instead of some gradients."""

    def change(gradients: Any, _upstream: Any, *inputs: Array) -> tuple[Array, ...]:
        names = arguments(operation)
        return tuple(
            changes[name](gradient, *inputs) if name in changes else gradient
            for name, gradient in zip(names, gradients, strict=True)
        )

    return with_result(f"{operation}_backward", change)


def nothing(gradient: Array, *_inputs: Array) -> Array:
    """Return a gradient of zero."""
    return np.zeros_like(gradient)


def twice(gradient: Array, *_inputs: Array) -> Array:
    """Return the gradient added to itself."""
    with np.errstate(over="ignore"):
        return gradient + gradient


def _averaged(gradient: Array, x: Array, *_others: Array) -> Array:
    result: Array = gradient / np.asarray(max(len(x), 1), gradient.dtype)
    return result


def _without_nan(tree: Any, *_inputs: Any) -> Any:
    return nested(lambda a: np.where(np.isnan(a), a.dtype.type(0), a), tree)


def _widened(result: Any, *_inputs: Any) -> Any:
    return nested(lambda a: a.astype(np.float64), result)


def _squeezed(result: Any, x: Array, *_others: Array) -> Any:
    return nested(lambda a: a[0], result) if len(x) == 1 else result


def _in_half(operation: str, right: Any) -> Functions:
    def wrong(*inputs: Array) -> Any:
        narrow = [array.astype(np.float16).astype(array.dtype) for array in inputs]
        return getattr(right, operation)(*narrow)

    return {operation: wrong}


def _cut(x: Array, h: Array, *others: Array) -> tuple[Array, ...]:
    return x, h[: len(x)] if x.ndim else h, *others


def common(operation: str) -> tuple[Mistake, ...]:
    """Return the mistakes that cells and sequences share."""
    return (
        *_formulas(operation),
        *_arrays(operation),
        *_not_a_number(operation),
        *_uses(operation),
        *_gradients(operation),
    )


def _formulas(operation: str) -> tuple[Mistake, ...]:
    """Return the mistakes in what is computed."""
    values = value_checks(operation)
    states = tuple(name for name in arguments(operation) if name in {"h", "c"})
    return (
        Mistake(
            f"{operation}/b-hh-left-out",
            "the recurrent product gets no bias of its own",
            "How many biases has the formula?",
            values,
            given(operation, b_hh=np.zeros_like),
        ),
        Mistake(
            f"{operation}/starts-from-zero",
            "the state that is handed over is ignored: the network starts from zeros",
            "Call it with two different states.",
            values,
            given(operation, **dict.fromkeys(states, np.zeros_like)),
        ),
    )


def _arrays(operation: str) -> tuple[Mistake, ...]:
    """Return the mistakes in dtypes, shapes and memory."""
    values = value_checks(operation)
    return (
        Mistake(
            f"{operation}/float64-out",
            "the results are float64, whatever the inputs are",
            "Look at the dtype of what comes back.",
            dtype_checks(operation, "float32"),
            with_result(operation, _widened),
        ),
        Mistake(
            f"{operation}/inputs-in-half-precision",
            "the inputs pass through float16 on their way in",
            "How many digits does the result share with the right one?",
            values,
            partial(_in_half, operation),
        ),
        Mistake(
            f"{operation}/batch-of-one-squeezed",
            "of a batch of one sample the batch axis is dropped",
            "What shape has the result for a single sample?",
            values,
            with_result(operation, _squeezed),
        ),
        Mistake(
            f"{operation}/strides-ignored",
            "x is read in the order of its memory, as if it were contiguous",
            "Hand over a transposed x.",
            values,
            given(operation, x=without_strides),
        ),
    )


def _not_a_number(operation: str) -> tuple[Mistake, ...]:
    """Return the mistakes in what becomes of NaN."""
    in_results = Mistake(
        f"{operation}/nan-swallowed",
        "NaN in the result is replaced by zero",
        "What should come of an input that is not a number?",
        (f"{operation}/special[*]",),
        with_result(operation, _without_nan),
    )
    if "relu" in operation:
        return (in_results,)  # ReLU's slope at NaN is a convention, and zero is one of its answers
    special = tuple(f"{operation}/special/{name}[*]" for name in arguments(operation))
    in_gradients = Mistake(
        f"{operation}/nan-gradients-swallowed",
        "NaN in the gradients is replaced by zero",
        "What is the gradient where an input is not a number?",
        special,
        with_result(f"{operation}_backward", _without_nan),
    )
    return in_results, in_gradients


def _uses(operation: str) -> tuple[Mistake, ...]:
    """Return the mistakes in what is accepted, and in what is left behind."""
    return (
        Mistake(
            f"{operation}/long-state-cut",
            "a state with too many samples is cut to the length of x",
            "Call it with more states than samples.",
            (f"{operation}/refusal[*]",),
            with_inputs(operation, _cut),
        ),
        Mistake(
            f"{operation}/silences-numpy",
            "NumPy's error state is changed and left so",
            "Compare numpy.geterr() before and after.",
            (f"{operation}/pure[*]",),
            silencing(operation),
        ),
    )


def _gradients(operation: str) -> tuple[Mistake, ...]:
    """Return the mistakes in the way back."""
    gradients = partial(broken_gradients, operation)
    return (
        Mistake(
            f"{operation}/bias-gradients-averaged",
            "the gradients of the biases are averaged over the samples, not summed",
            "The upstream gradient has the average in it already.",
            gradients("b_ih", "b_hh"),
            returned(operation, b_ih=_averaged, b_hh=_averaged),
        ),
        Mistake(
            f"{operation}/x-detached",
            "the gradient of x is zero, as if x were always data and never a layer's output",
            "Put a layer below.",
            gradients("x"),
            returned(operation, x=nothing),
        ),
        Mistake(
            f"{operation}/state-detached",
            "the gradient of the first state is zero",
            "Who handed the state over?",
            gradients("h"),
            returned(operation, h=nothing),
        ),
        Mistake(
            f"{operation}/recurrent-weights-frozen",
            "the gradient of the recurrent weights is zero",
            "Which weights does a step of training move?",
            gradients("w_hh"),
            returned(operation, w_hh=nothing),
        ),
        Mistake(
            f"{operation}/input-weights-by-columns",
            "the gradient of w_ih has its numbers in the order of columns",
            "Compare one element with a difference quotient.",
            gradients("w_ih"),
            returned(operation, w_ih=lambda g, *_: g.ravel(order="F").reshape(g.shape)),
        ),
    )
