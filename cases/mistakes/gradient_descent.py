"""Mistakes of gradient descent: the direction, the rate, and what must not be touched."""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake, Wrong

from ._wrong import dtype_checks, value_checks

_VALUE = value_checks("gradient_descent")
_REFUSAL = ("gradient_descent/refusal[*]",)

Arrays = list[Array]


def _step(update: Callable[[Array, Array, float], Any]) -> Wrong:
    """Make the step of each parameter out of the parameter, its gradient and the rate."""

    def gradient_descent(parameters: Arrays, gradients: Arrays, *, learning_rate: float) -> Arrays:
        both = zip(parameters, gradients, strict=True)
        return [update(theta, grad, learning_rate) for theta, grad in both]

    return lambda _right: {"gradient_descent": gradient_descent}


def _float64_rate(right: Any) -> Functions:
    def gradient_descent(parameters: Arrays, gradients: Arrays, *, learning_rate: float) -> Arrays:
        right.gradient_descent(parameters, gradients, learning_rate=learning_rate)  # refuses
        with np.errstate(all="ignore"):
            rate = np.float64(learning_rate)
            both = zip(parameters, gradients, strict=True)
            return [theta - rate * grad for theta, grad in both]

    return {"gradient_descent": gradient_descent}


def _in_place(_right: Any) -> Functions:
    def gradient_descent(parameters: Arrays, gradients: Arrays, *, learning_rate: float) -> Arrays:
        for theta, grad in zip(parameters, gradients, strict=True):
            theta -= learning_rate * grad  # noqa: PLW2901 - the mistake
        return parameters

    return {"gradient_descent": gradient_descent}


def _first_only(right: Any) -> Functions:
    def gradient_descent(parameters: Arrays, gradients: Arrays, *, learning_rate: float) -> Arrays:
        stepped = right.gradient_descent(parameters, gradients, learning_rate=learning_rate)
        return [stepped[0], *parameters[1:]]

    return {"gradient_descent": gradient_descent}


def _norm_clipped(_right: Any) -> Functions:
    def gradient_descent(parameters: Arrays, gradients: Arrays, *, learning_rate: float) -> Arrays:
        norm = np.sqrt(sum(np.sum(grad**2) for grad in gradients))
        rate = learning_rate * min(1.0, 1.0 / float(norm)) if norm > 0 else learning_rate
        both = zip(parameters, gradients, strict=True)
        return [np.asarray(theta - rate * grad) for theta, grad in both]

    return {"gradient_descent": gradient_descent}


def _momentum_kept(_right: Any) -> Functions:
    kept: dict[Any, Array] = {}

    def gradient_descent(parameters: Arrays, gradients: Arrays, *, learning_rate: float) -> Arrays:
        stepped = []
        for i, (theta, grad) in enumerate(zip(parameters, gradients, strict=True)):
            key = i, theta.shape, theta.dtype
            kept[key] = kept[key] * 0.9 + grad if key in kept else grad
            stepped.append(theta - learning_rate * kept[key])
        return stepped

    return {"gradient_descent": gradient_descent}


def _pairs_that_there_are(right: Any) -> Functions:
    def gradient_descent(parameters: Arrays, gradients: Arrays, *, learning_rate: float) -> Arrays:
        n = min(len(parameters), len(gradients))
        stepped: Arrays = right.gradient_descent(
            parameters[:n], gradients[:n], learning_rate=learning_rate
        )
        return stepped

    return {"gradient_descent": gradient_descent}


def _no_state(rate: Callable[[float], float]) -> Wrong:
    """Make a step at another rate."""
    return lambda right: {
        "gradient_descent": lambda parameters, gradients, *, learning_rate: right.gradient_descent(
            parameters, gradients, learning_rate=rate(learning_rate)
        )
    }


