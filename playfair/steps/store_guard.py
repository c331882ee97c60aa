"""A Zarr group of somebody else's, opened without harm: what it says is held against what we write.

A few bytes can say that they are an array of terabytes, or unpack to gigabytes; a codec can be one
that runs code; a name can lead out of the folder. So the store looks at all that is read through
it, before memory is taken for it: metadata are of format 3, with our codecs, kinds and no more
elements than could be ours; a chunk unpacks to what its array says, and to no byte more.
"""

import json
import re
import stat
from collections.abc import Mapping
from functools import cached_property
from math import ceil, prod
from pathlib import Path
from typing import Any

import numpy as np
from numcodecs.zstd import Zstd
from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore

from playfair.steps.damage import DamageError

METADATA = "zarr.json"
MOST_METADATA = 2**24  # bytes; ours have 30 kB
MOST_IN_CHUNK = 2**28  # bytes, unpacked; ours of 8 frames and 174 classes have 0.7 MB
MOST_CHUNKS = 2**22
MOST_OF_DIMENSION = 2**26
MOST_AT_ONCE = 2**31  # bytes of what is not read by chunks: arrays of up to two dimensions
MOST_LETTERS = 64  # of a name on average, in bytes
CODECS = ("bytes", "vlen-utf8", "zstd", "crc32c")
KINDS = "bool int8 uint8 int16 int32 int64 float16 float32 float64"
SIZES = {kind: np.dtype(kind).itemsize for kind in KINDS.split()} | {"string": MOST_LETTERS}
NAME = re.compile(r"[A-Za-z]\w*")
OTHER_FORMAT = (".zarray", ".zattrs", ".zgroup", ".zmetadata")
ADVICE = "It was not written by Play Fair as it is now: open no store of people you do not know."


class GuardedStore(LocalStore):
    """The files of a group; whatever is read is looked at first."""

    @cached_property
    def _arrays(self) -> dict[str, Mapping[str, Any]]:
        """Metadata of the arrays that were read through this store, by name."""
        return {}

    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        value = await super().get(key, prototype, byte_range) if self._is_there(key) else None
        return self._looked_at(key, value, whole=byte_range is None)

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        value = None
        if self._is_there(key):
            value = super().get_sync(key, prototype=prototype, byte_range=byte_range)
        return self._looked_at(key, value, whole=byte_range is None)

    def _is_there(self, key: str) -> bool:
        """Whether there is such a file, a regular one and not too large; others are refused."""
        if key.rpartition("/")[2] in OTHER_FORMAT:
            return False
        file = self.root / key
        try:
            status = file.stat()
        except (OSError, ValueError):
            return False
        if stat.S_ISDIR(status.st_mode):
            return False
        most = MOST_METADATA if key.endswith(METADATA) else MOST_IN_CHUNK
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            raise DamageError(file, f"it is no file of up to {most:,} bytes", ADVICE)
        return True

    def _looked_at(self, key: str, value: Buffer | None, *, whole: bool) -> Buffer | None:
        """What was read of a file, whole or not, where nothing is wrong with it; None: no file."""
        if value is None:
            return None
        file = self.root / key
        if key.endswith(METADATA):
            name = key.rpartition("/")[0]
            self._arrays.update(check_metadata(file, name, value.to_bytes()))
        elif (name := key.partition("/c")[0]) in self._arrays:
            check_chunk(file, value.to_bytes(), self._arrays[name])
        return value


def check_metadata(file: Path, name: str, content: bytes) -> dict[str, Mapping[str, Any]]:
    """Looks at a zarr.json, of a group with all that is consolidated in it, or of an array.

    Returns:
        The metadata of each array in it, by name.

    Raises:
        DamageError: something in it is nothing that we write.
    """
    try:
        metadata = json.loads(content)
        consolidated = (metadata.get("consolidated_metadata") or {}).get("metadata") or {}
        nodes = {name: metadata, **consolidated}
        arrays = {}
        for path, node in nodes.items():
            if path and not NAME.fullmatch(path):
                raise ValueError(f"an array is called {path!r}")
            if node["zarr_format"] != 3:
                raise ValueError(f"it is of format {node['zarr_format']}, not 3")
            if node["node_type"] == "array":
                _check_array(path, node)
                arrays[path] = node
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        said = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
        raise DamageError(file, f"it does not describe a store of ours ({said})", ADVICE) from error
    return arrays


