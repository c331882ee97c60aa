"""frames → features, block by block into the feature store, while Lightning predicts."""

from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from playfair.data.rows import RowStore


class FeatureWriter(Callback):
    """Writes each predicted block of features, whole, by the rank that computed it."""

    def __init__(self, store: RowStore) -> None:
        self.store = store

    def on_predict_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        lengths = batch["lengths"].tolist()
        rows = torch.split(outputs.float().cpu(), lengths)
        self.store.write(batch["block"], [clip.numpy() for clip in rows], batch["skipped"])
