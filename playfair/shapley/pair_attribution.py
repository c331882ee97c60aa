"""The answer for pairs: what every two elements say together beyond what each says alone."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.attribution import sizes_in_words
from playfair.shapley.errors import counted


@dataclass(frozen=True, repr=False)
class PairAttribution:
    """Interactions of a batch of videos.

    Attributes:
        index: (video, element, element, class), probability; symmetric, 0 on the diagonal.
        stderr: likewise, the standard error of `index`, such that 95 % of the exact values lie
            within 1.96 of it; None where values are exact; NaN for a video that none can be stated
            of, as all that was evaluated of it is alike.
        evaluations: model evaluations spent per video (for a multi-scale model that is estimated:
            evaluations of one scale's head).
        estimator: how they came about; "exact" for exact values.
        why: in a sentence, why that estimator.
    """

    index: Float[Tensor, "video element element class"]
    stderr: Float[Tensor, "video element element class"] | None
    evaluations: int
    estimator: str = "exact"
    why: str = ""

    def in_dtype(self, dtype: torch.dtype) -> "PairAttribution":
        """The same values, rounded."""
        stderr = None if self.stderr is None else self.stderr.to(dtype)
        return replace(self, index=self.index.to(dtype), stderr=stderr)

    def __repr__(self) -> str:
        n_videos, n_elements, _, n_classes = self.index.shape
        sizes = sizes_in_words(n_videos, n_elements, n_classes)
        how = "exact" if self.stderr is None else f"estimated ({self.estimator})"
        passes = counted(self.evaluations, "pass", "passes")
        return f"Interactions of {sizes}: {how}, from {passes} a video"
