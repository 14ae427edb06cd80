"""How the document's formulas are held against torch without a tolerance.

A formula is evaluated over error-carrying arrays and torch in float64; the bound is that of
float32. So there is 2²⁹ times the room that the roundings of either side can need, and still
next to none: only the mathematics decides. On small integers, where nothing rounds, formula
and torch must be equal.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.bounds import FORMATS, Array, Ball, Comparison, Flaw, arithmetic, compare
from conformance.spec import (
    RESULT,
    Finding,
    Inputs,
    Problem,
    Raised,
    Returned,
    Structure,
    Subject,
    Suspect,
    Tensor,
    Verdict,
    nested,
    raised,
    torch,
)
from conformance.spec import attempt as call

# Numbers of float64, held to float32's bounds.
ROOMY = replace(arithmetic("float32"), form=replace(FORMATS["float32"], name="float64"))


FORMULA = Subject("formula")


def ball(array: Array | float) -> Ball:
    """An input, known without error."""
    return Ball.exact(array, ROOMY)


def leaf(array: Array) -> Tensor:
    """A float64 tensor that gradients are wanted of."""
    return torch.from_numpy(np.array(array, np.float64)).requires_grad_()


def tensor(array: Array) -> Tensor:
    """A float64 tensor."""
    return torch.from_numpy(np.array(array, np.float64))


def calm(rng: Any, structure: Structure) -> Inputs:
    """Small integers, on which nothing rounds, or normal numbers; few sigmoids saturate."""
    if rng.random() < 0.5:
        return {
            name: rng.integers(-2, 3, shape).astype(np.float64)
            for name, shape in structure.shapes.items()
        }
    return generic(rng, structure)


def generic(rng: Any, structure: Structure) -> Inputs:
    """Normal numbers: no zeros, no two alike."""
    return {name: rng.standard_normal(shape) for name, shape in structure.shapes.items()}


def descend(parameters: list[Tensor], gradients: list[Tensor], rate: float) -> None:
    """Take one step of torch.optim.SGD, in place, by the function that it calls itself."""
    from torch.optim.sgd import sgd  # noqa: PLC0415 - torch is imported when it is used

    sgd(
        parameters, gradients, [None] * len(parameters), foreach=False, weight_decay=0.0,
        momentum=0.0, lr=rate, dampening=0.0, nesterov=False, maximize=False,
    )  # fmt: skip


def attempt(function: Callable[..., Any], *inputs: Any, **parameters: Any) -> Returned | Raised:
    """Call a formula or a listing; whatever it does comes back as an outcome, warnings too."""
    # NumPy's own defaults, whatever the caller has set.
    with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
        return call(function, inputs, parameters, listen=True)


def held(formula: Callable[..., Any], inputs: Sequence[Any], truth: Any) -> Finding:
    """A formula over balls, held against torch's arrays, in the same nesting."""
    outcome = attempt(formula, *inputs)
    if not isinstance(outcome, Returned):
        return raised(outcome, FORMULA, expected=nested(ball, truth))
    result = outcome.result
    if _nesting(result) != _nesting(truth):
        return disagreement("the formula gives another number of results", truth, repr(result))
    centred = _zipped(lambda array, one: Ball(array, one.bound, ROOMY), truth, result)
    return weigh(nested(lambda one: one.value, result), centred, FORMULA)


def weigh(actual: Any, truth: Any, subject: Subject = RESULT) -> Finding:
    """Compare a result with balls."""
    # The bound is float32's, the numbers are float64's: only the ratio of the two says anything.
    comparison = replace(compare(actual, truth), off_by=None)
    problem = Problem.NONE if comparison.agrees else Problem.WRONG
    verdict = Verdict.CONFORMS if comparison.agrees else Verdict.FAILS
    return Finding(verdict, problem, subject, ours=comparison, expected=truth, actual=actual)


def listing(outcome: Returned | Raised, truth: Any) -> Finding:
    """What a listing returned, held against balls; a listing that raised disagrees."""
    if not isinstance(outcome, Returned):
        return raised(outcome, Subject("listing"), expected=truth)
    return weigh(outcome.result, truth)


def certain(truth: Any, arrays: Any) -> Any:
    """The balls, having made sure that torch's own results lie in them.

    Raises:
        Suspect: they do not.
    """
    comparison = compare(arrays, truth)
    if not comparison.agrees:
        finding = Finding(Verdict.FAILS, Problem.WRONG, ours=comparison)
        raise Suspect(f"torch lies outside the bound: {finding.message}")
    return truth


def agreement() -> Finding:
    """One thing looked at, and right."""
    return Finding(Verdict.CONFORMS, ours=Comparison(elements=1, exact=1))


def disagreement(message: str, expected: Any, actual: Any) -> Finding:
    """One thing looked at, and wrong."""
    comparison = Comparison(Flaw.STRUCTURE, ratio=np.inf, elements=1, exact=1)
    return Finding(
        Verdict.FAILS,
        Problem.CLAIM,
        detail=message,
        ours=comparison,
        expected=expected,
        actual=actual,
    )


def _nesting(tree: Any) -> Any:
    return [_nesting(one) for one in tree] if isinstance(tree, list | tuple) else None


def _zipped(function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    if isinstance(a, list | tuple):
        return [_zipped(function, x, y) for x, y in zip(a, b, strict=True)]
    return function(a, b)
