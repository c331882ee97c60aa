"""What is learnt: a backbone and head from video, and all scales' heads from stored features."""

import inspect
from collections.abc import Callable
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from playfair.models.separable import SeparableVideoModel, as_pictures

# torch's own classes with their settings filled in: parameters → optimizer → schedule
OptimizerFactory = Callable[..., Optimizer]
ScheduleFactory = Callable[..., Any]

# pictures and targets → the same, changed at random
Augment = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


class Classifier(LightningModule):
    """What learning from video and from features share: optimizer, schedule, validation.

    What is measured has Lightning's usual names, `loss`, `val_loss` and `val_top1`, which a callback
    may monitor. Loggers are told of it once an epoch, by `playfair.training.epochs`.

    Args:
        name: of the model.
        optimizer: parameters → optimizer.
        schedule: optimizer → schedule of the learning rate; None keeps it as it is.
    """

    def __init__(
        self, name: str, optimizer: OptimizerFactory, schedule: ScheduleFactory | None
    ) -> None:
        super().__init__()
        self.model_name = name
        self.latest_loss: Tensor | None = None  # of the last batch, for the screen
        self.make_optimizer = optimizer
        self.make_schedule = schedule

    def validation_step(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        logits = self(batch["input"])
        target = batch["target"]
        self._log("val_loss", F.cross_entropy(logits, target), len(target))
        self._log("val_top1", (logits.argmax(-1) == target).float().mean(), len(target))

    def _log_loss(self, loss: Tensor, n_videos: int) -> None:
        self.latest_loss = loss.detach()
        self._log("loss", loss, n_videos)

    def _log(self, name: str, value: Tensor, n_videos: int) -> None:
        self.log(
            name,
            value,
            batch_size=n_videos,
            logger=False,
            on_step=False,
            on_epoch=True,
            sync_dist=True,
        )

    def configure_optimizers(self) -> Any:
        optimizer = self.make_optimizer(self.parameters())
        if self.make_schedule is None:
            return optimizer
        # a schedule that wants the number of steps moves every step, any other every epoch
        if "total_steps" in inspect.signature(self.make_schedule).parameters:
            steps = int(self.trainer.estimated_stepping_batches)
            schedule = self.make_schedule(optimizer, total_steps=steps)
            interval = "step"
        else:
            schedule = self.make_schedule(optimizer)
            interval = "epoch"
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": interval},
        }


class NoLogitsError(ValueError, TypeError):
    """A head answers with something else than one number for each video and class.

    Attributes:
        head: its type.
        given: the shape of the features.
        came: the shape or type of its answer.
    """

    def __init__(self, head: str, given: tuple[int, ...], came: object) -> None:
        self.head = head
        self.given = given
        self.came = came
        super().__init__(
            f"{head} must turn features (video, frame, feature) into logits (video, class); given "
            f"{given} it returned {came}."
        )


def logits_of_scales(head: nn.Module, features: Tensor) -> Tensor:
    """What learns: a head's logits, or those of each of its scales where it has `scale_logits`.

    Args:
        head: a module (video, frame, feature) → (video, class).
        features: (video, frame, feature).

    Returns:
        (scale, video, class).

    Raises:
        NoLogitsError: the head answers with another shape.
    """
    of_scales = getattr(head, "scale_logits", None)
    if of_scales is not None:
        logits: Tensor = of_scales(features)
        return logits
    logits = head(features)
    if not isinstance(logits, Tensor):
        raise NoLogitsError(type(head).__name__, tuple(features.shape), type(logits).__name__)
    if logits.ndim != 2 or len(logits) != len(features):
        raise NoLogitsError(type(head).__name__, tuple(features.shape), tuple(logits.shape))
    return logits[None]


class VideoClassifier(Classifier):
    """A `SeparableVideoModel` learning from sampled frames, end to end: softmax cross-entropy on f(X).

    A multi-scale head's f(X) is estimated from a few random coalitions of each scale, as in Zhou
    et al. 2018.

    Args:
        name: of the model.
        model: the backbone and the head.
        optimizer: parameters → optimizer.
        schedule: optimizer → schedule of the learning rate, or None.
        augment: changes pictures and targets of training batches at random, or None.
    """

    def __init__(
        self,
        name: str,
        model: SeparableVideoModel,
        optimizer: OptimizerFactory,
        schedule: ScheduleFactory | None,
        augment: Augment | None,
    ) -> None:
        super().__init__(name, optimizer, schedule)
        self.model = model
        self.augment = augment

    def forward(self, frames: Tensor) -> Tensor:
        return self.model(frames)

    def training_step(self, batch: dict[str, Tensor], batch_idx: int) -> Tensor:
        pictures = as_pictures(batch["input"])
        target = batch["target"]
        if self.augment is not None:
            # a flip changes the class too
            pictures, target = self.augment(pictures, target)
        features = self.model.backbone(pictures.flatten(0, 1)).unflatten(0, pictures.shape[:2])
        logits = logits_of_scales(self.model.head, features).mean(0)
        loss = F.cross_entropy(logits, target)
        self._log_loss(loss, len(pictures))
        return loss

    def predict_step(self, batch: dict[str, Any], batch_idx: int) -> Tensor:
        """Features of all frames of a block of clips: (frame, feature)."""
        # 256 frames at a time bound the memory
        chunks = [self.model.features(frames) for frames in batch["frames"].split(256)]
        return torch.cat(chunks)


class ScalesClassifier(Classifier):
    """A head learning from stored features: one of several scales as if each were alone.

    A head without a method `scale_logits` learns by cross-entropy on its logits. Otherwise each scale
    has a cross-entropy of its own, on random coalitions of its size of the sampled frames: what the
    head meets when ESVs are computed. The losses are added; their parameters are disjoint and the
    optimizer works parameter by parameter, so each head learns as if alone; gradients are clipped
    scale by scale. (The published code trains each scale on s frames sampled from the clip;
    coalitions of the model's n frames match its use in f. In 16-mixed, one scale's overflow makes all
    of them skip a step; bf16-mixed has none.)
    """

    def __init__(
        self,
        name: str,
        head: nn.Module,
        optimizer: OptimizerFactory,
        schedule: ScheduleFactory | None,
    ) -> None:
        super().__init__(name, optimizer, schedule)
        self.head = head

    def forward(self, features: Tensor) -> Tensor:
        # features may be stored as float16
        return self.head(features.float())

    def training_step(self, batch: dict[str, Tensor], batch_idx: int) -> Tensor:
        features = batch["input"].float()
        target = batch["target"]
        logits = logits_of_scales(self.head, features)
        losses = torch.stack([F.cross_entropy(of_scale, target) for of_scale in logits])
        self._log_loss(losses.mean(), len(target))
        return losses.sum()

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """One norm over all scales would let a steep one slow the others down."""
        if gradient_clip_val:  # 0: none, as Lightning has it
            parts: Any = self.head if hasattr(self.head, "scale_logits") else [self.head]
            for scale in parts:
                nn.utils.clip_grad_norm_(scale.parameters(), gradient_clip_val)
