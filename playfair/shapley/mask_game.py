"""Whatever takes masks as a game: words, frames and words, a video language model's answers."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.batch import Batch
from playfair.shapley.errors import WrongScores

MASKS = 2048  # of one call, where nothing else is asked for


@dataclass(frozen=True)
class MaskGame:
    """v(S) = score(mask of S), of one video or of several that are asked together.

    Attributes:
        score: from masks (coalition, element) bool, all of one size, to scores (coalition, class),
            or (coalition, video, class); probability, if the values are to be.
        n_elements: how many there are.
        prior: (class,), the score of the empty coalition.
        n_videos: how many videos `score` answers for.
        batch_size: the most masks of a call; None: 2048. Halved where memory fails.
        any_sizes: whether masks of one call may be of different sizes: fewer and larger calls.

    Example:
        >>> score = lambda inside: inside.double() @ torch.eye(3, 2).double()
        >>> from playfair.shapley import explain_game
        >>> explain_game(MaskGame(score, 3, torch.zeros(2))).esv[0].round(decimals=3).abs().tolist()
        [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    """

    score: Callable[[Tensor], Tensor]
    n_elements: int
    prior: Float[Tensor, " class"]
    n_videos: int = 1
    batch_size: int | None = None
    batch: Batch | None = None
    any_sizes: bool = False

    def __post_init__(self) -> None:
        if self.batch is None:
            object.__setattr__(self, "batch", Batch(self.batch_size or MASKS))

    @property
    def n_classes(self) -> int:
        return len(self.prior)

    @property
    def dtype(self) -> torch.dtype:
        return self.prior.dtype

    @property
    def rows_at_once(self) -> int:
        """The batch as it is by now."""
        assert self.batch is not None
        return self.batch.rows

    def scores(
        self, inside: Bool[Tensor, "coalition element"]
    ) -> Float[Tensor, "coalition video class"]:
        """Scores of coalitions of one size."""
        assert self.batch is not None
        return torch.cat(
            [
                answer
                for _, answer in self.batch.calls(
                    len(inside), lambda rows: self.checked(inside[rows])
                )
            ]
        )

    def checked(
        self, inside: Bool[Tensor, "coalition element"]
    ) -> Float[Tensor, "coalition video class"]:
        """Scores of one call.

        Raises:
            WrongScores: they are not one finite vector for each mask and video.
        """
        scores = self.score(inside.clone())  # its own: it may write to it
        expected = (len(inside), self.n_videos, self.n_classes)
        if isinstance(scores, Tensor) and scores.ndim == 2 and self.n_videos == 1:
            scores = scores[:, None]
        if not isinstance(scores, Tensor) or scores.shape != expected:
            kind = type(scores).__name__
            came = f"shape {tuple(scores.shape)}" if isinstance(scores, Tensor) else kind
            raise WrongScores(
                f"score must turn masks {tuple(inside.shape)} into scores (coalition, video, "
                f"class) = {expected}, or without the video where there is one; it returned {came}"
            )
        if not scores.isfinite().all():
            raise WrongScores("score returned NaN or infinity")
        return scores.to(torch.promote_types(scores.dtype, torch.float32))
