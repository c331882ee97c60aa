"""The ESV store: a Zarr group of blocks of videos, to be opened with `xarray.open_zarr`.

    esv (video, element, class)     Element Shapley Values, probability
    stderr (video, element, class)  where they were sampled
    score (video, class)            f(X), probability
    prior (class)                   f(∅), probability
    video, label, frame_index (video, element), class_name (class)   uid, class index, frames' indices in the clip
    evidence (video, bound)         the decisive interval [start, stop), frames of the clip; −1, −1 where unknown
    twin (class)                    the class played backwards, −1 where there is none
    clip_frames (video)             how many frames the clip has
    written (block)                 1 where a block is whole

A block is `block` consecutive videos and one Zarr chunk of each array, so ranks that own different blocks never touch
the same file: nothing is merged, padded or written twice, and what a killed run lacks is the blocks not `written`.
A video that could not be explained, its features not being finite numbers, has NaN in its rows.
"""

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
import zarr.errors

from playfair.steps.artefact import Identity, discard, fingerprint, require_same, telling_full_disk
from playfair.steps.lock import held


@dataclass(frozen=True)
class ESVStore:
    """A store on disk; made by `create_store`.

    Example:
        store = create_store(Path("frames-08.zarr"), made_from, uids=uids, labels=labels, prior=prior,
                             class_names=names, n_frames=8)
        for block in store.missing():
            store.write(block, esv=…, score=…, frame_index=…)
        xarray.open_zarr(store.path)
    """

    path: Path
    block: int

    @cached_property
    def _arrays(self) -> dict[str, zarr.Array]:
        """By name; opened once, as opening them took longer for every block than writing it."""
        return dict(zarr.open_group(self.path, mode="r+", use_consolidated=False).arrays())

    def missing(self) -> list[int]:
        """Blocks that are still to be written."""
        # by the names of its one-entry chunks, of which only those not 0 are kept: reading 194 took 32 ms, this 1.3 ms
        there = {int(file.name) for file in self.path.glob("written/c/*") if file.name.isdigit()}
        return sorted(set(range(self._arrays["written"].shape[0])) - there)

    def videos(self, block: int) -> slice:
        """Which videos a block holds."""
        return slice(block * self.block, (block + 1) * self.block)

    def write(self, block: int, **arrays: np.ndarray) -> None:
        """Writes a whole block; arrays by name, each with the block's videos along its first axis."""
        n_videos = len(range(*self.videos(block).indices(self._arrays["label"].shape[0])))
        for name, values in arrays.items():
            if len(values) != n_videos:  # which zarr would cut
                raise ValueError(
                    f"Block {block} of {self.path} holds {n_videos} videos, got {name} of {len(values)}."
                )
        with telling_full_disk(f"block {block} of {self.path}"):
            for name, values in arrays.items():
                self._arrays[name][self.videos(block)] = values
            self._arrays["written"][block] = 1  # last: only now does the block count as there


def create_store(
    path: Path,
    made_from: Identity,
    *,
    uids: Sequence[str],
    labels: np.ndarray,
    prior: np.ndarray,
    class_names: Sequence[str],
    n_frames: int,
    estimator: str = "exact",
    block: int = 128,
    overwrite: bool = False,
    evidence: np.ndarray | None = None,
    twins: np.ndarray | None = None,
    clip_frames: np.ndarray | None = None,
) -> ESVStore:
    """The store at `path`: opened, continued where a run was cut short, or created with no block written.

    Raises:
        MismatchError: what is there was made from something else, or of other videos, and `overwrite` is false.
        BusyError: it is to be overwritten while another run writes it.
    """
    made_from = json.loads(json.dumps(made_from))
    asked = {**made_from, **_clips(uids)}
    with held(path.with_suffix(".opening"), wait=True):  # all ranks of a run open at once
        if path.exists():
            group = zarr.open_group(path, mode="r")
            attributes: dict[str, Any] = dict(group.attrs)
            there: Identity = {**attributes.get("made_from", {}), **_clips(group["video"][:])}  # type: ignore[index, arg-type, dict-item]
            if there == asked:
                return ESVStore(path, block)
            if not overwrite:
                require_same(path, there, asked)
            with held(path.with_suffix(".lock"), wait=False):  # not under a run that is writing it
                discard(path)
        part = path.with_name(f"{path.name}.part")
        group = zarr.create_group(part, overwrite=True)
        group.attrs.update(
            {
                "coordinates": "label frame_index class_name",  # what xarray takes as coordinates
                "estimator": estimator,
                "fingerprint": fingerprint(made_from),
                "made_from": made_from,
                "playfair_version": _version(),
            }
        )
        _create_arrays(
            group, uids, labels, prior, class_names, n_frames, block, stderr=estimator != "exact"
        )
        _describe_clips(group, evidence, twins, clip_frames)
        with (
            warnings.catch_warnings()
        ):  # xarray reads consolidated metadata and warns without; zarr warns with it
            warnings.simplefilter("ignore", zarr.errors.ZarrUserWarning)
            zarr.consolidate_metadata(part)
        part.rename(path)
    return ESVStore(path, block)


