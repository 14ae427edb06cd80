"""The record: strict JSON Lines under a published schema, read back as they were written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from conformance.record import fields as line
from conformance.record import file as record
from conformance.record.vocabulary import Verdict

SCHEMA = line.schema()
PUBLISHED = Path(__file__).parents[2] / "docs" / "record.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def header(**changed):
    fields = {
        "versions": {"python": "3.12.3", "torch": "2.13.0"},
        "seed": 0,
        "cpu": "a processor",
        "threads": 1,
        "implementation": "reference_impl",
        "profile": "default",
        "started": "2025-11-23T05:06:07+00:00",
    }
    return line.header(**{**fields, **changed})


def counterexample(**changed):
    fields = {
        "inputs": {"x": [float("nan"), 1.0], "weights": [[[1.0]], [[float("-inf")]]]},
        "parameters": {"stride": (1, 2), "ceil_mode": False},
        "expected": [float("inf"), -0.0],
        "actual": "raises ValueError: no \ud800 here",
        "bound": [0.0, 5e-324],
        "index": [1],
        "message": "σ ≠ σ\u2028\u0085\n",
    }
    return line.counterexample(**{**fields, **changed})


def check(identifier="relu/value[float32]", **changed):
    fields = {
        "id": identifier,
        "operation": "relu",
        "check": "value",
        "argument": None,
        "dtype": "float32",
        "verdict": "conforms",
        "cases": 40,
        "elements": 1000,
        "exact_share": 1.0,
        "unjudged_share": 0.0,
        "worst_ratio": 0.5,
        "worst_ulp": 0.25,
        "torch_worst_ratio": 0.0,
        "formula": "y = max(x, 0)",
        "family": "activations",
    }
    return line.check(**{**fields, **changed})


def claim(**changed):
    row = {"reading": "g is ReLU", "condition": None, "holds": False, "cases": 3}
    fields = {
        "id": "3.1/activation",
        "section": "3.1",
        "name": "activation",
        "formula": "a = g(z)",
        "verdict": "does not hold",
        "readings": [{**row, "counterexample": counterexample()}],
    }
    return line.claim(**{**fields, **changed})


TANH = {"operation": "tanh", "check": "value", "dtype": "float32"}
SIGMOID = {"section": "4.1", "name": "sigmoid"}


def lines():
    return [
        check("relu/value[float64]", verdict="fails", counterexample=counterexample()),
        check("relu/value[float32]", worst_ratio=float("inf"), worst_ulp=float("nan")),
        check("conv2d/value[float32]", verdict="not provided", message="None", worst_ratio=None),
        check("relu/pure[float32]", check="pure", torch_defect=counterexample()),
        line.not_selected(
            id="tanh/value[float32]",
            reason="deselected",
            operation="tanh",
            check="value",
            dtype="float32",
        ),
        line.not_selected(
            id="4.1/sigmoid",
            reason="interrupted",
            message="a worker went down",
            section="4.1",
            name="sigmoid",
        ),
        claim(),
    ]


def written(path, middle=None, **changed):
    middle = lines() if middle is None else middle
    footer = line.footer(middle, seconds=1.5, complete=True)
    record.write(path, header(), middle, {**footer, **changed})
    return path


def forbidden(constant):
    raise AssertionError(f"{constant} is not strict JSON")


def rows_of(path):
    rows = path.read_bytes().decode("ascii").split("\n")
    assert rows.pop() == ""
    return [json.loads(row, parse_constant=forbidden) for row in rows]


def test_every_line_obeys_the_schema_and_is_strict_json(tmp_path):
    rows = rows_of(written(tmp_path / "record.jsonl"))
    assert [row["type"] for row in rows[:1] + rows[-1:]] == ["header", "footer"]
    assert {row["type"] for row in rows} == set(line._LINES)
    for row in rows:
        VALIDATOR.validate(row)


def test_the_published_schema_is_that_of_the_code():
    text = json.dumps(SCHEMA, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("CONFORMANCE_APPROVE"):
        PUBLISHED.write_text(text, encoding="utf-8")
    assert PUBLISHED.read_text(encoding="utf-8") == text
    VALIDATOR.check_schema(SCHEMA)


WRONG = [
    ("verdict", "passed"),
    ("verdict", None),
    ("check", "values"),
    ("cases", -1),
    ("cases", 1.5),
    ("cases", True),
    ("exact_share", 1.5),
    ("exact_share", "nan"),
    ("worst_ratio", "large"),
    ("worst_ratio", False),
    ("operation", 3),
    ("counterexample", {}),
    ("counterexample", {**counterexample(), "index": [-1]}),
    ("counterexample", {**counterexample(), "surplus": 1}),
    ("counterexample", {**counterexample(), "output": "[0]"}),
    ("errors", [0] * 3),
    ("errors", [0.5] * 11),
    ("diagnosis", {"mistakes": [{"id": "relu/strict"}], "findings": []}),
    ("torch_defect", []),
    ("surplus", 1),
]


@pytest.mark.parametrize("field, value", WRONG)
def test_the_code_and_the_schema_refuse_the_same_fields(field, value):
    with pytest.raises(record.RecordError, match=field):
        check(**{field: value})
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({**check(), field: value})


@pytest.mark.parametrize("field", list(line._LINES["check"]["properties"])[1:])
def test_a_missing_field_is_refused_where_it_is_required(field):
    rest = {name: value for name, value in check().items() if name != field}
    is_required = field in line._LINES["check"]["required"]
    assert VALIDATOR.is_valid(rest) != is_required
    if is_required:
        with pytest.raises(record.RecordError, match=f"{field} is missing"):
            line.checked(rest)


def test_what_is_read_is_what_was_written(tmp_path):
    run = record.read(written(tmp_path / "record.jsonl"))
    by_id = {one["id"]: one for one in (*run.checks, *run.claims, *run.not_selected)}
    assert by_id == {one["id"]: one for one in lines()}
    assert run.header == header()
    assert run.footer["checks"] == {
        **dict.fromkeys(Verdict, 0),
        "conforms": 2,
        "fails": 1,
        "not provided": 1,
    }
    assert run.footer["claims"]["does not hold"] == 1
    assert run.footer["not_selected"] == 2


def test_lines_are_sorted_and_their_order_of_arrival_does_not_matter(tmp_path):
    first = written(tmp_path / "first" / "record.jsonl")
    second = written(tmp_path / "second" / "record.jsonl", lines()[::-1])
    assert first.read_bytes() == second.read_bytes()
    ids = [row["id"] for row in rows_of(first)[1:-1]]
    assert ids == sorted(ids)


def test_numbers_that_are_not_finite_are_strings_however_deep():
    found = counterexample()
    assert found["inputs"] == {"x": ["nan", 1.0], "weights": [[[1.0]], [["-inf"]]]}
    assert found["parameters"] == {"stride": [1, 2], "ceil_mode": False}
    assert found["expected"] == ["inf", -0.0]
    assert check(worst_ratio=float("inf"))["worst_ratio"] == "inf"


def test_numbers_of_numpy_become_plain():
    one = check(cases=np.int64(3), worst_ratio=np.float32(0.5), worst_ulp=np.float64("nan"))
    assert (one["cases"], one["worst_ratio"], one["worst_ulp"]) == (3, 0.5, "nan")
    assert type(one["cases"]) is int
    assert counterexample(bound=np.array([1.0, np.inf]))["bound"] == [1.0, "inf"]


def test_an_object_that_is_no_data_is_refused():
    with pytest.raises(record.RecordError, match=r"relu/value.*is a object, not plain data"):
        check(counterexample={"inputs": object()})


def test_a_line_has_every_field_in_one_order():
    assert list(check()) == list(line._LINES["check"]["properties"])
    shuffled = dict(reversed(check().items()))
    assert list(line.checked(shuffled)) == list(check())


def test_a_header_may_say_more(tmp_path):
    path = tmp_path / "record.jsonl"
    record.write(path, header(shard="1/4"), [], line.footer([], seconds=0, complete=True))
    assert record.read(path).header["shard"] == "1/4"


def test_a_failed_write_leaves_the_old_record(tmp_path):
    path = written(tmp_path / "record.jsonl")
    before = path.read_bytes()
    with pytest.raises(record.RecordError, match="comes more than once"):
        written(path, [check(), check()])
    with pytest.raises(record.RecordError, match="counts"):
        written(path, not_selected=7)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(record.RecordError, match=r"none\.jsonl: there is no record here"):
        record.read(tmp_path / "none.jsonl")
    with pytest.raises(record.RecordError, match="cannot be read"):
        record.read(tmp_path)


def broken(path, change):
    rows = written(path).read_text(encoding="ascii").split("\n")[:-1]
    path.write_text("".join(row + "\n" for row in change(rows)), encoding="ascii")
    return path


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda rows: rows[:-1], "the last line is no footer"),
        (lambda rows: rows[:1], "the last line is no footer"),
        (lambda rows: rows[1:], "the first line is no header"),
        (lambda _: [], "the first line is no header"),
        (lambda rows: [*rows[:3], rows[3][:40], *rows[4:]], "line 4 is not strict JSON"),
        (lambda rows: [*rows[:2], "", *rows[2:]], "line 3 is not strict JSON"),
        (lambda rows: [*rows[:2], '{"type": "check", "cases": NaN}'], "line 3 is not strict JSON"),
        (lambda rows: [*rows[:2], '{"type": "verdict"}', *rows[2:]], "line 3: type is 'verdict'"),
        (lambda rows: [*rows[:2], "[]", *rows[2:]], "line 3: type is None"),
        (lambda rows: [*rows[:2], rows[0], *rows[2:]], "line 3: a second header"),
        (lambda rows: [*rows[:2], rows[-1], *rows[2:]], "line 3: a second footer"),
        (lambda rows: [*rows[:2], *rows[1:]], "comes more than once"),
        (lambda rows: [*rows[:2], *rows[3:]], "the footer's counts"),
        (lambda rows: [rows[0].replace('"format": 1', '"format": 2'), *rows[1:]], "line 1: .*form"),
    ],
)
def test_a_broken_record_is_an_error_that_says_where(tmp_path, change, said):
    with pytest.raises(record.RecordError, match=rf"record\.jsonl: .*{said}"):
        record.read(broken(tmp_path / "record.jsonl", change))


def test_the_record_needs_neither_torch_nor_numpy():
    code = "import sys, conformance.record; print({'torch', 'numpy', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
