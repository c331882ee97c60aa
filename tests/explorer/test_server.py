"""Over HTTP: what is served, what is refused, what is told."""

import io
import json
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message

import numpy as np
import pandas as pd
import pytest
from flask import Flask
from PIL import Image

from playfair.datasets.something_something import VIDEO_FOLDER
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.server import listen
from playfair.explorer.shown import show
from playfair.explorer.view import View
from playfair.video.reader import decode
from tests.conftest import ROOT
from tests.explorer.conftest import asked_by_browser, serving, write_store


def get(url: str, **headers: str) -> tuple[int, bytes, Message]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def draw(address: str, search: str, changed: str = "url", value: object = None) -> dict:
    """What the server answers when the URL, or a control, changes."""
    callbacks = json.loads(get(f"{address}/_dash-dependencies")[1])
    body = json.dumps(asked_by_browser(callbacks, search, changed, value)).encode()
    request = urllib.request.Request(
        f"{address}/_dash-update-component", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())["response"]


def test_a_clip_is_served_as_it_is_and_in_ranges(catalogue, address: str) -> None:
    whole = catalogue.dataset("synthetic").clip("20").read_bytes()
    status, body, headers = get(f"{address}/clips/synthetic/20.webm")
    assert (status, body, headers["Content-Type"]) == (200, whole, "video/webm")
    status, body, headers = get(f"{address}/clips/synthetic/20.webm", Range="bytes=10-19")
    assert (status, body) == (206, whole[10:20]) and headers[
        "Content-Range"
    ] == f"bytes 10-19/{len(whole)}"


def test_the_film_strip_shows_the_frames_that_were_asked_for(catalogue, address: str) -> None:
    status, body, _ = get(f"{address}/strips/synthetic/20.jpg?frames=1,6,12,18")
    picture = np.asarray(Image.open(io.BytesIO(body)), float)
    assert status == 200 and picture.shape == (120, 480, 3)
    frames = decode(catalogue.dataset("synthetic").clip("20"), [1, 6, 12, 18], (120, 120))
    assert abs(picture - np.concatenate(list(frames), axis=1)).mean() < 4  # JPEG


@pytest.fixture(scope="module")
def beside_secrets(catalogue, tmp_path_factory) -> Iterator[str]:
    """The explorer on a dataset with files beside it that are none of its business."""
    data = tmp_path_factory.mktemp("secrets") / "data"
    shutil.copytree(catalogue.data, data)
    clips = data / "synthetic" / VIDEO_FOLDER
    for folder in (data.parent, data, clips.parent):
        (folder / "secret.webm").write_bytes(b"s3cr3t")
    (clips / "link.webm").symlink_to(data / "secret.webm")
    (clips / "folder.webm").mkdir()
    with serving(Catalogue(catalogue.outputs, data)) as url:
        yield url


@pytest.mark.parametrize(
    "path",
    [
        "/clips/synthetic/../labels/labels.json",
        "/clips/synthetic/..%2flabels%2flabels.webm",
        "/clips/synthetic/%2e%2e%2f%2e%2e%2fsecret.webm",
        "/clips/synthetic//etc/passwd.webm",
        "/clips/synthetic/%2fetc%2fpasswd.webm",
        "/clips/..%2f..%2fetc/passwd.webm",
        "/clips/synthetic/link.webm",
        "/clips/synthetic/folder.webm",
        "/clips/synthetic/.webm",
        "/clips/synthetic/%00.webm",
        f"/clips/synthetic/{'1' * 300}.webm",
        "/strips/synthetic/link.jpg?frames=0",
        "/strips/synthetic/20.jpg?frames=0,999",
        f"/strips/synthetic/20.jpg?frames={','.join(['1'] * 300)}",
        "/strips/synthetic/20.jpg?frames=x",
        "/assets/../server.py",
        "/assets/..%2fserver.py",
        "/labels/labels.json",
        "/_dash-component-suites/dash/../../server.py",
        "/export.py",
    ],
)
def test_nothing_but_clips_of_the_dataset_is_served(beside_secrets: str, path: str) -> None:
    status, body, _ = get(beside_secrets + path)
    assert status == 404 and b"s3cr3t" not in body and b"import" not in body


@pytest.mark.parametrize(
    "path", ["/clips/synthetic/2000.webm", "/?uid=2000", "/export.csv?uid=2000"]
)
def test_an_unknown_uid_is_a_404_that_says_what_exists(address: str, path: str) -> None:
    status, body, _ = get(address + path)
    assert status == 404 and b"There is no clip 2000" in body and b"24 clips, such as 20" in body
    assert b'<a href="/?study=synthetic/tsn">' in body


def test_what_was_typed_is_not_run_as_html(address: str) -> None:
    _, body, _ = get(f"{address}/?uid=%3Cscript%3Ealert(1)%3C/script%3E")
    assert b"<script>alert" not in body and b"&lt;script&gt;" in body


def test_a_store_that_is_removed_while_it_is_open_ends_in_a_message(make_catalogue) -> None:
    catalogue = make_catalogue()
    with serving(catalogue) as address:
        search = draw(address, "?study=synthetic/trn&uid=20")["url"]["search"]
        shutil.rmtree(catalogue.store("synthetic/tsn", "4"))
        assert "there are synthetic/trn" in json.dumps(
            draw(address, "?study=synthetic/tsn")["content"]
        )
        opened = show(View.of(search), catalogue).first
        shutil.rmtree(catalogue.store("synthetic/trn", "4"))
        assert "has no ESVs of 4 frames; it has 6-budget-100" in json.dumps(
            draw(address, search)["content"]
        )
        with pytest.raises(ValueError, match="not there any more"):
            opened.clip("21")
        shutil.rmtree(catalogue.outputs)
        assert "experiment=paper" in json.dumps(draw(address, search)["content"])


