"""An inventory → findings: what is as it should be, what is not, and what to type."""

from collections.abc import Iterator, Mapping

from playfair.datasets.dataset import SPLIT_NAMES
from playfair.datasets.doctor.finding import Finding
from playfair.datasets.doctor.inventory import Inventory, split_ids
from playfair.datasets.doctor.label_findings import check_classes, check_label_files, check_mirrored
from playfair.datasets.doctor.split_findings import check_overlap, check_split
from playfair.datasets.doctor.video_findings import check_videos


def diagnose(inventory: Inventory, counts: Mapping[str, int] | None) -> Iterator[Finding]:
    """Everything that can be told without opening a clip.

    Args:
        inventory: what lies in the folder.
        counts: how many "train", "validation" and "test" clips and "classes" are expected; None:
            any number.

    Yields:
        A finding for each check.
    """
    if not inventory.exists:
        detail = f"{inventory.root}: no such folder"
        yield Finding("folder", "problem", detail, "dataset.root=FOLDER")
        return
    yield Finding("folder", "ok", str(inventory.root))
    yield from check_label_files(inventory)
    class_names, finding = check_classes(inventory, counts)
    yield finding
    if class_names:
        yield check_mirrored(class_names)
    for split in SPLIT_NAMES:
        if split in inventory.contents:
            yield from check_split(inventory, split, class_names, counts)
    yield check_overlap({split: split_ids(inventory, split) for split in SPLIT_NAMES})
    yield from check_videos(inventory)
