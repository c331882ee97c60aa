"""How fast this machine learns a model from video, and its heads from features."""

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from playfair.benchmark.elapsed import seconds_of
from playfair.benchmark.plan_decoding import Decoding
from playfair.benchmark.speed import peak_memory
from playfair.models.separable import SeparableVideoModel
from playfair.steps.row_store import RowStore
from playfair.steps.study import Study
from playfair.training.classifier import ScalesClassifier, VideoClassifier
from playfair.training.fit import shared_out
from playfair.training.sampled_clips import SampledClips
from playfair.training.sources import LabelledClips

MOST_AT_ONCE = 32  # clips of a measured training step on a CPU: more take longer and tell no more
MOST_PIXELS = 1 << 21  # the same, of their frames: 41 of 224×224, for which ResNet-50 takes 4 GB
READ = 32  # clips whose features are read


def batch_of(study: Study, device: torch.device, n_ranks: int) -> int:
    """Clips of a training step on one device; 0 of what learns not."""
    if not study.model.get("training"):
        return 0
    recipe = study.workplace.build(study.model["training"], _convert_="all")
    at_once, _ = shared_out(recipe, n_ranks)
    return at_once


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
    asked, _ = shared_out(recipe, n_ranks)
    at_once = at_once_on(device, pictures[0], min(asked, MOST_AT_ONCE))
    if device.type != "cpu":
        at_once = asked
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
    return learn, seen, n_bytes * asked / at_once


def at_once_on(device: torch.device, one: torch.Tensor, most: int) -> int:
    """How many of something are measured together: on a CPU, no more pixels than MOST_PIXELS.

    Args:
        one: (…, height, width, 3).
        most: of them, in any case.
    """
    if device.type != "cpu":
        return most
    return max(1, min(most, 3 * MOST_PIXELS // one.numel()))


def repeated(pictures: torch.Tensor, n_videos: int) -> torch.Tensor:
    """So many videos, the same again where there are fewer."""
    return pictures[torch.arange(n_videos) % len(pictures)]


def heads_learning(
    study: Study, head: torch.nn.Module, width: int, decoding: Decoding
) -> tuple[float, float]:
    """Seconds of a clip of learning all heads on stored features, on the CPU; and of validation."""
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
        module.train()
        module.training_step(batch, 0).backward()
        optimizer.step()
        optimizer.zero_grad()

    def watch() -> None:
        module.eval()
        with torch.no_grad():
            module.validation_step(batch, 0)

    reading = feature_reading(
        round(decoding.frames), width, study.dataset.option("feature_dtype"), recipe.n_frames
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learn = seconds_of(step, torch.device("cpu")) / recipe.batch_size
        seen = seconds_of(watch, torch.device("cpu")) / recipe.batch_size
    return learn + reading, seen + reading


def feature_reading(n_rows: int, width: int, dtype: str, n_frames: int) -> float:
    """Seconds of a clip whose stored features are drawn from, as training the heads does."""
    with TemporaryDirectory(prefix="playfair-plan-") as folder:
        store = RowStore(Path(folder), READ, READ)
        store.write(0, [np.zeros((n_rows, width), dtype) for _ in range(READ)])
        targets = np.zeros(READ, np.int64)
        clips = SampledClips(LabelledClips(store, targets, np.arange(READ)), n_frames, 0)

        def read() -> None:
            torch.stack([clips[0, clip]["input"] for clip in range(READ)])

        return seconds_of(read, torch.device("cpu")) / READ
