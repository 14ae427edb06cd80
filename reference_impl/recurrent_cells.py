"""Recurrent cells: one step in time, from an input and a state to the next state."""

from collections.abc import Sequence

from ._arithmetic import Array, ieee
from ._cells import GRU, LSTM, RNN_RELU, RNN_TANH
from ._recurrence import step, step_backward


@ieee
def rnn_tanh_cell(x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array) -> Array:
    """Return H′ = tanh(X W_ihᵀ + b_ih + H W_hhᵀ + b_hh).

    Args:
        x: the input X, of shape (n, in).
        h: the hidden state H, of shape (n, hid).
        w_ih: W_ih, of shape (hid, in).
        w_hh: W_hh, of shape (hid, hid).
        b_ih: b_ih, of shape (hid,).
        b_hh: b_hh, of shape (hid,).

    Returns:
        H′, of shape (n, hid).

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes do not agree.

    Source: torch.rnn_tanh_cell.
    """
    (h_new,) = step(RNN_TANH, x, (h,), (w_ih, w_hh, b_ih, b_hh))
    return h_new


@ieee
def rnn_tanh_cell_backward(
    grad_output: Array, x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array
) -> tuple[Array, ...]:
    """Return ∂L/∂X = D W_ih, ∂L/∂H = D W_hh and the weights' gradients, where D = G (1 − H′²).

    Here G = ∂L/∂H′, and D is the gradient with respect to the argument of tanh. The weights have
    ∂L/∂W_ih = Dᵀ X, ∂L/∂W_hh = Dᵀ H, and ∂L/∂b = Σₙ D for both b.

    Args:
        grad_output: G, of shape (n, hid).
        x: the input X, of shape (n, in).
        h: the hidden state H, of shape (n, hid).
        w_ih: W_ih, of shape (hid, in).
        w_hh: W_hh, of shape (hid, hid).
        b_ih: b_ih, of shape (hid,).
        b_hh: b_hh, of shape (hid,).

    Returns:
        The gradients of x, h, w_ih, w_hh, b_ih and b_hh.

    Raises:
        TypeError: as in `rnn_tanh_cell`.
        ValueError: as in `rnn_tanh_cell`.
    """
    return step_backward(RNN_TANH, (grad_output,), x, (h,), (w_ih, w_hh, b_ih, b_hh))


@ieee
def rnn_relu_cell(x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array) -> Array:
    """Return H′ = max(X W_ihᵀ + b_ih + H W_hhᵀ + b_hh, 0).

    Args:
        x: the input X, of shape (n, in).
        h: the hidden state H, of shape (n, hid).
        w_ih: W_ih, of shape (hid, in).
        w_hh: W_hh, of shape (hid, hid).
        b_ih: b_ih, of shape (hid,).
        b_hh: b_hh, of shape (hid,).

    Returns:
        H′, of shape (n, hid).

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes do not agree.

    Source: torch.rnn_relu_cell.
    """
    (h_new,) = step(RNN_RELU, x, (h,), (w_ih, w_hh, b_ih, b_hh))
    return h_new


@ieee
def rnn_relu_cell_backward(
    grad_output: Array, x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array
) -> tuple[Array, ...]:
    """Return ∂L/∂X = D W_ih, ∂L/∂H = D W_hh and the weights' gradients; D = 0 if H′ ≤ 0, else G.

    Here G = ∂L/∂H′, and D is the gradient with respect to the argument of ReLU. The weights have
    ∂L/∂W_ih = Dᵀ X, ∂L/∂W_hh = Dᵀ H, and ∂L/∂b = Σₙ D for both b. As in torch, the slope of ReLU
    is 0 at the kink and 1 at NaN.

    Args:
        grad_output: G, of shape (n, hid).
        x: the input X, of shape (n, in).
        h: the hidden state H, of shape (n, hid).
        w_ih: W_ih, of shape (hid, in).
        w_hh: W_hh, of shape (hid, hid).
        b_ih: b_ih, of shape (hid,).
        b_hh: b_hh, of shape (hid,).

    Returns:
        The gradients of x, h, w_ih, w_hh, b_ih and b_hh.

    Raises:
        TypeError: as in `rnn_relu_cell`.
        ValueError: as in `rnn_relu_cell`.
    """
    return step_backward(RNN_RELU, (grad_output,), x, (h,), (w_ih, w_hh, b_ih, b_hh))


