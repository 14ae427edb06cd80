"""The multilayer perceptron; its backpropagation by differences, not by the chain rule."""

from arbiter import activations
from arbiter.differences import gradient
from arbiter.precision import elementwise, exact, filled, total

_ACTIVATIONS = {
    "sigmoid": activations.sigmoid,
    "tanh": activations.tanh,
    "relu": activations.relu,
}


def _product(a, weight):
    """A W."""
    shape = (a.shape[0], weight.shape[1])
    return filled(shape, lambda n, j: total(x * w for x, w in zip(a[n], weight[:, j], strict=True)))


def forward_propagate(x, weights, biases, activation="sigmoid"):
    """Zˡ = Aˡ⁻¹ Wˡ + bˡ, Aˡ = g(Zˡ); A⁰ = x."""
    layers, zs = [x], []
    for weight, bias in zip(weights, biases, strict=True):
        product = _product(layers[-1], weight)
        zs.append(filled(product.shape, lambda n, j, p=product, b=bias: p[n, j] + b[j]))
        layers.append(_ACTIVATIONS[activation](zs[-1]))
    return layers, zs


def backpropagate(y, layers, zs, weights, activation="sigmoid"):
    """The slopes of Σ (Aᴸ − Y) ⊙ Zᴸ / n in every weight and bias, its first factor held fast.

    Zᴸ follows from the Z that are given and from how far the weights are moved: no bias is known.
    """
    g, samples = _ACTIVATIONS[activation], len(y)
    upstream = elementwise(lambda a, t: (a - t) / samples, layers[-1], y)
    biases = [exact([0.0] * weight.shape[1]) for weight in weights]
    given = [_product(a, weight) for a, weight in zip(layers, weights, strict=False)]

    def last_z(*moved):
        """Zᴸ, every A its given one and by how far g(Z) has moved."""
        a = layers[0]
        for layer, (z, product) in enumerate(zip(zs, given, strict=True)):
            weight, bias = moved[layer], moved[len(zs) + layer]
            step = elementwise(lambda new, old: new - old, _product(a, weight), product)
            current = filled(z.shape, lambda n, j, z=z, s=step, b=bias: z[n, j] + s[n, j] + b[j])
            if layer + 1 < len(zs):
                before, after = g(z), g(current)
                a = elementwise(lambda a, u, v: a + v - u, layers[layer + 1], before, after)
        return current

    free = [*weights, *biases]
    slopes = [gradient(last_z, free, {}, upstream, at) for at in range(len(free))]
    return slopes[: len(zs)], slopes[len(zs) :]


FORMULAS = (forward_propagate, backpropagate)
