"""The parts of the page: formulas, arrays in tables, sums, anchors."""

import re
from functools import partial

import pytest
from invented_failures import window

from cases import OPERATIONS
from cases.document import CLAIMS
from conformance.report.html.anchors import OWN, anchors
from conformance.report.html.arrays import MOST_COLUMNS, MOST_ROWS, MOST_SLICES, shape_of, shown
from conformance.report.html.figures import MOST_TERMS, given, result, short, written_sum
from conformance.report.html.formulas import formula, mathml
from conformance.report.html.stories import error_in_words

# A claim without LaTeX is shown as its line of code, or as a sentence.
STATED = {one.name: one.latex for one in (*OPERATIONS,)} | {one.id: one.latex for one in CLAIMS}
OWED = {one.name for one in OPERATIONS} | {one.id for one in CLAIMS if one.number < "3.3"}
SENTENCES = {"3.2/optimisation"} | {one.id for one in CLAIMS if one.untestable}


say = partial(short, dtype="float32")


@pytest.mark.parametrize("name", sorted(name for name, latex in STATED.items() if latex))
def test_every_formula_is_latex_that_converts(name):
    parts = formula(STATED[name], "").mathml
    assert parts
    assert all(piece.startswith("<math") for part in parts for piece in part)
    assert "\\" not in "".join(piece for part in parts for piece in part)


def test_every_operation_and_every_formula_of_the_text_has_latex():
    assert {name for name, latex in STATED.items() if latex} >= OWED - SENTENCES


@pytest.mark.parametrize(
    "latex",
    [r"\text{<script>alert(1)</script>}", r"\href{https://example.org}{x}", r"\frac{1}", "", " "],
)
def test_what_is_no_formula_falls_back_to_its_text(latex):
    assert formula(latex, "y = x").text == "y = x"
    assert "<script" not in "".join(mathml(latex))
    assert "href" not in "".join(mathml(latex))


def test_names_are_set_apart_as_in_tex():
    (piece,) = mathml(r"t \log p")
    assert re.findall(r"mspace|log", piece) == ["mspace", "log", "mspace"]


def test_a_long_formula_comes_in_pieces_with_nothing_lost():
    pieces = mathml(r"a + b = c + d + e + f")
    assert len(pieces) > 1
    assert re.sub("<[^>]*>", "", "".join(pieces)) == "a+b=c+d+e+f"


def nested(shape, start=0):
    if not shape:
        return float(start)
    step = 1
    for length in shape[1:]:
        step *= length
    return [nested(shape[1:], start + step * place) for place in range(shape[0])]


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (1, 2, 2), (2, 1, 2, 2), (0,), (2, 0)])
def test_a_shape_is_found_again(shape):
    assert shape_of(nested(shape)) == shape


@pytest.mark.parametrize("value", [[1.0, [2.0]], ["words"], {"a": 1}, "words", None, [[1.0], 2.0]])
def test_what_is_no_array_is_text(value):
    assert shape_of(value) is None
    array = shown("x", value, say, {})
    assert array.grids == ()
    assert array.text


def test_slices_bear_their_indices_and_every_number():
    array = shown("x", nested((2, 1, 2, 2)), say, {(1, 0, 0, 1): "used"})
    assert [grid.name for grid in array.grids] == ["x[0, 0]", "x[1, 0]"]
    texts = [c.text for grid in array.grids for _, cells in grid.rows for c in cells]
    assert texts == [str(number) for number in range(8)]
    assert [c.mark for _, cells in array.grids[1].rows for c in cells] == ["", "used", "", ""]
    assert array.note == ""


def test_a_large_array_is_cut_around_what_is_marked_and_says_so():
    array = shown("x", nested((9, 40, 50)), say, {(7, 30, 45): "worst", (0, 0, 0): "differs"})
    assert len(array.grids) == 2
    grid = array.grids[1]
    assert grid.name == "x[7]"
    assert len(grid.rows) == MOST_ROWS
    assert len(grid.columns) == MOST_COLUMNS
    assert [c.mark for _, cells in grid.rows for c in cells if c.mark] == ["worst"]
    assert re.match(r"Cut: 2 of 9 slices, rows 28 to 39 of 40, columns 38 to 49 of 50", array.note)


def test_slices_without_a_mark_are_not_all_shown_where_they_are_many():
    assert len(shown("x", nested((MOST_SLICES, 2, 2)), say, {}).grids) == MOST_SLICES
    array = shown("x", nested((MOST_SLICES + 1, 2, 2)), say, {})
    assert len(array.grids) == 1
    assert "1 of 7 slices" in array.note


