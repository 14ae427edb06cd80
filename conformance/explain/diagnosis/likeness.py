"""Whether two implementations behave alike in one case, by what a judge found of each.

This is diagnosis, not judgement: no verdict depends on it. Two wrong results are alike where what
sets them apart is little against what sets them off from the truth: the same formula, evaluated
in another order, is wrong by the same amount but for its rounding.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.compare import Flaw
from conformance.bounds.floats import Array, is_real
from conformance.record.vocabulary import Verdict
from conformance.spec.finding import Finding

# How many bounds, and units in the last place of the result, two evaluations may lie apart; and
# the share of the common error that may be left unexplained.
_BOUNDS = 4.0
_ROUNDINGS = 8.0
_REST = 2.0**-8
# From which share of the largest result on an error is gross.
_GROSS = 2.0**-10
# Of a mistake whose numbers are noise: how many times larger one error may be than the other.
_TIMES = 64.0

_FORMS = frozenset({Flaw.KIND, Flaw.STRUCTURE, Flaw.SHAPE, Flaw.DTYPE})


def alike(one: Finding, other: Finding) -> bool:
    """Whether both behave alike: the same numbers, or the same manner of failing."""
    if one.verdict == other.verdict == Verdict.CONFORMS:
        return True
    if _has_numbers(one) and _has_numbers(other):
        return _same_numbers(one, other) and one.answers == other.answers
    return one.verdict == other.verdict and _manner(one) == _manner(other)


def alike_in_size(one: Finding, other: Finding) -> bool:
    """Whether both are wrong by about as much, or one is right and the other nearly."""
    if not (_has_numbers(one) and _has_numbers(other)):
        return alike(one, other)
    low, high = sorted([one.ours.ratio, other.ours.ratio])
    return high == low or high <= _TIMES * max(low, 1.0)


def is_array(value: Any) -> bool:
    """Whether a result is what the contract wants: an array, or a scalar of NumPy, of numbers."""
    if type(value) is not np.ndarray and not isinstance(value, np.generic):
        return False
    # Of other dtypes a conversion may run the implementation's own code.
    return is_real(value.dtype) or value.dtype.kind in "iub"


def _has_numbers(finding: Finding) -> bool:
    """Whether numbers are what is right or wrong about it: no exception, no trace, no rule."""
    wrong = finding.verdict == Verdict.FAILS
    return finding.ours.flaw.is_numeric or not (finding.ours.flaw or wrong)


def _manner(finding: Finding) -> object:
    """In which way a case fails that does not by its numbers."""
    flaw = finding.ours.flaw
    if flaw in _FORMS:
        return flaw, finding.ours.output, _form(finding.actual)
    # What raised, what was accepted, what was changed; not the exception's own words.
    return finding.key


def _form(result: Any) -> object:
    if isinstance(result, tuple | list):
        return [_form(one) for one in result]
    kind = type(result)
    known = kind is np.ndarray or issubclass(kind, np.generic)
    return (result.shape, str(result.dtype)) if known else kind.__name__


def _same_numbers(one: Finding, other: Finding) -> bool:
    pairs = zip(leaves(one.actual), leaves(other.actual), leaves(one.expected), strict=False)
    with np.errstate(all="ignore"):
        return all(_alike_leaves(a, b, ball) for a, b, ball in pairs)


def _alike_leaves(one: Any, other: Any, truth: Ball) -> bool:
    if is_array(one) and is_array(other):
        return near(np.asarray(one), np.asarray(other), truth)
    return bool(_form(one) == _form(other))


def leaves(tree: Any) -> Iterator[Any]:
    """The results of nested tuples and lists, whatever they are."""
    if isinstance(tree, list | tuple):
        for one in tree:
            yield from leaves(one)
    else:
        yield tree


def _sizes(a: Array, b: Array, off: Array) -> Array:
    """Of what size the numbers are that were rounded: of the results' own, element by element.

    Where the results are grossly wrong, of the largest one's: a wrong sum may cancel to little.
    """
    own: Array = np.maximum(np.abs(a), np.abs(b))
    largest = own[np.isfinite(own)].max(initial=0.0)
    gross = off[np.isfinite(off)].max(initial=0.0) > _GROSS * largest
    return np.maximum(own, largest) if gross else own


def near(one: Array, other: Array, truth: Ball) -> bool:
    """Whether two results are the same but for rounding, wherever the truth lies."""
    if one.shape != other.shape:
        return False
    a, b = one.astype(np.float64), other.astype(np.float64)
    apart, off = np.abs(a - b), np.abs(b - truth.value).astype(np.float64)
    rounding = _ROUNDINGS * truth.arithmetic.result.u * _sizes(a, b, off)
    # Whether a subnormal result is flushed to zero is nobody's mistake.
    room = _BOUNDS * truth.bound + rounding + truth.arithmetic.result.smallest_normal
    same = (a == b) | (np.isnan(a) & np.isnan(b)) | (apart <= room) | np.isinf(truth.bound)
    # Infinite minus finite explains nothing.
    return bool((same | (np.isfinite(off) & (apart <= _REST * off))).all())
