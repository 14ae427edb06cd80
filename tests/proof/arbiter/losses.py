"""Losses: the mean of all terms, or their sum."""

from arbiter.precision import elementwise, exp, log, scalar, sigmoid, total


def _reduced(terms, reduction):
    terms = list(terms)
    return scalar(total(terms) / (len(terms) if reduction == "mean" else 1))


def mse_loss(input, target, reduction="mean"):  # noqa: A002 - torch's own name
    """(x − t)²."""
    return _reduced(elementwise(lambda x, t: (x - t) ** 2, input, target).flat, reduction)


def _binary(p, q, t):
    return -(t * log(p) + (1 - t) * log(q))


def binary_cross_entropy(input, target, reduction="mean"):  # noqa: A002
    """−t log p − (1 − t) log(1 − p), p at some distance from 0 and 1."""
    terms = elementwise(lambda p, t: _binary(p, 1 - p, t), input, target)
    return _reduced(terms.flat, reduction)


def binary_cross_entropy_with_logits(input, target, reduction="mean"):  # noqa: A002
    """The same of p = σ(x), where 1 − p = σ(−x) has all its digits."""
    terms = elementwise(lambda x, t: _binary(sigmoid(x), sigmoid(-x), t), input, target)
    return _reduced(terms.flat, reduction)


def cross_entropy(input, target, reduction="mean"):  # noqa: A002
    """−log(e^x_t / Σ_k e^x_k), x a row and t its class."""
    terms = []
    for row, label in zip(input, target, strict=True):
        powers = [exp(x) for x in row]
        terms.append(-log(powers[label] / total(powers)))
    return _reduced(terms, reduction)


FORMULAS = (mse_loss, binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy)
