"""Gradients without derivatives: central differences in 50 digits."""

from arbiter.precision import dot, filled, number

# A power of two, so that nothing rounds where a function is linear. The error is that of a step
# in a parabola, h² f‴ / 6, about 1e-31, and that of 50 digits over h, about 1e-35.
STEP = number(2) ** -50


def gradient(formula, inputs, parameters, grad_output, position):
    """The slopes of Σ grad_output · formula(*inputs) in every element of one input."""
    upstream = _elements(grad_output)

    def moved(index, step):
        changed = inputs[position].copy()
        changed[index] += step
        arguments = [*inputs[:position], changed, *inputs[position + 1 :]]
        return dot(upstream, _elements(formula(*arguments, **parameters)))

    def slope(*index):
        return (moved(index, STEP) - moved(index, -STEP)) / (2 * STEP)

    return filled(inputs[position].shape, slope)


def _elements(outputs):
    """All numbers of an array, or of a tuple of them."""
    arrays = outputs if isinstance(outputs, tuple) else (outputs,)
    return [element for array in arrays for element in array.flat]
