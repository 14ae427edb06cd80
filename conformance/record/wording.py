"""Say in words what is wrong, with or without the true value. Nothing else words a finding.

A finding is plain data (`Finding.fields`), so that the judge, a record and every view of it say
the same. `message` shows the true value; with `truth=False` it shows neither the value nor the
distance from it, for whoever is graded or learns. `key` tells one way of failing from another.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conformance.record.vocabulary import Problem

Fields = Mapping[str, Any]


def message(finding: Fields, *, truth: bool = True) -> str:
    """Return what is wrong, in one line; empty where nothing is.

    Args:
        finding: the fields of a finding, or of a finding in a record.
        truth: show the true value, and the distance from it.
    """
    problem = Problem(finding.get("problem", ""))
    return _WORDS[problem](finding, truth) if problem else ""


def key(finding: Fields) -> tuple[Any, ...]:
    """Return what two findings share that fail in the same way, whatever their numbers.

    Shapes and dtypes count as numbers here; the kind of an exception does not.
    """
    parts = ("problem", "subject", "what", "names")
    return (*(_hashable(finding.get(name)) for name in parts), *_form(finding))


def _form(finding: Fields) -> tuple[Any, ...]:
    """Return the flaw, the output that has it, and the kind of object that came instead."""
    flaw = finding.get("flaw", "")
    came = finding.get("actual") if flaw == "kind" else None
    return flaw, _hashable(finding.get("output")), came


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value


def subject_name(subject: Sequence[str | None]) -> str:
    """Return what a finding is about: the result, the gradient of x, a call of a network."""
    noun, argument, call = subject
    if argument is None:
        return call or f"the {noun}"
    return f"{call}'s gradient of {argument}" if call else f"the gradient of {argument}"


def _subject(finding: Fields) -> str:
    return subject_name(finding["subject"])


def _output(finding: Fields) -> str:
    return f"{_subject(finding)}{output_path(finding.get('output') or ())}"


def output_path(output: Sequence[int]) -> str:
    """Return a path through nested outputs as it is written in code: [0][1]."""
    return "".join(f"[{position}]" for position in output)


def _wrong(finding: Fields, truth: bool) -> str:  # noqa: FBT001 - every wording has this signature
    """Say how the result differs: in its kind, nesting, shape or dtype, or in an element."""
    if finding["flaw"] in {"value", "class"}:
        return _element(finding, truth=truth)
    return f"{_output(finding)} {_form_words(finding)}"


def _form_words(finding: Fields) -> str:
    """Say how the result differs in kind, nesting, shape or dtype."""
    flaw, actual, expected = finding["flaw"], finding["actual"], finding["expected"]
    if flaw == "structure" and isinstance(actual, int):
        return f"has {actual} entries where {expected} are due"
    if flaw == "structure":
        return f"is {actual}, not a tuple or list of {expected}"
    if flaw == "shape":
        return f"has shape {tuple(actual)}, not {tuple(expected)}"
    return f"is {actual}, not {expected or 'a NumPy array'}"


def _element(finding: Fields, *, truth: bool) -> str:
    """Say what the worst element is, and what it should be."""
    index = tuple(finding["index"])
    name = f"element {index} of {_output(finding)}" if index else _output(finding)
    came = f"{name} is {_number(finding['actual'], finding)}"
    if not truth:
        return f"{came}, which is wrong"
    return f"{came}, the truth {_number(finding['expected'], finding)}{_distance(finding)}"


def _distance(finding: Fields) -> str:
    """Say by how much a number is off, and how much the bound allows; nothing if not finite."""
    off_by, allowed, unit = finding["off_by"], finding["allowed"], finding["unit"]
    if finding["flaw"] == "class":
        return ""
    if allowed == 0:
        return "; on these inputs no rounding occurs, so it must be equal"
    if off_by is None:
        return f": {float(finding['ratio']):.3g} × the bound"
    scale, name = (unit, " ulp") if unit else (1.0, "")
    apart = f"{float(off_by) / scale:.3g}{name}"
    bound = f"{float(allowed) / scale:.3g}{name}"
    return f": off by {apart} = {float(finding['ratio']):.3g} × the bound of {bound}"


def _number(value: Any, finding: Fields) -> str:
    # In a record NaN and infinities are texts.
    return f"{float(value):.{finding['digits']}g}"


def _exception(finding: Fields) -> str:
    """Return an exception's type and message."""
    return ": ".join(filter(None, (finding["what"], finding["detail"])))


