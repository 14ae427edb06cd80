"""Differences of PaddlePaddle, without nn-conformance: `python paddle_.py`."""

import paddle
import paddle.nn.functional as F


def tensor(*numbers):
    return paddle.to_tensor(list(numbers), stop_gradient=False)


print(
    "log_softmax(0, -100) is", F.log_softmax(tensor(0.0, -100.0), axis=-1).numpy(), "due [0, -100]"
)
logit = tensor(0.0)
loss = F.binary_cross_entropy_with_logits(logit, paddle.to_tensor([1.0]), reduction="sum")
(slope,) = paddle.grad([loss], [logit])
print(
    "the gradient of binary cross-entropy at the logit 0, target 1, is", slope.numpy(), "due -0.5"
)
print("relu(nan) is", F.relu(tensor(float("nan"))).numpy(), "due nan")
x = paddle.ones([1, 1, 1, 3], dtype="float64")
x.stop_gradient = False
(slope,) = paddle.grad([F.avg_pool2d(x, (1, 3))], [x])
print("the gradient of a mean of 3 in float64 is", repr(slope.numpy().ravel()[0]), "due", 1 / 3)
