"""The clips that a step was made from: noted when it is made, compared when it is asked for."""

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from playfair.datasets.dataset import SplitName
from playfair.datasets.doctor.finding import counted
from playfair.steps.clip_stamps import (
    BLOCKS,
    CLIPS,
    GONE,
    KEPT,
    NOT_KNOWN,
    RULES,
    WHOLE,
    Stamps,
    changed_clips,
    read_stamps,
    read_through,
    write_stamps,
)
from playfair.steps.damage import DamageError
from playfair.steps.durable import remove_durably, write_json
from playfair.steps.layout import Layout
from playfair.steps.lock import held
from playfair.steps.made_from import MADE_FROM, read_record
from playfair.steps.manifest import MANIFEST
from playfair.steps.ranks import by_rank_zero, is_rank_zero
from playfair.steps.row_store import CLIPS_PER_BLOCK
from playfair.steps.step import Step

log = logging.getLogger("playfair")


def noted(folder: Path, block: int | None = None) -> Path:
    """Where the clips of a step's folder, or of a block in it, are noted."""
    place = folder.parent.parent / CLIPS / folder.parent.name
    return place / f"{folder.name}.clips" if block is None else place / folder.name / f"{block:05d}"


def _aside(folder: Path) -> Path:
    """Where a step's folder is while it is removed."""
    return noted(folder).with_name(f"{folder.name}.removed")


def note_block(step: Any, folder: Path, block: int, made_from: Path | None = None) -> None:
    """Notes the clips of a block, before they are read for it.

    Args:
        step: has data and split.
        folder: the step's.
        block: which.
        made_from: the folder of the step that has decoded them already; None to look at the clips.
    """
    stamps = None if made_from is None else read_stamps(noted(made_from, block))
    if made_from is None:
        paths = step.data.clip_paths(step.split)
        start = block * CLIPS_PER_BLOCK
        stamps = read_through(paths[start : start + CLIPS_PER_BLOCK])
    if stamps is not None:  # without waiting for the disk: a block would wait for it twice
        write_stamps(noted(folder, block), stamps, durable=False)


def note(step: Step, folder: Path, layout: Layout) -> None:
    """Notes the clips of a step that is about to be begun, where it is not made of blocks."""
    rule = RULES.get(step.kind)
    split = split_of(step)
    if rule in (None, BLOCKS) or split is None:
        return
    shutil.rmtree(_aside(folder), ignore_errors=True)  # of a run that was killed meanwhile
    if folder.exists() and noted(folder).exists():  # it was begun with these
        return
    stamps = _of_inputs(step, split, layout)
    if stamps is None and rule == KEPT:
        stamps = step.data.clips_now(split)
    elif stamps is None:
        paths = step.data.clip_paths(split)
        stamps = None if paths is None else read_through(paths)
    if stamps is not None:
        write_stamps(noted(folder), stamps)


def _of_inputs(step: Step, split: SplitName, layout: Layout) -> Stamps | None:
    """The clips that what a step is made from was made from."""
    frames = (getattr(step, "frames", None) or {}).get(split)
    inputs = [*step.inputs().values(), *([frames] if frames else [])]
    for needed in inputs:
        followed = RULES.get(needed.kind, KEPT) != KEPT and split_of(needed) == split
        if followed and (stamps := recorded(needed, layout.folder(needed))) is not None:
            return stamps
    return None


def split_of(step: Any) -> SplitName | None:
    """The split whose clips a step was made from; None for one that was made without clips."""
    if RULES.get(step.kind) == KEPT:
        recipe = step.config.get("heads" if step.kind == "heads" else "training")
        return "train" if recipe and step.data.videos else None
    esvs = getattr(step, "esvs", step)
    split: SplitName | None = getattr(esvs, "split", None)
    return split if getattr(step.data, "videos", False) else None


def recorded(step: Any, folder: Path) -> Stamps | None:
    """The clips that a step was made from, as far as they were noted; None where they were not."""
    if RULES[step.kind] != BLOCKS:
        return read_stamps(noted(folder))
    now = step.data.clips_now(split_of(step))
    place = noted(folder, 0).parent
    if now is None or not place.is_dir():
        return None
    stamps = np.full_like(now, NOT_KNOWN)
    for name in filter(str.isdigit, os.listdir(place)):
        start = int(name) * CLIPS_PER_BLOCK
        expected = stamps[start : start + CLIPS_PER_BLOCK]
        try:
            of_block = read_stamps(place / name)
        except DamageError:
            if (folder / MANIFEST).exists():
                raise
            expected[:, 0] = GONE  # it had not reached the disk: to make the block again is safe
            continue
        if of_block is not None and expected.shape == of_block.shape:
            expected[:] = of_block
    return stamps


