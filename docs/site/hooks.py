"""Fit the pages of the repository to the site that MkDocs builds of them.

The pages are written to be read where the repository is shown. The site shows the same ones: the
README first, then what `docs/README.md` links to, in its order. A link that leaves the pages leads
to a page with the file's text. `mkdocs.yml` names this file.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lesson_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
INDEX = "docs/README.md"
# Pages of the repository that have another name, or another place, in the site.
PLACES = {
    "README.md": "index.md",
    "README.zh.md": "index.zh.md",
    INDEX: "pages.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "docs/lesson.ipynb": "lesson.md",
}
FRONT = {"README.md": "Home", "README.zh.md": "中文"}
# A link, with its words and its target; or code, in which nothing is a link.
_LINK = re.compile(
    r"^```.*?^```$|<pre>.*?</pre>|`[^`\n]*`|(?<!!)\[(?P<words>[^\]]*)\]\((?P<target>[^)\s]+)\)",
    re.MULTILINE | re.DOTALL,
)
_ELSEWHERE = re.compile(r"[a-z]+:|#")
# The name as a heading with a sentence, for who reads the file alone; or the name within a section.
_DOCSTRING = re.compile(r"^## (\S+)\n\n[^\n]+\n\n<!-- docstring of \1 -->$", re.MULTILINE)
_INNER_DOCSTRING = re.compile(r"^<!-- docstring of (\S+) -->$", re.MULTILINE)
_INNER = r"::: \1\n    options:\n      heading_level: 3\n      show_root_full_path: false"
_REPORT_HERE = "<!-- the report -->"
_ROW = re.compile(r"(?<=\|) `[^`\n]*` (?=\|)")
_LANGUAGES = {".py": "python", ".json": "json", ".toml": "toml", ".js": "javascript", ".c": "c"}
_EXAMPLE = ["docs/examples/report_ops.py", "relu", "softmax", "conv2d", "4.1"]
REPORT = "example/report.html"


def place(path: str) -> str:
    """Return where a file of the repository is in the site."""
    if path in PLACES:
        return PLACES[path]
    if path.startswith("docs/") and path.endswith(".md"):
        return path.removeprefix("docs/")
    return f"source/{path}.md"


def pages() -> list[str]:
    """Return the pages of the repository, by path from its root."""
    written = sorted((ROOT / "docs").rglob("*.md"))
    named = [ROOT / name for name in PLACES if (ROOT / name).exists()]
    return list(dict.fromkeys(str(path.relative_to(ROOT)) for path in [*named, *written]))


def links(path: str) -> Iterator[tuple[str, str]]:
    """Yield the text of each link of a page that stays in the repository, and where it leads."""
    for link in _LINK.finditer(_text(path)):
        if link["target"] and not _ELSEWHERE.match(link["target"]):
            yield link["words"], _resolved(path, link["target"].partition("#")[0])


def navigation() -> list[dict[str, Any]]:
    """Return the site's navigation: the front pages, then the index, section by section."""
    fronts = [{title: place(path)} for path, title in FRONT.items() if (ROOT / path).exists()]
    sections: list[dict[str, Any]] = [*fronts, {"All pages": place(INDEX)}]
    for line in _text(INDEX).splitlines():
        if line.startswith("## "):
            sections.append({line[3:].partition(":")[0]: []})
        link = _LINK.match(line, 2) if line.startswith("- ") else None
        if link:
            (entries,) = sections[-1].values()
            entries.append({link["words"]: place(_resolved(INDEX, link["target"]))})
    named = [path for path in ("CONTRIBUTING.md", "CHANGELOG.md") if (ROOT / path).exists()]
    sections.append({"Change the code": [{Path(one).stem.title(): place(one)} for one in named]})
    return sections


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the navigation in."""
    config.nav = navigation()
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Keep of docs/ what belongs to a site, and add what it has from elsewhere."""
    kept = [one for one in files if one.src_uri.startswith("site/") or not _is_of_docs(one)]
    kept = [one for one in kept if not one.src_uri.endswith(".py")]
    chosen = Files(kept)
    every = pages()
    linked = {target for path in every for _, target in links(path)}
    for path in dict.fromkeys([*every, *sorted(linked)]):
        is_source = place(path).startswith("source/")
        added = File.generated(config, place(path), content=_content(path))
        added.inclusion = InclusionLevel.NOT_IN_NAV if is_source else InclusionLevel.INCLUDED
        chosen.append(added)
    chosen.append(File.generated(config, REPORT, content=_report()))
    download = (ROOT / "docs/lesson.ipynb").read_text("utf-8")
    chosen.append(File.generated(config, "lesson.ipynb", content=download))
    return chosen


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """Let links lead to where the site has their pages, and docstrings stand where they belong."""
    path = next((one for one in pages() if place(one) == page.file.src_uri), None)
    if path is None:
        return markdown
    text = _LINK.sub(lambda link: _moved(path, link), markdown)
    text = _INNER_DOCSTRING.sub(_INNER, _DOCSTRING.sub(r"::: \1", text))
    text = text.replace(_REPORT_HERE, f"[Open the report]({REPORT})")
    # MkDocs reads some of Markdown otherwise: what is folded, bars in a table's code, and prompts.
    text = text.replace("<details>", '<details markdown="1">').replace("```console", "```sh")
    return _ROW.sub(lambda row: row.group().replace(r"\|", "|"), text)


def _is_of_docs(file: File) -> bool:
    return file.src_dir is not None and Path(file.src_dir) == ROOT / "docs"


def _text(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def _resolved(path: str, target: str) -> str:
    """Return a link's target as a path from the root of the repository."""
    return os.path.normpath(os.path.join(os.path.dirname(path), target))  # noqa: PTH118, PTH120


def _moved(path: str, link: re.Match[str]) -> str:
    words, target = link["words"], link["target"]
    if target is None or _ELSEWHERE.match(target):
        return link.group()
    file, hash_, anchor = target.partition("#")
    here = os.path.dirname(place(path)) or "."  # noqa: PTH120
    there = os.path.relpath(place(_resolved(path, file)), here)
    return f"[{words}]({there}{hash_}{anchor})"


def _content(path: str) -> str:
    """Return the page of a file: itself, or its text as a listing."""
    if path.endswith(".ipynb"):
        return lesson_page.markdown(ROOT / path)
    content = _text(path)
    if not place(path).startswith("source/"):
        return content
    language = _LANGUAGES.get(Path(path).suffix, "text")
    head = "---\nsearch:\n  exclude: true\n---\n\n"
    return f"{head}# {path}\n\nA file of the repository.\n\n~~~~~{language}\n{content}\n~~~~~\n"


def _report() -> str:
    """Return the HTML report of a run that is made now."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "conformance", "run", *_EXAMPLE]
        options = ["-n", "0", "--profile", "quick", "--format", "html", "--report", folder]
        done = subprocess.run(
            [*command, *options], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode != 1:
            raise RuntimeError(f"the example's run does not fail as it should:\n{done.stdout}")
        return (Path(folder) / "report.html").read_text("utf-8")
