"""The ESV store: a Zarr group of blocks of videos, to be opened with `xarray.open_zarr`.

    esv (video, element, class)     Element Shapley Values, probability
    stderr (video, element, class)  where they were estimated; NaN where no error is stated
    plain (video)                   likewise: 1 where they are of plain means, in want of a surrogate
    score (video, class)            f(X), probability
    prior (class)                   f(∅), probability
    video, label                    uid, class index
    frame_index (video, element)    first frame of each element in the clip
    element_frames (video, element, part)  all of them, where an element holds several
    clip_frames (video)             frames of the whole clip
    evidence (video, bound)         [start, stop) of the decisive frames; -1, -1 where not known
    class_name, twin (class)        name; the class that is this one played backwards, -1 for none
    written (block)                 1 where a block is whole

A block is `block` consecutive videos and one Zarr chunk of each array, so ranks that own different
blocks never touch the same file: nothing is merged, padded or written twice, and what a killed run
lacks is the blocks not `written`, or without all their chunks. Every chunk ends with its checksum;
what the store was created with, metadata and all that is no block's, is in created.json with its
digests.
What is not written reads as NaN, or as the least integer; through `open_store` it is damage.

A video that could not be explained, as its features or scores are no finite numbers, has NaN in its
rows.
"""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr
import zarr

from playfair.datasets.doctor.finding import counted
from playfair.steps.checked_zarr import (
    CheckedStore,
    only_chunk,
    open_dataset,
    opened_arrays,
    read_group,
)
from playfair.steps.damage import DamageError
from playfair.steps.durable import telling_full_disk
from playfair.steps.manifest import CREATED, changes, chunk_digest, read_manifest
from playfair.steps.store_guard import GuardedStore

VIDEOS_PER_BLOCK = 128
BY_BLOCK = "arrays_by_block"  # the attribute that names them
WRITTEN = "written"
GROUP = "zarr.json"
# the arrays that there may be a chunk of in each block
OF_BLOCKS = ("esv", "stderr", "plain", "score", "frame_index", "element_frames", WRITTEN)


