"""Differences of tinygrad, without nn-conformance: `DEV=PYTHON python tinygrad_.py`."""

from tinygrad import Tensor

nan = float("nan")
print("tanh(1e-8) is", Tensor([1e-8]).tanh().numpy(), "due 1e-8")
print("the maximum of 1, nan, 2 is", Tensor([1.0, nan, 2.0]).max().numpy(), "due nan")
print("the maximum of nan, 1, 2 is", Tensor([nan, 1.0, 2.0]).max().numpy(), "due nan")
print("relu(nan) is", Tensor([nan]).relu().numpy(), "due nan")
print("sigmoid(-44) is", Tensor([-44.0]).sigmoid().numpy(), "due 7.78113224e-20")
