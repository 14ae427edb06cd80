"""Several records on one page: implementations side by side, and one of them over time."""

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from invented_failures import hostile, told
from invented_record import faulty, sound, whole
from reading_pages import found, only, strictly, words

from conformance.record import file as record
from conformance.report.html.several import several
from conformance.report.html.trend import MOST

ROOT = Path(__file__).parents[2]


def called(run, name, started="2026-01-01T00:00:00+00:00"):
    return replace(run, header={**run.header, "implementation": name, "started": started})


def kept(run, folder):
    lines = [*run.checks, *run.claims, *run.not_selected]
    record.write(folder / "record.jsonl", run.header, lines, run.footer)
    return str(folder)


OLD = called(sound(), "my_ops.py", "2026-01-01T00:00:00+00:00")
NEW = called(told(), "my_ops.py", "2026-02-02T00:00:00+00:00")


@pytest.fixture(scope="module")
def trend():
    # The order is that of the runs' times, not of the arguments.
    return strictly(several([NEW, OLD, called(sound(), "my_ops.py", "2026-03-03T00:00:00+00:00")]))


@pytest.fixture(scope="module")
def table():
    return strictly(several([called(sound(), "right.py"), called(told(), "wrong.py")]))


def test_each_implementation_is_a_column_and_each_cell_a_verdict(table):
    assert words(only(table, "h1")) == "2 implementations side by side"
    (row,) = (r for r in table.iter("tr") if r.get("data-name") == "conv2d")
    assert "within the bound" in words(row[1])
    assert "wrong" in words(row[2])


def test_a_cell_leads_to_its_smallest_case_and_what_repeats_it(table):
    (row,) = (r for r in table.iter("tr") if r.get("data-name") == "conv2d")
    article = only(table, "article", id=row[2].find("a").get("href")[1:])
    assert "x = [[[[0.0, 1.0, 7.0], [0.0, 2.0, 3.0]]]], weight = [[[[4.0, 5.0]]]]" in words(article)
    assert "expected 24.0, got 23.0" in words(article)
    assert "nn-conformance replay 'conv2d/value[float32]'" in words(article)


def test_implementations_of_one_name_are_told_apart():
    page = several([called(sound(), "a.py"), called(told(), "b.py"), called(told(), "a.py")])
    heads = [words(head) for head in strictly(page).iter("th") if head.get("data-framework")]
    assert [head.split("torch")[0].strip() for head in heads] == ["a.py", "b.py", "a.py (2)"]


@pytest.mark.parametrize(
    "runs",
    [
        [OLD, NEW],
        [NEW, NEW, NEW],
        [hostile(), hostile()],
        [hostile(), OLD],
        [OLD, called(whole([]), "my_ops.py")],
        [called(faulty(), "a.py"), called(whole([]), "b.py")],
    ],
)
def test_every_page_is_html_whose_links_lead_somewhere(runs):
    tree = strictly(several(runs))
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    assert len(ids) == len({*ids})
    targets = [e.get("href")[1:] for e in tree.iter() if e.get("href")]
    assert {*targets} <= {*ids}
    levels = [int(e.tag[1]) for e in tree.iter() if e.tag in {"h1", "h2", "h3", "h4"}]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(list(tree.iter("script"))) <= 1


def test_runs_stand_by_their_time_with_their_verdicts(trend):
    runs = [words(one) for one in found(trend, "ol", class_="runs")[0]]
    assert [run.split()[0] for run in runs] == ["2026-01-01", "2026-02-02", "2026-03-03"]
    assert "✓ conforms" in runs[0]
    assert "✗ does not conform" in runs[1]
    assert words(only(trend, "p", class_="verdict")) == "✓ conforms in the last run"


def test_an_operation_that_changed_stands_first_and_is_framed(trend):
    (table,) = found(trend, "table", class_="trend")
    first = table.find("tbody")[0]
    changed = [cell.get("class") == "words changed" for cell in first[1:]]
    assert changed == [False, True, True]
    by_name = {words(row[0]): [words(cell) for cell in row[1:]] for row in table.find("tbody")}
    assert by_name["conv2d"] == ["✓ conforms", "✗ fails 4 of 16 (changed)", "✓ conforms (changed)"]
    assert by_name["linear"] == ["✓ conforms"] * 3


def test_what_changed_is_told_from_run_to_run_the_latest_first(trend):
    steps = [words(step) for step in found(trend, "article", class_="step")]
    assert steps[0].startswith("From run 2 to run 3")
    assert "better" in steps[0]
    assert "worse" in steps[1]
    assert "conv2d/value[float32]: conforms → fails" in steps[1]


def test_changes_of_one_kind_are_one_row_and_many_kinds_are_counted():
    wrong = [
        {**check, "verdict": "fails", "message": f"number {number // 2}"}
        for number, check in enumerate(sound().checks)
    ]
    bad = replace(NEW, checks=tuple(wrong), claims=sound().claims, not_selected=())
    (step,) = found(strictly(several([OLD, bad])), "article", class_="step")
    rows = [words(row) for row in found(step, "ul", class_="others")[0]]
    assert rows[0].count("binary_cross_entropy_with_logits") == 2
    assert len(rows) == MOST + 1
    assert rows[-1] == f"and {len(wrong) // 2 - MOST} more"


@pytest.mark.parametrize(
    "names, title", [(("a", "b"), "2 implementations"), (("a", "a"), "a over")]
)
def test_the_command_writes_one_page_of_several_records(tmp_path, names, title):
    folders = []
    for number, (run, name) in enumerate(zip((OLD, NEW), names, strict=True)):
        folder = tmp_path / str(number)
        folder.mkdir()
        folders.append(kept(called(run, name, run.header["started"]), folder))
    command = [sys.executable, "-m", "conformance", "render", *folders, "--format", "html"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert title in words(only(strictly(done.stdout.decode("utf-8")), "h1"))
    command += ["--report", str(tmp_path / "out")]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    page = (tmp_path / "out" / "report.html").read_bytes()
    assert page.replace(b"\r\n", b"\n") == done.stdout.replace(b"\r\n", b"\n")


def test_the_command_says_that_several_records_make_one_page(tmp_path):
    folder = kept(OLD, tmp_path)
    command = [sys.executable, "-m", "conformance", "render", folder, folder, "--format", "junit"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "several records make one page; ask for it with --format html" in " ".join(
        done.stderr.split()
    )
