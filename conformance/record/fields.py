"""One line of the run's record: which fields it has and what each may hold.

The rules stand here once, as a JSON Schema in short form: `schema` returns it whole, and `checked`
holds a line to it. Numbers that are not finite are the strings "nan", "inf" and "-inf"; a field
that may be null and is not given is null, so that lines of one type have the same fields in the
same order.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from conformance.record.rules import (
    ANYTHING,
    BOOLEAN,
    COUNT,
    INTEGER,
    MAP,
    NUMBER,
    POSITION,
    SENTENCES,
    SHARE,
    TEXT,
    TEXTS,
    RecordError,
    Rule,
    about,
    list_of,
    object_of,
    objection,
    one_of,
    or_null,
    rule_of,
    strict,
)
from conformance.record.vocabulary import ClaimVerdict, Kind, Reason, Verdict

FORMAT = 1
# Upper edges of the classes that errors, as shares of their bounds, are counted in: none at all,
# then by powers of two up to the bound; what lies beyond it comes last.
ERROR_EDGES = (0.0, *(2.0**k for k in range(-8, 1)))

Line: TypeAlias = Mapping[str, Any]


_LATEX = TEXT | about("The formula in LaTeX.")
_COUNTEREXAMPLE = object_of(
    "a counterexample (inputs, parameters, expected, actual, bound, index, message)",
    {
        "inputs": MAP | about("Each input by name, as a nested list."),
        "parameters": MAP | about("Each keyword parameter by name."),
        "expected": ANYTHING | about("The right result."),
        "actual": ANYTHING | about("What came instead."),
        "bound": ANYTHING | about("How far from 'expected' a correct computation may lie."),
        "index": or_null(POSITION | about("The position of the worst element.")),
        "message": or_null(TEXT | about("What is wrong, in words.")),
    },
    {
        "layouts": MAP | about("The layout in memory of each input that is not contiguous."),
        "shapes": MAP | about("Shape and dtype of each input: nested lists lose empty axes."),
        "refusal": TEXT | about("The rule that the inputs break on purpose."),
        "output": POSITION | about("The path to the output that has the worst element."),
        "terms": MAP
        | about(
            "On which elements of which inputs the worst element depends: 'elements', lists of "
            "positions by input; and 'products', the pairs of them that a sum of products "
            "multiplies, where it is one."
        ),
        "finding": MAP | about("What is wrong, as fields."),
        "replay": TEXT | about("Of older records: a command. It is not read."),
    },
)
_MISTAKE = object_of(
    "a mistake (id, sentence, hint)",
    {
        "id": TEXT,
        "sentence": TEXT | about("What is wrong."),
        "hint": TEXT | about("What to look at, without the answer."),
    },
    {
        "agreement": SHARE
        | about("In which share of the cases that tell it the two behave alike; null for all.")
    },
)
_DIAGNOSIS = object_of(
    "a diagnosis (mistakes, findings)",
    {
        "mistakes": list_of("a list of mistakes", _MISTAKE)
        | about("Known mistakes that behave as the implementation does, the likeliest first."),
        "findings": SENTENCES | about("What can be said of the wrong results in words."),
    },
    {
        "hints": SENTENCES | about("The findings that do not give the right result away."),
        "of_value": BOOLEAN
        | about("Whether a wrong gradient is that of the wrong value which the function returns."),
    },
)
_READING = object_of(
    "a reading (reading, condition, holds, cases, counterexample)",
    {
        "reading": or_null(TEXT | about("What the symbols are taken to mean.")),
        "condition": or_null(TEXT | about("What else is fixed, such as the loss.")),
        "holds": BOOLEAN | about("Whether every case agreed."),
        "cases": COUNT,
        "counterexample": or_null(_COUNTEREXAMPLE),
    },
)
_DOCUMENT = object_of(
    "a document (title, english, author, language, headings, legend, claims)",
    {
        "title": TEXT | about("The title, in the document's language."),
        "english": TEXT | about("The title in English."),
        "author": TEXT,
        "language": TEXT | about("The language's code, such as zh."),
        "headings": list_of(
            "a list of headings",
            object_of(
                "a heading (number, title, english)",
                {"number": TEXT, "title": TEXT, "english": TEXT},
            ),
        ),
        "legend": TEXT | about("What the letters of its claims mean."),
        "claims": list_of("a list of ids", TEXT) | about("Its claims in their order."),
    },
) | about("The document whose claims were tried.")
_CHECK_NAME = {
    "operation": TEXT,
    "check": one_of(Kind) | about("The kind of check."),
    "argument": TEXT | about("The input whose gradient, or the question that, is judged."),
    "dtype": TEXT,
}
_CLAIM_NAME = {
    "section": TEXT | about("The section of the document that says it."),
    "name": TEXT | about("The id without its section."),
}
NAME = (*_CHECK_NAME, *_CLAIM_NAME)
"""The fields that say what a line is about: of a check the first four, of a claim the others."""


def _line(kind: str, fields: Mapping[str, Rule], extra: Mapping[str, Rule] | None = None) -> Rule:
    return object_of(f"a line of type {kind}", {"type": rule_of(kind, const=kind), **fields}, extra)


_LINES = {
    # What a header says of the machine and the run may grow; every other line is closed.
    "header": _line(
        "header",
        {
            "format": rule_of(str(FORMAT), const=FORMAT),
            "versions": TEXTS | about("Of Python and of each package that counts."),
            "seed": INTEGER,
            "cpu": TEXT,
            "threads": COUNT | about("Threads of one process, for torch and NumPy."),
            "implementation": TEXT
            | about("As it was given: a path, a module, or the name of an object."),
            "profile": TEXT | about("How many structures each check drew."),
            "started": TEXT | about("Date and time, in UTC."),
        },
        {
            "shard": TEXT | about("Which part of a run this is, such as 1/3; null for all."),
            "message": TEXT | about("Why the implementation could not be loaded."),
            "tensors": TEXT | about("The library whose arrays it was given; null for NumPy."),
            "device": TEXT | about("Where its tensors were; null for the CPU."),
            "isolated": BOOLEAN | about("Whether it was called in a process of its own."),
            "command": BOOLEAN | about("Whether it was a program, started by this command line."),
            "vectors": TEXT | about("The directory of the cases whose recorded results these are."),
            "at_hand": BOOLEAN | about("Whether it was an object, which no command finds."),
            "document": _DOCUMENT,
        },
    )
    | {"additionalProperties": {}},
    "check": _line(
        "check",
        {
            "id": TEXT,
            **_CHECK_NAME,
            "argument": or_null(_CHECK_NAME["argument"]),
            "dtype": or_null(TEXT),
            "verdict": one_of(Verdict),
            "cases": COUNT | about("How many cases were judged."),
            "elements": COUNT | about("How many numbers were judged."),
            "exact_share": or_null(SHARE | about("The share of elements judged exactly.")),
            "unjudged_share": or_null(SHARE | about("The share of elements without a bound.")),
            "worst_ratio": or_null(NUMBER | about("The largest error as a share of its bound.")),
            "worst_ulp": or_null(NUMBER | about("Its size in units in the last place.")),
            "torch_worst_ratio": or_null(NUMBER | about("torch's own on the same cases.")),
            "counterexample": or_null(_COUNTEREXAMPLE | about("The smallest failing case found.")),
        },
        {
            "formula": TEXT | about("The operation's formula."),
            "latex": _LATEX,
            "family": TEXT | about("The heading that the operation stands under."),
            "convention": TEXT | about("The other convention, where that is the verdict."),
            "further": list_of("a list of counterexamples", _COUNTEREXAMPLE)
            | about("A case of each other way of failing."),
            "coverage": object_of(
                "a coverage (offered, missing)",
                {
                    "offered": SENTENCES | about("Features of calls that are offered."),
                    "missing": SENTENCES | about("Features that are not."),
                },
            )
            | about("What is offered of the function, where it is a part."),
            "axes": SENTENCES
            | about("The orders of axes in which it was called, as it declares: nhwc, hwio."),
            "declined": COUNT | about("How many cases the implementation does not offer."),
            "message": TEXT | about("What is wrong, or why there is no result."),
            "torch_defect": _COUNTEREXAMPLE
            | about("A case in which torch's own result leaves the bound."),
            "diagnosis": _DIAGNOSIS | about("What a failure looks like."),
            "errors": list_of(
                "a count for each class of errors",
                COUNT,
                minItems=len(ERROR_EDGES) + 1,
                maxItems=len(ERROR_EDGES) + 1,
            )
            | about(
                "How many judged elements have which error as a share of their bound: none, at "
                "most 2^-8, 2^-7, … 1, more."
            ),
            "seconds": NUMBER,
            "stale": BOOLEAN | about("Whether it passed although it was expected to fail."),
        },
    ),
    "claim": _line(
        "claim",
        {
            "id": TEXT,
            "section": _CLAIM_NAME["section"],
            "verdict": one_of(ClaimVerdict),
            "readings": list_of("a list of readings", _READING) | about("Its truth table."),
        },
        {
            "formula": TEXT | about("As the document has it."),
            "latex": _LATEX,
            "message": TEXT
            | about("What is wrong in the first row that does not hold, or why nothing was run."),
            "source": TEXT | about("What it is held against."),
            "seconds": NUMBER,
            "name": _CLAIM_NAME["name"],
            "statement": TEXT | about("What the document says, in one sentence of our own."),
        },
    ),
    "not selected": _line(
        "not selected",
        {"id": TEXT, "reason": one_of(Reason)},
        {
            "message": TEXT | about("Why, where it is known."),
            **_CHECK_NAME,
            **_CLAIM_NAME,
        },
    ),
    "footer": _line(
        "footer",
        {
            "checks": object_of("a count for each verdict", dict.fromkeys(Verdict, COUNT)),
            "claims": object_of("a count for each verdict", dict.fromkeys(ClaimVerdict, COUNT)),
            "not_selected": COUNT | about("How many did not run."),
            "seconds": NUMBER,
            "complete": BOOLEAN | about("Whether the run came to its end by itself."),
        },
    ),
}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a line, whatever its type."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:nn-conformance:record:{FORMAT}",
        "title": "One line of a conformance record",
        "description": "A record is JSON Lines: a header, then checks, claims and tests that did "
        "not run, sorted by id, then a footer. Two runs on one machine differ only in 'started' "
        "and 'seconds'.",
        "oneOf": list(_LINES.values()),
    }


def header(**fields: object) -> Line:
    """Return the first line: versions, seed, cpu, threads, implementation, profile, started, …."""
    return _built("header", {"format": FORMAT, **fields})


def check(**fields: object) -> Line:
    """Return a check's line. A convention's name goes into `convention`."""
    return _built("check", fields)


def claim(**fields: object) -> Line:
    """Return a claim's line, with its truth table in `readings`."""
    return _built("claim", fields)


