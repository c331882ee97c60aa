"""Damage is repaired by removing just what is damaged, and making that anew.

Nothing is removed that the studies at hand cannot make again: what another configuration made is
repaired by typing its options.
"""

import hashlib
import logging
import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from playfair.datasets.dataset import SPLIT_NAMES
from playfair.steps.blocks import block_store
from playfair.steps.damage import DamageError
from playfair.steps.durable import json_text, remove_durably, write_json
from playfair.steps.interactions import Interactions
from playfair.steps.layout import Layout
from playfair.steps.lengths import Lengths
from playfair.steps.lock import held
from playfair.steps.made_from import MADE_FROM, read_record
from playfair.steps.manifest import MANIFEST, TRAINING, read_manifest
from playfair.steps.obtain import INPUTS, begun_from, obtain
from playfair.steps.step import UNKNOWN, Step, record
from playfair.steps.study import Study

log = logging.getLogger("playfair")


class NotRepairedError(ValueError):
    """Damage that cannot be made good here, with the reason."""


def repair(folder: Path, damages: Sequence[DamageError], studies: Iterable[Study]) -> None:
    """Makes anew what is damaged in a folder, and nothing else of it.

    Args:
        folder: of a step.
        damages: all of them, as `verify` has found them.
        studies: whose steps can be made here.

    Raises:
        NotRepairedError: none of their steps lies in this folder, or nothing says what it was made
            from.
    """
    step, layout = _step_of(folder, studies)
    with held(layout.lock(layout.folder(step)), what=folder):
        _restore_records(folder, step, layout, damages)
        _remove(folder, step, damages)
        remove_durably(folder / MANIFEST)
    layout.opened.pop(str(folder), None)
    obtain(step, layout)


def _step_of(folder: Path, studies: Iterable[Study]) -> tuple[Step, Layout]:
    for study in studies:
        for step in _steps(study, folder):
            try:
                if study.layout.folder(step).resolve() == folder.resolve():
                    return step, study.layout
            except ValueError:  # it cannot be named here
                continue
    raise NotRepairedError(
        "it is no step of the models, frames and options that were typed: type those that made it"
    )


def _steps(study: Study, folder: Path) -> Iterator[Step]:
    """The steps of a study that may lie in a folder."""
    for split in SPLIT_NAMES:
        if study.is_pretrained:
            yield Lengths(study.dataset, split, study.workplace)
        else:
            yield study.frames_step(split)
            yield study.features_step(split)
    if study.has_videos and not study.is_pretrained:
        yield study.video_step
    yield study.head_step
    n_frames = _frames_of(folder)
    if n_frames:
        esvs = study.esvs_step(n_frames)
        yield esvs
        yield Interactions(esvs)


def _frames_of(folder: Path) -> int | None:
    """How many frames the ESVs in a folder are of: by its record, or else by its name."""
    try:
        n_frames = read_record(folder)["settings"].get("n_frames")
    except DamageError:
        words = folder.name.split("-")
        before = [word for word, unit in pairwise(words) if "frame" in unit]
        n_frames = int(before[-1]) if before and before[-1].isdigit() else None
    return n_frames if isinstance(n_frames, int) else None


def _restore_records(
    folder: Path, step: Step, layout: Layout, damages: Sequence[DamageError]
) -> None:
    """Writes what a step was made from once more, where the manifest says that it is the same."""
    wrong = {damage.file for damage in damages}
    contents = {MADE_FROM: lambda: record(step), INPUTS: lambda: begun_from(step, layout)}
    for name, content in contents.items():
        file = folder / name
        # a folder stands for its record, which is gone
        if file not in wrong and not (name == MADE_FROM and folder in wrong):
            continue
        try:
            manifest = read_manifest(folder)
        except DamageError:
            manifest = None
        _, digest = manifest.files.get(name, (0, "")) if manifest else (0, "")
        value = content()
        now = f"sha256:{hashlib.sha256(json_text(value)).hexdigest()}"
        if now != digest.partition("+")[0] or value.get("id") == UNKNOWN:
            raise NotRepairedError(
                f"nothing says any more that it was made from what {name} should say. Put the file "
                f"back, or remove {folder}: it is then made again"
            )
        write_json(file, value)


def _remove(folder: Path, step: Step, damages: Sequence[DamageError]) -> None:
    store = block_store(step, folder)
    for damage in damages:
        if damage.file == folder or damage.file.name in (MADE_FROM, INPUTS, MANIFEST):
            continue
        name = damage.file.relative_to(folder).as_posix()
        block = store.block_of(name) if store else None
        if store and block is not None:
            log.info("%s: block %d is removed, to be made again", folder, block)
            store.discard(block)
        elif name.startswith(f"{TRAINING}/"):
            log.info("%s: the state of its training is removed", folder)
            # of two damaged files the first has taken the other along
            shutil.rmtree(damage.file.parent, ignore_errors=True)
        else:
            log.info("%s is removed, to be made again", damage.file)
            damage.file.unlink(missing_ok=True)
