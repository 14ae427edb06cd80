"""Vectors: what is judged in files is judged as it is live, and by others who read the files."""

import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from typer.testing import CliRunner

from cases import OPERATIONS
from conformance.__main__ import app
from conformance.bounds import Ball, arithmetic
from conformance.bounds.compare import compare
from conformance.implementation.load import load
from conformance.judge.check import judge_checks
from conformance.judge.search import Plan
from conformance.judge.trial import Trial
from conformance.record import file as record
from conformance.spec.outcome import Returned
from conformance.tools.vectors import index, safetensors
from conformance.tools.vectors.export import KINDS, checks_judged, paths
from conformance.tools.vectors.exported import exported
from conformance.tools.vectors.recorded import Vectors

# They draw, and judge, many cases: part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

DOCS = Path(__file__).parents[2] / "docs"
NODE = shutil.which("node")
OPERATION = {operation.name: operation for operation in OPERATIONS}
NAMES = ["softmax", "conv2d", "lstm_cell", "forward_propagate"]
RIGHT = "reference_impl"
NO_MAXIMUM = """
import numpy as np
from reference_impl import softmax_backward

def softmax(x):
    with np.errstate(all="ignore"):
        e = np.exp(x)
        return e / e.sum(axis=-1, keepdims=True)
"""
FLIPPED = """
import reference_impl
from reference_impl import conv2d_backward

def conv2d(x, weight, bias, **parameters):
    return reference_impl.conv2d(x, weight[:, :, ::-1, ::-1], bias, **parameters)
"""
UNSAFE = """
import numpy as np

def softmax(x):
    if x.size and not np.isfinite(x).all():
        raise ValueError("no")
    return np.zeros_like(x)
"""


def invoked(*words):
    return CliRunner().invoke(app, list(map(str, words)))


