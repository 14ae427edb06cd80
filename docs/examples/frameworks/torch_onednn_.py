"""Differences of torch on tensors of oneDNN, without nn-conformance: `python torch_onednn_.py`."""

import subprocess
import sys

import torch
from torch.nn import functional

x = torch.ones(1, 1, 1, 1)
came = functional.avg_pool2d(x.to_mkldnn(), 2, ceil_mode=True).to_dense()
due = functional.avg_pool2d(x, 2, ceil_mode=True)
print("the mean of 1 under a window of ceil_mode is", came.item(), "due", due.item())
bias = torch.tensor([1.0, 9.0, 2.0, 9.0])[::2]
x, weight = torch.zeros(1, 2), torch.zeros(2, 2)
came = functional.linear(x.to_mkldnn(), weight, bias).to_dense()
print("0 W + (1, 2), with a bias that is a slice, is", came.tolist(), "due [[1.0, 2.0]]")
nan = torch.tensor([[float("nan"), 0.0]]).to_mkldnn()
print("relu(nan, 0) is", torch.relu(nan).to_dense().tolist(), "due [[nan, 0.0]]")
print("softmax(nan, 0) is", torch.softmax(nan, -1).to_dense().tolist(), "due nan twice")
narrow = "torch.max_pool2d(torch.ones(1, 1, 1, 1).to_mkldnn(), (1, 3), 2, ceil_mode=True)"
done = subprocess.run([sys.executable, "-c", f"import torch; {narrow}"], check=False)
print("a kernel wider than the image ends the process with", -done.returncode, "due an exception")
