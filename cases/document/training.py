"""Sections 2.2 and 2.3: training by repeated forward, backward, update; networks of any depth.

The two sections have no formulas of their own, and use those of section 3: δ^L = a^L − y and the
recursion, read as ∂L/∂z. Which loss and which last activation they are right for is a condition.
Samples are rows. The hidden activation is any that the document names. Layers are counted as the
document counts them: the input is the first.
"""

from collections.abc import Iterator

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.bounds import Ball, matmul, total
from conformance.spec import (
    Case,
    Claim,
    Finding,
    Formula,
    Judge,
    Problem,
    Row,
    Structure,
    Verdict,
    torch,
)

from .functions import Activation
from .judging import agreement, compare_formula, disagreement, tensor
from .networks import (
    ENDINGS,
    Ending,
    Layers,
    admits,
    fill_for,
    networks,
    task_of,
    torch_step,
)

# Below this derivative a loss is stationary: a step changes it by less than float64 resolves.
_STATIONARY = 2.0**-20
_HALVINGS = 40


_FIRST = next(iter(ENDINGS))


def recursion(x: Ball, y: Ball, layers: Layers, g: Activation, last: Activation) -> Layers:
    """Return all gradients by the formulas of section 3, forward and back through all layers.

    δ^L = a^L − y, δ^l = (δ^(l+1) w^(l+1)) g′(z^l); ∂L/∂w^l = δ^lᵀ a^(l−1), ∂L/∂b^l = Σ δ^l.
    """
    assert g.slope is not None
    weights, biases = layers
    activations, zs = [x], []
    for w, b in zip(weights, biases, strict=True):
        zs.append(matmul(activations[-1], w.T, plus=b))
        activations.append(g.value(zs[-1]))
    delta = last.value(zs[-1]) - y
    grad_weights: list[Ball] = []
    grad_biases: list[Ball] = []
    for layer in reversed(range(len(weights))):
        grad_weights.insert(0, matmul(delta.T, activations[layer]))
        grad_biases.insert(0, total(delta, axis=0))
        if layer > 0:
            delta = matmul(delta, weights[layer]) * g.slope(zs[layer - 1])
    return grad_weights, grad_biases


def training_step(
    x: Ball, y: Ball, layers: Layers, g: Activation, last: Activation, rate: float
) -> Layers:
    """Return θ − η ∂L/∂θ for all weights and biases, with the gradients of `recursion`."""
    weights, biases = layers
    grad_weights, grad_biases = recursion(x, y, layers, g, last)
    return (
        [w - grad * rate for w, grad in zip(weights, grad_weights, strict=True)],
        [b - grad * rate for b, grad in zip(biases, grad_biases, strict=True)],
    )


def _depth(ending: Ending) -> Judge:
    def judge(formula: Formula, case: Case) -> Finding:
        task = task_of(case, ending)
        leaves = task.leaves()
        grads = [grad.numpy() for grad in torch.autograd.grad(task.loss(leaves), leaves)]
        depth = len(task.weights)
        truth = grads[:depth], grads[depth:]
        return compare_formula(formula, task.arguments, truth, ("∂L/∂w", "∂L/∂b"))

    return judge


def _trajectory(ending: Ending) -> Judge:
    """Judge all parameters after several steps; the balls carry errors from step to step."""

    def judge(formula: Formula, case: Case) -> Finding:
        task, leaves = task_of(case, ending), task_of(case, ending).leaves()
        rate, steps = case.parameters["learning_rate"], case.parameters["steps"]
        for _ in range(steps):
            torch_step(task.loss(leaves), leaves, rate)
        ends = [parameter.detach().numpy() for parameter in leaves]
        x, y, start, g, last = task.arguments

        def trained(layers: Layers) -> Layers:
            for _ in range(steps):
                layers = formula(x, y, layers, g, last, rate)
            return layers

        depth = len(task.weights)
        return compare_formula(trained, (start,), (ends[:depth], ends[depth:]), ("w", "b"))

    return judge


def _step(formula: Formula, case: Case, rate: float) -> tuple[float, float, float]:
    """Return the loss before a step and after it, and the largest derivative before it."""
    task = task_of(case, ENDINGS[_FIRST])
    leaves = task.leaves()
    before = task.loss(leaves)
    steepest = max(float(grad.abs().max()) for grad in torch.autograd.grad(before, leaves))
    stepped = formula(*task.arguments, rate)
    ends = [tensor(parameter.value) for group in stepped for parameter in group]
    return before.item(), task.loss(ends).item(), steepest


