"""Something-Something's clips and labels as people keep them, and as other programs write them."""

import json
import shutil
from pathlib import Path

import pytest

from playfair.datasets.doctor.diagnosis import diagnose
from playfair.datasets.doctor.inventory import take_inventory
from playfair.datasets.something_something import VIDEO_FOLDER, open_dataset
from playfair.video.reader import count_frames


def as_mp4(root: Path) -> None:
    for file in list((root / VIDEO_FOLDER).iterdir()):
        file.rename(file.with_suffix(".mp4"))


def a_folder_per_class(root: Path) -> None:
    dataset = open_dataset(root)
    for name in ("train", "validation"):
        split = dataset.split(name)
        for uid, target in zip(split.uids.tolist(), split.targets, strict=True):
            folder = root / dataset.class_names[target]
            folder.mkdir(exist_ok=True)
            shutil.move(root / VIDEO_FOLDER / f"{uid}.webm", folder)
    (root / VIDEO_FOLDER).rmdir()


def links(root: Path) -> None:
    store = root.parent / "store"
    (root / VIDEO_FOLDER).rename(store)
    (root / VIDEO_FOLDER).mkdir()
    for file in store.iterdir():
        (root / VIDEO_FOLDER / file.name).symlink_to(file)


def a_linked_folder(root: Path) -> None:
    (root / VIDEO_FOLDER).rename(root.parent / "disk")
    (root / VIDEO_FOLDER).symlink_to(root.parent / "disk")


def whole_numbers_as_ids(root: Path) -> None:
    for name in ("train", "validation"):
        path = root / "labels" / f"{name}.json"
        entries = [{**entry, "id": int(entry["id"])} for entry in json.loads(path.read_text())]
        path.write_text(json.dumps(entries))


def a_mark_and_windows_lines(root: Path) -> None:
    for path in (root / "labels").glob("*.json"):
        text = json.dumps(json.loads(path.read_text()), indent=1).replace("\n", "\r\n")
        path.write_bytes(("\ufeff" + text).encode())


def nested_brackets(root: Path) -> None:
    for name in ("train", "validation"):
        path = root / "labels" / f"{name}.json"
        path.write_text(path.read_text().replace("[something]", "[[some]thing]"))


FORMS = [
    as_mp4,
    a_folder_per_class,
    links,
    a_linked_folder,
    whole_numbers_as_ids,
    a_mark_and_windows_lines,
    nested_brackets,
]


@pytest.mark.parametrize("kept", FORMS)
def test_it_is_read_as_it_ships(kept, copy_dataset, dataset_root) -> None:
    root = copy_dataset()
    kept(root)
    usual = open_dataset(dataset_root)
    dataset = open_dataset(root)
    for name in ("train", "validation"):
        assert dataset.split(name).uids.tolist() == usual.split(name).uids.tolist()
        assert dataset.split(name).targets.tolist() == usual.split(name).targets.tolist()
    uid = str(dataset.split("validation").uids[0])
    assert count_frames(dataset.clip(uid)) == count_frames(usual.clip(uid))
    assert open_dataset(root, videos=False).clip(uid) == dataset.clip(uid)
    found = list(diagnose(take_inventory(root), None))
    assert [finding for finding in found if finding.state == "problem"] == []


def test_a_browser_is_told_what_a_clip_is(copy_dataset) -> None:
    root = copy_dataset()
    as_mp4(root)
    assert open_dataset(root).media_type("1") == "video/mp4"


def test_the_usual_file_comes_before_all_others(copy_dataset) -> None:
    root = copy_dataset()
    usual = root / VIDEO_FOLDER / "1.webm"
    shutil.copy(usual, usual.with_suffix(".mp4"))
    (root / "a").mkdir()
    shutil.copy(usual, root / "a")
    dataset = open_dataset(root)
    dataset.split("train")
    assert dataset.clip("1") == usual
    usual.unlink()
    again = open_dataset(root)
    again.split("train")
    assert again.clip("1") == usual.with_suffix(".mp4")


def test_pictures_are_read_where_there_is_no_video(copy_dataset) -> None:
    root = copy_dataset()
    for uid in ("1", "2"):
        (root / "a frames" / uid).mkdir(parents=True)
        (root / "a frames" / uid / "00001.jpg").touch()
        (root / "videos").mkdir(exist_ok=True)
    (root / VIDEO_FOLDER / "1.webm").rename(root / "videos" / "1.webm")
    (root / VIDEO_FOLDER / "2.webm").unlink()
    dataset = open_dataset(root)
    dataset.split("train")
    assert dataset.clip("1") == root / "videos" / "1.webm"
    assert dataset.clip("2") == root / "a frames" / "2"


def test_folders_are_looked_through_once_however_many_clips_are_missing(
    copy_dataset, monkeypatch
) -> None:
    root = copy_dataset()
    shutil.rmtree(root / VIDEO_FOLDER)
    dataset = open_dataset(root, videos=False)
    looks = []
    module = "playfair.datasets.clip_places.clips_below"
    monkeypatch.setattr(module, lambda root: looks.append(root) or iter(()))
    paths = {dataset.clip(uid) for uid in dataset.split("validation").uids.tolist()}
    assert len(paths) == 12 and len(looks) == 1
