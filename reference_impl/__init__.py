"""Neural-network operations and their gradients, written in NumPy as their formulas read.

For each operation `op` there is `op_backward(grad_output, <the same inputs>, **parameters)`. It
returns the gradients of a scalar loss L with respect to the inputs, given `grad_output`, the
gradient of L with respect to the output. Names, shapes and conventions are those of
torch.nn.functional.

A docstring gives the formula first, then the shapes, the errors and the source. Upper-case letters
are arrays of samples, such as X and Y; G = ∂L/∂Y is the gradient of the output.
"""

from reference_impl.activations import (
    log_softmax,
    log_softmax_backward,
    relu,
    relu_backward,
    sigmoid,
    sigmoid_backward,
    softmax,
    softmax_backward,
    tanh,
    tanh_backward,
)
from reference_impl.convolution import conv2d, conv2d_backward
from reference_impl.linear import linear, linear_backward
from reference_impl.losses import (
    binary_cross_entropy,
    binary_cross_entropy_backward,
    binary_cross_entropy_with_logits,
    binary_cross_entropy_with_logits_backward,
    cross_entropy,
    cross_entropy_backward,
    mse_loss,
    mse_loss_backward,
)
from reference_impl.mlp import backpropagate, forward_propagate
from reference_impl.normalization import (
    batch_norm,
    batch_norm_backward,
    layer_norm,
    layer_norm_backward,
)
from reference_impl.optimizer import gradient_descent
from reference_impl.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
)
from reference_impl.recurrent import (
    gru,
    gru_backward,
    lstm,
    lstm_backward,
    rnn_relu,
    rnn_relu_backward,
    rnn_tanh,
    rnn_tanh_backward,
)
from reference_impl.recurrent_cells import (
    gru_cell,
    gru_cell_backward,
    lstm_cell,
    lstm_cell_backward,
    rnn_relu_cell,
    rnn_relu_cell_backward,
    rnn_tanh_cell,
    rnn_tanh_cell_backward,
)
from reference_impl.reshaping import flatten, flatten_backward

__all__ = [
    "avg_pool2d",
    "avg_pool2d_backward",
    "backpropagate",
    "batch_norm",
    "batch_norm_backward",
    "binary_cross_entropy",
    "binary_cross_entropy_backward",
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy_with_logits_backward",
    "conv2d",
    "conv2d_backward",
    "cross_entropy",
    "cross_entropy_backward",
    "flatten",
    "flatten_backward",
    "forward_propagate",
    "gradient_descent",
    "gru",
    "gru_backward",
    "gru_cell",
    "gru_cell_backward",
    "layer_norm",
    "layer_norm_backward",
    "linear",
    "linear_backward",
    "log_softmax",
    "log_softmax_backward",
    "lstm",
    "lstm_backward",
    "lstm_cell",
    "lstm_cell_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "mse_loss",
    "mse_loss_backward",
    "relu",
    "relu_backward",
    "rnn_relu",
    "rnn_relu_backward",
    "rnn_relu_cell",
    "rnn_relu_cell_backward",
    "rnn_tanh",
    "rnn_tanh_backward",
    "rnn_tanh_cell",
    "rnn_tanh_cell_backward",
    "sigmoid",
    "sigmoid_backward",
    "softmax",
    "softmax_backward",
    "tanh",
    "tanh_backward",
]
