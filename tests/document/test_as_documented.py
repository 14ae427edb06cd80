import numpy as np
import pytest
import torch

from cases.document import as_documented
from conformance.implementation.load import load
from conformance.judge.check import judge_check
from conformance.judge.coverage import coverage_of
from conformance.judge.search import Plan
from conformance.run.run import Run

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof


def test_the_listings_keep_their_faults_behind_the_contract():
    listings = as_documented.IMPLEMENTATION
    rng = np.random.default_rng(0)
    shapes = ((2, 3, 5, 6), (4, 3, 2, 2), (4,))
    # On small integers nothing rounds.
    x, weight, bias = (rng.integers(-4, 5, shape).astype(np.float64) for shape in shapes)
    truth = torch.nn.functional.conv2d(*map(torch.from_numpy, (x, weight, bias)), stride=2)
    result = listings.conv2d(x, weight, bias, stride=(2, 2))
    np.testing.assert_array_equal(result, truth.numpy())
    assert listings.conv2d(x.astype("f"), weight.astype("f"), bias.astype("f")).dtype == np.float64
    assert listings.conv2d(x[:0], weight, bias).shape == (0, 4, 4, 5)
    with pytest.raises(ValueError, match="broadcast"):
        listings.conv2d(x, weight, bias, padding=1)
    pooled = listings.max_pool2d(x, kernel_size=2)
    np.testing.assert_array_equal(pooled, torch.nn.functional.max_pool2d(torch.from_numpy(x), 2))
    assert not hasattr(listings, "conv2d_backward")


@pytest.mark.parametrize(
    "parameters", [{"stride": (1, 2)}, {"dilation": 2}, {"groups": 3}, {"padding": (0, 1)}]
)
def test_the_listing_has_no_such_parameter_for_a_convolution(parameters):
    x, weight, bias = np.ones((1, 3, 4, 4)), np.ones((3, 3, 2, 2)), np.ones(3)
    with pytest.raises(NotImplementedError, match=next(iter(parameters))):
        as_documented.IMPLEMENTATION.conv2d(x, weight, bias, **parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {"kernel_size": (1, 2)},
        {"kernel_size": 2, "padding": 1},
        {"kernel_size": 2, "ceil_mode": True},
    ],
)
def test_the_listing_has_no_such_parameter_for_pooling(parameters):
    with pytest.raises(NotImplementedError, match=list(parameters)[-1]):
        as_documented.IMPLEMENTATION.max_pool2d(np.ones((1, 1, 4, 4)), **parameters)


# Which checks the listings fail, and which claim of the document, or other fault, explains it.
FAILS = {
    "sigmoid/special": "4.1/sigmoid: overflows with a warning",
    "forward_propagate/special": "4.1/sigmoid: overflows with a warning",
    "backpropagate/value": "4.1/weight-gradients: 2L − 1 arrays for L weights",
    "conv2d/value": "4.2/conv2d: never pads; unpacks a kernel that is not square into one name",
}
# np.zeros is float64 whatever goes into it.
FLOAT64_ONLY = ("conv2d/dtype[float32]", "max_pool2d/dtype[float32]")
# Where they choose otherwise than torch, or accept what it refuses: the words for that.
CHOOSES = {
    "forward_propagate/refusal": "not: a bias must have one entry per output",
    "backpropagate/refusal": "every z must have its weight",
    "conv2d/refusal": "the kernel must fit in the padded image",
    "max_pool2d/refusal": "the kernel must fit in the padded image",
}
# Sums over what there is of a window have no products with the padding.
MAY_CHOOSE = {
    "conv2d/special": "zero times NaN or infinity is zero",
    "conv2d/edge": "refuses empty arrays",
}
CHECKS = Run().checks
OFFERED = ("sigmoid", "forward_propagate", "backpropagate", "conv2d", "max_pool2d")


@pytest.mark.parametrize("name", [n for n in CHECKS if CHECKS[n].operation.name in OFFERED])
def test_the_listings_fail_exactly_what_the_document_s_claims_explain(name):
    result = judge_check(CHECKS[name], load("cases.document.as_documented"), Plan())
    kind = name.partition("[")[0]
    if CHECKS[name].function.endswith("_backward"):
        assert result.verdict == "not provided"
    elif kind in FAILS or name in FLOAT64_ONLY:
        assert result.verdict == "fails", result
    elif kind in CHOOSES:
        assert result.verdict == "convention", result
        assert CHOOSES[kind] in result.convention
    elif kind in MAY_CHOOSE:
        assert result.convention in {"", MAY_CHOOSE[kind]}
        assert result.verdict == ("convention" if result.convention else "conforms"), result
    else:
        assert result.verdict == "conforms", result


def test_what_the_listings_have_no_parameter_for_is_told_and_not_judged():
    listings = load("cases.document.as_documented")
    for operation, names in (
        ("conv2d", {"dilation", "groups"}),
        ("max_pool2d", {"dilation", "padding", "ceil_mode=True"}),
    ):
        check = CHECKS[f"{operation}/value[float64]"]
        assert names <= set(coverage_of(check, listings).plain()["missing"])
