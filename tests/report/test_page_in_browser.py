"""The page of a Result in a real browser: three widths, light and dark, on paper, by keys alone."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from playfair.report import html
from playfair.result import Result
from tests.in_chromium import NEEDS_AXE, NEEDS_BROWSER, opened, serious
from tests.report.test_page import FACTS, strip, whole

pytestmark = [NEEDS_BROWSER, pytest.mark.whole]
SEEN = [(1280, "light"), (1920, "dark"), (400, "light"), (400, "dark")]


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("page") / "report.html"
    result = whole()
    large = Figure(figsize=(6.9, 9.0))
    large.subplots().plot([0, 1])
    result = replace(result, figures={**result.figures, "large": large})
    text = html.page(result, footer="python run.py experiment=x " * 9, linked=True, facts=FACTS)
    file.write_text(text, encoding="utf-8")
    return file.as_uri()


@pytest.mark.parametrize(("width", "scheme"), SEEN)
def test_it_needs_nothing_and_nobody_scrolls_sideways(browser, address, width, scheme) -> None:
    page = opened(browser, address, width, scheme)
    assert page.faults == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for selector in (".findings", ".film", ".questions"):
        box = page.locator(selector).first.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width, selector
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
    page.close()


@NEEDS_AXE
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_axe_finds_nothing_serious(browser, address, width, scheme) -> None:
    page = opened(browser, address, width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
    assert serious(page) == []
    page.close()


def test_the_keys_alone_reach_the_chart_and_read_it(browser, address) -> None:
    page = opened(browser, address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the answer"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    for _ in range(3):  # two lines to switch, and the slider
        page.keyboard.press("Tab")
    assert page.locator(".legend output").all_inner_texts()[0] == "2.00 [1.00, 3.00]"
    page.keyboard.press("ArrowRight")
    assert page.locator(".legend output").all_inner_texts() == [
        "4.00 [3.00, 5.00]",
        "9.0 [8.0, 10.0]",
    ]
    assert page.locator(".slider output").inner_text() == "1"
    page.close()


def test_the_mouse_reads_the_chart_and_a_click_hides_a_line(browser, address) -> None:
    page = opened(browser, address)
    page.locator("summary").first.click()
    box = page.locator(".plot").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + box["height"] / 2)
    assert page.locator(".legend output").first.inner_text() == "4.00 [3.00, 5.00]"
    page.locator(".legend input").first.click()
    assert not page.locator('[data-trace="0"]').is_visible()
    assert page.locator('[data-trace="1"]').is_visible()
    page.close()


def test_a_link_to_a_figure_that_is_not_laid_out_yet_leads_to_it(browser, address) -> None:
    page = opened(browser, f"{address}#figure-3")
    page.wait_for_timeout(100)
    laid_out = "getComputedStyle(document.querySelector('section')).contentVisibility"
    assert page.evaluate(laid_out) == "auto"
    assert -5 <= page.locator("#figure-3").bounding_box()["y"] <= 40
    page.emulate_media(media="print")  # on paper there is no screen to scroll
    assert page.evaluate(laid_out) == "visible"
    page.close()


def test_on_paper_it_is_black_on_white_without_links_to_follow(browser, address) -> None:
    page = opened(browser, address, scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert not page.locator("nav").is_visible() and page.locator(".questions").is_visible()
    assert not page.locator(".files").first.is_visible()
    page.close()


def test_on_paper_nothing_is_cut_or_has_the_shape_of_a_phone(browser, address) -> None:
    page = opened(browser, address)
    page.set_viewport_size({"width": 680, "height": 1000})  # A4 within margins of 15 mm
    page.emulate_media(media="print")
    cut = """() => [...document.querySelectorAll('main svg, main img, table, pre, .film')]
        .filter((part) => part.checkVisibility())
        .filter((part) => part.getBoundingClientRect().right > 680.5
            || part.scrollWidth > part.clientWidth + 1 && part.tagName === 'PRE')
        .map((part) => part.outerHTML.slice(0, 99))"""
    assert page.evaluate(cut) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    assert page.locator(".questions thead").bounding_box()["height"] > 5  # a table, and no cards
    tallest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.scroll > svg, .scroll > img')]"
        ".map((part) => part.getBoundingClientRect().height))"
    )
    assert tallest <= 801
    page.close()


def test_on_paper_folded_tables_are_said_to_be_missing(browser, tmp_path) -> None:
    rows = pd.DataFrame({"a": range(20)})
    file = tmp_path / "report.html"
    file.write_text(html.page(Result("T", "S", tables={"rows": rows})), encoding="utf-8")
    page = opened(browser, file.as_uri())
    assert not page.locator(".unprinted").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".unprinted").is_visible() and not page.locator("details").is_visible()
    page.evaluate("document.querySelector('details').open = true")
    assert not page.locator(".unprinted").is_visible() and page.locator("table").is_visible()
    page.close()
    assert 'unprinted">' not in html.page(Result("T", "S", tables={"rows": rows[:5]}))


def test_on_paper_clips_stay_whole_and_a_figure_of_several_begins_where_there_is_room(
    browser, tmp_path
) -> None:
    clips = Result("T", "S", figures={"film_strips": Figure()}, strips=[strip()] * 3)
    file = tmp_path / "report.html"
    file.write_text(html.page(clips), encoding="utf-8")
    page = opened(browser, file.as_uri())
    page.add_style_tag(content="h1 { height: 60mm } .clip { height: 140mm; margin: 0 !important }")
    sheets = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom"), "15mm"))
    # heading and first clip; second; third. Cut clips were two sheets, and a whole figure were four
    assert len(re.findall(rb"/Type /Page\b", sheets)) == 3
    page.close()


@pytest.mark.slow  # the page is tested in small above; this one is as large as that of a paper's run
def test_a_page_of_a_papers_size_is_interactive_within_a_second(browser, tmp_path) -> None:
    rows = pd.DataFrame({name: np.linspace(0, 1, 100) for name in "abcdefg"})
    figures = {}
    for place in range(2):
        drawn = Figure(figsize=(6.9, 4))
        for axes in drawn.subplots(2, 3).flat:
            axes.scatter(rows["a"], rows["b"] ** 2)
        figures[f"figure{place}"] = drawn
    part = Result(
        "P", "S", figures=figures, tables=dict.fromkeys(("first", "second", "third"), rows)
    )
    file = tmp_path / "report.html"
    file.write_text(html.page(replace(whole(), parts=(part,) * 10)), encoding="utf-8")
    page = browser.new_page()
    page.set_default_timeout(300_000)
    clock = page.context.new_cdp_session(page)
    # the thread's own time, which is that of a machine at rest, whoever else computes here
    clock.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(file.as_uri())
    page.locator("summary").first.click()
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    measured = {
        one["name"]: one["value"] for one in clock.send("Performance.getMetrics")["metrics"]
    }
    size = f"{file.stat().st_size / 1e6:.1f} MB, {measured['Nodes']:,.0f} nodes"
    print(f"\ninteractive after {measured['TaskDuration']:.2f} s: {size} (to reach: 1 s)")
    assert measured["TaskDuration"] < 1
    page.close()