@ieee
def lstm_cell(
    x: Array, h: Array, c: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array
) -> tuple[Array, Array]:
    """Return H′ = o tanh C′ and C′ = f C + i g, with products element by element.

    The gates are i = σ(Zᵢ), f = σ(Z_f), g = tanh(Z_g) and o = σ(Zₒ), where
    [Zᵢ, Z_f, Z_g, Zₒ] = X W_ihᵀ + b_ih + H W_hhᵀ + b_hh.

    Args:
        x: the input X, of shape (n, in).
        h: the hidden state H, of shape (n, hid).
        c: C, of shape (n, hid).
        w_ih: W_ih, of shape (4 · hid, in), the gates i, f, g, o in this order.
        w_hh: W_hh, of shape (4 · hid, hid), likewise.
        b_ih: b_ih, of shape (4 · hid,), likewise.
        b_hh: b_hh, of shape (4 · hid,), likewise.

    Returns:
        H′ and C′, of shape (n, hid) each.

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes do not agree.

    Source: torch.lstm_cell.
    """
    h_new, c_new = step(LSTM, x, (h, c), (w_ih, w_hh, b_ih, b_hh))
    return h_new, c_new


@ieee
def lstm_cell_backward(
    grad_output: Sequence[Array],
    x: Array,
    h: Array,
    c: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array,
    b_hh: Array,
) -> tuple[Array, ...]:
    """Return ∂L/∂X = D W_ih, ∂L/∂H = D W_hh, ∂L/∂C = K f and the weights' gradients.

    Here G = ∂L/∂H′, K = ∂L/∂C′ + G o (1 − tanh² C′) is the whole gradient of C′, and
    D = ∂L/∂Z = [K g i (1 − i), K C f (1 − f), K i (1 − g²), G tanh C′ o (1 − o)]. The weights have
    ∂L/∂W_ih = Dᵀ X, ∂L/∂W_hh = Dᵀ H, and ∂L/∂b = Σₙ D for both b.

    Args:
        grad_output: ∂L/∂H′ and ∂L/∂C′, of shape (n, hid) each.
        x: the input X, of shape (n, in).
        h: the hidden state H, of shape (n, hid).
        c: C, of shape (n, hid).
        w_ih: W_ih, of shape (4 · hid, in), the gates i, f, g, o in this order.
        w_hh: W_hh, of shape (4 · hid, hid), likewise.
        b_ih: b_ih, of shape (4 · hid,), likewise.
        b_hh: b_hh, of shape (4 · hid,), likewise.

    Returns:
        The gradients of x, h, c, w_ih, w_hh, b_ih and b_hh.

    Raises:
        TypeError: as in `lstm_cell`.
        ValueError: as in `lstm_cell`.
    """
    return step_backward(LSTM, grad_output, x, (h, c), (w_ih, w_hh, b_ih, b_hh))


@ieee
def gru_cell(x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array) -> Array:
    """Return H′ = (1 − z) n + z H, with products element by element.

    The gates are r = σ(A_r + B_r), z = σ(A_z + B_z) and n = tanh(Aₙ + r Bₙ), where
    [A_r, A_z, Aₙ] = X W_ihᵀ + b_ih and [B_r, B_z, Bₙ] = H W_hhᵀ + b_hh: the reset gate r is applied
    after the product with W_hh. H′ is computed with one product, as torch does: n + z (H − n).

    Args:
        x: the input X, of shape (n, in).
        h: the hidden state H, of shape (n, hid).
        w_ih: W_ih, of shape (3 · hid, in), the gates r, z, n in this order.
        w_hh: W_hh, of shape (3 · hid, hid), likewise.
        b_ih: b_ih, of shape (3 · hid,), likewise.
        b_hh: b_hh, of shape (3 · hid,), likewise.

    Returns:
        H′, of shape (n, hid).

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes do not agree.

    Source: torch.gru_cell.
    """
    (h_new,) = step(GRU, x, (h,), (w_ih, w_hh, b_ih, b_hh))
    return h_new


@ieee
def gru_cell_backward(
    grad_output: Array, x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array
) -> tuple[Array, ...]:
    """Return ∂L/∂X = D W_ih, ∂L/∂H = E W_hh + G z and the weights' gradients.

    Here G = ∂L/∂H′, D = ∂L/∂A = [Dₙ Bₙ r (1 − r), G (H − n) z (1 − z), Dₙ] with
    Dₙ = (G − G z) (1 − n²), and E = ∂L/∂B is D with Dₙ r in place of its last part Dₙ. The weights
    have ∂L/∂W_ih = Dᵀ X, ∂L/∂b_ih = Σₙ D, ∂L/∂W_hh = Eᵀ H and ∂L/∂b_hh = Σₙ E.

    Args:
        grad_output: G, of shape (n, hid).
        x: the input X, of shape (n, in).
        h: the hidden state H, of shape (n, hid).
        w_ih: W_ih, of shape (3 · hid, in), the gates r, z, n in this order.
        w_hh: W_hh, of shape (3 · hid, hid), likewise.
        b_ih: b_ih, of shape (3 · hid,), likewise.
        b_hh: b_hh, of shape (3 · hid,), likewise.

    Returns:
        The gradients of x, h, w_ih, w_hh, b_ih and b_hh.

    Raises:
        TypeError: as in `gru_cell`.
        ValueError: as in `gru_cell`.
    """
    return step_backward(GRU, (grad_output,), x, (h,), (w_ih, w_hh, b_ih, b_hh))