@pytest.fixture(scope="module")
def vectors(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vectors") / "out"
    done = invoked("vectors", *NAMES, "--output", folder, "--profile", "quick", "--seed", 3)
    assert done.exit_code == 0, done.output
    return folder


def computed(folder, implementation, wanted=lambda _: True):
    """What an implementation makes of vectors, as tensors by name."""
    read = Vectors(index.read(folder))
    contender, tensors = load(implementation), {}
    for entry in filter(wanted, read.content["cases"]):
        operation, case = OPERATION[entry["operation"]], read.case(entry)
        calls = [(operation.name, tuple(case.inputs.values()), [None])]
        if case.grad_output is not None:
            inputs = (case.grad_output, *case.inputs.values())
            calls.append((f"{operation.name}_backward", inputs, list(operation.gradients)))
        for function, inputs, arguments in calls:
            outcome = contender.call(function, inputs, case.parameters)
            if not isinstance(outcome, Returned):
                continue
            several = len(arguments) > 1
            by_name = dict(
                zip(arguments, outcome.result if several else [outcome.result], strict=True)
            )
            tensors |= named(entry, by_name)
    return tensors


def named(entry, by_name):
    found = {}
    for argument, result in by_name.items():
        arrays = dict(paths(result))
        due = [each for each in entry["results"] if each["argument"] == argument]
        found |= {each["tensor"]: np.asarray(arrays[tuple(each["path"])]) for each in due}
    return found


def verdicts(folder, tensors, tmp_path):
    safetensors.write(tmp_path / "results.safetensors", tensors)
    asked = ("judge-vectors", folder, tmp_path / "results.safetensors")
    done = invoked(*asked, "--report", tmp_path / "report")
    lines = record.read(tmp_path / "report" / record.FILE).checks
    return {line["id"]: line for line in lines}, done


def live(name, implementation):
    results = {}
    for dtype in ("float32", "float64"):
        checks = checks_judged(OPERATION[name], dtype)
        results |= judge_checks(checks, load(implementation), Plan(10, 3))
    return {check: str(result.verdict) for check, result in results.items()}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_right_conforms_as_it_does_live(vectors, tmp_path, name):
    tensors = computed(vectors, RIGHT, lambda entry: entry["operation"] == name)
    lines, done = verdicts(vectors, tensors, tmp_path)
    assert done.exit_code == 0, done.output
    assert {check: lines[check]["verdict"] for check in live(name, RIGHT)} == live(name, RIGHT)


@pytest.mark.parametrize(
    "name, source, mistake",
    [
        ("softmax", NO_MAXIMUM, "softmax/maximum-not-subtracted"),
        ("conv2d", FLIPPED, "conv2d/kernel-flipped"),
        ("softmax", UNSAFE, None),
    ],
)
def test_what_is_wrong_fails_as_it_does_live(vectors, tmp_path, name, source, mistake):
    (tmp_path / "wrong.py").write_text(source)
    wrong = str(tmp_path / "wrong.py")
    tensors = computed(vectors, wrong, lambda entry: entry["operation"] == name)
    lines, done = verdicts(vectors, tensors, tmp_path)
    assert done.exit_code == 1
    due = live(name, wrong)
    if mistake is not None:
        assert {check: lines[check]["verdict"] for check in due} == due
        assert f"nn-conformance judge-vectors {vectors}" in done.output
        named_mistakes = lines[f"{name}/value[float32]"]["diagnosis"]["mistakes"]
        assert [each["id"] for each in named_mistakes][:1] == [mistake]
    counterexample = lines[f"{name}/value[float32]"]["counterexample"]
    # Of its cases the smallest that fails is shown.
    assert np.prod(counterexample["shapes"]["x"]["shape"]) <= 200


def test_the_bound_is_the_suites_own_bit_for_bit(vectors):
    """What the files hold is what the suite itself compares with, for every element."""
    read = Vectors(index.read(vectors))
    cache, count = {}, 0
    for entry in read.content["cases"]:
        operation = OPERATION[entry["operation"]]
        trial = Trial(operation, entry["dtype"], read.case(entry))
        tensors = cache.setdefault(entry["file"], safetensors.read(vectors / entry["file"]))
        for due in entry["results"]:
            ball = dict(paths(trial.expected(due["argument"])))[tuple(due["path"])]
            truth, low, bound = exported(ball)
            for part, array in (("truth", truth), ("low", low), ("bound", bound)):
                if array is not None:
                    assert tensors[due[part]].tobytes() == array.tobytes()
            count += array.size
            if ball.value.size and low is None and entry["dtype"] == "float64":
                # Of a number too small for float64, what is lost is no float64 either.
                with np.errstate(all="ignore"):
                    lost = np.where(np.isfinite(truth), ball.value - truth, 0)
                    assert not lost.astype(np.float64).any()
    assert count > 10_000


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("error", [0.0, 2.0**-30, 1e-7, 3.3e-5, 5e-324, 1e-310])
def test_what_lies_at_the_bound_passes_and_what_lies_beyond_does_not(dtype, error):
    form = arithmetic(dtype)
    value = np.array([0.0], form.arbiter)
    ball = Ball(value, np.array([error]), form)
    _, _, bound = exported(ball)
    at = Ball(value + bound.astype(form.arbiter), np.array([error]), form)
    beyond = np.nextafter(bound, np.inf)
    # As float64, the wider of both dtypes: it is compared as it is.
    assert compare(bound, ball).agrees
    assert not compare(beyond, ball).agrees
    assert compare(np.zeros(1), at).agrees


def test_classes_and_missing_claims_are_told_by_the_bound():
    form = arithmetic("float32")
    value = np.array([np.nan, np.inf, 1.0, np.nan])
    truth, low, bound = exported(Ball(value, np.array([np.nan, 0.0, np.inf, np.inf]), form))
    assert np.array_equal(truth, value, equal_nan=True)
    assert low is None
    assert bound.tolist() == [0.0, 0.0, np.inf, np.inf]


@pytest.mark.skipif(not NODE, reason="there is no node here; .ci/run installs it")
@pytest.mark.parametrize("source", [None, NO_MAXIMUM], ids=["right", "wrong"])
def test_a_stranger_judges_alike(vectors, tmp_path, source):
    """A script of node that shares no code finds every case wrong that is wrong here."""
    (tmp_path / "wrong.py").write_text(source or "")
    spec = str(tmp_path / "wrong.py") if source else RIGHT
    tensors = computed(vectors, spec, lambda entry: entry["operation"] == "softmax")
    safetensors.write(tmp_path / "results.safetensors", tensors)
    script = DOCS / "examples/harness/judge_vectors.js"
    command = [NODE, script, vectors, tmp_path / "results.safetensors"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == (1 if source else 0)
    read, wrong = Vectors(index.read(vectors)), set()
    for entry in read.content["cases"]:
        trial = Trial(OPERATION[entry["operation"]], entry["dtype"], read.case(entry))
        for due in entry["results"]:
            if due["tensor"] in tensors:
                ball = trial.expected(due["argument"])
                if not compare(tensors[due["tensor"]], ball).agrees:
                    wrong.add(due["tensor"])
    assert set(done.stdout.split()) == wrong
    assert bool(wrong) == bool(source)


def test_the_index_obeys_its_published_schema(vectors):
    text = json.dumps(index.schema(), indent=1, ensure_ascii=False) + "\n"
    published = DOCS / "vectors.schema.json"
    if os.environ.get("CONFORMANCE_APPROVE"):
        published.write_text(text, encoding="utf-8")
    assert published.read_text("utf-8") == text
    validator = jsonschema.Draft202012Validator(index.schema())
    validator.check_schema(index.schema())
    validator.validate(json.loads((vectors / "index.json").read_text("utf-8")))


def test_every_tensor_is_there_once_and_begins_at_its_size(vectors):
    names = [
        each
        for entry in json.loads((vectors / "index.json").read_text("utf-8"))["cases"]
        for result in entry["results"]
        for each in (result["truth"], result["bound"], result["tensor"])
    ]
    assert len(names) == len(set(names))
    for file in vectors.glob("*.safetensors"):
        data = file.read_bytes()
        length = int.from_bytes(data[:8], "little")
        assert length % 8 == 0
        header = json.loads(data[8 : 8 + length])
        offsets = [each["data_offsets"] for each in header.values()]
        assert all(end == begin for (_, end), (begin, _) in itertools.pairwise(offsets))
        assert offsets[-1][1] == len(data) - 8 - length


@pytest.mark.parametrize(
    "name", ["bool", "uint8", "int64", "float16", "bfloat16", "float32", "float64"]
)
def test_an_array_comes_back_from_a_file(tmp_path, name):
    pytest.importorskip("ml_dtypes")
    arrays = {
        "a": np.array([[0, 1], [1, 0]]).astype(name),
        "empty": np.zeros((0, 3), name),
        "scalar": np.array(1).astype(name),
    }
    safetensors.write(tmp_path / "f.safetensors", arrays)
    read = safetensors.read(tmp_path / "f.safetensors")
    assert set(read) == set(arrays)
    for key, array in arrays.items():
        assert (read[key].dtype, read[key].shape) == (array.dtype, array.shape)
        assert read[key].tobytes() == array.tobytes()


def test_results_that_are_missing_are_counted_and_not_judged(vectors, tmp_path):
    def wanted(entry):
        return entry["id"].startswith("softmax/float32/ordinary")

    lines, done = verdicts(vectors, computed(vectors, RIGHT, wanted), tmp_path)
    assert done.exit_code == 0
    assert "results are missing, and were not judged" in done.output
    assert lines["softmax/value[float32]"]["verdict"] == "conforms"
    assert lines["softmax/value[float64]"]["verdict"] == "not provided"
    assert lines["softmax/special[float32]"]["verdict"] == "not provided"


@pytest.mark.parametrize(
    "data, said",
    [
        (None, "cannot be read"),
        (b"", "is no file of the format safetensors"),
        (b"\xff" * 8, "is no file of the format safetensors"),
        (b"\x02\0\0\0\0\0\0\0{}", "has no result of these vectors: one would be called 'softmax/"),
        (b"\x02\0\0\0\0\0\0\0[}", "is no file of the format safetensors"),
    ],
)
def test_results_that_cannot_be_judged_are_named_in_one_line(vectors, tmp_path, data, said):
    file = tmp_path / "results.safetensors"
    if data is not None:
        file.write_bytes(data)
    done = invoked("judge-vectors", vectors, file, "--report", tmp_path / "report")
    assert done.exit_code == 2
    assert said in done.output
    assert done.output.count("\n") == 1


def test_a_tensor_that_lies_about_its_size_is_refused(tmp_path):
    head = b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}'
    (tmp_path / "f").write_bytes(len(head).to_bytes(8, "little") + head + bytes(4))
    with pytest.raises(safetensors.TensorError, match="has not the bytes of its shape"):
        safetensors.read(tmp_path / "f")


@pytest.mark.parametrize(
    "words, said",
    [
        ("vectors conv3d --output out", "there is no function 'conv3d'"),
        ("vectors network_mlp --output out", "there is no function 'network_mlp'"),
        ("vectors relu --output full", "full has files in it; give a new directory"),
        ("vectors relu --output out --dtype float8", "there is no 'float8'"),
        ("judge-vectors empty results", "empty/index.json: cannot be read"),
        ("judge-vectors full results", "full/index.json: format is missing; it must be 1"),
    ],
)
def test_bad_input_is_one_line(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full/index.json").write_text("{}")
    done = invoked(*words.split())
    assert done.exit_code == 2
    assert said in done.output


def test_the_kinds_that_files_can_tell_are_named():
    assert set(map(str, KINDS)) == {"value", "gradient", "dtype", "edge", "special"}
