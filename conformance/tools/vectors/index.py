"""index.json: which cases there are, which tensors they consist of, and which results are due."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from conformance.record.rules import (
    ANYTHING,
    INTEGER,
    POSITION,
    TEXT,
    TEXTS,
    about,
    list_of,
    object_of,
    objection,
    one_of,
    or_null,
    rule_of,
)

FORMAT = 1
FILE = "index.json"
SWEEPS = ("ordinary", "special", "edge", "control")
_TENSOR = TEXT | about("The name of a tensor in the case's file.")
_ARGUMENT = object_of(
    "an argument (name, tensors)",
    {
        "name": TEXT,
        "tensors": list_of("a list of texts", _TENSOR)
        | about("The tensor; or those of a list or tuple, in order."),
    },
    {"nesting": one_of(("list", "tuple")) | about("What the tensors are items of; null for one.")},
)
_RESULT = object_of(
    "a result that is due (tensor, argument, path, truth, bound)",
    {
        "tensor": TEXT | about("The name that the result has in RESULTS."),
        "argument": or_null(TEXT | about("The input whose gradient it is; null for the value.")),
        "path": POSITION | about("Which of several arrays that one function returns."),
        "truth": _TENSOR,
        "bound": _TENSOR,
    },
    {"low": TEXT | about("The tensor to be added to the truth; null where it is exact.")},
)
_CASE = object_of(
    "a case (id, operation, dtype, sweep, file, inputs, parameters, results)",
    {
        "id": TEXT,
        "operation": TEXT,
        "dtype": TEXT,
        "sweep": one_of(SWEEPS)
        | about("What is tried: ordinary or special numbers, empty axes; or a control of these."),
        "file": TEXT | about("The file of its tensors, beside the index."),
        "inputs": list_of("a list of arguments", _ARGUMENT),
        "parameters": rule_of("an object", type="object", additionalProperties=ANYTHING)
        | about("Keyword parameters: a number, a pair of numbers, a text, true, false or null."),
        "results": list_of("a list of results", _RESULT),
    },
    {"grad_output": _ARGUMENT | about("The upstream gradient; null where there is no gradient.")},
)
INDEX = object_of(
    "an index of vectors (format, versions, profile, seed, cases)",
    {
        "format": rule_of(str(FORMAT), const=FORMAT),
        "versions": TEXTS | about("Of Python and of each package that counts."),
        "profile": TEXT | about("How many structures each check drew."),
        "seed": INTEGER,
        "cases": list_of("a list of cases", _CASE),
    },
)


class VectorsError(ValueError):
    """Vectors, or results of them, that cannot be judged, and why."""


class Index(NamedTuple):
    """An index that was read, and its directory."""

    folder: Path
    content: dict[str, Any]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of index.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:nn-conformance:vectors:{FORMAT}",
        "description": "What stands in the files of a directory that nn-conformance vectors wrote.",
        **INDEX,
    }


def write(folder: Path, content: dict[str, Any]) -> None:
    """Write the index of a directory."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / FILE).write_text(f"{text}\n", encoding="utf-8", newline="\n")


def read(folder: Path) -> Index:
    """Read the index of a directory.

    Raises:
        VectorsError: there is none, or it breaks a rule.
    """
    path = folder / FILE
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
    except (ValueError, RecursionError) as error:
        why = f"is no JSON: {error}"
    else:
        why = objection(content, INDEX, "" if isinstance(content, dict) else "it")
        if not why:
            return Index(folder, content)
    raise VectorsError(
        f"{path}: {why}. Give a directory that `nn-conformance vectors` wrote with --output."
    )
