"""Cross-entropies of many classes."""

import numpy as np

from strangers import _right as ok


class AlreadySoftmax:
    """The network ends in a softmax, and so does the loss."""

    MISTAKE = "cross_entropy/softmax-twice"
    cross_entropy_backward = staticmethod(ok.cross_entropy_backward)

    @staticmethod
    def cross_entropy(x, t, *, reduction="mean"):
        return ok.cross_entropy(ok.softmax(x), t, reduction=reduction)


class GuardedProbability:
    MISTAKE = "cross_entropy/probability-guarded"
    cross_entropy_backward = staticmethod(ok.cross_entropy_backward)

    @staticmethod
    @ok.quiet
    def cross_entropy(x, t, *, reduction="mean"):
        ok.check_classes(x, t, reduction)
        p = ok.softmax(x)[range(len(t)), t]
        return ok.reduced(-np.log(p + p.dtype.type(1e-7)), reduction)


class SoftmaxOverSamples:
    MISTAKE = "cross_entropy/over-samples"
    cross_entropy_backward = staticmethod(ok.cross_entropy_backward)

    @staticmethod
    @ok.quiet
    def cross_entropy(x, t, *, reduction="mean"):
        ok.check_classes(x, t, reduction)
        logp = ok.log_softmax(x.T).T
        return ok.reduced(-logp[range(len(t)), t], reduction)


class MeanOfOneHotProduct:
    MISTAKE = "cross_entropy/mean-over-classes-too"
    cross_entropy_backward = staticmethod(ok.cross_entropy_backward)

    @staticmethod
    @ok.quiet
    def cross_entropy(x, t, *, reduction="mean"):
        ok.check_classes(x, t, reduction)
        total = ok.cross_entropy(x, t, reduction="sum")
        return total / x.dtype.type(x.size) if reduction == "mean" else total


class PythonIndex:
    MISTAKE = "cross_entropy/negative-class"
    cross_entropy_backward = staticmethod(ok.cross_entropy_backward)

    @staticmethod
    @ok.quiet
    def cross_entropy(x, t, *, reduction="mean"):
        ok.check_classes(x, np.where(t == -1, 0, t), reduction)
        return ok.reduced(-ok.log_softmax(x)[range(len(t)), t], reduction)


class ProbabilitiesAlone:
    """The line that subtracts one at the target was lost in a merge."""

    MISTAKE = "cross_entropy/gradient-without-target"
    cross_entropy = staticmethod(ok.cross_entropy)

    @staticmethod
    @ok.quiet
    def cross_entropy_backward(g, x, t, *, reduction="mean"):
        ok.check_classes(x, t, reduction)
        return ok.share(g, x, reduction, len(t)) * ok.softmax(x)


class NegativeReciprocal:
    MISTAKE = "cross_entropy/gradient-of-probability"
    cross_entropy = staticmethod(ok.cross_entropy)

    @staticmethod
    @ok.quiet
    def cross_entropy_backward(g, x, t, *, reduction="mean"):
        ok.check_classes(x, t, reduction)
        out = np.zeros_like(x)
        rows = np.arange(len(t))
        out[rows, t] = -1 / ok.softmax(x)[rows, t]
        return ok.share(g, x, reduction, len(t)) * out


class GradientOfMeanAlways:
    MISTAKE = "cross_entropy/gradient-always-averaged"
    cross_entropy = staticmethod(ok.cross_entropy)

    @staticmethod
    def cross_entropy_backward(g, x, t, *, reduction="mean"):
        ok.check_classes(x, t, reduction)
        return ok.cross_entropy_backward(g, x, t, reduction="mean")
