"""Right implementations, each computed in another way: none of them may be rejected.

    nn-conformance campaign cases.variants.kernel_loop cases.variants.im2col

A judge that rejects one of these asks for a way of computing, not for a right result.
"""

VARIANTS = (
    "cases.variants.compensated",
    "cases.variants.einsum",
    "cases.variants.fused",
    "cases.variants.im2col",
    "cases.variants.kernel_loop",
    "cases.variants.reversed_sums",
    "cases.variants.running",
    "cases.variants.scipy_correlate",
    "cases.variants.wide",
)
