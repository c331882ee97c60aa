"""Over HTTP: what is served, what is refused, what is said."""

import io
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message

import numpy as np
import pandas as pd
import pytest
from flask import Flask
from PIL import Image

from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips
from playfair.explorer.listening import listen
from playfair.explorer.media import clip_url
from playfair.explorer.scene import scene_of
from playfair.explorer.view import View
from playfair.video.reader import decode
from tests.explorer.conftest import (
    CONFIGURATIONS,
    key_of,
    scene,
    serving,
    view_address,
    view_of,
    write_store,
)

SAMPLED = "TRN, 6 frames, sampled (100)"


def get(url: str, **headers: str) -> tuple[int, bytes, Message]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def draw(address: str, search: str, control: str = "", value: object = "") -> dict:
    """What the server answers when the URL, or a control, changes."""
    return json.loads(get(address + view_address(search, control, value))[1])


def clip_of(catalogue, uid: str = "20"):
    return catalogue.clips.file("synthetic", "validation", uid)


def test_a_clip_is_served_as_it_is_and_in_ranges(catalogue, address: str) -> None:
    url = f"{address}/clips/{key_of(catalogue, 'TRN, 4 frames')}/20"
    whole = clip_of(catalogue).read_bytes()
    status, body, headers = get(url)
    assert (status, body, headers["Content-Type"]) == (200, whole, "video/webm")
    status, body, headers = get(url, Range="bytes=10-19")
    assert (status, body) == (206, whole[10:20])
    assert headers["Content-Range"] == f"bytes 10-19/{len(whole)}"


def test_the_film_strip_shows_the_frames_that_were_asked_for(catalogue, address: str) -> None:
    key = key_of(catalogue, "TRN, 4 frames")
    status, body, _ = get(f"{address}/strips/{key}/20?frames=1,6,12,18")
    picture = np.asarray(Image.open(io.BytesIO(body)), float)
    assert status == 200 and picture.shape == (120, 480, 3)
    frames = decode(clip_of(catalogue), [1, 6, 12, 18], (120, 120))
    assert abs(picture - np.concatenate(list(frames), axis=1)).mean() < 4  # JPEG


def test_a_uid_may_be_a_path_with_odd_letters(make_catalogue, tmp_path) -> None:
    odd = "a folder/it's (1) & 50%.mp4"
    catalogue = make_catalogue()
    file = tmp_path / "any"
    file.write_bytes(clip_of(catalogue).read_bytes())

    class OwnDataset:
        def split(self, name):
            return type("Split", (), {"uids": np.array([odd])})

        def clip(self, uid):
            return file

        def media_type(self, uid):
            return "video/mp4"

    labels = np.array([0])
    write_store(catalogue.outputs, [odd], labels, ["Waving"], 4, dataset="own")
    catalogue.clips.opened["own"] = OwnDataset()
    view = View(esvs=next(key for key in catalogue.contents().entries if key.startswith("own/")))
    with serving(catalogue) as address:
        status, body, headers = get(f"{address}/{clip_url(view.esvs, odd)}")
        assert (status, body) == (200, file.read_bytes())
        assert headers["Content-Type"] == "video/mp4"
        page = get(f"{address}/export.html{view.query()}")[1].decode()
    assert "data:video/mp4;base64," in page and "data:image/jpeg;base64," in page


@pytest.fixture(scope="module")
def beside_secrets(catalogue, tmp_path_factory) -> Iterator[str]:
    """The explorer on a dataset with files beside it that are none of its business."""
    data = tmp_path_factory.mktemp("secrets") / "data"
    shutil.copytree(catalogue.clips.data, data)
    clips = clip_of(Catalogue(catalogue.layout, Clips(CONFIGURATIONS, data))).parent
    for folder in (data.parent, data, clips.parent):
        (folder / "secret.webm").write_bytes(b"s3cr3t")
    (clips / "link.webm").symlink_to(data / "secret.webm")
    (clips / "folder.webm").mkdir()
    with serving(Catalogue(catalogue.layout, Clips(CONFIGURATIONS, data))) as url:
        yield url


