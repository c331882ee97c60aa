"""Frames are switched off in a real browser, with scores that are known: what is then said and drawn."""

import json
from base64 import b64encode
from itertools import combinations
from urllib.parse import parse_qs

import numpy as np
import pytest

from playfair.explorer import server, what_if, what_if_part
from playfair.report import look
from tests.explorer.browsing import Explorer
from tests.explorer.conftest import key_of, view_of
from tests.in_chromium import NEEDS_BROWSER

pytestmark = NEEDS_BROWSER
N = 4
# What elements add to the score of class 0, and what 1 and 2 add together.
ADDED = [0.05, 0.20, -0.10, 0.15]
TOGETHER = 0.20
PRIOR = 0.10
# The ESVs of a game are sums and halves: those of what two have together are theirs in equal parts.
ESV = [0.05, 0.30, 0.00, 0.15]
HERE = "as the switches are"


def score(inside: tuple[int, ...]) -> float:
    pair = TOGETHER if {1, 2} <= set(inside) else 0.0
    return PRIOR + sum(ADDED[i] for i in inside) + pair


def answer(backwards: bool = False) -> dict:
    """The scores of two classes: class 0, and class 1 that gets what it leaves; reversed otherwise."""
    scores = np.zeros((2**N, 2), "<f4")
    for size in range(N + 1):
        for inside in combinations(range(N), size):
            row = sum(2**i for i in inside)
            value = score(tuple(N - 1 - i for i in inside) if backwards else inside)
            scores[row] = (1 - value, value) if backwards else (value, 1 - value)
    text = b64encode(scores.tobytes()).decode()
    names = ["Opening", "Closing"]
    return {"state": "ready", "classes": [0, 1], "names": names, "scores": text, "masks": None}


@pytest.fixture
def switched(explorer, catalogue, monkeypatch) -> Explorer:
    """The page of a clip, by a model that answers with these scores."""
    monkeypatch.setattr(what_if_part, "why_not", lambda entry: "")
    monkeypatch.setattr(what_if_part, "is_at_once", lambda entry, n_elements: True)
    monkeypatch.setattr(server, "KEPT_SECONDS", 0.0)  # the next test's page is another
    asked: list[str] = []

    def scored(route) -> None:
        asked.append(route.request.url)
        backwards = "backwards=true" in route.request.url
        route.fulfill(json=answer(backwards), status=200)

    explorer.page.route("**/scores/**", scored)
    explorer.asked = asked
    return explorer


def opened(explorer: Explorer, catalogue, more: str = "", beside: str = "") -> Explorer:
    view = view_of(catalogue, "TRN, 4 frames", beside=beside, uid="20", classes=(0,))
    explorer.open("/" + view.query() + more)
    explorer.page.wait_for_function(
        "() => document.querySelector('#content .what-if .says')?.textContent"
    )
    return explorer


def said(explorer: Explorer) -> str:
    return explorer.texts("#content .says")[0].replace("−", "-")


def test_numbers_and_names_are_written_as_they_are_read(switched, catalogue) -> None:
    page = opened(switched, catalogue).page
    values = [0.0, 1e-9, 0.0004, 0.0005, 0.0123, 0.5, 0.99321, 0.9994, 0.9996, 1 - 1e-7, 1.0]
    ties = [0.0625, 0.1875, 0.3125, 0.4375, 0.9375, 0.4875, 0.0015, 0.0025, 0.9995]
    texts = page.evaluate("values => values.map(PlayFairDraw.score)", values + ties)
    assert texts == [look.score(value) for value in values + ties]
    assert texts[-9:-7] == ["0.062", "0.188"]
    figure = json.loads(page.locator("#waterfall-0").get_attribute("data-figure"))
    prior, *esv, whole = figure["data"][0]["y"]
    steps = [f"{value:+.3f}".replace("-", "−") for value in esv]
    over_bars = page.locator("#waterfall-0 .written").all_text_contents()
    assert over_bars == [look.score(prior), *steps, look.score(whole)]
    # what wants room: numbers stay alike, and names apart
    alike = """([values, room]) => PlayFairDraw.alike(values, (texts) =>
        texts.every((text) => PlayFairDraw.widthOf(text, 11) <= room))"""
    cases = {60: ["+0.331", "−0.035", "0"], 34: ["+.331", "−.035", "0"], 29: ["+.33", "−.03", "0"]}
    for room, texts in cases.items():
        assert page.evaluate(alike, [[0.3312, -0.0346, 0.0], room]) == texts
    names = [
        f"Moving something and something {how} each other" for how in ("away from", "close to")
    ]
    cut = "([names, room]) => PlayFairDraw.cutApart(names, room)"
    narrow = page.evaluate(cut, [[*names, "Covering something"], 90])
    assert [name[:6] for name in narrow] == ["…away ", "…close", "Coveri"]
    assert all(name.endswith("…") for name in narrow)
    wider = page.evaluate(cut, [names, 180])
    assert [name.partition("…")[2] for name in wider] == [name[31:] for name in names]
    assert all(name.startswith("M") for name in wider)


