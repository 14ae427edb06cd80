"""Recurrent networks: a cell in a loop over time, and its backward in the reverse loop."""

from collections.abc import Sequence

from ._arithmetic import Array, ieee
from ._cells import GRU, LSTM, RNN_RELU, RNN_TANH
from ._recurrence import unroll, unroll_backward


@ieee
def rnn_tanh(
    x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array
) -> tuple[Array, Array]:
    """Return Yₖ = Hₖ, where Hₖ = rnn_tanh_cell(Xₖ, Hₖ₋₁, …) for k = 1 … t, from H₀ = H.

    Args:
        x: X, of shape (n, t, in), with t ≥ 1 steps.
        h: H, of shape (n, hid), before the first step.
        w_ih: W_ih, of shape (hid, in).
        w_hh: W_hh, of shape (hid, hid).
        b_ih: b_ih, of shape (hid,).
        b_hh: b_hh, of shape (hid,).

    Returns:
        Y, of shape (n, t, hid), and H′ = H_t, of shape (n, hid).

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes do not agree, or x has no steps.

    Source: torch.nn.RNN with nonlinearity="tanh", one layer, one direction, batch_first=True.
    """
    outputs, h_new = unroll(RNN_TANH, x, (h,), (w_ih, w_hh, b_ih, b_hh))
    return outputs, h_new


@ieee
def rnn_tanh_backward(
    grad_output: Sequence[Array],
    x: Array,
    h: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array,
    b_hh: Array,
) -> tuple[Array, ...]:
    """Return the gradients, by ∂L/∂Hₖ = ∂L/∂Yₖ + (∂Hₖ₊₁/∂Hₖ)ᵀ ∂L/∂Hₖ₊₁ for k = t … 1.

    This is backpropagation through time: `rnn_tanh_cell_backward` at each step, the last step
    first, from ∂L/∂H′. The weights are the same at every step, so their gradients add up.

    Args:
        grad_output: ∂L/∂Y and ∂L/∂H′, of shapes (n, t, hid) and (n, hid).
        x: X, of shape (n, t, in), with t ≥ 1 steps.
        h: H, of shape (n, hid), before the first step.
        w_ih: W_ih, of shape (hid, in).
        w_hh: W_hh, of shape (hid, hid).
        b_ih: b_ih, of shape (hid,).
        b_hh: b_hh, of shape (hid,).

    Returns:
        The gradients of x, h, w_ih, w_hh, b_ih and b_hh.

    Raises:
        TypeError: as in `rnn_tanh`.
        ValueError: as in `rnn_tanh`.
    """
    return unroll_backward(RNN_TANH, grad_output, x, (h,), (w_ih, w_hh, b_ih, b_hh))


@ieee
def rnn_relu(
    x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array
) -> tuple[Array, Array]:
    """Return Yₖ = Hₖ, where Hₖ = rnn_relu_cell(Xₖ, Hₖ₋₁, …) for k = 1 … t, from H₀ = H.

    Args:
        x: X, of shape (n, t, in), with t ≥ 1 steps.
        h: H, of shape (n, hid), before the first step.
        w_ih: W_ih, of shape (hid, in).
        w_hh: W_hh, of shape (hid, hid).
        b_ih: b_ih, of shape (hid,).
        b_hh: b_hh, of shape (hid,).

    Returns:
        Y, of shape (n, t, hid), and H′ = H_t, of shape (n, hid).

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes do not agree, or x has no steps.

    Source: torch.nn.RNN with nonlinearity="relu", one layer, one direction, batch_first=True.
    """
    outputs, h_new = unroll(RNN_RELU, x, (h,), (w_ih, w_hh, b_ih, b_hh))
    return outputs, h_new


@ieee
def rnn_relu_backward(
    grad_output: Sequence[Array],
    x: Array,
    h: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array,
    b_hh: Array,
) -> tuple[Array, ...]:
    """Return the gradients, by ∂L/∂Hₖ = ∂L/∂Yₖ + (∂Hₖ₊₁/∂Hₖ)ᵀ ∂L/∂Hₖ₊₁ for k = t … 1.

    This is backpropagation through time: `rnn_relu_cell_backward` at each step, the last step
    first, from ∂L/∂H′. The weights are the same at every step, so their gradients add up.

    Args:
        grad_output: ∂L/∂Y and ∂L/∂H′, of shapes (n, t, hid) and (n, hid).
        x: X, of shape (n, t, in), with t ≥ 1 steps.
        h: H, of shape (n, hid), before the first step.
        w_ih: W_ih, of shape (hid, in).
        w_hh: W_hh, of shape (hid, hid).
        b_ih: b_ih, of shape (hid,).
        b_hh: b_hh, of shape (hid,).

    Returns:
        The gradients of x, h, w_ih, w_hh, b_ih and b_hh.

    Raises:
        TypeError: as in `rnn_relu`.
        ValueError: as in `rnn_relu`.
    """
    return unroll_backward(RNN_RELU, grad_output, x, (h,), (w_ih, w_hh, b_ih, b_hh))


