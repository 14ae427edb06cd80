"""What the reference promises beyond the contract.

Which exception is raised, of which argument, and that backward functions look at theirs too.
"""

from contextlib import contextmanager

import numpy as np
import pytest
from reference_calls import (
    ANY_RANK,
    CALLS,
    FREE,
    FREE_BACKWARD,
    LISTS,
    array,
    backward,
    call,
    call_lists,
    forward,
    lists,
    upstream,
)

ARGUMENTS = [
    pytest.param(operation, name, id=f"{operation}-{name}")
    for operation, (shapes, _) in CALLS.items()
    for name in shapes
]
# As exceptions call them.
OUTPUTS = {
    **dict.fromkeys(("rnn_tanh_cell", "rnn_relu_cell", "gru_cell"), ("h'",)),
    "lstm_cell": ("h'", "c'"),
    **dict.fromkeys(("rnn_tanh", "rnn_relu", "gru"), ("outputs", "h'")),
    "lstm": ("outputs", "h'", "c'"),
}
RANKED = [one for one in ARGUMENTS if one.values[0] != "flatten"]
FLOATING = [one for one in RANKED if one.values != ("cross_entropy", "target")]
IN_LISTS = [
    (operation, name, place)
    for operation, inputs in LISTS.items()
    for name, shapes in inputs.items()
    for place in range(len(shapes))
]


def refuses_lists(operation, name, place, wrong, error, said):
    inputs = lists(operation)
    inputs[name][place] = wrong
    with raised(error, said):
        call_lists(operation, inputs)


def refused(operation, inputs, error, said=".", *, by_forward=True):
    """Both functions refuse it, the forward one where it can tell, naming nothing but the truth."""
    parameters = CALLS[operation][1]
    if by_forward:
        with raised(error, said + ".{30}"):
            forward(operation, inputs, parameters)
    with raised(error, said):
        backward(operation, upstream(operation), inputs, parameters)


@contextmanager
def raised(error, said="."):
    """Raised is this type of exception, none that is derived from it."""
    with pytest.raises(error, match=said) as heard:
        yield
    assert type(heard.value) is error


@pytest.mark.parametrize("operation", CALLS)
def test_the_calls_are_good(operation):
    inputs, parameters = call(operation)
    assert forward(operation, inputs, parameters) is not None
    assert backward(operation, upstream(operation), inputs, parameters) is not None


@pytest.mark.parametrize("operation, name", FLOATING)
def test_what_is_no_floating_point_array_is_a_type_error(operation, name):
    inputs, _ = call(operation)
    for wrong in (inputs[name].tolist(), inputs[name].astype(np.int64), inputs[name] > 0):
        refused(operation, {**inputs, name: wrong}, TypeError, f"^{name} ")


@pytest.mark.parametrize("operation, name", FLOATING)
def test_arrays_of_two_dtypes_are_a_type_error(operation, name):
    inputs, _ = call(operation)
    if sum(one.dtype.kind == "f" for one in inputs.values()) > 1:
        refused(operation, {**inputs, name: inputs[name].astype("float64")}, TypeError)


@pytest.mark.parametrize("operation, name", ARGUMENTS)
def test_a_wrong_size_is_a_value_error(operation, name):
    inputs, _ = call(operation)
    for axis in set(range(inputs[name].ndim)) - FREE_BACKWARD.get((operation, name), set()):
        wrong = np.concatenate([inputs[name], inputs[name][(slice(None),) * axis + ([0],)]], axis)
        by_forward = axis not in FREE.get((operation, name), set())
        refused(operation, {**inputs, name: wrong}, ValueError, by_forward=by_forward)


@pytest.mark.parametrize("name", ["w_ih", "w_hh", "b_ih", "b_hh"])
@pytest.mark.parametrize("operation, gates", [("rnn_tanh_cell", 1), ("lstm", 4), ("gru", 3)])
def test_it_is_said_what_cell_a_weight_does_not_fit(operation, gates, name):
    inputs, _ = call(operation)
    said = rf"^{name} has shape .*; a cell with {gates} · hid units, .*, asks for"
    refused(operation, {**inputs, name: inputs[name][1:]}, ValueError, said)