def check_chunk(file: Path, content: bytes, array: Mapping[str, Any]) -> None:
    """Looks at a chunk before it is unpacked: it must become what its array says.

    Raises:
        DamageError: it would become something else.
    """
    n_elements = prod(_chunk_shape(array))
    is_text = array["data_type"] == "string"
    codecs = [codec["name"] for codec in array["codecs"]]
    if codecs[-1] == "crc32c":
        content = content[:-4]
    if "zstd" in codecs:
        size = unpacked_size(content)
        expected = n_elements * SIZES[array["data_type"]]
        if size is None or size > MOST_IN_CHUNK or (size != expected and not is_text):
            said = "an unknown number of" if size is None else f"{size:,}"
            raise DamageError(file, f"it unpacks to {said} bytes, not to {expected:,}")
    if not is_text:
        return
    try:
        text = Zstd().decode(content) if "zstd" in codecs else content
    except (RuntimeError, ValueError) as error:
        raise DamageError(file, "it cannot be unpacked") from error
    # names come after their number, and a place is made for each before the first is read
    n_texts = int.from_bytes(bytes(text[:4]), "little")
    if n_texts != n_elements:
        raise DamageError(file, f"it holds {n_texts:,} names, not {n_elements:,}")


def unpacked_size(frame: bytes) -> int | None:
    """The size that the head of a Zstandard frame states (RFC 8878, 3.1.1.1); None for none."""
    if frame[:4] != b"\x28\xb5\x2f\xfd" or len(frame) < 5:
        return None
    descriptor = frame[4]
    is_single_segment = bool(descriptor & 0x20)
    flag = descriptor >> 6
    if flag == 0 and not is_single_segment:
        return None
    n_bytes = (1, 2, 4, 8)[flag]
    start = 5 + (0 if is_single_segment else 1) + (0, 1, 2, 4)[descriptor & 3]
    size = int.from_bytes(frame[start : start + n_bytes], "little")
    return size + 256 if n_bytes == 2 else size


def _check_array(name: str, array: Mapping[str, Any]) -> None:
    kind = array["data_type"]
    if kind not in SIZES:
        raise ValueError(f"{name} holds {kind!r}")
    for codec in array["codecs"]:
        if codec["name"] not in CODECS:
            raise ValueError(f"{name} has the codec {codec['name']!r}")
    if array["codecs"][0]["name"] not in CODECS[:2] or len(array["codecs"]) > 3:
        raise ValueError(f"{name} has codecs in another order")
    if array.get("storage_transformers"):
        raise ValueError(f"{name} has storage transformers")
    encoding = array["chunk_key_encoding"]
    separator = (encoding.get("configuration") or {}).get("separator", "/")
    if (encoding["name"], separator) != ("default", "/"):
        raise ValueError(f"the chunks of {name} are called otherwise")
    shape = array["shape"]
    chunk = _chunk_shape(array)
    if len(shape) != len(chunk) or len(shape) > 4:
        raise ValueError(f"{name} has the shape {shape} and chunks of {chunk}")
    for size, of_chunk in zip(shape, chunk, strict=True):
        if type(size) is not int or type(of_chunk) is not int:
            raise ValueError(f"{name} has the shape {shape} and chunks of {chunk}")
        if not (0 <= size <= MOST_OF_DIMENSION and 1 <= of_chunk <= MOST_OF_DIMENSION):
            raise ValueError(f"{name} has the shape {shape} and chunks of {chunk}")
    n_chunks = prod(ceil(size / of_chunk) for size, of_chunk in zip(shape, chunk, strict=True))
    at_once = prod(shape) * SIZES[kind] if len(shape) < 3 else 0
    too_much = prod(chunk) * SIZES[kind] > MOST_IN_CHUNK or at_once > MOST_AT_ONCE
    if n_chunks > MOST_CHUNKS or too_much:
        raise ValueError(f"{name} has the shape {shape} and chunks of {chunk}")


def _chunk_shape(array: Mapping[str, Any]) -> list[int]:
    if array["chunk_grid"]["name"] != "regular":
        raise ValueError(f"chunks are of a grid {array['chunk_grid']['name']!r}")
    return list(array["chunk_grid"]["configuration"]["chunk_shape"])
