"""How fast this machine decodes a few of a dataset's clips."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from playfair.steps.study import Study
from playfair.training.blocks import Blocks
from playfair.training.sampled_clips import SampledClips
from playfair.training.sources import LabelledClips, Videos
from playfair.training.workers import loader
from playfair.video.fitted import Fit
from playfair.video.reader import VideoError, count_frames


@dataclass(frozen=True)
class Decoding:
    """Of some clips of a split.

    Attributes:
        whole, sample: seconds of a clip: all frames, and those that training draws.
        count: seconds of a clip until its frames are counted.
        frames: of a clip.
        clip_bytes: of a clip's file.
        frame_shape: height and width that a model sees.
        pictures: (video, frame, height, width, 3) uint8, what training draws of some of them.
        worker_bytes: memory that a process which decodes them has for itself.
    """

    whole: float
    sample: float
    count: float
    frames: float
    clip_bytes: float
    frame_shape: tuple[int, int]
    pictures: torch.Tensor
    worker_bytes: float


def measured_decoding(study: Study, n_frames: int, n_clips: int, fit: Fit) -> Decoding:
    """Times clips, evenly spaced over the training split (else the split that is explained).

    Raises:
        ValueError: none of them can be decoded.
    """
    dataset = study.dataset.opened
    name = "train" if study.model.get("training") else study.split_name
    split = dataset.split(name)  # type: ignore[arg-type]
    places = np.linspace(0, len(split) - 1, min(n_clips, len(split))).round().astype(int)
    videos = Videos(dataset, split, fit)
    drawn = SampledClips(LabelledClips(videos, split.targets, np.arange(len(split))), n_frames, 0)
    whole = []
    sample = []
    count = []
    n_bytes = []
    lengths = []
    pictures = []
    for place in np.unique(places).tolist():
        try:
            began = time.perf_counter()
            frames = videos[place]
            whole.append(time.perf_counter() - began)
            began = time.perf_counter()
            pictures.append(drawn[0, place]["input"])
            sample.append(time.perf_counter() - began)
            clip = dataset.clip(str(split.uids[place]))
            began = time.perf_counter()
            count_frames(clip)
            count.append(time.perf_counter() - began)
        except VideoError:
            continue
        lengths.append(len(frames))
        n_bytes.append(size_of(Path(clip)))
    if not lengths:
        raise ValueError(
            f"None of {len(places)} clips of the {name} split could be decoded. Type "
            "experiment=doctor to see what is wrong with the dataset."
        )
    shape = pictures[0].shape[1:3]
    return Decoding(
        float(np.mean(whole)),
        float(np.mean(sample)),
        float(np.mean(count)),
        float(np.mean(lengths)),
        float(np.mean(n_bytes)),
        (int(shape[0]), int(shape[1])),
        torch.stack(pictures),
        worker_memory(videos, int(places[0])),
    )


def worker_memory(videos: Videos, clip: int) -> float:
    """Bytes that a data worker does not share with the process it was forked from; 0 where unknown."""

    def load(block: int) -> dict[str, Any]:
        try:
            videos[clip]
            rollup = Path("/proc/self/smaps_rollup").read_text().splitlines()
        except (VideoError, OSError):
            return {"own": 0}
        return {"own": sum(int(line.split()[1]) for line in rollup if line.startswith("Private_"))}

    (answer,) = loader(Blocks([0], load), dict, 1, batch_size=None)
    return 1024.0 * answer["own"]


def size_of(clip: Path) -> float:
    """Bytes of a file, or of a folder's files."""
    if clip.is_dir():
        return float(sum(file.stat().st_size for file in clip.iterdir() if file.is_file()))
    return float(clip.stat().st_size)
