"""An invented run for the page: failures with their terms, diagnoses and errors by size."""

from dataclasses import replace

from invented_record import checks_of, claims, faulty, whole

from conformance.record import fields
from conformance.record import file as record

SAID = "<script>alert(1)</script>"
TURNED = "\u202ecod"
EVIL = f"{SAID}{TURNED}\x00\x1b[31m\ufffe </title></style>{{{{ 7 * 7 }}}}"

SENTENCE = "the kernel is flipped: true convolution instead of cross-correlation"
HINT = "Which way round does the kernel appear?"
FINDING = "it fails only where axis 3 of weight is longer than one"
DIAGNOSIS = {
    "mistakes": [{"id": "conv2d/kernel-flipped", "sentence": SENTENCE, "hint": HINT}],
    "findings": [FINDING],
}
SPREAD = [500, 0, 0, 1, 4, 20, 100, 300, 200, 50, 7]
LATEX = r"y_{n,o,p} = \sum_{c,i,j} W_{o,c,i,j}\, x_{n,c} + b_o, \quad \text{strided}"


def window():
    """A kernel of 1×2 upon an image of 2×3: the element at (0, 0, 1, 1) is 2 · 4 + 3 · 5 + 1."""
    places = [[0, 0, 1, 1], [0, 0, 1, 2]], [[0, 0, 0, 0], [0, 0, 0, 1]]
    pairs = [[["x", at], ["weight", by]] for at, by in zip(*places, strict=True)]
    return fields.counterexample(
        inputs={
            "x": [[[[0.0, 1.0, 7.0], [0.0, 2.0, 3.0]]]],
            "weight": [[[[4.0, 5.0]]]],
            "bias": [1.0],
        },
        shapes={
            name: {"shape": shape, "dtype": "float32"}
            for name, shape in (("x", [1, 1, 2, 3]), ("weight", [1, 1, 1, 2]), ("bias", [1]))
        },
        parameters={"stride": [1, 2], "padding": 0},
        layouts={"x": "transposed", "weight": "contiguous"},
        expected=[[[[6.0, 40.0], [11.0, 24.0]]]],
        actual=[[[[6.0, 40.000001], [11.0, 23.0]]]],
        bound=[[[[0.0, 1e-5], [0.0, 1e-5]]]],
        index=[0, 0, 1, 1],
        message="element (0, 0, 1, 1) of the result is 23, the truth 24",
        terms={
            "elements": {"x": places[0], "weight": places[1], "bias": [[0]]},
            "products": pairs,
        },
    )


def told():
    """The faulty run, its convolution with all that a failure can have, errors everywhere."""
    run = faulty()
    wrong = {"counterexample": window(), "diagnosis": DIAGNOSIS}
    changed = [
        {
            **check,
            "latex": LATEX if check["operation"] == "conv2d" else None,
            "errors": SPREAD if check["elements"] else None,
            **(wrong if check["id"] == "conv2d/value[float32]" else {}),
        }
        for check in run.checks
    ]
    return replace(run, checks=tuple(map(record.checked, changed)))


def hostile(text=EVIL):
    """Every text that an implementation has a say in, in every kind of line."""
    found = fields.counterexample(
        inputs={"x": [1.0], text: text},
        parameters={text: text},
        layouts={text: text},
        expected=[2.0],
        actual={text: [text]},
        bound=[0.0],
        index=[0],
        message=text,
    )
    diagnosis = {
        "mistakes": [{"id": text, "sentence": text, "hint": text}],
        "findings": [text],
    }
    wrong = {"message": text, "counterexample": found, "diagnosis": diagnosis}
    latex = r"\text{<script>alert(1)</script>}"
    changed = {
        "relu/value[float32]": {"verdict": "fails", "latex": latex, **wrong},
        "relu/pure[float32]": {"verdict": "crashed", **wrong},
        "relu/special[float32]": {"verdict": "expected failure", "message": text},
        "relu/dtype[float32]": {"torch_defect": found},
        "relu/value[float64]": {"verdict": "not provided", "message": text},
        "relu/convention/slope at 0[float32]": {"verdict": "convention", "convention": text},
    }
    lines = [*checks_of("relu", **changed), *claims()]
    foreign = {"operation": text, "family": text, "formula": text, "errors": SPREAD}
    lines += [{**line, "id": f"{text}/{line['id']}", **foreign} for line in lines[:1]]
    missing = fields.not_selected(id=f"gone/{text}", reason="interrupted", message=text)
    run = whole([*lines, missing], complete=False)
    told = {**run.header, "implementation": text, "message": text}
    return replace(run, header=told, location=text)


def many(count):
    """A run in which so many operations fail, each with a story of its own."""
    lines = []
    for number in range(count):
        name = f"operation_{number}"
        for check in checks_of("conv2d"):
            stem = check["id"].partition("/")[2]
            found = {**window(), "message": f"element (0, 0, 1, 1) is {number}"}
            wrong = {"verdict": "fails", "counterexample": found, "diagnosis": DIAGNOSIS}
            own = wrong if check["check"] == "value" else {}
            lines.append({**check, "id": f"{name}/{stem}", "operation": name, "errors": SPREAD})
            lines[-1].update(own)
    return whole([*map(record.checked, lines), *claims()])
