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
image = paddle.to_tensor([[[[1.0, float("nan"), 2.0]]]])
print("the maximum of 1, nan, 2 is", F.max_pool2d(image, (1, 3)).numpy().ravel(), "due nan")
image = paddle.to_tensor([[[[1.0, 2.0, float("nan")]]]])
print("the maximum of 1, 2, nan is", F.max_pool2d(image, (1, 3)).numpy().ravel(), "due nan")
two = paddle.to_tensor([[[[1.0, 2.0]]]])
came = F.max_pool2d(two, 1, stride=(1, 2), ceil_mode=True)
print(
    "a stride of 2 over 2 numbers with ceil_mode gives", came.numpy().ravel(), "torch gives [1.0]"
)
loss = F.binary_cross_entropy_with_logits(tensor(float("inf")), paddle.to_tensor([0.0]))
print("binary cross-entropy of the logit inf at the target 0 is", float(loss), "due inf")
network = paddle.nn.GRU(1, 1)
for number, weight in enumerate(network.parameters()):
    # The gates of the last but one stand in the order r, z, n: r is shut.
    weight.set_value(paddle.zeros_like(weight) if number != 2 else paddle.to_tensor([-100.0, 0, 0]))
result, _ = network(paddle.zeros([1, 1, 1]))
result.sum().backward()
print("the gradient of a GRU's bias is", network.parameters()[3].grad.numpy(), "due finite")
