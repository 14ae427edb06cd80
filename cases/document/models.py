"""Section 3.3: models that are named; their formulas are promised for a missing chapter.

Each row names the truth for such a formula: torch's convolutional layer, Elman cell or LSTM cell.
Without a formula no row is run.
"""

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.spec import Case, Claim, Finding, Formula, Row, Structure, sizes, torch

from .headings import DOCUMENT
from .judging import (
    agreement,
    ball,
    calm,
    compare_formula,
    disagreement,
    no_inputs,
    tensor,
)


def _cnn(formula: Formula, case: Case) -> Finding:
    """Judge convolution, ReLU and max pooling by two, of (x, weight, bias) in torch's layout."""
    arrays = [case.inputs[name] for name in ("x", "weight", "bias")]
    x, weight, bias = map(tensor, arrays)
    convolved = torch.nn.functional.conv2d(x, weight, bias)
    truth = torch.nn.functional.max_pool2d(torch.relu(convolved), 2).numpy()
    return compare_formula(formula, [ball(array) for array in arrays], truth)


def _rnn(formula: Formula, case: Case) -> Finding:
    """Judge h′, of (x, h, w_ih, w_hh, b_ih, b_hh) in torch's layout."""
    arrays = list(case.inputs.values())
    truth = torch.rnn_tanh_cell(*map(tensor, arrays)).numpy()
    return compare_formula(formula, [ball(array) for array in arrays], truth)


def _lstm(formula: Formula, case: Case) -> Finding:
    """Judge (h′, c′), of (x, h, c, w_ih, w_hh, b_ih, b_hh) in torch's layout: i, f, g, o."""
    arrays = list(case.inputs.values())
    x, h, c, *weights = map(tensor, arrays)
    truth = [state.numpy() for state in torch.lstm_cell(x, (h, c), *weights)]
    return compare_formula(formula, [ball(array) for array in arrays], truth)


@st.composite
def _cells(draw: DrawFn, *, gates: int) -> Structure:
    n, features, hidden = (draw(sizes(1, 4)) for _ in range(3))
    states = {"h": (n, hidden)} if gates == 1 else {"h": (n, hidden), "c": (n, hidden)}
    rows = gates * hidden
    weights = {"w_ih": (rows, features), "w_hh": (rows, hidden), "b_ih": (rows,), "b_hh": (rows,)}
    return Structure({"x": (n, features), **states, **weights})


@st.composite
def _images(draw: DrawFn) -> Structure:
    n, c_in, c_out, f = (draw(sizes(1, 3)) for _ in range(4))
    height, width = (draw(st.integers(f + 1, f + 4)) for _ in range(2))
    return Structure(
        {"x": (n, c_in, height, width), "weight": (c_out, c_in, f, f), "bias": (c_out,)}
    )


def later_titles() -> tuple[str, ...]:
    """Return the headings of the sections after this one, in the document's words."""
    numbers = [heading.number for heading in DOCUMENT.headings]
    later = DOCUMENT.headings[numbers.index("3.3") + 1 :]
    return tuple(heading.title for heading in later)


def _described_later(formula: Formula, case: Case) -> Finding:
    """Judge whether the heading of a later section names the model."""
    titles, model = formula(), case.parameters["model"]
    if any(model in title for title in titles):
        return agreement()
    count = len(titles)
    return disagreement(f"none of the {count} later headings names {model}", "a heading", "none")


def _named(name: str, text: str, truth: str, row: Row) -> Claim:
    statement = f"The {text} is named as a common model."
    return Claim(f"3.3/{name}", statement, text, truth, (row,))


_MODELS = {"CNN": "卷积神经网络", "RNN": "循环神经网络", "LSTM": "长短期记忆网络"}


def _model(title: str) -> SearchStrategy[Structure]:
    return st.just(Structure({}, {"model": title}))


CLAIMS = (
    Claim(
        "3.3/later-sections",
        "Later sections describe the structure of each of these models.",
        "CNN, RNN, LSTM: in a later section",
        "the headings of the document",
        tuple(
            Row(
                None, f"the model is {model}", _model(title), no_inputs, _described_later,
                examples=1,
            )
            for model, title in _MODELS.items()
        ),
        later_titles,
    ),
    _named(
        "cnn", "convolutional neural network", "torch.nn.functional",
        Row(None, None, _images(), calm, _cnn),
    ),
    _named(
        "rnn", "recurrent neural network", "torch.nn.RNNCell",
        Row(None, None, _cells(gates=1), calm, _rnn),
    ),
    _named(
        "lstm", "long short-term memory network", "torch.nn.LSTMCell",
        Row(None, None, _cells(gates=4), calm, _lstm),
    ),
)  # fmt: skip
