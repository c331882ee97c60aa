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
    """How often to look, at how many clips, and how to draw them.

    Args:
        every: epochs from one look to the next.
        draw: esv (video, frame) of the true class, class names and frames (video, frame, height,
            width, 3), uint8, or None where the model sees other things → a figure.
        n_videos: how many clips.

    Example:
        Watch(every=5, draw=watched_figure)
    """

    every: int
    draw: Callable[[np.ndarray, Sequence[str], np.ndarray | None], Any]
    n_videos: int = 4


class WatchedESVs(Callback):
    """Logs the true class's ESVs of fixed clips: a picture of bars, mean size and mean score.

    Rank 0 does it alone, on frames at segment centres; weights and random state are left as they
    were.

    Args:
        watch: how often, and at how many clips.
        clips: of which some are watched, equally spaced.
        n_frames: frames of each clip.
        prior: (class,), the score of no frames.
        class_names: of the dataset.
    """

    def __init__(
        self,
        watch: Watch,
        clips: LabelledClips,
        n_frames: int,
        prior: Tensor,
        class_names: Sequence[str],
    ) -> None:
        self.watch = watch
        self.prior = prior
        chosen = np.linspace(0, len(clips) - 1, min(watch.n_videos, len(clips))).astype(int)
        sampled = SampledClips(clips, n_frames, seed=None)
        videos = [sampled[0, int(clip)] for clip in chosen]
        self.frames = torch.stack([video["input"] for video in videos])
        self.target = torch.stack([video["target"] for video in videos])
        self.class_names = [class_names[target] for target in self.target.tolist()]

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        due = (trainer.current_epoch + 1) % self.watch.every == 0
        if not due or not trainer.is_global_zero or trainer.logger is None:
            return
        attribution = self._explained(pl_module)
        videos = torch.arange(len(self.target))
        esv = attribution.esv.cpu()[videos, :, self.target]
        score = attribution.score.cpu()[videos, self.target]
        values = {
            "video/epoch": trainer.current_epoch + 1,
            "video/watched_mean_abs_esv": esv.abs().mean().item(),
            "video/watched_score": score.mean().item(),
        }
        trainer.logger.log_metrics(values)
        if hasattr(trainer.logger, "log_image"):
            figure = self.watch.draw(esv.numpy(), self.class_names, self._pictures())
            trainer.logger.log_image("video/watched_esvs", [figure])

    def _pictures(self) -> np.ndarray | None:
        """The clips' frames, as they are before the model's own preprocessing."""
        if self.frames.dtype != torch.uint8 or self.frames.ndim != 5 or self.frames.shape[-1] != 3:
            return None
        return self.frames.numpy()

    def _explained(self, pl_module: LightningModule) -> playfair.Attribution:
        """The clips' ESVs in evaluation mode; each part's mode is put back after."""
        model: Any = pl_module.model
        modes = {part: part.training for part in model.modules()}
        model.eval()
        with torch.no_grad():
            frames = self.frames.to(pl_module.device)
            features = model.features(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])
            attribution = playfair.explain(model.head, features, self.prior.to(features))
        for part, training in modes.items():
            part.training = training
        return attribution
