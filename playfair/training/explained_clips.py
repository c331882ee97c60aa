"""Frames → pixels on the device, block by block, for an `ESVEvaluation` to explain."""

import logging
from typing import Any

import torch

from playfair.training.esv_evaluation import Explained
from playfair.video.reader import require_whole

log = logging.getLogger("playfair")


class ExplainedClips(Explained):
    """Holds a model that sees clips whole, and makes its units of each block of frames.

    Batches are {block, frames: (video, frame, height, width, 3) uint8, whole: (video,), skipped,
    frame_index}. A clip that could not be decoded gets NaN, and costs its block nothing.

    Args:
        model: a `VideoModel`.
        broken: "fail" stops at a clip that could not be decoded, "skip" tells why.
    """

    def __init__(self, model: torch.nn.Module, broken: str = "skip") -> None:
        super().__init__(model)
        self.broken = broken

    def predict_step(self, batch: dict[str, Any], batch_idx: int) -> Any:
        reasons = batch["skipped"].values()
        if self.broken == "fail":
            require_whole(reasons)
        for reason in reasons:
            log.warning("left out: %s", reason)
        units = self.head.units(batch["frames"])  # type: ignore[operator]
        units[~batch["whole"]] = torch.nan
        batch["features"] = units
        return batch["block"]
