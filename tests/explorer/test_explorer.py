"""In a real browser: open, choose, point, click, type, reload, export; read what is then shown."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from playfair.explorer.scene import scene_of
from playfair.explorer.server import build
from playfair.explorer.view import View
from playfair.report.look import probability
from tests.explorer.browsing import Explorer
from tests.explorer.conftest import (
    answering,
    key_of,
    scene,
    serving,
    view_of,
    write_store,
)
from tests.in_chromium import NEEDS_BROWSER

pytestmark = NEEDS_BROWSER
SAMPLED = "TRN, 6 frames, sampled (100)"


def test_it_opens_and_the_link_then_says_what_is_shown(explorer, catalogue) -> None:
    explorer.open("/?page=clip")
    explorer.url(f"esvs={key_of(catalogue, 'TRN, 4 frames')}&uid=13$")
    assert explorer.texts("h1")[0] in explorer.texts(".score .name")
    assert len(explorer.texts(".score")) == 10 and explorer.texts(".score .true") == ["true"]
    assert explorer.texts("#clips .uid")[:2] == ["13", "14"] and len(explorer.texts(".frame")) == 4


@pytest.mark.whole
def test_pointing_at_a_bar_marks_the_frame_and_seeks_the_clip(explorer, catalogue, both) -> None:
    page = explorer.open(both).page
    page.wait_for_selector("#esvs-0 .bars")
    page.locator(".readout").first.scroll_into_view_if_needed()
    box = page.locator("#esvs-0").bounding_box()
    page.mouse.move(box["x"] + 60 + (box["width"] - 72) * 2.5 / 4, box["y"] + 100)
    page.wait_for_selector(".frame.current")
    clip = scene(catalogue).first.clip("20")
    assert explorer.current() == [2, 2]  # both models
    assert explorer.time() == pytest.approx((clip.frame_index[2] + 0.5) / 12, abs=1e-3)
    label = clip.label
    assert explorer.texts(".readout")[0].startswith(
        f"Frame {clip.frame_index[2]}: ESV {probability(clip.esv[2, label])}, "
    )
    page.mouse.move(5, 5)
    explorer.count(".frame.current", 0)
    page.locator(".strip").nth(1).locator(".frame").nth(3).hover()
    assert explorer.current() == [3, 3]


@pytest.mark.whole
def test_arrow_keys_move_through_frames_and_clips(explorer, both) -> None:
    page = explorer.open(both).page
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    assert explorer.current() == [1, 1]
    explorer.url("uid=20&element=1$")
    page.keyboard.press("ArrowDown")
    explorer.url("uid=21$")
    page.wait_for_selector("[data-uid='21']")
    assert explorer.current() == []
    page.keyboard.press("ArrowUp")
    page.wait_for_selector("[data-uid='20']")
    page.go_back()
    page.wait_for_selector("[data-uid='21']")


@pytest.mark.whole
def test_a_frame_of_one_length_is_not_taken_for_one_of_another(explorer, catalogue) -> None:
    page = explorer.open("/" + view_of(catalogue, SAMPLED, uid="20").query()).page
    page.keyboard.press("ArrowLeft")
    explorer.url("element=5$")
    page.click("#esvs")
    page.locator(".dash-dropdown-content").get_by_text("TRN, 4 frames", exact=True).click()
    explorer.count(".frame", 4)
    explorer.url(f"esvs={key_of(catalogue, 'TRN, 4 frames')}&uid=20$")
    assert explorer.current() == [] and page.locator(".cursor").is_hidden()


@pytest.mark.whole
def test_a_click_on_a_score_adds_the_class_and_another_takes_it_away(explorer, both) -> None:
    page = explorer.open(both + "&classes=0").page
    row = page.locator("[aria-label='TRN, 4 frames'] .score:not(.plotted)").first
    name = row.locator(".name").inner_text()
    row.click()
    explorer.url("classes=0,")
    page.wait_for_selector("#esvs-0 .lines")
    assert explorer.texts(".legend")[0].count(name) == 1 and len(
        explorer.texts(".score.plotted")
    ) in (2, 3, 4)
    page.locator("[aria-label='TRN, 4 frames'] .score.plotted", has_text=name).click()
    explorer.url("classes=0$")


def test_a_link_reproduces_the_view_after_reload(explorer, both) -> None:
    page = explorer.open(both + "&sort=wrong&classes=3,7&element=2").page
    page.wait_for_selector(".frame.current")
    before = (
        page.url,
        explorer.texts("#clips .uid"),
        explorer.texts(".legend"),
        explorer.current(),
        explorer.texts("h2"),
    )
    page.reload()
    page.wait_for_selector("#content .frame.current")
    after = (
        page.url,
        explorer.texts("#clips .uid"),
        explorer.texts(".legend"),
        explorer.current(),
        explorer.texts("h2"),
    )
    assert (
        before == after
        and explorer.current() == [2, 2]
        and after[-1] == ["TRN, 4 frames", "TSN, 4 frames"]
    )


@pytest.mark.whole
def test_store_class_order_and_uid_can_be_chosen(explorer, catalogue) -> None:
    page = explorer.open("/?page=clip").page

    def choose(control: str, option: str) -> None:
        page.click(f"#{control}")
        page.locator(".dash-dropdown-content").get_by_text(option, exact=True).click()

    choose("esvs", "TSN, 4 frames")
    explorer.url(f"esvs={key_of(catalogue, 'TSN, 4 frames')}")
    choose("beside", "TRN, 4 frames")
    page.wait_for_selector("[aria-label='TRN, 4 frames'].card")
    assert explorer.texts("h2") == ["TSN, 4 frames", "TRN, 4 frames"]
    choose("esvs", SAMPLED)
    explorer.url(f"esvs={key_of(catalogue, SAMPLED)}")
    page.wait_for_selector("#esvs-0 .errorbar", state="attached")
    choose("sort", "wrong predictions first")
    explorer.url("sort=wrong")
    name = explorer.texts("h1")[0]
    choose("class", name)
    explorer.url("class=")
    of_class = scene_of(View.of(page.url.split("?")[1]), catalogue).order
    explorer.count("#clips .clip", len(of_class))
    assert set(explorer.texts("#clips .name:not(.otherwise)")) == {name} and len(of_class) < 24
    choose("class", "all classes")
    explorer.count("#clips .clip", 24)
    page.fill("#find", "3")
    explorer.url("find=3")
    explorer.count("#clips .clip", 9)
    assert sorted(explorer.texts("#clips .uid")) == [
        "13",
        "23",
        *[str(uid) for uid in range(30, 37)],
    ]


@pytest.mark.whole
def test_a_cell_of_the_population_leads_to_its_clips(explorer, both) -> None:
    page = explorer.open(both + "&page=population").page
    assert explorer.texts("h1") == ["Where each class is decided"]
    plot = page.locator("[aria-label='TRN, 4 frames'] .cells").bounding_box()
    page.mouse.click(plot["x"] + plot["width"] * 1.5 / 4, plot["y"] + plot["height"] * 0.05)
    page.wait_for_selector("#behind a")
    explorer.url("cell=0,1")
    page.keyboard.press("ArrowDown")
    explorer.url("cell=1,1")
    page.keyboard.press("ArrowUp")
    explorer.url("cell=0,1")
    heading = explorer.texts("#behind h2")[0]
    uid = page.locator("#behind a").first.inner_text().split()[0]
    page.locator("#behind a").first.click()
    page.wait_for_selector(".frame.current")
    assert explorer.current() == [1, 1] and heading.startswith(explorer.texts("h1")[0])
    page.go_back()
    page.wait_for_selector("#behind a")
    page.keyboard.press("ArrowRight")
    explorer.url("cell=0,2")
    page.wait_for_selector(f"#behind a[href*='uid={uid}&element=2']")
    page.locator(f"#behind a[href*='uid={uid}&element=2']").click()
    page.wait_for_selector(f"[data-uid='{uid}'][data-element='2']")
    assert explorer.current() == [2, 2]  # of the clip that was looked at before, too


@pytest.mark.whole
def test_a_class_without_clips_has_no_row_and_moves_no_other(browser, make_catalogue) -> None:
    catalogue = make_catalogue()
    whole = scene(catalogue).first
    labels = np.repeat([0, 5, 11], 2)
    uids = whole.uids[:6].tolist()
    write_store(catalogue.outputs, uids, labels, whole.class_names, 4, model="gaps")
    view = view_of(catalogue, "gaps, 4 frames", page="population", cell=(11, 1))
    card = "[aria-label='gaps, 4 frames']"
    with serving(catalogue) as address:
        page = Explorer(browser.new_page(), address).open("/" + view.query()).page
        plot = page.locator(f"{card} .cells").bounding_box()
        ticks = page.locator(f"{card} .ytick")
        middles = {}
        for tick in ticks.all():
            box = tick.bounding_box()
            middles[tick.inner_html()] = (box["y"] + box["height"] / 2 - plot["y"]) / plot["height"]
        box = page.locator(f"{card} .framed").bounding_box()
        assert (box["y"] + box["height"] / 2 - plot["y"]) / plot["height"] == pytest.approx(
            5 / 6, abs=0.02
        )
        labels = [whole.class_names[label] for label in (0, 5, 11)]
        assert middles == pytest.approx(
            dict(zip(labels, (1 / 6, 3 / 6, 5 / 6), strict=True)), abs=0.03
        )
        page.mouse.click(plot["x"] + plot["width"] * 0.9, plot["y"] + plot["height"] * 0.62)
        page.wait_for_url(re.compile("cell=5,3"))
        page.close()


@pytest.mark.whole
def test_the_view_is_exported_as_a_file_of_its_own_and_as_csv(
    explorer, browser, both, tmp_path: Path
) -> None:
    page = explorer.open(both + "&classes=3,7").page
    files = {}
    for kind in ("html", "csv"):
        with page.expect_download() as download:
            page.click(f"#export-{kind}")
        files[kind] = tmp_path / f"view.{kind}"
        download.value.save_as(files[kind])
    assert len(pd.read_csv(files["csv"])) == 2 * 2 * 4  # models × classes × frames
    alone = Explorer(browser.new_page(), files["html"].as_uri())
    alone.page.goto(alone.address)
    alone.page.wait_for_selector(".plot svg")
    alone.page.keyboard.press("ArrowRight")
    assert alone.current() == [0, 0] and explorer.texts("h1") == alone.texts("h1")
    assert len(alone.page.query_selector_all(".plot svg")) == 5  # TRN has pair interactions, too
    assert alone.faults == [] and alone.elsewhere == []
    alone.page.close()


@pytest.mark.whole
@pytest.mark.parametrize(("width", "scheme"), [(400, "dark"), (1280, "light")])
def test_it_fits_the_window_and_is_legible(
    browser, address: str, both, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = Explorer(context.new_page(), address).open(both).page
    page.wait_for_selector("#content .ytick")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    light = lambda colour: sum(int(part) for part in re.findall(r"\d+", colour)[:3]) > 382  # noqa: E731
    style = "(e, of) => getComputedStyle(e)[of]"
    assert light(page.eval_on_selector("body", style, "backgroundColor")) == (scheme == "light")
    assert light(page.eval_on_selector("#esvs-0 .ytick", style, "fill")) == (scheme == "dark")
    unnamed = (
        "all => all.filter(e => !(e.innerText || e.ariaLabel || e.labels?.length || e.id)).length"
    )
    assert page.eval_on_selector_all("button, a, input:not([aria-hidden]), video", unnamed) == 0
    apart = """all => all.map(e => e.getBoundingClientRect()).every((one, i, boxes) => boxes.every((other, j) =>
        i === j || !other.width || one.right <= other.left || other.right <= one.left
        || one.bottom - 4 <= other.top || other.bottom - 4 <= one.top))"""
    # numbers over a model's waterfall are apart, and some are written, however narrow it is
    page.evaluate("document.getElementById('waterfall-1').style.width = '200px'")
    page.wait_for_selector("#waterfall-1 svg[width='200']")
    for place in (0, 1):
        assert page.eval_on_selector_all(f"#waterfall-{place} .written", apart)
        assert any(page.locator(f"#waterfall-{place} .written").all_text_contents())
    page.goto(f"{address}{both}&page=population")
    page.wait_for_selector("#content .cells")
    scrolls = "all => all.map(e => e.scrollWidth > e.clientWidth)"
    assert page.eval_on_selector_all(".tall", scrolls) == [False, False]
    names = page.locator("#cells-0 .ytick").all_text_contents()
    assert len(names) == len(set(names)) == 12
    context.close()


def test_an_unknown_clip_is_told_with_what_there_is(explorer) -> None:
    explorer.page.goto(f"{explorer.address}/?uid=nothing")
    assert (
        "There is no clip nothing" in explorer.texts("body")[0]
        and explorer.page.locator("a").count() == 3
    )
    explorer.faults.clear()  # the browser notes the 404


@pytest.mark.whole
def test_behind_a_proxy_that_has_it_under_a_path_all_comes_through(context, catalogue) -> None:
    outside = []

    def elsewhere(environ, start_response):
        outside.append(environ["PATH_INFO"])
        return NotFound()(environ, start_response)

    proxy = DispatcherMiddleware(elsewhere, {"/proxy/8050": build(catalogue)})
    with answering(proxy) as address:
        explorer = Explorer(context.new_page(), address)
        key = key_of(catalogue, "TRN, 4 frames")
        page = explorer.open(f"/proxy/8050/?esvs={key}&uid=20").page
        page.wait_for_function("document.getElementById('video').readyState > 1")
        for kind in ("html", "csv"):
            href = page.locator(f"#export-{kind}").get_attribute("href")
            assert href is not None and page.request.get(f"{address}/proxy/8050/{href}").ok
        page.locator("#clips a").first.click()
        explorer.url(r"/proxy/8050/\?esvs=.*uid=13$")
        page.close()
    assert outside == [] and explorer.faults == [] and explorer.elsewhere == []


@pytest.mark.whole
def test_all_is_reached_by_keys_alone(explorer, catalogue) -> None:
    view = view_of(catalogue, "TRN, 4 frames", uid="20")
    page = explorer.open("/" + view.query()).page
    page.wait_for_selector("button#beside[tabindex='0']")
    stops = []
    page.keyboard.press("Tab")
    assert (
        page.evaluate("document.activeElement.hash") == "#content"
    )  # past all that one chooses with
    for _ in range(80):
        page.keyboard.press("Tab")
        stop = page.evaluate("document.activeElement.id || document.activeElement.className")
        stops.append(stop)
        if stop == "beside":
            page.keyboard.press("Enter")
            page.wait_for_selector(".dash-dropdown-content")
            for key in ("ArrowDown", "ArrowDown", "Enter"):
                page.wait_for_timeout(300)  # the list takes its keys when it has unfolded
                page.keyboard.press(key)
            page.wait_for_selector("[aria-label='TSN, 4 frames'].card")
        if stop.startswith("frame"):
            break
    wanted = ["leaf", "export-html", "esvs", "beside", "class", "sort", "find", "clip"]
    assert [stop for stop in wanted if stop not in stops] == []
    page.keyboard.press("Enter")
    page.wait_for_selector("#content .frame.current")