@pytest.mark.parametrize(
    "path",
    [
        "/clips/KEY/../labels/labels.json",
        "/clips/KEY/..%2flabels%2flabels.webm",
        "/clips/KEY/%2e%2e%2f%2e%2e%2fsecret",
        "/clips/KEY//etc/passwd",
        "/clips/KEY/%2fetc%2fpasswd",
        "/clips/..%2f..%2fetc/passwd/20",
        "/clips/synthetic/..%2f..%2fetc/20",
        "/clips/KEY/link",
        "/clips/KEY/folder",
        "/clips/KEY/secret",
        "/clips/KEY/",
        "/clips/KEY/%00",
        f"/clips/KEY/{'1' * 300}",
        "/strips/KEY/link?frames=0",
        "/strips/KEY/20?frames=0,999",
        f"/strips/KEY/20?frames={','.join(['1'] * 300)}",
        "/strips/KEY/20?frames=x",
        "/strips/KEY/20",
        "/assets/../server.py",
        "/assets/..%2fserver.py",
        "/labels/labels.json",
        "/_dash-component-suites/dash/../../server.py",
        "/export.py",
    ],
)
def test_nothing_but_clips_of_a_store_is_served(catalogue, beside_secrets: str, path: str) -> None:
    key = key_of(catalogue, "TRN, 4 frames")
    status, body, _ = get(beside_secrets + path.replace("KEY", key))
    assert status == 404 and b"s3cr3t" not in body and b"import" not in body


@pytest.mark.parametrize("path", ["/clips/KEY/2000", "/?uid=2000", "/export.csv?uid=2000"])
def test_an_unknown_uid_is_a_404_that_says_what_exists(catalogue, address: str, path: str) -> None:
    path = path.replace("KEY", key_of(catalogue, "TRN, 4 frames"))
    status, body, _ = get(address + path)
    assert status == 404 and b"There is no clip 2000" in body and b"24 clips, such as 20" in body
    up = "./" + "../" * path.count("/", 1)
    link = f'<a href="{up}?esvs={key_of(catalogue, "TSN, 4 frames")}">TSN, 4 frames</a>'
    assert link.encode() in body


def test_what_was_typed_is_not_run_as_html(address: str) -> None:
    _, body, _ = get(f"{address}/?uid=%3Cscript%3Ealert(1)%3C/script%3E")
    assert b"<script>alert" not in body and b"&lt;script&gt;" in body


def test_a_store_that_is_removed_while_it_is_open_ends_in_a_message(make_catalogue) -> None:
    catalogue = make_catalogue()
    with serving(catalogue) as address:
        trn = view_of(catalogue, "TRN, 4 frames", uid="20").query()
        tsn = view_of(catalogue, "TSN, 4 frames")
        draw(address, trn)
        shutil.rmtree(catalogue.outputs / tsn.esvs.replace("/", "/esvs/"))
        answer = draw(address, tsn.query())
        assert f"There is no ESV store {tsn.esvs}; there are" in answer["content"]
        # and one that is there can be chosen, also where the page began with what is not
        titles = [option["label"] for option in answer["options"]["esvs"]]
        assert titles == ["TRN, 4 frames", SAMPLED]
        opened = scene(catalogue).first
        shutil.rmtree(opened.entry.folder)
        assert "There is no ESV store" in draw(address, trn)["content"]
        with pytest.raises(ValueError, match="not there any more"):
            opened.clip("21")
        shutil.rmtree(catalogue.outputs)
        assert "experiment=paper" in draw(address, "")["content"]


def test_folders_that_are_left_out_are_listed_on_the_page(make_catalogue) -> None:
    catalogue = make_catalogue()
    folder = scene(catalogue, "TSN, 4 frames").entry.folder
    with serving(catalogue) as address:
        assert draw(address, "")["faults"] == ""
        (folder / "made_from.json").unlink()
        answer = draw(address, "")["faults"]
    assert (
        "1 folder is left out" in answer
        and f"{folder} is damaged: it has no made_from.json" in answer
    )


def test_a_store_that_is_made_again_is_read_again(make_catalogue) -> None:
    catalogue = make_catalogue()
    before = scene(catalogue).first
    other = scene(catalogue, "TSN, 4 frames").first
    assert not np.array_equal(before.predicted[1], other.predicted[1])
    shutil.rmtree(before.entry.folder)
    shutil.copytree(other.entry.folder, before.entry.folder)
    again = scene_of(View(esvs=before.entry.key), catalogue).first
    np.testing.assert_array_equal(again.predicted[1], other.predicted[1])


def test_a_control_changes_the_link(catalogue, address: str) -> None:
    trn, tsn, sampled = (
        key_of(catalogue, name) for name in ("TRN, 4 frames", "TSN, 4 frames", SAMPLED)
    )
    beside = tsn.split("/")[1]
    rest = "uid=20&classes=1,2&element=3"
    changed = {
        "beside": (beside, f"?esvs={trn}&beside={beside}&{rest}"),
        "esvs": (sampled, f"?esvs={sampled}&uid=20"),
        "find": ("31", f"?esvs={trn}&find=31&uid=31"),
        "class": (4, f"?esvs={trn}&class=4&uid="),
    }
    for control, (value, link) in changed.items():
        search = draw(address, f"?esvs={trn}&{rest}", control, value)["search"]
        assert search.startswith(link) and search.count("&") == link.count("&")


