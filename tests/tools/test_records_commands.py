"""Records that are there already: rendered, compared, and merged out of shards."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from invented_record import faulty, sound
from test_diff import relu, without
from test_merge import changed, shards
from typer.testing import CliRunner

from conformance.__main__ import app
from conformance.record import file as record
from conformance.report.views import FORMATS

ROOT = Path(__file__).parents[2]


def lines_of(run):
    return [*run.checks, *run.claims, *run.not_selected]


def saved(run, folder):
    record.write(folder / "record.jsonl", run.header, lines_of(run), run.footer)
    return str(folder)


def called(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_render_shows_the_terminals_view(tmp_path):
    done = called("render", saved(faulty(), tmp_path))
    assert done.exit_code == 0
    assert "does not conform: 2 operations fail" in done.stdout


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"terminal"}))
def test_render_puts_one_format_on_stdout_and_into_its_file(tmp_path, name):
    place = saved(faulty(), tmp_path / "run")
    shown = called("render", f"{place}/record.jsonl", "--format", name)
    there = replace(faulty(), location=place)
    assert (shown.exit_code, shown.stdout) == (0, FORMATS[name].render(there))
    done = called("render", place, "--format", name, "--report", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / FORMATS[name].file).read_text("utf-8") == shown.stdout


def test_render_writes_several_at_once(tmp_path):
    asked = ["--format", "terminal, junit,markdown", "--report", tmp_path / "out"]
    done = called("render", saved(sound(), tmp_path), *asked)
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"junit.xml", "summary.md"}
    assert "Conformance of my_ops.py" in done.stdout
    ET.parse(tmp_path / "out" / "junit.xml")  # noqa: S314 - of our own making


def test_render_gives_hints_where_asked(tmp_path):
    asked = ["render", saved(faulty(), tmp_path), "--format", "gradescope"]
    assert "nn-conformance replay" not in called(*asked).stdout
    assert "nn-conformance replay" in called(*asked, "--hints").stdout


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--format", "pdf"], "there is no format 'pdf'; give one or more of terminal, html"),
        (["--format", "json,badge"], "with --report DIR"),
        (["--format", "json", "--report", "{}/record.jsonl"], "cannot be written"),
    ],
)
def test_render_says_what_it_cannot_do(tmp_path, arguments, words):
    place = saved(sound(), tmp_path)
    done = called("render", place, *(argument.format(place) for argument in arguments))
    assert done.exit_code == 2
    assert words in done.output


@pytest.mark.parametrize("command", ["render", "merge", "compare"])
def test_a_record_that_is_not_there_is_said(tmp_path, command):
    places = [tmp_path] * (1 + (command == "compare"))
    done = called(command, *places)
    assert done.exit_code == 2
    assert "there is no record here; run the suite first" in done.output


def test_rendering_needs_neither_numpy_nor_torch(tmp_path):
    place = saved(faulty(), tmp_path)
    # The page's plots are drawn by a library that needs NumPy.
    names = ",".join(name for name in FORMATS if name != "html")
    code = (
        "import sys\nfrom conformance.__main__ import app\n"
        f"app({['render', place, '--format', names, '--report', place]!r}, standalone_mode=False)\n"
        f"app({['compare', place, place]!r}, standalone_mode=False)\n"
        f"app({['merge', place, '--report', place]!r}, standalone_mode=False)\n"
        "sys.exit(str({'numpy', 'scipy', 'torch'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "set()"


def test_compare_ends_by_whether_something_is_worse(tmp_path):
    right, wrong = saved(sound(), tmp_path / "a"), saved(faulty(), tmp_path / "b")
    file = tmp_path / "changes.json"
    assert called("compare", right, wrong, "--output", file).exit_code == 1
    assert json.loads(file.read_text("utf-8"))["changes"][0]["direction"] == "worse"
    assert called("compare", right, right).exit_code == 0
    better = [saved(relu(verdict=v), tmp_path / v) for v in ("fails", "conforms")]
    assert called("compare", *better).exit_code == 0
    assert called("compare", *reversed(better)).exit_code == 1


def timeless(lines):
    return [{**line, "seconds": None, "started": None} for line in lines]


@pytest.mark.parametrize("run", [faulty(), sound()])
@pytest.mark.parametrize("order", [1, -1])
def test_merged_shards_are_the_single_run(tmp_path, run, order):
    places = [saved(one, tmp_path / str(n)) for n, one in enumerate(shards(run))]
    done = called("merge", *places[::order], "--report", tmp_path / "conformance-report")
    assert done.exit_code == 0, done.output
    single = saved(run, tmp_path / "single")

    def rows(folder):
        path = Path(folder) / "record.jsonl"
        return [json.loads(line) for line in path.read_text("ascii").splitlines()]

    merged = rows(tmp_path / "conformance-report")
    assert timeless(merged) == timeless(rows(single))
    assert merged[0]["started"] == "2025-11-23T05:06:07+00:00"
    assert merged[-1]["seconds"] == 3 * 61.5


def test_merge_says_how_much_no_shard_judged(tmp_path):
    places = [saved(one, tmp_path / str(n)) for n, one in enumerate(shards(relu()))]
    done = called("merge", *places[:2], "--report", tmp_path / "out")
    assert done.exit_code == 0
    assert done.output.strip().endswith(" of 2 records; 4 deselected in all of them")
    alone = called("merge", places[0], "--report", tmp_path / "out")
    assert " checks and claims of 1 record; 9 deselected in all of them" in alone.output


def test_merge_refuses_less_than_all_shards(tmp_path):
    parts = [changed(one, shard=f"{n}/3") for n, one in enumerate(shards(relu()), 1)]
    places = [saved(one, tmp_path / str(n)) for n, one in enumerate(parts)]
    done = called("merge", *places[:2], "--report", tmp_path / "out")
    assert done.exit_code == 2
    assert done.output == "error: shard 3/3 is missing; give the records of all 3\n"
    done = called("merge", *places, "--report", tmp_path / "out")
    assert (done.exit_code, done.output.count("\n")) == (0, 1)


def test_merge_writes_nothing_of_records_that_do_not_belong_together(tmp_path):
    places = [saved(relu(), tmp_path / "a"), saved(without(relu()), tmp_path / "b")]
    done = called("merge", *places, "--report", tmp_path / "out")
    assert done.exit_code == 2
    assert "error: record 2 has no line for" in done.output
    assert not (tmp_path / "out").exists()


def test_a_recognised_mistake_is_in_the_summary_with_how_far_it_agrees(tmp_path):
    mistake = {"id": "relu/strict", "sentence": "it is\x1b strict", "hint": "?", "agreement": 1.0}
    found = {"mistakes": [mistake], "findings": [], "hints": []}
    place = saved(relu(verdict="fails", message="no", diagnosis=found), tmp_path)
    done = called("render", place, "--format", "json")
    assert done.exit_code == 0, done.output
    (failing,) = json.loads(done.stdout)["failing"]
    assert failing["mistakes"] == [{**mistake, "sentence": "it is\\x1b strict"}]


def test_a_format_that_fails_loses_none_of_the_others(tmp_path, monkeypatch):
    def broken(_record):
        raise RuntimeError("out of paper")

    monkeypatch.setitem(FORMATS, "junit", FORMATS["junit"]._replace(render=broken))
    asked = ["--format", "json,junit,badge", "--report", tmp_path / "out"]
    done = called("render", saved(sound(), tmp_path), *asked)
    assert done.exit_code == 2
    assert "junit cannot be made of this record: RuntimeError: out of paper" in done.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"summary.json", "badge.json"}