def deltas(explorer: Explorer) -> list[float]:
    texts = explorer.texts("#content .frames .delta")[:N]
    return [float(text.replace("−", "-")) for text in texts]


def test_a_frame_switched_off_moves_the_score_and_is_undone(switched, catalogue) -> None:
    page = opened(switched, catalogue).page
    frames = [1, 6, 12, 18]
    # whole: 0.10 + 0.05 + 0.20 - 0.10 + 0.15 + 0.20
    assert said(switched).startswith("With all 4 frames it says “Opening”, 0.600.")
    assert deltas(switched) == [-0.05, -0.40, -0.10, -0.15]
    next_best = "” loses most without frame 6 (-0.400), and loses least without frame 1"
    assert f"{next_best} (-0.050)." in said(switched)
    page.locator(".switch").nth(1).click()
    page.wait_for_function(
        "() => document.querySelector('.says').textContent.startsWith('Without')"
    )
    assert said(switched).startswith(
        f"Without frame {frames[1]} (3 of 4 left) it says “Closing”, 0.800."
    )
    assert "goes from 0.600 to 0.200" in said(switched)
    # 2 is without 1 what it adds alone: it now costs, and going it gives that back
    assert deltas(switched) == [-0.05, 0.40, 0.10, -0.15]
    assert "without frame 18 (-0.150), and gains most without frame 12 (+0.100)." in said(switched)
    assert page.locator(".frame.off").count() == 1
    assert switched.texts(".now .value") == ["0.800", "0.200"]
    switched.url("off=1$")
    page.reload()
    opened(switched, catalogue, "&off=1")
    assert said(switched).startswith("Without frame 6 ")
    page.keyboard.press("a")
    page.wait_for_function("() => document.querySelector('.says').textContent.startsWith('With ')")
    assert page.locator(".frame.off").count() == 0
    assert page.locator(".switch[aria-checked=true]").count() == N


@pytest.mark.whole
def test_by_keys_alone_a_frame_is_chosen_and_switched(switched, catalogue) -> None:
    page = opened(switched, catalogue).page
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "x"):
        page.keyboard.press(key)
    page.wait_for_selector(".switch[aria-checked=false]")
    assert page.locator(".switch[aria-checked=false]").get_attribute("data-i") == "2"
    switched.url("element=2&off=2$")
    assert page.locator("#export-html").get_attribute("href").endswith("element=2&off=2")
    page.keyboard.press("ArrowDown")  # another clip begins with all frames
    page.wait_for_selector("[data-uid='21']")
    assert page.locator(".switch[aria-checked=false]").count() == 0
    switched.url("uid=21$")


@pytest.mark.whole
def test_the_next_best_is_dropped_and_the_path_leads_to_the_prior(switched, catalogue) -> None:
    page = opened(switched, catalogue).page
    figure = json.loads(page.locator(".path").get_attribute("data-figure"))
    most, least, here = figure["data"]
    # 1 goes first (0.20), then 3 (0.05), then 0 (0.00), then 2; or 0, 3, then 1 and 2 in turn
    assert most["y"] == pytest.approx([0.60, 0.20, 0.05, 0.00, 0.10], abs=1e-6)
    assert least["y"] == pytest.approx([0.60, 0.55, 0.45, 0.35, 0.15], abs=1e-6) or least[
        "y"
    ] == pytest.approx([0.60, 0.55, 0.45, 0.30, 0.10], abs=1e-6)
    assert (here["x"], here["y"]) == ([0], [pytest.approx(0.60)])
    legend = switched.texts(".paths .legend span")
    assert legend == [*(f"what costs {way} goes first" for way in ("most", "least")), HERE]
    colours = page.eval_on_selector_all(
        ".paths .key.line", "all => all.map(i => i.style.background)"
    )
    supporting = (
        "getComputedStyle(document.documentElement).getPropertyValue('--supporting').trim()"
    )
    assert most["line"]["color"] == page.evaluate(supporting), "those that support go first"
    assert len(set(colours)) == 2
    for off in ([1], [1, 3], [0, 1, 3]):
        page.locator(".drop-most").first.click()
        switched.url(f"off={','.join(map(str, off))}$")
    page.locator(".all-on").first.click()
    page.locator(".drop-least").first.click()
    switched.url("off=0$")
    page.locator(".path circle[data-mask='0000']").first.click(force=True)
    page.wait_for_function(
        "() => document.querySelector('.says').textContent.includes('nothing is left')"
    )


