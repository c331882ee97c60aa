"""Has every clip a video, and every video a clip?"""

from collections.abc import Iterator, Mapping

from playfair.datasets.clip_places import VIDEO_FOLDER, clip_name
from playfair.datasets.dataset import SPLIT_NAMES, SplitName
from playfair.datasets.doctor.finding import Finding, State, about_clips, counted
from playfair.datasets.doctor.inventory import Inventory, split_ids
from playfair.datasets.doctor.unpacking import videos_command
from playfair.datasets.label_files import examples


def check_videos(inventory: Inventory) -> Iterator[Finding]:
    """Every check of the videos' folder, by names and sizes alone."""
    ids = {split: split_ids(inventory, split) for split in SPLIT_NAMES}
    missing = {
        split: [uid for uid in uids if uid not in inventory.videos] for split, uids in ids.items()
    }
    unpack = videos_command(inventory)
    if inventory.videos:
        yield from _with_videos(inventory, missing, unpack)
    else:
        detail = f"no {clip_name('<id>')} in {inventory.root / VIDEO_FOLDER}"
        yield Finding("videos", "problem", detail, unpack)
    if inventory.parts:
        needed = missing["train"] or missing["validation"] or not inventory.videos
        yield _archive(inventory, unpack if needed else "")
    listed = {uid for uids in ids.values() for uid in uids}
    why = "a video without an id in any split"
    extra = [(uid, why) for uid in inventory.videos if uid not in listed]
    yield about_clips("videos without id", "note", extra, "they are not used")
    empty = [(uid, "0 bytes") for uid, (n_bytes, _) in inventory.videos.items() if n_bytes == 0]
    yield about_clips("empty videos", "problem", empty, VIDEO_FOLDER, "fetch these clips again")
    if inventory.others:
        verb = "is" if len(inventory.others) == 1 else "are"
        names = examples(sorted(inventory.others), 3)
        detail = f"{len(inventory.others):,} in {VIDEO_FOLDER} {verb} not read: {names}"
        yield Finding("other files", "note", detail)


def _with_videos(
    inventory: Inventory, missing: Mapping[SplitName, list[str]], unpack: str
) -> Iterator[Finding]:
    megabytes = sum(n_bytes for n_bytes, _ in inventory.videos.values()) / 1e6
    detail = f"{counted(len(inventory.videos), 'clip')}, {megabytes:,.0f} MB"
    usual = f"{VIDEO_FOLDER}/"
    n_elsewhere = sum(not place.startswith(usual) for place in inventory.places.values())
    if n_elsewhere:
        detail += f"; {n_elsewhere:,} of them in other folders, and read there"
    yield Finding("videos", "ok", detail)
    for split, uids in missing.items():
        absent = [(uid, f"in {split}, without a video") for uid in uids]
        state: State = "note" if split == "test" else "problem"
        yield about_clips(f"{split} ids without video", state, absent, VIDEO_FOLDER, unpack)


def _archive(inventory: Inventory, unpack: str) -> Finding:
    """unpack: what to type; "" where all is unpacked."""
    gigabytes = sum(part.stat().st_size for part in inventory.parts) / 1e9
    detail = f"{counted(len(inventory.parts), 'part')} of the archive, {gigabytes:.3g} GB"
    if not unpack:
        return Finding("archive", "note", f"{detail}: unpacked already, it can be deleted")
    return Finding("archive", "problem", f"{detail}, not joined and unpacked", unpack)
