"""Zarr groups of ours: every chunk ends with its checksum, and what is wrong is told with its file.

Plain `xarray.open_zarr` reads them too, and checks the same checksums.
"""

import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
import zarr.errors
from zarr.codecs import Crc32cCodec, ZstdCodec
from zarr.core.buffer import Buffer
from zarr.storage import LocalStore

from playfair.steps.damage import UNREADABLE, DamageError
from playfair.steps.manifest import chunk_digest, read_manifest
from playfair.steps.store_guard import MOST_METADATA, GuardedStore

# How our arrays are created: the checksum is that of the compressed bytes, and a chunk is written
# though it holds the fill value alone, so that one that is not there is gone.
CHECKED: dict[str, Any] = {
    "compressors": [ZstdCodec(), Crc32cCodec()],
    "config": {"write_empty_chunks": True},
}


def fill_value(dtype: str) -> Any:
    """What is read where nothing was written: NaN, the least integer, or no text.

    >>> fill_value("float32"), fill_value("int32"), fill_value("uint8"), fill_value("str")
    (nan, -2147483648, 0, '')
    """
    if dtype == "str":
        return ""
    if np.dtype(dtype).kind == "f":
        return float("nan")
    return int(np.iinfo(dtype).min)


class CheckedStore(GuardedStore):
    """The files of a group, read only: a chunk comes as it was written, or as a DamageError."""

    def __init__(self, root: Path | str, *, read_only: bool = True) -> None:
        super().__init__(root, read_only=True)

    @cached_property
    def _digests(self) -> Mapping[str, tuple[int, str]]:
        manifest = read_manifest(self.root)
        return manifest.files if manifest else {}

    def _looked_at(self, key: str, value: Buffer | None, *, whole: bool) -> Buffer | None:
        value = super()._looked_at(key, value, whole=whole)
        if is_chunk(key):
            if value is None:
                raise DamageError(self.root / key, "it is not there")
            if whole:
                self.require_checksum(key, value.to_bytes())
        return value

    def require_checksum(self, key: str, content: bytes) -> None:
        """Raises DamageError where a chunk is not as it was written, or is another one."""
        digest = chunk_digest(content)
        if not digest:
            raise DamageError(self.root / key, "its checksum is not that of its content")
        _, expected = self._digests.get(key, (0, digest))
        if digest != expected:
            raise DamageError(self.root / key, f"its checksum is {digest}, not {expected}")


def is_chunk(key: str) -> bool:
    """Whether a file of a group holds values: those of an array without axes are named "c".

    >>> is_chunk("esv/c/0/0/0"), is_chunk("prior/c"), is_chunk("esv/zarr.json")
    (True, True, False)
    """
    return "/c/" in key or key.endswith("/c")


def open_dataset(folder: Path, *, consolidated: bool) -> xr.Dataset:
    """A group as a lazily read dataset; damage of a chunk is told when it is read.

    Raises:
        DamageError: its metadata is not as it was written.
    """
    try:
        return quietly(xr.open_zarr, CheckedStore(folder), consolidated=consolidated, zarr_format=3)
    except DamageError:
        raise
    except Exception as error:  # whatever zarr and xarray make of a file that is not theirs
        raise DamageError(folder / "zarr.json", f"it does not open ({_said(error)})") from error


def opened_arrays(store: LocalStore, names: Iterable[str]) -> dict[str, zarr.Array]:
    """Arrays of a group by name, to be read or, where the store allows it, written.

    By their names: to list them, as zarr does, would warn of our JSON files beside them.

    Raises:
        DamageError: metadata of it is not as it was written.
    """
    arrays = {}
    mode: Any = "r" if store.read_only else "r+"
    for name in names:
        try:
            # which an array takes from here when it is opened
            with zarr.config.set({"array.write_empty_chunks": True}):
                arrays[name] = zarr.open_array(store, path=name, mode=mode)
        except DamageError:
            raise
        except Exception as error:  # whatever zarr makes of a file that is not its own
            file = store.root / name / "zarr.json"
            raise DamageError(file, f"it does not open ({_said(error)})") from error
    return arrays


def read_group(folder: Path) -> dict[str, Any]:
    """The metadata of a group; {} where there is none.

    Raises:
        DamageError: it is not as it was written.
    """
    file = folder / "zarr.json"
    try:
        if file.stat().st_size > MOST_METADATA:
            raise ValueError(f"it has more than {MOST_METADATA:,} bytes")
        metadata = json.loads(file.read_bytes())
        if not isinstance(metadata["attributes"], dict):
            raise ValueError("its attributes are none")
    except FileNotFoundError:
        return {}
    except UNREADABLE as error:
        raise DamageError(file, f"it is no group ({_said(error)})") from error
    return dict(metadata)


def only_chunk(name: str, metadata: Mapping[str, Any]) -> str:
    """The file of an array that has one chunk."""
    return "/".join([name, "c", *["0"] * len(metadata["shape"])])


def quietly(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Calls without zarr's warnings: of made_from.json, which is no array, and the like."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", zarr.errors.ZarrUserWarning)
        return call(*arguments, **options)


def _said(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
