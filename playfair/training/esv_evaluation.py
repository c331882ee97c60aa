"""coalition scores → ESVs, block by block into the ESV store, while Lightning predicts, tests or validates."""

from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

import playfair
from playfair.shapley.threads import one_thread_each
from playfair.steps.esv_store import ESVStore


class ESVEvaluation(Callback):
    """Computes the ESVs of each block that the loader hands out and writes them; ranks own different blocks.

    Batches are whole blocks {block, features: (video, frame, feature), frame_index: (video, frame)}; the module's
    `head` is what is explained. A video whose features or scores are not finite gets rows of NaN and costs its block
    nothing: the others' values are the same to the bit as without it.
    """

    def __init__(
        self, store: ESVStore, prior: Tensor, *, budget: int | None = None, seed: int = 0
    ) -> None:
        self.store, self.prior, self.budget, self.seed = store, prior, budget, seed

    def on_predict_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        head, features = pl_module.head, batch["features"]
        assert isinstance(head, torch.nn.Module)
        finite = features.isfinite().flatten(1).all(1)
        features = features.where(
            finite[:, None, None], 0.0
        )  # not left out: the shape decides on the last bits
        drawn = torch.Generator().manual_seed(
            self.seed * 1_000_003 + batch["block"]
        )  # the same whoever owns it
        with one_thread_each():  # the same bits whatever the number of threads of a rank
            attribution = playfair.explain(
                head, features, self.prior.to(features), budget=self.budget, generator=drawn
            )
        arrays = {
            "esv": attribution.esv,
            "score": attribution.score,
            "frame_index": batch["frame_index"],
        }
        if self.budget is not None:  # which may have been enough for exact values
            unknown = 0.0 if attribution.estimator == "exact" else torch.nan
            arrays["stderr"] = (
                torch.full_like(attribution.esv, unknown)
                if attribution.stderr is None
                else attribution.stderr
            )
        finite &= attribution.score.isfinite().all(1)
        for name in arrays.keys() - {"frame_index"}:
            arrays[name][~finite] = torch.nan
        self.store.write(
            batch["block"], **{name: values.cpu().numpy() for name, values in arrays.items()}
        )

    on_validation_batch_end = on_test_batch_end = on_predict_batch_end


class Explained(LightningModule):
    """Holds the head that an ESVEvaluation explains; itself it computes nothing."""

    def __init__(self, head: torch.nn.Module) -> None:
        super().__init__()
        self.head = head

    def predict_step(self, batch: Any, batch_idx: int) -> Any:
        return batch["block"]  # Lightning wants to be given something

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        return None

    test_step = validation_step
