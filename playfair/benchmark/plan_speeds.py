"""How fast this machine computes a model that sees frames one by one, of random weights."""

from functools import partial
from pathlib import Path

import numpy as np
import torch

import playfair
from playfair.analysis.plan import Schedule, Speeds
from playfair.attribution import METHODS, attribute
from playfair.attribution.registry import gives
from playfair.benchmark.elapsed import seconds_of
from playfair.benchmark.plan_decoding import Decoding
from playfair.benchmark.plan_learning import (
    at_once_on,
    batch_of,
    heads_learning,
    learning,
    repeated,
)
from playfair.benchmark.speed import peak_memory, resident
from playfair.models.separable import SeparableVideoModel, as_pictures
from playfair.shapley.exact import MAX_FRAMES
from playfair.shapley.subset_scores import scores_of_subsets
from playfair.steps.interactions import NAMES
from playfair.steps.study import Study

EXPLAINED = 32  # clips, of made-up features


def measured_speeds(
    study: Study, decoding: Decoding, schedule: Schedule, device: torch.device, n_ranks: int
) -> tuple[Speeds, int]:
    """Times one model of random weights: what weights hold changes nothing of it.

    Returns:
        Its speeds, and the length of a frame's features.
    """
    step = study.video_step
    dataset = study.dataset.opened
    model: SeparableVideoModel = step._model(len(dataset.class_names), with_weights=False).to(
        device
    )
    prior = torch.from_numpy(dataset.prior()).float()
    process = resident(Path("/proc/self/status"), "VmRSS")
    learn, watch, learn_bytes = learning(study, model, decoding.pictures, device, n_ranks)
    model.eval()
    frames = decoding.pictures.flatten(0, 1)[: at_once_on(device, decoding.pictures[0, 0], 128)]
    with torch.inference_mode():
        forward = partial(forward_of, model, frames.to(device))
        feature = seconds_of(forward, device) / len(frames)
        width = int(forward().shape[1])
    head = model.head.cpu()
    generator = torch.Generator().manual_seed(0)
    made_up = partial(torch.randn, generator=generator)
    esvs = {}
    for n in {schedule.n_frames, *schedule.lengths}:
        features = made_up(EXPLAINED, n, width)
        explain = partial(
            playfair.explain, head, features, prior, progress=None, **study.estimator.options()
        )
        esvs[n] = seconds_of(explain, torch.device("cpu")) / EXPLAINED
        if n == schedule.n_frames:
            esv_bytes = peak_memory(explain, torch.device("cpu"))
    heads, watch_heads = (
        heads_learning(study, head, width, decoding) if schedule.head_epochs else (0, 0)
    )
    one = decoding.pictures[0, 0].repeat(schedule.n_frames, 1, 1)
    features = made_up(at_once_on(torch.device("cpu"), one, 4), schedule.n_frames, width)
    exact = schedule.n_frames <= MAX_FRAMES
    speeds = Speeds(
        decode_whole=decoding.whole,
        decode_sample=decoding.sample,
        learn=learn,
        watch=watch,
        feature=feature,
        heads=heads,
        watch_heads=watch_heads,
        esvs=esvs,
        interactions=interactions(study, head, features, prior),
        rivals=rivals(study, model, decoding, features, prior) if exact else 0.0,
        count=decoding.count,
        parameters=sum(weight.numel() for weight in model.parameters()),
        learn_bytes=max(0.0, np.nan_to_num(learn_bytes)),
        esv_bytes=max(0.0, np.nan_to_num(esv_bytes)),
        batch_bytes=float(batch_of(study, device, n_ranks) * decoding.pictures[0].nbytes),
        process_bytes=process,
        worker_bytes=decoding.worker_bytes,
    )
    return speeds, width


def interactions(
    study: Study, head: torch.nn.Module, features: torch.Tensor, prior: torch.Tensor
) -> float:
    """Seconds of a clip and of its reverse: exact ones, or of more frames estimates."""
    estimator = study.estimator
    exact = features.shape[1] <= MAX_FRAMES
    pairs = partial(
        playfair.interactions,
        head,
        features,
        prior,
        removal=estimator.removal,
        budget=None if exact else estimator.budget,
        estimator=estimator.name if not exact and estimator.name in NAMES else None,
    )
    return 2 * seconds_of(pairs, torch.device("cpu")) / len(features)


@torch.inference_mode()
def forward_of(model: SeparableVideoModel, frames: torch.Tensor) -> torch.Tensor:
    return model.features(frames)


def rivals(
    study: Study,
    model: SeparableVideoModel,
    decoding: Decoding,
    features: torch.Tensor,
    prior: torch.Tensor,
) -> float:
    """Seconds of a clip of the comparison: every method on it, and some with a frame doubled."""
    n_videos, n_frames = features.shape[:2]
    model = model.cpu()
    pictures = as_pictures(repeated(decoding.pictures, n_videos))
    pictures = pictures[:, np.linspace(0, pictures.shape[1] - 1, n_frames).round().astype(int)]
    label = torch.zeros(n_videos, dtype=torch.int64)
    spent = 0.0
    for name, known in METHODS.items():
        given = all(gives(model.head, need, pictures=True) for need in known.all_needs)
        if not known.default or known.planted or not given:
            continue
        if name == "esv":
            subsets = partial(
                scores_of_subsets, model.head, features, prior, removal=study.estimator.removal
            )
            spent += seconds_of(subsets, torch.device("cpu"))
            continue
        ask = partial(
            attribute,
            name,
            model.head,
            features,
            label,
            prior,
            backbone=model.backbone,
            pictures=pictures,
            generator=torch.Generator().manual_seed(0),
            removal=study.estimator.removal,
        )
        times = 2 if known.leading else 1
        spent += times * seconds_of(ask, torch.device("cpu"))
    return spent / n_videos