def test_an_empty_array_says_its_shape():
    array = shown("x", [[], []], say, {})
    assert (array.about, array.text) == ("(2, 0)", "empty")


@pytest.mark.parametrize(
    "value, text",
    [(1.0, "1"), (0.1, "0.1"), (-0.0, "-0"), ("inf", "inf"), (1 / 3, "0.333333"), (7, "7")],
)
def test_numbers_are_short(value, text):
    assert say(value) == text


def test_digits_are_as_many_as_tell_the_two_apart():
    found = {**window(), "expected": [1.0], "actual": [1.00000012], "bound": [0.0], "index": [0]}
    both = result(found, "float64")
    texts = [table.grids[0].rows[0][1][0].text for table in (both.due, both.came)]
    assert texts == ["1", "1.00000012"]


@pytest.mark.parametrize(
    "due, came, bound, marks",
    [
        ([1.0, 2.0], [1.5, 2.5], [1.0, 0.25], ["", "worst"]),
        (["nan", 2.0], [0.0, 2.0], [0.0, 0.0], ["differs", ""]),
        (["nan", "inf"], ["nan", "-inf"], [0.0, 0.0], ["", "worst"]),
        ([1.0, 2.0], [[1.0], [2.0]], [0.0, 0.0], ["", ""]),
    ],
)
def test_what_differs_is_marked(due, came, bound, marks):
    found = {**window(), "expected": due, "actual": came, "bound": bound, "index": [1]}
    (row,) = result(found, "float32").due.grids[0].rows
    assert [cell.mark for cell in row[1]] == marks


def test_of_several_outputs_the_wrong_one_is_shown():
    several = {"expected": [[1.0], [[2.0]]], "actual": [[1.0], [[3.0]]], "bound": None}
    both = result({**window(), **several, "output": [1], "index": [0, 0]}, "float32")
    assert both.due.name == "expected[1]"
    assert both.came.grids[0].rows[0][1][0].text == "3"


def test_a_list_of_arrays_is_shown_one_by_one():
    kinds = [{"shape": [1], "dtype": "float32"}, {"shape": [1, 2], "dtype": "float64"}]
    found = {
        **window(),
        "inputs": {"weights": [[1.0], [[2.0, 3.0]]]},
        "shapes": {"weights": {"nested": kinds, "tuple": False}},
        "terms": {"elements": {"weights[1]": [[0, 1]]}, "products": []},
    }
    first, second = given(found, "float32")
    assert [first.name, second.name] == ["weights[0]", "weights[1]"]
    assert second.about == "float64 (1, 2)"
    assert [cell.mark for cell in second.grids[0].rows[0][1]] == ["", "used"]
    assert written_sum(found, "float32") is None


def test_of_a_long_sum_the_terms_that_are_not_zero_are_written():
    terms = 40
    found = {
        **window(),
        "inputs": {"x": [float(n % 2) for n in range(terms)], "weight": [-1.0] * terms},
        "terms": {
            "elements": {"x": [[n] for n in range(terms)], "weight": [[n] for n in range(terms)]},
            "products": [[["x", [n]], ["weight", [n]]] for n in range(terms)],
        },
    }
    summed = written_sum(found, "float32")
    assert len(summed.names) == MOST_TERMS
    assert summed.names[0] == "x[1]·weight[1]"
    assert summed.numbers[0] == "1·(-1)"
    assert summed.note == "and 11 more and 20 that are zero"


@pytest.mark.parametrize(
    "due, came, bound, words",
    [
        (1.0, 2.0, 0.0, "must be equal"),
        (1.0, "nan", 0.5, "must stand where they are due"),
        (1.0, 2.0, 0.25, "The error is 1. Sound code errs by 0.25 here at most"),
        (1.0, 1.1, 0.25, ""),
        ("a refusal", 1.0, None, ""),
    ],
)
def test_the_error_is_told_in_words(due, came, bound, words):
    found = {**window(), "expected": due, "actual": came, "bound": bound, "index": []}
    said = error_in_words(found)
    assert words in said
    assert bool(said) == bool(words)


def test_anchors_are_unique_and_plain():
    names = ["3.2/δ", "3.2/η", "3.2/output-delta", "<b>", "", "main", "conv2d/value[float32]"]
    found = anchors(names)
    assert len(set(found.values())) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_./-]+", anchor) for anchor in found.values())
    assert found["3.2/output-delta"] == "3.2/output-delta"
    assert found["conv2d/value[float32]"] == "conv2d/value-float32"
    assert not OWN & {*found.values()}
