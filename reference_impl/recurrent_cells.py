# a cell has an input, a state and four weights: torch passes them by place.
"""Recurrent cells: one step in time, from an input and a state to the next state."""

from collections.abc import Sequence

from reference_impl._arithmetic import Array, ieee
from reference_impl._cells import GRU, LSTM, RNN_RELU, RNN_TANH
from reference_impl._recurrence import step, step_backward


@ieee
def rnn_tanh_cell(x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array) -> Array:
    """H′ = tanh(X W_ihᵀ + b_ih + H W_hhᵀ + b_hh).

    Args:
        x: X, of shape (n, in).
        h: H, of shape (n, hid).
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
    """D = G (1 − H′²) is the gradient of what tanh is taken of, where G = ∂L/∂H′.

    ∂L/∂X = D W_ih, ∂L/∂H = D W_hh, ∂L/∂W_ih = Dᵀ X, ∂L/∂W_hh = Dᵀ H, ∂L/∂b = Σₙ D for both b.

    Args:
        grad_output: G, of shape (n, hid).
        x: X, of shape (n, in).
        h: H, of shape (n, hid).
        w_ih: W_ih, of shape (hid, in).
        w_hh: W_hh, of shape (hid, hid).
        b_ih: b_ih, of shape (hid,).
        b_hh: b_hh, of shape (hid,).

    Returns:
        The gradients of x, h, w_ih, w_hh, b_ih and b_hh.

    Raises:
        TypeError: as `rnn_tanh_cell`.
        ValueError: as `rnn_tanh_cell`.
    """
    return step_backward(RNN_TANH, (grad_output,), x, (h,), (w_ih, w_hh, b_ih, b_hh))


@ieee
def rnn_relu_cell(x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array) -> Array:
    """H′ = max(X W_ihᵀ + b_ih + H W_hhᵀ + b_hh, 0).

    Args:
        x: X, of shape (n, in).
        h: H, of shape (n, hid).
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
    """D = 0 where H′ ≤ 0, else G, is the gradient of what ReLU is taken of, where G = ∂L/∂H′.

    ∂L/∂X = D W_ih, ∂L/∂H = D W_hh, ∂L/∂W_ih = Dᵀ X, ∂L/∂W_hh = Dᵀ H, ∂L/∂b = Σₙ D for both b.
    The slope is, as in torch, 0 at the kink and 1 at NaN.

    Args:
        grad_output: G, of shape (n, hid).
        x: X, of shape (n, in).
        h: H, of shape (n, hid).
        w_ih: W_ih, of shape (hid, in).
        w_hh: W_hh, of shape (hid, hid).
        b_ih: b_ih, of shape (hid,).
        b_hh: b_hh, of shape (hid,).

    Returns:
        The gradients of x, h, w_ih, w_hh, b_ih and b_hh.

    Raises:
        TypeError: as `rnn_relu_cell`.
        ValueError: as `rnn_relu_cell`.
    """
    return step_backward(RNN_RELU, (grad_output,), x, (h,), (w_ih, w_hh, b_ih, b_hh))


@ieee
def lstm_cell(
    x: Array, h: Array, c: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array
) -> tuple[Array, Array]:
    """C′ = f C + i g and H′ = o tanh C′, products element by element.

    The gates are i = σ(Zᵢ), f = σ(Z_f), g = tanh(Z_g) and o = σ(Zₒ), where
    [Zᵢ, Z_f, Z_g, Zₒ] = X W_ihᵀ + b_ih + H W_hhᵀ + b_hh.

    Args:
        x: X, of shape (n, in).
        h: H, of shape (n, hid).
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
    """D = [K g i (1 − i), K C f (1 − f), K i (1 − g²), G tanh C′ o (1 − o)], ∂L/∂C = K f.

    Here D = ∂L/∂Z, G = ∂L/∂H′, and K = ∂L/∂C′ + G o (1 − tanh² C′) is the whole gradient of C′;
    ∂L/∂X = D W_ih, ∂L/∂H = D W_hh, ∂L/∂W_ih = Dᵀ X, ∂L/∂W_hh = Dᵀ H, ∂L/∂b = Σₙ D for both b.

    Args:
        grad_output: ∂L/∂H′ and ∂L/∂C′, of shape (n, hid) each.
        x: X, of shape (n, in).
        h: H, of shape (n, hid).
        c: C, of shape (n, hid).
        w_ih: W_ih, of shape (4 · hid, in), the gates i, f, g, o in this order.
        w_hh: W_hh, of shape (4 · hid, hid), likewise.
        b_ih: b_ih, of shape (4 · hid,), likewise.
        b_hh: b_hh, of shape (4 · hid,), likewise.

    Returns:
        The gradients of x, h, c, w_ih, w_hh, b_ih and b_hh.

    Raises:
        TypeError: as `lstm_cell`.
        ValueError: as `lstm_cell`.
    """
    return step_backward(LSTM, grad_output, x, (h, c), (w_ih, w_hh, b_ih, b_hh))


@ieee
def gru_cell(x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array) -> Array:
    """H′ = (1 − z) n + z H, products element by element.

    The gates are r = σ(A_r + B_r), z = σ(A_z + B_z) and n = tanh(Aₙ + r Bₙ), where
    [A_r, A_z, Aₙ] = X W_ihᵀ + b_ih and [B_r, B_z, Bₙ] = H W_hhᵀ + b_hh: the reset r comes after
    the product with W_hh. In one product, and as torch rounds it, H′ = n + z (H − n).

    Args:
        x: X, of shape (n, in).
        h: H, of shape (n, hid).
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
    """∂L/∂A = [∂L/∂Aₙ Bₙ r (1 − r), G (H − n) z (1 − z), (G − G z) (1 − n²)], where G = ∂L/∂H′.

    ∂L/∂B is the same but for ∂L/∂Bₙ = ∂L/∂Aₙ r; then, with D = ∂L/∂A and E = ∂L/∂B,
    ∂L/∂X = D W_ih, ∂L/∂W_ih = Dᵀ X, ∂L/∂b_ih = Σₙ D, and
    ∂L/∂H = E W_hh + G z, ∂L/∂W_hh = Eᵀ H, ∂L/∂b_hh = Σₙ E.

    Args:
        grad_output: G, of shape (n, hid).
        x: X, of shape (n, in).
        h: H, of shape (n, hid).
        w_ih: W_ih, of shape (3 · hid, in), the gates r, z, n in this order.
        w_hh: W_hh, of shape (3 · hid, hid), likewise.
        b_ih: b_ih, of shape (3 · hid,), likewise.
        b_hh: b_hh, of shape (3 · hid,), likewise.

    Returns:
        The gradients of x, h, w_ih, w_hh, b_ih and b_hh.

    Raises:
        TypeError: as `gru_cell`.
        ValueError: as `gru_cell`.
    """
    return step_backward(GRU, (grad_output,), x, (h,), (w_ih, w_hh, b_ih, b_hh))
