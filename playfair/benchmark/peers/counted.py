"""What an estimator asks of a model: passes and the time they take, counted here and by no one else."""

import time
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.game import Game, scores_of_coalitions


class Counted:
    """A model, or what tells scores of masks, that counts what it is called with.

    Args:
        model: what is called.
        clock: tells seconds: of CPU time, if no other.

    Attributes:
        rows: coalitions that it was shown, of one video.
        seconds: that it took for them, by the clock.

    Example:
        >>> model = Counted(lambda units: units.mean(1))
        >>> model(torch.zeros(3, 2, 4)).shape, model.rows
        (torch.Size([3, 4]), 3)
    """

    def __init__(
        self, model: Callable[[Tensor], Tensor], clock: Callable[[], float] = time.process_time
    ) -> None:
        self.model = model
        self.clock = clock
        self.rows = 0
        self.seconds = 0.0

    @torch.no_grad()
    def __call__(self, units: Tensor) -> Tensor:
        start = self.clock()
        answer = self.model(units)
        self.seconds += self.clock() - start
        self.rows += len(units)
        return answer

    def reset(self) -> None:
        """Begins anew."""
        self.rows = 0
        self.seconds = 0.0


class Worths:
    """One class's worth of one video's coalitions, of any sizes: what other libraries ask for.

    The empty coalition is worth 0 and costs no pass.

    Attributes:
        asked: coalitions that were asked for, without the empty one; those asked for again count.

    Example:
        >>> from playfair.shapley import MaskGame
        >>> game = MaskGame(lambda inside: inside[:, :1].float() + 2, 2, torch.tensor([2.0]))
        >>> worths = Worths(game, label=0)
        >>> worths(torch.tensor([[True, False], [False, False], [True, False]])).tolist()
        [1.0, 0.0, 1.0]
        >>> worths.asked, worths.distinct
        (2, 1)
    """

    def __init__(self, game: Game, label: int) -> None:
        self.game = game
        self.label = label
        self.asked = 0
        self._coalitions: set[bytes] = set()

    def __call__(self, inside: Bool[Tensor, "coalition element"]) -> Float[Tensor, " coalition"]:
        worths = torch.zeros(len(inside), dtype=torch.float64)
        shown = inside.any(1)
        if shown.any():
            scores = scores_of_coalitions(self.game, inside[shown])
            worths[shown] = scores[:, self.label].double() - float(self.game.prior[self.label])
        self.asked += int(shown.sum())
        self._coalitions.update(mask.tobytes() for mask in inside[shown].numpy())
        return worths

    @property
    def distinct(self) -> int:
        """Of the coalitions that were asked for, those that differ."""
        return len(self._coalitions)