@ieee
def lstm(
    x: Array, h: Array, c: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array
) -> tuple[Array, Array, Array]:
    """Return Yₖ = Hₖ, where (Hₖ, Cₖ) = lstm_cell(Xₖ, (Hₖ₋₁, Cₖ₋₁), …) for k = 1 … t.

    The steps begin from H₀ = H and C₀ = C.

    Args:
        x: X, of shape (n, t, in), with t ≥ 1 steps.
        h: H, of shape (n, hid), before the first step.
        c: C, of shape (n, hid), before the first step.
        w_ih: W_ih, of shape (4 · hid, in), the gates i, f, g, o in this order.
        w_hh: W_hh, of shape (4 · hid, hid), likewise.
        b_ih: b_ih, of shape (4 · hid,), likewise.
        b_hh: b_hh, of shape (4 · hid,), likewise.

    Returns:
        Y, of shape (n, t, hid), then H′ = H_t and C′ = C_t, of shape (n, hid) each.

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes do not agree, or x has no steps.

    Source: torch.nn.LSTM, one layer, one direction, batch_first=True.
    """
    outputs, h_new, c_new = unroll(LSTM, x, (h, c), (w_ih, w_hh, b_ih, b_hh))
    return outputs, h_new, c_new


@ieee
def lstm_backward(
    grad_output: Sequence[Array],
    x: Array,
    h: Array,
    c: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array,
    b_hh: Array,
) -> tuple[Array, ...]:
    """Return the gradients of all inputs, by backpropagation through time.

    ∂L/∂Hₖ = ∂L/∂Yₖ + (∂Hₖ₊₁/∂Hₖ)ᵀ ∂L/∂Hₖ₊₁ + (∂Cₖ₊₁/∂Hₖ)ᵀ ∂L/∂Cₖ₊₁ for k = t … 1:
    `lstm_cell_backward` at each step, the last step first, from ∂L/∂H′ and ∂L/∂C′. The weights are
    the same at every step, so their gradients add up.

    Args:
        grad_output: ∂L/∂Y, ∂L/∂H′ and ∂L/∂C′, of shapes (n, t, hid), (n, hid) and (n, hid).
        x: X, of shape (n, t, in), with t ≥ 1 steps.
        h: H, of shape (n, hid), before the first step.
        c: C, of shape (n, hid), before the first step.
        w_ih: W_ih, of shape (4 · hid, in), the gates i, f, g, o in this order.
        w_hh: W_hh, of shape (4 · hid, hid), likewise.
        b_ih: b_ih, of shape (4 · hid,), likewise.
        b_hh: b_hh, of shape (4 · hid,), likewise.

    Returns:
        The gradients of x, h, c, w_ih, w_hh, b_ih and b_hh.

    Raises:
        TypeError: as in `lstm`.
        ValueError: as in `lstm`.
    """
    return unroll_backward(LSTM, grad_output, x, (h, c), (w_ih, w_hh, b_ih, b_hh))


@ieee
def gru(
    x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array
) -> tuple[Array, Array]:
    """Return Yₖ = Hₖ, where Hₖ = gru_cell(Xₖ, Hₖ₋₁, …) for k = 1 … t, from H₀ = H.

    Args:
        x: X, of shape (n, t, in), with t ≥ 1 steps.
        h: H, of shape (n, hid), before the first step.
        w_ih: W_ih, of shape (3 · hid, in), the gates r, z, n in this order.
        w_hh: W_hh, of shape (3 · hid, hid), likewise.
        b_ih: b_ih, of shape (3 · hid,), likewise.
        b_hh: b_hh, of shape (3 · hid,), likewise.

    Returns:
        Y, of shape (n, t, hid), and H′ = H_t, of shape (n, hid).

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes do not agree, or x has no steps.

    Source: torch.nn.GRU, one layer, one direction, batch_first=True.
    """
    outputs, h_new = unroll(GRU, x, (h,), (w_ih, w_hh, b_ih, b_hh))
    return outputs, h_new


@ieee
def gru_backward(
    grad_output: Sequence[Array],
    x: Array,
    h: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array,
    b_hh: Array,
) -> tuple[Array, ...]:
    """Return the gradients, by ∂L/∂Hₖ = ∂L/∂Yₖ + (∂Hₖ₊₁/∂Hₖ)ᵀ ∂L/∂Hₖ₊₁ for k = t … 1.

    This is backpropagation through time: `gru_cell_backward` at each step, the last step
    first, from ∂L/∂H′. The weights are the same at every step, so their gradients add up.

    Args:
        grad_output: ∂L/∂Y and ∂L/∂H′, of shapes (n, t, hid) and (n, hid).
        x: X, of shape (n, t, in), with t ≥ 1 steps.
        h: H, of shape (n, hid), before the first step.
        w_ih: W_ih, of shape (3 · hid, in), the gates r, z, n in this order.
        w_hh: W_hh, of shape (3 · hid, hid), likewise.
        b_ih: b_ih, of shape (3 · hid,), likewise.
        b_hh: b_hh, of shape (3 · hid,), likewise.

    Returns:
        The gradients of x, h, w_ih, w_hh, b_ih and b_hh.

    Raises:
        TypeError: as in `gru`.
        ValueError: as in `gru`.
    """
    return unroll_backward(GRU, grad_output, x, (h,), (w_ih, w_hh, b_ih, b_hh))
