"""The options that the plugin adds to pytest: settings as words of a command line, and back.

Each begins with --conformance-, so that it never collides with a project's own option. The clone
of this project takes the short names too: its pytest settings alone load this module as a plugin.
Nothing heavy is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.record.vocabulary import PROFILES
from conformance.run.settings import Settings

if TYPE_CHECKING:
    import pytest

PREFIX = "--conformance-"


_FLAG: dict[str, Any] = {"action": "store_true"}
# Of each option its help, and pytest's other keywords.
_OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "implementation": (
        (
            "what to judge: path/to/file.py, package.module, or either with :attribute "
            "(default: the reference implementation)"
        ),
        {"metavar": "SPEC"},
    ),
    "command": (
        (
            "the command line of a program of any language that is judged instead: it answers on "
            "its standard output, as docs/protocol.md tells"
        ),
        {"metavar": "LINE", "default": ""},
    ),
    "report": (
        "where the record of the run is written (default: %(default)s)",
        {"metavar": "DIR", "default": Settings.report},
    ),
    "profile": (
        "how many structures each check draws (default: %(default)s)",
        {"choices": tuple(PROFILES), "default": Settings.profile},
    ),
    "seed": (
        "draw other cases; the same number draws the same ones (default: %(default)s)",
        {"metavar": "N", "type": int, "default": Settings.seed},
    ),
    "examples": ("structures each check draws, exactly", {"metavar": "N", "type": int}),
    "strict": (
        "fail where another convention than torch's is followed, or bad input is accepted",
        _FLAG,
    ),
    "tensors": (
        "the library whose arrays the code takes: torch, jax, or one of the array API standard",
        {"metavar": "LIBRARY", "default": ""},
    ),
    "device": ("where torch's tensors are, such as cuda", {"metavar": "DEVICE", "default": ""}),
    "isolate": ("call the implementation in a process of its own, which may hang or crash", _FLAG),
    "timeout": (
        (
            "seconds of processor time that one call may use in a process of its own "
            "(default: %(default)s)"
        ),
        {"metavar": "S", "type": float, "default": Settings.timeout},
    ),
    "memory": (
        (
            "memory that calls may take in a process of its own, beyond what is there after the "
            "import (default: %(default)s)"
        ),
        {"metavar": "MIB", "type": int, "default": Settings.memory},
    ),
    "expect": (
        "checks that are known to fail, by pattern of id, each with its reason",
        {"metavar": "TOML", "default": ""},
    ),
    "operation": (
        "only this operation, section of claims, or claim; may be given several times",
        {"metavar": "NAME", "action": "append", "default": []},
    ),
    "dtype": (
        "only checks in this dtype; may be given several times",
        {"metavar": "DTYPE", "action": "append", "default": []},
    ),
    "shard": ("only this part of the checks and claims, such as 1/3", {"metavar": "I/N"}),
    "timing": ("print where the time of the checks went", _FLAG),
}
# Fields of Settings that are not called as their option is.
_FIELDS = {"operation": "operations", "dtype": "dtypes"}
# Short names that are not called so either; None for an option that has none.
_SHORT = {
    "profile": None,
    "seed": None,
    "examples": "max-examples",
    "strict": "strict-conventions",
    "timeout": "call-timeout",
    "memory": "call-memory",
}


def add(parser: pytest.Parser) -> None:
    """Add the options to pytest's parser."""
    for name, (words, _) in _OPTIONS.items():
        _add(parser, PREFIX + name, name, words)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the short names of the same options, where this module is loaded as a plugin."""
    for name in _OPTIONS:
        if short := _SHORT.get(name, name):
            _add(parser, f"--{short}", name, f"short for {PREFIX}{name}")


def _add(parser: pytest.Parser, spelling: str, name: str, words: str) -> None:
    group = parser.getgroup("conformance", "conformance of neural-network operations")
    target = f"conformance_{name}"
    group.addoption(spelling, dest=target, help=words, **_OPTIONS[name][1])


def named(config: pytest.Config) -> str | None:
    """Return the code that the command line names; None where it names none."""
    name: str | None = config.getoption(f"{PREFIX}command") or _implementation(config)
    return name


def _implementation(config: pytest.Config) -> str | None:
    implementation: str | None = config.getoption(f"{PREFIX}implementation")
    return implementation


def settings(config: pytest.Config) -> Settings:
    """Return the settings that pytest's command line gives."""
    fields: dict[str, Any] = {"implementation": _implementation(config) or Settings.implementation}
    for name in _OPTIONS:
        value = config.getoption(PREFIX + name)
        value = tuple(value) if isinstance(value, list) else value
        fields.setdefault(_FIELDS.get(name, name), value)
    return Settings(**fields)


def words(settings: Settings) -> list[str]:
    """Return the settings as words of a command line of pytest."""
    line = []
    for name in _OPTIONS:
        field = _FIELDS.get(name, name)
        value = getattr(settings, field)
        if isinstance(value, bool):
            line += [PREFIX + name] * value
        elif isinstance(value, tuple):
            line += [f"{PREFIX}{name}={item}" for item in value]
        elif name == "implementation" or value != getattr(Settings, field):
            line.append(f"{PREFIX}{name}={value}")
    return line
