import os
import shutil
from dataclasses import astuple
from pathlib import Path

import av
import pytest

from playfair.datasets.doctor import record as of_record
from playfair.datasets.doctor.examination import Examined, examine, examined_findings
from playfair.datasets.doctor.record import DIED, examine_all, read_record
from playfair.datasets.something_something import VIDEO_FOLDER
from playfair.video.reader import decode
from tests.clips import changing, encoded, moving


@pytest.fixture
def folder(dataset_root, tmp_path) -> Path:
    """A folder of 60 clips, of which 24 are distinct: enough to be worth processes."""
    videos = tmp_path / "videos"
    videos.mkdir()
    clips = sorted((dataset_root / VIDEO_FOLDER).iterdir())
    for i in range(60):
        shutil.copy(clips[i % 24], videos / f"{i}.webm")
    return videos


def paths(folder: Path) -> dict[str, tuple[Path, int, int]]:
    found = {path.stem: (path, path.stat()) for path in sorted(folder.iterdir())}
    return {
        uid: (path, status.st_size, status.st_mtime_ns) for uid, (path, status) in found.items()
    }


def test_a_whole_clip_has_its_frames_and_no_fault(clip) -> None:
    for whole in (True, False):
        found = examine(clip, decode=whole)
        assert (found.uid, found.n_frames, found.width, found.height) == (
            "3",
            len(decode(clip)),
            48,
            48,
        )
        assert found.fault == found.remark == ""


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda content: b"", "the file is empty"),
        (lambda content: content[: len(content) // 2], "bytes of the file are missing"),
        (lambda content: b"a text file named .webm", "cannot be decoded"),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_a_clip_that_cannot_be_used_has_its_reason(
    clip, tmp_path, spoil, fault: str, whole: bool
) -> None:
    (tmp_path / "7.webm").write_bytes(spoil(clip.read_bytes()))
    found = examine(tmp_path / "7.webm", decode=whole)
    assert fault in found.fault and str(tmp_path) not in found.fault


def test_only_decoding_finds_damage_inside(clip, tmp_path) -> None:
    content = clip.read_bytes()
    with av.open(str(clip)) as container:
        for packet in [packet for packet in container.demux(video=0) if packet.size][10:]:
            content = content.replace(bytes(packet), bytes(packet.size))
    (tmp_path / "7.webm").write_bytes(content)
    assert examine(tmp_path / "7.webm", decode=False).fault == ""
    assert examine(tmp_path / "7.webm", decode=True).fault


def test_what_is_odd_about_a_clip_is_remarked(tmp_path) -> None:
    joined = changing(tmp_path)[1]
    odd = encoded(tmp_path / "8.webm", "libvpx-vp9", moving(5, 33, 47))
    found = [examine(path, decode=True) for path in (joined, odd)]
    assert not any(clip.fault for clip in found)
    assert found[0].remark == ("the picture's size changes: 48×48, 32×32; its frame rate varies")
    findings = {
        finding.check: finding
        for finding in examined_findings(found, n_frames=8, context="2 clips")
    }
    assert findings["clips that are odd"].clips == [
        ("joined", found[0].remark),
        ("8", "odd size 47×33"),
    ]
    assert findings["clips of fewer than n_frames=8"].clips == [("8", "5 frames")]
    assert findings["clips that cannot be read"].state == "ok"


def test_a_clip_that_declares_more_frames_than_it_has_is_remarked(tmp_path) -> None:
    whole = encoded(tmp_path / "whole.avi", "mpeg4", moving(20, 48, 48), "avi")
    content = whole.read_bytes()
    last = content.rindex(b"00dc", 0, content.index(b"idx1"))  # the last frame's chunk
    (tmp_path / "cut.avi").write_bytes(content[:last])
    cut = examine(tmp_path / "cut.avi", decode=True)
    assert examine(whole, decode=True).remark == cut.fault == ""
    assert cut.remark == "the file declares 20 frames, and has 19"


def test_every_clip_is_examined_once_and_again_when_it_changes(
    folder, tmp_path, monkeypatch
) -> None:
    record = tmp_path / "examined.jsonl"
    (folder / "5.webm").write_bytes(b"rubbish")
    first = examine_all(paths(folder), record, workers=2, progress=False)
    assert first.keys() == paths(folder).keys()
    assert [uid for uid, clip in first.items() if clip.fault] == ["5"]
    assert first["7"].n_frames == len(decode(folder / "7.webm"))

    shutil.copy(folder / "4.webm", folder / "5.webm")  # fetched again
    seen = []
    monkeypatch.setattr(
        of_record,
        "examine",
        lambda path, decode, uid: seen.append(uid) or examine(path, decode=decode),
    )
    again = examine_all(paths(folder), record, workers=2, progress=False)
    assert seen == ["5"] and again["5"].fault == ""
    assert {uid: astuple(clip) for uid, clip in again.items() if uid != "5"} == {
        uid: astuple(clip) for uid, clip in first.items() if uid != "5"
    }


def test_what_was_cut_short_is_continued(folder, tmp_path, monkeypatch) -> None:
    record, todo = tmp_path / "examined.jsonl", paths(folder)

    def cut(path: Path, decode: bool, uid: str):
        if path.stem == "30":
            raise KeyboardInterrupt
        return examine(path, decode=decode)

    with monkeypatch.context() as patch:
        patch.setattr(of_record, "examine", cut)
        with pytest.raises(KeyboardInterrupt):
            examine_all(todo, record, workers=1, progress=False)
    kept = [clip.uid for clip in read_record(record)]
    assert 0 < len(kept) < 60
    with record.open("a") as file:
        file.write('["31", 123, "cut sh')  # a line that was cut short
    whole = examine_all(todo, record, workers=1, progress=False)
    assert whole.keys() == todo.keys() and not any(clip.fault for clip in whole.values())


def test_a_record_that_is_not_as_it_was_written_counts_for_nothing(folder, tmp_path) -> None:
    record = tmp_path / "examined.jsonl"
    todo = {uid: path for uid, path in paths(folder).items() if uid in ("4", "5")}
    good = examine_all(todo, record, workers=1, progress=False)
    frames = good["4"].n_frames
    text = record.read_text()
    record.write_text(
        text.replace(f", {frames}, ", f", {frames + 64}, ") + "[" * 9_999 + "\n[]\n7\n"
    )
    assert [clip.uid for clip in read_record(record)] == ["5"]
    assert examine_all(todo, record, workers=1, progress=False) == good


def dying(path: Path, decode: bool, uid: str) -> Examined:
    if path.stem in ("20", "21"):
        os._exit(139)
    return examine(path, decode=decode, uid=uid)


@pytest.mark.whole
def test_a_clip_that_ends_its_process_is_a_finding_and_not_the_end(
    folder, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(of_record, "examine", dying)
    found = examine_all(paths(folder), tmp_path / "examined.jsonl", workers=2, progress=False)
    assert len(found) == 60
    assert {uid: clip.fault for uid, clip in found.items() if clip.fault} == {
        "20": DIED,
        "21": DIED,
    }
