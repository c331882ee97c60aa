"""How ESVs are made: what a model sees of the clips that are long enough, explained block by block."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

import playfair
from playfair.datasets.doctor.finding import counted
from playfair.shapley.game import game_of, own_removal
from playfair.steps.checkpoints import weights_fingerprint
from playfair.steps.clips import counts_of, long_enough
from playfair.steps.esv_creation import create_store
from playfair.steps.esv_store import ESVStore, open_store
from playfair.steps.esvs import ESVs, head_of, shown_of
from playfair.steps.layout import Layout
from playfair.steps.made_from import read_record
from playfair.steps.obtain import obtain
from playfair.steps.pretrained import Pretrained
from playfair.steps.ranks import by_rank_zero
from playfair.steps.shown import (
    MOST_IN_A_BLOCK,
    Shown,
    ShownFeatures,
    ShownViews,
    clips_of_block,
)
from playfair.training.esv_evaluation import ESVEvaluation, Explained
from playfair.training.explained_clips import ExplainedClips
from playfair.training.prediction import predict_blocks

log = logging.getLogger("playfair")


def evaluate(step: ESVs, folder: Path, layout: Layout) -> None:
    """Writes the missing blocks of the step's ESV store, which is created first where it is not.

    Args:
        step: whose ESVs.
        folder: the step's.
        layout: where what it is made from lies.
    """
    head = head_of(step.head, layout)
    require_length(head, step)
    shown = shown_of(step.features, step.head, layout)
    if step.others:
        stores = [obtain(features, layout) for _, features in step.others]
        shown = ShownViews((shown, *map(ShownFeatures, stores)))
    short = step.data.option("short")
    rule = step.data.short_rule
    clips = long_enough(shown.lengths, step.n_frames, short=short, split=step.split)
    counts = counts_of(shown.lengths, step.n_frames, short=short)
    store = ESVStore(folder, block_of(head, step.n_frames))
    if not store.exists():
        _create(step, folder, head, shown, clips, counts, store.block)
    missing = store.missing()
    videos = counted(len(clips), "video")
    frames = counted(step.n_frames, "frame")
    log.info("%s: computing the ESVs of %s at %s", step.name, videos, frames)

    def load(block: int) -> dict[str, Any]:
        return shown.load(clips[store.videos(block)].tolist(), step.n_frames, rule)

    evaluation = ESVEvaluation(
        store,
        torch.from_numpy(step.data.opened.prior()),
        options=step.estimator.options(),
        seed=step.seed,
    )
    whole = getattr(head, "separable", True)
    seconds = predict_blocks(
        Explained(head) if whole else ExplainedClips(head, step.workplace.broken),
        evaluation,
        store.missing,
        load,
        step.workplace.make_trainer,
        what=f"{step.name}: ESVs",
        workers=step.workplace.workers if shown.workers else 0,
    )
    _summarise(step, store, clips, missing, seconds, counts)


def block_of(head: nn.Module, n_frames: int) -> int:
    """Videos of a block of the store."""
    picture = getattr(head, "picture", None)
    return MOST_IN_A_BLOCK if picture is None else clips_of_block(picture, n_frames)


def require_length(head: nn.Module, step: ESVs) -> None:
    """Raises ValueError where a model would be wrong about clips of so many frames."""
    require = getattr(head, "require_length", None)
    if require is not None:
        require(step.n_frames)


def rows_at_once(step: ESVs, head: nn.Module, shown: Shown, clips: np.ndarray) -> int | None:
    """How many coalitions the head is called with at once; None for one that is not called."""
    estimator = step.estimator
    units = shown.units(clips[:1].tolist(), step.n_frames, step.data.short_rule).nan_to_num()
    prior = torch.from_numpy(step.data.opened.prior())
    game = game_of(
        head,
        units,
        prior,
        removal=estimator.removal,
        batch_size=estimator.batch_size,
        precision=estimator.precision,
    )
    return getattr(game, "rows_at_once", None)


def _create(
    step: ESVs,
    folder: Path,
    head: nn.Module,
    shown: Shown,
    clips: np.ndarray,
    counts: dict[str, int],
    block: int,
) -> None:
    """The store without blocks, by rank 0; the others wait until it is there."""
    dataset = step.data.opened
    split = dataset.split(step.split)
    uids = split.uids[clips].tolist()
    evidence = dataset.evidence()
    together = getattr(head, "frames_per_element", 1)
    intervals = [evidence.get(uid, (-1, -1)) for uid in uids]
    attributes = {
        "dataset": step.data.name,
        "dataset_identity": step.data.content(),
        "model": step.name,
        "seed": step.seed,
        "weights": weights_fingerprint(head),
        "split": step.split,
        "n_frames": step.n_frames,
        "estimator": "exact" if step.estimator.budget is None else "sampled",
        **step.estimator.settings(),
        "removal": step.estimator.removal or own_removal(head),
        **({"views": step.views, "averaged": "scores"} if step.others else {}),
        "batch_size": rows_at_once(step, head, shown, clips),
        "counts": {"split": len(split), **counts},
        "made_from": read_record(folder),
        **({"checkpoint": step.head.path} if isinstance(step.head, Pretrained) else {}),
        "playfair_version": playfair.__version__,
    }
    by_rank_zero(
        lambda: create_store(
            folder,
            uids=uids,
            labels=split.targets[clips],
            prior=dataset.prior(),
            class_names=dataset.class_names,
            n_frames=step.n_frames,
            twins=dataset.twins(),
            evidence=np.array(intervals).reshape(-1, 2),
            clip_frames=shown.lengths[clips],
            with_errors=step.estimator.budget is not None,
            frames_per_element=together,
            attributes=attributes,
            block=block,
        ),
        done=ESVStore(folder).exists,
    )


def _summarise(
    step: ESVs,
    store: ESVStore,
    clips: np.ndarray,
    missing: list[int],
    seconds: float,
    counts: dict[str, int],
) -> None:
    """One line: what was done now, what was there, what was left out and why."""
    n_videos = sum(len(clips[store.videos(block)]) for block in missing)
    n_blocks = -(-len(clips) // store.block)
    n_unexplained = len(open_store(store.path).attrs["unexplained"])
    log.info(
        "%s: ESVs of %s in %.1f s, %.0f videos/s; %d of %d blocks were there before; left "
        "out: %d too short, %d not decodable, %d with features that are not finite; frames "
        "repeated in %d",
        step.name,
        counted(n_videos, "video"),
        seconds,
        n_videos / seconds,
        n_blocks - len(missing),
        n_blocks,
        counts["too_short"],
        counts["not_decodable"],
        n_unexplained,
        counts["repeated_frames"],
    )
