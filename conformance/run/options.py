"""The options that the plugin adds to pytest: settings as words of a command line, and back.

Each begins with --conformance-, so that it never collides with a project's own option. The clone
of this project takes the short names too. Nothing heavy is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.record.vocabulary import PROFILES
from conformance.run.settings import Settings

if TYPE_CHECKING:
    import pytest

PREFIX = "--conformance-"


class _Option(NamedTuple):
    """An option: its field of Settings, its short name if any, its help and pytest's keywords."""

    field: str
    short: str
    help: str
    how: dict[str, Any]


_OPTIONS = {
    "implementation": _Option(
        "implementation",
        "--implementation",
        "what to judge: path/to/file.py, package.module, or either with :attribute "
        "(default: the reference implementation)",
        {"metavar": "SPEC"},
    ),
    "report": _Option(
        "report",
        "--report",
        "where the record of the run is written (default: %(default)s)",
        {"metavar": "DIR", "default": Settings.report},
    ),
    "profile": _Option(
        "profile",
        "",
        "how many structures each check draws (default: %(default)s)",
        {"choices": tuple(PROFILES), "default": Settings.profile},
    ),
    "seed": _Option(
        "seed",
        "",
        "draw other cases; the same number draws the same ones (default: %(default)s)",
        {"metavar": "N", "type": int, "default": Settings.seed},
    ),
    "examples": _Option(
        "examples",
        "--max-examples",
        "structures each check draws, exactly",
        {"metavar": "N", "type": int},
    ),
    "strict": _Option(
        "strict",
        "--strict-conventions",
        "fail where a valid convention other than torch's is followed",
        {"action": "store_true"},
    ),
    "isolate": _Option(
        "isolate",
        "--isolate",
        "call the implementation in a process of its own, which may hang or crash",
        {"action": "store_true"},
    ),
    "timeout": _Option(
        "timeout",
        "--call-timeout",
        "seconds of processor time that one call may use in a process of its own "
        "(default: %(default)s)",
        {"metavar": "S", "type": float, "default": Settings.timeout},
    ),
    "memory": _Option(
        "memory",
        "--call-memory",
        "memory that calls may take in a process of its own, beyond what is there after the "
        "import (default: %(default)s)",
        {"metavar": "MIB", "type": int, "default": Settings.memory},
    ),
    "expect": _Option(
        "expect",
        "--expect",
        "checks that are known to fail, by pattern of id, each with its reason",
        {"metavar": "TOML", "default": ""},
    ),
    "operation": _Option(
        "operations",
        "--operation",
        "only this operation, section of claims, or claim; may be given several times",
        {"metavar": "NAME", "action": "append", "default": []},
    ),
    "dtype": _Option(
        "dtypes",
        "--dtype",
        "only checks in this dtype; may be given several times",
        {"metavar": "DTYPE", "action": "append", "default": []},
    ),
    "shard": _Option(
        "shard",
        "--shard",
        "only this part of the checks and claims, such as 1/3",
        {"metavar": "I/N"},
    ),
    "timing": _Option(
        "timing", "--timing", "print where the time of the checks went", {"action": "store_true"}
    ),
}


def add(parser: pytest.Parser) -> None:
    """Add the options to pytest's parser."""
    for name, option in _OPTIONS.items():
        _add(parser, PREFIX + name, name, option.help)


def add_short(parser: pytest.Parser) -> None:
    """Add the short names of the same options to pytest's parser."""
    for name, option in _OPTIONS.items():
        if option.short:
            _add(parser, option.short, name, f"short for {PREFIX}{name}")


def _add(parser: pytest.Parser, spelling: str, name: str, words: str) -> None:
    group = parser.getgroup("conformance", "conformance of neural-network operations")
    target = f"conformance_{name}"
    group.addoption(spelling, dest=target, help=words, **_OPTIONS[name].how)


def named(config: pytest.Config) -> str | None:
    """Return the implementation that the command line names; None where it names none."""
    implementation: str | None = config.getoption(f"{PREFIX}implementation")
    return implementation


def settings(config: pytest.Config) -> Settings:
    """Return the settings that pytest's command line gives."""
    fields: dict[str, Any] = {"implementation": named(config) or Settings.implementation}
    for name, option in _OPTIONS.items():
        value = config.getoption(PREFIX + name)
        fields.setdefault(option.field, tuple(value) if isinstance(value, list) else value)
    return Settings(**fields)


def words(settings: Settings) -> list[str]:
    """Return the settings as words of a command line of pytest."""
    line = []
    for name, option in _OPTIONS.items():
        value = getattr(settings, option.field)
        if isinstance(value, bool):
            line += [PREFIX + name] * value
        elif isinstance(value, tuple):
            line += [f"{PREFIX}{name}={item}" for item in value]
        elif name == "implementation" or value != getattr(Settings, option.field):
            line.append(f"{PREFIX}{name}={value}")
    return line
