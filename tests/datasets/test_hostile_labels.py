"""Label files from somebody else: whatever is in them, they are read or told of with their name."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playfair.datasets import label_files
from playfair.datasets.dataset import DatasetError
from playfair.datasets.label_files import LabelsError, read_json
from playfair.datasets.something_something import open_dataset

FILES = ("labels", "train", "validation", "evidence")


def read_all(root: Path) -> None:
    dataset = open_dataset(root, videos=False)
    for name in ("train", "validation", "test"):
        dataset.split(name).identity()  # type: ignore[arg-type]
    dataset.prior()
    dataset.evidence()
    dataset.twins()
    dataset.identity()


@pytest.mark.parametrize(
    ("uid", "why"),
    [
        ("../../secret", "no slash or control character; got '../../secret'"),
        ("/etc/passwd", "no slash"),
        ("", "1 to 200 letters"),
        ("1" * 201, "1 to 200 letters"),
        ("7\x1b[2J", r"got '7\\x1b\[2J'"),
        ("7\x00", r"got '7\\x00'"),
        ("7\n8", r"got '7\\n8'"),
        ("\ud800", r"got '\\ud800'"),
        ("7\u202e", r"got '7\\u202e'"),
        (7.5, "must be text or a whole number; got 7.5"),
        (True, "got True"),
        (None, "got None"),
        (["7"], r"got \['7'\]"),
    ],
)
def test_an_id_that_names_no_file_of_the_folder_is_refused(
    copy_dataset, uid: Any, why: str
) -> None:
    root = copy_dataset()
    (root / "labels" / "test.json").write_text(json.dumps([{"id": uid}]))
    with pytest.raises(LabelsError, match=rf"test\.json: .*{why}"):
        open_dataset(root, videos=False).split("test")


@pytest.mark.parametrize("index", ["0.5", 0.5, True, None, "٣", "-1", "1e3", "9" * 5000, [0]])
def test_an_index_that_is_no_whole_number_is_refused(copy_dataset, index: Any) -> None:
    root = copy_dataset()
    file = root / "labels" / "labels.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"Moving something up": index}))
    with pytest.raises(LabelsError, match=r"labels\.json: every index must be a whole number"):
        open_dataset(root)


def test_a_class_name_with_control_characters_is_refused(copy_dataset) -> None:
    root = copy_dataset()
    (root / "labels" / "labels.json").write_text(json.dumps({"Moving\x1b]0;up": "0"}))
    with pytest.raises(LabelsError, match=r"control characters; got 'Moving\\x1b\]0;up'"):
        open_dataset(root)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[" * 200_000, "brackets within brackets, too deep"),
        (b'{"a": 1, "b": 2, "a": 3}', "the name 'a' stands there more than once"),
        (b'{"caf\xe9": 1}', "can't decode byte 0xe9"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not readable as JSON"),
        (b"", "not readable as JSON"),
        (b"\x00" * 64, "not readable as JSON"),
    ],
)
def test_json_that_is_none_is_told_with_its_file(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "train.json").write_bytes(content)
    with pytest.raises(LabelsError, match=rf"train\.json: .*{why}"):
        read_json(tmp_path / "train.json")


def test_a_file_that_is_larger_than_any_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "train.json").write_text("[]" + " " * (2 << 20))
    assert read_json(tmp_path / "train.json") == []
    monkeypatch.setattr(label_files, "MOST_BYTES", 1 << 20)
    with pytest.raises(LabelsError, match="expected at most 1 MB, which no label file needs"):
        read_json(tmp_path / "train.json")


@pytest.mark.parametrize(
    "bounds", [[5, 5], [6, 5], [-1, 5], [0, 2**31], [0.0, 5], [False, True], [1e400, 2], [1, 2, 3]]
)
def test_an_interval_that_is_none_is_refused(copy_dataset, bounds: list[Any]) -> None:
    root = copy_dataset()
    (root / "labels" / "evidence.json").write_text(json.dumps({"1": bounds}))
    with pytest.raises(LabelsError, match=r"evidence\.json: .*0 ≤ start < stop.* for clip '1'"):
        open_dataset(root).evidence()


def test_a_long_template_that_is_no_class_is_told_at_once(copy_dataset) -> None:
    root = copy_dataset()
    entry = {"id": "1", "template": "Moving something " + "x" * 300_000 + "\x1b[2J"}
    (root / "labels" / "train.json").write_text(json.dumps([entry]))
    began = time.process_time()
    with pytest.raises(LabelsError, match="which labels.json does not have") as caught:
        open_dataset(root, videos=False).split("train")
    assert time.process_time() - began < 0.5
    assert len(str(caught.value)) < 500 and "\x1b" not in str(caught.value)


def mutated(content: bytes, seed: int) -> bytes:
    """Bytes, or words of JSON, put in the place of others; the end cut off."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(4)
    if kind == 0:
        return content[: rng.integers(len(content))]
    words = (b"null", b"[]", b"{}", b'""', b"-1", b"1e999", b"true", b'"\\ud800"', b"[[", b'"../a"')
    for place in rng.integers(len(content), size=rng.integers(1, 4)).tolist():
        if kind == 1:
            new = rng.bytes(int(rng.integers(1, 4)))
            content = content[:place] + new + content[place + len(new) :]
        else:  # in the place of what stands between two signs of JSON
            start = max(content.rfind(sign, 0, place) for sign in (b":", b",", b"[")) + 1
            ends = [content.find(sign, place) for sign in (b",", b"}", b"]")]
            stop = min([end for end in ends if end >= 0], default=len(content))
            content = content[:start] + words[int(rng.integers(len(words)))] + content[stop:]
    return content


def try_mutants(root: Path, seeds: range) -> None:
    for name in FILES:
        file = root / "labels" / f"{name}.json"
        content = file.read_bytes()
        for seed in seeds:
            file.write_bytes(mutated(content, seed))
            try:
                read_all(root)
            except DatasetError as error:
                assert str(error).isprintable(), (name, seed)
                assert (
                    f"{name}.json" in str(error)
                    or "validation.json" in str(error)
                    or ("train.json" in str(error))
                ), (name, seed)
        file.write_bytes(content)


def test_damaged_label_files_are_read_or_told_of(copy_dataset) -> None:
    try_mutants(copy_dataset(), range(50))


@pytest.mark.slow
def test_thousands_of_damaged_label_files_are_read_or_told_of(copy_dataset) -> None:
    try_mutants(copy_dataset(), range(50, 2000))
