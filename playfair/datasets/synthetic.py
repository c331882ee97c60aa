"""Writes a small dataset of drawn clips in the layout Something-Something v2 ships in; nothing downstream can tell.

6 pairs of twin classes (`scenes.py`), class counts with a long tail, VP9 at 12 fps, and in labels/evidence.json the
frames that decide each clip's class. A clip depends on (seed, split, index) alone, so the pixels are the same however
many processes write them. Labels come last: a folder that was left half written is no dataset yet, and the next call
adds the clips it lacks.
"""

import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from playfair.datasets.processes import in_processes, n_cpus
from playfair.datasets.scenes import TEMPLATES, Clip, draw, interval
from playfair.datasets.something_something import VIDEO_FOLDER, open_dataset  # noqa: F401

SPEC_FILE = "synthetic.json"
FRAMES_PER_SECOND = 12
# One pass without looking ahead, and one quantiser for all frames: 14 ms for a clip of 64 x 64 x 40, 5 KB.
ENCODER = {
    "deadline": "realtime",
    "cpu-used": "8",
    "lag-in-frames": "0",
    "crf": "24",
    "qmin": "24",
    "qmax": "24",
}
THINGS = (
    "spoon",
    "cup",
    "book",
    "potato",
    "bottle",
    "toy car",
    "remote control",
    "sponge",
    "pen",
    "key",
    "shoe",
    "box",
)


@dataclass(frozen=True)
class ClipPlan:
    """Which clip to draw under which uid."""

    uid: str
    template: str
    seed: tuple[int, int, int]  # (seed, split, index)

    def seed_sequence(self) -> np.random.SeedSequence:
        return np.random.SeedSequence(self.seed)


def write(
    root: str | Path,
    *,
    n_train: int = 600,
    n_validation: int = 240,
    size: int = 64,
    seed: int = 0,
    workers: int | None = None,
    progress: bool = True,
) -> None:
    """Write the dataset to `root`, or what is missing of it. `size` in pixels; `workers=None`: one per CPU.

    Validation is even within each pair of twins, so a model that is blind to order is right in half of a pair's clips
    whichever twin it prefers. The test split is empty. Takes 15 s for 840 clips on 2 cores, nothing when all is there.
    Raises ValueError when `root` holds something else, or cannot be written.

    >>> write("data/synthetic", n_train=600, n_validation=240)  # doctest: +SKIP
    >>> open_dataset("data/synthetic").split("train").uids[0]  # doctest: +SKIP
    '1'
    """
    root = Path(root)
    spec = {
        "n_train": n_train,
        "n_validation": n_validation,
        "size": size,
        "seed": seed,
        "version": 1,
    }
    _check_spec(spec)
    splits = {
        "train": _plans(spec, "train", 1),
        "validation": _plans(spec, "validation", 1 + n_train),
    }
    try:
        _claim(root, spec)
        present = set(os.listdir(root / VIDEO_FOLDER))
        missing = [
            plan for plans in splits.values() for plan in plans if f"{plan.uid}.webm" not in present
        ]
        _write_clips(root / VIDEO_FOLDER, missing, size, workers or n_cpus(), progress)
        _write_labels(root / "labels", splits)
    except OSError as error:
        raise ValueError(
            f"{root}: cannot write the synthetic dataset there ({error.strerror or error}); make room or allow "
            "writing, or name another folder with dataset.root=FOLDER. Finished clips are kept"
        ) from error


def _check_spec(spec: dict[str, int]) -> None:
    least = {"n_train": len(TEMPLATES), "n_validation": len(TEMPLATES), "size": 32, "seed": 0}
    for name, minimum in least.items():
        if spec[name] < minimum:
            raise ValueError(f"expected {name} of at least {minimum}, got {name}={spec[name]}")
    if spec["size"] % 2:
        raise ValueError(
            f"expected an even size (the video's colours are stored in pairs), got size={spec['size']}"
        )


def _claim(root: Path, spec: dict[str, int]) -> None:
    """Make the folder ours, or see that it is; a folder that holds anything else is left alone."""
    path = root / SPEC_FILE
    if path.exists():
        found = json.loads(path.read_text())
        if differing := [
            f"{k}={found.get(k)} (now {v})" for k, v in spec.items() if found.get(k) != v
        ]:
            raise ValueError(
                f"{root} holds a synthetic dataset with {', '.join(differing)}; ask for the same again, name another "
                "folder with dataset.root=FOLDER, or delete this one"
            )
    elif root.exists() and any(root.iterdir()):
        raise ValueError(
            f"{root} holds files that are no synthetic dataset; name a new folder with dataset.root=FOLDER"
        )
    (root / VIDEO_FOLDER).mkdir(parents=True, exist_ok=True)
    (root / "labels").mkdir(exist_ok=True)
    _save(path, json.dumps(spec).encode())


