"""Clips whose Element Shapley Values are known: those of the ideal observer, exact and signed.

`events/` says what happens in a clip and how it looks, and Bayes' rule what follows. Laid out as
Something-Something v2 ships, so that the same reader reads it, and beside it

<root>/labels/known_values.json   by uid: what each moment shows, the ideal observer's score, ESVs
<root>/features.hdf               the same clips as sequences of features, in the published layout

Values are of validation clips, whose prior is that of the training clips. They are written last: a
folder that was left half written is no dataset yet, and the next call adds what it lacks.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playfair.datasets import something_something
from playfair.datasets.claim import add, claim, save
from playfair.datasets.clip_places import VIDEO_FOLDER, clip_name
from playfair.datasets.dataset import DatasetError
from playfair.datasets.drawing.encoding import encoded
from playfair.datasets.drawn import (
    draw_missing,
    is_whole,
    label_paths,
    require_least,
    write_labels,
    writing,
)
from playfair.datasets.events.clip import EventClip, draw_clip
from playfair.datasets.events.feature_file import features_file
from playfair.datasets.events.happenings import CLASS_NAMES, TWINS
from playfair.datasets.events.plan import EventPlan, plan_events
from playfair.datasets.events.rendering import GRID, pictures
from playfair.datasets.events.truth import FILE, Truth, read_truths, to_json, truth_of
from playfair.datasets.label_files import digest_of, version_of
from playfair.datasets.something_something import SomethingSomething

SPEC_FILE = "known_values.json"
FEATURES_FILE = "features.hdf"
KIND = "dataset of known values"
VERSION = 1  # of what is drawn
LEAST = {"n_train": 20, "n_validation": 20, "size": 32, "seed": 0}


@dataclass(frozen=True)
class KnownValues(SomethingSomething):
    """The clips of events, as a `Dataset`. Made by `open_dataset`."""

    name: str = "known_values"

    def twins(self) -> NDArray[np.int64]:
        """Each class's twin, which is this class played backwards: (class,)."""
        return np.array(TWINS)

    def identity(self) -> str:
        """Which data this is: labels, evidence and the true values."""
        path = self.root / "labels" / FILE
        try:
            values = digest_of(version_of(path))
        except OSError as error:
            raise DatasetError(f"{path}: cannot be read ({error.strerror})") from error
        return hashlib.sha256(f"{super().identity()} {values}".encode()).hexdigest()

    def truths(self) -> Mapping[str, Truth]:
        """What is known of the validation clips, by uid. Raises KnownValuesError."""
        return read_truths(self.root / "labels" / FILE)


def open_dataset(root: str | Path, videos: bool = True) -> KnownValues:
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
        ...     write(folder, n_train=20, n_validation=20, videos=False, progress=False)
        ...     open_dataset(folder, videos=False).truths()["21"].esv.shape
        (8, 4)
    """
    folder = something_something.open_dataset(root, videos)
    return KnownValues(folder.root, folder.class_names, folder.videos)


def write(
    root: str | Path,
    *,
    n_train: int = 2000,
    n_validation: int = 400,
    size: int = 64,
    seed: int = 0,
    videos: bool = True,
    workers: int | None = None,
    progress: bool = True,
) -> None:
    """Write the dataset, or what is missing of it. The test split is empty.

    Args:
        root: the folder.
        n_train: training clips.
        n_validation: validation clips.
        size: height and width of the clips, pixels.
        seed: what the clips depend on.
        videos: whether to write videos too; features and values are written in any case.
        workers: processes that draw; None: one per CPU.
        progress: whether to show a bar.

    Raises:
        DatasetError: such clips cannot be drawn.
        UnwritableError: the folder holds something else, or cannot be written.

    Example:
        write("data/known_values", n_train=2000, n_validation=400)
        open_dataset("data/known_values").truths()
    """
    root = Path(root)
    spec = {"n_train": n_train, "n_validation": n_validation, "size": size, "seed": seed}
    _require_possible(spec)
    spec["version"] = VERSION
    splits = {
        "train": plan_events("train", n_train, seed, first_uid=1),
        "validation": plan_events("validation", n_validation, seed, first_uid=1 + n_train),
    }
    plans = [*splits["train"], *splits["validation"]]
    files = [*label_paths(root), root / FEATURES_FILE, root / "labels" / FILE]
    with writing(root, KIND):
        if is_whole(root / SPEC_FILE, spec, files, plans if videos else []):
            return
        claim(root, SPEC_FILE, spec, KIND)
        (root / "labels").mkdir(exist_ok=True)
        if videos:
            write_clip = partial(_write_clip, root / VIDEO_FOLDER, size)
            draw_missing(root, plans, write_clip, workers, progress)
        _write_labels(root, splits)


def _require_possible(spec: Mapping[str, int]) -> None:
    require_least(spec, LEAST)
    if spec["size"] % (4 * GRID):
        raise DatasetError(
            f"expected a size that is a multiple of {4 * GRID} pixels ({GRID} cells of 4 or more), "
            f"got size={spec['size']}"
        )


def _write_clip(folder: Path, size: int, plan: EventPlan) -> None:
    clip, _ = draw_clip(plan.label, plan.seed)
    save(folder / clip_name(plan.uid), video_of(clip, size))


def video_of(clip: EventClip, size: int) -> bytes:
    """A clip as a video file: no moment holds a trace of those before it.

    Args:
        clip: what its moments show.
        size: height and width, pixels.

    Returns:
        The file's content: VP9 in WebM.
    """
    moments = [picture[None].repeat(clip.hold, axis=0) for picture in pictures(clip, size)]
    return encoded(moments, key_frames=True)


def _write_labels(root: Path, splits: Mapping[str, Sequence[EventPlan]]) -> None:
    drawn = {
        split: [draw_clip(plan.label, plan.seed) for plan in plans]
        for split, plans in splits.items()
    }
    entries = {split: [plan.entry() for plan in plans] for split, plans in splits.items()}
    evidence = {}
    for split, plans in splits.items():
        for plan, (clip, happening) in zip(plans, drawn[split], strict=True):
            evidence[plan.uid] = [happening.start * clip.hold, happening.stop * clip.hold]
    write_labels(root, CLASS_NAMES, entries, evidence)
    if not (root / FEATURES_FILE).exists():
        features = {split: [clip.features() for clip, _ in drawn[split]] for split in splits}
        save(root / FEATURES_FILE, features_file(splits, features))
    labels = np.array([plan.label for plan in splits["train"]])
    prior = np.bincount(labels, minlength=len(CLASS_NAMES)) / len(labels)
    truths = {
        plan.uid: to_json(truth_of(clip, prior))
        for plan, (clip, _) in zip(splits["validation"], drawn["validation"], strict=True)
    }
    # Last, so that where it is, all is there.
    add(root / "labels" / FILE, json.dumps(truths).encode())