@dataclass(frozen=True)
class ESVStore:
    """A store on disk; made by `esv_creation.create_store`.

    Example:
        for block in store.missing():
            store.write(block, esv=…, score=…, frame_index=…)
        xarray.open_zarr(store.path)
    """

    path: Path
    block: int = VIDEOS_PER_BLOCK
    _complete: set[int] = field(default_factory=set, repr=False, compare=False)

    @cached_property
    def _arrays(self) -> dict[str, zarr.Array]:
        """By name; opened once, as opening them took longer for every block than writing it."""
        return opened_arrays(GuardedStore(self.path), [*self._by_block, "label"])

    @cached_property
    def _by_block(self) -> list[str]:
        """The names of the arrays that every block has a chunk of; the last to be written is last."""
        names = read_group(self.path).get("attributes", {}).get(BY_BLOCK)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise DamageError(self.path / "zarr.json", "it does not name the arrays of a block")
        return [*names, WRITTEN]

    def exists(self) -> bool:
        """Whether the store was created, with or without blocks, and all that is no block's is there."""
        group = read_group(self.path)
        metadata = (group.get("consolidated_metadata") or {}).get("metadata") or {}
        by_block = {*group.get("attributes", {}).get(BY_BLOCK, ()), WRITTEN}
        return (
            bool(metadata)
            and (self.path / CREATED).exists()
            and all(
                (self.path / name / "zarr.json").exists()
                and (name in by_block or (self.path / only_chunk(name, array)).exists())
                for name, array in metadata.items()
            )
        )

    @property
    def n_blocks(self) -> int:
        return int(self._arrays[WRITTEN].shape[0])

    def missing(self) -> list[int]:
        """Blocks that are still to be written, or lack a chunk."""
        # By the names of chunks: reading 194 entries of `written` took 32 ms. What this process saw
        # complete it does not look at again, for every block that is written.
        blocks = range(self.n_blocks)
        for block in blocks:
            if block not in self._complete and all(file.exists() for file in self.files(block)):
                self._complete.add(block)
        return [block for block in blocks if block not in self._complete]

    def files(self, block: int) -> Iterator[Path]:
        """The chunks of a block; the last that is written comes last."""
        for name in self._by_block:
            dimensions = self._arrays[name].ndim
            yield self.path.joinpath(name, "c", str(block), *["0"] * (dimensions - 1))

    def block_of(self, name: str) -> int | None:
        """The block that a file of this name is of; None for one that no block can do without."""
        array, _, chunk = name.partition("/c/")
        number = chunk.partition("/")[0]
        return int(number) if array in OF_BLOCKS and number.isdigit() else None

    def blocks_of(self, videos: Iterable[int]) -> list[int]:
        """The blocks that hold some of the videos, by their places in the store."""
        per_block = self._arrays["esv"].chunks[0]
        return sorted({int(video) // per_block for video in videos})

    def torn(self) -> list[int]:
        """Blocks that count as written and do not hold what was written, read whole.

        Raises:
            DamageError: what no block is of is not as it was created.
        """
        if not self.exists():
            return []
        require_created(self.path)
        missing = set(self.missing())
        return [
            block
            for block in range(self.n_blocks)
            if block not in missing
            and not all(chunk_digest(file.read_bytes()) for file in self.files(block))
        ]

    def require_written(self) -> None:
        """Raises DamageError where what says that a block is written is not as it was written."""
        chunks = CheckedStore(self.path)
        for block in range(self.n_blocks):
            name = f"{WRITTEN}/c/{block}"
            chunks.require_checksum(name, (self.path / name).read_bytes())

    def discard(self, block: int) -> None:
        """Removes a block: it is missing then."""
        self._complete.discard(block)
        for name in reversed(OF_BLOCKS):  # which needs no metadata: that may be what is damaged
            chunk = self.path / name / "c" / str(block)
            if chunk.is_dir():
                shutil.rmtree(chunk)
            else:
                chunk.unlink(missing_ok=True)

    def digests(self) -> dict[str, str]:
        """None: every chunk has its own, at its end.

        Raises:
            DamageError: what no block is of is not as it was created: it is not to be signed.
        """
        require_created(self.path)
        return {}

    def videos(self, block: int) -> slice:
        """Which videos a block holds."""
        return slice(block * self.block, (block + 1) * self.block)

    def write(self, block: int, **arrays: np.ndarray) -> None:
        """Writes a whole block; arrays by name, with the block's videos along the first axis."""
        videos = self.videos(block)
        n_videos = len(range(*videos.indices(self._arrays["label"].shape[0])))
        for name, values in arrays.items():
            if len(values) != n_videos:  # which zarr would cut
                raise ValueError(
                    f"Block {block} of {self.path} holds {counted(n_videos, 'video')}, got "
                    f"{name} of {len(values)}."
                )
        with telling_full_disk(f"block {block} of {self.path}"):
            for name, values in arrays.items():
                self._arrays[name][videos] = values
            self._arrays[WRITTEN][block] = 1  # last: only now does the block count as there


def require_created(path: Path) -> None:
    """Raises DamageError where something that a store was created with is not as it was then."""
    if created := read_manifest(path, CREATED):
        for damage in changes(path, created, thorough=True):
            raise damage


def open_store(path: Path) -> xr.Dataset:
    """The finished store, read lazily block by block, without videos that could not be explained.

    Their uids are in the attribute `unexplained`. A chunk that is gone, or that is not as it was
    written, raises DamageError when it is read.

    Raises:
        ValueError: there is none, or its writing was cut short.
        DamageError: a file of it is not as it was written.
    """
    if not (path / GROUP).is_file():
        raise ValueError(f"There is no ESV store at {path}. Type: python run.py experiment=esv")
    store = ESVStore(path)
    if missing := store.missing():
        raise ValueError(
            f"{path} has {store.n_blocks - len(missing)} of {store.n_blocks} blocks: its writing was "
            "cut short. Run the command that makes it again; it writes those that are missing."
        )
    store.require_written()
    dataset = open_dataset(path, consolidated=True).drop_vars(WRITTEN)
    # Zarr's strings arrive as numpy's StringDType, which pandas and matplotlib do not all take yet.
    names = ("video", "class_name")
    dataset = dataset.assign_coords({name: dataset[name].astype(object) for name in names})
    explained = np.isfinite(dataset["score"].isel({"class": 0}).values)
    dataset.attrs["unexplained"] = dataset["video"].values[~explained].tolist()
    if explained.all():
        return dataset
    return dataset.isel(video=np.flatnonzero(explained))
