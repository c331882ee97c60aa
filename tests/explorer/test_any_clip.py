"""Clips in any form: played as they are, or shown as their film strip and converted when asked for."""

import io
import json
import shutil
import threading
import time
import urllib.request
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from PIL import Image

from playfair.explorer import conversions
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clip_page import content
from playfair.explorer.clips import Clips
from playfair.explorer.conversions import Conversions
from playfair.explorer.errors import NotThereError
from playfair.explorer.markup import markup
from playfair.explorer.media import begins, clip_url, converted_url, middles, strip_url
from playfair.explorer.scene import scene_of
from playfair.explorer.view import View
from playfair.steps.layout import Layout
from playfair.video import webm
from playfair.video.playable import described, played_as
from playfair.video.reader import VideoError, decode, frame_times
from playfair.video.segment import Segment
from playfair.video.webm import write_webm
from tests.clips import encoded, turned
from tests.explorer.conftest import CONFIGURATIONS, serving, write_store
from tests.explorer.test_server import get
from tests.in_chromium import NEEDS_BROWSER

N = 20  # frames of each, 12 a second; frame i is grey 20 + 11 · i
ODD = 'it\'s "50%" #1? a&b/Ünï çödé~.mkv'
SLASHES = "/top//of it all"
PLAYED = {"webm": "video/webm", "mp4": "video/mp4", "turned": "video/mp4", SLASHES: "video/webm"}
EXPLAINED = [1, 6, 12, 18]  # by write_store
# of a video as the browser shows it
PIXELS = """video => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const grey = Array.from(pixels).filter((value, place) => place % 4 == 0);
  return {grey, width: canvas.width, height: canvas.height};
}"""


def levels(clip, indices=None) -> list[int]:
    """Which frames these are, by how grey they are."""
    grey = decode(clip, indices, (2, 2)).mean((1, 2, 3))
    return ((grey - 20) / 11).round().astype(int).tolist()


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("clips")
    frames = [np.full((48, 64, 3), 20 + 11 * i, np.uint8) for i in range(N)]
    webm = encoded(folder / "a.webm", "libvpx-vp9", frames)
    places = {
        "webm": webm,
        "mp4": encoded(folder / "b.mp4", "libx264", frames, "mp4"),
        "avi": encoded(folder / "c.avi", "mpeg4", frames, "avi"),
        ODD: encoded(folder / "d.mkv", "libx264", frames, "matroska"),
        SLASHES: folder / "e.webm",
        "pictures": folder / "pictures",
        "part": Segment(webm, 0.08, 2.0),
    }
    stored = np.zeros((48, 64, 3), np.uint8)
    stored[24:, :32] = 80
    stored[24:, 32:] = 160
    stored[:24, 32:] = 240
    phone = turned(encoded(folder / "f.mp4", "libx264", [stored] * N, "mp4"))
    places |= {"turned": phone, "turned part": Segment(phone, 0.08, 2.0)}
    shutil.copy(webm, places[SLASHES])
    places["pictures"].mkdir()
    for i in range(N):
        Image.fromarray(frames[i]).save(places["pictures"] / f"{i:03}.png")
    return places


@pytest.fixture(scope="module")
def any_clips(places, tmp_path_factory) -> Catalogue:
    """The explorer's catalogue of ESVs of these clips."""
    outputs = tmp_path_factory.mktemp("outputs")
    uids = list(places)
    write_store(outputs, uids, np.zeros(len(uids), int), ["On", "Off"], 4, dataset="own")
    catalogue = Catalogue(Layout(outputs), Clips(CONFIGURATIONS, outputs))
    catalogue.clips.opened["own"] = SimpleNamespace(
        split=lambda name: SimpleNamespace(uids=np.array(uids)),
        clip=lambda uid: places[uid],
        media_type=lambda uid: "video/x-anything",
    )
    return catalogue


@pytest.fixture(scope="module")
def address(any_clips):
    with serving(any_clips) as url:
        yield url


def key_of(catalogue: Catalogue) -> str:
    return next(iter(catalogue.contents().entries))


def page_of(catalogue: Catalogue, uid: str) -> str:
    scene = scene_of(View(esvs=key_of(catalogue), uid=uid), catalogue)
    return markup(content(scene, catalogue))


