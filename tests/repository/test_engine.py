"""What holds for every module of the engine: facts are fields, functions are short, rooms are few.

A fact that only stands in a sentence is lost to whoever reads it back: the sentence is reworded,
and nobody notices. So no module takes a message apart. A finding has fields; `record.wording`
makes its message of them, and nothing goes the other way.
"""

import ast
from pathlib import Path

import pytest

from conformance.record import wording
from conformance.record.vocabulary import Problem

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "conformance"

# What is done to a text to read something out of it.
TAKES_APART = {
    *("endswith", "find", "index", "partition", "removeprefix", "removesuffix", "rfind", "rindex"),
    *("rpartition", "rsplit", "split", "startswith"),
}
RECOGNISES_NUMBERS = {"isdecimal", "isdigit", "isnumeric"}
# Names of what is a sentence, or several.
SENTENCES = {
    *("detail", "finding", "findings", "hint", "hints", "message", "messages", "remark", "remarks"),
    *("reason", "sentence", "sentences", "trouble", "words"),
}

# Where one of these is done, and why that reads no fact out of a sentence of ours.
ALLOWED = {
    "implementation/isolation/limits.py": "what ps prints is text",
    "implementation/load.py": "path/to/file.py:attribute is what a user writes",
    "record/older.py": "records of older versions have no fields",
    "report/claim_facts.py": "numbers of sections are sorted as numbers",
    "report/language.py": "a sentence of a record is looked up in a catalogue, to translate it",
    "report/script.py": "path/to/file.py:attribute is what a user writes",
    "run/machine.py": "/proc/cpuinfo is text",
    "tools/arguments.py": "-n 4 is what a user writes",
}


def names_in(node):
    """Names, attributes and keys that an expression mentions."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def is_sentence(node):
    return not SENTENCES.isdisjoint(names_in(node))


def is_colon(node):
    return isinstance(node, ast.Constant) and str(node.value).strip() == ":"


def reads_a_call(node):
    """Whether a call takes a sentence apart, parts a text at its colon, or recognises a number."""
    function = getattr(node, "func", None)
    if not isinstance(function, ast.Attribute):
        return False
    if isinstance(function.value, ast.Name) and function.value.id == "re":
        return any(map(is_sentence, node.args))
    if function.attr in TAKES_APART:
        return is_sentence(function.value) or any(map(is_colon, node.args[:1]))
    return function.attr in RECOGNISES_NUMBERS


def reads_a_comparison(node):
    """Whether some words are looked for in a sentence."""
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.In | ast.NotIn):
        return False
    words = isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
    within = node.comparators[0]
    is_text = isinstance(within, ast.Name | ast.Attribute | ast.Subscript)
    return words and is_text and is_sentence(within)


def readings(source):
    """The lines in which a module reads a fact out of a text."""
    for node in ast.walk(ast.parse(source)):
        if reads_a_call(node) or reads_a_comparison(node):
            yield f"{node.lineno}: {ast.unparse(node)}"


def sources(*folders):
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert paths
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in paths}


def test_no_module_reads_a_fact_out_of_a_sentence():
    read = {
        name.removeprefix("conformance/"): lines
        for name, source in sources("conformance").items()
        if (lines := list(readings(source)))
    }
    assert {name: lines for name, lines in read.items() if name not in ALLOWED} == {}
    assert set(read) == set(ALLOWED), "an exception that nothing needs any more"


@pytest.mark.parametrize(
    "source",
    [
        "line['message'].partition('the truth')",
        "str(line.get('message')).startswith('expected to fail')",
        "message.split(':')[0][:40]",
        "text.partition(': ')",
        "finding.message.removesuffix('.')",
        "re.findall('[0-9]+', check['message'])",
        "'raised' in message",
        "'raised' not in line['message']",
        "part.isdecimal()",
        "f(words.index('x'))",
    ],
)
def test_a_reading_is_seen(source):
    assert list(readings(source))


@pytest.mark.parametrize(
    "source",
    [
        "spec.partition('.')",
        "'message' in line",
        "message(finding, truth=False)",
        "name in {line['message'] for line in lines}",
        "' '.join(words)",
        "re.sub('nan', 'np.nan', number)",
    ],
)
def test_what_reads_nothing_is_let_be(source):
    assert not list(readings(source))


def functions(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # What is told of it beforehand is no code.
            told = (ast.get_docstring(node, clean=False) or "").count("\n")
            yield node.name, node.end_lineno - node.lineno + 1 - told


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{path}: {name} has {lines} lines"
        for path, source in sources("conformance", "cases", "reference_impl").items()
        for name, lines in functions(source)
        if lines > 45
    ]
    assert not long


def test_the_engine_shows_few_entries():
    entries = {path.name for path in ENGINE.iterdir()} - {"__pycache__"}
    assert len(entries) <= 16, sorted(entries)


def test_every_problem_has_words_and_is_found_by_a_judge_or_a_claim():
    assert set(wording._WORDS) == set(Problem) - {Problem.NONE}
    finders = sources("conformance/judge", "conformance/explain", "conformance/spec", "cases")
    mentioned = {
        node.attr
        for source in finders.values()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Problem"
    }
    assert mentioned == {problem.name for problem in Problem}
