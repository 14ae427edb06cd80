"""Two processes come back where one was called."""

import os

import numpy as np


def relu(x):
    os.fork()
    return np.maximum(x, 0) + 1
