"""What an estimator asks of a model: passes and the time they take, counted here and by no one else."""

import time
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.callable_game import CallableGame
from playfair.shapley.game import scores_by_size


class Counted:
    """A model that counts what it is called with.

    Attributes:
        rows: coalitions that it was shown, of one video.
        seconds: that it took for them.

    Example:
        >>> model = Counted(lambda units: units.mean(1))
        >>> model(torch.zeros(3, 2, 4)).shape, model.rows
        (torch.Size([3, 4]), 3)
    """

    def __init__(self, model: Callable[[Tensor], Tensor]) -> None:
        self.model = model
        self.rows = 0
        self.seconds = 0.0

    @torch.no_grad()
    def __call__(self, units: Tensor) -> Tensor:
        start = time.perf_counter()
        logits = self.model(units)
        self.seconds += time.perf_counter() - start
        self.rows += len(units)
        return logits

    def reset(self) -> None:
        """Begins anew."""
        self.rows = 0
        self.seconds = 0.0


def scores_of_class(
    game: CallableGame, inside: Bool[Tensor, "coalition element"], label: int
) -> Float[Tensor, " coalition"]:
    """One class's scores of one video's coalitions of any sizes, as other libraries ask for them.

    The empty coalition has the prior, and costs no pass.
    """
    scores = torch.full((len(inside),), float(game.prior[label]), dtype=torch.float64)
    shown = inside.any(1)
    if shown.any():
        answers = scores_by_size(game.scores, inside[shown], game.n_videos)
        scores[shown] = answers[:, label].double()
    return scores
