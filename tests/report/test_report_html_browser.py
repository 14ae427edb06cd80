"""The page in a browser: an accessibility checker finds nothing, and it fits a phone and paper."""

import re
import shutil
from dataclasses import replace
from itertools import pairwise

import pytest
from invented_failures import hostile, many, told
from invented_record import sound

from conformance.report.html import stories
from conformance.report.html.document import html
from conformance.report.html.notebook import notebook
from conformance.report.html.several import several

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
OTHERS = ("trend", "side by side", "notebook")


def others():
    """Pages that are not those of one record: a trend, two implementations, a notebook's cell."""
    later = {**told().header, "started": "2030-01-01T00:00:00+00:00"}
    other = {**told().header, "implementation": "other.py"}
    head = '<!DOCTYPE html><html lang="en"><title>A notebook</title><main><h1>A</h1><h2>B</h2>'
    return {
        "trend": several([sound(), replace(told(), header=later)]),
        "side by side": several([sound(), replace(told(), header=other)]),
        "notebook": f"{head}<code>x</code>{notebook(told())}</main></html>",
    }


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
    for name, page in others().items():
        (folder / f"{name}.html").write_text(page, "utf-8", newline="\n")
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
    assert [text for text in said if not re.search(r"\.html([?#].*)?$", text)] == []


def opened_details(page):
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [*RUNS, *OTHERS])
def test_an_accessibility_checker_finds_nothing(opened, name, width, scheme):
    size = {"width": WIDTHS[width], "height": 900}
    page = opened(name, viewport=size, color_scheme=scheme)
    opened_details(page)
    found = checker.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