def _plans(spec: dict[str, int], split: str, first_uid: int) -> list[ClipPlan]:
    number, n_clips = ("train", "validation").index(split), spec[f"n_{split}"]
    templates = np.repeat(TEMPLATES, _class_counts(n_clips, even_twins=split == "validation"))
    templates = np.random.default_rng([spec["seed"], number]).permutation(templates)
    return [
        ClipPlan(str(first_uid + i), str(template), (spec["seed"], number, i))
        for i, template in enumerate(templates)
    ]


def _class_counts(n_clips: int, even_twins: bool) -> NDArray[np.int64]:
    """Clips per class, in the order of TEMPLATES, falling as 1 / (1 + 0.3 · rank): 108 to 26 of 600. `(class,)`."""
    weights = 1 / (1 + 0.3 * np.arange(len(TEMPLATES)))
    if not even_twins:
        return _shares(weights, n_clips)
    counts = _shares(weights.reshape(-1, 2).sum(axis=1), n_clips // 2).repeat(2)
    counts[0] += n_clips % 2
    return counts


def _shares(weights: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """n split up in proportion to the weights, after one for each."""
    ends = np.rint(np.cumsum(weights) / weights.sum() * (n - len(weights))).astype(np.int64)
    return 1 + np.diff(ends, prepend=0)


def _write_clips(
    folder: Path, plans: Sequence[ClipPlan], size: int, workers: int, progress: bool
) -> None:
    write_clip = partial(_write_clip, folder, size)
    for _ in in_processes(
        write_clip, plans, workers=workers, what="Drawing clips", progress=progress
    ):
        pass


def _write_clip(folder: Path, size: int, plan: ClipPlan) -> None:
    _save(folder / f"{plan.uid}.webm", encode(draw(plan.template, plan.seed_sequence(), size)))


def encode(clip: Clip) -> bytes:
    """The clip as VP9 in WebM. What follows the action is encoded afresh, without a trace of what was seen before.

    One encoder throughout would leave the actors' last places in the prediction of the frames behind them: then those
    frames differed from class to class in 30 of 30 trials, a forced key frame left 7 of 30, a fresh encoder 0 of 132.

    >>> len(encode(draw("Moving [something] up", np.random.SeedSequence(0), size=64))) < 20_000
    True
    """
    file = io.BytesIO()
    with av.open(file, "w", format="webm", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libvpx-vp9", rate=FRAMES_PER_SECOND)
        encoders = (stream.codec_context, av.CodecContext.create("libvpx-vp9", "w"))
        for encoder, (start, stop) in zip(
            encoders, ((0, clip.stop), (clip.stop, len(clip.frames))), strict=True
        ):
            encoder.height, encoder.width = clip.frames.shape[1:3]
            encoder.pix_fmt, encoder.thread_count, encoder.bit_rate = "yuv420p", 1, 0
            encoder.framerate, encoder.time_base = (
                Fraction(FRAMES_PER_SECOND),
                Fraction(1, FRAMES_PER_SECOND),
            )
            encoder.options = ENCODER
            for i in range(start, stop + 1):
                picture = None  # after the last picture: hand out what is left
                if i < stop:
                    picture = av.VideoFrame.from_ndarray(clip.frames[i], format="rgb24")
                    picture.pts, picture.time_base = i, encoder.time_base
                for packet in encoder.encode(picture):
                    packet.stream = stream
                    container.mux(packet)
    return file.getvalue()


def _write_labels(folder: Path, splits: dict[str, list[ClipPlan]]) -> None:
    """The label files; evidence.json last."""
    class_names = sorted(template.replace("[", "").replace("]", "") for template in TEMPLATES)
    files: dict[str, Any] = {"labels": {name: str(i) for i, name in enumerate(class_names)}}
    files |= {split: [_entry(plan) for plan in plans] for split, plans in splits.items()}
    files["test"] = []
    every_plan = [plan for plans in splits.values() for plan in plans]
    files["evidence"] = {plan.uid: interval(plan.seed_sequence())[1:] for plan in every_plan}
    for name, content in files.items():
        if not (folder / f"{name}.json").exists():
            _save(folder / f"{name}.json", json.dumps(content).encode())


def _entry(plan: ClipPlan) -> dict[str, Any]:
    things = (
        np.random.default_rng(plan.seed)
        .permutation(THINGS)[: plan.template.count("[something]")]
        .tolist()
    )
    label = plan.template.lower()
    for thing in things:
        label = label.replace("[something]", thing, 1)
    return {"id": plan.uid, "label": label, "template": plan.template, "placeholders": things}


def _save(path: Path, content: bytes) -> None:
    """All of the file or nothing of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