def test_what_is_beside_follows_to_another_length(make_catalogue, write_more) -> None:
    catalogue = make_catalogue()
    write_more(catalogue.outputs, 12)
    write_more(catalogue.outputs, 12, model="tsn")
    view = view_of(catalogue, "TRN, 4 frames", beside="TSN, 4 frames", uid="20")
    longer = key_of(catalogue, "TRN, 12 frames")
    beside = key_of(catalogue, "TSN, 12 frames").split("/")[1]
    with serving(catalogue) as address:
        search = draw(address, view.query(), "esvs", longer)["search"]
        assert search == f"?esvs={longer}&beside={beside}&uid=20"
        # where the other model has none of the length, it stands alone
        sampled = key_of(catalogue, SAMPLED)
        assert draw(address, search, "esvs", sampled)["search"] == f"?esvs={sampled}&uid=20"


def test_a_store_that_does_not_hold_the_clip_shows_the_first_it_holds(
    make_catalogue, write_more
) -> None:
    catalogue = make_catalogue()
    write_more(catalogue.outputs, 12, n_clips=5)  # those that are long enough
    write_more(catalogue.outputs, 4, split="train")
    start = view_of(catalogue, "TRN, 4 frames", uid="30").query()
    with serving(catalogue) as address:
        for name, uid in (("TRN, 12 frames", "13"), ("TRN, 4 frames, train clips", "1")):
            key = key_of(catalogue, name)
            answer = draw(address, start, "esvs", key)
            assert answer["search"] == f"?esvs={key}&uid={uid}"


def test_the_csv_holds_the_numbers_of_the_view(catalogue, address: str) -> None:
    view = view_of(catalogue, "TRN, 4 frames", beside="TSN, 4 frames", uid="20", classes=(3, 7))
    status, body, headers = get(f"{address}/export.csv{view.query()}")
    table = pd.read_csv(io.BytesIO(body))
    assert status == 200
    name = view.esvs.replace("/", "-")
    assert f'filename="playfair-{name}-20.csv"' in headers["Content-Disposition"]
    for model in ("TRN, 4 frames", "TSN, 4 frames"):
        clip = scene(catalogue, model).first.clip("20")
        for label in (3, 7):
            rows = table[(table["model"] == model) & (table["class"] == label)]
            np.testing.assert_allclose(rows["esv"], clip.esv[:, label], atol=1e-7)
            total = rows["esv"].sum() + rows["prior"].iloc[0]
            assert total == pytest.approx(rows["score"].iloc[0], abs=1e-6)
            assert rows["element"].tolist() == [0, 1, 2, 3]


def test_the_csv_of_all_clips_holds_the_heat_map(catalogue, address: str) -> None:
    table = pd.read_csv(io.BytesIO(get(f"{address}/export.csv?page=population")[1]))
    assert len(table) == 12 * 4 and table.groupby("class")["clips"].first().sum() == 24
    esvs = scene(catalogue).first
    label = int(esvs.labels[0])
    mean = esvs.true_esvs[esvs.labels == label].mean(0)
    np.testing.assert_allclose(table[table["class"] == label]["esv"], mean, atol=1e-6)


def test_the_exported_file_needs_nothing_else(catalogue, address: str) -> None:
    clip = view_of(catalogue, "TRN, 4 frames", beside="TSN, 4 frames", uid="20").query()
    for query in (clip, "?page=population&cell=3,1"):
        page = get(f"{address}/export.html{query}")[1].decode()
        body = page.split("</style>")[1].split("<script>")[0]
        assert "data-figure=" in body and "data:image/jpeg;base64," in body and "<a " not in body
        assert ("data:video/webm;base64," in body) == ("uid" in query)
        assert "clips/" not in body and "strips/" not in body
        assert "<script src" not in page and "<link" not in page


def test_the_browser_is_told_to_load_nothing_from_elsewhere(address: str) -> None:
    _, body, headers = get(address)
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert b'src="http' not in body and b'href="http' not in body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_there_is_no_way_to_write(catalogue, address: str, method: str) -> None:
    url = f"{address}/clips/{key_of(catalogue, 'TRN, 4 frames')}/20"
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(urllib.request.Request(url, b"x", method=method))


def test_the_next_free_port_is_taken_and_none_free_is_told(address: str) -> None:
    taken = int(address.rsplit(":")[-1])
    server = listen(Flask("free"), "127.0.0.1", taken)
    assert server.port > taken
    server.server_close()
    for port, reason in ((taken, "in use"), (70_000, "65535")):
        with pytest.raises(ValueError, match=f"{reason}.*Type experiment.port=NUMBER"):
            listen(Flask("full"), "127.0.0.1", port, tries=1)
