"""A first conv2d, as it is often written: the kernel is flipped, which torch's is not."""

import numpy as np


def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):  # noqa: ANN001, ANN201, D103
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    dh, dw = (dilation, dilation) if isinstance(dilation, int) else dilation
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    weight = weight[:, :, ::-1, ::-1]
    c_out, c_group, kh, kw = weight.shape
    rows = (x.shape[2] - dh * (kh - 1) - 1) // sh + 1
    columns = (x.shape[3] - dw * (kw - 1) - 1) // sw + 1
    x = x.reshape(x.shape[0], groups, c_group, *x.shape[2:])
    weight = weight.reshape(groups, c_out // groups, c_group, kh, kw)
    y = np.zeros((x.shape[0], groups, c_out // groups, rows, columns), x.dtype)
    for i in range(kh):
        for j in range(kw):
            tap = x[..., i * dh :: sh, j * dw :: sw][..., :rows, :columns]
            y += np.einsum("ngchw,goc->ngohw", tap, weight[..., i, j])
    return y.reshape(y.shape[0], c_out, rows, columns) + bias[:, None, None]
