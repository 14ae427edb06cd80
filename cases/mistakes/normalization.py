"""Mistakes of batch and layer norm: the wrong variance, the wrong axes, means held constant."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake, Wrong

from . import _statistics as with_
from ._images import with_inputs, with_result, without_strides
from ._statistics import EPS, Axes, forward, group, mean, shaped, variance
from ._wrong import dtype_checks, gradient_checks, reused, silencing, value_checks


def _gradient_of_x(operation: str, formula: Callable[..., Array]) -> Wrong:
    """Return a mistake in the gradient of x: another formula of g = γ G, x̂, s and the axes."""

    def replaced(right: Any) -> Functions:
        def wrong(
            grad: Array, x: Array, weight: Array, bias: Array, *, eps: float = EPS
        ) -> tuple[Array, ...]:
            backward = getattr(right, f"{operation}_backward")
            _, *others = backward(grad, x, weight, bias, eps=eps)
            axes = group(operation, x)
            with np.errstate(all="ignore"):
                s = 1 / np.sqrt(variance(x, axes) + x.dtype.type(eps))
                x_hat = (x - mean(x, axes)) * s
                grad_x = formula(shaped(operation, weight, x) * grad, x_hat, s, axes)
            return grad_x.astype(x.dtype), *others

        return {f"{operation}_backward": wrong}

    return replaced


def _mean_constant(g: Array, x_hat: Array, s: Array, axes: Axes) -> Array:
    result: Array = s * (g - x_hat * mean(g * x_hat, axes))
    return result


def _variance_constant(g: Array, _x_hat: Array, s: Array, axes: Axes) -> Array:
    result: Array = s * (g - mean(g, axes))
    return result


def _both_constant(g: Array, _x_hat: Array, s: Array, _axes: Axes) -> Array:
    return s * g


def _changed(operation: str, **changes: Callable[..., Array]) -> Wrong:
    """Return a mistake that returns change(gradient, grad_output, x) instead of some gradients."""

    def change(gradients: Any, grad: Array, x: Array, *_others: Array) -> tuple[Array, ...]:
        names = ("x", "weight", "bias")
        return tuple(
            changes[name](gradient, grad, x) if name in changes else gradient
            for name, gradient in zip(names, gradients, strict=True)
        )

    return with_result(f"{operation}_backward", change)


def _raw(operation: str, _gradient: Array, grad: Array, x: Array) -> Array:
    """Return Σ G x instead of Σ G x̂."""
    axes = tuple(range(x.ndim - 1)) if operation == "layer_norm" else group(operation, x)
    with np.errstate(all="ignore"):
        result: Array = (grad * x).sum(axis=axes)
    return result


def _averaged(gradient: Array, grad: Array, _x: Array) -> Array:
    count = max(grad.size // max(gradient.size, 1), 1)
    result: Array = gradient / gradient.dtype.type(count)
    return result


def _broadcasting(name: str, right: Any) -> Functions:
    """Accept a weight or bias of a single entry for all channels."""

    def wrong(x: Array, weight: Array, bias: Array, **parameters: Any) -> Any:
        if x.ndim:
            size = x.shape[-1] if name == "layer_norm" else x.shape[1] if x.ndim > 1 else 1
            weight, bias = (np.full(size, a[0]) if a.shape == (1,) else a for a in (weight, bias))
        return getattr(right, name)(x, weight, bias, **parameters)

    return {name: wrong}


def _one_value(right: Any) -> Functions:
    def batch_norm(x: Array, weight: Array, bias: Array, **parameters: Any) -> Any:
        if x.ndim > 1 and weight.shape == bias.shape == x.shape[1:2] and x.size == x.shape[1]:
            return x * 0 + bias.reshape(-1, *(1,) * (x.ndim - 2))
        return right.batch_norm(x, weight, bias, **parameters)

    return {"batch_norm": batch_norm}


def _in_half(x: Array, weight: Array, bias: Array, **_parameters: Any) -> tuple[Array, ...]:
    with np.errstate(all="ignore"):
        return x.astype(np.float16).astype(x.dtype), weight, bias


def _common(name: str) -> tuple[Mistake, ...]:
    """Return the mistakes that batch and layer norm share."""
    return (
        *_variances(name),
        *_moments(name),
        *_arrays(name),
        *_uses(name),
        *_gradients_of_x(name),
        *_gradients_of_parameters(name),
    )


def _variances(name: str) -> tuple[Mistake, ...]:
    """Return the mistakes in what is divided by."""
    values = value_checks(name)
    wrong = partial(forward, name)
    return (
        Mistake(
            f"{name}/unbiased-variance",
            "the sum of squares is divided by m − 1, where m is due",
            "By what is the variance divided that normalizes?",
            values,
            wrong(with_.unbiased),
        ),
        Mistake(
            f"{name}/eps-outside-the-root",
            "ε is added to the standard deviation, where it is to be added to the variance",
            "What is the result for a constant group?",
            values,
            wrong(with_.eps_outside),
        ),
        Mistake(
            f"{name}/eps-not-a-parameter",
            "ε is always 1e-5, whatever is asked for",
            "Call it with an eps of one.",
            values,
            wrong(with_.eps_fixed),
        ),
        Mistake(
            f"{name}/difference-of-squares",
            "the variance is taken as mean x² − μ², which cancels where μ is large",
            "Add a thousand to every x.",
            values,
            wrong(with_.textbook),
            noisy=True,
        ),
        Mistake(
            f"{name}/divided-by-the-variance",
            "x − μ is divided by the variance, without a root",
            "Double every x: what should change?",
            values,
            wrong(with_.variance_not_rooted),
        ),
    )


def _moments(name: str) -> tuple[Mistake, ...]:
    """Return the mistakes in what is subtracted and squared."""
    values = value_checks(name)
    wrong = partial(forward, name)
    return (
        Mistake(
            f"{name}/not-centred",
            "the mean is not subtracted",
            "What is the mean of the result?",
            values,
            wrong(with_.not_centred),
        ),
        Mistake(
            f"{name}/second-moment",
            "the mean of x² stands in the place of the variance",
            "Add a thousand to every x.",
            values,
            wrong(with_.about_zero),
        ),
    )


def _arrays(name: str) -> tuple[Mistake, ...]:
    """Return the mistakes in dtypes and memory, and in what becomes of NaN."""
    values = value_checks(name)
    return (
        Mistake(
            f"{name}/half-precision-inside",
            "x passes through float16 on its way in",
            "How many digits does the result share with the right one?",
            values,
            with_inputs(name, _in_half),
        ),
        Mistake(
            f"{name}/strides-ignored",
            "x is read in the order of its memory, as if it were contiguous",
            "Hand over a transposed x.",
            values,
            with_inputs(name, lambda x, *others, **_: (without_strides(x), *others)),
        ),
        Mistake(
            f"{name}/float64-out",
            "the result is float64, whatever the inputs are",
            "Look at the dtype of what comes back.",
            dtype_checks(name, "float32"),
            with_result(name, lambda y, *_: y.astype(np.float64)),
        ),
        Mistake(
            f"{name}/nan-swallowed",
            "NaN in the result is replaced by zero",
            "What should come of an input that is not a number?",
            (f"{name}/special[*]",),
            with_result(name, lambda y, *_: np.where(np.isnan(y), y.dtype.type(0), y)),
        ),
    )


def _uses(name: str) -> tuple[Mistake, ...]:
    """Return the mistakes in what is accepted, and in what is left behind."""
    return (
        Mistake(
            f"{name}/one-weight-for-all",
            "a weight or a bias of one entry is spread over all channels",
            "Call it with a bias of one entry.",
            (f"{name}/refusal[*]",),
            partial(_broadcasting, name),
        ),
        Mistake(
            f"{name}/silences-numpy",
            "NumPy's error state is changed and left so",
            "Compare numpy.geterr() before and after.",
            (f"{name}/pure[*]",),
            silencing(name),
        ),
        Mistake(
            f"{name}/results-share-memory",
            "every result of one shape is written into the same array",
            "Call it twice, and look at the first result again.",
            (f"{name}/pure[*]",),
            lambda right: {name: reused(getattr(right, name))},
        ),
    )


def _gradients_of_x(name: str) -> tuple[Mistake, ...]:
    """Return the mistakes in the gradient of x."""
    of_x = gradient_checks(name, "x")
    return (
        Mistake(
            f"{name}/mean-held-constant",
            "the gradient of x takes the mean for a constant",
            "On how many of the x does the mean depend?",
            of_x,
            _gradient_of_x(name, _mean_constant),
        ),
        Mistake(
            f"{name}/variance-held-constant",
            "the gradient of x takes the variance for a constant",
            "On how many of the x does the variance depend?",
            of_x,
            _gradient_of_x(name, _variance_constant),
        ),
        Mistake(
            f"{name}/statistics-held-constant",
            "the gradient of x is γ s G, as with the statistics of another batch",
            "Where do the mean and the variance come from?",
            of_x,
            _gradient_of_x(name, _both_constant),
        ),
    )


def _gradients_of_parameters(name: str) -> tuple[Mistake, ...]:
    """Return the mistakes in the gradients of γ and β."""
    of_weight, of_bias = (gradient_checks(name, input_) for input_ in ("weight", "bias"))
    return (
        Mistake(
            f"{name}/weight-gradient-of-x",
            "the gradient of γ is Σ G x, where it is Σ G x̂",
            "What does γ multiply?",
            of_weight,
            _changed(name, weight=partial(_raw, name)),
        ),
        Mistake(
            f"{name}/bias-gradient-averaged",
            "the gradient of β is averaged, where it is to be summed",
            "The upstream gradient has the average in it already.",
            of_bias,
            _changed(name, bias=_averaged),
        ),
        Mistake(
            f"{name}/gradients-of-weight-and-bias-exchanged",
            "the gradients of γ and β are returned in each other's place",
            "In which order does the contract name them?",
            gradient_checks(name, "weight", "bias"),
            with_result(f"{name}_backward", lambda grads, *_: (grads[0], grads[2], grads[1])),
        ),
    )


MISTAKES: tuple[Mistake, ...] = (
    *_common("batch_norm"),
    *_common("layer_norm"),
    Mistake(
        "batch_norm/each-sample-by-itself",
        "the statistics are those of each sample, not of the batch",
        "Does a sample's result depend on the others?",
        value_checks("batch_norm"),
        forward("batch_norm", with_.by_sample),
    ),
    Mistake(
        "batch_norm/all-channels-together",
        "one mean and one variance serve all channels",
        "What is the mean of each channel of the result?",
        value_checks("batch_norm"),
        forward("batch_norm", with_.all_channels),
    ),
    Mistake(
        "batch_norm/over-samples-alone",
        "the means are taken over the samples, and each pixel has its own",
        "How many means are there?",
        value_checks("batch_norm"),
        forward("batch_norm", with_.first_axis),
    ),
    Mistake(
        "batch_norm/one-value-accepted",
        "one value in each channel is normalized to β, where there is nothing to normalize",
        "What is the variance of one value?",
        ("batch_norm/refusal[*]",),
        _one_value,
    ),
    Mistake(
        "layer_norm/over-the-first-axis",
        "the means are taken over the samples, as in batch norm",
        "Does a row's result depend on the others?",
        value_checks("layer_norm"),
        forward("layer_norm", with_.first_axis),
    ),
    Mistake(
        "layer_norm/over-everything",
        "one mean and one variance serve all rows",
        "What is the mean of each row of the result?",
        value_checks("layer_norm"),
        forward("layer_norm", with_.all_channels),
    ),
)
