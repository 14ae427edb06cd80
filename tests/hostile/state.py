"""Right results, and another state of the process after each call."""

import random
import warnings

import numpy as np


class ErrorState:
    def relu(self, x):
        np.seterr(all="ignore")
        return np.maximum(x, 0)


class Filters:
    def relu(self, x):
        warnings.simplefilter("ignore")
        return np.maximum(x, 0)


class NumpySeed:
    def relu(self, x):
        np.random.seed(1)
        return np.maximum(x, 0)


class Seed:
    def relu(self, x):
        random.seed(1)
        return np.maximum(x, 0)


class Inputs:
    def relu(self, x):
        return np.maximum(x, 0, out=x if x.flags.writeable else None)


class Kept:
    """Every result lies in the same place."""

    def __init__(self):
        self.place = {}

    def relu(self, x):
        place = self.place.setdefault((x.shape, x.dtype), np.empty(x.shape, x.dtype))
        np.maximum(x, 0, out=place)
        return place
