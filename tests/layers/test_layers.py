"""`conformance.layer`: layers as courses write them are judged without being rewritten."""

from types import SimpleNamespace

import courses
import numpy as np
import pytest

import conformance
from conformance.implementation.load import offered
from conformance.judge.check import judge_check
from conformance.judge.search import Plan
from conformance.run.run import Run

CHECKS = Run().checks
PLAN = Plan(examples=12)


def conv_param(stride, padding):
    return {"stride": stride, "pad": padding}


def conv_forward(x, weight, bias, stride, padding):
    return courses.conv_forward(x, weight, bias, conv_param(stride, padding))


# By name, the operation and how the layer is told.
LAYERS = {
    "weights in the constructor": (
        "linear",
        conformance.layer(
            courses.Affine, weight="W", bias="b", grads=("dW", "db"), layouts="in, out"
        ),
    ),
    "a loss with its softmax": (
        "cross_entropy",
        conformance.layer(courses.SoftmaxWithLoss, fixed={"reduction": "mean"}),
    ),
    "a convolution with a pad": (
        "conv2d",
        conformance.layer(
            courses.Convolution, weight="W", bias="b", grads=("dW", "db"),
            renames={"padding": "pad"},
        ),
    ),
    "a pair of functions with a cache": (
        "linear",
        conformance.layer(
            forward=courses.affine_forward, backward=courses.affine_backward, cache=True,
            layouts="in, out",
        ),
    ),
    "a cache and a dict of parameters": (
        "conv2d",
        conformance.layer(forward=conv_forward, backward=courses.conv_backward, cache=True),
    ),
    "channels last, parameters in dicts": (
        "conv2d",
        conformance.layer(
            lambda weight, stride, padding: courses.Conv2D(
                weight.shape[3], weight.shape[:2], pad=padding, stride=stride
            ),
            weight="parameters.W", bias="parameters.b", grads=("gradients.W", "gradients.b"),
            shapes={"bias": (1, 1, 1, -1)}, layouts=("nhwc", "hwio"),
        ),
    ),
    "sizes in the constructor": (
        "linear",
        conformance.layer(
            lambda weight: courses.Linear(*weight.shape), weight="params.w", bias="params.b",
            grads={"weight": "grads.w", "bias": "grads.b"}, layouts="in, out",
        ),
    ),
    "an optimizer in the backward pass": (
        "linear",
        conformance.layer(
            courses.dense, forward="forward_pass", backward="backward_pass",
            weight="W", bias="w0", shapes={"bias": (1, -1)}, layouts="in, out",
            grads=(
                lambda made: made.optimizer.gradients[0],
                lambda made: made.optimizer.gradients[1],
            ),
        ),
    ),
    "no bias": (
        "linear",
        conformance.layer(
            courses.Projection, forward="__call__", weight="W", grads=("dW",),
            fixed={"bias": 0}, layouts="in, out",
        ),
    ),
    "a fixed eps": (
        "layer_norm",
        conformance.layer(
            courses.LayerNorm, weight="gamma", bias="beta", fixed={"eps": 1e-8}, backward=None
        ),
    ),
}  # fmt: skip


def results(operation, layer, kinds=("value", "gradient")):
    contender = offered(SimpleNamespace(**{operation: layer}), "mine")
    checks = [
        each
        for each in CHECKS.values()
        if each.operation.name == operation and each.kind in kinds and each.dtype == "float64"
    ]
    return {each.id: judge_check(each, contender, PLAN) for each in checks}


@pytest.mark.parametrize("operation, layer", LAYERS.values(), ids=LAYERS)
def test_a_layer_of_a_course_is_judged_as_it_is(operation, layer):
    judged = results(operation, layer)
    assert judged[f"{operation}/value[float64]"].verdict == "conforms"
    verdicts = {result.verdict for result in judged.values()}
    assert verdicts <= {"conforms", "not provided"}
    if layer.backward is not None:
        assert judged[f"{operation}/gradient/{first_of(operation)}[float64]"].verdict == "conforms"


def first_of(operation):
    return next(iter(Run().operations[operation].gradients))


