"""Help and completion: every command says how it is called, and the shell knows its words."""

import importlib.util
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import conformance
from conformance.__main__ import app
from conformance.report.views import FORMATS
from conformance.run import names
from conformance.tools.app import PANELS

COMMANDS = get_command(app).commands
ENTRY = "from conformance.__main__ import main; main()"


def helped(*words):
    done = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "100"})
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_that_calls_it(name):
    text = helped(name)
    examples = [row.strip() for row in text.splitlines() if row.strip().startswith("Example: ")]
    assert examples
    for row in examples:
        assert row.startswith(f"Example: nn-conformance {name}")
    # Nothing of an example is taken for markup.
    assert "[float32]" in text or name != "replay"


def test_commands_stand_in_panels_in_their_order():
    text = helped()
    places = [text.index(f" {panel} ") for panel in PANELS]
    assert places == sorted(places)
    assert "─ Commands ─" not in text
    assert text.index(PANELS[0]) < text.index("│ run ") < text.index("│ replay ")
    assert "Exit codes: 0 conforms, 1 does not, 2 could not judge." in text


@pytest.mark.parametrize(
    "name, said",
    [
        (
            "grade",
            "Exit codes: 0 if at least one submission was judged, whatever its grade; 2 if",
        ),
        ("merge", "Exit codes: 0 merged, whatever the verdicts are; 2 the records are not all"),
    ],
)
def test_an_exit_code_that_is_no_verdict_is_told(name, said):
    assert said in " ".join(helped(name).split())


@pytest.mark.parametrize("name", ["-k", "-n", "--seed", "--report", "--profile", "--isolate"])
def test_an_option_means_the_same_in_every_command(name):
    options = [one for command in COMMANDS.values() for one in command.params if name in one.opts]
    assert len(options) > 1
    assert len({one.help for one in options}) == 1


def test_every_format_that_is_registered_is_named_where_one_may_be_given():
    for command in ("run", "render"):
        (option,) = [one for one in COMMANDS[command].params if "--format" in one.opts]
        named = option.help.partition(": ")[2].rstrip(".").split(", ")
        assert named == [name for name in FORMATS if command == "render" or name != "terminal"]


def test_the_page_on_formats_lists_those_that_are_registered():
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "ci.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `([\w.]+)` \|", page, re.MULTILINE)
    assert dict(rows) == {name: view.file for name, view in FORMATS.items()}


def test_the_version_is_that_of_the_package():
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.output) == (0, f"nn-conformance {conformance.__version__}\n")
    assert conformance.__version__ == metadata.version("nn-conformance")


def test_a_format_without_its_extra_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if "2" in name else name)
    monkeypatch.chdir(tmp_path)
    Path("ops.py").write_text("")
    done = CliRunner().invoke(app, ["run", "ops.py", "--format", "html"])
    assert done.exit_code == 2
    assert done.output == (
        "error: there is no jinja2, latex2mathml here. Install it with: "
        "python -m pip install 'nn-conformance[html]'\n"
    )


def completed(line, shell="bash"):
    """What the shell is offered for the last word of a line."""
    words = line.split(" ")
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    environment = {**os.environ, **asked, "_NN_CONFORMANCE_COMPLETE": f"complete_{shell}"}
    # The program's name is what the variable is named after.
    code = f"import sys; sys.argv[0] = 'nn-conformance'; {ENTRY}\n"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    "line, offered",
    [
        ("nn-conformance exp", {"expect", "explain"}),
        ("nn-conformance explain conv", {"conv2d"}),
        ("nn-conformance explain network_m", {"network_mlp"}),
        ("nn-conformance explain 3.2/out", {"3.2/output-delta"}),
        ("nn-conformance init my_ops.py max", {"max_pool2d"}),
        ("nn-conformance run my_ops.py relu net", {"network_mlp", "network_cnn"}),
        ("nn-conformance run my_ops.py 3.1", {"3.1", "3.1/activation", "3.1/weighted-sum"}),
        ("nn-conformance grade my_ops.py --operation lay", {"layer_norm"}),
        ("nn-conformance render conformance-report --format j", {"json", "junit"}),
        ("nn-conformance run my_ops.py --format json,j", {"json,junit"}),
    ],
)
def test_the_shell_completes(line, offered):
    assert set(completed(line)) == offered


def test_everything_is_offered_where_nothing_is_typed():
    assert set(completed("nn-conformance explain ")) == set(names.everything())
    assert set(completed("nn-conformance render r --format ")) == set(FORMATS)


def test_completion_is_light():
    code = (
        "import sys\nfrom conformance.tools import completion as c\n"
        "assert c.everything('conv') and c.functions('') and c.formats('')\n"
        "import conformance.__main__\n"
        "print(*{'scipy', 'torch', 'pytest'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["explain", "conv2d"],
        ["explain", "network_cnn"],
        ["explain", "3.2/output-delta"],
        ["init", "new.py"],
        ["lesson", "new.py", "--list"],
    ],
    ids=" ".join,
)
def test_what_only_names_operations_waits_for_no_torch(words, tmp_path):
    code = (
        "import contextlib, io, sys\nfrom conformance.__main__ import app\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    app({words}, standalone_mode=False)\n"
        "print(*{'scipy', 'torch'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_commands_keep_their_order_whichever_module_is_imported_first():
    code = (
        "import conformance.tools.matrix; from conformance.__main__ import app; "
        "print(*(command.callback.__name__ for command in app.registered_commands))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[:4] == ["run", "expect", "grade", "matrix"]
