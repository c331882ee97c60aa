"""frames → features, block by block into the feature store, while Lightning predicts."""

from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from playfair.training.decoding import BlockStore
from playfair.video.reader import require_whole


class FeatureWriter(Callback):
    """Writes each predicted block of features, whole, by the rank that computed it.

    Args:
        store: where the blocks are written.
        broken: "fail" stops at a clip that could not be decoded, "skip" writes the reason.
        dtype: of what is stored.

    Example:
        Trainer(callbacks=[FeatureWriter(store)]).predict(VideoClassifier(…), blocks)
    """

    def __init__(self, store: BlockStore, broken: str = "skip", dtype: str = "float32") -> None:
        self.store = store
        self.broken = broken
        self.dtype = dtype

    def on_predict_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if self.broken == "fail":
            require_whole(batch["skipped"].values())
        lengths = batch["lengths"].tolist()
        clips = torch.split(outputs.float().cpu(), lengths)
        rows = [clip.numpy().astype(self.dtype, copy=False) for clip in clips]
        self.store.write(batch["block"], rows, batch["skipped"], batch.get("moments"))
