"""What the pages show, name and link to is so.

CONFORMANCE_APPROVE=1 writes the outputs that the pages show anew.
"""

import importlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import commands_page
import pytest

from conformance.run import options

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Pages that are read from top to bottom: their files are written, and their commands are run.
STORIES = [ROOT / "README.md", *(ROOT / f"docs/{one}.md" for one in ("tutorial", "architecture"))]
# In a clone the reference can be imported from its root.
SOURCES = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r'<!-- shown from "(.*?)" to "(.*?)" -->\n```text\n(.*?)```', re.DOTALL)
MOST_WORDS = 20


def name(page):
    return str(page.relative_to(ROOT))


def run(command, folder):
    """The output of one command of a page, in a process of its own."""
    words = shlex.split(command)[1:]
    if words[0] == "run":
        words += ["-n", "0"]
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *words],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": SOURCES},
    )
    return [line.rstrip() for line in done.stdout.splitlines()]


def excerpt(lines, first, last):
    """The lines from one that begins with `first` to the next that begins with `last`."""
    begin = next(i for i, line in enumerate(lines) if line.strip().startswith(first))
    if first == last:
        return lines[begin : begin + 1]
    end = next(i for i in range(begin + 1, len(lines)) if lines[i].strip().startswith(last))
    return lines[begin : end + 1]


def told(text, folder):
    """The story of a page as a run tells it: each output that it shows, made anew."""
    output = []
    parts = []
    at = 0
    steps = sorted([*BLOCK.finditer(text), *SHOWN.finditer(text)], key=lambda step: step.start())
    for step in steps:
        if step.re is SHOWN:
            first, last, _ = step.groups()
            parts += [
                text[at : step.start(3)],
                *(f"{line}\n" for line in excerpt(output, first, last)),
            ]
            at = step.end(3)
            continue
        language, body = step.groups()
        if language == "python" and (head := re.match(r"# (\w+\.py)\n", body)):
            (folder / head.group(1)).write_text(body, encoding="utf-8")
        if language == "console":
            for command in re.findall(r"^nn-conformance .*$", body, re.MULTILINE):
                output = run(command, folder)
    return "".join([*parts, text[at:]])


def steady(text):
    """Without the largest error of an operation that is right: it depends on the processor."""
    return re.sub(r"^(  [✓◐] .*) [\d.]+$", r"\1 #", text, flags=re.MULTILINE)


@pytest.mark.parametrize("page", STORIES, ids=name)
def test_a_page_shows_what_its_commands_say(page, tmp_path):
    text = page.read_text("utf-8")
    fresh = told(text, tmp_path)
    if os.environ.get("CONFORMANCE_APPROVE"):
        page.write_text(fresh, encoding="utf-8")
        text = fresh
    assert steady(text) == steady(fresh)
    assert SHOWN.search(text)


def test_an_excerpt_ends_at_the_first_line_that_begins_so():
    lines = ["a 1", "  b 1", "c", "b 2"]
    assert excerpt(lines, "b", "c") == ["  b 1", "c"]
    assert excerpt(lines, "a", "b") == ["a 1", "  b 1"]
    assert excerpt(lines, "c", "c") == ["c"]


STORY = """\
```console
nn-conformance explain relu
```

<!-- shown from "relu" to "source" -->
```text
{}```
"""


def test_a_story_that_shows_something_else_is_noticed(tmp_path):
    shown = "relu x = max(x, 0)\nsource: torch.relu\n"
    assert told(STORY.format("relu x = x\n"), tmp_path) == STORY.format(shown)


def commands(page):
    """The commands of a page's console blocks, with its options in tables apart."""
    text = page.read_text("utf-8")
    blocks = [body for language, body in BLOCK.findall(text) if language == "console"]
    return [line for body in blocks for line in body.splitlines()]


def known_options(words):
    """Every option that the command of a line has."""
    if words[0] == "pytest":
        added = [
            commands_page.pytest_options(add) for add in (options.add, options.pytest_addoption)
        ]
        return {*added[0], *added[1], "-n", "-k", "-m"}
    known = {commands_page.name_of(one): one for one in commands_page.app.registered_commands}
    rows = commands_page.parameters(known[words[1]].callback)
    return {
        option
        for row in rows
        if not row.is_argument
        for option in re.findall(r"-[\w-]+", row.spelling)
    }


