"""One step of gradient descent."""

from arbiter.precision import elementwise, number


def gradient_descent(parameters, gradients, learning_rate):
    """θ − η grad_θ."""
    rate = number(learning_rate)
    pairs = zip(parameters, gradients, strict=True)
    return [elementwise(lambda p, g: p - rate * g, theta, grad) for theta, grad in pairs]


FORMULAS = (gradient_descent,)
