"""A dataset, looked over: Something-Something's folder for what ships in it, any other as it says."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from playfair.datasets.clip_dataset import Clips
from playfair.datasets.dataset import SPLIT_NAMES, UNKNOWN_CLASS, Dataset
from playfair.datasets.doctor.any_findings import diagnose_any, known_classes, splits_of
from playfair.datasets.doctor.diagnosis import diagnose
from playfair.datasets.doctor.finding import Finding, about_clips
from playfair.datasets.doctor.inventory import labels_of, split_ids, take_inventory
from playfair.datasets.doctor.twice import check_twice
from playfair.datasets.something_something import SomethingSomething
from playfair.video.segment import Segment

OF_SOMETHING_SOMETHING = ("playfair.datasets.something_something", "playfair.datasets.synthetic")
# Where each clip is that is there, its size in bytes and its time of change in ns, by uid.
Places = dict[str, tuple[Path | Segment, int, int]]


class Configured(Protocol):
    """What is asked of a dataset's configuration."""

    @property
    def config(self) -> Mapping[str, Any]: ...

    @property
    def build(self) -> Callable[..., Any]: ...

    @property
    def root(self) -> Path: ...

    def option(self, name: str) -> Any: ...


@dataclass(frozen=True)
class LookedOver:
    """What was learnt without opening a clip.

    Attributes:
        findings: of each check.
        places: the clips that are there.
        labels: what is written about each clip, by uid.
        lines: where a list names each clip, by uid.
        evidence: the frames that decide, by uid.
    """

    findings: list[Finding]
    places: Places = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    evidence: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def looked_over(configured: Configured) -> LookedOver:
    """Looks a dataset over; nothing that is wrong with it ends this.

    Args:
        configured: the dataset, as it is configured.
    """
    target = str(configured.config["open"].get("_target_", ""))
    if target.rpartition(".")[0] in OF_SOMETHING_SOMETHING:
        return _something_something(configured)
    try:
        dataset = configured.build(configured.config["open"])(configured.root, videos=False)
    except ValueError as error:
        mend = "dataset.root=FOLDER, dataset.list=FILE, or mend what is said"
        return LookedOver([Finding("dataset", "problem", str(error), mend)])
    if isinstance(dataset, SomethingSomething):
        return _something_something(configured)
    return _any(dataset)


def _something_something(configured: Configured) -> LookedOver:
    inventory = take_inventory(configured.root)
    findings = list(diagnose(inventory, configured.option("counts")))
    ids = {uid for split in SPLIT_NAMES for uid in split_ids(inventory, split)}
    places: Places = {
        uid: (inventory.path(uid), *inventory.videos[uid]) for uid in ids & set(inventory.videos)
    }
    labels = labels_of(inventory)
    return LookedOver(findings, places, labels)


def _any(dataset: Dataset) -> LookedOver:
    findings = list(diagnose_any(dataset))
    names = known_classes(dataset)
    places: Places = {}
    labels = {}
    lines = {}
    files: dict[str, tuple[Path, int]] = {}
    for split in splits_of(dataset)[0].values():
        for uid, target in zip(split.uids.tolist(), split.targets.tolist(), strict=True):
            place = dataset.clip(uid)
            try:
                status = os.stat(place)
            except (OSError, ValueError):
                continue
            places[uid] = (place, status.st_size, status.st_mtime_ns)
            if isinstance(dataset, Clips):
                lines[uid] = dataset.table.where(dataset.row(uid))
            if target != UNKNOWN_CLASS:
                labels[uid] = names[target]
            if not isinstance(place, Segment) and place.is_file():
                files[uid] = (place, status.st_size)
    empty = [(uid, "0 bytes") for uid, (_, n_bytes) in files.items() if not n_bytes]
    mend = "fetch these clips again"
    findings.append(about_clips("empty clips", "problem", empty, "by size", mend))
    findings.append(check_twice(files))
    return LookedOver(findings, places, labels, lines, dataset.evidence())
