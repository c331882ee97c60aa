"""An answer as an ESV store in a folder of outputs, which the explorer opens."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

import playfair
from playfair.answers.clips import write_clips
from playfair.answers.figure import as_pictures
from playfair.answers.table import array, name_of, videos_of
from playfair.shapley.attribution import Attribution
from playfair.steps.durable import write_json
from playfair.steps.esv_creation import create_store
from playfair.steps.esv_store import ESVStore
from playfair.steps.esvs import ESVs
from playfair.steps.made_from import MADE_FROM
from playfair.steps.manifest import MANIFEST, write_manifest
from playfair.steps.step import Record, identity


def save(answer: Attribution, path: Path, frames: Any, model: str) -> Path:
    """The store's folder; arguments as of `Attribution.save`.

    Answers for the same clips lie side by side, and can be compared in the explorer.

    Raises:
        ValueError: there are other pictures than videos or elements, or two videos of one name.
    """
    uids = [str(video) for video in videos_of(answer)]
    if len(set(uids)) < len(uids):
        raise ValueError(f"videos must have names of their own to be saved, got {uids[:10]}")
    pictures = None if frames is None else pictures_of(frames, *answer.esv.shape[:2])
    classes = [name_of(answer, label) for label in range(answer.esv.shape[2])]
    files = None if pictures is not None else answer.clips
    clips = [str(file.resolve()) for file in files or ()]
    content = digest(uids, classes, clips, b"" if pictures is None else pictures.tobytes())
    root = path / f"saved-{content[:8]}"
    n_elements = answer.esv.shape[1]
    name = re.sub(r"[^\w.-]+", "-", model).strip("-.") or "model"
    n_frames = n_elements * (1 if pictures is not None else frames_per_element(answer))
    settings = {
        "model": name,
        "n_frames": n_frames,
        "removal": answer.removal,
        "estimator": answer.estimator,
        "evaluations": answer.evaluations,
        "prior_from": answer.prior_from,
        "clips": content,
        "values": digest(answer.esv.shape, array(answer.esv).tobytes()),
    }
    made_from: Record = {
        "step": ESVs.kind,
        "version": ESVs.version,
        "settings": settings,
        "inputs": {},
    }
    made_from["id"] = identity(made_from)
    folder = root / ESVs.kind / f"{name}-{n_frames}-frames-{made_from['id'][:8]}"
    if (folder / MANIFEST).exists():  # which comes last: what was cut short is written again
        return folder
    write_clips(root, uids, pictures, files)
    folder.mkdir(parents=True, exist_ok=True)
    write_store(answer, folder, uids, classes, settings, of_pictures=pictures is not None)
    write_json(folder / MADE_FROM, made_from)
    write_manifest(folder, ESVStore(folder).digests())
    return folder


def write_store(
    answer: Attribution,
    folder: Path,
    uids: list[str],
    classes: list[str],
    settings: dict[str, Any],
    *,
    of_pictures: bool,
) -> None:
    """The Zarr group, in blocks."""
    n_videos, n_elements, _ = answer.esv.shape
    prior = answer.prior
    assert prior is not None
    sampled = answer.stderr is not None
    together = 1 if of_pictures else frames_per_element(answer)
    store = create_store(
        folder,
        uids=uids,
        labels=np.full(n_videos, -1) if answer.labels is None else array(answer.labels),
        prior=array(prior).astype(float),
        class_names=classes,
        n_frames=n_elements * together,
        frames_per_element=together,
        with_errors=sampled,
        attributes={
            **settings,
            "seed": 0,
            "split": "saved",
            "budget": answer.evaluations if sampled else None,
            "playfair_version": playfair.__version__,
        },
    )
    index = np.tile(np.arange(n_elements, dtype=np.int32), (n_videos, 1))
    if answer.frame_index is not None and not of_pictures:
        index = array(answer.frame_index).astype(np.int32)
    arrays = {"esv": array(answer.esv), "score": array(answer.score), "frame_index": index}
    if together > 1:
        arrays["element_frames"] = index
        arrays["frame_index"] = index[..., 0]
    if answer.stderr is not None:
        arrays["stderr"] = array(answer.stderr)
        plain = np.zeros(n_videos) if answer.plain is None else array(answer.plain)
        arrays["plain"] = plain.astype(np.uint8)
    for block in store.missing():
        videos = store.videos(block)
        store.write(block, **{name: values[videos] for name, values in arrays.items()})


def frames_per_element(answer: Attribution) -> int:
    """How many frames of its clip an element holds, as far as it is known."""
    index = answer.frame_index
    return 1 if index is None or index.ndim == 2 else index.shape[2]


def pictures_of(frames: Any, n_videos: int, n_elements: int) -> np.ndarray:
    """(video, element, height, width, 3) uint8, of as many as were explained."""
    of_videos = list(frames)
    one = (array(frames) if isinstance(frames, Tensor) else np.asarray(frames)).ndim == 4
    if one and n_videos == 1:
        of_videos = [frames]
    if len(of_videos) != n_videos:
        raise ValueError(
            f"frames must be (video, element, height, width, 3) with {n_videos} videos, got "
            f"{len(of_videos)}"
        )
    return np.stack([as_pictures(video, n_elements) for video in of_videos])


def digest(*parts: Any) -> str:
    """SHA-256 of JSON values and bytes."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part if isinstance(part, bytes) else json.dumps(part).encode() + b"\0")
    return hashed.hexdigest()
