"""ESVs while a model learns: every few epochs, on the same handful of validation clips."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

import playfair
from playfair.training.sampled_clips import SampledClips
from playfair.training.sources import LabelledClips


@dataclass(frozen=True)
class Watch:
    """How often to look, at how many clips, and how to draw what is seen.

    Example:
        Watch(every=5, draw=watched_figure)
    """

    every: int  # epochs
    draw: Callable[
        [np.ndarray, Sequence[str]], Any
    ]  # esv (video, frame) of the true class, class names → a figure
    n_videos: int = 4


class WatchedESVs(Callback):
    """Logs the true class's ESVs of fixed clips as a picture of bars, their mean size and the mean score.

    Rank 0 does it alone, on frames at segment centres; weights and random state are left as they were.
    """

    def __init__(
        self,
        watch: Watch,
        clips: LabelledClips,
        n_frames: int,
        prior: Tensor,
        class_names: Sequence[str],
        name: str,
    ) -> None:
        self.watch, self.prior, self.name = watch, prior, name
        chosen = np.linspace(0, len(clips) - 1, min(watch.n_videos, len(clips))).astype(int)
        sampled = SampledClips(clips, n_frames, seed=None)
        seen = [sampled[0, int(clip)] for clip in chosen]
        self.frames = torch.stack([video["input"] for video in seen])
        self.target = torch.stack([video["target"] for video in seen])
        self.class_names = [class_names[target] for target in self.target.tolist()]

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if (
            (trainer.current_epoch + 1) % self.watch.every
            or not trainer.is_global_zero
            or trainer.logger is None
        ):
            return
        model: Any = pl_module.model
        modes = {part: part.training for part in model.modules()}
        model.eval()
        with torch.no_grad():
            frames = self.frames.to(pl_module.device)
            features = model.features(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])
            attribution = playfair.explain(model.head, features, self.prior.to(features))
        for part, training in modes.items():
            part.training = training
        videos, target = torch.arange(len(self.target)), self.target
        esv, score = (
            attribution.esv.cpu()[videos, :, target],
            attribution.score.cpu()[videos, target],
        )
        values = {"mean_abs_esv": esv.abs().mean().item(), "score": score.mean().item()}
        step = trainer.global_step
        trainer.logger.log_metrics(
            {f"{self.name}/watched_{key}": value for key, value in values.items()}, step
        )
        if hasattr(trainer.logger, "log_image"):
            figure = self.watch.draw(esv.numpy(), self.class_names)
            trainer.logger.log_image(f"{self.name}/watched_esvs", [figure], step)
