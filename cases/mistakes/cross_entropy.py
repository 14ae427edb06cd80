"""Mistakes of the cross-entropy over classes: what is normalized, picked, averaged and refused."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._losses import loss, reduced, sum_averaged_too
from ._wrong import gradient_checks, value_checks

_VALUE = value_checks("cross_entropy")
_GRADIENT = gradient_checks("cross_entropy", "input")


def _one_hot(target: Array, classes: int, like: Array) -> Array:
    one_hot: Array = (np.arange(classes) == target[:, np.newaxis]).astype(like.dtype)
    return one_hot


def _picked(log_p: Array, target: Array) -> Array:
    picked: Array = log_p[np.arange(len(target)), target]
    return picked


def _softmax_twice(right: Any) -> Functions:
    return {
        "cross_entropy": lambda x, target, reduction="mean": right.cross_entropy(
            right.softmax(x), target, reduction=reduction
        )
    }


def _counted_from_one(right: Any) -> Functions:
    return {
        "cross_entropy": lambda x, target, reduction="mean": right.cross_entropy(
            x, np.maximum(target - 1, 0), reduction=reduction
        )
    }


def _mean_over_one_hot(right: Any) -> Functions:
    def cross_entropy(x: Array, target: Array, reduction: str = "mean") -> Any:
        log_p = right.log_softmax(x)
        return reduced(-log_p * _one_hot(target, x.shape[1], x), reduction)

    return {"cross_entropy": cross_entropy}


def _negative_index(right: Any) -> Functions:
    def cross_entropy(x: Array, target: Array, reduction: str = "mean") -> Any:
        if target.shape == x.shape[:1]:
            target = np.where(target < 0, target + x.shape[1], target)
        return right.cross_entropy(x, target, reduction=reduction)

    return {"cross_entropy": cross_entropy}


def _column_flattened(right: Any) -> Functions:
    return {
        "cross_entropy": lambda x, target, reduction="mean": right.cross_entropy(
            x, target.reshape(-1), reduction=reduction
        )
    }


def _batch_of_one_not_reduced(right: Any) -> Functions:
    def cross_entropy(x: Array, target: Array, reduction: str = "mean") -> Any:
        if len(x) == 1:
            return -_picked(right.log_softmax(x), target)
        return right.cross_entropy(x, target, reduction=reduction)

    return {"cross_entropy": cross_entropy}


def _clipped(right: Any) -> Any:
    return loss("cross_entropy", lambda x, t: -_picked(np.log(right.softmax(x) + 1e-7), t))(right)


@np.errstate(all="ignore")
def _unshifted(x: Array) -> Array:
    e = np.exp(x)
    log_p: Array = np.log(e / e.sum(axis=1, keepdims=True))
    return log_p


@np.errstate(all="ignore")
def _difference_unshifted(x: Array) -> Array:
    log_p: Array = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
    return log_p


def _over_samples(right: Any) -> Any:
    return loss("cross_entropy", lambda x, t: -_picked(right.log_softmax(x.T).T, t))(right)


def _gradient_of_cross_entropy(slope: Any) -> Any:
    """Make the gradient of a slope of (p, one-hot target), divided by the number of samples."""

    def replaced(right: Any) -> Functions:
        def backward(g: Array, x: Array, target: Array, reduction: str = "mean") -> Array:
            d: Array = slope(right.softmax(x), _one_hot(target, x.shape[1], x))
            return g * d / (max(len(x), 1) if reduction == "mean" else 1)

        return {"cross_entropy_backward": backward}

    return replaced


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "cross_entropy/softmax-twice",
        "the logits go through a softmax before the loss applies its own",
        "Does the loss expect logits or probabilities, and which does it get?",
        _VALUE,
        _softmax_twice,
    ),
    Mistake(
        "cross_entropy/maximum-not-subtracted",
        "the softmax does without subtracting the maximum: e^x overflows, or all of it vanishes",
        "Add 1000 to every logit: the mathematics says that nothing changes.",
        _VALUE,
        loss("cross_entropy", lambda x, t: -_picked(_unshifted(x), t)),
    ),
    Mistake(
        "cross_entropy/sum-of-powers-overflows",
        "log Σ e^x is taken without subtracting the maximum, and e^x overflows",
        "Add 1000 to every logit: the mathematics says that nothing changes.",
        _VALUE,
        loss("cross_entropy", lambda x, t: -_picked(_difference_unshifted(x), t)),
    ),
    Mistake(
        "cross_entropy/probability-guarded",
        "1e-7 is added to the probability before its logarithm is taken",
        "How large can the loss of one sample become, and how large should it?",
        _VALUE,
        _clipped,
    ),
    Mistake(
        "cross_entropy/over-samples",
        "the softmax runs over the samples instead of the classes",
        "Which probabilities add up to 1: those of a row or those of a column?",
        _VALUE,
        _over_samples,
    ),
    Mistake(
        "cross_entropy/mean-over-classes-too",
        "the mean runs over all elements of the one-hot product, not over the samples",
        "How many terms of that product can be nonzero?",
        _VALUE,
        _mean_over_one_hot,
    ),
    Mistake(
        "cross_entropy/classes-from-one",
        "classes are counted from 1",
        "Which class does a target of 0 name?",
        _VALUE,
        _counted_from_one,
    ),
    Mistake(
        "cross_entropy/batch-of-one-not-reduced",
        "the loss of a single sample comes back as an array of one element",
        "What is the shape of the loss of a batch of one?",
        _VALUE,
        _batch_of_one_not_reduced,
    ),
    Mistake(
        "cross_entropy/negative-class",
        "a class of −1 is taken for the last one, as a Python index is",
        "Call it with a target of −1.",
        ("cross_entropy/refusal[*]",),
        _negative_index,
    ),
    Mistake(
        "cross_entropy/column-flattened",
        "targets of any shape are flattened first, a column of them too",
        "Call it with targets of shape (n, 1).",
        ("cross_entropy/refusal[*]",),
        _column_flattened,
    ),
    Mistake(
        "cross_entropy/gradient-without-target",
        "the gradient is p, from which the one-hot target is not subtracted",
        "What do the gradients of one sample add up to?",
        _GRADIENT,
        _gradient_of_cross_entropy(lambda p, _onehot: p),
    ),
    Mistake(
        "cross_entropy/gradient-of-probability",
        "the gradient is −1/p at the true class: that with respect to p, not to the logits",
        "With respect to what is the gradient asked for?",
        _GRADIENT,
        _gradient_of_cross_entropy(lambda p, onehot: -onehot / np.where(onehot == 1, p, 1)),
    ),
    Mistake(
        "cross_entropy/gradient-through-sigmoid",
        "the gradient is multiplied by p (1 − p), which it has cancelled already",
        "How fast should a sample learn that is sure of the wrong class?",
        _GRADIENT,
        _gradient_of_cross_entropy(lambda p, onehot: (p - onehot) * p * (1 - p)),
    ),
    Mistake(
        "cross_entropy/gradient-always-averaged",
        "the gradient of the sum is divided by the number of samples too",
        "Which of the two reductions has a 1/m in it?",
        _GRADIENT,
        lambda right: sum_averaged_too(right, "cross_entropy", len),
    ),
)