@pytest.mark.parametrize("name", [*RUNS, *OTHERS])
def test_a_phone_scrolls_down_only(opened, name):
    page = opened(name, viewport={"width": 360, "height": 800})
    opened_details(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_without_a_script_the_page_says_the_same(opened):
    page = opened("told", java_script_enabled=False)
    assert page.locator("article.story").count() == len(stories.failures(told())["stories"])
    assert page.locator("#filter").text_content() == ""
    assert page.locator("button").count() == 0


def visible(page):
    return [row.get_attribute("data-name") for row in page.locator("tr[data-name]:visible").all()]


def test_the_filter_by_text_leaves_what_has_it(opened):
    page = opened("told")
    page.get_by_label("Text").fill("conv2d/grad")
    assert visible(page) == ["conv2d"]
    assert page.locator("tr[data-verdict]:visible").count() == 5
    assert "5 of " in page.get_by_role("status").text_content()
    page.get_by_role("button", name="Show all").click()
    assert len(visible(page)) == 7
    assert page.get_by_role("status").text_content() == ""


def test_filters_by_verdict_kind_and_operation_meet(opened):
    page = opened("told")
    page.locator("select[name=verdict]").select_option("fails")
    assert visible(page) == ["conv2d", "cross_entropy"]
    page.locator("select[name=kind]").select_option("value")
    assert visible(page) == ["conv2d"]
    assert page.locator("article.story:visible").count() == 2
    page.locator("select[name=operation]").select_option("cross_entropy")
    assert visible(page) == []
    assert page.locator("article.story:visible").count() == 0
    page.locator("select[name=kind]").select_option("any")
    page.locator("select[name=operation]").select_option("any")
    page.locator("select[name=verdict]").select_option("all but conforms")
    assert visible(page) == ["relu", "conv2d", "cross_entropy", "max_pool2d"]


def test_what_is_chosen_stands_in_the_address(opened):
    page = opened("told")
    page.locator("select[name=verdict]").select_option("fails")
    page.get_by_label("Text").fill("conv")
    page.get_by_role("button", name="worst").click()
    address = page.url
    assert "?text=conv&verdict=fails&sort=-worst" in address
    again = opened("told", anchor="?" + address.partition("?")[2])
    assert again.get_by_label("Text").input_value() == "conv"
    assert visible(again) == ["conv2d"]
    assert again.locator("th[aria-sort=descending]").text_content() == "worst"


def test_a_head_sorts_by_keyboard_and_says_so(opened):
    page = opened("told")
    whole = visible(page)
    head = page.get_by_role("button", name="verdict")
    head.focus()
    page.keyboard.press("Enter")
    assert (
        page.get_by_role("columnheader", name="verdict").get_attribute("aria-sort") == "descending"
    )
    assert visible(page)[:2] == ["conv2d", "cross_entropy"]
    page.keyboard.press("Enter")
    assert {*visible(page)[-2:]} == {"conv2d", "cross_entropy"}
    assert (
        page.get_by_role("columnheader", name="verdict").get_attribute("aria-sort") == "ascending"
    )
    page.keyboard.press("Space")
    assert page.locator("[aria-sort]").count() == 0
    assert visible(page) == whole


def test_figures_are_sorted_as_numbers(opened):
    page = opened("told")
    page.get_by_role("button", name="cases").click()
    cells = page.locator("tr[data-name]:visible td.figure:nth-last-child(3)").all_text_contents()
    numbers = [int(cell.replace(",", "") or -1) for cell in cells]
    assert numbers == sorted(numbers, reverse=True)
    assert len({*numbers}) > 2


@pytest.mark.parametrize(
    "address",
    [
        "conv2d",
        "conv2d/value",
        "conv2d/gradient/weight",
        "failure/conv2d/value",
        "3.2/hidden-delta/not-1",
    ],
)
def test_an_address_opens_what_is_folded_and_scrolls_to_it(opened, address):
    page = opened("told", anchor=f"#{address}", viewport={"width": 1280, "height": 700})
    place = page.locator(f"[id='{address}']")
    assert place.is_visible()
    top = place.bounding_box()["y"]
    assert 0 <= top < 700


def test_an_address_within_what_is_filtered_away_is_shown(opened):
    page = opened("told", anchor="?operation=relu#conv2d/value")
    assert page.locator("[id='conv2d/value']").is_visible()


def test_on_a_phone_the_verdict_is_beside_the_name(opened):
    page = opened("told", viewport={"width": 375, "height": 800})
    for name in ("conv2d", "binary_cross_entropy_with_logits"):
        row = page.locator(f"tr[data-name={name}]")
        box = row.locator(".sign").first.bounding_box()
        assert box["x"] + box["width"] <= 375
        assert abs(box["y"] - row.bounding_box()["y"]) < row.bounding_box()["height"]
    page.locator("[id=conv2d] summary").click()
    row = page.locator("[id='conv2d/gradient/weight']")
    assert row.locator("th").bounding_box()["width"] >= 150
    box = row.locator(".sign").bounding_box()
    assert box["x"] + box["width"] <= 375


def test_a_part_in_a_notebook_styles_nothing_else(opened):
    page = opened("notebook")
    assert page.locator(".nn-conformance article.story").count() == len(
        stories.failures(told())["stories"]
    )
    colours = "all => all.map(one => getComputedStyle(one).backgroundColor)"
    outside, inside = page.locator("main > code, .nn-conformance .checks code").evaluate_all(
        colours
    )[:2]
    assert outside == "rgba(0, 0, 0, 0)"
    assert inside != outside


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


def test_checks_that_are_folded_and_scripts_are_not_printed(opened):
    page = opened("told")
    page.emulate_media(media="print")
    assert page.locator("#checks").is_hidden()
    assert page.locator(".checks-of details").first.is_hidden()
    page.locator("[id=conv2d]").evaluate("part => { part.open = true; }")
    assert page.locator("#checks").is_visible()
    assert page.locator("[id='conv2d/value']").is_visible()


def test_the_table_of_implementations_sorts_by_keyboard(opened):
    page = opened("side by side")
    before = visible(page)
    page.get_by_role("button", name="Sort by operation").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.locator("th[aria-sort=descending]").count() == 1
    losses = ["cross_entropy", "binary_cross_entropy_with_logits"]
    assert [name for name in visible(page) if "cross" in name] == losses
    assert [name for name in before if "cross" in name] == losses[::-1]
