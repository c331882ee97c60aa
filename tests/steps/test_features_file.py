"""A file of features from somebody else: nothing in it is trusted."""

import fcntl
import os
import pickle
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from playfair.steps import features_file
from playfair.steps.features_file import opened
from playfair.steps.reader_process import ReaderError, apart
from playfair.steps.untrusted_hdf5 import FeaturesFileError
from tests.steps.test_published_features import features_of, write_file

TARGETS = {"78687": 2, "42326": 0, "100904": 1}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_file(tmp_path / "trn.hdf", TARGETS, room=1)


def read(file: Path) -> list[np.ndarray]:
    with opened(file) as splits:
        split = splits["validation"]
        return split.read(range(len(split.uids)))


def replaced(file: Path, name: str, make: Callable[[h5py.Group], Any]) -> None:
    """Puts what `make` makes in the place of a dataset of the validation group."""
    with h5py.File(file, "r+") as root:
        group = root["validation"]
        del group[name]
        made = make(group)
        if made is not None:
            made.attrs["feature_dim"] = 4


def test_a_file_that_another_process_has_locked_is_read(file: Path) -> None:
    with file.open("rb") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        assert [len(rows) for rows in read(file)] == [9, 30, 12, 0]


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_vectors_of_equal_length_and_other_floats_are_read(file: Path, dtype: str) -> None:
    rows = np.random.default_rng(0).normal(size=(4, 5, 4)).astype(dtype)
    replaced(file, "features", lambda group: group.create_dataset("features", data=rows))
    np.testing.assert_array_equal(np.stack(read(file)), rows)


def external(group: h5py.Group) -> h5py.Dataset:
    secret = Path(group.file.filename).with_name("secret.txt")
    secret.write_bytes(b"what the user may read: 64 bytes" * 8)
    return group.create_dataset("features", (4, 4), "float32", external=[(str(secret), 0, 64)])


def virtual(group: h5py.Group) -> h5py.Dataset:
    layout = h5py.VirtualLayout((4, 4), "float32")
    layout[:] = h5py.VirtualSource("other.hdf", "features", (4, 4))
    return group.create_virtual_dataset("features", layout)


def external_link(group: h5py.Group) -> None:
    other = Path(group.file.filename).with_name("other.hdf")
    with h5py.File(other, "w") as root:
        root["x"] = np.zeros((4, 4), np.float32)
        root["x"].attrs["feature_dim"] = 4
    group["features"] = h5py.ExternalLink("other.hdf", "x")


def huge(group: h5py.Group) -> h5py.Dataset:
    return group.create_dataset("features", (4, 1 << 40), "float32", chunks=(1, 1 << 10))


def of_huge_chunks(group: h5py.Group) -> h5py.Dataset:
    chunks = (1 << 13, 1 << 16)
    return group.create_dataset(
        "features", (4, 1 << 16), "float32", chunks=chunks, maxshape=(None, 1 << 16)
    )


def of_numbers(group: h5py.Group) -> h5py.Dataset:
    return group.create_dataset("features", data=np.zeros((4, 4), np.int64))


@pytest.mark.parametrize(
    ("name", "make", "why"),
    [
        ("features", external, "the bytes of features lie in other files"),
        ("features", virtual, "features is made up of other datasets"),
        ("features", external_link, "features is a link to elsewhere"),
        ("features", huge, r"declare \(4, 1099511627776\): .* at most 256 MB each"),
        ("features", of_huge_chunks, r"declares chunks of \(8192, 65536\)"),
        ("features", of_numbers, r"of float vectors, .*got \(4, 4\) of int64"),
        ("uids", lambda group: group.create_dataset("uids", data=np.ones(4)), "uids .* to be text"),
        (
            "uids",
            lambda group: group.create_dataset("uids", data=["1" * 201] * 4),
            "more than 200 letters",
        ),
        (
            "uids",
            lambda group: group.create_dataset("uids", data=["1"] * 3),
            r"4 clips of validation have features, and uids are \(3,\)",
        ),
        (
            "labels",
            lambda group: group.create_dataset("labels/action", data=np.zeros(2, int)),
            r"4 whole numbers or names of classes, got \(2,\)",
        ),
        (
            "labels",
            lambda group: group.create_dataset("labels", data=[1]),
            r"4 whole numbers or names of classes, got \(1,\)",
        ),
    ],
)
def test_a_file_that_reaches_for_others_or_is_of_another_shape_is_refused_unread(
    file: Path, name: str, make: Callable[[h5py.Group], Any], why: str
) -> None:
    replaced(file, name, make)
    with pytest.raises(FeaturesFileError, match=why) as caught:
        read(file)
    assert str(caught.value).startswith(str(file))


def test_whole_numbers_and_text_of_fixed_length_are_uids(file: Path) -> None:
    replaced(file, "uids", lambda group: group.create_dataset("uids", data=[78687, 42326, 1, 2]))
    with opened(file) as splits:
        assert splits["validation"].uids == ["78687", "42326", "1", "2"]
    ids = np.array(["78687", "42326", "1", ""], "S10")
    replaced(file, "uids", lambda group: group.create_dataset("uids", data=ids))
    with opened(file) as splits:
        assert splits["validation"].uids == ["78687", "42326", "1", ""]


