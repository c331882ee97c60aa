import json
import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from playfair.datasets.doctor.diagnosis import diagnose
from playfair.datasets.doctor.finding import Finding
from playfair.datasets.doctor.inventory import labels_of, take_inventory
from playfair.datasets.something_something import VIDEO_FOLDER, open_dataset

COUNTS = {"train": 12, "validation": 12, "test": 0, "classes": 12}


def findings(root: Path, counts: dict | None = COUNTS) -> dict[str, Finding]:
    found = list(diagnose(take_inventory(root), counts))
    assert len({finding.check for finding in found}) == len(found), "one finding per check"
    assert all(finding.type_this for finding in found if finding.state == "problem"), (
        "every problem says what to type"
    )
    return {finding.check: finding for finding in found}


def problems(root: Path, counts: dict | None = COUNTS) -> set[str]:
    return {name for name, finding in findings(root, counts).items() if finding.state == "problem"}


def change(path: Path, edit) -> None:
    path.write_text(json.dumps(edit(json.loads(path.read_text()))))


def typed(command: str) -> None:
    """Does what the doctor says to type."""
    subprocess.run(["bash", "-c", command], check=True, capture_output=True)


def test_a_whole_dataset_has_no_problem_and_shows_what_mirroring_swaps(dataset_root) -> None:
    assert problems(dataset_root) == set()
    assert findings(dataset_root)["mirrored classes"].detail == (
        "flipping a clip swaps 5 'Moving something from left to right' ↔ "
        "6 'Moving something from right to left'; "
        "9 'Turning something clockwise' ↔ 10 'Turning something counter-clockwise'"
    )
    assert findings(dataset_root)["prior"].detail == "1 to 1 training clip per class"


def test_the_earlier_file_names_are_as_good(copy_dataset) -> None:
    root = copy_dataset()
    for name in ("labels", "train", "validation", "test"):
        shutil.move(root / "labels" / f"{name}.json", root / f"something-something-v2-{name}.json")
    assert problems(root) == set()
    assert findings(root)["label files"].detail == "something-something-v2-*.json"


def test_two_generations_side_by_side_are_noted(copy_dataset) -> None:
    root = copy_dataset()
    shutil.copy(root / "labels" / "train.json", root / "something-something-v2-train.json")
    assert findings(root)["label files"].state == "note"


def test_a_missing_folder_is_a_problem_and_an_empty_one_too(tmp_path) -> None:
    assert problems(tmp_path / "nowhere") == {"folder"}
    assert {"label files", "classes", "videos"} <= problems(tmp_path)


@pytest.mark.parametrize("inside", ["labels/", ""])
def test_labels_in_their_zip_are_unpacked_by_what_is_to_be_typed(copy_dataset, inside: str) -> None:
    root = copy_dataset()
    with zipfile.ZipFile(
        root / "20bn-something-something-download-package-labels.zip", "w"
    ) as file:
        for path in (root / "labels").glob("*.json"):
            file.write(path, inside + path.name)
    shutil.rmtree(root / "labels")
    finding = findings(root)["label files"]
    assert finding.state == "problem" and "is not unpacked" in finding.detail
    if shutil.which("unzip"):
        typed(finding.type_this)
        assert problems(root) == set()


@pytest.mark.parametrize("ending", ["", ".tgz", ".zip"])
def test_parts_of_the_video_archive_are_joined_by_what_is_to_be_typed(
    copy_dataset, ending: str
) -> None:
    """Of a gzipped tar, named as they ship or as they were downloaded; the ending says nothing."""
    root = copy_dataset()
    archive = root / "all.tgz"
    subprocess.run(["tar", "-czf", archive, "-C", root, VIDEO_FOLDER], check=True)
    content = archive.read_bytes()
    third = len(content) // 3
    for i, part in enumerate((content[:third], content[third : 2 * third], content[2 * third :])):
        (root / f"{VIDEO_FOLDER}-{i:02d}{ending}").write_bytes(part)
    archive.unlink()
    assert findings(root)["archive"].state == "note"  # unpacked already
    shutil.rmtree(root / VIDEO_FOLDER)
    found = findings(root)
    assert found["archive"].state == found["videos"].state == "problem"
    part = root / f"{VIDEO_FOLDER}-01{ending}"
    away = part.rename(root / "away")
    assert (
        findings(root)["archive"].type_this == f"fetch the missing parts first: {VIDEO_FOLDER}-01"
    )
    away.rename(part)
    typed(found["archive"].type_this)
    assert problems(root) == set()


