"""Libraries whose arrays code may take: torch, JAX, and any of the array API standard.

None of them is imported before somebody asks for it.
"""

import importlib
import importlib.util
import warnings
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from typing import Any

import numpy as np

from conformance.bounds.floats import Array
from conformance.implementation.load_error import LoadError
from conformance.implementation.tensors import Function, Library


def library(name: str, device: str = "") -> Library:
    """Return the library of arrays of a name: torch, jax, or a package of the array API standard.

    Raises:
        LoadError: if it is not installed, or has no such device.
    """
    if not all(part.isidentifier() for part in name.split(".")):
        raise LoadError(f"tensors are {name!r}; give the name of a package, such as torch or jax.")
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        raise LoadError(
            f"tensors are {name!r}, but no such package is installed. Install it, or give another: "
            f"torch, jax, or a package of the array API standard."
        )
    if name == "torch":
        return torch_library(device or "cpu")
    if device:
        raise LoadError(f"device is {device!r}, but only tensors of torch take one. Leave it out.")
    return jax_library() if name == "jax" else _standard_library(name)


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of packages that are installed."""
    known = {}
    for package in packages:
        with suppress(metadata.PackageNotFoundError):
            known[package] = metadata.version(package)
    return known


def torch_library(device: str = "cpu") -> Library:
    """Return torch's tensors on a device, with torch's own differentiation.

    On the CPU a tensor shares the memory of its array wherever torch can: it has the array's
    strides, and what is written into it is seen.

    Raises:
        LoadError: if torch has no such device.
    """
    torch = importlib.import_module("torch")
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise LoadError(
            f"device is {device!r}, which torch cannot use here ({str(error).splitlines()[0]}). "
            f"Give cpu, or a device that torch.zeros(1, device=...) accepts."
        ) from error

    _warm_up(torch)

    def tensor(array: Array) -> Any:
        if not array.flags.writeable or any(stride < 0 for stride in array.strides):
            array = array.copy()
        if array.dtype.name == "bfloat16":
            return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16).to(device)
        return torch.from_numpy(array).to(device)

    def numpy(result: Any) -> Any:
        if not isinstance(result, torch.Tensor):
            return result
        result = result.detach().cpu()
        if result.dtype != torch.bfloat16:
            return result.numpy()
        bfloat16 = importlib.import_module("ml_dtypes").bfloat16
        return result.view(torch.int16).numpy().view(bfloat16)

    return Library("torch", tensor, numpy, _torch_gradient, versions={"torch": torch.__version__})


def _warm_up(torch: Any) -> None:
    """Go through a function of autograd once: the first way back loads more of torch.

    What is loaded then changes the warning filters, and is no trace of the code that is judged.
    """

    class Same(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(_ctx: Any, x: Any) -> Any:
            return x.clone()

        @staticmethod
        def backward(_ctx: Any, grad_output: Any) -> Any:
            return grad_output

    with warnings.catch_warnings():
        _torch_gradient(Same.apply, 1)(torch.ones(1), torch.zeros(1))


def _torch_gradient(function: Function, count: int) -> Function:
    torch = importlib.import_module("torch")

    def pulled(upstream: Any, *inputs: Any) -> Sequence[Any]:
        leaves = [each.requires_grad_() for each in inputs[:count]]
        result = function(*leaves, *inputs[count:])
        gradients: Sequence[Any] = torch.autograd.grad(
            result, leaves, upstream, materialize_grads=True
        )
        return gradients

    return pulled


def jax_library() -> Library:
    """Return JAX's arrays, in float64 too; whole functions are compiled."""
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)

    def gradient(function: Function, count: int) -> Function:
        def pulled(upstream: Any, *inputs: Any) -> Sequence[Any]:
            def of_these(*leaves: Any) -> Any:
                return function(*leaves, *inputs[count:])

            gradients: Sequence[Any] = jax.vjp(of_these, *inputs[:count])[1](upstream)
            return gradients

        return pulled

    return Library("jax", jax.numpy.array, _numpy, gradient, jax.jit, versions("jax", "jaxlib"))


def _standard_library(name: str) -> Library:
    """Return the arrays of a package of the array API standard, or of one with DLPack.

    Raises:
        LoadError: if it makes no arrays of NumPy's.
    """
    package = importlib.import_module(name)
    if not callable(getattr(package, "asarray", None)):
        raise LoadError(
            f"tensors are {name!r}, which has no asarray() as the array API standard has it. Give "
            f"torch, jax, or a package of that standard."
        )

    def array(given: Array) -> Any:
        return package.asarray(np.array(given, order="C"))

    return Library(name, array, _numpy, versions=versions(name.partition(".")[0]))


def _numpy(result: Any) -> Any:
    """Return a NumPy array of another library's; what is no array stays as it is."""
    if isinstance(result, np.ndarray | np.generic):
        return result
    if hasattr(result, "__dlpack__"):
        with suppress(BufferError, RuntimeError, TypeError, ValueError):
            return np.from_dlpack(result)
    return np.asarray(result) if hasattr(result, "__array__") else result
