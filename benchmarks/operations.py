"""The reference implementation's time as a ratio to torch's, one thread each, in one run."""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import torch

import reference_impl
from conformance.adapters.torch import IMPLEMENTATION as PEER

ROUNDS = 15


def normal(*shape: int) -> Any:
    """Normally distributed float32 numbers, the same ones every time."""
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


SETTINGS: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "linear 64×512 → 512": ("linear", (normal(64, 512), normal(512, 512), normal(512)), {}),
    "sigmoid 10⁵": ("sigmoid", (normal(100_000),), {}),
    "softmax 128×1000": ("softmax", (normal(128, 1000),), {}),
    "conv2d 8×16×32×32 → 32, 3×3, padding 1": (
        "conv2d",
        (normal(8, 16, 32, 32), normal(32, 16, 3, 3), normal(32)),
        {"padding": 1},
    ),
    "conv2d 4×32×28×28 → 32, 3×3, stride 2": (
        "conv2d",
        (normal(4, 32, 28, 28), normal(32, 32, 3, 3), normal(32)),
        {"stride": 2},
    ),
    "max_pool2d 8×16×32×32, 2×2": ("max_pool2d", (normal(8, 16, 32, 32),), {"kernel_size": 2}),
    "avg_pool2d 8×16×32×32, 2×2": ("avg_pool2d", (normal(8, 16, 32, 32),), {"kernel_size": 2}),
}


def seconds(call: Callable[[], object]) -> float:
    """One call's time."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def ratio(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Median of ours / theirs, pair by pair, and our median time."""
    ours(), theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    return median(a / b for a, b in pairs), median(a for a, _ in pairs)


def row(title: str, name: str, inputs: tuple[Any, ...], parameters: dict[str, Any]) -> str:
    """Forward alone, then forward and backward: torch's backward runs its forward as well."""
    forward, backward = (getattr(reference_impl, name + end) for end in ("", "_backward"))
    peer, peer_backward = (getattr(PEER, name + end) for end in ("", "_backward"))
    grad_output = np.ones_like(forward(*inputs, **parameters))

    def both() -> None:
        forward(*inputs, **parameters)
        backward(grad_output, *inputs, **parameters)

    cells = []
    for ours, theirs in (
        (lambda: forward(*inputs, **parameters), lambda: peer(*inputs, **parameters)),
        (both, lambda: peer_backward(grad_output, *inputs, **parameters)),
    ):
        share, spent = ratio(ours, theirs)
        cells += [f"{1e3 * spent:.2f}", f"{share:.2f}"]
    return f"| {title} | {' | '.join(cells)} |"


def main() -> None:
    """Print a row for each setting."""
    torch.set_num_threads(1)
    print("| operation | forward, ms | ÷ torch | forward + backward, ms | ÷ torch |")
    print("|---|--:|--:|--:|--:|")
    for title, (name, inputs, parameters) in SETTINGS.items():
        print(row(title, name, inputs, parameters))


if __name__ == "__main__":
    main()
