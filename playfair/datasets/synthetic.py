"""A small dataset of drawn clips, whose decisive frames are known.

Laid out as Something-Something v2 ships, so that the same reader reads it. Labels are written last:
a folder that was left half written is no dataset yet, and the next call adds the clips it lacks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from playfair.datasets import something_something
from playfair.datasets.claim import claim, save
from playfair.datasets.clip_places import VIDEO_FOLDER, clip_name
from playfair.datasets.dataset import DatasetError
from playfair.datasets.drawing.actions import TEMPLATES
from playfair.datasets.drawing.clip import draw
from playfair.datasets.drawing.encoding import encode
from playfair.datasets.drawing.plan import ClipPlan, plan_split
from playfair.datasets.drawn import (
    draw_missing,
    is_whole,
    label_paths,
    require_least,
    write_labels,
    writing,
)
from playfair.datasets.label_files import without_brackets
from playfair.datasets.something_something import SomethingSomething

SPEC_FILE = "synthetic.json"
KIND = "synthetic dataset"
VERSION = 1  # of what is drawn
LEAST = {"n_train": len(TEMPLATES), "n_validation": len(TEMPLATES), "size": 32, "seed": 0}


@dataclass(frozen=True)
class Synthetic(SomethingSomething):
    """The drawn dataset, as a `Dataset`. Made by `open_dataset`."""

    name: str = "synthetic"


def open_dataset(root: str | Path, videos: bool = True) -> Synthetic:
    """Open a folder that `write` has written.

    Args:
        root: the folder.
        videos: whether the clips must be there too.

    Returns:
        The dataset.

    Raises:
        DatasetError: there is no such folder, or it is not written to its end.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     write(folder, n_train=12, n_validation=12, size=32, workers=1, progress=False)
        ...     open_dataset(folder).evidence()["1"]
        (23, 50)
    """
    folder = something_something.open_dataset(root, videos)
    return Synthetic(folder.root, folder.class_names, folder.videos)


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
    """Write the dataset, or what is missing of it.

    Takes 15 s for 840 clips on 2 cores, nothing when all is there. The test split is empty.

    Args:
        root: the folder.
        n_train: training clips.
        n_validation: validation clips, as many of a class as of its twin.
        size: height and width of the clips, pixels.
        seed: what the clips depend on.
        workers: processes that draw; None: one per CPU.
        progress: whether to show a bar.

    Raises:
        DatasetError: such clips cannot be drawn.
        UnwritableError: the folder holds something else, or cannot be written.

    Example:
        write("data/synthetic", n_train=600, n_validation=240)
        open_dataset("data/synthetic").split("train")
    """
    root = Path(root)
    spec = {"n_train": n_train, "n_validation": n_validation, "size": size, "seed": seed}
    _require_possible(spec)
    splits = {
        "train": plan_split("train", n_train, seed, first_uid=1),
        "validation": plan_split("validation", n_validation, seed, first_uid=1 + n_train),
    }
    plans = [*splits["train"], *splits["validation"]]
    spec["version"] = VERSION
    with writing(root, KIND):
        if is_whole(root / SPEC_FILE, spec, label_paths(root), plans):
            return
        claim(root, SPEC_FILE, spec, KIND)
        (root / "labels").mkdir(exist_ok=True)
        write_clip = partial(_write_clip, root / VIDEO_FOLDER, size)
        draw_missing(root, plans, write_clip, workers, progress)
        class_names = sorted(without_brackets(template) for template in TEMPLATES)
        entries = {split: [_entry(plan) for plan in of_split] for split, of_split in splits.items()}
        evidence = {plan.uid: plan.evidence() for plan in plans}
        # Last, so that where they are, all is there.
        write_labels(root, class_names, entries, evidence)


def _require_possible(spec: Mapping[str, int]) -> None:
    require_least(spec, LEAST)
    if spec["size"] % 2:
        raise DatasetError(
            "expected an even size (the video's colours are stored in pairs), "
            f"got size={spec['size']}"
        )


def _write_clip(folder: Path, size: int, plan: ClipPlan) -> None:
    clip = draw(plan.template, plan.seed_sequence(), size)
    save(folder / clip_name(plan.uid), encode(clip))


def _entry(plan: ClipPlan) -> dict[str, Any]:
    """A clip as the label files describe it."""
    things = plan.things()
    label = plan.template.lower()
    for thing in things:
        label = label.replace("[something]", thing, 1)
    return {"id": plan.uid, "label": label, "template": plan.template, "placeholders": things}
