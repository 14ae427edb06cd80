"""Differences of Keras, without nn-conformance: `python keras_.py`."""

import random

import numpy as np
from keras import layers, ops

loss = ops.binary_crossentropy(np.array([1.0], np.float32), np.array([0.0], np.float32))
print("binary cross-entropy of 0 at the target 1 is", ops.convert_to_numpy(loss), "torch gives 100")
loss = ops.binary_crossentropy(np.array([0.0], np.float32), np.array([0.0], np.float32))
print("binary cross-entropy of 0 at the target 0 is", ops.convert_to_numpy(loss), "due 0")
try:
    cell = layers.LSTMCell(2)
    cell(np.zeros((0, 3), np.float32), [np.zeros((0, 2), np.float32)] * 2)
    print("an LSTM cell takes a batch of no sample")
except Exception as error:
    print("an LSTM cell over a batch of no sample raises", str(error).splitlines()[0][:80])
random.seed(0)
before = random.getstate()
layers.LSTMCell(2)
print(
    "making an LSTM cell leaves Python's random numbers as they were:", random.getstate() == before
)
