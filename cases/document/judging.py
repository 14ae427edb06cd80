"""Compare the document's formulas with torch, without a tolerance.

A formula is evaluated over balls, and torch in float64, but the bound is that of float32. It is
2²⁹ times as large as the roundings of either side, and still tiny: only the mathematics decides. On
small integers nothing rounds, and formula and torch must be equal.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.bounds import FORMATS, Array, Ball, Comparison, Flaw, arithmetic, compare
from conformance.spec import (
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

# Numbers of float64 with the bounds of float32.
ROOMY = replace(arithmetic("float32"), form=replace(FORMATS["float32"], name="float64"))
FORMULA, LISTING = Subject("formula"), Subject("listing")


def ball(array: Array | float) -> Ball:
    """Return an exact input as a ball."""
    return Ball.exact(array, ROOMY)


def leaf(array: Array) -> Tensor:
    """Return a float64 tensor for which torch computes a gradient."""
    return tensor(array).requires_grad_()


def tensor(array: Array) -> Tensor:
    """Return a float64 tensor."""
    return torch.from_numpy(np.array(array, np.float64))


def calm(rng: Any, structure: Structure) -> Inputs:
    """Draw small integers, on which nothing rounds, or normal numbers; few sigmoids saturate."""
    if rng.random() < 0.5:
        return {
            name: rng.integers(-2, 3, shape).astype(np.float64)
            for name, shape in structure.shapes.items()
        }
    return generic(rng, structure)


def no_inputs(_rng: Any, _structure: Structure) -> Inputs:
    """Return no arrays: the parameters say all of the case."""
    return {}


def zeros(_rng: Any, structure: Structure) -> Inputs:
    """Return arrays of zeros."""
    return {name: np.zeros(shape) for name, shape in structure.shapes.items()}


def generic(rng: Any, structure: Structure) -> Inputs:
    """Draw normal numbers: none is zero, and no two are equal."""
    return {name: rng.standard_normal(shape) for name, shape in structure.shapes.items()}


def descend(parameters: list[Tensor], gradients: list[Tensor], rate: float) -> None:
    """Take a step of torch.optim.SGD in place, by torch's own function."""
    from torch.optim.sgd import sgd  # noqa: PLC0415 - torch is imported when it is used

    sgd(
        parameters, gradients, [None] * len(parameters), foreach=False, weight_decay=0.0,
        momentum=0.0, lr=rate, dampening=0.0, nesterov=False, maximize=False,
    )  # fmt: skip


def attempt(function: Callable[..., Any], *inputs: Any, **parameters: Any) -> Returned | Raised:
    """Call a formula or a listing; return its outcome, with warnings."""
    # NumPy's defaults, whatever the caller has set.
    with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
        return call(function, inputs, parameters, listen=True)


def compare_formula(
    formula: Callable[..., Any], inputs: Sequence[Any], truth: Any, names: Sequence[str] = ()
) -> Finding:
    """Compare a formula over balls with torch's arrays, in the same nesting; return a finding.

    `names` says what the results are called: all of them, or each.
    """
    outcome = attempt(formula, *inputs)
    if not isinstance(outcome, Returned):
        return raised(outcome, FORMULA, expected=nested(ball, truth))
    result = outcome.result
    if _nesting(result) != _nesting(truth):
        return disagreement("the formula gives another number of results", truth, repr(result))
    centred = _zipped(lambda array, computed: Ball(array, computed.bound, ROOMY), truth, result)
    return weigh(nested(lambda computed: computed.value, result), centred, names, FORMULA)


def weigh(
    actual: Any, truth: Any, names: Sequence[str] = (), subject: Subject = LISTING
) -> Finding:
    """Compare a result with balls; return a finding."""
    # The numbers are float64's and the bound is float32's, so the distance in units means nothing.
    comparison = replace(compare(actual, truth), off_by=None)
    problem = Problem.NONE if comparison.agrees else Problem.UNLIKE
    verdict = Verdict.CONFORMS if comparison.agrees else Verdict.FAILS
    return Finding(
        verdict, problem, subject, names=tuple(names), ours=comparison, expected=truth,
        actual=actual,
    )  # fmt: skip


def compare_listing(outcome: Returned | Raised, truth: Any, names: Sequence[str] = ()) -> Finding:
    """Compare a listing's outcome with balls; return a finding, which fails if it raised."""
    if not isinstance(outcome, Returned):
        return raised(outcome, LISTING, expected=truth)
    return weigh(outcome.result, truth, names)


def certain(truth: Any, arrays: Any) -> Any:
    """Check that torch's own results lie in the balls, and return the balls.

    Raises:
        Suspect: torch's results lie outside.
    """
    comparison = compare(arrays, truth)
    if not comparison.agrees:
        finding = Finding(Verdict.FAILS, Problem.WRONG, ours=comparison)
        raise Suspect(f"torch lies outside the bound: {finding.message}")
    return truth


def agreement() -> Finding:
    """Return the finding of a comparison that holds."""
    return Finding(Verdict.CONFORMS, ours=Comparison(elements=1, exact=1))


def disagreement(message: str, expected: Any, actual: Any) -> Finding:
    """Return the finding of a comparison that does not hold."""
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
    return [_nesting(branch) for branch in tree] if isinstance(tree, list | tuple) else None


def _zipped(function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    if isinstance(a, list | tuple):
        return [_zipped(function, x, y) for x, y in zip(a, b, strict=True)]
    return function(a, b)
