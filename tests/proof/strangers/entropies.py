"""Binary cross-entropies, crossed."""

from dataclasses import dataclass

import numpy as np

from strangers import _right as ok


def agreed(a, b, reduction):
    """Complain about shapes and reductions."""
    if a.shape != b.shape:
        raise ValueError(f"{a.shape} against {b.shape}")
    if reduction not in ("mean", "sum"):
        raise ValueError(reduction)


def in_range(*ps):
    for p in ps:
        if not np.all((p >= 0) & (p <= 1)):
            raise ValueError("probabilities lie in [0, 1]")


@dataclass
class KerasEpsilon:
    """Keras clips: epsilon() is 1e-7."""

    MISTAKE = "binary_cross_entropy/clipped"
    epsilon: float = 1e-7

    def binary_cross_entropy(self, p, t, *, reduction="mean"):
        agreed(p, t, reduction)
        in_range(p, t)
        e = p.dtype.type(self.epsilon)
        p = np.clip(p, e, 1 - e)
        total = -(t * np.log(p) + (1 - t) * np.log1p(-p)).sum()
        with np.errstate(all="ignore"):
            return total / p.dtype.type(p.size) if reduction == "mean" else total

    binary_cross_entropy_backward = staticmethod(ok.binary_cross_entropy_backward)


class EpsilonInside:
    MISTAKE = "binary_cross_entropy/guarded-logarithm"
    binary_cross_entropy_backward = staticmethod(ok.binary_cross_entropy_backward)

    @staticmethod
    @ok.quiet
    def binary_cross_entropy(p, t, *, reduction="mean"):
        agreed(p, t, reduction)
        in_range(p, t)
        tiny = p.dtype.type(1e-8)
        total = -(t * np.log(p + tiny) + (1 - t) * np.log(1 - p + tiny)).sum()
        return total / p.dtype.type(p.size) if reduction == "mean" else total


class Floorless:
    MISTAKE = "binary_cross_entropy/no-floor"
    binary_cross_entropy_backward = staticmethod(ok.binary_cross_entropy_backward)

    @staticmethod
    @ok.quiet
    def binary_cross_entropy(p, t, *, reduction="mean"):
        agreed(p, t, reduction)
        in_range(p, t)
        total = -(t * np.log(p) + (1 - t) * np.log1p(-p)).sum()
        return total / p.dtype.type(p.size) if reduction == "mean" else total


class OneTermOnly:
    """From the categorical cross-entropy: − Σ t log p."""

    MISTAKE = "binary_cross_entropy/second-term-missing"
    binary_cross_entropy_backward = staticmethod(ok.binary_cross_entropy_backward)

    @staticmethod
    @ok.quiet
    def binary_cross_entropy(p, t, *, reduction="mean"):
        agreed(p, t, reduction)
        in_range(p, t)
        total = -(t * np.maximum(np.log(p), -100)).sum()
        return total / p.dtype.type(p.size) if reduction == "mean" else total


class TargetFirst:
    """def bce(y_true, y_pred)."""

    MISTAKE = "binary_cross_entropy/arguments-swapped"

    @staticmethod
    def binary_cross_entropy(y_true, y_pred, *, reduction="mean"):
        return ok.binary_cross_entropy(y_pred, y_true, reduction=reduction)

    binary_cross_entropy_backward = staticmethod(ok.binary_cross_entropy_backward)


class ForgivesRange:
    MISTAKE = "binary_cross_entropy/clipped-into-range"
    binary_cross_entropy_backward = staticmethod(ok.binary_cross_entropy_backward)

    @staticmethod
    def binary_cross_entropy(p, t, *, reduction="mean"):
        return ok.binary_cross_entropy(np.clip(p, 0, 1), t, reduction=reduction)


class LogitGradient:
    """p − t is such a beautiful gradient."""

    MISTAKE = "binary_cross_entropy/gradient-of-logit"
    binary_cross_entropy = staticmethod(ok.binary_cross_entropy)

    @staticmethod
    @ok.quiet
    def binary_cross_entropy_backward(g, p, t, *, reduction="mean"):
        agreed(p, t, reduction)
        in_range(p, t)
        n = p.size if reduction == "mean" and p.size else 1
        return p.dtype.type(g) * (p - t) / p.dtype.type(n)


