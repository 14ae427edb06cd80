"""Differences of HIPS autograd, without nn-conformance: `python autograd_.py`."""

import autograd.numpy as anp
import numpy as np
from autograd import grad
from autograd.scipy.signal import convolve

print(
    "the slope of maximum(x, 0) at 0 is", grad(lambda x: anp.maximum(x, 0.0))(0.0), "torch gives 0"
)
x = np.array([1.0, 1.0, 1.0])
print("a tie of three is split into", grad(anp.max)(x), "torch gives all to one")
pairs = grad(lambda x: anp.maximum(anp.maximum(x[0], x[1]), x[2]))(x)
print("two maxima of two split it into", pairs)
image, kernel = np.zeros((1, 2, 4, 2)), np.zeros((2, 2, 1, 2))


def total(image):
    axes = {"axes": ([2, 3], [2, 3]), "dot_axes": ([1], [1]), "mode": "valid"}
    return anp.sum(convolve(image, kernel, **axes))


try:
    grad(total)(image)
except RecursionError as error:
    print("the gradient of convolve raises RecursionError:", error)