def test_a_store_that_is_made_again_is_read_again(make_catalogue) -> None:
    fresh = make_catalogue()
    path = fresh.store("synthetic/trn", "4")
    before = show(View(), fresh).first.predicted[1]
    shutil.rmtree(path)
    shutil.copytree(fresh.store("synthetic/tsn", "4"), path)
    tsn = show(View(study="synthetic/tsn"), fresh).first.predicted[1]
    assert not np.array_equal(before, tsn)
    np.testing.assert_array_equal(show(View(), fresh).first.predicted[1], tsn)


def test_a_control_changes_the_link(address: str) -> None:
    start = "?study=synthetic/trn&frames=4&uid=20&show=1,2&frame=3"
    changed = {
        "beside": ("tsn", "?study=synthetic/trn&beside=tsn&frames=4&uid=20&show=1,2&frame=3"),
        "frames": ("6-budget-100", "?study=synthetic/trn&frames=6-budget-100&uid=20&show=1,2"),
        "find": ("31", "?study=synthetic/trn&frames=4&find=31&uid=31"),
        "study": ("synthetic/tsn", "?study=synthetic/tsn&frames=4&uid=20"),
    }
    for control, (value, link) in changed.items():
        assert draw(address, start, control, value)["url"]["search"] == link


def test_a_length_or_study_that_does_not_hold_the_clip_shows_the_first_it_holds(
    make_catalogue,
) -> None:
    catalogue = make_catalogue()
    whole = show(View(study="synthetic/trn", frames="4"), catalogue).first
    uids, names = whole.uids[:5].tolist(), whole.class_names  # of clips that are long enough
    for model, n_frames in (("trn", 12), ("slow", 4)):
        path = catalogue.outputs / "synthetic" / model / "esv" / f"frames-{n_frames:02d}.zarr"
        write_store(path, uids, whole.labels[:5], names, n_frames)
    with serving(catalogue) as address:
        start = "?study=synthetic/trn&frames=4&uid=30"
        longer, other = (
            draw(address, start, "frames", "12"),
            draw(address, start, "study", "synthetic/slow"),
        )
    assert longer["url"]["search"] == "?study=synthetic/trn&frames=12&uid=13"
    assert other["url"]["search"] == "?study=synthetic/slow&frames=4&uid=13"


def test_the_csv_holds_the_numbers_of_the_view(catalogue, address: str) -> None:
    status, body, headers = get(
        f"{address}/export.csv?study=synthetic/trn&beside=tsn&frames=4&uid=20&show=3,7"
    )
    table = pd.read_csv(io.BytesIO(body))
    assert (
        status == 200
        and 'filename="playfair-synthetic-trn-20.csv"' in headers["Content-Disposition"]
    )
    for model in ("trn", "tsn"):
        clip = show(View(study=f"synthetic/{model}", frames="4"), catalogue).first.clip("20")
        for label in (3, 7):
            rows = table[(table["model"] == model) & (table["class"] == label)]
            np.testing.assert_allclose(rows["esv"], clip.esv[:, label], atol=1e-7)
            assert rows["esv"].sum() + rows["prior"].iloc[0] == pytest.approx(
                rows["score"].iloc[0], abs=1e-6
            )


def test_the_csv_of_all_clips_holds_the_heat_map(catalogue, address: str) -> None:
    table = pd.read_csv(io.BytesIO(get(f"{address}/export.csv?page=population")[1]))
    assert len(table) == 12 * 4 and table.groupby("class")["clips"].first().sum() == 24


def test_the_exported_file_needs_nothing_else(address: str) -> None:
    for query in ("?beside=tsn&uid=20&frames=4", "?page=population&cell=3,1"):
        page = get(f"{address}/export.html{query}")[1].decode()
        body = page.split("</style>")[1].split("<script>")[0]
        assert "data-figure=" in body and "data:image/jpeg;base64," in body and "<a " not in body
        assert ("data:video/webm;base64," in body) == ("uid" in query)
        assert (
            "/clips/" not in body
            and "/strips/" not in body
            and "<script src" not in page
            and "<link" not in page
        )


def test_the_browser_is_told_to_load_nothing_from_elsewhere(address: str) -> None:
    _, body, headers = get(address)
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert b'src="http' not in body and b'href="http' not in body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_there_is_no_way_to_write(address: str, method: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(
            urllib.request.Request(f"{address}/clips/synthetic/20.webm", b"x", method=method)
        )


def test_the_next_free_port_is_taken_and_none_free_is_told(catalogue, address: str) -> None:
    taken = int(address.rsplit(":")[-1])
    server = listen(Flask("free"), "127.0.0.1", taken)
    assert server.port > taken
    server.server_close()
    for port, told in ((taken, "in use"), (70_000, "65535")):
        with pytest.raises(ValueError, match=f"{told}.*Type experiment.port=NUMBER"):
            listen(Flask("full"), "127.0.0.1", port, tries=1)


def test_the_explorer_does_without_torch() -> None:
    code = "import sys, experiments.explorer; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
