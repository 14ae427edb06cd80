"""Right code spoiled by machine: for each kind of check, what every check of it must reject.

A spoiling is of one kind. Numbers and shapes are spoiled for the checks that look at these, dtypes
for those of dtypes, and so on; what is of another kind, a check leaves to the check that is of it.
"""

from functools import partial

import numpy as np

from conformance.implementation.implementation import Implementation
from conformance.spec.tree import leaves, nested
from conformance.tools.proof.mechanical import Mistaken, scaled


def zeros(result, _ball):
    """Zeros of the right shape and dtype."""
    return np.zeros_like(result)


def moved(result, ball):
    """One element ten bounds from the truth; ten units in its last place where it is exact."""
    value = ball.value.astype(result.dtype)
    bound = np.maximum(ball.bound, np.spacing(np.abs(value)).astype(np.float64))
    where = np.isfinite(bound) & np.isfinite(ball.value.astype(np.float64))
    where &= np.isfinite(ball.bound)
    if not where.any():
        return result
    copy = np.array(result)
    index = tuple(np.argwhere(where)[-1])
    copy[index] = ball.value[index] + 10 * bound[index]
    return copy


def transposed(result, _ball):
    """The last two axes exchanged, where that leaves the shape as it is."""
    square = result.ndim >= 2 and result.shape[-1] == result.shape[-2]
    return np.swapaxes(result, -1, -2) if square else result


def wrong_dtype(result, _ball):
    """The same numbers in another dtype."""
    return result.astype("float64" if result.dtype == np.float32 else "float32")


def wrong_shape(result, _ball):
    """The same numbers with one axis more, which would broadcast."""
    return np.asarray(result)[np.newaxis]


def ones(result, _ball):
    """Ones, or twos where one is right; as it is where there is no element."""
    return np.where(result == 1, 2, np.ones_like(result)) if result.size else result


TURNED = "transposed where square"
NUMBERS = {
    "zeros": zeros,
    "scaled by 1 + 2^-12": scaled(12),
    "one element moved by ten bounds": moved,
    TURNED: transposed,
    "broadcastable but of the wrong shape": wrong_shape,
}


class Wrapped:
    """The right implementation, but for an operation, or its backward function."""

    def __init__(self, right, function):
        self._right = right
        self._function = function
        self.calls = 0
        self.changed = 0

    def watch(self, trial):
        """Keep the case that is judged next."""
        self.trial = trial

    def contender(self, name):
        return Implementation(self, name)

    def __getattr__(self, name):
        right = getattr(self._right, name)
        return partial(self._called, right) if name == self._function else right

    def _called(self, right, *inputs, **parameters):
        self.calls += 1
        return self.spoiled(right, inputs, parameters)


class Accepting(Wrapped):
    """Answers zeros where it should refuse: by one rule, or by any."""

    def __init__(self, right, function, rules=()):
        super().__init__(right, function)
        self._rules = rules

    def spoiled(self, right, inputs, parameters):
        try:
            return right(*inputs, **parameters)
        except (TypeError, ValueError):
            if self._rules and self.trial.case.refusal not in self._rules:
                raise
            self.changed += 1
            return np.zeros(1)


class Exiting(Wrapped):
    """Refuses by an exception that ends the program."""

    def spoiled(self, right, inputs, parameters):
        try:
            return right(*inputs, **parameters)
        except (TypeError, ValueError):
            self.changed += 1
            raise SystemExit("no") from None


class Writing(Wrapped):
    """Writes into its first input, where that may be written to."""

    def spoiled(self, right, inputs, parameters):
        # Some results are views of an input: these are not to change.
        result = nested(np.array, right(*inputs, **parameters))
        first = next(array for array in leaves(list(inputs)) if array.dtype.kind == "f")
        if first.flags.writeable:
            np.negative(first, out=first)
            self.changed += 1
        return result


class Keeping(Wrapped):
    """Returns the same arrays again and again, with other numbers in them."""

    def __init__(self, right, function):
        super().__init__(right, function)
        self._kept = {}

    def spoiled(self, right, inputs, parameters):
        self.changed += 1
        result = right(*inputs, **parameters)
        arrays = list(leaves(result))
        key = tuple((array.shape, array.dtype) for array in arrays)
        buffers = self._kept.setdefault(key, [np.array(array) for array in arrays])
        for buffer, array in zip(buffers, arrays, strict=True):
            buffer[...] = array
        given = iter(buffers)
        return nested(lambda _: next(given), result)


class Alternating(Wrapped):
    """Every other result is off by one unit in the last place of its first element."""

    def spoiled(self, right, inputs, parameters):
        result = right(*inputs, **parameters)
        if self.calls % 2:
            return result
        self.changed += 1
        return nested(_nudged, result)


def _nudged(array):
    copy = np.array(array)
    if copy.size:
        copy.flat[0] = np.nextafter(copy.flat[0], copy.dtype.type(np.inf))
    return copy


class Silencing(Wrapped):
    """Leaves NumPy's error state changed."""

    def spoiled(self, right, inputs, parameters):
        self.changed += 1
        np.seterr(under="raise")
        return right(*inputs, **parameters)


class Drawing(Wrapped):
    """Draws a number of NumPy's global generator."""

    def spoiled(self, right, inputs, parameters):
        self.changed += 1
        np.random.random()  # noqa: NPY002 - that is what is wrong with it
        return right(*inputs, **parameters)


IMPURE = {
    "writes into its input": Writing,
    "keeps a buffer": Keeping,
    "another result the second time": Alternating,
    "changes the error state": Silencing,
    "draws of the global generator": Drawing,
}


def functions(operation):
    """The names of the operation and of its backward function, where there is one."""
    return [operation.name, *([f"{operation.name}_backward"] if operation.gradients else [])]


def mistaken(check, right):
    """What a check must reject, by name: everything that is of its kind."""
    return _OF_KIND.get(check.kind, _numbers)(check, right)


def _numbers(check, right):
    # In a network, what has another dtype cannot be handed on.
    dtypes = {"in the wrong dtype": wrong_dtype} if check.operation.network else {}
    return {what: Mistaken(check, right, spoil) for what, spoil in (NUMBERS | dtypes).items()}


def _everywhere(check, right, spoilings):
    """Spoil the value, and each gradient."""
    return {
        f"{argument or 'value'}: {what}": Mistaken(check, right, spoil, argument)
        for argument in (None, *check.operation.gradients)
        for what, spoil in spoilings.items()
    }


def _dtypes(check, right):
    return _everywhere(check, right, {"in the wrong dtype": wrong_dtype})


def _empty(check, right):
    return _everywhere(check, right, {"of the wrong shape": wrong_shape, "ones": ones})


def _impure(check, right):
    return {
        f"{function}: {what}": kind(right, function)
        for function in functions(check.operation)
        for what, kind in IMPURE.items()
    }


def _accepting(check, right):
    name = check.operation.name
    by_rule = {}
    for refusal in check.operation.refusals:
        by_rule.setdefault(refusal.rule, []).append(refusal.name)
    return {
        "accepts all": Accepting(right, name),
        **{f"accepts: {rule}": Accepting(right, name, names) for rule, names in by_rule.items()},
        "exits": Exiting(right, name),
    }


_OF_KIND = {"dtype": _dtypes, "edge": _empty, "pure": _impure, "refusal": _accepting}
