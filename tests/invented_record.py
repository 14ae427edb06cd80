"""An invented run: the records that the tests of the views show."""

from conformance.record import fields
from conformance.record import file as record
from conformance.record.older import completed

DTYPES = ("float32", "float64")
FAMILIES = {
    "relu": ("activations", "y = max(x, 0)", ["x"]),
    "sigmoid": ("activations", "y = 1 / (1 + e⁻ˣ)", ["x"]),
    "conv2d": (
        "convolution",
        "y[n,o] = b[o] + Σ_c w[o,c] ⋆ x[n,c], strided, dilated, in groups",
        ["x", "weight", "bias"],
    ),
    "linear": ("linear", "y = x Wᵀ + b", ["x", "weight", "bias"]),
    "binary_cross_entropy_with_logits": (
        "losses",
        "L = mean(max(x, 0) − x t + log(1 + e^−|x|))",
        ["input"],
    ),
    "cross_entropy": ("losses", "L = −mean(log softmax(x)[target])", ["input"]),
    "max_pool2d": ("pooling", "y = max over each window of x", ["x"]),
}


def checks_of(operation, **changed):
    family, formula, inputs = FAMILIES[operation]
    kinds = [("value", None), ("dtype", None), ("pure", None), ("special", None), ("refusal", None)]
    kinds += [("gradient", name) for name in inputs]
    kinds += [("convention", "slope at 0")] if operation == "relu" else []
    for kind, argument in kinds:
        for place, dtype in enumerate(DTYPES):
            judged = kind in {"value", "gradient", "special"}
            name = "/".join(part for part in (operation, kind, argument) if part)
            given = {
                "id": f"{name}[{dtype}]".replace(" ", "-"),
                "operation": operation,
                "check": kind,
                "argument": argument,
                "dtype": dtype,
                "verdict": "conforms",
                "cases": 160,
                "elements": 14_210 if judged else 0,
                "exact_share": 0.25 if judged else None,
                "unjudged_share": 0.0 if judged else None,
                "worst_ratio": 0.8125 - 0.125 * place if judged else None,
                "worst_ulp": 1.5 if judged else None,
                "torch_worst_ratio": 0.75 if judged else None,
                "formula": formula,
                "family": family,
                "seconds": 0.25,
            }
            yield fields.check(**{**given, **changed.get(f"{name}[{dtype}]", {})})


def finding(actual, expected, index, argument=None, **fields):
    """What is wrong with an element: the gradient of an argument, or the result."""
    return {
        "problem": "wrong",
        "subject": ["result", argument, ""],
        "what": "",
        "detail": "",
        "names": [],
        "flaw": "value",
        "output": [],
        "index": index,
        "actual": actual,
        "expected": expected,
        "off_by": 1.0,
        "allowed": 0.0,
        "unit": None,
        "digits": 9,
        "ratio": "inf",
        **fields,
    }


def pixel(message, finding=None):
    return fields.counterexample(
        finding=finding,
        inputs={
            "x": [[[[1.0, 0.0], [0.0, 0.10000000149011612]]]],
            "weight": [[[[1.0, 2.0], [0.0, 0.0]]]],
            "bias": [0.0],
        },
        parameters={"stride": [1, 1], "padding": 0, "dilation": 1, "groups": 1},
        expected=[[[[1.0]]]],
        actual=[[[[0.10000000149011612]]]],
        bound=[[[[5.9604644775390625e-08]]]],
        index=[0, 0, 0, 0],
        message=message,
    )


MISTAKES = {
    "conv2d/kernel-flipped": (
        "the kernel is flipped: true convolution, where cross-correlation is meant",
        "In which order does the sum go through the kernel?",
    ),
    "conv2d/kernel-transposed": (
        "height and width of the kernel change places",
        "Which axis of the kernel goes with which axis of the image?",
    ),
    "cross_entropy/no-shift": (
        "the largest logit is not taken off before the exponential",
        "What is exp of a large number?",
    ),
}


def diagnosis(*ids, findings=()):
    mistakes = [
        dict(zip(("id", "sentence", "hint"), (name, *MISTAKES[name]), strict=True)) for name in ids
    ]
    return {"mistakes": mistakes, "findings": list(findings), "hints": list(findings)}


SHOWN = (finding(2.0, 0.0, [0, 0, 1, 1]), finding(0.100000001, 1.0, [0, 0, 0, 0]))


def flipped():
    """A kernel that is turned around: one mistake, which four checks see."""
    off = "element (0, 0, 0, 0) of the result is 0.100000001, the truth 1: off by {} ulp"
    unequal = "element (0, 0, 1, 1) of the result is 2, the truth 0; it must be equal"
    said = {
        "conv2d/value[float32]": off.format("7.5e+06"),
        "conv2d/value[float64]": off.format("4.1e+15"),
        "conv2d/gradient/x[float32]": unequal,
        "conv2d/gradient/weight[float32]": unequal,
    }
    return {
        check: {
            "verdict": "fails",
            "worst_ratio": 1.51e7 if "value" in check else "inf",
            "counterexample": pixel(message, SHOWN["value" in check]),
        }
        for check, message in said.items()
    }


