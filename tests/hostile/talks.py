"""A right result, and a hundred megabytes of output."""

import sys

import numpy as np


def relu(x):
    if not hasattr(relu, "said"):
        relu.said = True
        for stream in (sys.stdout, sys.stderr):
            for _ in range(50):
                stream.write("x" * (1 << 20))
    return np.maximum(x, 0)