def _clips(uids: Sequence[str]) -> dict[str, Any]:
    """Which videos, for comparison: a clip that could be decoded at one time and not at another moves all rows."""
    uids = [str(uid) for uid in uids]
    return {"videos": {"number": len(uids), "hash": fingerprint({"uids": uids})}}


def _create_arrays(
    group: zarr.Group,
    uids: Sequence[str],
    labels: np.ndarray,
    prior: np.ndarray,
    class_names: Sequence[str],
    n_frames: int,
    block: int,
    stderr: bool,
) -> None:
    videos, classes = len(uids), len(class_names)
    chunk = min(block, max(videos, 1))

    def array(name: str, shape: dict[str, int], chunks: Sequence[int], dtype: str) -> zarr.Array:
        return group.create_array(
            name,
            shape=tuple(shape.values()),
            chunks=tuple(chunks),
            dtype=dtype,
            dimension_names=tuple(shape),
        )

    by_frame = {"video": videos, "element": n_frames, "class": classes}
    for name in ("esv", "stderr") if stderr else ("esv",):
        array(name, by_frame, (chunk, n_frames, classes), "float32")
    array("score", {"video": videos, "class": classes}, (chunk, classes), "float32")
    array("frame_index", {"video": videos, "element": n_frames}, (chunk, n_frames), "int32")
    array("video", {"video": videos}, (max(videos, 1),), "str")[:] = np.array(uids, dtype=object)
    array("label", {"video": videos}, (max(videos, 1),), "int64")[:] = labels
    array("prior", {"class": classes}, (classes,), "float64")[:] = prior
    array("class_name", {"class": classes}, (classes,), "str")[:] = np.array(
        class_names, dtype=object
    )
    array("written", {"block": -(-videos // block)}, (1,), "uint8")


def _describe_clips(
    group: zarr.Group,
    evidence: np.ndarray | None,
    twins: np.ndarray | None,
    clip_frames: np.ndarray | None,
) -> None:
    """What analyses need of the dataset, so that they can do without it; −1 for what is not known."""
    label, prior = group["label"], group["prior"]
    assert isinstance(label, zarr.Array) and isinstance(prior, zarr.Array)
    described = {
        "evidence": (evidence, (*label.shape, 2), ("video", "bound"), "int32"),
        "twin": (twins, prior.shape, ("class",), "int64"),
        "clip_frames": (clip_frames, label.shape, ("video",), "int32"),
    }
    for name, (values, shape, axes, dtype) in described.items():
        array = group.create_array(
            name,
            shape=shape,
            chunks=tuple(max(size, 1) for size in shape),
            dtype=dtype,
            dimension_names=axes,
        )
        array[...] = -1 if values is None else values


def open_store(path: Path) -> xr.Dataset:
    """The finished store, read lazily block by block, without the videos that could not be explained.

    Their uids are in the attribute `unexplained`.

    Raises:
        ValueError: there is none, or its writing was cut short.
    """
    if not path.exists():
        raise ValueError(f"There is no ESV store at {path}. Type: python run.py experiment=esv")
    dataset = xr.open_zarr(path)
    if not bool(dataset["written"].all()):
        raise ValueError(
            f"{path} has {int(dataset['written'].sum())} of {dataset.sizes['block']} blocks: its writing was cut "
            "short. Run the command that makes it again; it writes those that are missing."
        )
    dataset = dataset.drop_vars("written")
    # Zarr's strings arrive as numpy's StringDType, which pandas and matplotlib do not all take yet
    dataset = dataset.assign_coords(
        {name: dataset[name].astype(object) for name in ("video", "class_name")}
    )
    explained = np.isfinite(dataset["score"].isel({"class": 0}).values)
    dataset.attrs["unexplained"] = dataset["video"].values[~explained].tolist()
    return dataset if explained.all() else dataset.isel(video=np.flatnonzero(explained))


def _version() -> str:
    try:
        return version("playfair")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"