def test_rows_of_equal_length_say_themselves_how_long_features_are(file: Path) -> None:
    with h5py.File(file, "r+") as root:
        del root["validation/features"]
        root["validation/features"] = np.ones((4, 5, 6), np.float32)
        root.create_group("options").attrs["lr"] = 0.1  # which is no split, and no reason to refuse
    with opened(file) as splits:
        assert list(splits) == ["validation"] and splits["validation"].dim == 6
        assert splits["validation"].read([2])[0].shape == (5, 6)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (pickle.dumps({"features": np.zeros((3, 4))}), "is a pickle, which could run any code"),
        (b"PK\x03\x04" + bytes(40), "is a zip archive"),
        (b"<!DOCTYPE html><title>404</title>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
        (b"", "is empty"),
        (b"no HDF5", "is not a readable HDF5 file"),
    ],
)
def test_a_file_of_another_kind_is_told_as_what_it_is(tmp_path, content: bytes, why: str) -> None:
    (tmp_path / "a.hdf").write_bytes(content)
    with pytest.raises(FeaturesFileError, match=f"{why}.* Name one that extract_features.py wrote"):
        read(tmp_path / "a.hdf")


def test_vectors_that_do_not_say_how_long_a_frames_are_are_told_with_what_to_type(
    file: Path,
) -> None:
    with h5py.File(file, "r+") as root:
        del root["validation/features"].attrs["feature_dim"]
    with pytest.raises(FeaturesFileError, match="features of validation do not say how long"):
        read(file)


@pytest.mark.parametrize("dim", [0, -4, 1.5, "four", [4, 4]])
def test_a_length_of_features_that_is_none_is_refused(file: Path, dim: object) -> None:
    with h5py.File(file, "r+") as root:
        root["validation/features"].attrs["feature_dim"] = dim
    with pytest.raises(FeaturesFileError, match="feature_dim of validation to be a whole number"):
        read(file)


def test_rows_that_do_not_come_out_even_are_refused_with_their_clip(file: Path) -> None:
    with h5py.File(file, "r+") as root:
        root["validation/features"][1] = np.zeros(7, np.float32)
    with pytest.raises(FeaturesFileError, match="clip 42326 has 7 numbers, which are no rows of"):
        read(file)


def test_control_characters_of_a_file_do_not_reach_the_message(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "odd.hdf", "w") as root:
        root.create_group("\x1b[2Jvalidation")
    with pytest.raises(FeaturesFileError) as caught:
        read(tmp_path / "odd.hdf")
    assert "\x1b" not in str(caught.value) and "x1b[2Jvalidation" in str(caught.value)


def raising(question: object) -> None:
    raise FeaturesFileError(Path("a.hdf"), " is odd.")


def dying(question: object) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda question: time.sleep(60), "no answer in 0 s"),
        (lambda question: os._exit(3), "ended with code 3"),
        (lambda question: bytearray(1 << 31), "MemoryError"),
    ],
)
def test_a_reader_that_hangs_dies_or_takes_all_memory_is_told(
    answer: Callable[[object], object], why: str
) -> None:
    with apart(answer, n_bytes=1 << 30, seconds=0.4) as ask:
        with pytest.raises((ReaderError, MemoryError)) as caught:
            ask(1)
        assert why in repr(caught.value)


def test_what_a_reader_raises_is_raised_and_what_kills_it_is_named() -> None:
    with apart(raising, n_bytes=1 << 30, seconds=5) as ask:
        for _ in range(2):
            with pytest.raises(FeaturesFileError, match=r"^a.hdf is odd.$"):
                ask(1)
    with (
        apart(dying, n_bytes=1 << 30, seconds=5) as ask,
        pytest.raises(ReaderError, match="SIGSEGV"),
    ):
        ask(1)


def mutated(content: bytes, seed: int) -> bytes:
    """Some bits or bytes changed, or the end cut off."""
    rng = np.random.default_rng(seed)
    changed = bytearray(content)
    kind = rng.integers(4)
    if kind == 0:
        return content[: rng.integers(len(content))]
    for place in rng.integers(len(content), size=rng.integers(1, 6)).tolist():
        if kind == 1:
            changed[place] ^= 1 << int(rng.integers(8))
        elif kind == 2:
            changed[place : place + 8] = rng.bytes(8)
        else:
            changed[place : place + 4] = b"\xff" * 4
    return bytes(changed)


def try_mutants(file: Path, seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features_file, "MOST_SECONDS", 1.0)
    content = file.read_bytes()
    for seed in seeds:
        file.write_bytes(mutated(content, seed))
        try:
            read(file)
        except FeaturesFileError as error:
            assert str(error).startswith(str(file)) and str(error).isprintable(), seed
        except KeyError as error:
            assert error.args == ("validation",), seed  # the group has another name now


def test_a_damaged_file_is_read_or_told_of_in_bounded_time(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try_mutants(file, range(25), monkeypatch)


@pytest.mark.slow
def test_a_thousand_damaged_files_are_read_or_told_of_in_bounded_time(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try_mutants(file, range(1000), monkeypatch)


def test_what_was_published_is_read_as_before(file: Path) -> None:
    for uid, rows in zip(TARGETS, read(file), strict=False):
        np.testing.assert_array_equal(rows, features_of(uid))
