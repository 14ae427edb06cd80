"""The site of the docs: it holds every page, leads nowhere wrong, and asks no other host."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

for name in ("mkdocs", "material", "mkdocstrings_handlers.python"):
    pytest.importorskip(name, reason="install .[docs] to build the site; .ci/run installs it")
playwright = pytest.importorskip(
    "playwright.sync_api", reason="install .[browser] to try the site; .ci/run installs it"
)

import hooks  # noqa: E402 - it needs mkdocs

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="there is no Chromium here; .ci/run installs it"
)
# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

ROOT = Path(__file__).parents[2]
LOST = "404.html"
ASKING = {
    *("audio", "embed", "iframe", "img", "input", "link"),
    *("object", "script", "source", "track", "video"),
}


class Page(HTMLParser):
    """What a page of the site leads to, what it loads, and its anchors."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loaded, self.anchors, self.entries = [], [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.anchors |= {given.get("id"), given.get("name")}
        address = given.get("href") or given.get("src") or given.get("data")
        if address and tag in ASKING:
            self.loaded.append(address)
        elif address and tag == "a":
            self.links.append(address)
            if "md-nav__link" in (given.get("class") or ""):
                self.entries.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built once for all processes that test it."""
    import fcntl  # noqa: PLC0415 - not every system has it

    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (base / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (base / "site").exists():
            build(base / "site")
    return base / "site"


def build(folder):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    sources = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": sources, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(site):
    """Every page of the site, by its path."""
    files = sorted(site.rglob("*.html"))
    return {str(file.relative_to(site)): Page(file.read_text("utf-8")) for file in files}


def test_the_navigation_holds_every_page_of_the_docs(built):
    written = [str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")]
    renamed = {"README.md": "pages.md"}
    owed = {renamed.get(name, name).replace(".md", ".html") for name in written}
    owed |= {"index.html", "contributing.html", "changelog.html", "lesson.html"}
    entries = [entry for entry in built["index.html"].entries if not entry.startswith("#")]
    assert sorted(owed - set(entries)) == []
    assert [entry for entry in entries if entry not in built] == []


def test_every_link_of_the_site_leads_somewhere(site, built):
    dead = []
    for name, page in built.items():
        for link in page.links + page.loaded:
            parts = urlsplit(link)
            # The page for a wrong address does not know where it is shown.
            if parts.scheme or name == LOST:
                continue
            path = os.path.normpath(Path(name).parent / unquote(parts.path)) if parts.path else name
            anchor = unquote(parts.fragment) if path in built else ""
            if not (site / path).is_file() or (anchor and anchor not in built[path].anchors):
                dead.append(f"{name}: {link}")
    assert dead == []


def is_elsewhere(address):
    return bool(urlsplit(address).netloc)


def test_no_page_loads_anything_from_another_host(site, built):
    assert {name: [*filter(is_elsewhere, page.loaded)] for name, page in built.items()} == {
        name: [] for name in built
    }
    for style in site.rglob("*.css"):
        used = re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')\s;]+)", style.read_text("utf-8"))
        assert [*filter(is_elsewhere, used)] == []


def test_an_address_elsewhere_is_noticed():
    page = Page('<script src="https://x.org/a.js"></script><img src="//x.org/b"><img src="c.png">')
    assert [*filter(is_elsewhere, page.loaded)] == ["https://x.org/a.js", "//x.org/b"]


def test_the_site_reads_the_pages_as_the_repository_shows_them(site):
    commands = (site / "commands.html").read_text("utf-8")
    assert "quick|default|thorough|soak</code>" in commands
    assert "\\|" not in commands
    folded = re.findall(
        r"<details>.*?</details>", (site / "document.html").read_text("utf-8"), re.DOTALL
    )
    assert folded
    assert all("<p>" in one for one in folded)
    lesson = (site / "lesson.html").read_text("utf-8")
    assert "<math" in lesson
    assert "$$" not in lesson
    api = (site / "api.html").read_text("utf-8")
    for words in ("how many structures each check draws", "assert_conforms", "conformance_verdict"):
        assert words in api
    assert "docstring of" not in api
    index = (site / "search/search_index.json").read_text("utf-8")
    assert "api.html#conformance.check" in index
    # The text of a file that is no page would bury what a reader looks for.
    assert '"location":"source/' not in index


def test_the_report_in_the_site_has_failures(site):
    report = (site / hooks.REPORT).read_text("utf-8")
    assert "does not conform" in report
    assert "the kernel is flipped" in report


def test_pages_in_another_language_are_taken_in_as_soon_as_they_are_there(tmp_path, monkeypatch):
    monkeypatch.setattr(hooks, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# Name\n\n[story](docs/document.md#a)\n", "utf-8")
    (tmp_path / "docs/document.md").write_text("# Story\n", "utf-8")
    index = tmp_path / "docs/README.md"
    index.write_text("# All\n\n## Explanation: why\n\n- [Story](document.md): it.\n", "utf-8")
    *fronts, explanation, _ = hooks.navigation()
    assert fronts == [{"Home": "index.md"}, {"All pages": "pages.md"}]
    assert explanation == {"Explanation": [{"Story": "document.md"}]}
    (tmp_path / "README.zh.md").write_text("# 名\n", "utf-8")
    (tmp_path / "docs/document.zh.md").write_text("# 文\n", "utf-8")
    index.write_text(index.read_text("utf-8") + "- [文](document.zh.md)\n", "utf-8")
    *fronts, explanation, _ = hooks.navigation()
    assert {"中文": "index.zh.md"} in fronts
    assert {"文": "document.zh.md"} in explanation["Explanation"]
    assert {"README.zh.md", "docs/document.zh.md"} <= set(hooks.pages())


@pytest.fixture
def opened(site):
    """Opens the site without a network; fails where a page asks for it, or has an error."""
    said = []
    with playwright.sync_playwright() as started:
        # In a container there may be neither a user to be confined nor room in /dev/shm.
        spared = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = started.chromium.launch(executable_path=BROWSER, args=spared)

        def open_(name, width):
            viewport = {"width": width, "height": 900}
            page = browser.new_context(viewport=viewport, offline=True).new_page()
            page.on("console", lambda message: said.append(message.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("request", lambda request: said.append(request.url))
            page.goto((site / name).as_uri())
            return page

        yield open_
        browser.close()
    assert [words for words in said if not words.startswith(("file:", "data:", "about:"))] == []


@needs_browser
@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("words", ["subnormal", "conformance.check", "神经网络"])
def test_the_search_finds_pages_without_a_network(opened, width, words):
    page = opened("how-to/failures.html", width)
    page.keyboard.press("f")
    page.locator(".md-search__input").press_sequentially(words)
    page.keyboard.press("End")
    first = page.locator(".md-search-result__link").first
    first.wait_for()
    first.click()
    page.wait_for_url(lambda url: "failures.html" not in url)
    text = page.locator("article").inner_text().lower()
    assert [word for word in words.split() if word not in text] == []


@needs_browser
def test_every_page_fits_a_phone(opened, site, built):
    page = opened("index.html", 375)
    wide = {}
    for name in built.keys() - {LOST}:
        page.goto((site / name).as_uri())
        wide[name] = page.evaluate("document.documentElement.scrollWidth")
    assert {name: width for name, width in wide.items() if width > 375} == {}
