"""How fast this machine decodes a dataset's clips and computes a model, on a few of them."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

import playfair
from playfair.analysis.plan import Schedule, Speeds
from playfair.attribution import METHODS, attribute
from playfair.attribution.registry import gives
from playfair.benchmark.speed import peak_memory, resident
from playfair.models.separable import SeparableVideoModel, as_pictures
from playfair.shapley.subset_scores import scores_of_subsets
from playfair.steps.study import Study
from playfair.training.classifier import ScalesClassifier, VideoClassifier
from playfair.training.fit import shared_out
from playfair.training.sampled_clips import SampledClips
from playfair.training.sources import LabelledClips, Videos
from playfair.video.reader import VideoError

MOST_AT_ONCE = 32  # clips of a measured training step on a CPU: more take longer and tell no more
ENOUGH = 0.5  # seconds after which a measurement is not repeated
REPEATS = 3
EXPLAINED = 32  # clips, of made-up features


@dataclass(frozen=True)
class Decoding:
    """Of some clips of a split.

    Attributes:
        whole, sample: seconds of a clip: all frames, and those that training draws.
        frames: of a clip.
        clip_bytes: of a clip's file.
        frame_shape: height and width that a model sees.
        pictures: (video, frame, height, width, 3) uint8, what training draws of some of them.
    """

    whole: float
    sample: float
    frames: float
    clip_bytes: float
    frame_shape: tuple[int, int]
    pictures: torch.Tensor


def measured_decoding(study: Study, n_frames: int, n_clips: int) -> Decoding:
    """Times clips, evenly spaced over the training split (else the split that is explained).

    Raises:
        ValueError: none of them can be decoded.
    """
    dataset = study.dataset.opened
    name = "train" if study.model.get("training") else study.split_name
    split = dataset.split(name)  # type: ignore[arg-type]
    places = np.linspace(0, len(split) - 1, min(n_clips, len(split))).round().astype(int)
    videos = videos_of(study, split)
    drawn = SampledClips(LabelledClips(videos, split.targets, np.arange(len(split))), n_frames, 0)
    whole = []
    sample = []
    n_bytes = []
    lengths = []
    pictures = []
    for place in np.unique(places).tolist():
        try:
            began = time.perf_counter()
            frames = videos[place]
            whole.append(time.perf_counter() - began)
            began = time.perf_counter()
            pictures.append(drawn[0, place]["input"])
            sample.append(time.perf_counter() - began)
        except VideoError:
            continue
        lengths.append(len(frames))
        n_bytes.append(size_of(Path(dataset.clip(str(split.uids[place])))))
    if not whole:
        raise ValueError(
            f"None of {len(places)} clips of the {name} split could be decoded. Type "
            "experiment=doctor to see what is wrong with the dataset."
        )
    shape = pictures[0].shape[1:3]
    return Decoding(
        float(np.mean(whole)),
        float(np.mean(sample)),
        float(np.mean(lengths)),
        float(np.mean(n_bytes)),
        (int(shape[0]), int(shape[1])),
        torch.stack(pictures),
    )


def videos_of(study: Study, split: Any) -> Videos:
    """The clips of a split as the study decodes them, whether or not it keeps their frames."""
    fit = getattr(study.video_step, "fit", None)
    return Videos(study.dataset.opened, split, fit or study.dataset.frame_size)  # type: ignore[arg-type]


def size_of(clip: Path) -> float:
    """Bytes of a file, or of a folder's files."""
    if clip.is_dir():
        return float(sum(file.stat().st_size for file in clip.iterdir() if file.is_file()))
    return float(clip.stat().st_size)


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
    frames = decoding.pictures.flatten(0, 1)[:128]
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
    features = made_up(4, schedule.n_frames, width)
    pairs = partial(playfair.interactions, head, features, prior, removal=study.estimator.removal)
    speeds = Speeds(
        decode_whole=decoding.whole,
        decode_sample=decoding.sample,
        learn=learn,
        watch=watch,
        feature=feature,
        heads=heads_learning(study, head, width) if schedule.head_epochs else 0.0,
        esvs=esvs,
        interactions=seconds_of(pairs, torch.device("cpu")) / 4,
        rivals=rivals(study, model, decoding, features, prior),
        parameters=sum(weight.numel() for weight in model.parameters()),
        learn_bytes=max(0.0, np.nan_to_num(learn_bytes)),
        esv_bytes=max(0.0, np.nan_to_num(esv_bytes)),
        process_bytes=process,
    )
    return speeds, width


@torch.inference_mode()
def forward_of(model: SeparableVideoModel, frames: torch.Tensor) -> torch.Tensor:
    return model.features(frames)


def learning(
    study: Study,
    model: SeparableVideoModel,
    pictures: torch.Tensor,
    device: torch.device,
    n_ranks: int,
) -> tuple[float, float, float]:
    """Seconds of a clip of learning and of validation, and bytes of a step; 0 of what learns not."""
    if not study.model.get("training"):
        return 0.0, 0.0, 0.0
    recipe = study.workplace.build(study.model["training"], _convert_="all")
    at_once, _ = shared_out(recipe, n_ranks)
    if device.type == "cpu":
        at_once = min(at_once, MOST_AT_ONCE)
    module: VideoClassifier = study.video_step.classifier(model).to(device)
    batch = {
        "input": repeated(pictures, at_once).to(device),
        "target": torch.zeros(at_once, dtype=torch.int64, device=device),
    }
    optimizer = recipe.optimizer(model.parameters())
    precision = str(study.workplace.trainer.get("precision", "32-true"))
    mixed = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}.get(precision)

    def step() -> None:
        module.train()
        with torch.autocast(device.type, mixed or torch.bfloat16, enabled=mixed is not None):
            loss = module.training_step(batch, 0)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    def watch() -> None:
        module.eval()
        with torch.no_grad():
            module.validation_step(batch, 0)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that nobody logs
        n_bytes = peak_memory(step, device)
        learn = seconds_of(step, device) / at_once
        seen = seconds_of(watch, device) / at_once
    return learn, seen, n_bytes


def heads_learning(study: Study, head: torch.nn.Module, width: int) -> float:
    """Seconds of a clip of learning all heads on stored features, on the CPU."""
    recipe = study.workplace.build(study.model["heads"], _convert_="all")
    n_classes = len(study.dataset.opened.class_names)
    own = study.workplace.build(study.model["head"])(feature_dim=width, n_classes=n_classes)
    module = ScalesClassifier(study.name, own, recipe.optimizer, None)
    batch = {
        "input": torch.randn(recipe.batch_size, recipe.n_frames, width),
        "target": torch.zeros(recipe.batch_size, dtype=torch.int64),
    }
    optimizer = recipe.optimizer(own.parameters())

    def step() -> None:
        module.training_step(batch, 0).backward()
        optimizer.step()
        optimizer.zero_grad()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return seconds_of(step, torch.device("cpu")) / recipe.batch_size


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


def repeated(pictures: torch.Tensor, n_videos: int) -> torch.Tensor:
    """So many videos, the same again where there are fewer."""
    return pictures[torch.arange(n_videos) % len(pictures)]


def seconds_of(run: Callable[[], object], device: torch.device) -> float:
    """The median of a few times, after one that warms up: of what is slow, one is enough."""
    times: list[float] = []
    run()
    while len(times) < REPEATS and sum(times) < ENOUGH:
        wait(device)
        began = time.perf_counter()
        run()
        wait(device)
        times.append(time.perf_counter() - began)
    return float(np.median(times))


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
