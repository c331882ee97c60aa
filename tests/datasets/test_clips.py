"""Clips of folders and lists: splits, classes, names, where they are, and which data it is."""

import os
from pathlib import Path

import numpy as np
import pytest

from playfair.datasets.clip_dataset import Clips, EmptySplitError, NoClassesError, RowsError
from playfair.datasets.clips import open_dataset
from playfair.datasets.dataset import DatasetError, UnknownSplitError
from playfair.datasets.lists.listing import ListError
from playfair.video.segment import Segment


def files(root: Path, *names: str) -> Path:
    """Empty files: what is read here is their names."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def listed(root: Path, *rows: str, name: str = "list.csv") -> Path:
    (root / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    return root / name


def uids(dataset: Clips, split: str = "validation") -> list[str]:
    return dataset.split(split).uids.tolist()


def test_folders_are_classes_and_those_above_them_splits(tmp_path) -> None:
    files(tmp_path, "train/wave/1.mp4", "val/wave/2.webm", "val/point/day/3.MOV", "val/notes.txt")
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("point", "wave")
    assert uids(dataset, "train") == ["train/wave/1"]
    assert uids(dataset) == ["val/point/day/3", "val/wave/2"]
    assert dataset.split("validation").targets.tolist() == [0, 1]
    assert dataset.prior().tolist() == [0, 1]
    assert dataset.unread == ("val/notes.txt",)
    assert dataset.clip("val/point/day/3") == tmp_path / "val/point/day/3.MOV"
    assert dataset.media_type("val/wave/2") == "video/webm"


def test_a_class_may_be_called_train_where_not_all_folders_are_splits(tmp_path) -> None:
    dataset = open_dataset(files(tmp_path, "train/1.mp4", "bus/2.mp4"))
    assert dataset.class_names == ("bus", "train") and len(uids(dataset)) == 2


def test_without_splits_all_clips_are_explained_and_it_is_said(tmp_path) -> None:
    dataset = open_dataset(files(tmp_path, "a/1.mp4", "b/2.mp4"))
    assert len(uids(dataset)) == 2
    assert "No split is given" in dataset.remarks[0] and "uniform" in dataset.remarks[-1]
    assert dataset.prior().tolist() == [0.5, 0.5]
    with pytest.raises(EmptySplitError, match=r"2 are in validation.*dataset.train_share=0.8"):
        dataset.split("train")


def test_a_share_is_trained_on_by_the_videos_names_alone(tmp_path) -> None:
    names = [f"{i % 2}/{i}.mp4" for i in range(40)]
    for place in ("here", "there"):
        files(tmp_path / place, *names)
    one, other = (open_dataset(tmp_path / place, train_share=0.75) for place in ("here", "there"))
    assert len(uids(one, "train")) == 30 and len(uids(one)) == 10
    assert uids(one) == uids(other) and one.identity() == other.identity()
    assert one.identity() != open_dataset(tmp_path / "here", train_share=0.5).identity()


def test_all_parts_of_a_video_are_on_one_side(tmp_path) -> None:
    files(tmp_path, *(f"{video}.mp4" for video in "abcdef"))
    rows = [f"{video}.mp4,{i},{i},{i + 1}" for video in "abcdef" for i in range(3)]
    path = listed(tmp_path, "path,label,start,stop", *rows)
    dataset = open_dataset(tmp_path, list=path, train_share=0.5)
    sides = [{uid[0] for uid in uids(dataset, split)} for split in ("train", "validation")]
    assert [len(side) for side in sides] == [3, 3] and not sides[0] & sides[1]


def test_parts_late_in_a_long_video_are_told_apart_by_their_times(tmp_path) -> None:
    files(tmp_path, "long.mp4")
    rows = ["long.mp4,x,7200.25,7200.5", "long.mp4,x,7200.5,7200.75"]
    dataset = open_dataset(tmp_path, list=listed(tmp_path, "path,label,start,stop", *rows))
    assert uids(dataset) == ["long@7200.25-7200.5", "long@7200.5-7200.75"]


def test_all_clips_of_a_longer_video_that_lies_anywhere_are_on_one_side(tmp_path) -> None:
    files(tmp_path, *(f"somewhere/{video}.mp4" for video in "abcdef"))
    rows = [f"x,{video},{i},{i + 1}" for video in "abcdef" for i in range(3)]
    path = listed(tmp_path, "label,youtube_id,time_start,time_end", *rows)
    dataset = open_dataset(tmp_path, list=path, train_share=0.5)
    sides = [{uid[0] for uid in uids(dataset, split)} for split in ("train", "validation")]
    assert [len(side) for side in sides] == [3, 3] and not sides[0] & sides[1]


def test_one_clip_alone_has_no_class_and_is_found(tmp_path) -> None:
    dataset = open_dataset(files(tmp_path, "a b.mp4"))
    assert dataset.split("validation").targets.tolist() == [-1]
    assert "No clip has a class" in " ".join(dataset.remarks)
    assert dataset.clip("a b") == tmp_path / "a b.mp4"
    with pytest.raises(NoClassesError, match=r"dataset.classes=FILE"):
        _ = dataset.class_names


def test_clips_without_a_class_are_not_trained_on(tmp_path) -> None:
    files(tmp_path, "1.mp4", "2.mp4")
    path = listed(tmp_path, "path,label,split", "1.mp4,a,train", "2.mp4,,train")
    assert uids(open_dataset(tmp_path, list=path), "train") == ["1"]


def test_a_folder_of_pictures_is_a_clip_and_its_class_is_the_folder_above(tmp_path) -> None:
    files(tmp_path, "wave/7/1.jpg", "wave/7/2.jpg", "wave/8.mp4", "wave/.hidden/1.mp4")
    dataset = open_dataset(tmp_path)
    assert uids(dataset) == ["wave/7", "wave/8"]
    assert dataset.clip("wave/7") == tmp_path / "wave/7"
    assert dataset.media_type("wave/7") == "image/jpeg"


def test_links_are_followed_once(tmp_path) -> None:
    files(tmp_path / "store", "1.mp4")
    root = tmp_path / "root"
    (root / "wave").mkdir(parents=True)
    (root / "wave" / "2.mp4").symlink_to(tmp_path / "store" / "1.mp4")
    (root / "point").symlink_to(tmp_path / "store")
    (root / "wave" / "again").symlink_to(root)
    assert uids(open_dataset(root)) == ["point/1", "wave/2"]


def test_parts_of_a_video_are_segments_named_by_their_times(tmp_path) -> None:
    files(tmp_path, "v.mp4")
    path = listed(
        tmp_path, "path,label,start,stop", "v.mp4,a,0.5,2", "v.mp4,b,2,00:01:03.5", "v.mp4,c,,"
    )
    dataset = open_dataset(tmp_path, list=path)
    assert uids(dataset) == ["v@0.5-2", "v@2-63.5", "v"]
    assert dataset.clip("v@2-63.5") == Segment(tmp_path / "v.mp4", 2.0, 63.5)
    assert dataset.clip("v") == tmp_path / "v.mp4"


def test_frames_of_a_video_are_whole_numbers(tmp_path) -> None:
    files(tmp_path, "v.mp4")
    path = listed(tmp_path, "path,label,start_frame,stop_frame", "v.mp4,a,0,16", "v.mp4,a,1.5,7")
    dataset = open_dataset(tmp_path, list=path)
    assert dataset.clip("v@0-16") == Segment(tmp_path / "v.mp4", 0, 16, "frame")
    assert [fault.line for _, fault in dataset.faults] == [3]


ODD = [
    "it's.mp4",
    "50% off.mp4",
    "a#1?.mp4",
    "café.mp4",
    'say "hi".mp4',
    "x/same.mp4",
    "y/same.mp4",
    "a\nb.mp4",
]


def test_every_name_makes_a_uid_of_its_own_that_can_be_printed(tmp_path) -> None:
    dataset = open_dataset(files(tmp_path, *(f"c/{name}" for name in ODD)))
    names = uids(dataset)
    assert len(set(names)) == len(ODD) and "".join(names).isprintable()
    assert all(dataset.clip(uid).is_file() for uid in names)
    assert "c/50% off" in names and "c/x/same" in names


def test_a_name_that_is_no_utf8_can_be_written_down(tmp_path) -> None:
    (tmp_path / "c").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/c/caf\xe9.mp4")).touch()
    (uid,) = uids(open_dataset(tmp_path))
    assert uid.encode("utf-8") and open_dataset(tmp_path).clip(uid).is_file()


def test_two_files_that_differ_in_their_ending_keep_it(tmp_path) -> None:
    dataset = open_dataset(files(tmp_path, "a/1.mp4", "a/1.webm", "a/2.mp4"))
    assert uids(dataset) == ["a/1.mp4", "a/1.webm", "a/2"]


def test_absolute_paths_and_those_above_are_named_from_where_they_part(tmp_path) -> None:
    files(tmp_path, "videos/a/1.mp4", "videos/b/2.mp4")
    (tmp_path / "lists").mkdir()
    for rows in (["../videos/a/1.mp4 0", "../videos/b/2.mp4 1"],):
        above = open_dataset(tmp_path / "lists", list=listed(tmp_path / "lists", *rows))
    absolute = [f"{tmp_path}/videos/a/1.mp4 0", f"{tmp_path}/videos/b/2.mp4 1"]
    elsewhere = open_dataset(Path("/"), list=listed(tmp_path, *absolute))
    assert uids(above) == ["videos/a/1", "videos/b/2"]
    assert uids(open_dataset(tmp_path, list=listed(tmp_path, *absolute))) == uids(above)
    assert (
        uids(elsewhere)[0].endswith("videos/a/1") and elsewhere.clip(uids(elsewhere)[1]).is_file()
    )


def test_the_identity_is_of_rows_and_never_of_place_time_or_list(tmp_path) -> None:
    rows = ["path,label,split,start,stop,evidence_start,evidence_stop", "1.mp4,a,train,0,2,,"]
    rows += ["2.mp4,b,val,,,3,7"]
    first = open_dataset(files(tmp_path / "x", "1.mp4", "2.mp4"), list=listed(tmp_path, *rows))
    there = files(tmp_path / "y", "1.mp4", "2.mp4")
    moved = open_dataset(there, list=listed(there, *[row.replace(",", ";") for row in rows]))
    assert first.identity() == moved.identity()
    for change in (("a,train", "c,train"), ("0,2", "0,3"), ("3,7", "3,8"), ("val", "train")):
        other = [row.replace(*change) for row in rows]
        assert open_dataset(there, list=listed(there, *other)).identity() != first.identity()
    assert open_dataset(there, list=moved.table.lists[0], prior="uniform").identity() != (
        first.identity()
    )


def test_the_times_of_clips_with_names_of_their_own_are_part_of_the_identity(tmp_path) -> None:
    files(tmp_path, "v.mp4")
    identities = set()
    for unit in ("start,stop", "start_frame,stop_frame"):
        for stop in (2, 3):
            path = listed(tmp_path, f"path,uid,label,{unit}", f"v.mp4,one,a,0,{stop}")
            dataset = open_dataset(tmp_path, list=path)
            assert uids(dataset) == ["one"]
            identities.add(dataset.identity())
    assert len(identities) == 4


def test_the_prior_is_from_a_file_or_uniform_where_that_is_asked(tmp_path) -> None:
    files(tmp_path, "train/a/1.mp4", "train/b/2.mp4", "train/b/3.mp4")
    (tmp_path / "prior.txt").write_text("1\n3\n")
    assert open_dataset(tmp_path).prior() == pytest.approx([1 / 3, 2 / 3])
    assert open_dataset(tmp_path, prior="uniform").prior().tolist() == [0.5, 0.5]
    given = open_dataset(tmp_path, prior=tmp_path / "prior.txt")
    assert given.prior().tolist() == [0.25, 0.75] and "prior.txt" in given.remarks[-1]


@pytest.mark.parametrize("text", ["1\n2\n3", "0.5\n0.6", "-1\n2", "0\n0", "nan\n1", "one\ntwo"])
def test_a_prior_that_is_none_is_refused(tmp_path, text: str) -> None:
    files(tmp_path, "a/1.mp4", "b/2.mp4")
    (tmp_path / "prior.txt").write_text(text)
    with pytest.raises(ListError, match=r"prior\.txt: expected"):
        open_dataset(tmp_path, prior=tmp_path / "prior.txt")


def test_clips_that_are_not_there_are_named_with_their_lines_or_stopped_at(
    tmp_path, caplog
) -> None:
    files(tmp_path, "1.mp4")
    path = listed(tmp_path, "path,label", "1.mp4,a", "2.mp4,a")
    assert uids(open_dataset(tmp_path, list=path)) == ["1", "2"]  # it may be fetched later
    assert "1 of the 2 clips of the validation split is not there" in caplog.text
    assert "list.csv, line 3: no file '2.mp4'" in caplog.text
    told = r"line 3: no file '2.mp4'\n1 of the 2 clips of .* is not there. Type dataset.broken=skip"
    with pytest.raises(RowsError, match=told):
        open_dataset(tmp_path, list=path, broken="fail").split("validation")
    alone = listed(tmp_path, "path,label", "2.mp4,a", name="alone.csv")
    with pytest.raises(RowsError, match=r"The one clip of the validation split is not there: type"):
        open_dataset(tmp_path, list=alone).split("validation")
    with pytest.raises(RowsError, match=r"None of the 2 clips.* is there: type dataset.root=FOLD"):
        open_dataset(tmp_path / "nowhere", list=path).split("validation")
    assert len(uids(open_dataset(tmp_path / "nowhere", videos=False, list=path))) == 2


def test_rows_that_are_left_out_are_told_in_a_sentence(tmp_path, caplog) -> None:
    files(tmp_path, "1.mp4")
    bad = "2.mp4,a,3,2"
    rows = ["path,label,start,stop", "1.mp4,a,,", bad]
    assert uids(open_dataset(tmp_path, list=listed(tmp_path, *rows))) == ["1"]
    assert "1 row of" in caplog.text and "list.csv is left out: list.csv, line 3: " in caplog.text
    caplog.clear()
    open_dataset(tmp_path, list=listed(tmp_path, *rows, bad))
    assert "2 rows of" in caplog.text and "list.csv are left out: list.csv, line 3: " in caplog.text
    assert "; … (experiment=doctor lists all)" in caplog.text


def test_rows_for_one_clip_are_one_where_they_agree_and_none_where_not(tmp_path) -> None:
    files(tmp_path, "1.mp4", "2.mp4", "3.mp4")
    rows = ["1.mp4 0", "2.mp4 0", "2.mp4 0", "3.mp4 0", "3.mp4 1"]
    dataset = open_dataset(tmp_path, list=listed(tmp_path, *rows))
    assert uids(dataset) == ["1", "2"]
    assert [fault.line for _, fault in dataset.faults] == [3, 4, 5]
    assert "lines 4, 5 are for one clip, '3', and say another class" in dataset.faults[1][1].reason


def test_an_unknown_split_or_clip_is_refused(tmp_path) -> None:
    dataset = open_dataset(files(tmp_path, "a/1.mp4"))
    with pytest.raises(UnknownSplitError):
        dataset.split("val")  # type: ignore[arg-type]
    with pytest.raises(DatasetError, match="has no clip '../x'"):
        dataset.clip("../x")
    with pytest.raises(EmptySplitError, match=r"1 is in validation: type split=validation"):
        dataset.split("test")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"0.5\n0.5\n", np.array([1j, 1])])
def test_a_prior_that_is_no_array_is_refused(tmp_path, content) -> None:
    files(tmp_path, "a/1.mp4", "b/2.mp4")
    path = tmp_path / "prior.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content)
    with pytest.raises(ListError, match=r"prior\.npy: expected a number for each class"):
        open_dataset(tmp_path, prior=path)
    np.save(path, np.array([1, 3]))
    assert open_dataset(tmp_path, prior=path).prior().tolist() == [0.25, 0.75]


@pytest.mark.parametrize("share", [0, 1, 1.5])
def test_a_share_that_is_none_is_refused(tmp_path, share: float) -> None:
    with pytest.raises(DatasetError, match="0 < dataset.train_share < 1"):
        open_dataset(files(tmp_path, "a/1.mp4"), train_share=share)


def test_a_checkpoints_classes_are_taken_where_it_tells_more_apart(tmp_path) -> None:
    files(tmp_path / "clips", "riding_a_bike/1.mp4", "Juggling/2.mp4")
    (tmp_path / "model").mkdir()
    labels = '{"id2label": {"0": "juggling", "1": "sleeping", "2": "Riding [a] bike"}}'
    (tmp_path / "model" / "config.json").write_text(labels)
    dataset = open_dataset(tmp_path / "clips", checkpoint=str(tmp_path / "model"))
    assert dataset.class_names == ("juggling", "sleeping", "Riding [a] bike")
    assert dict(zip(uids(dataset), dataset.split("validation").targets, strict=True)) == {
        "Juggling/2": 0,
        "riding_a_bike/1": 2,
    }
    files(tmp_path / "clips", "unheard of/3.mp4")
    own = open_dataset(tmp_path / "clips", checkpoint=str(tmp_path / "model"))
    assert own.class_names == ("Juggling", "riding_a_bike", "unheard of")


def test_many_rows_are_columns(tmp_path) -> None:
    """A list of 650,000 clips opens in 3 s of CPU and 0.5 GB; here one of 20,000 in proportion."""
    rows = [f"class {i % 700}/{i:011x}_{i % 300:06d}.mp4 {i % 700}" for i in range(20_000)]
    dataset = open_dataset(tmp_path, videos=False, list=listed(tmp_path, *rows))
    assert len(dataset.split("validation")) == 20_000 and len(dataset.class_names) == 700
    columns = [value for value in vars(dataset.table).values() if isinstance(value, np.ndarray)]
    assert len(columns) >= 8 and len(dataset.identity()) == 64


def test_folders_are_looked_at_once_each_and_files_never(tmp_path, monkeypatch) -> None:
    names = [f"{i % 3}/{i}.mp4" for i in range(60)]
    files(tmp_path, *names)
    path = listed(tmp_path, *[f"{name} 0" for name in names])
    looked: list[str] = []
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda folder: looked.append(str(folder)) or listdir(folder))
    monkeypatch.setattr(os.path, "exists", lambda path: pytest.fail(f"looked at {path}"))
    dataset = open_dataset(tmp_path, list=path)
    assert len(uids(dataset)) == 60
    dataset.clip("0/0")
    assert sorted(looked) == [str(tmp_path / str(i)) for i in range(3)]