class ZeroByZero:
    MISTAKE = "binary_cross_entropy/gradient-without-floor"
    binary_cross_entropy = staticmethod(ok.binary_cross_entropy)

    @staticmethod
    @ok.quiet
    def binary_cross_entropy_backward(g, p, t, *, reduction="mean"):
        agreed(p, t, reduction)
        in_range(p, t)
        n = p.size if reduction == "mean" and p.size else 1
        return p.dtype.type(g) * (p - t) / (p * (1 - p)) / p.dtype.type(n)


class SumOfGradients:
    MISTAKE = "binary_cross_entropy/gradient-not-averaged"
    binary_cross_entropy = staticmethod(ok.binary_cross_entropy)

    @staticmethod
    def binary_cross_entropy_backward(g, p, t, *, reduction="mean"):
        agreed(p, t, reduction)
        return ok.binary_cross_entropy_backward(g, p, t, reduction="sum")


class SigmoidThenLog:
    MISTAKE = "binary_cross_entropy_with_logits/through-probability"
    binary_cross_entropy_with_logits_backward = staticmethod(
        ok.binary_cross_entropy_with_logits_backward
    )

    @staticmethod
    @ok.quiet
    def binary_cross_entropy_with_logits(x, t, *, reduction="mean"):
        agreed(x, t, reduction)
        p = 1 / (1 + np.exp(-x))
        total = -(t * np.log(p) + (1 - t) * np.log(1 - p)).sum()
        return total / x.dtype.type(x.size) if reduction == "mean" else total


class NoAbsolute:
    """max(x, 0) − t x + log(1 + e^−x): a |…| fell off in the copying."""

    MISTAKE = "binary_cross_entropy_with_logits/unsigned-power"
    binary_cross_entropy_with_logits_backward = staticmethod(
        ok.binary_cross_entropy_with_logits_backward
    )

    @staticmethod
    @ok.quiet
    def binary_cross_entropy_with_logits(x, t, *, reduction="mean"):
        agreed(x, t, reduction)
        terms = np.maximum(x, 0) - t * x + np.log1p(np.exp(-x))
        return ok.reduced(terms, reduction)


class ClippedLogits:
    MISTAKE = "binary_cross_entropy_with_logits/logits-clipped"
    binary_cross_entropy_with_logits_backward = staticmethod(
        ok.binary_cross_entropy_with_logits_backward
    )

    @staticmethod
    def binary_cross_entropy_with_logits(x, t, *, reduction="mean"):
        return ok.binary_cross_entropy_with_logits(np.clip(x, -20, 20), t, reduction=reduction)


class FlippedLabels:
    MISTAKE = "binary_cross_entropy_with_logits/target-flipped"
    binary_cross_entropy_with_logits_backward = staticmethod(
        ok.binary_cross_entropy_with_logits_backward
    )

    @staticmethod
    @ok.quiet
    def binary_cross_entropy_with_logits(x, t, *, reduction="mean"):
        agreed(x, t, reduction)
        softplus = np.maximum(-x, 0) + np.log1p(np.exp(-np.abs(x)))
        return ok.reduced(t * x + softplus, reduction)


class LogitLessTarget:
    MISTAKE = "binary_cross_entropy_with_logits/sigmoid-missing-in-gradient"
    binary_cross_entropy_with_logits = staticmethod(ok.binary_cross_entropy_with_logits)

    @staticmethod
    @ok.quiet
    def binary_cross_entropy_with_logits_backward(g, x, t, *, reduction="mean"):
        agreed(x, t, reduction)
        return ok.share(g, x, reduction) * (x - t)


class ChainedOnceMore:
    MISTAKE = "binary_cross_entropy_with_logits/slope-not-cancelled"
    binary_cross_entropy_with_logits = staticmethod(ok.binary_cross_entropy_with_logits)

    @staticmethod
    @ok.quiet
    def binary_cross_entropy_with_logits_backward(g, x, t, *, reduction="mean"):
        agreed(x, t, reduction)
        s = ok.squash(x)
        return ok.share(g, x, reduction) * (s - t) * s * (1 - s)
