"""What cannot be done is said in one line, with what to do instead; the exit code is 2."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.__main__ import app
from conformance.implementation.load_error import LoadError
from conformance.run import selection
from conformance.run.machine import isolation_trouble
from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.tools import arguments

WAYS = ("give", "write", "run the suite", "did you mean", "install it", "ask for it", "take the")
WAYS += ("judge without", "move it", "its ids are like", "names them all")
OPS = "def relu(x):\n    return x\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "ops.py").write_text(OPS)
    (tmp_path / "occupied").write_text("a file")
    (tmp_path / "folder").mkdir()
    (tmp_path / "bad.toml").write_text("a = ")
    (tmp_path / "empty.toml").write_text('"relu/*" = ""\n')
    (tmp_path / "lost.toml").write_text('"nowhere/*" = "why"\n')
    (tmp_path / "cut.jsonl").write_text('{"type": "header"')
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "cut.json").write_text("[1")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "list.json").write_text("[]")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def called(*arguments):
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize(
    "typed, said",
    [
        ("run nowhere.py", "no such file: 'nowhere.py'"),
        ("run no_such_module", "no module named 'no_such_module'"),
        ("run ops.py conv3d", "no operation or claim 'conv3d'; did you mean conv2d"),
        ("run ops.py Conv2D", "no operation or claim 'Conv2D'; did you mean conv2d"),
        ("run ops.py relu/value", "no operation or claim 'relu/value'"),
        ("run ops.py 3.9", "no operation or claim '3.9'"),
        ("run ops.py relu zzzz", "no operation or claim 'zzzz'. `nn-conformance list`"),
        ("run ops.py -k relu~and~(", "-k 'relu and (' is no expression: expected"),
        ("run ops.py --shard 4/3", "--shard is '4/3'; give I/N with 1 ≤ I ≤ N"),
        ("run ops.py --shard half", "--shard is 'half'; give I/N"),
        ("run ops.py --expect nowhere.toml", "nowhere.toml: it cannot be read"),
        ("run ops.py --expect folder", "folder: it cannot be read"),
        ("run ops.py --expect bad.toml", "bad.toml: it is no TOML: Invalid value"),
        ("run ops.py --expect empty.toml", "empty.toml: 'relu/*' has ''; give the reason"),
        ("run ops.py relu -n 0 --expect lost.toml", "'nowhere/*' matches no check's id"),
        ("run ops.py --dtype float8", "--dtype: there is no 'float8'; give one of float16"),
        ("run ops.py relu -n 0 --dtype float16", "there is no dtype 'float16' here; give one"),
        ("run ops.py -n nonsense", "-n is 'nonsense'; give a number of processes"),
        ("run ops.py -n -1", "-n is '-1'; give a number of processes"),
        ("run ops.py --timeout 5", "--timeout goes with --isolate or --command; give both"),
        ("run ops.py --memory 64", "--memory goes with --isolate or --command; give both"),
        ("run ops.py --report occupied/inside", "occupied/inside cannot be written: "),
        ("run ops.py --report occupied", "occupied cannot be written: "),
        ("run ops.py --format pdf", "there is no format 'pdf'; give one or more of terminal"),
        ("run ops.py --format ,", "there is no format ''; give one or more of"),
        ("run ops.py --hints", "--hints are Gradescope's alone; ask for it with --format"),
        ("run ops.py --hints --format json", "--hints are Gradescope's alone"),
        ("grade ops.py --csv folder", "folder cannot be written: it is a directory. Give"),
        ("grade ops.py --csv nowhere/a.csv", "nowhere/a.csv cannot be written: there is no dir"),
        ("grade ops.py --operation conv3d", "no operation or claim 'conv3d'"),
        ("grade ops.py -k and", "-k 'and' is no expression"),
        ("grade ops.py --report occupied/x", "occupied/x cannot be written"),
        ("grade folder", "folder is a directory; give the files in it, folder/*.py"),
        ("grade ops.py ops.py", "'ops.py' is given twice; give each submission once"),
        ("replay cut.jsonl", "cut.jsonl: line 1 is not strict JSON"),
        ("replay bytes.jsonl", "bytes.jsonl: the record cannot be read"),
        ("replay nowhere.jsonl", "nowhere.jsonl: there is no record here; run the suite first"),
        ("replay folder", "there is no record here; run the suite first"),
        ("replay nowhere.json", "nowhere.json: it cannot be read"),
        ("replay folder.json", "folder.json: it cannot be read"),
        ("replay cut.json", "cut.json: it is no JSON"),
        ("replay bytes.json", "bytes.json: it is no JSON"),
        ("replay deep.json", "deep.json: it is no JSON"),
        ("replay list.json", "list.json: it holds no case, which is an object with format 1"),
        ("replay relu/value --report folder", "there is no record here; run the suite first"),
        ("replay folder --save case.json", "--save is for one counterexample of a record; give"),
        ("replay relu/value --save ops.py", "ops.py is there already. Give another name"),
        ("replay relu/value --save nowhere/x", "nowhere/x cannot be written"),
        ("reproduce relu/value --output ops.py", "ops.py is there already. Give another name"),
        ("render cut.jsonl", "cut.jsonl: line 1 is not strict JSON"),
        ("render folder", "there is no record here; run the suite first"),
        ("compare folder folder", "there is no record here; run the suite first"),
        ("compare folder folder --output nowhere/x", "nowhere/x cannot be written"),
        ("merge folder folder", "there is no record here; run the suite first"),
        ("expect new.toml --report folder", "there is no record here; run the suite first"),
        ("expect bad.toml", "bad.toml: it is no TOML: Invalid value"),
        ("expect folder", "folder cannot be written: it is a directory"),
        ("explain conv3d", "there is no operation or claim 'conv3d'; did you mean conv2d or"),
        ("init new.py rleu", "there is no operation 'rleu'; did you mean relu"),
        ("init ops.py", "ops.py is there already. Give another name"),
        ("init nowhere/new.py", "nowhere/new.py cannot be written: there is no directory nowhere"),
        ("mistakes -k conv3d", "-k 'conv3d' matches no id. One looks like linear/value"),
        ("mistakes -k (", "-k '(' is no expression"),
        ("counterexamples -k conv3d", "-k 'conv3d' matches no id. One looks like "),
        ("sensitivity -n x", "-n is 'x'; give a number of processes, 0 for none but this"),
        ("grade ops.py -n x", "-n is 'x'; give a number of processes, 0 for none but this"),
        ("run", "give what is to be judged: the path of a file such as my_ops.py"),
        ("sensitivity --output folder", "folder cannot be written: it is a directory"),
        ("campaign nowhere -k relu/value -n 1", "'nowhere'"),
    ],
)
@pytest.mark.usefixtures("here")
def test_bad_input_is_one_line_with_the_remedy(typed, said, capfd):
    done = called(*(word.replace("~", " ") for word in typed.split()))
    # Pytest's own errors go past the runner's stream.
    line = (done.output + capfd.readouterr().err).strip()
    assert done.exit_code == 2, line
    assert Path("ops.py").read_text("utf-8") == OPS
    assert said in line
    assert line.lower().startswith("error: ")
    assert "\n" not in line
    assert [way for way in WAYS if way in line.lower()] or "it is no" in line


@pytest.mark.parametrize(
    "typed",
    ["run ops.py --seed x", "run ops.py --timeout 0", "grade ops.py --profile slow", "explain"],
)
def test_what_the_parser_refuses_names_the_option(typed):
    done = called(*typed.split())
    assert done.exit_code == 2
    assert "Error" in done.output
    assert "Traceback" not in done.output


def test_a_directory_without_permission_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(arguments.os, "access", lambda _, mode: mode == arguments.os.F_OK)
    for said in (arguments.folder(str(tmp_path)), arguments.file(str(tmp_path / "new"))):
        assert "may not be written to. Give a place that can be." in said


@pytest.fixture
def case(here):
    """A case that was saved, to be spoiled."""
    called("run", "ops.py", "relu", "-k", "value", "--profile", "quick", "-n", "0")
    done = called("replay", "relu/value[float32]", "--save", "case.json")
    assert done.exit_code == 1, done.output
    return here / "case.json"


SPOILED = {
    "no-id": (lambda data: data.pop("id"), "it has no 'id'; a case has format, type"),
    "more": (lambda data: data.update(extra=1), "it must not have 'extra'"),
    "format": (lambda data: data.update(format=2), "an object with format 1"),
    "type": (lambda data: data.update(type="line"), "type is 'line', but must be one of check"),
    "text": (lambda data: data.update(implementation=3), "implementation is 3, but must be text"),
    "null": (lambda data: data.update(counterexample=None), "counterexample must be an object"),
    "field": (lambda data: data["counterexample"].pop("inputs") and None, "cannot be judged"),
    "unknown": (lambda data: data["counterexample"].update(why=1), "counterexample: "),
    "shape": (
        lambda data: data["counterexample"]["shapes"]["x"].update(shape=[2, 2]),
        "its counterexample cannot be judged (ValueError",
    ),
    "input": (lambda data: data["counterexample"].update(inputs={}), "cannot be judged (KeyError"),
    "number": (
        lambda data: data["counterexample"]["inputs"].update(x="much"),
        "cannot be judged (ValueError",
    ),
    "parameter": (
        lambda data: data["counterexample"].update(parameters={"stride": 1}),
        "cannot be judged (TypeError",
    ),
    "check": (lambda data: data.update(id="relu/nothing"), "is no check of this version"),
    "claim": (lambda data: data.update(type="claim"), "is no claim of this version"),
    "spec": (lambda data: data.update(implementation="gone.py"), "no such file: 'gone.py'"),
}


def test_a_case_that_was_spoiled_by_hand_is_refused(case):
    whole = case.read_text("utf-8")
    for spoil, said in SPOILED.values():
        data = json.loads(whole)
        spoil(data)
        case.write_text(json.dumps(data), "utf-8")
        done = called("replay", "case.json")
        assert done.exit_code == 2, done.output
        assert said in done.output
        assert done.output.startswith("error: ")
        assert done.output.count("\n") == 1


@pytest.mark.usefixtures("case")
def test_a_saved_case_is_repeated_wherever_the_record_is(tmp_path):
    for path in (tmp_path / "conformance-report").iterdir():
        path.unlink()
    failing = called("replay", "case.json")
    assert failing.exit_code == 1
    assert "the result is" in failing.output
    mended = called("replay", "case.json", "--implementation", "reference_impl")
    assert (mended.exit_code, mended.output.splitlines()[-1]) == (
        0,
        "conforms: this case is right now",
    )


@pytest.mark.usefixtures("here")
def test_a_record_is_repeated_whole():
    called("run", "ops.py", "relu", "3.2/output-delta", "--profile", "quick", "-n", "0")
    failing = called("replay", "conformance-report")
    assert failing.exit_code == 1
    rows = failing.output.splitlines()
    assert "✗ still fails: relu/value[float32]" in rows
    assert "◐ still disagrees: 3.2/output-delta" in rows
    # Details of what fails; claims are the document's.
    assert "relu/value[float32]: relu x = max(x, 0)" in rows
    assert not [row for row in rows if row.startswith("3.2/output-delta:")]
    assert rows[-1].endswith("failures are still there, 1 of 1 claims still disagree")
    mended = called(
        "replay", "conformance-report/record.jsonl", "--implementation", "reference_impl"
    )
    assert mended.exit_code == 0, mended.output
    assert "✓ right now: relu/value[float32]" in mended.output
    gone = called("replay", "conformance-report", "--implementation", "gone.py")
    assert gone.exit_code == 2
    assert "! not repeated: relu/value[float32] (no such file: 'gone.py'." in gone.output


@pytest.mark.usefixtures("here")
def test_an_id_that_is_not_in_the_record_is_told_the_nearest():
    called("run", "ops.py", "relu", "sigmoid", "--profile", "quick", "-n", "0")
    for typed, said in (
        ("rel/value[float32]", "Its ids are like relu/value[float32], "),
        ("relu/specail[float32]", "Its ids are like relu/special[float32], "),
        ("sigmoid", "Its ids are like sigmoid/"),
    ):
        done = called("replay", typed)
        assert done.exit_code == 2
        assert said in done.output


@pytest.mark.usefixtures("here")
def test_a_saved_claim_is_repeated():
    called("run", "ops.py", "4.1/sigmoid-derivative", "--profile", "quick", "-n", "0")
    called("replay", "4.1/sigmoid-derivative", "--save", "claim.json")
    done = called("replay", "claim.json")
    assert done.exit_code == 1
    assert "element (0,): the formula gives 0, and 0.25 is right" in done.output


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "typed",
    ["run ops.py --isolate", "grade ops.py", "replay relu/value --isolate"],
)
def test_isolation_is_refused_where_the_system_has_none(typed, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    done = called(*typed.split())
    assert (done.exit_code, done.output) == (2, f"error: {isolation_trouble()}\n")
    assert "Windows" in done.output
    with pytest.raises(LoadError) as caught:
        _ = Run(Settings("ops.py", isolate=True)).contender
    assert str(caught.value) == isolation_trouble()


def test_pytest_refuses_isolation_too(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert selection.trouble(Run(Settings(isolate=True))) == isolation_trouble()
    assert selection.trouble(Run()) == ""