def _falls(formula: Formula, case: Case) -> Finding:
    """Judge whether a step of the given size lowers the loss."""
    before, after, steepest = _step(formula, case, case.parameters["learning_rate"])
    if steepest < _STATIONARY:
        return Finding(
            Verdict.ERRORED,
            Problem.OUTSIDE,
            detail="a stationary point: no step can lower the loss",
        )
    if after < before:
        return agreement()
    return disagreement(
        f"the loss goes from {before:.6g} to {after:.6g}", f"below {before!r}", after
    )


def _falls_somewhere(formula: Formula, case: Case) -> Finding:
    """Judge whether a step lowers the loss, halved as often as it takes."""
    for halvings in range(_HALVINGS):
        sized = Case(case.inputs, {**case.parameters, "learning_rate": 0.5**halvings})
        finding = _falls(formula, sized)
        if finding.verdict != "fails":
            return finding
    return disagreement(
        f"the loss falls for no learning rate from 1 to 2^−{_HALVINGS - 1}",
        finding.expected, finding.actual,
    )  # fmt: skip


def _row(ending: str, condition: str, drawn: SearchStrategy[Structure], judge: Judge) -> Row:
    target = ENDINGS[ending].target
    return Row(None, condition, drawn, fill_for(target), judge, admits(target))


def _layers(weights: int) -> str:
    return f"{weights + 1} layers"


def _falling_rows() -> Iterator[Row]:
    large = st.sampled_from([8.0, 32.0, 128.0])
    depths = (1, 2, 3)
    for depth in depths:
        name = f"η is small enough, {_layers(depth)}"
        yield _row(_FIRST, name, networks(depth), _falls_somewhere)
    for depth in depths:
        name = f"η is from 8 to 128, {_layers(depth)}"
        yield _row(_FIRST, name, networks(depth, learning_rate=large), _falls)


def _trajectory_rows() -> Iterator[Row]:
    rate, steps = st.sampled_from([1.0, 0.5, 0.1, 0.01]), st.integers(1, 4)
    for name, ending in ENDINGS.items():
        drawn = st.integers(1, 3).flatmap(
            lambda depth: networks(depth, learning_rate=rate, steps=steps)
        )
        yield _row(name, name, drawn, _trajectory(ending))


def _depth_rows() -> Iterator[Row]:
    for name, ending in ENDINGS.items():
        deep = st.integers(3, 6).flatmap(networks)
        yield _row(name, f"{name}, 1 hidden layer", networks(2), _depth(ending))
        yield _row(name, f"{name}, 2 to 5 hidden layers", deep, _depth(ending))


CLAIMS = (
    Claim(
        "2.2/training",
        "Each step of gradient descent lowers the loss (here L = BCE after sigmoid).",
        "L(θ − η ∂L/∂θ) < L(θ)",
        "torch.autograd",
        tuple(_falling_rows()),
        training_step,
        latex=r"L(\theta - \eta \frac{\partial L}{\partial \theta}) < L(\theta)",
    ),
    Claim(
        "2.2/trajectory",
        "Forward, backward of the error (with δ = ∂L/∂z) and update, repeated, train a network.",
        "θ ← θ − η ∂L/∂θ, by δ^L = a^L − y and the recursion",
        "torch.autograd and torch.optim.SGD",
        tuple(_trajectory_rows()),
        training_step,
        latex=r"\theta \leftarrow \theta - \eta \frac{\partial L}{\partial \theta}",
    ),
    Claim(
        "2.3/depth",
        "With δ = ∂L/∂z, the recursion gives all gradients, however many hidden layers there are.",
        "δ_i^l = Σ_j δ_j^(l+1) w_ji g′(z_i), l = L − 1 … 2",
        "torch.autograd",
        tuple(_depth_rows()),
        recursion,
        latex=(
            r"\delta_i^{(l)} = \sum_j \delta_j^{(l+1)} w_{ji}^{(l+1)} g'(z_i^{(l)}), "
            r"\quad l = L - 1 \ldots 2"
        ),
    ),
)
