"""Stores that somebody else has written: refused before memory is taken for what they say."""

import json
import os
import random
import shutil
import time
import tracemalloc
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
import pytest
import xarray as xr
from numcodecs.zstd import Zstd

from playfair.steps.damage import DamageError
from playfair.steps.esv_creation import create_store
from playfair.steps.esv_store import ESVStore, open_store
from playfair.steps.interactions import clip_interactions, write_interactions
from playfair.steps.store_guard import (
    MOST_IN_CHUNK,
    MOST_METADATA,
    GuardedStore,
    check_chunk,
    unpacked_size,
)

UIDS = ["a", "b", "c"]


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("good") / "esvs"
    store = create_store(
        path,
        uids=UIDS,
        labels=np.array([0, 1, 0]),
        prior=np.full(2, 0.5),
        class_names=["left", "right"],
        n_frames=4,
        block=2,
    )
    for block in store.missing():
        videos = len(range(*store.videos(block).indices(3)))
        store.write(
            block,
            esv=np.ones((videos, 4, 2), np.float32),
            score=np.ones((videos, 2), np.float32),
            frame_index=np.zeros((videos, 4), np.int32),
        )
    return path


@pytest.fixture
def copied(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "esvs"))


def change(path: Path, name: str, edit: Callable[[dict[str, Any]], Any]) -> None:
    """Changes an array's metadata, where it lies and where it is consolidated."""
    group = json.loads((path / "zarr.json").read_text())
    metadata = group["consolidated_metadata"]["metadata"]
    edit(metadata[name])
    (path / name / "zarr.json").write_text(json.dumps(metadata[name]))
    (path / "zarr.json").write_text(json.dumps(group))


def set_codecs(*codecs: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda array: array.update(codecs=list(codecs))


def read_all(path: Path) -> xr.Dataset:
    return open_store(path).load()


def test_a_store_of_ours_is_read(copied: Path) -> None:
    assert read_all(copied)["video"].values.tolist() == UIDS
    assert float(read_all(copied)["esv"].sum()) == 24


LARGE = 10**12
EDITS = {
    "a shape of 10^12": ("written", lambda array: array.update(shape=[LARGE])),
    "a chunk of 10^12": (
        "label",
        lambda array: array["chunk_grid"]["configuration"].update(chunk_shape=[LARGE]),
    ),
    "many names": ("video", lambda array: array.update(shape=[2**26])),
    "many chunks": ("esv", lambda array: array.update(shape=[2**26, 4, 2])),
    "a negative size": ("esv", lambda array: array.update(shape=[-1, 4, 2])),
    "a size that is no number": ("esv", lambda array: array.update(shape=["3", 4, 2])),
    "a chunk of nothing": (
        "label",
        lambda array: array["chunk_grid"]["configuration"].update(chunk_shape=[0]),
    ),
    "another number of sizes": ("esv", lambda array: array.update(shape=[3, 4])),
    "a codec that unpickles": ("label", set_codecs({"name": "numcodecs.pickle"})),
    "a codec of others": (
        "label",
        set_codecs({"name": "bytes", "configuration": {"endian": "little"}}, {"name": "gzip"}),
    ),
    "shards": ("label", set_codecs({"name": "sharding_indexed"})),
    "many codecs": (
        "label",
        set_codecs({"name": "bytes"}, *[{"name": "zstd"}] * 5),
    ),
    "no codec": ("label", set_codecs()),
    "objects": ("label", lambda array: array.update(data_type="object")),
    "a structure": ("label", lambda array: array.update(data_type={"name": "structured"})),
    "a transformer": ("label", lambda array: array.update(storage_transformers=[{"name": "x"}])),
    "another grid": ("label", lambda array: array["chunk_grid"].update(name="rectilinear")),
    "other names of chunks": ("label", lambda array: array["chunk_key_encoding"].update(name="v2")),
    "format 2": ("label", lambda array: array.update(zarr_format=2)),
    "no format": ("label", lambda array: array.pop("zarr_format")),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_we_do_not_write_is_refused_before_memory_is_taken(copied: Path, edit: str) -> None:
    name, change_it = EDITS[edit]
    change(copied, name, change_it)
    start = time.perf_counter()
    tracemalloc.start()
    try:
        with pytest.raises(DamageError, match="does not describe a store of ours") as refused:
            read_all(copied)
        with pytest.raises(DamageError) if name != "video" else nullcontext():
            ESVStore(copied, block=2).missing()
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()
    assert refused.value.file.is_relative_to(copied)
    assert time.perf_counter() - start < 5


def test_a_name_that_leads_out_of_the_folder_is_refused(copied: Path) -> None:
    group = json.loads((copied / "zarr.json").read_text())
    metadata = group["consolidated_metadata"]["metadata"]
    metadata["../../secret"] = metadata["label"]
    (copied / "zarr.json").write_text(json.dumps(group))
    with pytest.raises(DamageError, match=r"an array is called '../../secret'"):
        read_all(copied)


@pytest.mark.parametrize(
    "text", ["{", "[]", "null", "3", '{"zarr_format": 3}', "[" * 100_000, '{"a": ' * 5_000, "\x00"]
)
def test_what_is_no_metadata_is_told_with_its_file(copied: Path, text: str) -> None:
    (copied / "zarr.json").write_text(text)
    with pytest.raises(DamageError, match="zarr.json"):
        read_all(copied)


def test_format_2_is_not_looked_for(copied: Path) -> None:
    (copied / "zarr.json").unlink()
    (copied / ".zgroup").write_text('{"zarr_format": 2}')
    (copied / ".zattrs").write_text("{}")
    with pytest.raises(ValueError, match="no ESV store"):
        open_store(copied)
    assert GuardedStore(copied)._is_there(".zgroup") is False


def chunk_of(path: Path, name: str) -> Path:
    return next(file for file in sorted((path / name / "c").rglob("*")) if file.is_file())


def sealed(content: bytes) -> bytes:
    """A chunk with its checksum behind it."""
    return content + google_crc32c.value(content).to_bytes(4, "little")


def bomb(n_bytes: int) -> bytes:
    return bytes(Zstd(level=1).encode(np.zeros(n_bytes, np.uint8)))


@pytest.mark.parametrize("name", ["esv", "score", "label", "video", "prior"])
def test_a_chunk_that_unpacks_to_more_than_its_array_says_is_refused(copied, name: str) -> None:
    packed = bomb(MOST_IN_CHUNK + 1)
    assert len(packed) < 50_000
    chunk_of(copied, name).write_bytes(packed)
    with pytest.raises(DamageError, match="unpacks to 268,435,457 bytes") as refused:
        read_all(copied)
    assert refused.value.file == chunk_of(copied, name)


def test_a_chunk_that_does_not_say_its_size_is_refused(copied: Path) -> None:
    chunk_of(copied, "label").write_bytes(b"\x28\xb5\x2f\xfd\x00\x58" + b"\x00" * 20)
    with pytest.raises(DamageError, match="an unknown number of bytes"):
        read_all(copied)


def test_names_that_say_to_be_many_are_refused_before_a_place_is_made_for_each(copied) -> None:
    text = (2**32 - 1).to_bytes(4, "little") + b"\x00" * 40
    chunk_of(copied, "video").write_bytes(sealed(bytes(Zstd().encode(text))))
    with pytest.raises(DamageError, match="it holds 4,294,967,295 names, not 3"):
        read_all(copied)


def test_a_chunk_is_a_file_and_neither_a_pipe_nor_endless(copied: Path) -> None:
    chunk = chunk_of(copied, "label")
    chunk.unlink()
    os.mkfifo(chunk)
    with pytest.raises(DamageError, match="no file of up to"):
        read_all(copied)
    chunk.unlink()
    with chunk.open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(DamageError, match="no file of up to"):
        read_all(copied)


def test_the_size_in_the_head_of_a_frame_is_what_it_unpacks_to() -> None:
    for n_bytes in (0, 1, 255, 256, 65_791, 65_792, 2**20):
        frame = bytes(Zstd().encode(os.urandom(n_bytes)))
        assert unpacked_size(frame) == n_bytes
    assert unpacked_size(b"") is unpacked_size(b"\x28\xb5") is unpacked_size(b"x" * 20) is None


def test_a_checksum_behind_a_chunk_is_none_of_it() -> None:
    array = {
        "data_type": "int64",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2]}},
        "codecs": [{"name": "bytes"}, {"name": "zstd"}, {"name": "crc32c"}],
    }
    check_chunk(Path("c"), sealed(bytes(Zstd().encode(b"0" * 16))), array)


