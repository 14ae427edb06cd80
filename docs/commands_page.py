"""Write docs/commands.md: every command of nn-conformance, as its --help tells it.

python docs/commands_page.py
"""

import inspect
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple, Self

from typer.models import ArgumentInfo, CommandInfo
from typer.utils import get_params_from_function

from conformance.__main__ import app
from conformance.run import options

PAGE = Path(__file__).parent / "commands.md"
HEAD = """\
# The commands

Made from `--help` by `python docs/commands_page.py`; a test holds it up to date.
"""
PYTEST = """\
## Options of pytest

The plugin adds these to pytest. In a clone of this project most of them have a short name too, such
as `--implementation`; `pytest --help` lists them.
"""
_VALUES = {str: "TEXT", int: "N", float: "X"}


class Parameter(NamedTuple):
    """One argument or option of a command, as the page shows it."""

    is_argument: bool
    spelling: str
    words: str
    default: str
    is_required: bool


def page() -> str:
    """Return the text of docs/commands.md."""
    parts = [HEAD, f"{_prose(app.info.help)}\n"]
    panel = ""
    for command in app.registered_commands:
        if command.rich_help_panel != panel:
            panel = command.rich_help_panel
            parts.append(f"## {panel}\n")
        parts.extend(_command(command))
    if own := _own_options():
        parts += ["## Options without a command\n", _table("option", own)]
    parts += [PYTEST, _table("option", [*pytest_options(options.add).values()])]
    return "\n".join(parts)


def name_of(command: CommandInfo) -> str:
    """Return the name by which a command is called."""
    return command.name or command.callback.__name__


def parameters(callback: Any) -> list[Parameter]:
    """Return the arguments and options of a command's function, in the order of its --help."""
    return [_parameter(one) for one in get_params_from_function(callback).values()]


def _own_options() -> list[Parameter]:
    """Return the options of nn-conformance itself, such as --version."""
    callback = app.registered_callback and app.registered_callback.callback
    return parameters(callback) if callback else []


class _Recorder:
    """Takes the options that are added to pytest's parser, and keeps them."""

    def __init__(self) -> None:
        self.options: dict[str, Parameter] = {}

    def getgroup(self, *_names: str) -> Self:
        return self

    def addoption(self, spelling: str, **known: Any) -> None:
        words, default = known["help"].removesuffix(" (default: %(default)s)"), known.get("default")
        value = "|".join(known.get("choices", ())) or known.get("metavar", "")
        shown = "" if default in ("", None) or default == [] else str(default)
        name = f"{spelling} {value}".strip()
        self.options[spelling] = Parameter(False, name, words, shown, False)


def pytest_options(add: Any) -> dict[str, Parameter]:
    """Return the options that a function adds to pytest's parser, by name."""
    parser = _Recorder()
    add(parser)
    return parser.options


def _command(command: CommandInfo) -> Iterator[str]:
    """Yield the parts of one command: heading, usage, help, arguments, options."""
    known = parameters(command.callback)
    arguments = [one for one in known if one.is_argument]
    given = [one for one in known if not one.is_argument]
    words = [one.spelling if one.is_required else f"[{one.spelling}]" for one in arguments]
    usage = " ".join(["nn-conformance", name_of(command), *words, *["[OPTIONS]"][: len(given)]])
    yield f"### {name_of(command)}\n"
    yield f"```text\n{usage}\n```\n"
    yield f"{_prose(inspect.getdoc(command.callback))}\n"
    if arguments:
        yield _table("argument", arguments)
    if given:
        yield _table("option", given)


def _parameter(meta: Any) -> Parameter:
    info, kind = meta.default, meta.annotation
    is_argument = isinstance(info, ArgumentInfo)
    value = _value(info, kind, meta.name.upper() if is_argument else "")
    names = [one for one in info.param_decls or () if one.startswith("-")]
    words = [", ".join(names or [f"--{meta.name.replace('_', '-')}"])] * (not is_argument)
    return Parameter(
        is_argument,
        " ".join([*words, *([value] if value else [])]),
        info.help or "",
        _default(info),
        info.default is ...,
    )


def _value(info: Any, kind: Any, name: str) -> str:
    """Return how the value of a parameter is written in a usage line; empty for a flag."""
    kinds = {kind, *getattr(kind, "__args__", ())}
    if bool in kinds:
        return ""
    enums = [one for one in kinds if isinstance(one, type) and issubclass(one, Enum)]
    plain = next((words for one, words in _VALUES.items() if one in kinds), "TEXT")
    text = "|".join(enums[0]) if enums else str(info.metavar or name or plain)
    repeats = isinstance(info, ArgumentInfo) and "list" in str(kind)
    return text.removesuffix("...") + "..." * repeats


def _default(info: Any) -> str:
    """Return a parameter's default as --help shows it; empty where it shows none."""
    if isinstance(info.show_default, str):
        return info.show_default
    hidden = any(info.default is one for one in (None, False, "", ...))
    return "" if hidden else str(info.default)


def _table(title: str, rows: list[Parameter]) -> str:
    lines = [f"| {title} | what it is | default |", "|---|---|---|"]
    for one in rows:
        default = f"`{_cell(one.default)}`" if one.default else ""
        lines.append(f"| `{_cell(one.spelling)}` | {_cell(one.words)} | {default} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _prose(text: str | None) -> str:
    """Return a help text as Markdown: its examples as code, without rich's escapes."""
    paragraphs = [" ".join(part.split()) for part in (text or "").replace("\\[", "[").split("\n\n")]
    return "\n\n".join(re.sub(r"^Example: (.+)$", r"Example: `\1`", one) for one in paragraphs)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
