"""Differences of scikit-learn, without nn-conformance: `python sklearn_.py`."""

import numpy as np
from sklearn.neural_network._base import binary_log_loss

for dtype in (np.float32, np.float64):
    zero = np.zeros((1, 1), dtype)
    came = binary_log_loss(zero, zero)
    print(f"binary cross-entropy of 0 at the target 0 in {dtype.__name__} is", came, "due 0")
