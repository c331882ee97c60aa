"""What a model is shown of the clips of a split: frames at the centres of equal segments."""

from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from playfair.steps.clips import counts_of, long_enough
from playfair.steps.esvs import head_of
from playfair.steps.obtain import is_made
from playfair.steps.shown import in_parts
from playfair.steps.step import Step
from playfair.steps.study import Study
from playfair.steps.workplace import device_of

if TYPE_CHECKING:
    import torch
    import xarray as xr

VIDEOS_AT_ONCE = 256


def sampled_units(study: Study, clips: np.ndarray, n_frames: int) -> "torch.Tensor":
    """What the model sees of clips of the split at n_frames, as explained: (video, element, *unit)."""
    return study.shown().units(clips.tolist(), n_frames, study.dataset.short_rule)


def sampled_frames(study: Study, clips: np.ndarray, n_frames: int) -> "torch.Tensor":
    """The frames that these features are of: (video, frame, height, width, 3) uint8."""
    import torch

    from playfair.video.sampling import segment_centres

    frames = study.video_step.source(study.split_name, study.layout)
    choose = partial(segment_centres, n_frames=n_frames, short=study.dataset.short_rule)
    pictures = [frames.sample(int(clip), choose) for clip in clips]
    return torch.from_numpy(np.stack(pictures))


def clips_explained(study: Study, n_frames: int) -> np.ndarray:
    """Clips of the split that are long enough to be explained at n_frames: indices."""
    lengths = study.shown().lengths
    short = study.dataset.option("short")
    return long_enough(lengths, n_frames, short=short, split=study.split_name)


def clips_of_store(study: Study, esvs: "xr.Dataset") -> np.ndarray:
    """Which clips of the split an ESV store explains, in its order: indices."""
    uids = study.dataset.opened.split(study.split_name).uids
    return np.flatnonzero(np.isin(uids, esvs["video"].values))


def clip_counts(study: Study, n_frames: int) -> dict[str, int]:
    """What became of the split's clips: with repeated frames, too short, not decodable."""
    return counts_of(study.shown().lengths, n_frames, short=study.dataset.option("short"))


def scores(
    study: Study, n_frames: int, n_clips: int = 1, head_step: Step | None = None
) -> "xr.Dataset":
    """f(X) of the split's videos at n_frames, without those whose score is no finite number.

    Scores, not logits, are averaged: over the crops of the study's views, and over `n_clips` clips
    of n_frames from each video, the frames of clip j at (j + ½)/n_clips of equal segments.

    Args:
        study: whose model.
        n_frames: of each video, or of each of its clips.
        n_clips: of each video.
        head_step: the step whose head is asked; None: of the model that is explained.

    Returns:
        score (video, class), label (video), class_name and twin (class), as an ESV store has them.
    """
    import torch
    import xarray as xr

    if n_clips == 1 and study.is_pretrained and is_made(study.esvs_step(n_frames), study.layout):
        return study.esvs(n_frames)  # it took hours, and its scores are these
    head = head_of(head_step or study.head_step, study.layout)
    device = device_of(head, study.workplace)
    split = study.dataset.opened.split(study.split_name)
    clips = clips_explained(study, n_frames)
    parts = []
    rule = study.dataset.short_rule
    views = study.views_shown()
    places = [(2 * clip + 1, 2 * n_clips) for clip in range(n_clips)]
    for block in in_parts(views[0], clips, n_frames, VIDEOS_AT_ONCE):
        of_block = []
        for view, at in product(views, places):
            units = view.units(block.tolist(), n_frames, rule, at).to(device)
            with torch.inference_mode():
                of_block.append(head.to(device)(units).softmax(-1))
        parts.append(torch.stack(of_block).mean(0).cpu().numpy())
    scored = xr.Dataset(
        {"score": (("video", "class"), np.concatenate(parts))},
        {
            "video": split.uids[clips].astype(object),
            "label": ("video", split.targets[clips]),
            "class_name": ("class", np.array(study.dataset.opened.class_names, dtype=object)),
            "twin": ("class", study.dataset.opened.twins()),
        },
    )
    return scored.isel(video=np.isfinite(scored["score"].values).all(1))
