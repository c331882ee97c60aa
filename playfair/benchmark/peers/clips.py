"""Features of clips, to learn from and to explain: a study's, or made-up ones where it has none."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from playfair.benchmark.heads import even_prior, made_up_features
from playfair.steps.obtain import is_made
from playfair.steps.row_store import RowStore
from playfair.steps.study import Study
from playfair.training.sources import sampled_features

MADE_UP = 512


class Clips(NamedTuple):
    """Clips at any number of frames.

    Attributes:
        source: whose they are, in words.
        prior: (class,), the score of no frames.
        learnt: number of frames → features (video, frame, feature) and labels (video,).
        explained: number of frames → features (video, frame, feature) of other clips.
    """

    source: str
    prior: Float[Tensor, " class"]
    learnt: Callable[[int], tuple[Tensor, Int[Tensor, " video"]]]
    explained: Callable[[int], Tensor]


def clips_of(studies: Sequence[Study], n_clips: int) -> Clips:
    """Those of the first study whose features are made; nothing is made here."""
    for study in studies:
        if not study.is_pretrained and is_made(study.shown_step, study.layout):
            return clips_of_study(study, n_clips)
    return made_up_clips(n_clips)


def made_up_clips(n_clips: int) -> Clips:
    """Clips whose classes are paths through a latent space."""

    def learnt(n_frames: int) -> tuple[Tensor, Tensor]:
        return made_up_features(MADE_UP, n_frames, torch.Generator().manual_seed(0))

    def explained(n_frames: int) -> Tensor:
        return made_up_features(n_clips, n_frames, torch.Generator().manual_seed(99))[0]

    return Clips("made-up features", even_prior(), learnt, explained)


def clips_of_study(study: Study, n_clips: int) -> Clips:
    """Clips of the study's split to explain; learnt from the train split's, or from the others."""
    split = study.split_name
    dataset = study.dataset.opened
    of_train = study.features_step("train")
    learnt_split = "train" if is_made(of_train, study.layout) else split
    store = study.features(split)
    # the longest, as there are games of many elements
    longest = np.argsort(-store.lengths, kind="stable")[: 8 * n_clips]
    clips = np.sort(longest[:: max(1, len(longest) // n_clips)][:n_clips])

    def learnt(n_frames: int) -> tuple[Tensor, Tensor]:
        rows = study.features(learnt_split)
        usable = np.flatnonzero(rows.lengths > 0)
        if learnt_split == split:
            usable = np.setdiff1d(usable, clips)
        label = torch.from_numpy(dataset.split(learnt_split).targets[usable])
        return sampled(rows, usable, n_frames), label

    def explained(n_frames: int) -> Tensor:
        return sampled(store, clips, n_frames)

    prior = torch.from_numpy(dataset.prior()).float()
    return Clips(f"features of {study.name} on {dataset.name}", prior, learnt, explained)


def sampled(store: RowStore, clips: np.ndarray, n_frames: int) -> Tensor:
    """Frames at the centres of equal segments, repeated in a clip that has fewer."""
    features, _ = sampled_features(store, clips.tolist(), n_frames, "repeat")
    return torch.from_numpy(features)