def not_selected(**fields: object) -> Line:
    """Return the line of a check or claim that did not run: its id and name, reason, message."""
    return _built("not selected", fields)


def counterexample(**fields: object) -> dict[str, Any]:
    """Return a counterexample; of the fields that are required, those not given are null."""
    owed = dict.fromkeys(_COUNTEREXAMPLE["required"])
    given = {**owed, "inputs": {}, "parameters": {}, **fields}
    whole: dict[str, Any] = strict(given, "counterexample")
    if wrong := objection(whole, _COUNTEREXAMPLE):
        raise RecordError(f"counterexample: {wrong}")
    return whole


def footer(lines: Iterable[Line], *, seconds: float, complete: bool) -> Line:
    """Return the last line: how many of each verdict, how many not selected, how long.

    `complete` says that the run came to its end by itself; an interrupted one is not complete.
    """
    return _built("footer", {**tally(lines), "seconds": seconds, "complete": complete})


def tally(lines: Iterable[Line]) -> dict[str, Any]:
    """Return how many lines have each verdict: what a footer must say."""
    verdicts = Counter((line["type"], line.get("verdict")) for line in lines)
    return {
        "checks": {str(word): verdicts["check", word] for word in Verdict},
        "claims": {str(word): verdicts["claim", word] for word in ClaimVerdict},
        "not_selected": verdicts["not selected", None],
    }


def _built(kind: str, fields: Mapping[str, object]) -> Line:
    nothing = dict.fromkeys(_LINES[kind]["properties"])
    return checked({**nothing, "type": kind, **fields})


def checked(fields: object) -> Line:
    """Return the line with its fields in their fixed order.

    Raises:
        RecordError: naming the line, the field, its value, and the rule that it breaks.
    """
    kind = fields.get("type") if isinstance(fields, Mapping) else None
    if not isinstance(fields, Mapping) or not isinstance(kind, str) or kind not in _LINES:
        raise RecordError(f"type is {kind!r}; a line is an object of type {', '.join(_LINES)}")
    name = f"{kind} {fields['id']}" if isinstance(fields.get("id"), str) else kind
    given: dict[str, Any] = strict(fields, name)
    if wrong := objection(given, _LINES[kind]):
        raise RecordError(f"{name}: {wrong}")
    return {**{field: given.get(field) for field in _LINES[kind]["properties"]}, **given}
