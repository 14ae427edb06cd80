"""Many submissions: one table, and a crash of one touches no other."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from invented_record import sound
from test_records_commands import lines_of
from typer.testing import CliRunner

from conformance.__main__ import app
from conformance.record import file as record
from conformance.report.grades import Grade, as_csv
from conformance.tools.grade import grades

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

HOSTILE = Path(__file__).parents[1] / "hostile"
RIGHT = "import numpy as np\ndef relu(x):\n    return np.maximum(x, 0)\n"


def test_every_submission_gets_its_own_row(tmp_path):
    (tmp_path / "anna.py").write_text(RIGHT)
    (tmp_path / "ben.py").write_text(RIGHT.replace("np.maximum(x, 0)", "-x"))
    files = [str(tmp_path / "anna.py"), str(tmp_path / "ben.py")]
    files += [str(HOSTILE / name) for name in ("leaves.py", "leaves_on_import.py")]
    files += [str(tmp_path / "missing.py")]
    table = tmp_path / "grades.csv"
    asked = ["grade", *files, "-k", "test_operation and relu/value and not rnn", "--profile"]
    asked += ["quick", "--report", str(tmp_path / "reports"), "--csv", str(table), "-n", "2"]
    done = CliRunner().invoke(app, asked, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    written = csv.DictReader(StringIO(table.read_text("utf-8")))
    rows = {row["submission"]: row for row in written}
    assert list(rows) == files
    scores = [(rows[file]["passed"], rows[file]["score"]) for file in files]
    assert scores == [("2", "100 %"), ("0", "0 %"), ("0", "0 %"), ("0", "0 %"), ("0", "0 %")]
    assert rows[files[2]]["relu"].startswith("crashed")
    assert "exit status 7" in rows[files[3]]["message"]
    assert "no such file" in rows[files[4]]["message"]
    assert (tmp_path / "reports" / "anna" / "record.jsonl").exists()
    assert "100 %" in done.output


@pytest.mark.parametrize("memory, passed", [("64", "0"), ("1024", "1")])
def test_a_submission_gets_so_much_memory(memory, passed, tmp_path):
    file, table = tmp_path / "hungry.py", tmp_path / "grades.csv"
    file.write_text(RIGHT.replace("return", "bytearray(200 << 20)\n    return"))
    asked = ["grade", str(file), "-k", "relu/value and float32 and not rnn", "--profile", "quick"]
    asked += ["--report", str(tmp_path), "--csv", str(table), "--memory", memory]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    (row,) = csv.DictReader(StringIO(table.read_text("utf-8")))
    assert row["passed"] == passed


def test_a_submission_given_twice_is_refused(tmp_path):
    done = CliRunner().invoke(app, ["grade", "a.py", "a.py", "--report", str(tmp_path)])
    assert done.exit_code == 2
    assert "'a.py' is given twice" in done.output


def test_files_of_one_name_get_their_own_grades(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = ["x/a.py", "y/a.py", "z/a-2.py", "z/A.py"]
    for file, value in zip(files, ("np.maximum(x, 0)", "-x", "np.maximum(x, 0)", "x"), strict=True):
        Path(file).parent.mkdir(exist_ok=True)
        Path(file).write_text(RIGHT.replace("np.maximum(x, 0)", value))
    asked = ["grade", *files, "-k", "relu/value and float32 and not rnn", "--profile", "quick"]
    done = CliRunner().invoke(app, [*asked, "-n", "0", "--csv", "grades.csv"])
    assert done.exit_code == 0, done.output
    rows = csv.DictReader(StringIO(Path("grades.csv").read_text("utf-8")))
    passed = {row["submission"]: row["passed"] for row in rows}
    assert passed == dict(zip(files, "1010", strict=True))
    folders = [path.parent.name for path in Path("conformance-report").glob("*/record.jsonl")]
    assert len({name.casefold() for name in folders}) == 4


def test_a_record_of_another_file_is_no_grade(tmp_path, monkeypatch):
    run = sound()
    record.write(tmp_path / "a" / "record.jsonl", run.header, lines_of(run), run.footer)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    (grade,) = grades(["a.py"], [["--shard", "nonsense"]], tmp_path, 1)
    assert grade.record is None
    assert grade.trouble == f"the record in {tmp_path / 'a'} is that of my_ops.py"


def test_no_cell_becomes_a_formula_of_a_spreadsheet():
    grade = Grade("=HYPERLINK(1)\n.py", None, "+1\u202e")
    cells = next(iter(csv.DictReader(StringIO(as_csv([grade])))))
    assert cells["submission"].startswith("'=HYPERLINK(1)")
    assert "\n" not in cells["submission"]
    assert cells["message"].startswith("'+1")
    assert "\u202e" not in cells["message"]
