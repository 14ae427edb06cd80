"""The page in a browser: an accessibility checker finds nothing, and it fits a phone and paper."""

import shutil
from itertools import pairwise

import pytest
from invented_failures import hostile, many, told
from invented_record import sound

from conformance.report.html import stories
from conformance.report.html.document import html

checker = pytest.importorskip(
    "axe_playwright_python.sync_playwright",
    reason="install .[browser] to try the page in one; .ci/run installs it",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here; .ci/run installs it"),
]

RUNS = {"told": told(), "sound": sound(), "hostile": hostile(), "many": many(6)}
WIDTHS = {"desktop": 1280, "phone": 360}


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - skipped without it

    with sync_playwright() as playwright:
        # In a container there may be neither a user to be confined nor room in /dev/shm.
        spared = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=BROWSER, args=spared)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name, run in RUNS.items():
        (folder / f"{name}.html").write_text(html(run), "utf-8", newline="\n")
    return folder


@pytest.fixture
def opened(chromium, pages):
    """Opens a page, fails where it writes to the console or asks for anything else."""
    contexts, said = [], []

    def open_(name, anchor="", **settings):
        context = chromium.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.append(request.url))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.goto((pages / f"{name}.html").as_uri() + anchor)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [text for text in said if not text.endswith(".html")] == []


def opened_details(page):
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", RUNS)
def test_an_accessibility_checker_finds_nothing(opened, name, width, scheme):
    size = {"width": WIDTHS[width], "height": 900}
    page = opened(name, viewport=size, color_scheme=scheme)
    opened_details(page)
    found = checker.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


@pytest.mark.parametrize("name", RUNS)
def test_a_phone_scrolls_down_only(opened, name):
    page = opened(name, viewport={"width": 360, "height": 800})
    opened_details(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_without_a_script_the_page_says_the_same(opened):
    page = opened("told", java_script_enabled=False)
    assert page.locator("article.story").count() == len(stories.failures(told())["stories"])
    assert page.locator("#filter").text_content() == ""
    assert page.locator("button").count() == 0


def test_the_filter_leaves_what_it_names(opened):
    page = opened("told")
    page.get_by_label("Show operations named").fill("conv")
    assert page.locator("tr[data-name]:visible").count() == 1
    page.get_by_label("Show operations named").fill("")
    page.get_by_label("only what does not conform").check()
    assert page.locator("tr[data-name=linear]").is_hidden()
    assert page.locator("tr[data-name=conv2d]").is_visible()


def test_a_link_opens_the_counterexample_that_it_leads_to(opened):
    page = opened("told")
    claim = page.locator("[id='3.2/hidden-delta']")
    claim.locator("td a").click()
    assert claim.locator("details[open]").count() == 1


def test_the_keyboard_reaches_the_report_first(opened):
    page = opened("told")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_paper_is_white_and_shows_what_is_folded(opened):
    page = opened("told", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(25, 28, 34)"
    assert page.locator(".counterexamples li").first.is_visible()
    assert page.locator("nav").is_hidden()


def test_claim_cards_stand_one_below_the_other_without_gaps(opened):
    page = opened("told", viewport={"width": 1280, "height": 900})
    boxes = [one.bounding_box() for one in page.locator(".claims:has(> :nth-child(2)) > *").all()]
    assert len(boxes) > 1
    for above, below in pairwise(boxes):
        assert 0 < below["y"] - (above["y"] + above["height"]) <= 24


def test_no_table_is_cut_on_paper(opened):
    page = opened("told", viewport={"width": 680, "height": 900})
    page.emulate_media(media="print")
    widths = (
        "all => all.map(one => [one.scrollWidth, one.parentElement.closest('.card').clientWidth])"
    )
    for table, card in page.locator(".card table").evaluate_all(widths):
        assert table <= card