def converted(address: str, url: str) -> dict:
    """How a conversion ends."""
    for _ in range(600):
        request = urllib.request.Request(f"{address}/{url}", method="POST")
        with urllib.request.urlopen(request) as answer:
            said = json.loads(answer.read())
        if said["state"] in ("ready", "failed"):
            return said
        time.sleep(0.02)
    raise TimeoutError(said)


def test_a_browser_plays_what_all_of_them_play(places) -> None:
    kinds = {uid: played_as(place) for uid, place in places.items()}
    assert {uid: kind for uid, kind in kinds.items() if kind} == PLAYED
    assert described(places["avi"]) == "mpeg4 in .avi"
    assert described(places["pictures"]) == "a folder of pictures"
    assert described(places["part"]) == "a part of a longer video, vp9 in .webm"


def test_what_is_called_otherwise_is_known_by_what_is_in_it(places, tmp_path) -> None:
    shutil.copy(places["webm"], tmp_path / "a.mp4")
    shutil.copy(places[ODD], tmp_path / "b.webm")
    assert played_as(tmp_path / "a.mp4") == "video/webm"
    assert played_as(tmp_path / "b.webm") == ""


def test_h264_for_cameras_is_not_played(tmp_path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv444p"
        picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        container.mux(stream.encode(picture))
        container.mux(stream.encode())
    assert played_as(tmp_path / "a.mp4") == ""


@pytest.mark.parametrize("uid", ["webm", "avi", ODD, SLASHES, "pictures", "part"])
def test_every_clip_is_shown_by_its_frames(any_clips, address, uid: str) -> None:
    key = key_of(any_clips)
    status, body, _ = get(f"{address}/{strip_url(key, uid, np.array(EXPLAINED))}")
    assert status == 200, body
    picture = np.asarray(Image.open(io.BytesIO(body)), float)
    first = 1 if uid == "part" else 0
    shown = (picture.reshape(120, 4, -1, 3).mean((0, 2, 3)) - 20) / 11
    assert shown.round().tolist() == [first + frame for frame in EXPLAINED]
    text = page_of(any_clips, uid)
    is_played = uid in PLAYED
    assert ('class="button convert"' in text) != is_played
    assert (f'src="{clip_url(key, uid)}"' in text) == is_played
    if not is_played:
        assert "Browsers do not play this clip" in text and f'"{converted_url(key, uid)}"' in text


@pytest.mark.parametrize("uid", ["webm", "mp4", SLASHES])
def test_a_clip_that_is_played_is_sent_as_what_it_is(any_clips, address, places, uid) -> None:
    status, body, headers = get(f"{address}/{clip_url(key_of(any_clips), uid)}")
    assert (status, body) == (200, places[uid].read_bytes())
    assert headers["Content-Type"] == PLAYED[uid]


@pytest.mark.parametrize("uid", ["part", "pictures"])
def test_no_folder_and_no_longer_video_is_sent(any_clips, address, uid: str) -> None:
    assert get(f"{address}/{clip_url(key_of(any_clips), uid)}")[0] == 404


@pytest.mark.parametrize("uid", [ODD, "pictures", "part"])
def test_a_clip_is_converted_when_that_is_asked_for(any_clips, address, tmp_path, uid) -> None:
    url = converted_url(key_of(any_clips), uid)
    assert get(f"{address}/{url}")[0] == 404  # nobody asked yet
    said = converted(address, url)
    assert said["state"] == "ready"
    status, body, headers = get(f"{address}/{url}")
    assert (status, headers["Content-Type"]) == (200, "video/webm")
    assert get(f"{address}/{url}", Range="bytes=0-9")[1] == body[:10]
    whole = list(range(1, N)) if uid == "part" else list(range(N))
    (tmp_path / "a.webm").write_bytes(body)
    assert levels(tmp_path / "a.webm") == whole
    assert played_as(tmp_path / "a.webm") == "video/webm"
    assert said["frames"] == len(whole)


def test_pages_are_answered_while_a_clip_is_converted(any_clips, address, monkeypatch) -> None:
    """Measured: 6 ms without, 35 ms while 1,000 frames of 720 lines are converted."""
    begun = threading.Event()
    let_go = threading.Event()

    def write(*_, **__) -> int:
        begun.set()
        let_go.wait(30)
        return 0

    monkeypatch.setattr(conversions, "write_webm", write)
    key = key_of(any_clips)
    asked = urllib.request.Request(f"{address}/{converted_url(key, 'avi')}", method="POST")
    urllib.request.urlopen(asked).read()
    assert begun.wait(30)
    assert get(f"{address}/{View(esvs=key, uid='webm').query()}")[0] == 200
    assert get(f"{address}/{strip_url(key, 'mp4', np.array(EXPLAINED))}")[0] == 200
    assert not let_go.is_set()
    let_go.set()


def is_upright(pictures: np.ndarray) -> bool:
    """Whether pictures, (…, height, width), are those of a phone after a quarter turn clockwise."""
    height, width = pictures.shape[-2:]
    rows = [slice(height // 8, height * 3 // 8), slice(height * 5 // 8, height * 7 // 8)]
    columns = [slice(width // 8, width * 3 // 8), slice(width * 5 // 8, width * 7 // 8)]
    levels = [[float(pictures[..., row, column].mean()) for column in columns] for row in rows]
    return height > width and bool(np.abs(np.array(levels) - [[80, 0], [160, 240]]).max() < 20)


@pytest.mark.parametrize("uid", ["turned", "turned part"])
def test_a_clip_of_a_phone_is_shown_upright(any_clips, address, tmp_path, uid: str) -> None:
    key = key_of(any_clips)
    _, body, _ = get(f"{address}/{strip_url(key, uid, np.array(EXPLAINED))}")
    strip = np.asarray(Image.open(io.BytesIO(body)).convert("L"))
    assert strip.shape == (120, 4 * 90)
    assert is_upright(strip.reshape(120, 4, 90).swapaxes(0, 1))
    if uid == "turned":
        return
    url = converted_url(key, uid)
    assert converted(address, url)["state"] == "ready"
    (tmp_path / "a.webm").write_bytes(get(f"{address}/{url}")[1])
    assert is_upright(decode(tmp_path / "a.webm").mean(-1))


def test_a_frame_is_sought_when_it_is_shown(places, tmp_path) -> None:
    uneven = uneven_clip(tmp_path / "uneven.webm")
    assert middles(uneven, np.array([0, 2, 3, 9])) == [0.05, 0.55, 0.95, 1.55]
    assert begins(uneven, np.array([0, 2, 3, 9])) == [0.0, 0.2, 0.9, 1.5]
    part = Segment(places["webm"], 0.5, 2.0)
    assert middles(part, np.array([0, 5])) == pytest.approx([6.5 / 12, 11.5 / 12], abs=2e-3)
    write_webm(uneven, tmp_path / "converted.webm")
    assert frame_times(tmp_path / "converted.webm") == pytest.approx(frame_times(uneven))


def test_a_part_that_is_converted_begins_at_its_own_beginning(places, tmp_path) -> None:
    part = Segment(places["webm"], 0.5, 2.0)
    write_webm(part, tmp_path / "part.webm")
    with av.open(str(tmp_path / "part.webm")) as container:  # as a browser counts
        stamps = [packet.pts for packet in container.demux() if packet.size]
    assert stamps == pytest.approx(1000 * (frame_times(part) - frame_times(part)[0]), abs=1)


def uneven_clip(file: Path) -> Path:
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libvpx-vp9", rate=10)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for i, moment in enumerate([0, 100, 200, 900, 1000, 1100, 1200, 1300, 1400, 1500]):
            picture = av.VideoFrame.from_ndarray(
                np.full((48, 64, 3), 20 + 11 * i, np.uint8), "rgb24"
            )
            picture.pts = moment
            picture.time_base = stream.codec_context.time_base
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return file


def test_converting_is_bounded_in_frames_and_in_time(places, tmp_path) -> None:
    assert write_webm(places["avi"], tmp_path / "a.webm", most_frames=5) == 5
    assert levels(tmp_path / "a.webm") == [0, 1, 2, 3, 4]
    with pytest.raises(VideoError, match="only 0 frames were converted in 0 s"):
        write_webm(places["avi"], tmp_path / "b.webm", most_seconds=0)
    with pytest.raises(VideoError, match="only 0 frames were converted in 0 s"):
        write_webm(places["pictures"], tmp_path / "b.webm", most_seconds=0)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.webm"]


def test_converting_is_bounded_in_bytes_and_in_pixels(tmp_path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (12, 16, 3000, 3), dtype=np.uint8)
    wide = encoded(tmp_path / "a.mkv", "ffv1", list(noise), "matroska")
    n_frames = write_webm(wide, tmp_path / "b.webm", most_bytes=1000)
    assert 0 < n_frames < 12
    assert decode(tmp_path / "b.webm", [0]).shape[1:] == (6, 1280, 3)


def test_a_part_that_lies_far_in_is_not_waited_for(places, tmp_path, monkeypatch) -> None:
    part = Segment(places["webm"], 18, 20, "frame")  # of one key frame: all before are decoded
    now = iter(range(1000))
    monkeypatch.setattr(webm, "time", SimpleNamespace(monotonic=lambda: float(next(now))))
    with pytest.raises(VideoError, match="only 0 frames were converted in 10 s"):
        write_webm(part, tmp_path / "a.webm", most_seconds=10)
    assert next(now) < 15


def test_what_cannot_be_converted_says_why(tmp_path) -> None:
    (tmp_path / "text.avi").write_text("no video")
    asked = Conversions()
    state = waited(asked, tmp_path / "text.avi")
    assert state.state == "failed" and "cannot be decoded as video" in state.why
    with pytest.raises(NotThereError, match="has not been converted"):
        asked.file(tmp_path / "text.avi")


def waited(asked: Conversions, clip: Path):
    for _ in range(500):
        begun = asked.asked(clip)
        if begun.state in ("ready", "failed"):
            return begun
        time.sleep(0.01)
    raise TimeoutError(begun)


def test_no_more_is_kept_or_awaited_than_a_bound(places, tmp_path, monkeypatch) -> None:
    copies = [Path(shutil.copy(places["avi"], tmp_path / f"{i}.avi")) for i in range(4)]
    asked = Conversions(most_bytes=1, most_waiting=2)
    first = waited(asked, copies[0])
    second = waited(asked, copies[1])
    for _ in range(500):
        if not first.file.exists():
            break
        time.sleep(0.01)
    assert not first.file.exists()
    assert second.file.is_file()
    assert waited(asked, copies[0]).state == "ready"  # made anew
    let_go = False

    def write(*_, **__) -> int:
        while not let_go:
            time.sleep(0.01)
        return 0

    monkeypatch.setattr(conversions, "write_webm", write)
    busy = Conversions(most_waiting=2)
    assert [busy.asked(copies[0])] and not time.sleep(0.05)
    busy.asked(copies[1])
    busy.asked(copies[2])
    with pytest.raises(NotThereError, match="2 clips are waiting"):
        busy.asked(copies[3])
    let_go = True


def test_a_clip_that_has_changed_is_converted_again(places, tmp_path) -> None:
    clip = Path(shutil.copy(places["avi"], tmp_path / "a.avi"))
    asked = Conversions()
    first = waited(asked, clip)
    shutil.copy(places["mp4"], clip)
    assert waited(asked, clip).file != first.file


@pytest.mark.whole
@NEEDS_BROWSER
def test_the_page_converts_and_then_shows_the_frame_that_is_pointed_at(explorer, any_clips) -> None:
    key = key_of(any_clips)
    page = explorer.page
    page.goto(explorer.address + "/" + View(esvs=key, uid="part").query())
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.click("#content .convert")
    page.wait_for_selector("#content #video:not([hidden])")
    assert page.locator(".convert").is_hidden()
    # frame 12 of the part, which begins with frame 1 of its file: half a frame after it comes
    assert sought(page, 2) == pytest.approx(12.5 / 12, abs=2e-3)
    explorer.open("/" + View(esvs=key, uid="webm").query())
    assert sought(page, 1) == pytest.approx(6.5 / 12, abs=2e-3)
    explorer.open("/" + View(esvs=key, uid="turned").query())
    page.wait_for_function("() => document.querySelector('#video').readyState >= 2")
    seen = page.eval_on_selector("#video", PIXELS)
    assert is_upright(np.array(seen["grey"], float).reshape(seen["height"], seen["width"]))


def sought(page, frame: int) -> float:
    """The moment that is shown when a frame is pointed at."""
    page.wait_for_function("() => document.querySelector('#video').readyState > 1")
    page.locator("#content .frame").nth(frame).hover()
    page.wait_for_function(
        "() => { const video = document.querySelector('#video'); return video.paused && !video.seeking; }"
    )
    return page.eval_on_selector("#video", "video => video.currentTime")