def test_pair_interactions_are_read_through_the_guard_too(tmp_path: Path) -> None:
    measures = {"interaction": np.ones((2, 3, 3), np.float32)}
    write_interactions(tmp_path, ["a", "b"], measures)
    pairs = clip_interactions(tmp_path, "b")
    assert pairs is not None and pairs.sum() == 9
    metadata = json.loads((tmp_path / "interaction" / "zarr.json").read_text())
    metadata["shape"] = [LARGE, 3, 3]
    (tmp_path / "interaction" / "zarr.json").write_text(json.dumps(metadata))
    with pytest.raises(DamageError):
        clip_interactions(tmp_path, "b")


def spoilt(path: Path, rng: random.Random) -> None:
    """Changes some bytes of some file, cuts it, or puts another one's content there."""
    files = [file for file in sorted(path.rglob("*")) if file.is_file()]
    file = rng.choice(files)
    content = bytearray(file.read_bytes())
    kind = rng.randrange(4)
    if kind == 0:
        del content[rng.randrange(len(content) + 1) :]
    elif kind == 1:
        content = bytearray(rng.choice(files).read_bytes())
    elif kind == 2:
        place = rng.randrange(len(content) + 1)
        content[place:place] = rng.choice([b"9" * 12, b"[", b'"', b"\x00" * 8, b"-"])
    else:
        for _ in range(rng.randrange(1, 5)):
            content[rng.randrange(len(content))] = rng.randrange(256)
    file.write_bytes(content)


def fuzz(good: Path, folder: Path, seeds: range) -> None:
    for seed in seeds:
        copy = Path(shutil.copytree(good, folder / str(seed)))
        spoilt(copy, random.Random(seed))
        start = time.perf_counter()
        try:
            read_all(copy)
        except DamageError:
            pass
        except Exception as error:
            said = ("There is no ESV store", "its writing was cut short")
            assert type(error) is ValueError and any(text in str(error) for text in said), seed
        assert time.perf_counter() - start < 5, seed
        shutil.rmtree(copy)


def test_a_spoilt_store_takes_neither_memory_nor_time(good: Path, tmp_path: Path) -> None:
    fuzz(good, tmp_path, range(15))


@pytest.mark.slow
def test_very_many_spoilt_stores_take_neither_memory_nor_time(good: Path, tmp_path: Path) -> None:
    fuzz(good, tmp_path, range(15, 500))


def test_metadata_of_many_bytes_are_not_read(copied: Path) -> None:
    with (copied / "zarr.json").open("r+b") as file:
        file.truncate(MOST_METADATA + 1)
    tracemalloc.start()
    try:
        with pytest.raises(
            DamageError, match=r"zarr.json is damaged: .* more than 16,777,216 bytes"
        ):
            ESVStore(copied, block=2).exists()
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
