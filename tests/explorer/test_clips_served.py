"""Clips are those of a dataset as it is configured; where there are none, the page says so."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from playfair.datasets.synthetic import open_dataset
from playfair.explorer import start_page
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clip_page import content
from playfair.explorer.clips import Clips, Source
from playfair.explorer.errors import NotThereError
from playfair.explorer.known_clip import known_clip
from playfair.explorer.markup import markup
from playfair.explorer.server import fetched
from playfair.explorer.site import write_site
from tests.clips import encoded
from tests.explorer.conftest import CONFIGURATIONS, scene, serving, view_of
from tests.in_chromium import NEEDS_BROWSER


def test_a_dataset_is_opened_as_its_yaml_says(data) -> None:
    clips = Clips(CONFIGURATIONS, data)
    file = clips.file("synthetic", "validation", "20")
    assert file == open_dataset(data / "synthetic").clip("20")
    assert clips.media_type("synthetic", "20") == "video/webm"


def test_a_dataset_that_is_named_is_looked_for_where_that_says(data, tmp_path) -> None:
    source = Source(data / "synthetic", open_dataset)
    clips = Clips(CONFIGURATIONS, tmp_path, {"mine": source})
    assert clips.file("mine", "train", "3").is_file()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("synthetic", r"not in .*nowhere/synthetic. Type: .*dataset=synthetic dataset.root=FOLDER"),
        ("my_clips", r"there is no .*my_clips.yaml. Type: .*dataset=NAME dataset.root=FOLDER"),
    ],
)
def test_clips_that_are_not_there_say_where_they_were_looked_for(name: str, message: str) -> None:
    with pytest.raises(NotThereError, match=message):
        Clips(CONFIGURATIONS, Path("nowhere")).file(name, "validation", "20")


@pytest.mark.parametrize("uid", ["2000", "../../labels/labels", "", "13.webm", "/etc/passwd"])
def test_only_clips_of_the_split_have_files(data, uid: str) -> None:
    with pytest.raises(NotThereError, match="The validation split of synthetic has no clip"):
        Clips(CONFIGURATIONS, data).file("synthetic", "validation", uid)


def test_a_clip_without_its_file_says_where_it_should_be(data, tmp_path) -> None:
    shutil.copytree(data / "synthetic", tmp_path / "synthetic")
    path = open_dataset(tmp_path / "synthetic").clip("20")
    path.unlink()
    with pytest.raises(NotThereError, match=f"Clip 20 of synthetic is not at {path}"):
        Clips(CONFIGURATIONS, tmp_path).file("synthetic", "validation", "20")


@pytest.fixture
def damaged(catalogue, data, tmp_path) -> Catalogue:
    """Clip 20 lacks its end, clip 14 is empty, and clip 22 has a frame alone."""
    shutil.copytree(data / "synthetic", tmp_path / "synthetic")
    dataset = open_dataset(tmp_path / "synthetic")
    cut_short = dataset.clip("20").read_bytes()
    dataset.clip("20").write_bytes(cut_short[: len(cut_short) // 2])
    dataset.clip("14").write_bytes(b"")
    encoded(dataset.clip("22"), "libvpx-vp9", [np.zeros((32, 32, 3), np.uint8)])
    return replace(catalogue, clips=Clips(CONFIGURATIONS, tmp_path))


def test_clips_that_are_damaged_are_told_with_what_to_type(damaged, tmp_path) -> None:
    shown = scene(damaged, uid="20", page="start")

    def first_page(*uids: str) -> str:
        order = np.array([shown.first.rows[uid] for uid in uids])
        return markup(start_page.content(replace(shown, order=order), damaged))

    for text in (first_page("20", "16"), markup(content(shown, damaged))):
        assert "bytes of the file are missing; fetch the clip again. Type python run.py" in text
        assert "experiment=doctor dataset=synthetic to see which other clips are damaged." in text
    text = first_page("20", "14", "16")
    assert text.count("<img") == 1 and "Of 1 other clip no picture can be shown either." in text
    fetch = lambda url: fetched(url, damaged)  # noqa: E731
    made = write_site(shown, damaged, tmp_path / "site", uids=["20"], n_clips=1, fetch=fetch)
    assert any("bytes of the file are missing" in note for note in made.notes)
    for page in made.folder.rglob("*.html"):
        text = page.read_text("utf-8")
        assert "A clip’s pictures could not be put here." in text and str(tmp_path) not in text


@NEEDS_BROWSER
@pytest.mark.whole
def test_pictures_that_do_not_come_are_told_in_words(browser, damaged) -> None:
    with serving(damaged) as address:
        page = browser.new_page()
        view = view_of(damaged, "TRN, 4 frames", uid="22")
        page.goto(f"{address}/{view.query()}")
        page.wait_for_selector("#content .frames .note")
        assert "22.webm" in page.inner_text("#content .frames .note")
        page.goto(f"{address}/{replace(view, page='start', find='22').query()}")
        page.wait_for_selector("#content .disagreement .note")
        assert page.locator("#content img").count() == 0
        page.close()


def test_clips_may_be_links_to_another_place(data, tmp_path) -> None:
    shutil.copytree(data / "synthetic", tmp_path / "synthetic")
    path = open_dataset(tmp_path / "synthetic").clip("20")
    path.rename(tmp_path / "elsewhere.webm")
    path.symlink_to(tmp_path / "elsewhere.webm")
    assert Clips(CONFIGURATIONS, tmp_path).file("synthetic", "validation", "20") == path


def test_a_store_cannot_make_known_what_the_dataset_does_not_have(
    make_catalogue, write_more, data
) -> None:
    catalogue = make_catalogue()
    write_more(catalogue.outputs, 4, model="liar", split="train")
    key = scene(catalogue, "liar, 4 frames, train clips").entry.key
    assert known_clip(catalogue, key, "3").file.is_file()
    with pytest.raises(NotThereError, match="There is no clip 20 in synthetic/liar"):
        known_clip(catalogue, key, "20")


def test_a_copied_store_without_its_dataset_is_explored(make_catalogue, tmp_path) -> None:
    there = make_catalogue()
    alone = Catalogue(there.layout, Clips(CONFIGURATIONS, tmp_path / "nothing"))
    text = markup(content(scene(alone, uid="20"), alone))
    assert f"The clips of synthetic are not in {tmp_path / 'nothing' / 'synthetic'}" in text
    assert "<video" not in text and "strips/" not in text
    assert "decisive interval" in text  # of the store itself
    first = markup(start_page.content(scene(alone, beside="TSN, 4 frames", page="start"), alone))
    assert first.count("The clips of synthetic are not in") == 1  # and not a dozen times
    assert first.count('class="disagreement"') == start_page.CLIPS_SHOWN and "<img" not in first