def lost_softmax():
    message = "the result is nan, the truth 0.69314718055994529"
    found = fields.counterexample(
        finding=finding(float("nan"), 0.6931471805599453, [], flaw="class"),
        inputs={"input": [[1000.0, 1000.0, float("-inf")]] * 12, "target": [0] * 12},
        parameters={"reduction": "mean"},
        expected=0.6931471805599453,
        actual=float("nan"),
        bound=2.2e-16,
        index=[],
        message=message,
    )
    wrong = {"verdict": "fails", "worst_ratio": "inf", "counterexample": found}
    wrong["diagnosis"] = diagnosis(
        "cross_entropy/no-shift", findings=["only where a logit is larger than 709"]
    )
    missing = {"verdict": "not provided", "message": "cross_entropy_backward returns None"}
    return {
        "cross_entropy/special[float64]": wrong,
        "cross_entropy/gradient/input[float32]": {**missing, "cases": 0},
        "cross_entropy/gradient/input[float64]": {**missing, "cases": 0},
    }


def defect():
    found = fields.counterexample(
        inputs={"x": [88.5]},
        expected=1.0,
        actual=0.9999999,
        bound=6e-8,
        index=[0],
        message="torch is off by 2 ulp",
    )
    return {"sigmoid/value[float32]": {"torch_defect": found}}


def slopes():
    other = {"verdict": "convention", "convention": "one half"}
    return {f"relu/convention/slope at 0[{dtype}]": other for dtype in DTYPES}


def absent(operation):
    ids = [line["id"] for line in checks_of(operation)]
    message = f"the implementation has no {operation}"
    gone = {"verdict": "not provided", "message": message, "cases": 0, "worst_ratio": None}
    return {name: {**gone, "torch_worst_ratio": None} for name in ids}


def row(reading, condition, *, holds, found=None):
    return {
        "reading": reading,
        "condition": condition,
        "holds": holds,
        "cases": 40,
        "counterexample": found,
    }


def delta_rows():
    losses, activations = ("½Σ(a−y)²", "BCE", "CE"), ("identity", "sigmoid", "softmax")
    right = {"½Σ(a−y)², identity", "BCE, sigmoid", "CE, softmax"}
    for loss in losses:
        for g in activations:
            yield row("δ is ∂L/∂a", f"{loss}, {g}", holds=loss == losses[0])
    for loss in losses:
        for g in activations:
            pair = f"{loss}, {g}"
            yield row("δ is ∂L/∂z", pair, holds=pair in right)


def claims():
    seen = fields.counterexample(
        inputs={"z": [2.0]},
        expected=[0.10499358540350662],
        actual=[-2.0],
        bound=[1e-16],
        index=[0],
        message="differs",
    )
    yield fields.claim(
        id="3.1/weighted-sum",
        section="3.1",
        statement="The input of a neuron is a weighted sum.",
        formula="z_i = Σ_j w_ij a_j + b_i",
        verdict="holds",
        readings=[row(None, None, holds=True)],
    )
    yield fields.claim(
        id="3.2/output-delta",
        section="3.2",
        statement="In the last layer, δ is the output less the target.",
        formula="δ^L = a^L − y",
        verdict="holds only when",
        readings=list(delta_rows()),
    )
    yield fields.claim(
        id="3.2/hidden-delta",
        section="3.2",
        formula="δ_i^l = Σ_j δ_j^{l+1} w_ji g′(z_i)",
        verdict="does not hold",
        readings=[row("∂L/∂a", None, holds=False, found=seen), row("∂L/∂z", None, holds=True)],
        message="differs",
    )
    yield fields.claim(
        id="4.1/sigmoid-derivative",
        section="4.1",
        formula="σ′ = z (1 − z)",
        message="differs",
        verdict="does not hold",
        readings=[row("the argument is z", None, holds=False, found=seen)],
    )
    yield fields.claim(
        id="3.3/lstm",
        section="3.3",
        formula="LSTM",
        verdict="named, not specified",
        readings=[],
        message="the formulas checked are those of torch's documentation",
    )
    yield fields.claim(
        id="5/applications",
        section="5",
        statement="Deep learning is used in medicine.",
        verdict="not testable",
        readings=[],
        message="it is a list of uses",
    )


DOCUMENT = {
    "title": "神经网络",
    "english": "Neural networks",
    "author": "佚名",
    "language": "zh",
    "headings": [{"number": "3.2", "title": "反向传播算法", "english": "Backpropagation"}],
    "legend": "L is the loss.",
    "claims": ["3.1/weighted-sum", "3.2/output-delta", "3.2/hidden-delta"],
}


def header():
    return fields.header(
        versions={"python": "3.12.3", "nn-conformance": "0.1.0", "numpy": "2.4.0"}
        | {"scipy": "1.16.3", "torch": "2.13.0+cpu", "hypothesis": "6.148.2", "pytest": "9.0.1"},
        seed=0,
        cpu="AMD EPYC 7B13",
        threads=1,
        implementation="my_ops.py",
        profile="default",
        started="2025-11-23T05:06:07+00:00",
        document=DOCUMENT,
    )


def whole(lines, *, complete=True):
    # As `read` hands them out: a test may leave out what an id says.
    ordered = sorted((completed(dict(line)) for line in lines), key=lambda line: line["id"])
    return record.Record(
        header=header(),
        checks=tuple(line for line in ordered if line["type"] == "check"),
        claims=tuple(line for line in ordered if line["type"] == "claim"),
        footer=fields.footer(ordered, seconds=61.5, complete=complete),
        not_selected=tuple(line for line in ordered if line["type"] == "not selected"),
    )


def faulty():
    changed = {**flipped(), **lost_softmax(), **defect(), **slopes(), **absent("max_pool2d")}
    lines = [line for name in FAMILIES for line in checks_of(name, **changed)]
    missing = [
        fields.not_selected(id=f"flatten/{kind}[float32]", reason="interrupted")
        for kind in ("value", "pure")
    ]
    return whole([*lines, *claims(), *missing], complete=False)


def sound():
    return whole([*(line for name in FAMILIES for line in checks_of(name)), *claims()])
