"""The linear layer: y_nj = Σ_i W_ji x_ni + b_j."""

from arbiter.precision import dot, filled


def linear(x, weight, bias):
    """torch.nn.functional.linear."""
    return filled((len(x), len(weight)), lambda n, j: dot(list(weight[j]), list(x[n])) + bias[j])


FORMULAS = (linear,)
