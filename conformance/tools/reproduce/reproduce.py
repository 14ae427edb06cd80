"""A counterexample as a script, or as a test, that needs no more than NumPy and perhaps torch.

What the script holds is the case itself, the truth with its bounds, and a few lines that compare:
the verdict of it is that of the check, in code that a reader can follow.
"""

import re
from pathlib import Path

import jinja2

from conformance.bounds.floats import FORMATS
from conformance.record.file import Line
from conformance.run.run import Run
from conformance.spec.check import Check
from conformance.tools.replay.replay import ReplayError
from conformance.tools.reproduce.reproduction import Reproduction

_TEMPLATES = Path(__file__).parent / "templates"


def check_of(line: Line) -> Check:
    """The check of a line, found without importing what was judged.

    Raises:
        ReplayError: where no script can stand for it.
    """
    name, dtype = line["id"], str(line.get("dtype"))
    if line["type"] == "claim":
        raise ReplayError(f"{name} is a claim about formulas, not a check of code: replay it")
    # The reference's own dtypes say nothing of those that were judged.
    known = Run().checks.get(name.replace(f"[{dtype}]", "[float64]"))
    if known is None or dtype not in FORMATS:
        raise ReplayError(f"{name} is no check of this version; run the suite again")
    if known.operation.network is not None:
        raise ReplayError(f"{name} is about many calls, each on what came before: replay it")
    return Check(known.operation, known.kind, known.argument, dtype)


def script(line: Line, spec: str, file: str = "reproduce.py") -> str:
    """A script of its own, which ends with 1 while the implementation is wrong.

    `spec` is the implementation as `run` takes it; `file` is what the script will be called.

    Raises:
        ReplayError: where no script can stand for the check.
    """
    file = file if re.fullmatch(r"[\w.-]+", file) else "reproduce.py"
    return _rendered("script.jinja", _made(line, spec), file=file)


def test(line: Line, spec: str) -> str:
    """The same as a test for pytest.

    Raises:
        ReplayError: where no test can stand for the check.
    """
    return _rendered("test.jinja", _made(line, spec))


def _made(line: Line, spec: str) -> Reproduction:
    check, stored = check_of(line), line["counterexample"]
    names = [name for name in stored["parameters"] if not name.isidentifier()]
    rules = {None, *(one.name for one in check.operation.refusals)}
    if names or stored.get("refusal") not in rules:
        what = f"parameter {names[0]!r}" if names else f"refusal {stored['refusal']!r}"
        raise ReplayError(f"{check.id} has no {what} in this version; run the suite again")
    return Reproduction(check, line, spec)


def _rendered(template: str, reproduction: Reproduction, **options: str) -> str:
    """The template filled in.

    Raises:
        ReplayError: the case is none that can be computed, as one edited by hand may be.
    """
    try:
        return _filled(template, reproduction, **options)
    except ReplayError:
        raise
    except Exception as error:
        raise ReplayError(
            f"{reproduction.id}: its counterexample cannot be written down "
            f"({type(error).__name__}: {error}). Run the suite again."
        ) from error


def _filled(template: str, reproduction: Reproduction, **options: str) -> str:
    environment = jinja2.Environment(  # noqa: S701 - Python is escaped by repr, not as HTML
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    rendered = environment.get_template(template).render(r=reproduction, **options)
    return re.sub(r"\n{4,}", "\n\n\n", rendered).rstrip("\n") + "\n"