@pytest.mark.parametrize("ending", ["tar.gz", "tar", "zip"])
def test_an_archive_in_one_piece_is_unpacked_by_what_is_to_be_typed(
    copy_dataset, ending: str
) -> None:
    root = copy_dataset()
    archive = root / f"{VIDEO_FOLDER}.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(archive, "w") as file:
            for path in (root / VIDEO_FOLDER).iterdir():
                file.write(path, f"{VIDEO_FOLDER}/{path.name}")
    else:
        subprocess.run(
            ["tar", "-cf" if ending == "tar" else "-czf", archive, "-C", root, VIDEO_FOLDER],
            check=True,
        )
    shutil.rmtree(root / VIDEO_FOLDER)
    command = findings(root)["archive"].type_this
    if ending != "zip" or shutil.which("unzip"):
        typed(command)
        assert problems(root) == set()


def test_parts_that_came_in_a_zip_each_are_unzipped_first(copy_dataset) -> None:
    root = copy_dataset()
    subprocess.run(["tar", "-czf", root / "all.tgz", "-C", root, VIDEO_FOLDER], check=True)
    content = (root / "all.tgz").read_bytes()
    (root / "all.tgz").unlink()
    for i, part in enumerate((content[:5000], content[5000:])):
        with zipfile.ZipFile(root / f"{VIDEO_FOLDER}-{i:02d}", "w") as file:
            file.writestr(f"{VIDEO_FOLDER}-{i:02d}", part)
    shutil.rmtree(root / VIDEO_FOLDER)
    command = findings(root)["archive"].type_this
    assert "unzip" in command
    if shutil.which("unzip"):
        typed(command)
        assert not problems(root) - {"archive"}


@pytest.mark.parametrize("place", ["videos", "download/20bn-something-something-v2", "."])
def test_videos_in_another_folder_are_read_there(copy_dataset, place: str) -> None:
    root = copy_dataset()
    (root / place).parent.mkdir(exist_ok=True)
    if place == ".":
        for path in list((root / VIDEO_FOLDER).iterdir()):
            path.rename(root / path.name)
    else:
        (root / VIDEO_FOLDER).rename(root / place)
    assert problems(root) == set()
    assert "24 of them in other folders, and read there" in findings(root)["videos"].detail
    dataset = open_dataset(root)
    assert all(dataset.clip(uid).is_file() for uid in dataset.split("validation").uids)


def test_labels_in_the_wrong_folder_are_moved_by_what_is_to_be_typed(copy_dataset) -> None:
    root = copy_dataset()
    (root / "labels").rename(root / "annotations")
    typed(findings(root)["label files"].type_this)
    assert problems(root) == set()


def test_numbers_that_are_not_the_datasets_are_problems_unless_any_are_expected(
    copy_dataset,
) -> None:
    root = copy_dataset()
    change(root / "labels" / "validation.json", lambda entries: entries[:-2])
    assert problems(root) == {"validation clips"}
    assert findings(root)["validation clips"].detail == "10 clips; expected 12"
    assert "dataset.counts=null" in findings(root)["validation clips"].type_this
    assert problems(root, None) == set()
    assert len(findings(root)["videos without id"].clips) == 2
    assert problems(root, {"validation": 10, "classes": 174}) == {"classes"}


def test_an_order_of_classes_that_is_not_the_shipped_one_is_told(copy_dataset) -> None:
    root = copy_dataset()
    swap = {"0": "1", "1": "0"}
    change(
        root / "labels" / "labels.json",
        lambda labels: {k: swap.get(v, v) for k, v in labels.items()},
    )
    open_dataset(root)  # consistent in itself
    assert problems(root) == {"classes"} and findings(root, None)["classes"].state == "note"
    assert "class 0 is" in findings(root)["classes"].detail