@pytest.mark.parametrize("operation, name", RANKED)
def test_a_wrong_rank_is_a_value_error(operation, name):
    inputs, _ = call(operation)
    by_forward = operation not in ANY_RANK or name != "x"
    for wrong in (inputs[name][None], inputs[name][..., None], inputs[name][0]):
        refused(operation, {**inputs, name: wrong}, ValueError, by_forward=by_forward)


@pytest.mark.parametrize("operation", ["flatten", "batch_norm"])
@pytest.mark.parametrize("shape", [(), (6,)])
def test_an_x_without_a_second_axis_is_a_value_error(operation, shape):
    inputs = {**call(operation)[0], "x": array(shape)}
    with raised(ValueError, "^x has shape"):
        forward(operation, inputs, {})
    with raised(ValueError, "^x has shape"):
        backward(operation, array(shape), inputs, {})


@pytest.mark.parametrize("operation", CALLS)
def test_an_upstream_gradient_of_another_shape_is_a_value_error(operation):
    inputs, parameters = call(operation)
    right = upstream(operation)
    several = right if isinstance(right, tuple) else (right,)
    names = OUTPUTS.get(operation)
    for k, grad in enumerate(several):
        for wrong in (grad[None], np.concatenate([grad, grad]) if grad.ndim else np.ones(1)):
            spoiled = (*several[:k], wrong, *several[k + 1 :])
            grad_output = spoiled if isinstance(right, tuple) else wrong
            said = f"grad_output's {names[k]} has shape" if names else "grad_output has shape"
            with raised(ValueError, f"^{said}"):
                backward(operation, grad_output, inputs, parameters)
    if isinstance(right, tuple):
        for wrong in (right[:-1], (*right, right[-1])):
            said = rf"^grad_output has {len(wrong)} items; .*, \({', '.join(names)}\): "
            with raised(ValueError, said):
                backward(operation, wrong, inputs, parameters)


@pytest.mark.parametrize("operation", OUTPUTS)
def test_what_x_and_the_state_must_be_is_said(operation):
    inputs, _ = call(operation)
    x = inputs["x"]
    axes = "n, t, in" if x.ndim == 3 else "n, in"
    refused(operation, {**inputs, "x": x[0]}, ValueError, rf"^x has .*, \({axes}\): ")
    for name in {"h", "c"} & set(inputs):
        more = np.concatenate([inputs[name]] * 2)
        refused(operation, {**inputs, name: more}, ValueError, f"^{name} has shape")
    if x.ndim == 3:
        refused(operation, {**inputs, "x": x[:, :0]}, ValueError, "^x has .* no steps in time")


@pytest.mark.parametrize("name", ["stride", "dilation", "padding", "kernel_size"])
@pytest.mark.parametrize("operation", ["conv2d", "max_pool2d"])
def test_what_is_no_size_is_refused(operation, name):
    inputs, parameters = call(operation)
    if name == "kernel_size" and operation == "conv2d":
        pytest.skip("the kernel is an array")
    least = 0 if name == "padding" else 1
    low = least - 1
    for value in ("1", 1.0, True, (1, 2, 3), (1,), {1, 2}, (1, 1.0), (True, 1)):
        with raised(TypeError, f"^{name} is .*; .* at least {least}$"):
            forward(operation, inputs, {**parameters, name: value})
    for value in (low, (1, low), [low, 1], np.int64(low)):
        with raised(ValueError, f"^{name} is {low}; it must be at least {least}: "):
            forward(operation, inputs, {**parameters, name: value})


@pytest.mark.parametrize("groups", [1.0, True, (1, 1)])
def test_groups_are_one_integer(groups):
    with raised(TypeError, "^groups is "):
        forward("conv2d", call("conv2d")[0], {"groups": groups})