def _unlike(finding: Fields, truth: bool) -> str:  # noqa: FBT001
    """Say what a formula of the document gives, and what is right; no bound, for it is far off."""
    flaw, output = finding["flaw"], list(finding.get("output") or ())
    names, subject = list(finding["names"]), _subject(finding)
    if len(names) > 1 and output:
        names = [names[output.pop(0)]]
    part = f"{names[0]}{output_path(output)}" if names else output_path(output)
    if flaw not in {"value", "class"}:
        return f"{part or subject} {_form_words(finding)}"
    index = tuple(finding["index"])
    where = ", ".join(filter(None, [part, f"element {index}" if index else ""]))
    gives = f"{subject} gives {_number(finding['actual'], finding)}"
    right = f", and {_number(finding['expected'], finding)} is right" if truth else ""
    return f"{where}: {gives}{right}" if where else f"{gives}{right}"


def _claimed(finding: Fields, truth: bool) -> str:  # noqa: FBT001
    """Return a claim's own words, before those of the comparison where it made one."""
    words = str(finding["detail"])
    return words if finding.get("actual") is None else f"{words}: {_wrong(finding, truth)}"


# What each problem is called. The argument `truth` matters only where numbers are compared.
_WORDS: dict[Problem, Callable[[Fields, bool], str]] = {
    Problem.WRONG: _wrong,
    Problem.RAISED: lambda f, _: f"{_subject(f)} raised {_exception(f)}",
    Problem.WARNED: lambda f, _: (
        f"{_subject(f)} is right, but gave a spurious warning: {f['detail']}"
    ),
    Problem.ACCEPTED: lambda f, _: f"accepted bad input: {f['what']}",
    Problem.ABRUPT: lambda f, _: (
        f"refused bad input with {_exception(f)}, which is no ordinary exception"
    ),
    Problem.CHANGED: lambda f, _: f"{f['what']} changed {' and '.join(f['names'])}",
    Problem.ANOTHER_RESULT: lambda f, _: (
        f"{f['what']} gave another result when called again with the same inputs"
    ),
    Problem.OVERWROTE: lambda f, _: (
        f"{f['what']} overwrote the result that an earlier call had returned"
    ),
    Problem.RAISED_AGAIN: lambda f, _: f"{f['what']} raised {f['detail']} when called again",
    Problem.WRITTEN_TO: lambda f, _: f"{_subject(f)} was written to by a later call",
    Problem.ENDED: lambda f, _: f"{_subject(f)}: {f['detail']}",
    Problem.ENDED_EARLY: lambda f, _: str(f["detail"]),
    Problem.ABSENT: lambda f, _: f"{f['what']} is not provided",
    Problem.NOT_IMPLEMENTED: lambda f, _: _exception(f),
    Problem.RETURNED_NONE: lambda f, _: f"{_subject(f)} is returned as None",
    Problem.NO_ANSWER: lambda f, truth: (
        f"{_wrong(f, truth)}; no valid answer to {f['what']} ({', '.join(f['names'])}) gives this"
    ),
    Problem.NO_ONE_CONVENTION: lambda _f, _: "follows no one convention throughout",
    Problem.SUSPECT: lambda f, truth: (
        f"the case is suspect: torch lies outside the bound too. {_wrong(f, truth)}"
    ),
    Problem.TORCH_ACCEPTS: lambda f, _: (
        f"the case is suspect: torch accepts what should break the rule that {f['what']}"
    ),
    Problem.TORCH_DIFFERS: lambda f, truth: (
        f"the case is suspect: torch does not follow {f['what']}. {_wrong(f, truth)}"
    ),
    Problem.VACUOUS: lambda _f, _: "no element was judged: the check is vacuous",
    Problem.CLAIM: _claimed,
    Problem.UNLIKE: _unlike,
    Problem.GIVEN_UP: lambda _f, _: "given up: an earlier call did not come back",
    Problem.CONTROL: lambda f, _: f"{_subject(f)} is not judged here: {f['detail']}",
    Problem.OUTSIDE: lambda f, _: str(f["detail"] or "outside the universe of the claim"),
}
