"""matrix: frameworks side by side, as tables and as a page, made of records."""

import json
import subprocess
import sys
from types import SimpleNamespace

import html5lib
import numpy as np
import pytest
from typer.testing import CliRunner

import reference_impl
from conformance.__main__ import app
from conformance.api import check
from conformance.report.frameworks import Framework
from conformance.report.frameworks_digest import digest
from conformance.report.frameworks_table import accuracies, core, habits, overview, partly
from conformance.report.html.frameworks import frameworks_page
from conformance.tools.matrix import _examples, adapters
from conformance.tools.reproduce.frameworks import scripts


def refuses_empty(x):
    if not x.size:
        raise ValueError("empty")
    return reference_impl.tanh(x)


def coarse(x):
    right = np.tanh(x)
    return np.where(right == 0, right, right - 4 * np.spacing(np.nextafter(right, 0 * right)))


def lossy(x):
    return np.tanh(x) * x.dtype.type(1 + 2.0**-14)


def wrong(x):
    return 2 * np.tanh(x)


def column(name, **functions):
    given = SimpleNamespace(**functions)
    record = check(given, profile="quick", dtypes=["float32"]).record
    return Framework(name, record, "", {"float32": {"tanh": 1.25}})


@pytest.fixture(scope="module")
def columns():
    return [
        column("right", tanh=reference_impl.tanh, tanh_backward=reference_impl.tanh_backward),
        column("refusing", tanh=refuses_empty),
        column("coarse", tanh=coarse),
        column("lossy", tanh=lossy),
        column("wrong", tanh=wrong, relu=reference_impl.relu),
        Framework("absent", None, "Install it with: pip install 'nn-conformance[absent]'"),
    ]


def test_core_numerics_come_to_a_word(columns):
    words = [each.cells["tanh"].core for each in columns[:-1]]
    assert words == [
        "within the bound",
        "within the bound",
        "within 6 ulp",
        "loses digits",
        "wrong",
    ]
    assert [each.cells["tanh"].edge for each in columns[:2]] == ["right", "refuses"]


def test_gradients_that_are_not_offered_are_coverage(columns):
    assert columns[0].cells["tanh"].coverage == ""
    assert columns[1].cells["tanh"].coverage == "gradients"


def test_the_tables_have_every_framework(columns):
    plain = digest(columns)
    assert "| wrong | " in overview(plain)
    assert "| `tanh` | ✓ | ✓ | ≈ within 6 ulp | ✗ digits | ✗ wrong |" in core(plain)
    assert "| `relu` |  |  |  |  | ✓ |" in core(plain)
    assert "| right |  | 1.25 |  |  |" in accuracies(plain)
    assert habits(plain).count("\n") == 1
    assert "| wrong | `relu`, `tanh` | gradients |" in partly(plain)


def test_what_compiles_for_each_shape_gets_a_third_of_the_structures():
    assert _examples("torch", "quick") == []
    assert _examples("jax", "quick") == ["--examples", "4"]
    assert _examples("jax", "default") == ["--examples", "13"]


def test_the_overview_tells_on_how_many_cases_each_was_judged(columns):
    cases = sum(cell.cases for cell in columns[0].cells.values())
    assert f" | {cases} | 1 | 1 |  |  |  |  |\n" in overview(digest(columns))


def test_many_frameworks_stand_in_several_tables(columns):
    several = core(digest(columns[:5] * 2)).split("\n\n")
    assert [part.partition("\n")[0].count("|") for part in several] == [7, 7]


def test_the_digest_can_be_stored(columns):
    plain = digest(columns)
    assert json.loads(json.dumps(plain)) == plain


def test_the_page_has_an_address_for_each_cell_and_a_script_for_each_difference(columns, tmp_path):
    written = scripts(columns, tmp_path)
    past = {"right": [{"date": "2026-01-02T03:04:05", "version": "1", "counts": "1 wrong"}] * 2}
    page = frameworks_page(columns, written, past)
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    anchors = {each.get("id") for each in tree.iter() if each.get("id")}
    links = {each.get("href")[1:] for each in tree.iter("a") if each.get("href")[:1] == "#"}
    assert links <= anchors
    assert {"right-tanh", "wrong-tanh", "wrong-relu", "of-lossy"} <= anchors
    assert written["wrong", "tanh/value[float32]"] in page
    assert "2026-01-02" in page
    assert "pip install" in page


def test_a_script_shows_its_difference_by_itself(columns, tmp_path):
    written = scripts(columns, tmp_path)
    file = tmp_path / "mine.py"
    file.write_text("import numpy as np\n\ndef tanh(x):\n    return 2 * np.tanh(x)\n")
    code = tmp_path / written["wrong", "tanh/value[float32]"]
    done = subprocess.run(
        [sys.executable, str(code), str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "nn-conformance" not in done.stderr


def test_adapters_are_known_by_their_files():
    assert {"autograd", "torch"} <= set(adapters())
    assert not [name for name in adapters() if name.startswith("_")]


def test_a_framework_that_is_none_is_refused():
    result = CliRunner().invoke(app, ["matrix", "torhc"])
    assert result.exit_code == 2
    assert "there is no adapter 'torhc'; give some of" in result.output


@pytest.mark.proof
def test_a_matrix_is_judged_remembered_and_shown_again(tmp_path):
    pytest.importorskip("autograd")
    folder = tmp_path / "all"
    words = ["matrix", "autograd", "--operation", "relu", "--profile", "quick"]
    first = CliRunner().invoke(app, [*words, "--report", str(folder)])
    assert first.exit_code == 0, first.output
    assert "| `relu` | ✓ |" in first.output
    history = json.loads((folder / "history.json").read_text("utf-8"))
    assert history["autograd"][0]["cells"] == {"relu": "within the bound"}
    again = CliRunner().invoke(app, ["matrix", "autograd", "--render", "--report", str(folder)])
    assert "| `relu` | ✓ |" in again.output
    assert (folder / "frameworks.html").is_file()
