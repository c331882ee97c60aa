"""Scores of coalitions → ESVs, block by block, while Lightning predicts, tests or validates."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

import playfair
from playfair.shapley.errors import NotFiniteScores
from playfair.shapley.explain import explain_more
from playfair.shapley.threads import one_thread_each


class ESVBlocks(Protocol):
    """Where whole blocks of ESVs are written to."""

    def write(self, block: int, **arrays: np.ndarray) -> None: ...


class ESVEvaluation(Callback):
    """Computes the ESVs of each block that the loader hands out; ranks own different blocks.

    Batches are whole blocks {block, features: (video, element, *unit), frame_index: (video,
    element)}, with element_frames (video, element, part) where an element holds several; the
    module's `head` is what is explained; one that is called is looked at with the first block alone,
    to see whether it answers alike twice, and with logits. With views: n, features are (view,
    video, element, unit), of n crops: their scores are averaged, and with them the ESVs, which are
    linear in them. A video whose features or scores are not finite gets rows of NaN and costs its
    block nothing: the others' values are the same to the bit.

    Args:
        store: where blocks are written to.
        prior: (class,), probability.
        options: of `playfair.explain`: budget, estimator, removal, precision, batch_size.
        seed: of what an estimator draws.
    """

    def __init__(
        self,
        store: ESVBlocks,
        prior: Tensor,
        *,
        options: Mapping[str, Any] | None = None,
        seed: int = 0,
    ) -> None:
        self.store = store
        self.prior = prior
        self.options = dict(options or {})
        self.seed = seed
        self.looked = False

    def on_predict_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.looked = False

    on_validation_start = on_test_start = on_predict_start

    def on_predict_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        head = pl_module.head
        assert isinstance(head, torch.nn.Module)
        features = batch["features"]
        n_views = batch.get("views", 1)
        if n_views > 1:
            features = features.flatten(0, 1)
        finite = features.isfinite().flatten(1).all(1)
        # Zeros, and not left out: the shape decides on the last bits of the others.
        features = features.where(finite.view(-1, *[1] * (features.ndim - 1)), 0.0)
        # The same draws whoever owns the block.
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + batch["block"])
        attribution, explained = self._explained(head, features, generator)
        finite &= explained
        arrays = {"esv": attribution.esv, "score": attribution.score}
        if "budget" in self.options:
            arrays["stderr"] = _stderr(attribution)
            # of the means over crops, too, if of one of them
            plain = attribution.plain if attribution.plain is not None else torch.zeros_like(finite)
        for values in arrays.values():
            values[~finite] = torch.nan
        if n_views > 1:
            arrays = {name: of.unflatten(0, (n_views, -1)).mean(0) for name, of in arrays.items()}
        if "budget" in self.options:
            arrays["plain"] = plain.view(n_views, -1).any(0).to(torch.uint8)
        for name in ("frame_index", "element_frames"):
            if name in batch:
                arrays[name] = batch[name]
        written = {name: values.cpu().numpy() for name, values in arrays.items()}
        self.store.write(batch["block"], **written)

    def _explained(
        self, head: torch.nn.Module, features: Tensor, generator: torch.Generator
    ) -> tuple[playfair.Attribution, Tensor]:
        """ESVs, and of which videos: those with scores that are not finite give way to zeros."""
        explained = torch.ones(len(features), dtype=torch.bool, device=features.device)
        drawn = generator.get_state()
        while True:
            try:
                with one_thread_each():  # the same bits whatever the number of threads of a rank
                    attribution = self._attribution(head, features, generator)
            except NotFiniteScores as error:
                broken = list(error.videos)
                if not explained[broken].any():
                    raise  # zeros are answered so too: it is the model
                explained[broken] = False
                features = features.where(explained.view(-1, *[1] * (features.ndim - 1)), 0.0)
                generator.set_state(drawn)
            else:
                return attribution, explained

    def _attribution(
        self, head: torch.nn.Module, features: Tensor, generator: torch.Generator
    ) -> playfair.Attribution:
        prior = self.prior.to(features)
        if self.looked:
            return explain_more(head, features, prior, generator=generator, **self.options)
        # no bar of its own: the evaluation's counts blocks
        attribution = playfair.explain(
            head, features, prior, generator=generator, progress=None, **self.options
        )
        self.looked = True
        return attribution

    on_validation_batch_end = on_test_batch_end = on_predict_batch_end


def _stderr(attribution: playfair.Attribution) -> Tensor:
    """Standard errors: 0 where the budget sufficed for exact values, NaN where none are stated."""
    if attribution.stderr is not None:
        return attribution.stderr
    unknown = 0.0 if attribution.estimator == "exact" else torch.nan
    return torch.full_like(attribution.esv, unknown)


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
