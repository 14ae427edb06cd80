"""The convolution of torch, which is a cross-correlation."""

from arbiter.precision import filled, total
from arbiter.windows import count, pair, pixels


def conv2d(x, weight, bias, stride=1, padding=0, dilation=1, groups=1):
    """y_n,o,p,q = Σ_c,i,j W_o,c,i,j x_n,c,(p s + i d − pad),(q s + j d − pad) + b_o, by groups."""
    samples, channels, *image = x.shape
    outputs, share, *kernel = weight.shape
    axes = list(zip(image, kernel, pair(stride), pair(padding), pair(dilation), strict=True))
    assert share * groups == channels

    def element(n, o, p, q):
        first = o // (outputs // groups) * share
        rows, columns = (pixels(at, *axis) for at, axis in zip((p, q), axes, strict=True))
        return bias[o] + total(
            weight[o, c, i, j] * x[n, first + c, row, column]
            for c in range(share)
            for i, row in rows
            for j, column in columns
        )

    return filled((samples, outputs, *(count(*axis) for axis in axes)), element)


FORMULAS = (conv2d,)