@pytest.mark.whole
def test_as_the_clip_grows_and_backwards_esvs_are_those_of_the_scores(switched, catalogue) -> None:
    page = opened(switched, catalogue).page
    page.locator(".growing summary").click()
    grown = json.loads(page.locator(".growth").get_attribute("data-figure"))["data"][0]["z"]
    assert grown[3] == pytest.approx(ESV, abs=1e-6)
    # of the first two nothing is known of what 1 and 2 have together
    assert grown[1][:2] == pytest.approx(ADDED[:2], abs=1e-6) and grown[1][2:] == [None, None]
    beside = page.locator("#content .backwards li")
    beside.wait_for()
    name, value = beside.locator("span").all_inner_texts()
    assert (name, value) == ("TRN, 4 frames, backwards: “Closing”", "0.600")
    page.locator(".reversed summary").click()
    page.wait_for_selector(".backwards-esvs svg")
    text = page.locator(".reversed .facts").inner_text()
    assert "Played backwards it says “Closing”, 0.600; forwards “Opening”, 0.600." in text
    bars = json.loads(page.locator(".backwards-esvs").get_attribute("data-figure"))["data"][0]
    assert bars["y"] == pytest.approx(ESV[::-1], abs=1e-6)
    assert bars["customdata"] == ["18", "12", "6", "1"]


@pytest.mark.whole
def test_a_switch_is_answered_at_once_and_for_both_models(switched, catalogue) -> None:
    page = opened(switched, catalogue, beside="TSN, 4 frames").page
    page.wait_for_function(
        "() => [...document.querySelectorAll('#content .says')].every(says => says.textContent)"
    )
    n_asked = len(switched.asked)
    milliseconds = page.evaluate(
        """() => new Promise(done => {
          const says = [...document.querySelectorAll('.what-if .says')];
          const start = performance.now();
          document.querySelector('.switch').click();
          const look = () => says.every(one => one.textContent.startsWith('Without'))
            ? done(performance.now() - start) : requestAnimationFrame(look);
          look(); })"""
    )
    print(f"switched in {milliseconds:.0f} ms")
    assert milliseconds < 1000  # 30 ms where nothing else runs
    assert page.locator(".switch[aria-checked=false]").count() == 2
    assert len(switched.asked) == n_asked, "scores are sent once"


@pytest.mark.whole
def test_why_there_are_no_scores_is_said_and_switches_go(explorer, catalogue, monkeypatch) -> None:
    monkeypatch.setattr(what_if_part, "why_not", lambda entry: "")
    monkeypatch.setattr(what_if_part, "is_at_once", lambda entry, n_elements: True)
    page = explorer.page
    said = {"state": "failed", "why": "The <b>model</b> is gone."}
    page.route("**/scores/**", lambda route: route.fulfill(json=said))
    explorer.open("/" + view_of(catalogue, "TRN, 4 frames", uid="20").query())
    page.wait_for_function("() => document.querySelector('#content .told')?.textContent")
    assert explorer.texts("#content .told") == [
        "Frames cannot be switched off here. The <b>model</b> is gone."
    ]
    assert page.locator(".switches").first.is_hidden() and page.locator(".acts").is_hidden()


@pytest.mark.whole
def test_what_costs_time_is_asked_for(switched, catalogue, monkeypatch) -> None:
    monkeypatch.setattr(what_if_part, "is_at_once", lambda entry, n_elements: False)
    view = view_of(catalogue, "TRN, 4 frames", uid="20", classes=(0,))
    page = switched.open("/" + view.query()).page
    page.get_by_role("button", name="Score all 16 choices of frames").click()
    page.wait_for_function("() => document.querySelector('#content .says')?.textContent")
    assert key_of(catalogue, "TRN, 4 frames") in switched.asked[0]


@pytest.mark.whole
def test_of_a_long_clip_only_what_is_near_is_asked_for(switched, catalogue, monkeypatch) -> None:
    monkeypatch.setattr(what_if_part, "MOST_IN_A_TABLE", 3)
    page = switched.page

    def scored(route) -> None:
        masks = parse_qs(route.request.post_data)["masks"][0].split(",")
        assert "masks" not in route.request.url
        inside = [tuple(i for i in range(N) if mask[i] == "1") for mask in masks]
        values = np.array([[score(one), 1 - score(one)] for one in inside], "<f4")
        text = b64encode(values.tobytes()).decode()
        route.fulfill(json={**answer(), "scores": text, "masks": masks})

    page.route("**/scores/**", scored)
    opened(switched, catalogue)
    assert deltas(switched) == [-0.05, -0.40, -0.10, -0.15]
    page.locator(".switch").nth(1).click()
    page.wait_for_function(
        "() => document.querySelector('.says').textContent.startsWith('Without')"
    )
    assert deltas(switched) == [-0.05, 0.40, 0.10, -0.15]
    assert page.locator(".growing").count() == 0 and page.locator(".path").count() == 0
    assert what_if.MOST_MASKS >= 129  # of 128 elements, those one switch away
