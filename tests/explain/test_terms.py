"""What an element depends on, against what the formula of the operation says that it does."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

import reference_impl
from conformance.bounds.compare import Comparison, Flaw
from conformance.explain.counterexample import counterexample
from conformance.explain.terms import terms
from conformance.implementation.implementation import Implementation
from conformance.judge.check import judge_check
from conformance.judge.oracle import Evaluation
from conformance.judge.search import Plan
from conformance.record.fields import check as check_line
from conformance.record.vocabulary import Problem, Verdict
from conformance.run.run import Run
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.finding import Finding, Judged
from conformance.spec.operation import Input, Operation
from conformance.spec.values import real

CHECKS = Run().checks
OPERATIONS = {check.operation.name: check.operation for check in CHECKS.values()}
CONV = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2), "groups": 2}
IMAGES = {"x": (1, 4, 4, 5), "weight": (4, 2, 2, 3), "bias": (4,)}
LSTM = {"x": (2, 3, 2), "h": (2, 2), "c": (2, 2), "w_ih": (8, 2), "w_hh": (8, 2)}
LSTM |= {"b_ih": (8,), "b_hh": (8,)}
LAYERS = {"x": (2, 3), "weights": [(3, 2), (2, 2)], "biases": [(2,), (2,)]}


def zeros(shape, dtype="float32"):
    if isinstance(shape, list):
        return [zeros(one) for one in shape]
    return np.zeros(shape, dtype)


def case_of(name, shapes, parameters, *, backward):
    inputs = {one: zeros(shape) for one, shape in shapes.items()}
    if name == "cross_entropy":
        inputs["target"] = inputs["target"].astype("int64")
    case = Case(inputs, parameters)
    if not backward:
        return case
    return Case(inputs, parameters, Evaluation(OPERATIONS[name], case).output)


def found_wrong(comparison):
    return Finding(Verdict.FAILS, Problem.WRONG, ours=comparison)


def found(name, shapes, index, parameters=None, argument=None, output=(), kind=None, **finding):
    backward = argument is not None
    check = Check(OPERATIONS[name], kind or ("gradient" if backward else "value"), argument,
                  "float32")  # fmt: skip
    fields = {"flaw": Flaw.VALUE, "output": output, "index": index} | finding
    wrong = Comparison(**{**fields, "flaw": Flaw(fields["flaw"])})
    case = case_of(name, shapes, parameters or {}, backward=backward)
    return terms(check, case, found_wrong(wrong))


def places(data):
    return {name: [tuple(index) for index in found] for name, found in data["elements"].items()}


def pairs(data):
    return {tuple((name, tuple(index)) for name, index in pair) for pair in data["products"]}


def image_of(p, q, i, j):
    """Where tap (i, j) of output (p, q) lies in the image; None in the padding."""
    row, column = p * 2 + i - 1, q + 2 * j
    return (row, column) if 0 <= row < 4 and 0 <= column < 5 else None


@pytest.mark.parametrize("p, q", [(0, 0), (1, 0), (2, 0)])
@pytest.mark.parametrize("o", [0, 3])
def test_an_element_of_a_convolution_is_its_window_times_its_kernel(p, q, o):
    data = found("conv2d", IMAGES, (0, o, p, q), CONV)
    due = {
        (("x", (0, o // 2 * 2 + c, *pixel)), ("weight", (o, c, i, j)))
        for c, i, j in product(range(2), range(2), range(3))
        if (pixel := image_of(p, q, i, j))
    }
    assert pairs(data) == due
    assert set(places(data)["x"]) == {x for (_, x), _ in due}
    assert set(places(data)["weight"]) == {weight for _, (_, weight) in due}
    assert places(data)["bias"] == [(o,)]


def test_a_gradient_of_weight_pairs_the_image_with_the_upstream_gradient():
    o, c, i, j = 3, 1, 0, 2
    data = found("conv2d", IMAGES, (o, c, i, j), CONV, argument="weight")
    assert pairs(data) == {
        (("x", (0, 3, *pixel)), ("grad_output", (0, o, p, q)))
        for p, q in product(range(3), range(1))
        if (pixel := image_of(p, q, i, j))
    }
    assert set(data["elements"]) == {"x", "grad_output"}


def test_a_gradient_of_x_pairs_weights_with_the_outputs_that_the_pixel_is_in():
    h, w = 1, 2
    data = found("conv2d", IMAGES, (0, 2, h, w), CONV, argument="x")
    assert pairs(data) == {
        (("weight", (o, 0, i, j)), ("grad_output", (0, o, p, q)))
        for o, p, q, i, j in product((2, 3), range(3), range(1), range(2), range(3))
        if image_of(p, q, i, j) == (h, w)
    }


def test_a_gradient_of_bias_is_a_sum_without_products():
    data = found("linear", {"x": (2, 3), "weight": (4, 3), "bias": (4,)}, (1,), argument="bias")
    assert data == {"elements": {"grad_output": [[0, 1], [1, 1]]}, "products": []}


def test_an_element_of_a_linear_layer_is_row_times_row_and_a_bias():
    data = found("linear", {"x": (2, 3), "weight": (4, 3), "bias": (4,)}, (1, 2))
    assert data["products"] == [[["x", [1, k]], ["weight", [2, k]]] for k in range(3)]
    assert places(data)["bias"] == [(2,)]


@pytest.mark.parametrize(
    "index, parameters, rows, columns",
    [
        ((0, 0, 1, 1), {"kernel_size": 3, "dilation": 2, "stride": 1}, (1, 3, 5), (1, 3, 5)),
        ((0, 0, 0, 0), {"kernel_size": 3, "padding": 1}, (0, 1), (0, 1)),
        ((0, 0, 2, 1), {"kernel_size": (3, 2), "stride": 3, "ceil_mode": True}, (6,), (3, 4)),
    ],
    ids=["dilated", "padded", "over the edge"],
)
def test_a_maximum_depends_on_its_whole_window(index, parameters, rows, columns):
    data = found("max_pool2d", {"x": (1, 1, 7, 7)}, index, parameters)
    assert places(data) == {"x": [(0, 0, *at) for at in product(rows, columns)]}
    assert data["products"] == []


def test_an_average_has_no_products_though_it_is_a_sum():
    data = found("avg_pool2d", {"x": (1, 1, 4, 4)}, (0, 0, 1, 0), {"kernel_size": 2})
    at = [[0, 0, h, w] for h, w in product((2, 3), (0, 1))]
    assert data == {"elements": {"x": at}, "products": []}


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_a_softmax_depends_on_its_whole_row_and_no_other(name):
    assert places(found(name, {"x": (3, 4)}, (1, 2))) == {"x": [(1, k) for k in range(4)]}


def test_a_loss_depends_on_all_of_it_and_its_gradient_on_a_row():
    shapes = {"input": (2, 3), "target": (2,)}
    whole = found("cross_entropy", shapes, ())
    assert places(whole) == {"input": list(product(range(2), range(3)))}
    row = found("cross_entropy", shapes, (1, 0), argument="input")
    assert places(row) == {"input": [(1, k) for k in range(3)], "grad_output": [()]}


def test_a_square_is_no_product_of_two_inputs():
    data = found("mse_loss", {"input": (2,), "target": (2,)}, (), {"reduction": "sum"})
    assert set(data["elements"]) == {"input", "target"}
    assert data["products"] == []


def test_a_product_that_is_scaled_is_not_one_of_the_sum():
    # 2 g (x − t), of which g x alone would be half of the truth.
    shapes = {"input": (2,), "target": (2,)}
    data = found("mse_loss", shapes, (1,), {"reduction": "sum"}, argument="input")
    assert places(data) == {"input": [(1,)], "target": [(1,)], "grad_output": [()]}
    assert data["products"] == []


@pytest.mark.parametrize(
    "formula, paired",
    [
        (lambda a, b, c: a * b + c, 1),
        (lambda a, b, c: a * b + a * c, 2),
        (lambda a, b, c: a * b + 2 * c, 0),
        (lambda a, b, c: a * b + c + 1, 0),
        (lambda a, b, c: a * b + a + c, 0),
        (lambda a, b, c: a * b + c * c, 0),
        (lambda a, b, c: a * b * c, 0),
        (lambda a, b, c: 3 * a * b + c, 0),
    ],
)
def test_only_a_sum_of_products_and_numbers_is_written_out(formula, paired):
    inputs = tuple(Input(name, real) for name in "abc")
    operation = Operation("some", "", "", "", inputs, None, formula, None)
    case = Case({name: zeros((2,)) for name in "abc"}, {})
    finding = found_wrong(Comparison(Flaw.VALUE, index=(1,)))
    data = terms(Check(operation, "value", None, "float32"), case, finding)
    assert data["elements"] == {name: [[1]] for name in "abc"}
    assert len(data["products"]) == paired


def test_a_step_of_an_lstm_depends_on_earlier_steps_alone():
    data = found("lstm", LSTM, (1, 1, 0), output=(0,))
    at = places(data)
    assert at["x"] == [(1, t, k) for t in range(2) for k in range(2)]
    assert (at["h"], at["c"]) == ([(1, 0), (1, 1)],) * 2
    assert found("lstm", LSTM, (1, 0), output=(2,))["elements"]["x"] == [
        [1, t, k] for t in range(3) for k in range(2)
    ]


def test_a_gradient_of_an_lstm_depends_on_later_upstream_gradients():
    data = found("lstm", LSTM, (1, 2, 0), argument="x")
    at = places(data)
    assert at["grad_output[0]"] == [(1, 2, 0), (1, 2, 1)]
    assert at["grad_output[1]"] == at["grad_output[2]"] == [(1, 0), (1, 1)]


def test_arrays_of_lists_have_names_of_their_own():
    data = found("forward_propagate", LAYERS, (0, 1), output=(1, 0))
    assert data["products"] == [[["x", [0, k]], ["weights[0]", [k, 1]]] for k in range(3)]
    assert places(data)["biases[0]"] == [(1,)]
    deep = found("forward_propagate", LAYERS, (0, 1), output=(0, 2))
    assert deep["products"] == []
    assert places(deep)["weights[1]"] == [(0, 1), (1, 1)]


def test_what_torch_does_not_differentiate_is_found_by_changing_it():
    shapes = {"y": (2, 2), "activations": [(2, 3), (2, 2)], "zs": [(2, 2)], "weights": [(3, 2)]}
    data = found("backpropagate", shapes, (2, 1), output=(0, 0))
    at = places(data)
    assert at == {
        "y": [(0, 1), (1, 1)],
        "activations[0]": [(0, 2), (1, 2)],
        "activations[1]": [(0, 1), (1, 1)],
    }
    step = {"parameters": [(2,), (3,)], "gradients": [(2,), (3,)]}
    moved = found("gradient_descent", step, (1,), {"learning_rate": 0.5}, output=(1,))
    assert places(moved) == {"parameters[1]": [(1,)], "gradients[1]": [(1,)]}


def test_a_rank_of_zero_is_one_place():
    assert found("relu", {"x": ()}, ()) == {"elements": {"x": [[]]}, "products": []}


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "pure"},
        {"kind": "dtype"},
        {"flaw": "shape"},
        {"flaw": ""},
        {"index": None},
        {"shapes": {"x": (2, 500)}},
        {"name": "softmax", "shapes": {"x": (1, 100)}},
    ],
    ids=lambda options: next(iter(options.values())) or "nothing",
)
def test_nothing_is_said_of_what_is_no_element_or_too_large(options):
    given = {"name": "relu", "shapes": {"x": (2, 2)}, "index": (0, 0)}
    assert found(**given) == {"elements": {"x": [[0, 0]]}, "products": []}
    assert found(**given | options) is None


def test_a_question_of_convention_is_about_its_argument():
    check = CHECKS["max_pool2d/convention/tie[float32]"]
    case = case_of("max_pool2d", {"x": (1, 1, 2, 3)}, {"kernel_size": 2, "stride": 1},
                   backward=True)  # fmt: skip
    finding = found_wrong(Comparison(Flaw.VALUE, index=(0, 0, 0, 1)))
    data = terms(check, case, finding)
    assert places(data) == {"grad_output": [(0, 0, 0, 0), (0, 0, 0, 1)]}


@pytest.mark.parametrize("name", ["conv2d/value[float32]", "max_pool2d/gradient/x[float64]"])
def test_the_same_counterexample_has_the_same_terms_and_is_a_line(name):
    off = SimpleNamespace(
        conv2d=lambda *given, **options: reference_impl.conv2d(*given, **options) + 1,
        max_pool2d_backward=lambda _grad, x, **_options: x + 1,
    )
    check = CHECKS[name]
    results = [judge_check(check, Implementation(off, "off"), Plan(examples=5)) for _ in range(2)]
    stored = [counterexample(check, one.failure) for one in results]
    first, second = (one["terms"] for one in stored)
    assert first == second
    assert first["elements"]
    line = check_line(
        id=name, operation=check.operation.name, check=check.kind, argument=check.argument,
        dtype=check.dtype, verdict="fails", cases=1, elements=1,
        counterexample=stored[0],
    )  # fmt: skip
    assert line["counterexample"]["terms"] == first


def test_a_refusal_has_no_terms():
    check = CHECKS["linear/refusal[float32]"]
    shapes = {"x": (1, 2), "weight": (1, 2), "bias": (1,)}
    case = Case({name: zeros(shape) for name, shape in shapes.items()}, {}, refusal="bias-too-long")
    finding = found_wrong(Comparison(Flaw.VALUE, (), (0, 0), 1.0, 2.0, 1.0, 0.5))
    assert counterexample(check, Judged(case, finding))["terms"] is None
    good = Case(case.inputs, {})
    assert counterexample(check, Judged(good, finding))["terms"] is not None
