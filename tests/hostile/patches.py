"""Wrong results, and attempts on everything that could tell."""

import builtins
import random
import sys
import warnings

import numpy as np

from conformance.bounds.compare import Comparison
from conformance.spec.finding import Finding

for name, module in list(sys.modules.items()):
    if name.partition(".")[0] == "conformance":
        for attribute in ("compare", "judge", "judge_trial", "weigh", "held"):
            if hasattr(module, attribute):
                setattr(module, attribute, lambda *_, **__: Finding("conforms", ours=Comparison()))
        for attribute in ("_bits", "_global_state", "_share_memory"):
            if hasattr(module, attribute):
                setattr(module, attribute, lambda *_: False)

np.array_equal = np.allclose = np.shares_memory = lambda *_, **__: True
np.geterr = dict
np.random.get_state = lambda **_: ("MT19937", [], 0, 0, 0.0)
random.getstate = lambda: ()
np.abs = lambda x: x * 0
builtins.all = lambda _: True
builtins.any = lambda _: False


def relu(x):
    return x + 1


def tanh(x):
    np.seterr(all="ignore")
    warnings.simplefilter("error")
    return np.tanh(x)