@pytest.mark.parametrize(
    "target, error, said",
    [
        (np.array([2.0, 0.0]), TypeError, "^target is of float64; "),
        (np.array([2, 0], np.int32), TypeError, "^target is of int32; "),
        ([2, 0], TypeError, "^target is of list; "),
        (np.array([2, 3]), ValueError, "^target has the element 3; .* input has 3 classes: "),
        (np.array([2, -1]), ValueError, "^target has the element -1; "),
        (np.array([2]), ValueError, "^target has shape "),
        (np.array([[2, 0]]), ValueError, "^target has shape "),
    ],
)
def test_what_numbers_no_class_is_refused(target, error, said):
    refused("cross_entropy", {**call("cross_entropy")[0], "target": target}, error, said)


@pytest.mark.parametrize("operation", ["max_pool2d", "avg_pool2d"])
def test_images_without_channels_are_not_pooled(operation):
    inputs = {"x": array((2, 0, 5, 6))}
    with raised(ValueError, "no channels"):
        forward(operation, inputs, CALLS[operation][1])


@pytest.mark.parametrize("outputs", [0, 5])
def test_output_channels_that_cannot_be_grouped_are_a_value_error(outputs):
    inputs, _ = call("conv2d")
    inputs |= {"weight": array((outputs, 2, 3, 2)), "bias": array((outputs,))}
    with raised(ValueError, f"{outputs} output channels in 2 groups"):
        forward("conv2d", inputs, CALLS["conv2d"][1])


@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.nan])
@pytest.mark.parametrize("name", ["input", "target"])
def test_what_is_no_probability_is_a_value_error(name, wrong):
    inputs, _ = call("binary_cross_entropy")
    inputs[name][1, 2] = wrong
    refused("binary_cross_entropy", inputs, ValueError)
    with pytest.raises(ValueError, match=f"^{name} has the element {np.float32(wrong)};"):
        forward("binary_cross_entropy", inputs, {})


@pytest.mark.parametrize("operation, name, place", IN_LISTS)
def test_what_is_no_floating_point_array_in_a_list_is_a_type_error(operation, name, place):
    bare = {"x": "x", "y": "y", "activations": "x"}
    said = bare[name] if name in bare and place == 0 else rf"{name}\[{place}\]"
    right = lists(operation)[name][place]
    for wrong in (right.tolist(), right.astype(np.int64)):
        refuses_lists(operation, name, place, wrong, TypeError, f"^{said} ")
    refuses_lists(operation, name, place, right.astype("float64"), TypeError, "share one dtype")


@pytest.mark.parametrize("operation, name, place", IN_LISTS)
def test_a_wrong_shape_in_a_list_is_a_value_error(operation, name, place):
    right = lists(operation)[name][place]
    wrong = [np.concatenate([right, right], axis) for axis in range(right.ndim)]
    free = operation == "forward_propagate" and name == "x"
    told = name == "zs" or (name == "activations" and place > 0)
    said = rf"^{name}\[{place}\] has shape" if told else "has"
    for one in [right[None], right[..., None], right[0], *wrong[free:]]:
        refuses_lists(operation, name, place, one, ValueError, said)


def test_a_layer_of_another_dtype_is_a_type_error():
    inputs = lists("backpropagate")
    for name, place in (("activations", 1), ("zs", 0), ("weights", 0)):
        inputs[name][place] = inputs[name][place].astype("float64")
    with raised(TypeError, "where y has float32; all arrays must share one dtype"):
        call_lists("backpropagate", inputs)


@pytest.mark.parametrize(
    "operation, name, said",
    [
        ("forward_propagate", "weights", "weights: 1, biases: 2"),
        ("forward_propagate", "biases", "weights: 2, biases: 1"),
        ("backpropagate", "activations", "activations after x: 1, zs: 2, weights: 2"),
        ("backpropagate", "zs", "activations after x: 2, zs: 1, weights: 2"),
        ("backpropagate", "weights", "activations after x: 2, zs: 2, weights: 1"),
        ("gradient_descent", "parameters", "parameters: 1, gradients: 2"),
        ("gradient_descent", "gradients", "parameters: 2, gradients: 1"),
    ],
)
def test_lists_that_do_not_pair_up_are_a_value_error(operation, name, said):
    inputs = lists(operation)
    inputs[name].pop()
    with pytest.raises(ValueError, match=f"different lengths \\({said}\\)"):
        call_lists(operation, inputs)
