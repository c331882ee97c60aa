"""Feature extraction beside the bare backbone: what normalisation, Lightning and the store cost."""

import tempfile
from functools import partial
from pathlib import Path
from statistics import median

import pandas as pd
import torch
from pytorch_lightning import Trainer
from torch import nn

from playfair.benchmark.elapsed import spent
from playfair.models.backbones.resnet import resnet18
from playfair.models.separable import SeparableVideoModel, as_pictures
from playfair.steps.row_store import RowStore
from playfair.training.classifier import VideoClassifier
from playfair.training.feature_extraction import FeatureWriter
from playfair.training.prediction import predict_blocks

CLIPS = 4  # of a block
FRAMES = 32  # of a clip
BLOCKS = 2
TOGETHER = 128  # frames that the bare backbone gets at once


def measure_extraction(
    rounds: int, device: torch.device, sizes: tuple[int, ...] = (112,)
) -> pd.DataFrame:
    """Time of ResNet-18 on ready tensors, and of extraction from decoded frames to the store.

    CPU seconds where the device is the CPU: other processes do not count.

    Args:
        rounds: interleaved; the medians count.
        device: where the backbone is.
        sizes: heights and widths of frames, pixels.

    Returns:
        A row per frame size: "size"; "bare" and "extraction", ms per frame; "share", the bare
        backbone's time over extraction's.
    """
    torch.manual_seed(0)
    model = SeparableVideoModel(resnet18(), nn.Identity()).to(device).eval()
    accelerator = "gpu" if device.type == "cuda" else "cpu"
    devices = 1 if device.index is None else [device.index]
    trainer = partial(Trainer, accelerator=accelerator, devices=devices, enable_model_summary=False)
    module = VideoClassifier("extraction", model, torch.optim.SGD, None, None)
    rows = []
    for size in sizes:
        frames = torch.randint(256, (BLOCKS, CLIPS * FRAMES, size, size, 3), dtype=torch.uint8)
        # channels last: 1.15 times faster here than first
        ready = as_pictures(frames.flatten(0, 1)).to(device)

        def load(block: int, frames: torch.Tensor = frames) -> dict[str, object]:
            return {"frames": frames[block], "lengths": torch.full((CLIPS,), FRAMES), "skipped": {}}

        bare: list[float] = []
        ours: list[float] = []
        for _ in range(rounds):
            bare.append(spent(partial(_apply, model.backbone, ready), device))
            with tempfile.TemporaryDirectory(prefix="playfair-benchmark-") as folder:
                store = RowStore(Path(folder), n_clips=BLOCKS * CLIPS, block=CLIPS)
                extract = partial(
                    predict_blocks, module, FeatureWriter(store), store.missing, load, trainer
                )
                ours.append(spent(partial(extract, what="extraction"), device))
        per_frame = 1e3 / (BLOCKS * CLIPS * FRAMES)
        share = median(alone / all_in for alone, all_in in zip(bare, ours, strict=True))
        times = {"bare": per_frame * median(bare), "extraction": per_frame * median(ours)}
        rows.append({"size": size, **times, "share": share})
    return pd.DataFrame(rows)


@torch.inference_mode()
def _apply(backbone: nn.Module, pictures: torch.Tensor) -> None:
    for chunk in pictures.split(TOGETHER):
        backbone(chunk).cpu()
