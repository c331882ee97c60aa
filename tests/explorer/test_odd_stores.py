"""Clips of one frame and of 128, 1,000 classes, names that are markup or run from right to left."""

import numpy as np
import pytest

from playfair.explorer import callbacks, start_page
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips
from playfair.explorer.export_html import markup
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
    text = markup(callbacks.content(shown, odd))
    assert "<img src=x" not in text and "<script" not in text
    assert "nan" not in text.lower().replace("finance", "")


def test_names_are_text_on_the_first_page_and_in_the_list(odd) -> None:
    shown = scene_of(view_of(odd, "TRN, 1 frame", page="start"), odd)
    everything = callbacks.everything(shown, odd)
    text = markup(everything["clips"]) + markup(start_page.content(shown))
    assert "&lt;img src=x" in text and "<img src=x" not in text


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
                mark = page.locator("#content [data-tip]").first
                if mark.count():
                    mark.hover(force=True)
                    assert page.evaluate("window.ran") is None
                assert [fault for fault in explorer.faults if "404" not in fault] == []
                context.close()
