"""Settings are plain data; pytest's options are settings, and back."""

import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from conformance.run import options
from conformance.run.selection import matching
from conformance.run.settings import Settings

ROOT = Path(__file__).parents[2]
CHANGED = Settings(
    "my ops.py:holder",
    "./my_ops --threads '1 2'",
    profile="quick",
    seed=-3,
    examples=7,
    report="out {1} '2'",
    isolate=True,
    timeout=0.5,
    memory=64,
    expect="known.toml",
    shard="2/3",
    strict=True,
    operations=("conv2d", "3.2"),
    dtypes=("float16", "float32"),
    timing=True,
)


def test_settings_are_plain_data():
    assert pickle.loads(pickle.dumps(CHANGED)) == CHANGED  # noqa: S301 - our own
    assert len({Settings(), Settings(), CHANGED}) == 2
    with pytest.raises(FrozenInstanceError):
        CHANGED.seed = 1


def parsed(pytester, *words):
    return options.settings(pytester.parseconfig(*words))


@pytest.mark.parametrize("settings", [Settings(), CHANGED], ids=["usual", "changed"])
def test_settings_become_words_and_come_back(pytester, settings):
    assert parsed(pytester, *options.words(settings)) == settings


def test_every_setting_but_the_cases_is_an_option(pytester):
    words = options.words(replace(CHANGED, cases="others"))
    assert parsed(pytester, *words) == CHANGED


def test_the_plugin_adds_no_option_that_a_project_may_have(pytester):
    pytester.makeconftest("def pytest_addoption(parser):\n    parser.addoption('--dtype')\n")
    group = pytester.parseconfig()._parser.getgroup("conformance")
    names = [name for option in group.options for name in option.names()]
    assert len(names) == 17
    assert [name for name in names if not name.startswith(options.PREFIX)] == []


def test_the_clone_takes_the_short_names_too():
    code = (
        "import sys, pytest\n"
        "class Shown:\n"
        "    def pytest_cmdline_main(self, config):\n"
        "        from conformance.run import options\n"
        "        print(options.words(options.settings(config)))\n"
        "        return 0\n"
        "sys.exit(pytest.main(sys.argv[1:], plugins=[Shown()]))"
    )
    short = "--implementation nowhere.py --report out --dtype float32 --shard 1/2 --isolate"
    short += " --operation relu --expect a.toml --timing --max-examples 3 --strict-conventions"
    short += " --call-timeout 2 --call-memory 32"
    done = subprocess.run(
        [sys.executable, "-c", code, *short.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    words = options.words(
        Settings(
            "nowhere.py",
            report="out",
            dtypes=("float32",),
            shard="1/2",
            isolate=True,
            operations=("relu",),
            expect="a.toml",
            timing=True,
            examples=3,
            strict=True,
            timeout=2.0,
            memory=32,
        )
    )
    assert done.stdout == f"{words}\n", done.stderr


def test_an_expression_chooses_as_in_pytest():
    ids = ["conv2d/value[float32]", "conv2d/gradient/x[float64]", "relu/value[float32]"]
    assert matching(ids, "") == ids
    assert matching(ids, "Conv2D and not gradient") == ids[:1]
    assert matching(ids, "value[float32]") == [ids[0], ids[2]]
    assert matching(ids, "pool") == []
