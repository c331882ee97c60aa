"""The answer: what each element added to, or took from, the score of each class."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Attribution:
    """Element Shapley Values of a batch of videos.

    Attributes:
        esv: (video, element, class), probability; positive supports the class, negative distracts
            from it. Its sum over elements is score - prior.
        score: (video, class), probability of the whole video.
        stderr: (video, element, class), standard error of `esv`, such that 95 % of the exact values
            lie within 1.96 of it; None where values are exact, or no such error is known.
        evaluations: model evaluations spent per video (for a multi-scale model: evaluations of one
            scale's head).
        estimator: how they came about; "exact" for exact values.
        batch_size: the most (coalition, video) rows that a called model saw at once, on which the
            last bits depend; None where no model was called.
    """

    esv: Float[Tensor, "video element class"]
    score: Float[Tensor, "video class"]
    stderr: Float[Tensor, "video element class"] | None
    evaluations: int
    estimator: str = "exact"
    batch_size: int | None = None

    def in_dtype(self, dtype: torch.dtype) -> "Attribution":
        """The same values, rounded."""
        return replace(
            self,
            esv=self.esv.to(dtype),
            score=self.score.to(dtype),
            stderr=None if self.stderr is None else self.stderr.to(dtype),
        )