def test_ids_and_videos_that_do_not_match_are_listed(copy_dataset) -> None:
    root = copy_dataset()
    (root / VIDEO_FOLDER / "2.webm").unlink()
    (root / VIDEO_FOLDER / "20.webm").rename(root / VIDEO_FOLDER / "20.txt")
    (root / VIDEO_FOLDER / "3.webm").rename(root / VIDEO_FOLDER / "999.webm")
    (root / VIDEO_FOLDER / "999.webm").with_name("1.webm").write_bytes(b"")
    found = findings(root)
    assert problems(root) == {
        "train ids without video",
        "validation ids without video",
        "empty videos",
    }
    assert found["train ids without video"].clips == [
        (uid, "in train, without a video") for uid in ("2", "3")
    ]
    assert [uid for uid, _ in found["validation ids without video"].clips] == ["20"]
    assert found["videos without id"].clips == [("999", "a video without an id in any split")]
    assert found["empty videos"].clips == [("1", "0 bytes")]
    assert "20.txt" in found["other files"].detail


def test_templates_without_a_class_duplicates_and_overlaps_are_listed(copy_dataset) -> None:
    root = copy_dataset()

    def spoil(entries):
        entries[0]["template"] = "Moving [something] upp"
        entries[1].pop("template")
        return [*entries, entries[3], {"label": "no id"}]

    change(root / "labels" / "train.json", spoil)
    change(
        root / "labels" / "validation.json",
        lambda entries: [entries[0] | {"id": "5"}, *entries[1:]],
    )
    found = findings(root)
    assert [uid for uid, _ in found["train templates"].clips] == ["1", "2"]
    assert "nearest to the first: 'Moving something up'" in found["train templates"].detail
    assert found["train ids"].clips == [("4", "given 2 times in train.json")]
    assert found["clips in two splits"].clips == [("5", "in train and validation")]
    assert "1 entry that is no" in found["train clips"].detail
    assert (
        found["prior"].state == "problem"
        and "2 classes have no training clip" in found["prior"].detail
    )


@pytest.mark.parametrize("name", ["labels", "train", "validation"])
@pytest.mark.parametrize(
    "content", [b"", b'{"a": ', b'"text"', b"[1, 2]", b"\xff\xfe", b'{"a": {}}', b"null"]
)
def test_a_label_file_that_makes_no_sense_is_a_problem_and_the_rest_is_still_checked(
    copy_dataset, name: str, content: bytes
) -> None:
    root = copy_dataset()
    (root / "labels" / f"{name}.json").write_bytes(content)
    assert problems(root)
    assert findings(root)["videos"].state == "ok"


def test_answers_are_held_against_ids_and_classes(copy_dataset) -> None:
    root = copy_dataset()
    (root / "labels" / "test.json").write_text(
        json.dumps([{"id": "501"}, {"id": "502"}, {"id": "503"}])
    )
    counts = COUNTS | {"test": 3}
    assert findings(root, counts)["test answers"].state == "note"
    assert findings(root, counts)["test ids without video"].state == "note"
    (root / "labels" / "test-answers.csv").write_text(
        "501;Moving something up\n502;Moving something upp\nrubbish\n"
    )
    why = dict(findings(root, counts)["test answers"].clips)
    assert why == {
        "rubbish": "no line of id;template",
        "502": "'Moving something upp' is no class",
        "503": "has no answer",
    }


def test_what_is_written_in_any_script_is_read(copy_dataset) -> None:
    root = copy_dataset()
    path = root / "labels" / "train.json"
    entries = json.loads(path.read_text())
    entries[0] |= {"label": "moving café 茶 up", "placeholders": ["café 茶"]}
    path.write_text(
        json.dumps(entries, ensure_ascii=False), encoding="utf-8-sig"
    )  # with an editor's mark
    assert problems(root) == set()
    assert labels_of(take_inventory(root))[entries[0]["id"]] == "moving café 茶 up"
    assert len(open_dataset(root).split("train")) == 12


def test_paths_with_spaces_can_be_typed(copy_dataset, tmp_path) -> None:
    root = copy_dataset().rename(tmp_path / "my data")
    (root / "labels").rename(root / "annotations")
    typed(findings(root)["label files"].type_this)
    assert problems(root) == set() and shlex.quote(str(root)) != str(root)