@pytest.mark.parametrize(
    "command",
    [line for page in PAGES for line in commands(page) if line.startswith(("pytest", "nn-"))],
)
def test_every_option_of_a_command_exists(command):
    words = shlex.split(command)
    given = {word for word in words[1:] if word.startswith("-")}
    assert given <= known_options(words)


def test_the_page_of_the_commands_is_their_help():
    if os.environ.get("CONFORMANCE_APPROVE"):
        commands_page.PAGE.write_text(commands_page.page(), encoding="utf-8")
    assert commands_page.PAGE.read_text("utf-8") == commands_page.page()


def plain(text):
    """A page without its blocks of code."""
    return re.sub(r"<pre>.*?</pre>", "", BLOCK.sub("", text), flags=re.DOTALL)


def quoted(text):
    """What stands between backquotes, outside of blocks."""
    return re.findall(r"`([^`\n]+)`", plain(text))


def exists(dotted):
    """Whether a module of this name can be imported, or an attribute of one."""
    module, _, rest = dotted.partition(".")
    found = importlib.import_module(module)
    for part in filter(None, rest.split(".")):
        module = f"{module}.{part}"
        try:
            found = importlib.import_module(module)
        except ImportError:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
    return True


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_module_and_function_that_a_page_names_exists(page):
    packages = r"(?:conformance|cases|reference_impl)(?:\.\w+)+"
    named = {
        found.group(1)
        for word in quoted(page.read_text("utf-8"))
        if (found := re.fullmatch(rf"({packages})(?:\(.*\))?", word))
    }
    files = {one for one in named if one.endswith((".py", ".json", ".toml"))}
    assert sorted(one for one in named - files if not exists(one)) == []


FOLDERS = ("conformance", "cases", "reference_impl", "tests", "docs", "benchmarks")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_path_that_a_page_names_exists(page):
    # NAME stands for the name of any operation.
    paths = {
        word.replace("NAME", "*")
        for word in quoted(page.read_text("utf-8"))
        if re.fullmatch(rf"(?:{'|'.join(FOLDERS)})/[\w./*-]*", word)
    }
    assert sorted(path for path in paths if not list(ROOT.glob(path.rstrip("/")))) == []


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", BLOCK.sub("", page.read_text("utf-8")), re.MULTILINE)
    words = (re.sub(r"[^\w\s-]", "", title.lower()) for title in titles)
    return {re.sub(r"\s", "-", one.strip()) for one in words}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_of_a_page_leads_somewhere(page):
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", plain(page.read_text("utf-8"))):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_every_page_is_in_the_index():
    index = ROOT / "docs/README.md"
    linked = {
        (index.parent / one).resolve()
        for one in re.findall(r"\]\(([^)#]+)\)", index.read_text("utf-8"))
    }
    assert [
        name(page) for page in PAGES if page.parent != ROOT and page not in {*linked, index}
    ] == []


def sentences(text):
    """The sentences of a page's prose: no blocks, tables, headings or quotations of code."""
    text = re.sub(r"<!--.*?-->", "", plain(text), flags=re.DOTALL)
    text = re.sub(r"^(?:\||#).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\s*(?:[-*]|\d+\.) ", "\n\n", text, flags=re.MULTILINE)
    text = re.sub(r"`[^`]*`", "X", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text))
    for paragraph in re.split(r"\n\s*\n", text):
        for sentence in re.split(r"(?<=[.!?:])[*]*\s+(?=[\w*\"])", " ".join(paragraph.split())):
            words = re.findall(r"[^\W\d_][\w'’-]*|\d+", sentence)
            if words:
                yield words


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=name)
def test_the_sentences_of_a_page_are_short(page):
    lengths = [len(words) for words in sentences(page.read_text("utf-8"))]
    assert sum(lengths) <= MOST_WORDS * len(lengths)


def test_a_sentence_is_counted_by_its_words():
    text = "# A heading\n\nOne two `three of it`. Four [five](six.md).\n\n- seven\n- eight nine\n"
    assert [len(words) for words in sentences(text)] == [3, 2, 1, 2]