@pytest.mark.parametrize(
    "name", ["weights in the constructor", "channels last, parameters in dicts"]
)
def test_gradients_of_weights_are_read_where_they_stand(name):
    operation, layer = LAYERS[name]
    judged = results(operation, layer)
    for argument in ("weight", "bias"):
        assert judged[f"{operation}/gradient/{argument}[float64]"].verdict == "conforms"


def test_a_wrong_gradient_in_an_attribute_fails_alone():
    class Doubled(courses.Affine):
        def backward(self, dout):
            dx = super().backward(dout)
            self.dW = 2 * self.dW
            return dx

    layer = conformance.layer(Doubled, weight="W", bias="b", grads=("dW", "db"), layouts="in, out")
    judged = results("linear", layer)
    failing = [name for name, result in judged.items() if result.verdict == "fails"]
    assert failing == ["linear/gradient/weight[float64]"]


def test_parameters_that_a_layer_does_not_take_are_not_offered():
    operation, layer = LAYERS["a convolution with a pad"]
    result = results(operation, layer, ("value",))["conv2d/value[float64]"]
    assert result.verdict == "conforms"
    contender = offered(SimpleNamespace(conv2d=layer), "mine")
    assert contender.accepts("conv2d") == {"inputs", "stride", "padding"}


def test_other_defaults_of_a_layer_do_not_matter():
    class Padded(courses.Convolution):
        def __init__(self, W, b, stride=1, pad=1):
            super().__init__(W, b, stride, pad)

    layer = conformance.layer(
        Padded, weight="W", bias="b", grads=("dW", "db"), renames={"padding": "pad"}
    )
    assert results("conv2d", layer)["conv2d/value[float64]"].verdict == "conforms"


def test_without_a_bias_its_gradient_is_not_provided():
    operation, layer = LAYERS["no bias"]
    judged = results(operation, layer)
    assert judged["linear/gradient/weight[float64]"].verdict == "conforms"
    assert judged["linear/gradient/bias[float64]"].verdict == "not provided"


def test_a_fixed_eps_is_judged_as_what_it_is():
    class Other(courses.LayerNorm):
        def __init__(self, gamma, beta):
            super().__init__(gamma, beta)
            self.eps = 1e-6

    layer = conformance.layer(
        Other, weight="gamma", bias="beta", fixed={"eps": 1e-8}, backward=None
    )
    assert results("layer_norm", layer, ("value",))["layer_norm/value[float64]"].verdict == "fails"


def test_the_interface_takes_a_layer():
    operation, layer = LAYERS["weights in the constructor"]
    verdict = conformance.check(operation, layer, profile="quick", dtypes=["float64"])
    assert verdict.conforms, str(verdict)


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"forward": "forward"}, "there is nothing to make"),
        ({"make": courses.Affine, "grads": ("dW",)}, "no inputs|0|none"),
    ],
)
def test_what_cannot_be_followed_is_told(wrong, words):
    with pytest.raises(ValueError, match=words):
        conformance.layer(**wrong)


class Scaled:
    """Called once it is made: all that it takes has the contract's names."""

    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias

    def __call__(self, x):
        self.x = x
        return x @ self.weight.T + self.bias

    def backward(self, grad_output):
        return grad_output @ self.weight, grad_output.T @ self.x, grad_output.sum(axis=0)


def test_a_class_with_the_contracts_names_needs_no_more_words():
    judged = results("linear", Scaled)
    assert {result.verdict for result in judged.values()} == {"conforms"}
    verdict = conformance.check("linear", Scaled, profile="quick", dtypes=["float64"])
    assert verdict.conforms, str(verdict)


def test_each_call_makes_a_new_object():
    made = []

    class Counted(courses.Affine):
        def __init__(self, W, b):
            made.append(self)
            super().__init__(W, b)

    contender = offered(
        SimpleNamespace(
            linear=conformance.layer(Counted, weight="W", bias="b", grads=("dW", "db"))
        ),
        "mine",
    )
    x = np.ones((1, 1))
    for _ in range(2):
        contender.call("linear", (x, x, x[0]), {})
    assert len({id(each) for each in made}) == 2
