"""The frame that is pointed at is the frame that was explained: read from the browser's own pixels."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips
from playfair.explorer.view import View
from playfair.steps.layout import Layout
from tests.explorer.browsing import Explorer
from tests.explorer.conftest import CONFIGURATIONS, serving, write_store
from tests.in_chromium import NEEDS_BROWSER

pytestmark = [NEEDS_BROWSER, pytest.mark.whole]
N = 20  # frames of each; frame i is grey 20 + 11 · i
EXPLAINED = [1, 6, 12, 18]  # by write_store
STEADY = [round(1000 * i / 12) for i in range(N)]
# shown for between 20 ms and 1 s each
VARIED = np.cumsum([0, *([40, 400, 90, 1000, 20] * 4)])[:N].tolist()
# 25 a second in a file that says 12, then 4 a second: a browser that goes by the file's word is off by one
HURRIED = np.cumsum([0, *([40] * 10), *([240] * 9)]).tolist()
GREY = """() => { const video = document.getElementById('video');
 const canvas = document.createElement('canvas'); canvas.width = canvas.height = 1;
 const pen = canvas.getContext('2d'); pen.drawImage(video, 0, 0, 1, 1);
 return pen.getImageData(0, 0, 1, 1).data[0]; }"""
# the browser shows a frame some time after it has said that it found it
AT_REST = f"""frame => {{ const video = document.getElementById('video');
 return video.paused && !video.seeking && video.readyState > 1
   && Math.round((({GREY})() - 20) / 11) === frame; }}"""


def written(file: Path, codec: str, moments: list[int], *, live: bool = False) -> Path:
    """A clip whose frames come at these milliseconds."""
    options = {"live": "1"} if live else {}
    with av.open(str(file), "w", options=options) as container:
        stream = container.add_stream(codec, rate=12)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for i, moment in enumerate(moments):
            grey = np.full((48, 64, 3), 20 + 11 * i, np.uint8)
            picture = av.VideoFrame.from_ndarray(grey, "rgb24")
            picture.pts = moment
            picture.time_base = stream.codec_context.time_base
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return file


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("moments")
    late = [1500 + moment for moment in STEADY]
    return {
        "varied": written(folder / "a.webm", "libvpx-vp9", VARIED),
        "varied mp4": written(folder / "b.mp4", "libx264", VARIED),
        "hurried": written(folder / "g.webm", "libvpx-vp9", HURRIED),
        "late": written(folder / "c.webm", "libvpx-vp9", late),
        "late mp4": written(folder / "d.mp4", "libx264", late),
        "recorded": written(folder / "e.webm", "libvpx", VARIED, live=True),
        "what? #1 & 50%": written(folder / "f #1? 50%.webm", "libvpx-vp9", STEADY),
    }


@pytest.fixture(scope="module")
def address(places, tmp_path_factory) -> Iterator[tuple[str, str]]:
    outputs = tmp_path_factory.mktemp("outputs")
    uids = list(places)
    write_store(outputs, uids, np.zeros(len(uids), int), ["On", "Off"], 4, dataset="own")
    catalogue = Catalogue(Layout(outputs), Clips(CONFIGURATIONS, outputs))
    catalogue.clips.opened["own"] = SimpleNamespace(
        split=lambda name: SimpleNamespace(uids=np.array(uids)),
        clip=lambda uid: places[uid],
        media_type=lambda uid: "video/webm" if places[uid].suffix == ".webm" else "video/mp4",
    )
    with serving(catalogue) as url:
        yield url, next(iter(catalogue.contents().entries))


def point_at(page: Any, place: int) -> None:
    """Points at a frame, once more where the page of a busy machine did not listen yet."""
    frame = page.locator("#content .frame").nth(place)
    for _ in range(10):
        frame.hover()
        if "current" in frame.get_attribute("class").split():
            return
        page.mouse.move(0, 0)
        page.wait_for_timeout(200)


@pytest.mark.parametrize(
    "uid", ["hurried", "varied", "varied mp4", "late", "late mp4", "recorded", "what? #1 & 50%"]
)
def test_the_clip_shows_the_frame_that_is_pointed_at(context, address, uid: str) -> None:
    from playwright.sync_api import TimeoutError

    url, key = address
    page = Explorer(context.new_page(), url).open("/" + View(esvs=key, uid=uid).query()).page
    page.wait_for_function("() => document.getElementById('video').readyState > 1")
    seen = []
    for place, frame in enumerate(EXPLAINED):
        point_at(page, place)
        with suppress(TimeoutError):  # it shows another: which one is said below
            page.wait_for_function(AT_REST, arg=frame, timeout=20_000)
        seen.append(round((page.evaluate(GREY) - 20) / 11))
    page.close()
    assert seen == EXPLAINED