def follow(step: Any, folder: Path, layout: Layout, *, build: bool) -> None:
    """Sees whether the clips of a step have changed since, says so, and does as its rule says.

    What is to be made again is removed, so that whoever asked for the step makes it.

    Args:
        step: what is asked for.
        folder: where it lies, if it does.
        layout: where its lock lies.
        build: whether anything may be made.
    """
    rule = RULES.get(step.kind)
    if rule is None or not folder.is_dir():
        return
    changed = _changed(step, folder)
    if not changed:
        return
    can_write = os.access(folder, os.W_OK) and os.access(folder.parent, os.W_OK)
    keep = rule == KEPT or not build or not can_write
    blocks = None
    if rule == WHOLE and not keep and hasattr(step, "blocks_of_clips"):
        blocks = step.blocks_of_clips(folder, changed, layout)
    if is_rank_zero():
        fate = "it is kept" if keep else rule if blocks is None else BLOCKS
        log.warning("%s", _word(step, folder, changed, fate))
    if keep:
        return

    def discard() -> None:
        with held(layout.lock(folder), what=folder):
            again = _changed(step, folder)
            if again and blocks is not None and set(again) <= set(changed):
                _discard_blocks(step, folder, layout, again, blocks)
            elif again:  # and not done so by another run
                _discard(step, folder, again)

    by_rank_zero(discard, done=lambda: not _changed(step, folder))


def _changed(step: Any, folder: Path) -> list[int]:
    """The clips that are others than those a step was made from."""
    split = split_of(step)
    now = None if split is None else step.data.clips_now(split)
    then = None if now is None else recorded(step, folder)
    if split is None or now is None or then is None or then.shape != now.shape:
        return []
    before = then.copy()
    paths = step.data.clip_paths(split)
    clips = changed_clips(then, now, lambda clip: paths[clip])
    _note_times(step, folder, before, then)
    return [int(clip) for clip in clips]


def _note_times(step: Any, folder: Path, before: Stamps, after: Stamps) -> None:
    """Keeps the new times of clips whose content is the same, so that it is not read again."""
    rows = np.flatnonzero((before != after).any(axis=1))
    try:
        if RULES[step.kind] == BLOCKS:
            for block in np.unique(rows // CLIPS_PER_BLOCK).tolist():
                start = block * CLIPS_PER_BLOCK
                of_block = after[start : start + CLIPS_PER_BLOCK]
                write_stamps(noted(folder, block), of_block, durable=False)
        elif len(rows):
            write_stamps(noted(folder), after)
    except (OSError, ValueError):
        pass  # outputs that can only be read, or a full disk: it is then read again


def _discard(step: Any, folder: Path, clips: list[int]) -> None:
    if RULES[step.kind] == BLOCKS:
        store = step.blocks(folder)
        remove_durably(folder / MANIFEST)  # first: it is not finished any more
        for block in sorted({clip // CLIPS_PER_BLOCK for clip in clips}):
            store.discard(block)
            noted(folder, block).unlink(missing_ok=True)
        return
    folder.replace(_aside(folder))  # at once, by its name: half a store is none
    noted(folder).unlink(missing_ok=True)
    shutil.rmtree(_aside(folder))


def _discard_blocks(
    step: Any, folder: Path, layout: Layout, clips: list[int], blocks: list[int]
) -> None:
    """Removes blocks of a store whose clips are noted for all of it; these are noted anew, last.

    Whoever is killed before finds the clips changed once more.
    """
    from playfair.steps.obtain import INPUTS, begun_from  # which asks this file

    split = split_of(step)
    stamps = recorded(step, folder)
    assert split is not None and stamps is not None
    now = _of_inputs(step, split, layout)
    if now is None:
        now = read_through(step.data.clip_paths(split))
    store = step.blocks(folder)
    remove_durably(folder / MANIFEST)  # first: it is not finished any more
    for block in blocks:
        store.discard(block)
    write_json(folder / INPUTS, begun_from(step, layout))  # the other blocks' clips are the same
    stamps[clips] = now[clips]
    write_stamps(noted(folder), stamps)


def _word(step: Any, folder: Path, clips: list[int], fate: str) -> str:
    split = split_of(step)
    assert split is not None
    uids = step.data.opened.split(split).uids
    names = ", ".join(str(uids[clip]) for clip in clips[:5]) + (", …" if len(clips) > 5 else "")
    verb = "was" if len(clips) == 1 else "were"
    text = (
        f"{counted(len(clips), 'clip')} of the {split} split {verb} changed or fetched since "
        f"{folder} was made ({names})"
    )
    if RULES[step.kind] != KEPT:
        return f"{text}: {fate}."
    others = [folder, *_made_with(folder)]
    return (
        f"{text}. It is kept, as what it learnt from them is still valid. To have it learnt again, "
        f"remove it and what was made with it, and type the same command: {', '.join(map(str, others))}"
    )


def _made_with(folder: Path) -> Iterator[Path]:
    """The folders of steps that were made with what lies in a folder."""
    own = read_record(folder)["id"]
    for file in sorted(folder.parent.parent.glob(f"*/*/{MADE_FROM}")):
        try:
            if own in _ids_of_inputs(read_record(file.parent)):
                yield file.parent
        except ValueError:  # damaged: whoever asks for it is told
            continue


def _ids_of_inputs(made_from: dict[str, Any]) -> Iterator[str]:
    for needed in made_from["inputs"].values():
        yield needed["id"]
        yield from _ids_of_inputs(needed)
