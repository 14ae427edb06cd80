"""Section 6: what the document says of frameworks, as they are today."""

import os
import subprocess
import sys
from typing import Any

from hypothesis import strategies as st

from conformance.bounds import Array, Ball, arithmetic, matmul
from conformance.spec import (
    Case,
    Claim,
    Finding,
    Formula,
    Row,
    Structure,
    Tensor,
    sizes,
    torch,
)

from .judging import (
    agreement,
    attempt,
    ball,
    calm,
    certain,
    compare_listing,
    disagreement,
    leaf,
    no_inputs,
    tensor,
)

# What Keras needs to compute is imported in a process of its own: a backend is chosen only once.
_PROGRAM = """
import sys
import numpy as np, keras
x = np.array([[1.0, -2.0]], "float32")
y = np.asarray(keras.ops.convert_to_numpy(keras.ops.relu(keras.ops.convert_to_tensor(x))))
assert y.tolist() == [[1.0, 0.0]]
print(sorted(name for name in ("tensorflow", "torch", "jax") if name in sys.modules))
"""


def branching(x: Tensor) -> Tensor:
    """Return x · x or 3 x, whichever the numbers choose while it runs."""
    return x * x if float(x.detach().sum()) > 0 else 3 * x


def product(a: Array, b: Array) -> Any:
    """Return NumPy's product of two matrices."""
    import numpy as np  # noqa: PLC0415 - a formula, as a reader would write it

    return np.dot(a, b)


def keras_without_tensorflow(backend: str) -> list[str]:
    """Run a function of Keras on a backend; return which of the frameworks were imported."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    run = subprocess.run(  # noqa: S603 - this Python, and the program above
        [sys.executable, "-c", _PROGRAM],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode:
        raise RuntimeError(run.stderr.strip().splitlines()[-1] if run.stderr else "no output")
    return [name for name in ("tensorflow", "torch", "jax") if name in run.stdout.split("[")[-1]]


def _dynamic(formula: Formula, case: Case) -> Finding:
    """Judge whether the gradient is that of the branch that was taken."""
    x = leaf(case.inputs["x"])
    (grad,) = torch.autograd.grad(formula(x).sum(), [x])
    numbers = case.inputs["x"]
    truth = ball(numbers * 2 if numbers.sum() > 0 else numbers * 0 + 3)
    return compare_listing(attempt(grad.numpy), truth)


def _numerical(formula: Formula, case: Case) -> Finding:
    """Compare NumPy's product with the true one, within its bound in float64."""
    a, b = case.inputs["a"], case.inputs["b"]
    left, right = (Ball.exact(array, arithmetic("float64")) for array in (a, b))
    truth = matmul(left, right)
    return compare_listing(attempt(formula, a, b), certain(truth, (tensor(a) @ tensor(b)).numpy()))


def _based(formula: Formula, case: Case) -> Finding:
    """Judge whether Keras, run on another backend, still needs TensorFlow."""
    backend = case.parameters["backend"]
    outcome = attempt(formula, backend)
    imported = getattr(outcome, "result", None)
    if imported is None or "tensorflow" in imported:
        return agreement()
    return disagreement(f"Keras runs on {backend} without TensorFlow", "tensorflow", imported)


_VECTORS = sizes(1, 4).map(lambda n: Structure({"x": (n,)}))
_MATRICES = st.builds(
    lambda n, m, k: Structure({"a": (n, m), "b": (m, k)}), sizes(), sizes(), sizes()
)

CLAIMS = (
    Claim(
        "6/pytorch",
        "PyTorch has a dynamic graph: it differentiates what was run.",
        "y = x · x if Σx > 0 else 3 x",
        "the derivative of the branch that was taken",
        (Row(None, None, _VECTORS, calm, _dynamic),),
        branching,
        latex=r"y = x \cdot x \text{ if } \sum x > 0 \text{ else } 3x",
    ),
    Claim(
        "6/numpy",
        "NumPy computes the numbers of deep learning.",
        "np.dot(a, b)",
        "the exact product, and torch.matmul",
        (Row(None, None, _MATRICES, calm, _numerical),),
        product,
    ),
    Claim(
        "6/keras",
        "Keras is based on TensorFlow.",
        "import keras",
        "Keras with PyTorch as its backend",
        (Row(None, None, st.just(Structure({}, {"backend": "torch"})), no_inputs, _based),),
        keras_without_tensorflow,
        needs="keras",
    ),
)
