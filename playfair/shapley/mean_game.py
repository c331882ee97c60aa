"""One scale: a model that averages the logits of single elements (TSN)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.callable_game import CallableGame
from playfair.shapley.exact import esv_from_sums, share_of_size
from playfair.shapley.game import at_least_float32
from playfair.shapley.linear_game import LinearGame
from playfair.shapley.precision import in_precision
from playfair.shapley.rows import element_logits
from playfair.shapley.subset_sums import MAX_RANGE, sums_over_coalitions


def mean_over_elements(logits: Float[Tensor, "n size class"]) -> Float[Tensor, "n class"]:
    """The model on elements that are logits already."""
    return logits.mean(1)


@dataclass(frozen=True)
class MeanGame(LinearGame):
    """A model of one scale with its removed elements deleted.

    Estimators ask for its coalitions one by one, as a mean over few elements costs next to nothing.
    """

    @property
    def n_evaluations(self) -> int:
        """Coalitions that leave nothing to sample."""
        return 2**self.n_elements - 1

    def parts(self, together: int) -> Sequence["MeanGame"]:
        """So many videos at a time; layers are not needed, but where logits are far apart."""
        return [replace(self, units=units) for units in self.units.split(together)]

    def element_logits(self) -> Float[Tensor, "video element class"]:
        """The logits of single elements, multiplied in the precision that was asked for."""
        if self.precision == "float32":
            return element_logits(self.model, self.units)
        make = in_precision(lambda units: element_logits(self.model, units), self.precision)
        logits: Tensor = make(self.units)
        return logits.to(at_least_float32(self.units))

    def by_coalitions(self) -> CallableGame:
        """Every element's logits, computed once, and their means."""
        logits = self.element_logits()
        return CallableGame(
            mean_over_elements, logits, self.prior, batch_size=self.batch_size, threaded=True
        )

    def scores(
        self, inside: Bool[Tensor, "coalition element"]
    ) -> Float[Tensor, "coalition video class"]:
        """Scores of single coalitions."""
        return self.by_coalitions().scores(inside)

    def exact_values(
        self,
    ) -> tuple[Float[Tensor, "video element class"], Float[Tensor, "video class"]]:
        """ESVs and scores: by subset sums, or level by level where logits are too far apart."""
        logits = self.element_logits().double()
        if (logits.amax(-1) - logits.amin(-1)).max() >= MAX_RANGE:
            return super().exact_values()
        score = logits.mean(1).softmax(-1)
        sums = torch.zeros_like(logits)
        for size, level in enumerate(sums_over_coalitions(logits), start=1):
            sums.add_(level, alpha=share_of_size(self.n_elements, size))
        esv = esv_from_sums(sums.transpose(0, 1), score, self.prior)
        dtype = at_least_float32(self.units)
        return esv.to(dtype), score.to(dtype)