def _shuffles(right: Any) -> Functions:
    def gradient_descent(parameters: Arrays, gradients: Arrays, *, learning_rate: float) -> Arrays:
        stepped: Arrays = list(parameters)
        # Any order will do, for no step depends on another.
        for i in np.random.permutation(len(parameters)):  # noqa: NPY002 - the mistake
            (stepped[i],) = right.gradient_descent(
                parameters[i : i + 1], gradients[i : i + 1], learning_rate=learning_rate
            )
        return stepped

    return {"gradient_descent": gradient_descent}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "gradient_descent/uphill",
        "the step is added: this is gradient ascent",
        "Does the loss fall along the gradient or against it?",
        _VALUE,
        _step(lambda theta, grad, rate: theta + rate * grad),
    ),
    Mistake(
        "gradient_descent/rate-missing",
        "the step is the whole gradient, whatever the rate",
        "What should happen at a rate of 0?",
        _VALUE,
        _step(lambda theta, grad, _rate: theta - grad),
    ),
    Mistake(
        "gradient_descent/rate-zero-replaced",
        "a rate of 0 is taken for none, and 0.01 is used, since 0 is falsy",
        "What does `learning_rate or 0.01` come to, for each rate that may be passed?",
        _VALUE,
        _no_state(lambda rate: rate or 0.01),
    ),
    Mistake(
        "gradient_descent/sign-only",
        "only the gradient's sign is used, so that every step is as long as the rate",
        "Halve the gradient: what becomes of the step?",
        _VALUE,
        _step(lambda theta, grad, rate: theta - rate * np.sign(grad)),
    ),
    Mistake(
        "gradient_descent/gradient-clipped",
        "gradients longer than 1 are shortened to 1, all parameters' together",
        "Double the gradients: what becomes of the step?",
        _VALUE,
        _norm_clipped,
    ),
    Mistake(
        "gradient_descent/averaged",
        "the gradient is divided by the parameter's length, though averaging was the loss's task",
        "Does the step of an element depend on how many others there are?",
        _VALUE,
        _step(lambda theta, grad, rate: theta - rate * grad / max(grad.size, 1)),
    ),
    Mistake(
        "gradient_descent/first-parameter-only",
        "only the first parameter of the list is stepped",
        "Pass two parameters, and look at the second.",
        _VALUE,
        _first_only,
    ),
    Mistake(
        "gradient_descent/in-place",
        "the caller's parameters are overwritten",
        "Look at the parameters that you passed, after the call.",
        (*_VALUE, "gradient_descent/pure[*]"),
        _in_place,
    ),
    Mistake(
        "gradient_descent/momentum-kept",
        "a velocity is kept between calls, so that equal calls give unequal steps",
        "Call it twice with the same arguments.",
        (*_VALUE, "gradient_descent/pure[*]"),
        _momentum_kept,
    ),
    Mistake(
        "gradient_descent/float64-rate",
        "the rate is a NumPy float64, which makes float64 of float32 parameters",
        "What is the dtype of np.float64(0.1) times a float32 array?",
        dtype_checks("gradient_descent", "float32"),
        _float64_rate,
    ),
    Mistake(
        "gradient_descent/global-generator-used",
        "a random order is drawn from NumPy's global generator, which changes everyone's numbers",
        "Seed NumPy's generator, draw a number, and do it again with a call in between.",
        ("gradient_descent/pure[*]",),
        _shuffles,
    ),
    Mistake(
        "gradient_descent/zip-stops-early",
        "the lists are zipped, and parameters beyond the last gradient are dropped in silence",
        "Pass two parameters and one gradient: how many come back?",
        _REFUSAL,
        _pairs_that_there_are,
    ),
    Mistake(
        "gradient_descent/gradient-broadcast",
        "a gradient of another shape broadcasts, and the parameter comes back in that shape",
        "Pass a parameter of shape (3,) and a gradient of shape (2, 3).",
        _REFUSAL,
        _step(lambda theta, grad, rate: theta - rate * grad),
    ),
    Mistake(
        "gradient_descent/negative-rate",
        "a negative rate is accepted as its absolute value",
        "Call it with a rate of −0.5: who should be told?",
        _REFUSAL,
        _no_state(abs),
    ),
)
