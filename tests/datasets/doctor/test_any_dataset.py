"""The doctor on datasets that are not Something-Something's folder."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from playfair.datasets.clips import open_dataset
from playfair.datasets.doctor.any_findings import check_evidence
from playfair.datasets.doctor.examination import examine, examined_findings
from playfair.datasets.doctor.finding import Finding
from playfair.datasets.doctor.looked_over import LookedOver, looked_over
from playfair.datasets.something_something import VIDEO_FOLDER
from playfair.video.reader import count_frames
from playfair.video.segment import Segment
from tests.clips import encoded, moving
from tests.video.containers import ffmpeg, needs_ffmpeg


def looked(root: Path, **options) -> LookedOver:
    def build(config):
        return lambda root, videos: open_dataset(root, videos, **options)

    target = {"_target_": "playfair.datasets.clips.open_dataset"}
    return looked_over(SimpleNamespace(config={"open": target}, build=build, root=root))


def findings(root: Path, **options) -> dict[str, Finding]:
    found = looked(root, **options).findings
    assert len({finding.check for finding in found}) == len(found), "one finding per check"
    assert all(finding.type_this for finding in found if finding.state == "problem")
    return {finding.check: finding for finding in found}


def problems(root: Path, **options) -> set[str]:
    found = findings(root, **options)
    return {name for name, finding in found.items() if finding.state == "problem"}


@pytest.fixture
def clips(dataset_root, tmp_path) -> Path:
    """Two classes of two clips each, to train on and to explain."""
    for place in ("train/wave/1", "train/point/2", "val/wave/3", "val/point/4"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        name = f"{place.rpartition('/')[2]}.webm"
        shutil.copy(dataset_root / VIDEO_FOLDER / name, tmp_path / f"{place}.webm")
    return tmp_path


def test_a_whole_folder_has_no_problem_and_says_how_it_is_read(clips) -> None:
    found = findings(clips)
    assert problems(clips) == set()
    assert found["train clips"].detail == "2 clips"
    assert found["validation classes"].detail == "1 to 1 clip per class"
    assert "class frequencies of the 2 training clips" in found["remark 1"].detail
    assert set(looked(clips).places) == {
        "train/wave/1",
        "train/point/2",
        "val/wave/3",
        "val/point/4",
    }
    assert looked(clips).labels["val/wave/3"] == "wave"


def test_a_folder_that_is_not_there_is_one_problem_and_nothing_is_in_order(tmp_path) -> None:
    (finding,) = looked(tmp_path / "nowhere").findings
    assert finding.state == "problem" and "no such folder" in finding.detail


def test_what_is_empty_missing_or_there_twice_is_listed(clips) -> None:
    (clips / "val/wave/3.webm").write_bytes(b"")
    shutil.copy(clips / "train/wave/1.webm", clips / "val/wave/5.webm")
    rows = [
        "path,label,mood",
        *(f"{path.relative_to(clips)},a,x" for path in clips.rglob("*.webm")),
    ]
    (clips / "list.csv").write_text("\n".join([*rows, "gone.mp4,a,x", "bad row"]) + "\n")
    found = findings(clips, list=clips / "list.csv")
    assert problems(clips, list=clips / "list.csv") == {
        "wrong number of values",
        "validation clips that are not there",
        "empty clips",
    }
    assert found["empty clips"].clips == [("val/wave/3", "0 bytes")]
    ((uid, where),) = found["validation clips that are not there"].clips
    assert uid == "gone" and where.endswith("no file 'gone.mp4'") and "line 7" in where
    ((twice, _),) = found["clips that are there twice"].clips
    assert twice in ("val/wave/5", "train/wave/1")
    assert "mood" in found["not read"].detail
    assert "dataset.train_share" in found["train clips"].detail


def test_classes_without_clips_and_clips_without_classes_are_noted(clips, tmp_path) -> None:
    (clips / "names.txt").write_text("wave\npoint\nnever\n")
    found = findings(clips, classes=clips / "names.txt")
    assert "1 class has no train clip, and a prior of 0: never" in found["train classes"].detail
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(clips / "train/wave/1.webm", alone)
    assert findings(alone)["classes"].state == "note" and problems(alone) == set()
    assert "explained for that predicted" in findings(alone)["validation classes"].detail


def test_a_dataset_of_ones_own_is_looked_over_too(clips) -> None:
    dataset = open_dataset(clips)
    own = SimpleNamespace(
        name="own",
        class_names=("a", "b"),
        split=dataset.split,
        clip=lambda uid: clips / "gone" if uid.endswith("3") else dataset.clip(uid),
        evidence=dict,
    )
    configured = SimpleNamespace(
        config={"open": {"_target_": "mine.open_dataset"}},
        build=lambda config: lambda root, videos: own,
        root=clips,
    )
    checks = {finding.check: finding for finding in looked_over(configured).findings}
    assert checks["validation clips that are not there"].clips == [
        ("val/wave/3", f"no {clips / 'gone'}")
    ]


def test_a_part_of_a_video_and_a_folder_of_pictures_are_examined(clips) -> None:
    file = clips / "train/wave/1.webm"
    part = examine(Segment(file, 0, 1.0), decode=True, uid="one")
    assert part.uid == "one" and part.n_frames == 12 and part.fault == ""
    assert examine(Segment(file, 900, 901), decode=False, uid="one").fault
    (clips / "pictures").mkdir()
    assert "no picture" in examine(clips / "pictures", decode=False, uid="two").fault


def test_a_folder_of_pictures_is_looked_into_without_decoding_all_of_it(tmp_path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(b"no picture")
    for whole in (False, True):
        assert "0.jpg: cannot be decoded" in examine(tmp_path, decode=whole).fault


def test_a_part_that_its_video_ends_before_is_remarked(tmp_path) -> None:
    clip = encoded(tmp_path / "clip.webm", "libvpx", moving(24, 32, 32))
    assert examine(Segment(clip, 0, 2), decode=False).remark == ""
    assert examine(Segment(clip, 0, 2.1), decode=False).remark == "", "rounded"
    late = examine(Segment(clip, 1, 9), decode=False)
    assert late.remark == "the video ends before it does, at 2.0 s"
    assert (late.n_frames, late.fault) == (12, "")
    assert examine(Segment(clip, 0, 24, "frame"), decode=True).remark == ""
    listed = examine(Segment(clip, 0, 30, "frame"), decode=True).remark
    assert listed == "30 frames are listed, and 24 are there"


@needs_ffmpeg
@pytest.mark.parametrize("whole", [False, True])
def test_what_is_odd_about_a_clip_is_remarked_and_no_fault(whole: bool, tmp_path) -> None:
    source = "-f lavfi -i testsrc=size=64x48:rate=12:duration=3"
    x264 = "-c:v libx264 -preset ultrafast -g 10 -pix_fmt yuv420p"
    ffmpeg(f"{source} {x264} -f mpegts", tmp_path / "all.ts")
    content = (tmp_path / "all.ts").read_bytes()
    (tmp_path / "cut.ts").write_bytes(content[188 * 40 :])
    ffmpeg(f"{source} {source} -map 0 -map 1 {x264}", tmp_path / "two.mkv")
    cut = examine(tmp_path / "cut.ts", decode=whole)
    assert cut.remark == "it does not begin with a key frame, and is read from the first on"
    assert (cut.fault, cut.n_frames) == ("", count_frames(tmp_path / "cut.ts"))
    assert examine(tmp_path / "two.mkv", decode=whole).remark.startswith("2 video streams")


def test_a_clip_of_a_list_that_cannot_be_read_is_told_with_its_line(clips) -> None:
    (clips / "no video.mp4").write_bytes(b"text")
    (clips / "list.csv").write_text("path,label\nval/wave/3.webm,a\nno video.mp4,a\n")
    over = looked(clips, list=clips / "list.csv")
    examined = [examine(over.places["no video"][0], decode=False)]
    told = next(iter(examined_findings(examined, 8, "opened", over.lines)))
    assert "no video: list.csv, line 3: cannot be decoded" in told.detail
    assert set(looked(clips).lines.values()) == {""}, "a folder has no lines"


def test_evidence_behind_the_end_of_its_clip_is_a_problem(clips) -> None:
    text = (
        "path,label,evidence_start,evidence_stop\nval/wave/3.webm,a,3,900\nval/point/4.webm,a,,\n"
    )
    (clips / "list.csv").write_text(text)
    evidence = looked(clips, list=clips / "list.csv").evidence
    n_frames = {uid: examine(clips / f"{uid}.webm", decode=False).n_frames for uid in evidence}
    (uid,) = n_frames
    finding = check_evidence(evidence, n_frames, "opened")
    assert finding.state == "problem" and finding.type_this
    assert f"{uid}: frames 3 to 900 decide, and it has {n_frames[uid]}" in finding.detail
    assert check_evidence({uid: (3, n_frames[uid])}, n_frames, "opened").state == "ok"
