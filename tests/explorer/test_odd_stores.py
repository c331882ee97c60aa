"""Clips of one frame and of 128, 1,000 classes, names that are markup or run from right to left."""

from base64 import b64encode
from urllib.parse import parse_qs

import numpy as np
import pytest

from playfair.explorer import start_page, view_parts, what_if_part
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips
from playfair.explorer.markup import markup
from playfair.explorer.scene import scene_of
from playfair.explorer.view import PAGES
from playfair.steps.layout import Layout
from tests.explorer.browsing import Explorer
from tests.explorer.conftest import CONFIGURATIONS, serving, view_of, write_store
from tests.in_chromium import NEEDS_BROWSER

NAMES = [
    '<img src=x onerror="window.ran = 1"> & "quotes"',
    "</script><script>window.ran = 1</script>",
    "هل تقرأ من اليمين إلى اليسار",
    "\x1b[31mred\x07",
    "%{y}<extra>no template</extra>",
    *(f"Doing {i} with something that has a rather long name" for i in range(5, 1000)),
]
UIDS = ["a<b>&'\"", "مقطع", *(f"clip {i}" for i in range(6))]


@pytest.fixture(scope="module")
def odd(tmp_path_factory) -> Catalogue:
    outputs = tmp_path_factory.mktemp("odd")
    labels = np.array([0, 1, 2, 3, 4, 999, 0, 1])
    for n_frames, model in ((1, "trn"), (1, "tsn"), (128, "trn"), (128, "tsn")):
        budget = 1000 if n_frames > 20 else None
        options = {"budget": budget, "model": model, "dataset": "odd"}
        write_store(outputs, UIDS, labels, NAMES, n_frames, **options)
    return Catalogue(Layout(outputs), Clips(CONFIGURATIONS, outputs))


FRAMES = {"TRN, 1 frame": "TSN, 1 frame"}
FRAMES["TRN, 128 frames, sampled (1,000)"] = "TSN, 128 frames, sampled (1,000)"


@pytest.mark.parametrize(("name", "beside"), FRAMES.items())
@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_written(odd, name: str, beside: str, page: str) -> None:
    shown = scene_of(view_of(odd, name, beside=beside, page=page, uid=UIDS[0]), odd)
    text = markup(view_parts.content(shown, odd))
    assert "<img src=x" not in text and "<script" not in text
    assert "nan" not in text.lower().replace("finance", "")


def test_names_are_text_on_the_first_page_and_in_the_list(odd) -> None:
    shown = scene_of(view_of(odd, "TRN, 1 frame", page="start"), odd)
    everything = view_parts.everything(shown, odd)
    text = markup(everything["clips"]) + markup(start_page.content(shown, odd))
    assert "&lt;img src=x" in text and "<img src=x" not in text
    assert "\\x1b[31mred\\x07" in text and "\x1b" not in text
    # what runs from right to left turns no word of ours
    assert f"\u2068{NAMES[2]}\u2069" in text and f"\u2068{UIDS[1]}\u2069" in text


@NEEDS_BROWSER
@pytest.mark.whole
@pytest.mark.parametrize("width", [400, 1280])
def test_a_browser_shows_them_and_runs_nothing(browser, odd, width: int) -> None:
    with serving(odd) as address:
        for name, beside in FRAMES.items():
            for page_name in PAGES:
                context = browser.new_context(viewport={"width": width, "height": 900})
                explorer = Explorer(context.new_page(), address)
                page = explorer.page
                view = view_of(odd, name, beside=beside, page=page_name, uid=UIDS[1])
                page.goto(f"{address}/{view.query()}")
                page.wait_for_selector("#content .disagreement, #content .strip, #content .cells")
                page.wait_for_timeout(300)
                assert page.evaluate("window.ran") is None
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                if page_name == "population":  # beside the longest names there is room for cells
                    page.goto(f"{address}/{view_of(odd, name, page=page_name).query()}")
                    page.wait_for_selector("#content .cells")
                    cells = page.locator("#content .cells").first.bounding_box()
                    assert cells["width"] >= 90
                mark = page.locator("#content [data-tip]").first
                if mark.count():
                    mark.hover(force=True)
                    assert page.evaluate("window.ran") is None
                assert [fault for fault in explorer.faults if "404" not in fault] == []
                context.close()


def answered(sent: str | None) -> dict:
    """What a model says of one element, or of 128 of which some masks are asked for; 1,000 classes."""
    masks = parse_qs(sent)["masks"][0].split(",") if sent else None
    rows = np.random.default_rng(0).dirichlet(np.full(len(NAMES), 0.01), len(masks or "01"))
    rows[:, :4] += 1  # the odd names come first
    return {
        "state": "ready",
        "classes": list(range(len(NAMES))),
        "names": NAMES,
        "scores": b64encode((rows / rows.sum(1, keepdims=True)).astype("<f4").tobytes()).decode(),
        "masks": masks,
    }


@NEEDS_BROWSER
@pytest.mark.whole
@pytest.mark.parametrize(("name", "n_elements"), [*zip(FRAMES, (1, 128), strict=True)])
def test_frames_of_odd_stores_are_switched_and_names_stay_text(
    browser, odd, monkeypatch, name: str, n_elements: int
) -> None:
    monkeypatch.setattr(what_if_part, "why_not", lambda entry: "")
    monkeypatch.setattr(what_if_part, "is_at_once", lambda entry, n: True)
    context = browser.new_context(viewport={"width": 400, "height": 900})
    with serving(odd) as address:
        page = context.new_page()
        page.route(
            "**/scores/**", lambda route: route.fulfill(json=answered(route.request.post_data))
        )
        page.goto(f"{address}/{view_of(odd, name, uid=UIDS[0], classes=(1, 0)).query()}")
        page.wait_for_function("() => document.querySelector('#content .says')?.textContent")
        assert page.locator("#content .switch").count() == n_elements
        page.locator("#content .switch").first.click()
        page.wait_for_function(
            "() => document.querySelector('#content .says').textContent.startsWith('Without')"
        )
        said = page.locator("#content .says").inner_text()
        gone = f"Without frame 1 ({n_elements - 1} of {n_elements} left)"
        assert said.startswith(gone) and f"“{NAMES[1]}” goes from" in said
        assert page.locator("#content .now .name").count() == 5
        for summary in page.locator("#content summary").all():
            summary.click()
        page.wait_for_timeout(200)
        assert page.evaluate("window.ran") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
    context.close()
